"""Is what was signed never taken back: not by a backup that was put back, not by whoever holds database and key?

The sequencer runs here as in the worker; what is done to its database is done from outside.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from conftest import in_a_thread
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from logged import ORIGIN, clock, record_some, sequencing
from servers import free_port

from gateway.sequencing import Sequencer
from gateway.witnesses import Witness
from gateway.witnessing import WitnessDesk, witness_application
from security.audit.checkpoints import ensure_log_key
from security.audit.log import begin_anew, heads_of
from security.audit.notes import KeyKind, key_of, read_note, signers
from security.audit.verify import verify_database
from security.audit.witness_book import WitnessBook


@dataclass
class RunningWitness:
    """A witness's server, and how the log knows it."""

    known: Witness
    server: uvicorn.Server
    served: asyncio.Task[None]


@asynccontextmanager
async def witnessing(directory: Path) -> AsyncIterator[RunningWitness]:
    private, port = Ed25519PrivateKey.generate(), free_port()
    log_key = ensure_log_key(directory / "log-keys").public(f"{ORIGIN}/log/{clock():%Y}")
    book = WitnessBook(directory / "witness.db")
    desk = WitnessDesk("w.example", private, {log_key.name: [log_key]}, book, clock)
    server = uvicorn.Server(uvicorn.Config(witness_application(desk), port=port, log_config=None, lifespan="off"))
    served = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    known = Witness(key_of(private, "w.example", kind=KeyKind.COSIGNATURE), f"http://127.0.0.1:{port}")
    yield RunningWitness(known, server, served)
    server.should_exit = True
    await served


async def checkpoint_of(sequencer: Sequencer) -> str:
    async with sequencer.database.reading() as session:
        return (await heads_of(await session.connection()))[-1].checkpoint


async def alter(sequencer: Sequencer, *statements: str) -> None:
    async with sequencer.database.transaction() as session:
        for statement in statements:
            await (await session.connection()).execute(sa.text(statement))


FORGET = ("DELETE FROM log_heads", "DELETE FROM log_runs", "DELETE FROM log_tiles", "DELETE FROM record_cursors")


SWAP = (
    "UPDATE record SET body = (SELECT r.body FROM record r WHERE r.stream = record.stream AND r.seq = 4) WHERE seq = 3"
)


async def test_what_is_recorded_is_signed(migrated_url: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        appended = await sequencer.run()

        note = read_note(await checkpoint_of(sequencer))
        assert appended > 4
        assert signers(note, [sequencer.key.public(note.text.split("\n")[0])])
        assert sequencer.trouble == ""


async def test_nothing_new_is_nothing_to_sign(migrated_url: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
        before = await checkpoint_of(sequencer)

        assert (await sequencer.run(), await checkpoint_of(sequencer)) == (0, before)


async def test_yesterday_s_database_is_not_signed_on(migrated_sqlite_url: str, tmp_path: Path) -> None:
    path = Path(migrated_sqlite_url.removeprefix("sqlite:///"))
    await record_some(migrated_sqlite_url, tmp_path)
    async with sequencing(migrated_sqlite_url, tmp_path) as sequencer:
        await sequencer.run()
    shutil.copy(path, tmp_path / "yesterday.db")
    await record_some(migrated_sqlite_url, tmp_path)
    async with sequencing(migrated_sqlite_url, tmp_path) as sequencer:
        await sequencer.run()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    shutil.copy(tmp_path / "yesterday.db", path)
    await record_some(migrated_sqlite_url, tmp_path, count=1)

    async with sequencing(migrated_sqlite_url, tmp_path) as sequencer:
        before = await checkpoint_of(sequencer)
        await sequencer.run()

        assert "an older database was put back" in sequencer.trouble
        assert await checkpoint_of(sequencer) == before


async def test_a_rewritten_history_is_not_signed_even_with_the_log_s_own_key(migrated_url: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path, count=4)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
        await alter(sequencer, *FORGET, SWAP)
        await record_some(migrated_url, tmp_path)
        await sequencer.run()

        assert "the record was rewritten" in sequencer.trouble


async def test_after_a_log_was_closed_another_is_signed(migrated_url: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
        async with sequencer.database.transaction() as session:
            follower = await begin_anew(await session.connection(), clock())
        await record_some(migrated_url, tmp_path)
        await sequencer.run()

        assert (await checkpoint_of(sequencer)).startswith(f"{ORIGIN}/log/{follower}\n")


async def test_at_the_turn_of_the_year_the_old_log_is_signed_to_its_end_and_another_begins(
    migrated_url: str, tmp_path: Path
) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        sequencer.clock = lambda: datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        old_count = await sequencer.run()
        await record_some(migrated_url, tmp_path)
        sequencer.clock = lambda: datetime(2027, 1, 1, tzinfo=UTC)
        new_count = await sequencer.run()
        async with sequencer.database.reading() as session:
            heads = await heads_of(await session.connection())
    found = in_a_thread(lambda: verify_database(migrated_url))

    assert [(one.log, one.size, one.signed_size) for one in heads] == [
        ("2026", old_count, old_count),
        ("2027", new_count, new_count),
    ]
    assert [one.checkpoint.split("\n")[0] for one in heads] == [f"{ORIGIN}/log/2026", f"{ORIGIN}/log/2027"]
    assert (found.finding, found.logged) == (None, old_count + new_count)


async def test_a_witness_signs_what_only_grew(migrated_url: str, tmp_path: Path) -> None:
    async with (
        witnessing(tmp_path) as witness,
        sequencing(migrated_url, tmp_path, witness=witness.known) as sequencer,
    ):
        for _ in range(2):
            await record_some(migrated_url, tmp_path)
            await sequencer.run()
            assert signers(read_note(await checkpoint_of(sequencer)), [witness.known.key])


async def test_a_witness_stops_who_lost_database_and_anchor_together(migrated_url: str, tmp_path: Path) -> None:
    async with (
        witnessing(tmp_path) as witness,
        sequencing(migrated_url, tmp_path, witness=witness.known) as sequencer,
    ):
        await record_some(migrated_url, tmp_path, count=4)
        await sequencer.run()
        await alter(sequencer, *FORGET, "DELETE FROM record", "DELETE FROM record_streams")
        sequencer.anchors.forget_all()
        await record_some(migrated_url, tmp_path, count=1)
        await sequencer.run()

        assert "an older database was put back" in sequencer.trouble
        assert await checkpoint_of(sequencer) == ""


async def test_a_witness_that_is_away_stops_nobody_and_is_asked_again(migrated_url: str, tmp_path: Path) -> None:
    async with (
        witnessing(tmp_path) as witness,
        sequencing(migrated_url, tmp_path, witness=witness.known) as sequencer,
    ):
        real, witness.known.url = witness.known.url, "http://127.0.0.1:9"
        await record_some(migrated_url, tmp_path)
        await sequencer.run()
        alone = signers(read_note(await checkpoint_of(sequencer)), [witness.known.key])
        witness.known.url, witness.known.away_since = real, float("-inf")
        await sequencer.run()

        assert alone == []
        assert signers(read_note(await checkpoint_of(sequencer)), [witness.known.key])


async def test_an_anchor_that_cannot_be_read_stops_signing(migrated_url: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
        (anchor,) = (tmp_path / "log-keys").glob("log-*.checkpoint")
        anchor.write_text("something else\n")
        await record_some(migrated_url, tmp_path)
        await sequencer.run()

        assert "not one that this platform signed" in sequencer.trouble
