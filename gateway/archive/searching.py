"""What is found of the record that stands in files of the archive only, in the same list as what the database holds?

DuckDB reads the files in a thread, newest first: a span of time after the other, so that whatever is asked of however
large a month, a page costs a bounded time and memory, says how far it has looked, and the next goes on from there. What
the columns can tell is asked of the file; the rest of just the rows that are looked at.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import DatabaseRow
from gateway.archive.files import file_name
from gateway.db import Database
from security.audit.encode import moment_of as moment_of_us
from security.audit.following import Followed
from security.audit.index import Happened, rows_of
from security.audit.log import LogBroken
from security.audit.marks import marks_of
from security.audit.proving import prove_record
from security.audit.read import StoredRecord
from security.audit.removal import Removal, list_removals
from security.audit.search import (
    MOST_LOOKED_AT,
    Found,
    Page,
    Search,
    Side,
    earliest_id,
    fits,
    found_of,
    merged,
    moment_of,
    search,
)
from security.audit.streams import StoreFailed

_AT_ONCE: Final = 500
_AT_THE_SAME_TIME: Final = 2
_SOFT_SECONDS: Final = 3.0
"""After how long a page ends, as far as it has come."""
_HARD_SECONDS: Final = 20.0
_FIRST_STEP: Final = timedelta(hours=6)
_WIDER: Final = 4
_SLACK: Final = timedelta(hours=2)
"""How long after its id was made an exchange may be recorded."""
_MOST_CHARS: Final = 200
_MOST_DATABASES: Final = 20
_DUCKDB: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
}
_OF_CALLS: Final = ("INTENT", "OUTCOME", "DENY", "UNKNOWN")
_KINDS: Final[Mapping[Happened, tuple[str, ...]]] = {
    Happened.CALL: _OF_CALLS,
    Happened.SANDBOX: _OF_CALLS,
    Happened.PAGE: _OF_CALLS,
    Happened.TOKEN: ("AUTH",),
    Happened.CHANGE: ("ADMIN", "HOLD", "ERASE"),
    Happened.READING: ("READ",),
}
_IDS: Final = """
SELECT exchange_id FROM read_parquet(?) WHERE exchange_id < ? AND exchange_id >= ? AND exchange_id <> ''{more}
GROUP BY exchange_id ORDER BY exchange_id DESC LIMIT ?"""
_RECORDS: Final = """
SELECT stream, seq, at_us, kind, exchange_id, agency, system, body FROM read_parquet(?)
WHERE exchange_id >= ? AND exchange_id <= ? AND list_contains(?, exchange_id)"""
_EXCHANGE: Final = """
SELECT stream, seq, at_us, kind, exchange_id, agency, system, body, leaf FROM read_parquet(?)
WHERE exchange_id = ? LIMIT 1000"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A page of the whole record. `absent` are months that were asked for and whose files cannot be read here."""

    page: Page
    absent: Sequence[str]


