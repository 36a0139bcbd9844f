"""Which records may be missing from a database because they stand in an archive, and who has signed that?

Like `security.audit.verify`, it shares no code with what removes. A removal counts only when the key of the log has
signed it; what is missing is then shown by the hash tiles to be just what was signed over. Anything else that is
missing was tampered with.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from security.audit.verify_log import TILE_WIDTH, HeadRow, Known, LogWrong, RunRow, is_signed, read_checkpoint

REMOVALS: Final = "SELECT log, first_index, end_index, statement FROM record_removals ORDER BY log, first_index"
THERE_SQLITE: Final = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'record_removals'"
THERE_POSTGRES: Final = "SELECT (to_regclass('record_removals') IS NOT NULL)::int"
LEAF_TILES: Final = (
    "SELECT number, hashes FROM log_tiles WHERE log = $1 AND level = 0 AND number >= $2 AND number <= $3"
)
_FORMAT: Final = "lienthong-removal-1"
_NAMES: Final = (
    "origin", "month", "first", "end", "first_us", "last_us", "file", "stream", "seq", "leaf", "straddling",
)  # fmt: skip
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class RemovedStretch:
    """The leaves of a log from `first` to before `end`, which stand in the archive's file of this SHA-256 (hex).

    `stream`, `seq` and `leaf` name the record (ERASE) of it. `straddling` exchanges have their other half elsewhere.
    """

    log: str
    month: str
    first: int
    end: int
    file: str
    stream: str
    seq: int
    leaf: str
    straddling: tuple[str, ...]


def read_removals(
    rows: Iterable[tuple[object, ...]], heads: Mapping[str, HeadRow], known: Known
) -> list[RemovedStretch]:
    """Return what was removed by the word of the logs' keys. Raises LogWrong for what only says so."""
    found: list[RemovedStretch] = []
    for log, first, end, statement in rows:
        one = _read(str(log), first, end, statement, heads=heads, known=known)
        if found and found[-1].log == one.log and found[-1].end > one.first:
            raise LogWrong(f"log {one.log}", one.first, "was removed twice, by what the database says")
        found.append(one)
    return found


def _read(
    log: str, first: object, end: object, statement: object, *, heads: Mapping[str, HeadRow], known: Known
) -> RemovedStretch:
    place = first if isinstance(first, int) else 0
    head = heads.get(log)
    if head is None or not head[3]:
        raise LogWrong(f"log {log}", place, "something was removed of a log of which nothing is signed")
    text, key = str(statement), head[4]
    lines = text.rpartition("\n\n")[0].split("\n")
    told = {name: value for name, _, value in (line.partition(" ") for line in lines[1:])}
    origin = read_checkpoint(head[3], log)[0]
    pinned = known.keys.get(origin)
    if not is_signed(text, key) or (pinned is not None and pinned != key):
        raise LogWrong(f"log {log}", place, "the removal is not signed by the log's key: nobody may have removed this")
    if lines[0] != _FORMAT or tuple(told) != _NAMES or len(lines) != len(_NAMES) + 1:
        raise LogWrong(f"log {log}", place, "what was signed is no removal")
    if (told["origin"], told["first"], told["end"]) != (origin, str(first), str(end)):
        raise LogWrong(f"log {log}", place, "the removal that was signed is of something else")
    begin, behind = int(told["first"]), int(told["end"])
    if not 0 <= begin < behind <= head[1]:
        raise LogWrong(f"log {log}", place, "the removal is of no stretch of this log")
    straddling = tuple(told["straddling"].split())
    at = (told["stream"], int(told["seq"]), told["leaf"])
    return RemovedStretch(log, told["month"], begin, behind, told["file"], *at, straddling)


