"""Are the files of an archive, alone and together, just what was signed, and if not, where does it break first?

Like `security.audit.verify`, it shares no code with what writes an archive. A file holds a stretch of one log without a
gap; its index names the hashes to the left and to the right of it, so that the file alone leads to a signed checkpoint.
Files that follow one another are one stretch: what an index says of its left must be what the files before it hold.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from security.audit.verify_body import BadPlace, Finding, RecordRow, check_columns, parse_body
from security.audit.verify_log import TILE_WIDTH, Known, LogWrong, is_signed, node, read_checkpoint, top_of

# The place in the log, and the record.
ArchiveRow: TypeAlias = tuple[int, RecordRow]

FORMAT: Final = "lienthong-archive-1"
_ROW_TYPES: Final = (str, int, int, str, str, str, str, str, bytes, bytes)
_HEX_HASH: Final = 64


class IndexUnreadable(ValueError):
    """This is not the index of an archive's file."""


class ArchiveWrong(Exception):
    """Carries the first bad place: in which file or stream, at which number, and what."""

    def __init__(self, place: str, number: int, what: str) -> None:
        super().__init__(f"{place} {number}: {what}")
        self.finding = Finding(place, number, what)


@dataclass(frozen=True, slots=True)
class Index:
    """What stands beside a file: of which log it holds the leaves from `first` to before `end`, and what proves it.

    `left` and `right` are the fewest nodes over what is not in the file, up to the checkpoint's size, left to right;
    `blocks` those over each 256 leaves that are all in it, to find the place of a change by.
    """

    file: str
    sha256: str
    month: str
    log: str
    first: int
    end: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]
    blocks: tuple[bytes, ...]
    checkpoint: str
    key: str


def read_index(text: str) -> Index:
    """Return an index. Raises IndexUnreadable."""
    try:
        members = json.loads(text)
        if members.pop("format") != FORMAT or set(members) != set(Index.__dataclass_fields__):
            raise IndexUnreadable("this is no index of an archive, or one of another release")
        for name in ("left", "right", "blocks"):
            if any(len(one) != _HEX_HASH for one in members[name]):
                raise IndexUnreadable(f"{name} holds something that is no hash")
            members[name] = tuple(bytes.fromhex(one) for one in members[name])
        index = Index(**members)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise IndexUnreadable(str(error) or "it cannot be read") from error
    texts = (index.file, index.sha256, index.month, index.log, index.checkpoint, index.key)
    if not all(isinstance(one, str) for one in texts) or type(index.first) is not int or type(index.end) is not int:
        raise IndexUnreadable("a member is not of its type")
    return index


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was verified and what was found. `reaches` says for each log from which leaf to before which."""

    files: int
    records: int
    reaches: Mapping[str, tuple[int, int]]
    finding: Finding | None


@dataclass(slots=True)
class _Tree:
    """A tree that grows by leaves and by whole nodes: the hashes of its whole subtrees with their heights."""

    peaks: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, hash_: bytes, *, height: int = 0) -> None:
        """Append a whole node of 2^`height` leaves."""
        while self.peaks and self.peaks[-1][0] == height:
            hash_, height = node(self.peaks.pop()[1], hash_), height + 1
        self.peaks.append((height, hash_))

    def root(self) -> bytes:
        """Return the root of what was added."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        found = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