@dataclass(frozen=True, slots=True)
class ArchiveReader:
    """Reads what was removed from the database. `directory` is where the archive lies; None: nowhere.

    At most two readers are in the files at the same time; others wait for their turn.
    """

    database: Database
    directory: Path | None
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_THE_SAME_TIME))

    async def search(self, session: AsyncSession, asked: Search, *, before: str, most: int) -> Whole:
        """Return what `security.audit.search.search` returns, of database and archive. Raises StoreFailed."""
        connection = await session.connection()
        page = await search(connection, asked, before=before, most=most)
        wanted = [one for one in await list_removals(connection) if _concerns(one, asked)]
        paths, absent = self._paths(wanted)
        if not paths:
            return Whole(page, absent)
        top = _top(wanted, asked, before)
        if page.next >= top:
            return Whole(page, absent)  # all that the archive has comes on later pages
        reading = _Reading(tuple(map(str, paths)), asked, await database_owners(session), top=top, most=most)
        reading.bottom = max(earliest_id(asked.since), min(earliest_id(_begins(one)) for one in wanted), page.next)
        async with self._turns:
            archived = await asyncio.to_thread(_in_time, reading)
        return Whole(merged(page, archived, most=most), absent)

    async def with_database(self, exchange_id: str, records: Sequence[StoredRecord]) -> list[StoredRecord]:
        """Return an exchange's records of the database together with those of the archive, in order of time.

        Raises StoreFailed, also when what the archive has is not what was recorded.
        """
        if not exchange_id:
            return list(records)
        async with self.database.reading() as session:
            removals = await list_removals(await session.connection())
        at = moment_of(exchange_id)
        paths, _ = self._paths([one for one in removals if _begins(one) <= at <= moment_of_us(one.last_us)])
        if not paths:
            return list(records)
        async with self._turns:
            archived = await asyncio.to_thread(_find, tuple(map(str, paths)), exchange_id)
        known = {(one.stream, one.seq) for one in records}
        more = [one for one in archived if (one.stream, one.seq) not in known]
        await self._must_be_recorded(more)
        return sorted((*records, *more), key=lambda one: (one.at_us, one.stream, one.seq))

    async def _must_be_recorded(self, records: Iterable[StoredRecord]) -> None:
        """Return when the log has just these leaves. Raises StoreFailed."""
        try:
            async with self.database.reading() as session:
                connection = await session.connection()
                for one in records:
                    kept = await prove_record(connection, one.stream, one.seq)
                    leaf = hashlib.sha256(b"\x00" + one.body).digest()
                    if kept is None or not kept.leaf == leaf == one.leaf:
                        raise StoreFailed(
                            "the archive has something else than what was recorded: lienthong audit verify"
                        )
        except LogBroken as error:
            raise StoreFailed(str(error)) from error

    def _paths(self, removals: Sequence[Removal]) -> tuple[list[Path], list[str]]:
        """Return the files that have what was removed, and the months whose files are not there."""
        paths, absent = [], set()
        for one in removals:
            path = self.directory / file_name(one.month, one.log) if self.directory is not None else None
            if path is not None and path.is_file():
                paths.append(path)
            else:
                absent.add(one.month)
        return paths, sorted(absent)


async def database_owners(session: AsyncSession) -> Mapping[str, str]:
    """Return the agency that each database belongs to."""
    return dict((await session.exec(select(col(DatabaseRow.code), col(DatabaseRow.owner)))).all())


@dataclass(slots=True)
class _Reading:
    """One page being read: between `top` and `bottom`, which are ids."""

    paths: Sequence[str]
    asked: Search
    owners: Mapping[str, str]
    top: str
    most: int
    bottom: str = ""
    found: list[Found] = field(default_factory=list)
    looked_at: int = 0

    def page(self) -> Page:
        """Return what was found so far, and where to go on."""
        rows = self.found[: self.most]
        if len(self.found) > self.most:
            return Page(rows, rows[-1].exchange_id, None)
        if self.top > self.bottom:
            return Page(rows, self.top, moment_of(self.top))
        return Page(rows, "", None)


def _in_time(reading: _Reading) -> Page:
    """Read a page. One that takes too long ends where it has come to. Raises StoreFailed. Blocks."""
    try:
        with duckdb.connect(config=_DUCKDB) as database:
            alarm = threading.Timer(_HARD_SECONDS, database.interrupt)
            alarm.daemon = True
            alarm.start()
            try:
                _read(database, reading)
            finally:
                alarm.cancel()
    except duckdb.InterruptException as error:
        if not reading.looked_at:
            raise StoreFailed("the archive takes too long to read: ask for a narrower span") from error
    except duckdb.Error as error:
        raise StoreFailed(f"the archive cannot be read ({type(error).__name__})") from error
    return reading.page()


