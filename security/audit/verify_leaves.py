"""Which leaves were seen in the streams, by stream and number, when the logs are looked at afterwards?

The records are read once: their leaves, 32 bytes each, are kept beside, in memory up to two million of them and in an
unnamed temporary file beyond. To look them up again in the database would take a fifth of all the time.
"""

from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import Final

_HASH_BYTES: Final = 32
_IN_MEMORY_BYTES: Final = 64 << 20
_WRITTEN_AT_ONCE_BYTES: Final = 1 << 16


class SeenLeaves:
    """Leaves in the order in which they were seen. Its methods raise OSError when the temporary file fails."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._written = 0
        self._next = bytearray()
        self._starts: list[int] = []
        self._stretches: dict[str, list[tuple[int, int]]] = {}

    def begin(self, stream: str, seq: int) -> None:
        """Begin a stretch without a gap: what is added next are the leaves of `stream` from `seq` on."""
        self._stretches.setdefault(stream, []).append((seq, len(self._starts)))
        self._starts.append(self._count())

    def add(self, leaf: bytes) -> None:
        """Keep the next leaf."""
        self._next += leaf
        if len(self._next) >= _WRITTEN_AT_ONCE_BYTES:
            self._write()

    def of(self, stream: str, first: int, length: int) -> Mapping[int, bytes]:
        """Return those leaves of a stream that were seen, of `length` numbers from `first` on, in their order."""
        self._write()
        found: dict[int, bytes] = {}
        for begins, stretch in self._stretches.get(stream, ()):
            start, end = (*self._starts[stretch : stretch + 2], self._count())[:2]
            low, high = max(first, begins), min(first + length, begins + end - start)
            if low < high:
                self._file.seek((start + low - begins) * _HASH_BYTES)
                read = self._file.read((high - low) * _HASH_BYTES)
                leaves = [read[at : at + _HASH_BYTES] for at in range(0, len(read), _HASH_BYTES)]
                found.update(zip(range(low, high), leaves, strict=True))
        return found

    def close(self) -> None:
        """Give back what was kept."""
        self._file.close()

    def _count(self) -> int:
        return (self._written + len(self._next)) // _HASH_BYTES

    def _write(self) -> None:
        if self._next:
            self._file.seek(self._written)
            self._file.write(self._next)
            self._written += len(self._next)
            self._next.clear()
