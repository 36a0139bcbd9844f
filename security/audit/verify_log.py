"""Does the log in this database hold just what is recorded, and is it what was signed?

Like `security.audit.verify`, of which it is the third pass, it shares no code with what writes the log. Needs
`cryptography` for the signatures. Leaves come in the order of the log; memory grows with the height of the tree only.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# log, size, root, checkpoint, key
HeadRow: TypeAlias = tuple[str, int, bytes, str, str]
# log, size, checkpoint
CheckpointRow: TypeAlias = tuple[str, int, str]
# log, first_index, length, stream, first_seq
RunRow: TypeAlias = tuple[str, int, int, str, int]
# log, level, number, width, hashes
TileRow: TypeAlias = tuple[str, int, int, int, bytes]

HEADS = "SELECT log, size, root, checkpoint, key FROM log_heads ORDER BY log"
CHECKPOINTS = "SELECT log, size, checkpoint FROM log_checkpoints ORDER BY log, size"
RUNS = "SELECT log, first_index, length, stream, first_seq FROM log_runs ORDER BY log, first_index"
TILES = "SELECT log, level, number, width, hashes FROM log_tiles ORDER BY log, level, number"
UNLOGGED = """
SELECT s.stream, s.last_seq - coalesce(sum(g.length), 0) FROM record_streams s
LEFT JOIN log_runs g ON g.stream = s.stream GROUP BY s.stream, s.last_seq"""
TILE_WIDTH = 256
_HASH_BYTES = 32
_RUN_TYPES = (str, int, int, str, int)
_LARGEST = 1 << 60
_EMPTY = hashlib.sha256(b"").digest()


class LogWrong(Exception):
    """Carries the first place that is wrong: in which log or stream, at which number, and what."""

    def __init__(self, place: str, number: int, what: str) -> None:
        super().__init__(f"{place} {number}: {what}")
        self.place, self.number, self.what = place, number, what


@dataclass(frozen=True, slots=True)
class Known:
    """What the verifier has that is not from the database: keys (name+id+key) by the names of logs, and checkpoints.

    Without a key the one is used that the database names, which shows less.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    checkpoints: Sequence[str] = ()


