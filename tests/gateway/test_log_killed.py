"""Whatever step the sequencer or a witness is killed before: is the log one history, with every record in it once?

Of the sequencer's steps a part is taken; LIENTHONG_TEST_EVERY_STEP=1 takes all.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from conftest import in_a_thread
from felled import NEVER, sequence, the_witness, was_killed, witness
from logged import ORIGIN, after, clock, record_some, sequencing, soon
from servers import accepts, free_port

from security.audit.checkpoints import Anchors, ensure_log_key
from security.audit.log import heads_of
from security.audit.notes import read_checkpoint, read_note, signers
from security.audit.verify import Verdict, verify_database


@dataclass
class Log:
    """The log of a test: where it is, whose turn it is to sequence, and what anybody has seen signed of it."""

    url: str
    directory: Path
    port: int = field(default_factory=free_port)
    turn: int = 0
    seen: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Keep what the anchor and the witness's book show."""
        self.seen.add(Anchors(self.directory / "log-keys").last(f"{clock():%Y}"))
        book = self.directory / "witness.db"
        if book.exists():
            with closing(sqlite3.connect(book)) as connection:
                self.seen |= {text for (text,) in connection.execute("SELECT checkpoint FROM witnessed")}

    async def go_on(self) -> str:
        """Bring the log up as another sequencer than the last, and return what it signed."""
        self.turn += 1
        known = the_witness(self.port)
        async with sequencing(
            self.url, self.directory, witness=known, holder=f"turn-{self.turn}", clock=after(self.turn)
        ) as sequencer:
            await sequencer.run()
            assert sequencer.trouble == ""
            async with sequencer.database.reading() as session:
                head = (await heads_of(await session.connection()))[-1]
        self.look()
        return head.checkpoint

    def check(self, checkpoint: str) -> None:
        """The record and every checkpoint that was ever seen agree; both have signed the last; nothing is left over."""
        seen = [one for one in self.seen if one]
        key = ensure_log_key(self.directory / "log-keys").public(f"{ORIGIN}/log/{clock():%Y}")
        report = in_a_thread(lambda: verify_database(self.url, keys={key.name: key.written()}, checkpoints=seen))
        assert (report.verdict, report.finding) == (Verdict.OK, None)
        note = read_note(checkpoint)
        assert read_checkpoint(note.text).size == report.logged == report.records
        assert signers(note, [key, the_witness(self.port).key]) == [key, the_witness(self.port).key]


def steps(url: str) -> Iterator[int]:
    """Return before which steps the sequencer is killed, one after the other; on PostgreSQL each packet is a step."""
    return count(1, 1 if os.environ.get("LIENTHONG_TEST_EVERY_STEP") else 3 if url.startswith("sqlite") else 7)


@asynccontextmanager
async def witnessing(log: Log) -> AsyncIterator[None]:
    process = witness(log.directory, port=log.port, at=NEVER)
    soon(lambda: accepts(log.port), bool)
    try:
        yield
    finally:
        process.kill()
        process.join()


async def test_a_sequencer_killed_before_any_step_forks_and_loses_nothing(migrated_url: str, tmp_path: Path) -> None:
    log = Log(migrated_url, tmp_path)
    ensure_log_key(tmp_path / "log-keys")
    async with witnessing(log):
        for step in steps(migrated_url):
            await record_some(migrated_url, tmp_path, count=1)
            log.turn += 1
            process = sequence(migrated_url, tmp_path, port=log.port, turn=log.turn, at=step)
            killed = await asyncio.to_thread(was_killed, process)
            log.look()
            log.check(await log.go_on())
            if not killed:
                break
    assert step > 25


async def test_a_witness_killed_before_any_step_signs_one_history(migrated_sqlite_url: str, tmp_path: Path) -> None:
    log = Log(migrated_sqlite_url, tmp_path)
    ensure_log_key(tmp_path / "log-keys")
    for step in count(1):
        await record_some(migrated_sqlite_url, tmp_path, count=1)
        process = witness(tmp_path, port=log.port, at=step)
        soon(lambda: accepts(log.port), bool)
        await log.go_on()
        process.join(2)  # who was killed has ended; who was not waits for more requests
        killed = process.exitcode is not None
        process.kill()
        process.join()
        await record_some(migrated_sqlite_url, tmp_path, count=1)
        async with witnessing(log):
            log.check(await log.go_on())
        if not killed:
            break
    assert step > 5
