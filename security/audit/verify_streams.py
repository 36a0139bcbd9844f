"""Does every stream of the record go on without a gap, and has every exchange one intent and one end?

The first two passes of `security.audit.verify`. What was removed into an archive is passed over: by which leaf the
stream goes on behind it is left (`due`) to the pass over the logs, which has all leaves.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from security.audit.verify_body import BadPlace, RecordRow, read_record
from security.audit.verify_leaves import SeenLeaves
from security.audit.verify_removed import Removed

# exchange_id, kind, stream, seq
PairingRow: TypeAlias = tuple[str, str, str, int]

OF_EXCHANGES: Final = frozenset({"INTENT", "OUTCOME", "DENY", "UNKNOWN"})
# RFC 6962, 2.1. A copy of what is begun is a quarter sooner than to begin anew.
_hash_of_leaf: Final = hashlib.sha256(b"\x00").copy
_ROW_TYPES = (str, int, int, str, str, str, str, str, bytes, bytes)


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
    removed: Removed = field(default_factory=Removed)
    records: int = 0
    of_exchanges: int = 0
    due: dict[tuple[str, int], str] = field(default_factory=dict)
    seen: SeenLeaves = field(kw_only=True)
    _named: dict[tuple[str, int], str] = field(default_factory=dict)
    _started: bool = False
    _stream: str = ""
    _seq: int = 0
    _leaf: bytes = b""
    _begun: set[str] = field(default_factory=set)
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
        follows_a_gap = seq != self._seq + 1
        if follows_a_gap:
            self._pass_over(stream, seq - 1, "the record is missing")
            self.seen.begin(stream, seq)
        hashed = _hash_of_leaf()
        hashed.update(body)
        if hashed.digest() != leaf:
            raise BadPlace(stream, seq, "the body and its leaf hash do not belong together")
        prev, notes = read_record(row)
        if follows_a_gap:
            self.due[stream, seq - 1] = str(prev)
        elif prev != self._leaf.hex():
            raise BadPlace(stream, seq, "the chain is broken: prev is not the leaf of the record before")
        if row[3] in OF_EXCHANGES:
            self.of_exchanges += 1
        elif row[3] == "OPEN":
            self._note_links(stream, notes)
        elif row[3] == "ERASE":
            self._check_named(stream, seq, leaf)
        self._seq, self._leaf = seq, leaf
        self.seen.add(leaf)
        self.records += 1

    def end(self) -> None:
        """Check what can be known only when all has been seen."""
        self._end_stream()
        for fact in self.facts.values():
            if fact.stream not in self._begun:
                self._stream, self._seq = fact.stream, 0
                self._pass_over(fact.stream, fact.last_seq, "the whole stream is missing")
                self.due[fact.stream, fact.last_seq] = fact.last_leaf.hex()
        for stream, last in self.removed.reach().items():
            if stream not in self.facts:
                raise BadPlace(stream, 1, "nothing is known of this stream, of which records were removed")
            if self.facts[stream].last_seq < last:
                raise BadPlace(stream, last, "a record was removed that stands after the stream's end")
        for stream, previous, seq, leaf in self._links:
            followed = self.facts.get(previous)
            if followed is None:
                raise BadPlace(previous, 1, f"the whole stream is missing that {stream} follows")
            if (followed.last_seq, followed.last_leaf.hex()) != (seq, leaf):
                raise BadPlace(previous, seq, f"the stream does not end where {stream} says that it ended")
        for place, leaf in self._left().items():
            if self.due.setdefault(place, leaf) != leaf:
                raise BadPlace(*place, "the record of a removal is not the one that was signed")

    def _pass_over(self, stream: str, up_to: int, what: str) -> None:
        """Go on behind records that were removed. Raises BadPlace at the first that was not."""
        missing = self.removed.first_missing(stream, self._seq + 1, up_to) if up_to > self._seq else self._seq + 1
        if missing is not None:
            raise BadPlace(stream, missing, what)

    def _check_named(self, stream: str, seq: int, leaf: bytes) -> None:
        wanted = self._left().pop((stream, seq), None)
        if wanted is not None and wanted != leaf.hex():
            raise BadPlace(stream, seq, "the record of a removal is not the one that was signed")

    def _left(self) -> dict[tuple[str, int], str]:
        """Return the records of removals that were not met yet."""
        if not self._started:
            self._named, self._started = self.removed.named, True
        return self._named

    def _begin_stream(self, stream: str) -> None:
        if stream not in self.facts:
            raise BadPlace(stream, 1, "nothing is known of this stream: its row is missing")
        self._stream, self._seq, self._leaf = stream, 0, b""
        self.seen.begin(stream, 1)
        self._begun.add(stream)

    def _end_stream(self) -> None:
        fact = self.facts.get(self._stream)
        if fact is None:
            return
        if self._seq < fact.last_seq:
            self._pass_over(fact.stream, fact.last_seq, f"the tail is missing up to {fact.last_seq}")
            self.due[fact.stream, fact.last_seq] = fact.last_leaf.hex()
            return
        if self._seq > fact.last_seq:
            raise BadPlace(fact.stream, fact.last_seq + 1, "records follow after the stream's end")
        if self._leaf != fact.last_leaf:
            raise BadPlace(fact.stream, self._seq, "the last record is not the one that the stream's row names")

    def _note_links(self, stream: str, notes: object) -> None:
        if not isinstance(notes, dict) or "previous_stream" not in notes:
            return
        self._links.append(
            (stream, str(notes["previous_stream"]), int(notes["previous_seq"]), str(notes["previous_leaf"]))
        )


# --- second pass: the exchanges ----------------------------------------------------------------------------


@dataclass(slots=True)
class PairingPass:
    """Takes intents and ends in order of exchange; raises BadPlace at the first exchange that is wrong.

    `usual` exchanges of one intent and one outcome were counted already. Of some a part was `removed`: the kinds of
    what is left of those that straddle the end of a stretch are `straddled`.
    """

    facts: Mapping[str, StreamFact]
    usual: int = 0
    removed: Removed = field(default_factory=Removed)
    straddled: dict[str, list[str]] = field(default_factory=dict)
    exchanges: int = 0
    pending: int = 0
    _straddling: frozenset[str] | None = None
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
        if self._straddling is None:
            self._straddling = self.removed.straddling
        if self._exchange in self._straddling:
            self.straddled[self._exchange] = [one[1] for one in (intent, end) if one is not None]
            return
        if (intent is None) != (end is None) and self._is_going(intent or end):
            return
        if intent is None and end is not None and end[1] != "DENY":
            raise BadPlace(end[2], end[3], f"{end[1]} without an intent")
        if intent is not None and end is None:
            if self.facts[intent[2]].settled:
                raise BadPlace(intent[2], intent[3], "the intent has no end, and its stream is settled")
            self.pending += 1

    def _is_going(self, half: PairingRow | None) -> bool:
        """Tell whether half of an exchange is in a stretch that is being removed: its other half went first."""
        return half is not None and self.removed.first_missing(half[2], half[3], half[3]) is None