@dataclass(slots=True)
class LogPass:
    """Takes what the tables hold of the logs, and raises LogWrong at the first that is wrong.

    `due` are leaves (hex) that records must have that are not there to be looked at, by stream and number.
    """

    heads: Mapping[str, HeadRow]
    checkpoints: Sequence[CheckpointRow]
    known: Known = field(default_factory=Known)
    leaves: int = 0
    due: dict[tuple[str, int], str] = field(default_factory=dict)
    _of_stream: dict[str, list[int]] = field(default_factory=dict)
    _log: str = ""
    _size: int = 0
    _rows: list[bytearray] = field(default_factory=list)
    _tiles: dict[tuple[str, int, int], bytes] = field(default_factory=dict)
    _due: list[tuple[int, bytes]] = field(default_factory=list)
    _next_due: int = 0
    _seen: set[str] = field(default_factory=set)

    def take(self, run: RunRow, leaves: Sequence[bytes]) -> None:
        """Append the leaves of a run, which must be the next of its log."""
        log, first, length, stream, seq = run
        if log != self._log:
            self._end_log()
            self._begin_log(log)
        if first != self._size:
            raise LogWrong(stream, seq, f"is not where log {log} has its place {self._size}")
        if len(leaves) != length:
            raise LogWrong(stream, seq + len(leaves), f"is missing where log {log} has its place {first + len(leaves)}")
        if self.due:
            self._check_due(stream, seq, leaves)
        self.leaves += length
        at = 0
        while at < length:
            ends = at + min(TILE_WIDTH - self._size % TILE_WIDTH, length - at)
            if self._next_due > self._size:
                ends = min(ends, at + self._next_due - self._size)
            self._rows[0] += b"".join(leaves[at:ends])
            self._size += ends - at
            at = ends
            if self._size % TILE_WIDTH == 0:
                self._fill_up(0)
            if self._size == self._next_due:
                self._check_signed()

    def end(self, tiles: Iterable[TileRow]) -> None:
        """Check what can be known only when all has been seen, and that the tiles are those of the leaves."""
        self._end_log()
        if self.due:
            stream, seq = min(self.due)
            raise LogWrong(stream, seq, "is missing, and in no log: it cannot have been removed")
        for log, head in self.heads.items():
            if log not in self._seen and head[1]:
                raise LogWrong(f"log {log}", 0, "its records are missing")
        origins = {read_checkpoint(head[3], log)[0] for log, head in self.heads.items() if head[3]}
        for one in self.known.checkpoints:
            if (origin := read_checkpoint(one, "")[0]) not in origins:
                raise LogWrong(f"log {origin}", 0, "there is a checkpoint of this log, and no such log here")
        for tile in tiles:
            self._check_tile(tile)
        if self._tiles:
            log, level, number = min(self._tiles)
            raise LogWrong(f"log {log}", number, f"the tile of level {level} is missing")

    def _check_due(self, stream: str, first: int, leaves: Sequence[bytes]) -> None:
        if not self._of_stream:
            for named, seq in self.due:
                self._of_stream.setdefault(named, []).append(seq)
        for seq in self._of_stream.get(stream, ()):
            wanted = self.due.pop((stream, seq), None) if first <= seq < first + len(leaves) else None
            if wanted is not None and wanted != leaves[seq - first].hex():
                raise LogWrong(stream, seq, "what was removed is not what the records around it say")

    def _begin_log(self, log: str) -> None:
        if log not in self.heads:
            raise LogWrong(f"log {log}", 0, "there are records of a log that has no head")
        self._log, self._size, self._rows = log, 0, [bytearray()]
        self._seen.add(log)
        head = self.heads[log]
        signed = [(size, text) for of, size, text in self.checkpoints if of == log]
        if head[3]:
            signed.append((read_checkpoint(head[3], log)[1], head[3]))
            ours = read_checkpoint(head[3], log)[0]
            kept = [(read_checkpoint(one, log), one) for one in self.known.checkpoints]
            signed += [(found[1], one) for found, one in kept if found[0] == ours]
        self._due = sorted({(size, self._verified(text, size, head)) for size, text in signed})
        self._next_due = self._due[0][0] if self._due else 0

    def _verified(self, note: str, size: int, head: HeadRow) -> bytes:
        """Return the root that a checkpoint signs. Raises LogWrong: of another size, or not signed by the key."""
        log, key = head[0], head[4]
        origin, said, root = read_checkpoint(note, log)
        pinned = self.known.keys.get(origin)
        if pinned is not None and pinned != key:
            raise LogWrong(f"log {log}", size, "is signed by another key than the one that was given")
        if said != size:
            raise LogWrong(f"log {log}", size, "the checkpoint is of another size")
        if not is_signed(note, key):
            raise LogWrong(f"log {log}", size, "the checkpoint is not signed by the log's key")
        return root

    def _check_signed(self) -> None:
        while self._due and self._due[0][0] == self._size:
            size, root = self._due.pop(0)
            if _root(self._rows) != root:
                raise LogWrong(f"log {self._log}", size - 1, f"the first {size} records are not those that were signed")
        self._next_due = self._due[0][0] if self._due else 0

    def _end_log(self) -> None:
        head = self.heads.get(self._log)
        if head is None:
            return
        log, size, root = head[:3]
        if self._size != size:
            raise LogWrong(f"log {log}", self._size, f"the log should have {size} records")
        if _root(self._rows) != root:
            raise LogWrong(f"log {log}", size - 1, "the root is not that of the records")
        if self._due:
            raise LogWrong(f"log {log}", size, f"{self._due[-1][0]} records were signed: the end of the log is missing")
        for level, row in enumerate(self._rows):
            if row:
                number = (size >> (8 * level)) // TILE_WIDTH
                self._tiles[log, level, number] = bytes(row)

    def _fill_up(self, level: int) -> None:
        """Keep a full tile to be compared, and begin the next of its level; its top goes a level up."""
        row, above = bytes(self._rows[level]), level + 1
        self._tiles[self._log, level, (self._size >> (8 * level)) // TILE_WIDTH - 1] = hashlib.sha256(row).digest()
        self._rows[level] = bytearray()
        if above == len(self._rows):
            self._rows.append(bytearray())
        self._rows[above] += top_of(row)
        if len(self._rows[above]) == TILE_WIDTH * _HASH_BYTES:
            self._fill_up(above)

    def _check_tile(self, tile: TileRow) -> None:
        log, level, number, width, hashes = tile
        expected = self._tiles.pop((log, level, number), None)
        if expected is None:
            raise LogWrong(f"log {log}", number, f"there is a tile of level {level} that no record is under")
        held = hashlib.sha256(hashes).digest() if width == TILE_WIDTH else hashes
        if held != expected or len(hashes) != width * _HASH_BYTES:
            raise LogWrong(f"log {log}", number, f"the tile of level {level} is not that of the records")


def read_run(row: tuple[object, ...]) -> RunRow:
    """Return a row of `log_runs` when it can be one. Raises LogWrong."""
    log, first, length, stream, seq = row
    types = tuple(map(type, row))
    if types != _RUN_TYPES or not all(isinstance(one, int) and 0 <= one < _LARGEST for one in (first, length, seq)):
        raise LogWrong(f"log {log}", 0, f"a run of {stream} is not written as a run is")
    return row  # type: ignore[return-value]  # its types were just looked at


def read_checkpoint(note: str, log: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint. Raises LogWrong."""
    lines = note.split("\n")
    try:
        return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError, binascii.Error) as error:
        raise LogWrong(f"log {log}", 0, "the checkpoint cannot be read") from error


def is_signed(note: str, key: str) -> bool:
    """Tell whether a note carries a good signature of this key (name+id+key; C2SP signed-note, kind 1)."""
    text, found, lines = note.rpartition("\n\n")
    name, _, rest = key.partition("+")
    key_id, _, material = rest.partition("+")
    try:
        public = base64.b64decode(material, validate=True)
        if not found or public[:1] != b"\x01" or _key_id(name, public).hex() != key_id:
            return False
        verifier = Ed25519PublicKey.from_public_bytes(public[1:])
        return any(_fits(f"{text}\n", line, name, _key_id(name, public), verifier.verify) for line in lines.split("\n"))
    except (ValueError, binascii.Error):
        return False


def _fits(text: str, line: str, name: str, key_id: bytes, verify: Callable[[bytes, bytes], None]) -> bool:
    said, _, material = line.removeprefix("— ").partition(" ")
    if said != name or not line.startswith("— "):
        return False
    raw = base64.b64decode(material, validate=True)
    if raw[:4] != key_id:
        return False
    try:
        verify(raw[4:], text.encode())
    except InvalidSignature:
        return False
    return True


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _root(rows: Sequence[bytes | bytearray]) -> bytes:
    """Return the root (RFC 6962, 2.1) of a tree by its unfinished tiles, that of the leaves first."""
    found = b""
    for row in rows:
        for peak in reversed(_peaks(bytes(row))):
            found = node(peak, found) if found else peak
    return found or _EMPTY


def _peaks(row: bytes) -> list[bytes]:
    """Return the roots of the whole subtrees of a tile, the largest first."""
    found, at, left = [], 0, len(row) // _HASH_BYTES
    while left:
        width = 1 << (left.bit_length() - 1)
        found.append(top_of(row[at : at + width * _HASH_BYTES]))
        at, left = at + width * _HASH_BYTES, left - width
    return found


def top_of(hashes: bytes) -> bytes:
    """Return the hash of the node above a full tile."""
    sha256, row = hashlib.sha256, hashes
    while len(row) > _HASH_BYTES:
        pairs = [b"\x01" + row[at : at + 2 * _HASH_BYTES] for at in range(0, len(row), 2 * _HASH_BYTES)]
        row = b"".join([sha256(pair).digest() for pair in pairs])
    return row
