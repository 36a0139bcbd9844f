"""How does a month of the record leave the database, once it stands in files that prove themselves?

Everything is asked first, and the first thing that speaks against it is said. That it goes is on record (ERASE) and in
a statement that the log's key signs, before the first record goes. Then records go a few at a time, or on PostgreSQL a
month's table at once, so that calls never wait for it; killed in between, it goes on when it is started again. A hold
that is set meanwhile stops it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.archive.files import ArchiveUnusable, digest_of_file, indexes_in, read_rows
from gateway.changes import Recorder
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.exports.orders import State, exports
from gateway.figures.rollup import READER as FIGURES
from gateway.misuse.watching import READER as MISUSE
from gateway.retention.holds import held_months
from gateway.siem.cursors import list_cursors
from security.audit.checkpoints import LogKey
from security.audit.encode import moment_of
from security.audit.following import intents_of
from security.audit.index import READER as INDEX
from security.audit.log import READER as LOG
from security.audit.log import Head, LogBroken
from security.audit.log import head_of as log_head
from security.audit.notes import NoteWrong, read_checkpoint, read_note
from security.audit.proving import root_at
from security.audit.record import Entry, Kind, Who
from security.audit.removal import (
    Part,
    Removal,
    Statement,
    are_settled,
    begin_removal,
    end_removal,
    is_past,
    list_removals,
    parts_of,
    remove_some,
)
from security.audit.retention import MonthUnclear, RetentionRefused, must_be_free
from security.audit.verify_archive import ArchiveReport, ArchiveRow, Index, verify_archive
from security.audit.verify_log import Known
from security.audit.whole_months import TableBusy, drop_table, forget_some, whole_tables

READERS: Final = {
    LOG: "the signed log",
    INDEX: "the list of exchanges",
    FIGURES: "the figures of reports",
    MISUSE: "the watch for misuse",
}
"""Who follows the record, and must be past what goes."""
_MOST_RECORDS: Final = 100
_REST: Final = 2.0
_BUSY_SECONDS: Final = 0.5
"""How long after a table was not to be had it is tried again: who reads for hours is waited for."""
_BOUNDARY_US: Final = 2 * 3600 * 1_000_000
"""How far behind the first record of a stretch a refusal may stand whose intent is before the stretch."""
_IDS_AT_ONCE: Final = 500
_ENDS: Final = ("OUTCOME", "UNKNOWN", "DENY")


@dataclass(slots=True)
class _Looked:
    """What is seen of a file's records while they are verified."""

    first_us: int = 0
    last_us: int = 0
    halves: set[str] = field(default_factory=set)
    """Exchanges of which the file has an intent or an end, and not the other."""
    refused: set[str] = field(default_factory=set)
    """Refusals near the beginning, of which the intent, if there is one, may stand before it."""
    _from_us: int = 0

    def over(self, rows: Iterable[ArchiveRow]) -> Iterator[ArchiveRow]:
        """Yield the rows, and keep what is needed of them."""
        for row in rows:
            at_us, kind, exchange_id = row[1][2], row[1][3], row[1][4]
            self._from_us = self._from_us or at_us
            self.first_us, self.last_us = min(self.first_us or at_us, at_us), max(self.last_us, at_us)
            if kind == "INTENT":
                self.halves ^= {exchange_id}
            elif kind in _ENDS:
                self._end(kind, exchange_id, at_us)
            yield row

    def _end(self, kind: str, exchange_id: str, at_us: int) -> None:
        if kind != "DENY" or exchange_id in self.halves:
            self.halves ^= {exchange_id}
        elif at_us < self._from_us + _BOUNDARY_US:
            self.refused.add(exchange_id)

    def months(self) -> list[str]:
        """Return the months (UTC) that the records are of."""
        return sorted({f"{moment_of(at_us):%Y-%m}" for at_us in (self.first_us, self.last_us)})


