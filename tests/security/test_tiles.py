"""Are tiles named, filled and read as C2SP tlog-tiles says?"""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.audit.merkle import HASH_BYTES, inclusion_proof, root_of, verify_inclusion
from security.audit.tiles import (
    TILE_WIDTH,
    Tile,
    TiledHashes,
    TileName,
    TilePathWrong,
    grow,
    read_tile_path,
    tile_path,
    width_at,
)

LEAVES = tuple(hashlib.sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(66_000))


class Kept:
    """Tiles as a store keeps them: the newest of each place."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], Tile] = {}
        self.size = 0

    def add(self, count: int) -> None:
        edge = {level: tile for (level, _), tile in self.tiles.items() if tile.name.width < TILE_WIDTH}
        for tile in grow(edge, self.size, LEAVES[self.size : self.size + count]):
            self.tiles[tile.name.level, tile.name.index] = tile
        self.size += count

    def read(self, name: TileName) -> bytes:
        return self.tiles[name.level, name.index].hashes[: name.width * HASH_BYTES]


def kept(*counts: int) -> Kept:
    tiles = Kept()
    for count in counts:
        tiles.add(count)
    return tiles


def plain_hash(size: int) -> Callable[[int, int], bytes]:
    def hash_at(level: int, index: int) -> bytes:
        if level == 0:
            return LEAVES[index]
        left, right = hash_at(level - 1, 2 * index), hash_at(level - 1, 2 * index + 1)
        return hashlib.sha256(b"\x01" + left + right).digest()

    return hash_at


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "tile/0/000"),
        (TileName(0, 0, 112), "tile/0/000.p/112"),
        (TileName(1, 999), "tile/1/999"),
        (TileName(0, 1000), "tile/0/x001/000"),
        (TileName(0, 1234067), "tile/0/x001/x234/067"),
        (TileName(2, 273, 17), "tile/2/273.p/17"),
    ],
)
def test_a_tile_has_the_name_of_the_specification(name: TileName, path: str) -> None:
    assert (tile_path(name), read_tile_path(path)) == (path, (name, False))


def test_entries_have_names_like_tiles() -> None:
    assert read_tile_path("tile/entries/x001/x234/067.p/8") == (TileName(0, 1234067, 8), True)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000/",
        "tile/0/../000",
        "tile/entries/",
        "tile/0/x001",
        "tile/0/٠٠٠",
    ],
)
def test_other_names_are_refused(path: str) -> None:
    with pytest.raises(TilePathWrong):
        read_tile_path(path)


@given(st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=12))
def test_a_tree_grown_in_any_steps_has_the_root_of_its_leaves(counts: list[int]) -> None:
    tiles = kept(*counts)

    assert root_of(tiles.size, TiledHashes(tiles.size, tiles.read)) == root_of(tiles.size, plain_hash(tiles.size))


def test_a_tree_of_three_levels_of_tiles_proves_its_leaves() -> None:
    tiles = kept(65_535, 1, 300)
    hash_at = TiledHashes(tiles.size, tiles.read)
    root = root_of(tiles.size, hash_at)

    for index in (0, 255, 256, 65_535, 65_536, tiles.size - 1):
        proof = inclusion_proof(index, tiles.size, hash_at)
        verify_inclusion(LEAVES[index], index, tiles.size, proof=proof, root=root)
    assert {level for level, _ in tiles.tiles} == {0, 1, 2}


def test_an_older_root_is_read_from_newer_tiles() -> None:
    tiles = kept(700, 300)

    assert root_of(700, TiledHashes(700, tiles.read)) == root_of(700, plain_hash(700))


@pytest.mark.parametrize(
    ("level", "index", "size", "width"), [(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 256, 0), (1, 0, 511, 1), (0, 1, 700, 256)]
)
def test_a_tile_is_as_wide_as_the_tree_has_nodes(level: int, index: int, size: int, width: int) -> None:
    assert width_at(level, index, size) == width
