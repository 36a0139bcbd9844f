"""Is every record in the log once, in one order, and proven by it, on both engines?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from recorded import entry, new_id, writing

from gateway.db import Database
from security.audit.checkpoints import ensure_log_key
from security.audit.encode import leaf_hash
from security.audit.following import News, Overtaken, read_on
from security.audit.log import READER, Head, LogBroken, append, begin_anew, head_of, heads_of, lead, log_of, sign_off
from security.audit.merkle import EMPTY_ROOT, verify_consistency, verify_inclusion
from security.audit.notes import Checkpoint, read_checkpoint, read_note
from security.audit.proving import place_of, prove_exchange, prove_growth, prove_record, read_bundle, read_tile, root_at
from security.audit.record import Kind
from security.audit.tiles import TileName
from security.audit.writer import RecordWriter

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
LOG = "2026"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def sequence(database: Database, *, holder: str = "w1", now: datetime = NOW, most: int = 1000) -> Head | None:
    """Append what is new, as the sequencer does."""
    async with database.reading() as session:
        news = await read_on(await session.connection(), READER, most=most)
    async with database.transaction() as session:
        connection = await session.connection()
        head = await lead(connection, LOG, holder=holder, now=now)
        return None if head is None else await append(connection, head, news)


async def append_again(database: Database, news: News) -> None:
    async with database.transaction() as session:
        connection = await session.connection()
        head = await lead(connection, LOG, holder="w1", now=NOW)
        assert head is not None
        await append(connection, head, news)


async def sign(database: Database, directory: Path, *, at: datetime = NOW) -> Head:
    key = ensure_log_key(directory / "log-keys")
    async with database.transaction() as session:
        connection = await session.connection()
        head = await lead(connection, LOG, holder="w1", now=at)
        assert head is not None
        note = key.sign(Checkpoint("a.example/log/2026", head.size, head.root))
        return await sign_off(connection, head, note.written(), key="", at=at)


async def exchanges(writer: RecordWriter, *, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    for exchange_id in ids:
        await writer.append(entry(Kind.INTENT, exchange_id))
        await writer.append(entry(Kind.OUTCOME, exchange_id))
    return ids


async def alter(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await (await session.connection()).execute(sa.text(statement))


async def test_every_record_of_an_exchange_is_proven_by_the_signed_checkpoint(
    migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        ids = await exchanges(writer, count=3)
        await sequence(database, most=3)
        await sequence(database)
        await sign(database, tmp_path)

        async with database.reading() as session:
            kept = await prove_exchange(await session.connection(), ids[1])
        assert [one.kind for one in kept] == ["INTENT", "OUTCOME"]
        for one in kept:
            assert one.proof is not None
            checkpoint = read_checkpoint(read_note(one.proof.checkpoint).text)
            at = {"index": one.proof.place.index, "size": checkpoint.size}
            verify_inclusion(one.leaf, **at, proof=one.proof.hashes, root=checkpoint.root)


async def test_a_record_is_pending_until_a_checkpoint_over_it_is_signed(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        (exchange_id,) = await exchanges(writer, count=1)
        await sequence(database)

        async with database.reading() as session:
            assert [one.proof for one in await prove_exchange(await session.connection(), exchange_id)] == [None, None]


async def test_a_log_is_proven_to_have_only_grown(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=4)
        old = await sequence(database, most=5)
        new = await sequence(database)
        await sign(database, tmp_path)

        assert old is not None
        assert new is not None
        async with database.reading() as session:
            connection = await session.connection()
            proof = await prove_growth(connection, LOG, old=old.size, new=new.size)
            assert await root_at(connection, LOG, old.size) == old.root
        assert proof is not None
        verify_consistency(old.size, new.size, proof=proof, old_root=old.root, new_root=new.root)


async def test_nothing_is_proven_of_what_was_not_signed(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        head = await sequence(database)

        assert head is not None
        async with database.reading() as session:
            connection = await session.connection()
            assert await prove_growth(connection, LOG, old=1, new=head.size) is None
            assert await read_tile(connection, LOG, TileName(0, 0, 1)) is None


async def test_tiles_and_entries_hold_the_very_bytes_that_were_recorded(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=2)
        head = await sequence(database)
        await sign(database, tmp_path)

        assert head is not None
        name = TileName(0, 0, head.size)
        async with database.reading() as session:
            connection = await session.connection()
            hashes, bundle = await read_tile(connection, LOG, name), await read_bundle(connection, LOG, name)
        assert hashes is not None
        assert bundle is not None
        assert b"".join(leaf_hash(body) for body in unbundled(bundle)) == hashes


def unbundled(bundle: bytes) -> list[bytes]:
    bodies, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        bodies.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return bodies


async def test_a_record_that_is_not_there_has_no_place(migrated_url: str) -> None:
    async with opened(migrated_url) as database, database.reading() as session:
        connection = await session.connection()

        assert await place_of(connection, "nobody", 1) is None
        assert await prove_record(connection, "nobody", 1) is None
        assert await prove_exchange(connection, "") == []


async def test_another_does_not_lead_while_the_lease_lasts(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        await sequence(database)

        assert await sequence(database, holder="w2", now=NOW + timedelta(seconds=9)) is None


async def test_who_was_replaced_can_neither_append_nor_publish(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        async with database.transaction() as session:
            stale = await lead(await session.connection(), LOG, holder="w1", now=NOW)
        assert await sequence(database, holder="w2", now=NOW + timedelta(seconds=11)) is not None
        await exchanges(writer, count=1)

        assert stale is not None
        with pytest.raises(Overtaken):
            async with database.transaction() as session:
                await sign_off(await session.connection(), stale, "text", key="", at=NOW)
        async with database.reading() as session:
            news = await read_on(await session.connection(), READER, most=10)
        with pytest.raises(Overtaken):
            async with database.transaction() as session:
                await append(await session.connection(), stale, news)


async def test_two_who_append_at_once_append_once(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        async with database.reading() as session:
            news = await read_on(await session.connection(), READER, most=10)
        await sequence(database)

        with pytest.raises(Overtaken):
            await append_again(database, news)
        async with database.reading() as session:
            (head,) = await heads_of(await session.connection())
        assert head.size == len(news.records)


@pytest.mark.parametrize(
    "harm",
    ["DELETE FROM log_tiles", "UPDATE log_tiles SET width = 2, number = 1", "UPDATE log_heads SET size = size - 1"],
)
async def test_a_log_that_contradicts_itself_is_not_gone_on_with(migrated_url: str, tmp_path: Path, harm: str) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=2)
        await sequence(database)
        await alter(database, harm)
        await exchanges(writer, count=1)

        with pytest.raises(LogBroken):
            await sequence(database)


async def test_records_that_were_taken_out_are_noticed(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=2)
        await alter(database, "DELETE FROM record WHERE seq = 3")

        with pytest.raises(LogBroken, match="missing"):
            await sequence(database)


async def test_a_new_log_begins_empty(migrated_url: str) -> None:
    async with opened(migrated_url) as database, database.transaction() as session:
        connection = await session.connection()
        await lead(connection, LOG, holder="w1", now=NOW)

        head = await head_of(connection, LOG)
        assert head is not None
        assert (head.size, head.root, head.checkpoint) == (0, EMPTY_ROOT, "")


@pytest.mark.parametrize(
    ("moment", "log"),
    [(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2026"), (datetime(2027, 1, 1, tzinfo=UTC), "2027")],
)
async def test_each_year_has_a_log(migrated_url: str, moment: datetime, log: str) -> None:
    async with opened(migrated_url) as database, database.transaction() as session:
        connection = await session.connection()
        await lead(connection, LOG, holder="w1", now=NOW)

        assert await log_of(connection, moment) == log


async def test_a_log_that_was_closed_is_followed_by_another_of_its_year(migrated_url: str) -> None:
    async with opened(migrated_url) as database, database.transaction() as session:
        connection = await session.connection()
        await lead(connection, LOG, holder="w1", now=NOW)

        followers = [await begin_anew(connection, NOW), await begin_anew(connection, NOW)]

        assert followers == ["2026-02", "2026-03"]
        assert await log_of(connection, NOW) == "2026-03"
        assert await lead(connection, LOG, holder="w1", now=NOW) is None