@dataclass(slots=True)
class Removed:
    """Where something was removed: by the places of the logs, and by the numbers of the streams."""

    stretches: Sequence[RemovedStretch] = ()
    absent: dict[tuple[str, int], int] = field(default_factory=dict)
    _spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _last: RemovedStretch | None = None

    @classmethod
    def of(cls, stretches: Sequence[RemovedStretch], runs: Iterable[RunRow]) -> "Removed":
        """Return the removals together with which records they are of."""
        made, spans = cls(stretches), [(one.log, one.first, one.end) for one in stretches]
        for log, first, length, stream, seq in runs if stretches else ():
            # Stretches do not overlap: those of a run are neighbours, the first the last that begins before it.
            at = max(0, bisect_right(spans, (log, first, first)) - 1)
            while at < len(spans) and spans[at][:2] < (log, first + length):
                begin, end = max(first, spans[at][1]), min(first + length, spans[at][2])
                if spans[at][0] == log and begin < end:
                    made._add(stream, seq + begin - first, seq + end - 1 - first)
                at += 1
        return made

    def _add(self, stream: str, first: int, last: int) -> None:
        """Add a span; those of a stream come in its order, and what goes on where the last ended is one with it."""
        spans = self._spans.setdefault(stream, [])
        if spans and spans[-1][1] + 1 == first:
            first = spans.pop()[0]
        spans.append((first, last))

    @property
    def named(self) -> dict[tuple[str, int], str]:
        """The leaf (hex) that the record of each removal must have, by stream and number."""
        return {(one.stream, one.seq): one.leaf for one in self.stretches}

    @property
    def straddling(self) -> frozenset[str]:
        """Exchanges of which a part was removed and another was not, or was with another month."""
        return frozenset(exchange for one in self.stretches for exchange in one.straddling)

    def reach(self) -> dict[str, int]:
        """Return the last number that was removed of each stream."""
        return {stream: spans[-1][1] for stream, spans in self._spans.items()}

    def first_missing(self, stream: str, first: int, last: int) -> int | None:
        """Return the first number from `first` to `last` that was not removed; None: all were."""
        for begin, end in self._spans.get(stream, ()):
            if begin <= first <= end:
                first = end + 1
        return None if first > last else first

    def tiles_for(self, run: RunRow, held: int) -> tuple[str, int, int] | None:
        """Return which tiles of leaves (log, first, last) a run needs of which only `held` records are there."""
        log, first, length = run[:3]
        return (log, first // TILE_WIDTH, (first + length - 1) // TILE_WIDTH) if held < length else None

    def leaves(self, run: RunRow, held: Mapping[int, bytes], tiles: Mapping[int, bytes]) -> list[bytes]:
        """Return the leaves of a run: of the records that are there, else of the tiles where they were removed.

        `held` are those that are there, by their numbers, in order.

        Raises LogWrong at the first that is missing and was not removed.
        """
        log, first, length, stream, seq = run
        if len(held) == length:
            return list(held.values())
        found = []
        for at in range(length):
            leaf = held.get(seq + at)
            found.append(leaf if leaf is not None else self._of_tile(log, first + at, stream, seq + at, tiles=tiles))
        return found

    def _of_tile(self, log: str, index: int, stream: str, seq: int, *, tiles: Mapping[int, bytes]) -> bytes:
        stretch = self._last
        if stretch is None or stretch.log != log or not stretch.first <= index < stretch.end:
            stretch = next((one for one in self.stretches if one.log == log and one.first <= index < one.end), None)
            self._last = stretch
        if stretch is None:
            raise LogWrong(stream, seq, f"is missing where log {log} has its place {index}")
        number, offset = divmod(index, TILE_WIDTH)
        leaf = tiles.get(number, b"")[offset * _HASH_BYTES : (offset + 1) * _HASH_BYTES]
        if len(leaf) != _HASH_BYTES:
            raise LogWrong(f"log {log}", number, "the tile is missing that has the hashes of what was removed")
        self.absent[log, stretch.first] = self.absent.get((log, stretch.first), 0) + 1
        return leaf