@dataclass(slots=True)
class ArchivePass:
    """Takes files in the order of their logs and leaves; raises ArchiveWrong at the first that is wrong."""

    known: Known = field(default_factory=Known)
    files: int = 0
    records: int = 0
    reaches: dict[str, tuple[int, int]] = field(default_factory=dict)
    _tree: _Tree = field(default_factory=_Tree)
    _streams: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _block: bytearray = field(default_factory=bytearray)

    def take(self, index: Index, rows: Iterable[ArchiveRow]) -> None:
        """Check one file, and that it goes on where the one before it of the same log ended."""
        if not 0 <= index.first < index.end:
            raise ArchiveWrong(index.file, index.first, "the index names no stretch of a log")
        origin, size, root = self._signed(index)
        if size < index.end:
            raise ArchiveWrong(index.file, size, "the checkpoint was signed over fewer records than the file has")
        self._begin(index)
        kept = self._kept(index, origin)
        blocks = list(index.blocks)
        place, last_us = index.first, 0
        self._block.clear()
        for at, row in rows:
            if at != place or place >= index.end:
                raise ArchiveWrong(index.file, place, f"record {place} of log {index.log} should stand here, not {at}")
            self._take_record(index, place, row, blocks)
            place, last_us = place + 1, row[2]
            if place in kept and self._tree.root() != kept[place]:
                raise ArchiveWrong(index.file, place - 1, f"the first {place} records are not those that were signed")
        if place != index.end:
            raise ArchiveWrong(index.file, place, f"the file should go up to record {index.end - 1}")
        if blocks:
            raise ArchiveWrong(index.file, place, "the index names more blocks than the file has")
        if f"{datetime.fromtimestamp(last_us / 1_000_000, UTC):%Y-%m}" != index.month:
            raise ArchiveWrong(index.file, place - 1, f"the last record is not of {index.month}")
        self._check_root(index, size, root)
        self.files += 1
        self.reaches[index.log] = (self.reaches.get(index.log, (index.first, 0))[0], index.end)

    def _signed(self, index: Index) -> tuple[str, int, bytes]:
        try:
            origin, size, root = read_checkpoint(index.checkpoint, index.log)
        except LogWrong as error:
            raise ArchiveWrong(index.file, error.number, error.what) from error
        if not origin.endswith(f"/log/{index.log}"):
            raise ArchiveWrong(index.file, size, f"the checkpoint is of {origin}, not of log {index.log}")
        pinned = self.known.keys.get(origin)
        if pinned is not None and pinned != index.key:
            raise ArchiveWrong(index.file, size, "the index names another key than the one that was given")
        if not is_signed(index.checkpoint, index.key):
            raise ArchiveWrong(index.file, size, "the checkpoint is not signed by the log's key")
        return origin, size, root

    def _begin(self, index: Index) -> None:
        heights = [bit for bit in reversed(range(index.first.bit_length())) if index.first >> bit & 1]
        if len(heights) != len(index.left):
            raise ArchiveWrong(index.file, index.first, "the index names other hashes to the left than there are")
        told = list(zip(heights, index.left, strict=True))
        before = self.reaches.get(index.log)
        if before is None:
            self._tree = _Tree(told)
        elif before[1] != index.first:
            raise ArchiveWrong(index.file, before[1], f"the records from {before[1]} to {index.first - 1} are missing")
        elif self._tree.peaks != told:
            raise ArchiveWrong(index.file, index.first, "the hashes to the left are not those of the files before")

    def _kept(self, index: Index, origin: str) -> dict[int, bytes]:
        try:
            kept = [read_checkpoint(one, index.log) for one in self.known.checkpoints]
        except LogWrong as error:
            raise ArchiveWrong("a checkpoint that was given", 0, error.what) from error
        return {size: root for name, size, root in kept if name == origin}

    def _take_record(self, index: Index, place: int, row: RecordRow, blocks: list[bytes]) -> None:
        stream, seq, body, leaf = str(row[0]), row[1], row[8], row[9]
        if tuple(map(type, row)) != _ROW_TYPES:
            raise ArchiveWrong(index.file, place, "a column is not of its type")
        if hashlib.sha256(b"\x00" + body).digest() != leaf:
            raise ArchiveWrong(index.file, place, f"{stream} {seq}: body and leaf hash do not belong together")
        try:
            members = parse_body(stream, seq, body)
            check_columns(row, members)
        except BadPlace as bad:
            raise ArchiveWrong(index.file, place, str(bad)) from bad
        before = self._streams.get(stream)
        if before is None and seq == 1:
            before = (0, b"")
        if before is not None and (seq, members.get("prev")) != (before[0] + 1, before[1].hex()):
            raise ArchiveWrong(index.file, place, f"{stream} {seq}: the chain is broken at the record before it")
        self._streams[stream] = (seq, leaf)
        self._tree.add(leaf)
        self.records += 1
        self._fill_block(index, place, leaf, blocks)

    def _fill_block(self, index: Index, place: int, leaf: bytes, blocks: list[bytes]) -> None:
        """Compare each 256 leaves with what the index says of them: a change is located to a block at least."""
        if place % TILE_WIDTH == 0:
            self._block.clear()
        begin = place - place % TILE_WIDTH
        if begin < index.first:
            return
        self._block += leaf
        if place % TILE_WIDTH != TILE_WIDTH - 1:
            return
        if not blocks or blocks.pop(0) != top_of(bytes(self._block)):
            raise ArchiveWrong(index.file, begin, f"records {begin} to {place} are not those that the index names")

    def _check_root(self, index: Index, size: int, root: bytes) -> None:
        whole = _Tree(list(self._tree.peaks))
        heights = _heights(index.end, size)
        if len(heights) != len(index.right):
            raise ArchiveWrong(index.file, index.end, "the index names other hashes to the right than there are")
        for height, hash_ in zip(heights, index.right, strict=True):
            whole.add(hash_, height=height)
        if whole.root() != root:
            what = f"file and index do not lead to what was signed (records {index.first} to {index.end - 1})"
            raise ArchiveWrong(index.file, index.first, what)


def _heights(start: int, end: int) -> list[int]:
    """Return the heights of the fewest whole nodes over the leaves from `start` (not 0) to before `end`."""
    found: list[int] = []
    while start < end:
        height = min((end - start).bit_length() - 1, (start & -start).bit_length() - 1)
        found.append(height)
        start += 1 << height
    return found


def verify_archive(files: Sequence[tuple[Index, Iterable[ArchiveRow]]], known: Known) -> ArchiveReport:
    """Return what was found in the files of an archive, which may come in any order."""
    passed = ArchivePass(known)
    try:
        for index, rows in sorted(files, key=lambda one: (one[0].log, one[0].first)):
            passed.take(index, rows)
    except ArchiveWrong as wrong:
        return ArchiveReport(passed.files, passed.records, passed.reaches, wrong.finding)
    return ArchiveReport(passed.files, passed.records, passed.reaches, None)
