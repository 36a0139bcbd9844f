"""Is the record in this database whole and unchanged, and if not, where does it break first?

Needs the standard library, `cryptography` and the database's driver only, and shares no code with what writes the
record, so that a mistake there cannot hide itself here.

Three passes in one read transaction: every stream in order (leaf, chain, numbers, and `security.audit.verify_body`),
every exchange (one intent, one end), every log (`security.audit.verify_log`).
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from security.audit import verify_log
from security.audit.verify_body import BadPlace, Finding, RecordRow, check_columns, parse_body
from security.audit.verify_log import Known, LogPass, LogWrong

if TYPE_CHECKING:
    import asyncpg

# exchange_id, kind, stream, seq
PairingRow: TypeAlias = tuple[str, str, str, int]

_STREAMS = "SELECT stream, last_seq, last_leaf, closed_at IS NOT NULL, settled_at IS NOT NULL FROM record_streams"
_RECORDS = """
SELECT stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf FROM record ORDER BY stream, seq"""
_OF_EXCHANGES = frozenset({"INTENT", "OUTCOME", "DENY", "UNKNOWN"})
_WHERE = f"FROM record WHERE kind IN {tuple(sorted(_OF_EXCHANGES))}"
_ONE_EACH = "(count(*) = 2 AND min(kind) = 'INTENT' AND max(kind) = 'OUTCOME')"
# Exchanges of one intent and one outcome, which is nearly all, are counted where they lie; each other is looked at.
_USUAL = f"SELECT count(*) FROM (SELECT 1 {_WHERE} GROUP BY exchange_id HAVING {_ONE_EACH}) usual"  # noqa: S608 - constants
_PAIRINGS = f"""
SELECT exchange_id, kind, stream, seq {_WHERE} AND exchange_id IN
(SELECT exchange_id {_WHERE} GROUP BY exchange_id HAVING NOT {_ONE_EACH}) ORDER BY exchange_id"""
_ROWS_PER_FETCH = 2000
# The index of exchanges and the record are read side by side. Not mapped into memory: a broken disk must be told of.
_SQLITE_CACHE = "PRAGMA cache_size = -65536"
_ROW_TYPES = (str, int, int, str, str, str, str, str, bytes, bytes)
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
    """

    records: int
    streams: int
    exchanges: int
    pending: int
    logged: int
    finding: Finding | None

    @property
    def verdict(self) -> Verdict:
        """TAMPERED when there is a finding, INCOMPLETE when something is pending, else OK."""
        if self.finding is not None:
            return Verdict.TAMPERED
        return Verdict.INCOMPLETE if self.pending else Verdict.OK


@dataclass(frozen=True, slots=True)
class StreamFact:
    """A row of `record_streams`: where the stream is said to end."""

    stream: str
    last_seq: int
    last_leaf: bytes
    closed: bool
    settled: bool


# --- first pass: the streams -------------------------------------------------------------------------------


