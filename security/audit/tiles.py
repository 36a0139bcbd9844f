"""Under which name, and with which hashes, is a part of the tree kept and served? (C2SP tlog-tiles)

A tile (level, index) holds up to 256 hashes: those of the nodes of level 8 * level from 256 * index on. Full tiles
never change; at the right edge of the tree there is at most one tile a level that still grows. Pure.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from security.audit.merkle import HASH_BYTES, node_hash

TILE_WIDTH: Final = 256
_HEIGHT: Final = 8
_NUMBER: Final = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}", re.ASCII)
_HIGHEST_LEVEL: Final = 63


class TilePathWrong(ValueError):
    """This is not the name of a tile."""


@dataclass(frozen=True, slots=True)
class TileName:
    """A tile of a tree: `width` is how many hashes it has, 1 to 256."""

    level: int
    index: int
    width: int = TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile with its hashes, 32 bytes each."""

    name: TileName
    hashes: bytes


def tile_path(name: TileName, *, of_entries: bool = False) -> str:
    """Return `tile/<L>/<N>[.p/<W>]`, or `tile/entries/<N>[.p/<W>]` (tlog-tiles, "Merkle Tree", "Log Entries")."""
    level = "entries" if of_entries else str(name.level)
    return f"tile/{level}/{_number(name.index)}{'' if name.width == TILE_WIDTH else f'.p/{name.width}'}"


def read_tile_path(path: str) -> tuple[TileName, bool]:
    """Return the tile that a path below a log's address names, and whether its entries are. Raises TilePathWrong."""
    found = re.fullmatch(r"tile/(entries|[0-9]{1,2})/([x0-9/]+?)(?:\.p/([1-9][0-9]{0,2}))?", path, re.ASCII)
    if found is None or not _NUMBER.fullmatch(found[2]):
        raise TilePathWrong("this is not the name of a tile")
    of_entries = found[1] == "entries"
    name = TileName(
        0 if of_entries else int(found[1]),
        int(found[2].replace("x", "").replace("/", "")),
        int(found[3]) if found[3] else TILE_WIDTH,
    )
    if name.level > _HIGHEST_LEVEL or name.width > TILE_WIDTH or tile_path(name, of_entries=of_entries) != path:
        raise TilePathWrong("this is not the name of a tile")
    return name, of_entries


def width_at(level: int, index: int, size: int) -> int:
    """Return how many hashes the tile has in a tree of `size` leaves: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> (_HEIGHT * level)) - index * TILE_WIDTH))


def grow(edge: Mapping[int, Tile], size: int, leaves: Sequence[bytes]) -> list[Tile]:
    """Return the tiles that a tree of `size` leaves gains or changes when `leaves` are added, level by level.

    `edge` has, for each level, the tile at the right edge where it is not full.
    """
    changed: list[Tile] = []
    added: Sequence[bytes] = leaves
    level = 0
    while added:
        start = size >> (_HEIGHT * level)
        whole: list[bytes] = []
        for tile in _extended(level, start, edge.get(level), added=added):
            changed.append(tile)
            if tile.name.width == TILE_WIDTH:
                whole.append(top_of(tile.hashes))
        added = whole
        level += 1
    return changed


def top_of(hashes: bytes) -> bytes:
    """Return the hash over a power of two of hashes."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class TiledHashes:
    """Hashes of nodes out of tiles: a `merkle.HashAt` for a tree of `size` leaves."""

    def __init__(self, size: int, read: Callable[[TileName], bytes]) -> None:
        """Take how a tile is read: it gives the hashes of the named one, at least as many as its name says."""
        self._size = size
        self._read = read
        self._known: dict[TileName, bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the hash of a node all of whose leaves are in the tree."""
        tile_level, above = divmod(level, _HEIGHT)
        first = index << above
        number, offset = divmod(first, TILE_WIDTH)
        name = TileName(tile_level, number, width_at(tile_level, number, self._size))
        hashes = self._known.get(name)
        if hashes is None:
            hashes = self._known[name] = self._read(name)
        return top_of(hashes[offset * HASH_BYTES : (offset + (1 << above)) * HASH_BYTES])


def _extended(level: int, start: int, edge: Tile | None, *, added: Sequence[bytes]) -> Iterator[Tile]:
    """Yield the tiles of one level that hold `added`, whose first hash is the `start`th of the level."""
    index, offset = divmod(start, TILE_WIDTH)
    held = edge.hashes if edge is not None and edge.name.index == index else b""
    if len(held) != offset * HASH_BYTES:
        raise ValueError("the tile at the edge is not as wide as the tree says")
    at = 0
    while at < len(added):
        part = added[at : at + TILE_WIDTH - offset]
        held += b"".join(part)
        yield Tile(TileName(level, index, len(held) // HASH_BYTES), held)
        at += len(part)
        index, offset, held = index + 1, 0, b""


def _number(index: int) -> str:
    """Return 1234067 as x001/x234/067."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
