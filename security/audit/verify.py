"""Is the record in this database whole and unchanged, and if not, where does it break first?

Needs the standard library, `cryptography` and the database's driver only, and shares no code with what writes the
record, so that a mistake there cannot hide itself here.

Three passes in one read transaction: every stream in order (leaf, chain, numbers, and `security.audit.verify_body`),
every exchange (one intent, one end), every log (`security.audit.verify_log`). What was removed into an archive, by a
signed statement (`security.audit.verify_removed`), is said and is no gap: its leaf hashes stand in the tiles.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from security.audit import verify_log, verify_removed
from security.audit.verify_body import BadPlace, Finding
from security.audit.verify_leaves import SeenLeaves
from security.audit.verify_log import Known, LogPass, LogWrong
from security.audit.verify_removed import Removed, RemovedStretch, read_removals
from security.audit.verify_streams import OF_EXCHANGES, PairingPass, StreamFact, StreamPass

if TYPE_CHECKING:
    import asyncpg

_STREAMS = "SELECT stream, last_seq, last_leaf, closed_at IS NOT NULL, settled_at IS NOT NULL FROM record_streams"
_RECORDS = """
SELECT stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf FROM record ORDER BY stream, seq"""
_WHERE = f"FROM record WHERE kind IN {tuple(sorted(OF_EXCHANGES))}"
_ONE_EACH = "(count(*) = 2 AND min(kind) = 'INTENT' AND max(kind) = 'OUTCOME')"
# Exchanges of one intent and one outcome, which is nearly all, are counted where they lie; each other is looked at.
_USUAL = f"SELECT count(*) FROM (SELECT 1 {_WHERE} GROUP BY exchange_id HAVING {_ONE_EACH}) usual"  # noqa: S608 - constants
_PAIRINGS = f"""
SELECT exchange_id, kind, stream, seq {_WHERE} AND exchange_id IN
(SELECT exchange_id {_WHERE} GROUP BY exchange_id HAVING NOT {_ONE_EACH}) ORDER BY exchange_id"""
_KEEP_TABLES = "LOCK TABLE record IN ACCESS SHARE MODE"
_ROWS_PER_FETCH = 2000
# The index of exchanges and the record are read side by side. Not mapped into memory: a broken disk must be told of.
_SQLITE_CACHE = "PRAGMA cache_size = -65536"
_STREAM_TYPES = (str, int, bytes)


class Verdict(IntEnum):
    """The exit code: is the record whole?"""

    OK = 0
    TAMPERED = 1
    INCOMPLETE = 2
    USAGE = 3


class DatabaseUnreadable(Exception):
    """There is no record to verify at this address, or it cannot be read."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified and what was found. `pending` exchanges have an intent and, in a stream not settled, no end.

    `logged` records are in a log. The others came later than the sequencer looked, which is for the reader to judge.
    `removed` stretches of logs are in an archive; `absent` says how many records of each (by log and first leaf) are
    not here, and `straddled` which kinds of records are here of exchanges of which a part was removed.
    """

    records: int
    streams: int
    exchanges: int
    pending: int
    logged: int
    finding: Finding | None
    removed: Sequence[RemovedStretch] = ()
    absent: Mapping[tuple[str, int], int] = field(default_factory=dict)
    straddled: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """TAMPERED when there is a finding, INCOMPLETE when something is pending, else OK."""
        if self.finding is not None:
            return Verdict.TAMPERED
        return Verdict.INCOMPLETE if self.pending else Verdict.OK


# --- databases ---------------------------------------------------------------------------------------------


def verify_database(url: str, *, keys: Mapping[str, str] | None = None, checkpoints: Sequence[str] = ()) -> Report:
    """Verify the whole record at `sqlite:///path` or `postgresql://…` and return what was found. Changes nothing.

    `keys` are public keys of logs that the verifier was given (name+id+key), by the names of their logs; `checkpoints`
    are some that he has kept: without either, nobody could tell a log from one that was begun anew with the same key.
    Raises DatabaseUnreadable. Must not be called where an event loop runs.
    """
    known = Known(keys or {}, checkpoints)
    if url.startswith("sqlite:///"):
        return _verify_sqlite(Path(url.removeprefix("sqlite:///")), known)
    if url.startswith(("postgresql://", "postgres://")):
        return asyncio.run(_verify_postgres(url, known))
    raise DatabaseUnreadable("a database URL is sqlite:///path or postgresql://…")


@dataclass(slots=True)
class _Passes:
    """The three passes, as far as they have come, and what the third is told of the first."""

    seen: SeenLeaves
    streams: StreamPass
    pairings: PairingPass = field(default_factory=lambda: PairingPass({}))
    logs: LogPass = field(default_factory=lambda: LogPass({}, ()))

    @classmethod
    @contextmanager
    def begin(cls) -> Iterator["_Passes"]:
        """Yield them before the first; what they keep is given back when the block ends."""
        with closing(SeenLeaves()) as seen:
            yield cls(seen, StreamPass({}, seen=seen))

    def report(self, finding: Finding | None) -> Report:
        """Return what was found."""
        return Report(
            self.streams.records,
            len(self.streams.facts),
            self.pairings.exchanges,
            self.pairings.pending,
            self.logs.leaves,
            finding,
            self.streams.removed.stretches,
            self.streams.removed.absent,
            self.pairings.straddled,
        )


def _verify_sqlite(path: Path, known: Known) -> Report:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute(_SQLITE_CACHE)
            connection.execute("BEGIN")
            with _Passes.begin() as passes:
                try:
                    _pass_sqlite(connection, passes, known)
                except BadPlace as bad:
                    return passes.report(bad.finding)
                except LogWrong as wrong:
                    return passes.report(Finding(wrong.place, wrong.number, wrong.what))
                return passes.report(None)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnreadable(f"SQLite: {error}") from error


def _pass_sqlite(connection: sqlite3.Connection, passes: _Passes, known: Known) -> None:
    facts = _facts(connection.execute(_STREAMS).fetchall())
    heads = {row[0]: row for row in connection.execute(verify_log.HEADS)}
    runs = list(map(verify_log.read_run, connection.execute(verify_log.RUNS)))
    there = connection.execute(verify_removed.THERE_SQLITE).fetchone()[0]
    removals = connection.execute(verify_removed.REMOVALS).fetchall() if there else []
    removed = Removed.of(read_removals(removals, heads, known), runs)
    passes.streams = StreamPass(facts, removed, seen=passes.seen)
    for row in connection.execute(_RECORDS):
        passes.streams.take(row)
    passes.streams.end()
    passes.pairings = PairingPass(facts, connection.execute(_USUAL).fetchone()[0], removed)
    for pairing in connection.execute(_PAIRINGS):
        passes.pairings.take(pairing)
    passes.pairings.end(passes.streams.of_exchanges)
    checkpoints = connection.execute(verify_log.CHECKPOINTS).fetchall()
    passes.logs = LogPass(heads, checkpoints, known, due=passes.streams.due)
    for run in runs:
        held = passes.streams.seen.of(run[3], run[4], run[2])
        wanted = removed.tiles_for(run, len(held))
        tiles = dict(connection.execute(verify_removed.LEAF_TILES, wanted).fetchall()) if wanted else {}
        passes.logs.take(run, removed.leaves(run, held, tiles))
    passes.logs.end(connection.execute(verify_log.TILES))


async def _verify_postgres(url: str, known: Known) -> Report:
    import asyncpg  # here, so that a SQLite record can be verified where this driver is not installed

    try:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # Before the moment is chosen that is read: a table of the record that goes after it would be missing.
                await connection.execute(_KEEP_TABLES)
                with _Passes.begin() as passes:
                    try:
                        await _pass_postgres(connection, passes, known)
                    except BadPlace as bad:
                        return passes.report(bad.finding)
                    except LogWrong as wrong:
                        return passes.report(Finding(wrong.place, wrong.number, wrong.what))
                    return passes.report(None)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise DatabaseUnreadable(f"PostgreSQL: {type(error).__name__}") from error


async def _pass_postgres(connection: "asyncpg.Connection", passes: _Passes, known: Known) -> None:
    facts = _facts(await connection.fetch(_STREAMS))
    heads = {row[0]: tuple(row) for row in await connection.fetch(verify_log.HEADS)}
    runs = [verify_log.read_run(tuple(row)) for row in await connection.fetch(verify_log.RUNS)]
    there = await connection.fetchval(verify_removed.THERE_POSTGRES)
    removals = [tuple(row) for row in await connection.fetch(verify_removed.REMOVALS)] if there else []
    removed = Removed.of(read_removals(removals, heads, known), runs)
    passes.streams = StreamPass(facts, removed, seen=passes.seen)
    async for row in connection.cursor(_RECORDS, prefetch=_ROWS_PER_FETCH):
        passes.streams.take(tuple(row))
    passes.streams.end()
    passes.pairings = PairingPass(facts, await connection.fetchval(_USUAL), removed)
    async for row in connection.cursor(_PAIRINGS, prefetch=_ROWS_PER_FETCH):
        passes.pairings.take(tuple(row))
    passes.pairings.end(passes.streams.of_exchanges)
    checkpoints = [tuple(row) for row in await connection.fetch(verify_log.CHECKPOINTS)]
    passes.logs = LogPass(heads, checkpoints, known, due=passes.streams.due)
    for run in runs:
        held = passes.streams.seen.of(run[3], run[4], run[2])
        wanted = removed.tiles_for(run, len(held))
        found = await connection.fetch(verify_removed.LEAF_TILES, *wanted) if wanted else []
        passes.logs.take(run, removed.leaves(run, held, {row[0]: row[1] for row in found}))
    passes.logs.end([tuple(row) async for row in connection.cursor(verify_log.TILES, prefetch=_ROWS_PER_FETCH)])


def _facts(rows: list[tuple[str, int, bytes, int, int]]) -> dict[str, StreamFact]:
    facts = {}
    for stream, last_seq, last_leaf, closed, settled in rows:
        if (type(stream), type(last_seq), type(last_leaf)) != _STREAM_TYPES:
            raise BadPlace(str(stream), 0, "a column of the stream's row is not of its type")
        facts[stream] = StreamFact(stream, last_seq, last_leaf, bool(closed), bool(settled))
    return facts