@dataclass(slots=True)
class StreamPass:
    """Takes every record in order of stream and number; raises BadPlace at the first that is wrong."""

    facts: Mapping[str, StreamFact]
    records: int = 0
    of_exchanges: int = 0
    _stream: str = ""
    _seq: int = 0
    _leaf: bytes = b""
    _seen: set[str] = field(default_factory=set)
    _links: list[tuple[str, str, int, str]] = field(default_factory=list)

    def take(self, row: RecordRow) -> None:
        """Check one record against itself and the one before it."""
        stream, seq, body, leaf = row[0], row[1], row[8], row[9]
        # SQLite keeps whatever type it is given.
        if tuple(map(type, row)) != _ROW_TYPES:
            raise BadPlace(str(stream), self._seq + 1, "a column is not of its type")
        if stream != self._stream:
            self._end_stream()
            self._begin_stream(stream)
        if seq != self._seq + 1:
            raise BadPlace(stream, self._seq + 1, "the record is missing")
        if hashlib.sha256(b"\x00" + body).digest() != leaf:
            raise BadPlace(stream, seq, "the body and its leaf hash do not belong together")
        members = parse_body(stream, seq, body)
        if members.get("prev") != self._leaf.hex():
            raise BadPlace(stream, seq, "the chain is broken: prev is not the leaf of the record before")
        check_columns(row, members)
        if row[3] in _OF_EXCHANGES:
            self.of_exchanges += 1
        elif row[3] == "OPEN":
            self._note_links(stream, members)
        self._seq, self._leaf = seq, leaf
        self.records += 1

    def end(self) -> None:
        """Check what can be known only when all has been seen."""
        self._end_stream()
        for fact in self.facts.values():
            if fact.stream not in self._seen:
                raise BadPlace(fact.stream, 1, "the whole stream is missing")
        for stream, previous, seq, leaf in self._links:
            followed = self.facts.get(previous)
            if followed is None:
                raise BadPlace(previous, 1, f"the whole stream is missing that {stream} follows")
            if (followed.last_seq, followed.last_leaf.hex()) != (seq, leaf):
                raise BadPlace(previous, seq, f"the stream does not end where {stream} says that it ended")

    def _begin_stream(self, stream: str) -> None:
        if stream not in self.facts:
            raise BadPlace(stream, 1, "nothing is known of this stream: its row is missing")
        self._stream, self._seq, self._leaf = stream, 0, b""
        self._seen.add(stream)

    def _end_stream(self) -> None:
        fact = self.facts.get(self._stream)
        if fact is None:
            return
        if self._seq < fact.last_seq:
            raise BadPlace(fact.stream, self._seq + 1, f"the tail is missing up to {fact.last_seq}")
        if self._seq > fact.last_seq:
            raise BadPlace(fact.stream, fact.last_seq + 1, "records follow after the stream's end")
        if self._leaf != fact.last_leaf:
            raise BadPlace(fact.stream, self._seq, "the last record is not the one that the stream's row names")

    def _note_links(self, stream: str, members: dict[str, object]) -> None:
        notes = members.get("notes")
        if not isinstance(notes, dict) or "previous_stream" not in notes:
            return
        self._links.append(
            (stream, str(notes["previous_stream"]), int(notes["previous_seq"]), str(notes["previous_leaf"]))
        )


# --- second pass: the exchanges ----------------------------------------------------------------------------


@dataclass(slots=True)
class PairingPass:
    """Takes intents and ends in order of exchange; raises BadPlace at the first exchange that is wrong.

    `usual` exchanges of one intent and one outcome were counted already.
    """

    facts: Mapping[str, StreamFact]
    usual: int = 0
    exchanges: int = 0
    pending: int = 0
    _taken: int = 0
    _exchange: str = ""
    _intent: PairingRow | None = None
    _end: PairingRow | None = None

    def take(self, row: PairingRow) -> None:
        """Add one record to the exchange that it belongs to."""
        exchange_id, kind, stream, seq = row
        if exchange_id != self._exchange:
            self._judge()
            self._exchange = exchange_id
        self._taken += 1
        if kind == "INTENT":
            if self._intent is not None:
                raise BadPlace(stream, seq, "the exchange has two intents")
            self._intent = row
        elif self._end is not None and not (kind == "DENY" == self._end[1] and self._intent is None):
            raise BadPlace(stream, seq, f"the exchange has two ends: {self._end[1]} and {kind}")
        else:
            self._end = row

    def end(self, of_exchanges: int) -> None:
        """Judge the last one, and that as many records were seen as the streams have of exchanges."""
        self._judge()
        self.exchanges += self.usual
        if (seen := 2 * self.usual + self._taken) != of_exchanges:
            raise BadPlace(
                "exchanges", 0, f"the index names {seen} records of exchanges, the streams have {of_exchanges}"
            )

    def _judge(self) -> None:
        intent, end = self._intent, self._end
        self._intent = self._end = None
        if intent is not None:
            self.exchanges += 1
        if intent is None and end is not None and end[1] != "DENY":
            raise BadPlace(end[2], end[3], f"{end[1]} without an intent")
        if intent is not None and end is None:
            if self.facts[intent[2]].settled:
                raise BadPlace(intent[2], intent[3], "the intent has no end, and its stream is settled")
            self.pending += 1


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
    """The three passes, as far as they have come."""

    streams: StreamPass = field(default_factory=lambda: StreamPass({}))
    pairings: PairingPass = field(default_factory=lambda: PairingPass({}))
    logs: LogPass = field(default_factory=lambda: LogPass({}, ()))

    def report(self, finding: Finding | None) -> Report:
        """Return what was found."""
        return Report(
            self.streams.records,
            len(self.streams.facts),
            self.pairings.exchanges,
            self.pairings.pending,
            self.logs.leaves,
            finding,
        )