@dataclass(frozen=True, slots=True)
class Remover:
    """Removes months. `directory` is where the archive lies, `outputs` are those of the SIEM that are set.

    At most `most` records go at once; between two such steps everybody else has twice the time that one took.
    """

    database: Database
    recorder: Recorder
    key: LogKey
    directory: Path
    keep_months: int
    clock: Callable[[], datetime]
    outputs: Sequence[str] = ()
    most: int = _MOST_RECORDS

    async def remove(self, month: str, *, by: str, source: str) -> list[Removal]:
        """Remove what the database holds of a month (`YYYY-MM`, UTC); return the stretches, all of them done.

        Raises RetentionRefused with one sentence that says why not, RecordUnavailable, and the database's errors.
        """
        await self._must_be_free([month])
        try:
            indexes = [one for one in await asyncio.to_thread(indexes_in, self.directory) if one.month == month]
        except ArchiveUnusable as error:
            raise RetentionRefused(str(error)) from error
        if not indexes:
            raise RetentionRefused(f"{month} is not in {self.directory}: lienthong record archive {month} first")
        for index in indexes:
            await self._remove_stretch(index, by=by, source=source)
        firsts = {(index.log, index.first) for index in indexes}
        async with self.database.reading() as session:
            return [one for one in await list_removals(await session.connection()) if (one.log, one.first) in firsts]

    async def _remove_stretch(self, index: Index, *, by: str, source: str) -> None:
        looked = await self._must_verify(index)
        await self._must_be_free(looked.months())
        async with self.database.reading() as session:
            connection = await session.connection()
            begun = [one for one in await list_removals(connection) if (one.log, one.first) == (index.log, index.first)]
            head = await log_head(connection, index.log)
            parts = await parts_of(connection, index.log, index.first, index.end)
            if begun and f"\nfile {index.sha256}\n" not in begun[0].statement:
                raise RetentionRefused(f"the removal of {index.month} was begun with another file than {index.file}")
            if begun and begun[0].is_done:
                return
            if head is None:
                raise RetentionRefused(f"{index.file} is of log {index.log}, which is not in this database")
            if not begun:
                await self._must_be_ready(connection, index, head, parts)
            # Said once and signed: what of it is gone already cannot be asked again.
            straddling = _told(begun[0]) if begun else await _straddling(connection, looked)
        if not begun:
            await self._begin(index, head, looked, straddling, by=by, source=source)
        async with self.database.reading() as session:
            tables = await whole_tables(await session.connection(), parts, last_us=looked.last_us)
        for table in tables:
            await self._remove_table(table, parts, looked.months(), straddling)
        for part in parts:
            await self._remove_part(part, looked.months(), straddling)
        async with self.database.transaction() as session:
            await end_removal(await session.connection(), index.log, index.first, at=self.clock())

    async def _must_be_free(self, months: Sequence[str]) -> None:
        async with self.database.reading() as session:
            held = await held_months(await session.connection())
        try:
            must_be_free(months, keep_months=self.keep_months, now=self.clock(), held=held)
        except MonthUnclear as error:
            raise RetentionRefused(str(error)) from error

    async def _must_verify(self, index: Index) -> _Looked:
        """Return what the archive's file holds. Raises RetentionRefused unless it is, now, what was signed."""
        looked = _Looked()
        try:
            finding = (await asyncio.to_thread(self._verify, index, looked)).finding
            digest = await asyncio.to_thread(digest_of_file, self.directory / index.file)
        except ArchiveUnusable as error:
            raise RetentionRefused(f"the archive does not verify: {error}") from error
        if finding is not None:
            raise RetentionRefused(f"the archive does not verify: {finding.stream} {finding.seq}: {finding.what}")
        if digest != index.sha256:
            raise RetentionRefused(f"the archive does not verify: {index.file} is not the file that was written")
        return looked

    def _verify(self, index: Index, looked: _Looked) -> ArchiveReport:
        return verify_archive([(index, looked.over(read_rows(self.directory / index.file)))], Known())

    async def _must_be_ready(
        self, connection: AsyncConnection, index: Index, head: Head, parts: Sequence[Part]
    ) -> None:
        """Return when the archive's file is of this log, and nobody needs the records any more."""
        try:
            checkpoint = read_checkpoint(read_note(index.checkpoint).text)
            root = await root_at(connection, index.log, checkpoint.size)
        except (NoteWrong, LogBroken) as error:
            raise RetentionRefused(f"{index.file} cannot be compared with the log: {error}") from error
        if (
            index.key != head.key
            or root != checkpoint.root
            or sum(p.last - p.first + 1 for p in parts) != (index.end - index.first)
        ):
            raise RetentionRefused(f"{index.file} is not of the log in this database")
        for reader, name in READERS.items():
            if not await is_past(connection, reader, parts):
                raise RetentionRefused(f"{name} has not come past {index.month} yet: let the worker run")
        if not await are_settled(connection, parts):
            raise RetentionRefused(f"calls of {index.month} are not settled yet: let gateway and worker run")
        await self._outputs_must_be_past(connection, index)
        waiting = exports.c.state.in_((State.WAITING.value, State.MAKING.value))
        if await connection.scalar(sa.select(sa.func.count()).select_from(exports).where(waiting)):
            raise RetentionRefused("exports of the record are being made: wait until they are ready")

    async def _outputs_must_be_past(self, connection: AsyncConnection, index: Index) -> None:
        cursors = {one.output: one for one in await list_cursors(connection)}
        for output in self.outputs:
            seen = cursors.get(output)
            if seen is None or (seen.log, seen.next_index) < (index.log, index.end):
                raise RetentionRefused(f"the SIEM ({output}) was not told of all of {index.month} yet")

    async def _begin(
        self, index: Index, head: Head, looked: _Looked, straddling: Sequence[str], *, by: str, source: str
    ) -> None:
        """Put it on record, then have it signed and kept. Killed in between, it is put on record again."""
        now, origin = self.clock(), read_checkpoint(read_note(head.checkpoint).text).origin
        notes: dict[str, str | int | bool] = {
            "action": "record.remove",
            "noun": "removal",
            "code": index.month,
            "log": index.log,
            "first": index.first,
            "end": index.end,
            "records": index.end - index.first,
            "file": index.file,
            "digest": index.sha256,
            "checkpoint": str(read_checkpoint(read_note(index.checkpoint).text).size),
            "done": True,
        }
        who = Who(client=by, method="command", source=source)
        committed = await self.recorder.append(Entry(Kind.ERASE, new_exchange_id(), now, who=who, notes=notes))
        statement = Statement(
            origin=origin,
            month=index.month,
            first=index.first,
            end=index.end,
            first_us=looked.first_us,
            last_us=looked.last_us,
            file=index.sha256,
            stream=committed.stream,
            seq=committed.seq,
            leaf=committed.leaf.hex(),
            straddling=tuple(straddling),
        )
        try:
            async with self.database.transaction() as session:
                connection = await session.connection()
                held = await held_months(connection, until_done=True)
                must_be_free(looked.months(), keep_months=self.keep_months, now=now, held=held)
                await begin_removal(connection, index.log, statement, statement.signed(self.key), at=now)
        except (IntegrityError, RetentionRefused) as error:
            undone = {**notes, "done": False}
            await self.recorder.append(Entry(Kind.ERASE, new_exchange_id(), self.clock(), who=who, notes=undone))
            if isinstance(error, RetentionRefused):
                raise
            raise RetentionRefused(f"{index.month} is being removed by somebody else") from error

    async def _remove_part(self, part: Part, months: Sequence[str], straddling: Sequence[str]) -> None:
        while True:
            began = time.monotonic()
            async with self._going(months) as connection:
                gone = await remove_some(connection, part, most=self.most, straddling=straddling)
            if gone:
                await asyncio.sleep(_REST * (time.monotonic() - began))
            if gone < self.most:
                return

    async def _remove_table(
        self, table: str, parts: Sequence[Part], months: Sequence[str], straddling: Sequence[str]
    ) -> None:
        """Let a table go whole, after what its records are found by. Killed before the end, it begins anew."""
        place, is_first = None, True
        while is_first or place:
            began, is_first = time.monotonic(), False
            async with self._going(months) as connection:
                place = await forget_some(connection, table, place, most=self.most, straddling=straddling)
            await asyncio.sleep(_REST * (time.monotonic() - began))
        while True:
            with suppress(TableBusy):
                async with self._going(months) as connection:
                    await drop_table(connection, table, parts)
                return
            await asyncio.sleep(_BUSY_SECONDS)

    @asynccontextmanager
    async def _going(self, months: Sequence[str]) -> AsyncIterator[AsyncConnection]:
        """Yield a transaction in which something may go. Raises RetentionRefused: a hold was set meanwhile."""
        async with self.database.transaction() as session:
            connection = await session.connection()
            held = await held_months(connection, until_done=True)
            must_be_free(months, keep_months=self.keep_months, now=self.clock(), held=held)
            yield connection


def _told(removal: Removal) -> list[str]:
    """Return the straddling exchanges that a statement names."""
    lines = removal.statement.split("\n")
    return next(line for line in lines if line.startswith("straddling")).split()[1:]


async def _straddling(connection: AsyncConnection, looked: _Looked) -> list[str]:
    """Return the exchanges of which a part stands in the file, and another elsewhere."""
    refused, found = sorted(looked.refused), set(looked.halves)
    for start in range(0, len(refused), _IDS_AT_ONCE):
        ids = refused[start : start + _IDS_AT_ONCE]
        for exchange_id in await intents_of(connection, ids):
            found.add(exchange_id)
    return sorted(found)