def _read(database: duckdb.DuckDBPyConnection, reading: _Reading) -> None:
    more, values = _pushed_down(reading.asked, reading.owners)
    step, ends = _FIRST_STEP, time.monotonic() + _SOFT_SECONDS
    while reading.top > reading.bottom and len(reading.found) <= reading.most:
        low = max(reading.bottom, earliest_id(moment_of(reading.top) - step))
        bounds = [list(reading.paths), reading.top, low]
        ids = [row[0] for row in database.execute(_IDS.format(more=more), [*bounds, *values, _AT_ONCE]).fetchall()]
        if ids:
            reading.found += _rows(database, reading, ids)
            reading.looked_at += len(ids)
        else:
            step *= _WIDER
        reading.top = ids[-1] if len(ids) == _AT_ONCE else low
        if reading.looked_at >= MOST_LOOKED_AT or time.monotonic() > ends:
            return


def _rows(database: duckdb.DuckDBPyConnection, reading: _Reading, ids: Sequence[str]) -> list[Found]:
    """Return those of these exchanges (newest first) that fit, as the list of exchanges would have them."""
    asked = [list(reading.paths), ids[-1], ids[0], list(ids)]
    records = [Followed(*row) for row in database.execute(_RECORDS, asked).fetchall()]
    if reading.asked.marks is not None:
        wanted = set(reading.asked.marks)
        named = {one["exchange_id"] for one in marks_of(records) if one["mark"] in wanted}
        records = [one for one in records if one.exchange_id in named]
    # An intent before its end: the rows of a file are in the order of the log, which DuckDB need not keep.
    records.sort(key=lambda one: (one.at_us, one.stream, one.seq))
    found = [found_of(columns) for part in rows_of(records, owners=reading.owners) for columns in part]
    found.sort(key=lambda row: row.exchange_id, reverse=True)
    return [row for row in found if fits(row, reading.asked)]


def _pushed_down(asked: Search, owners: Mapping[str, str]) -> tuple[str, list[object]]:
    """Return what is asked of the file: no more than the kind, and the one value that is rarest, somewhere in the body.

    Of an exchange's records only one need have it; what was found is judged exactly afterwards.
    """
    clauses: list[str] = []
    values: list[object] = []
    rare = next((one for one in (asked.agreement, asked.system, asked.reason, asked.database) if one), "")
    owned = [code for code, owner in owners.items() if owner == asked.agency]
    if asked.happened is not None:
        clauses.append("list_contains(?, kind)")
        values.append(list(_KINDS[asked.happened]))
    texts: Sequence[str] = ()
    if asked.marks is not None:
        texts = asked.marks or ("\x00",)
    elif rare and len(rare) < _MOST_CHARS:
        texts = (rare,)
    elif asked.agency and asked.side is Side.CONSUMER:
        clauses.append("agency = ?")
        values.append(asked.agency)
    elif asked.agency and len(owned) <= _MOST_DATABASES:
        texts = owned or ("\x00",)
    if texts:
        clauses.append(f"({' OR '.join('contains(decode(body), ?)' for _ in texts)})")
        values += [msgspec.json.encode(text).decode() for text in texts]
    return "".join(f" AND {clause}" for clause in clauses), values


def _find(paths: Sequence[str], exchange_id: str) -> list[StoredRecord]:
    try:
        with duckdb.connect(config=_DUCKDB) as database:
            return [StoredRecord(*row) for row in database.execute(_EXCHANGE, [list(paths), exchange_id]).fetchall()]
    except duckdb.Error as error:
        raise StoreFailed(f"the archive cannot be read ({type(error).__name__})") from error


def _concerns(removal: Removal, asked: Search) -> bool:
    return _begins(removal) < asked.until and moment_of_us(removal.last_us) >= asked.since


def _begins(removal: Removal) -> datetime:
    """Return before when no exchange of a stretch was begun."""
    return moment_of_us(removal.first_us) - _SLACK


def _top(removals: Sequence[Removal], asked: Search, before: str) -> str:
    newest = max(moment_of_us(one.last_us) for one in removals) + timedelta(milliseconds=1)
    top = earliest_id(min(asked.until, newest))
    return min(top, before) if before else top