def _verify_sqlite(path: Path, known: Known) -> Report:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute(_SQLITE_CACHE)
            connection.execute("BEGIN")
            passes = _Passes()
            try:
                _pass_sqlite(connection, passes, known)
            except BadPlace as bad:
                return passes.report(bad.finding)
            except LogWrong as wrong:
                return passes.report(Finding(wrong.place, wrong.number, wrong.what))
            return passes.report(None)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise DatabaseUnreadable(f"SQLite: {error}") from error


def _pass_sqlite(connection: sqlite3.Connection, passes: _Passes, known: Known) -> None:
    facts = _facts(connection.execute(_STREAMS).fetchall())
    passes.streams = StreamPass(facts)
    for row in connection.execute(_RECORDS):
        passes.streams.take(row)
    passes.streams.end()
    passes.pairings = PairingPass(facts, connection.execute(_USUAL).fetchone()[0])
    for pairing in connection.execute(_PAIRINGS):
        passes.pairings.take(pairing)
    passes.pairings.end(passes.streams.of_exchanges)
    heads = connection.execute(verify_log.HEADS).fetchall()
    checkpoints = connection.execute(verify_log.CHECKPOINTS).fetchall()
    passes.logs = LogPass({row[0]: row for row in heads}, checkpoints, known)
    for run in map(verify_log.read_run, connection.execute(verify_log.RUNS).fetchall()):
        leaves = connection.execute(verify_log.LEAVES, (run[3], run[4], run[4] + run[2]))
        passes.logs.take(run, [leaf for (leaf,) in leaves])
    passes.logs.end(connection.execute(verify_log.TILES))


async def _verify_postgres(url: str, known: Known) -> Report:
    import asyncpg  # here, so that a SQLite record can be verified where this driver is not installed

    try:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                passes = _Passes()
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
    passes.streams = StreamPass(facts)
    async for row in connection.cursor(_RECORDS, prefetch=_ROWS_PER_FETCH):
        passes.streams.take(tuple(row))
    passes.streams.end()
    passes.pairings = PairingPass(facts, await connection.fetchval(_USUAL))
    async for row in connection.cursor(_PAIRINGS, prefetch=_ROWS_PER_FETCH):
        passes.pairings.take(tuple(row))
    passes.pairings.end(passes.streams.of_exchanges)
    heads = await connection.fetch(verify_log.HEADS)
    checkpoints = [tuple(row) for row in await connection.fetch(verify_log.CHECKPOINTS)]
    passes.logs = LogPass({row[0]: tuple(row) for row in heads}, checkpoints, known)
    for run in [verify_log.read_run(tuple(row)) for row in await connection.fetch(verify_log.RUNS)]:
        leaves = await connection.fetch(verify_log.LEAVES, run[3], run[4], run[4] + run[2])
        passes.logs.take(run, [row[0] for row in leaves])
    passes.logs.end([tuple(row) async for row in connection.cursor(verify_log.TILES, prefetch=_ROWS_PER_FETCH)])


def _facts(rows: list[tuple[str, int, bytes, int, int]]) -> dict[str, StreamFact]:
    facts = {}
    for stream, last_seq, last_leaf, closed, settled in rows:
        if (type(stream), type(last_seq), type(last_leaf)) != _STREAM_TYPES:
            raise BadPlace(str(stream), 0, "a column of the stream's row is not of its type")
        facts[stream] = StreamFact(stream, last_seq, last_leaf, bool(closed), bool(settled))
    return facts
