"""What proves that a record is in its log, and that a log only ever grew?

Proofs are made against the checkpoint that was signed last, out of tiles that are read for them. A record that was made
since then has no proof yet: it is pending for a second or two.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.log import Head, LogBroken, head_of, runs, tiles
from security.audit.merkle import (
    HASH_BYTES,
    HashAt,
    ProofWrong,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_inclusion,
)
from security.audit.notes import NoteWrong, read_checkpoint, read_note
from security.audit.tiles import TILE_WIDTH, TiledHashes, TileName, width_at

Made = TypeVar("Made")
_RECORD = sa.text("SELECT leaf FROM record WHERE stream = :stream AND seq = :seq")
_OF_EXCHANGE = sa.text(
    "SELECT stream, seq, kind, leaf FROM record WHERE exchange_id = :exchange ORDER BY at_us, stream, seq LIMIT 1000"
)
_BODIES = sa.text("SELECT seq, body FROM record WHERE stream = :stream AND seq >= :first AND seq <= :last ORDER BY seq")
_NOWHERE: Final = bytes(HASH_BYTES)


class Place(msgspec.Struct, frozen=True):
    """Which leaf of which log a record is."""

    log: str
    index: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf, where it stands, the hashes from its sibling up to the root's child, and the checkpoint they lead to."""

    place: Place
    leaf: bytes
    size: int
    hashes: Sequence[bytes]
    checkpoint: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One record of an exchange; `proof` is None while no checkpoint over it has been signed."""

    stream: str
    seq: int
    kind: str
    leaf: bytes
    proof: Proof | None


async def prove_record(connection: AsyncConnection, stream: str, seq: int) -> Kept | None:
    """Return a record's leaf and its proof, None where there is no such record.

    Of one that was removed into the archive, the leaf is in the log still.
    """
    leaf = await connection.scalar(_RECORD, {"stream": stream, "seq": seq}) or await _leaf_of(connection, stream, seq)
    if leaf is None:
        return None
    return Kept(stream=stream, seq=seq, kind="", leaf=leaf, proof=await _prove(connection, stream, seq, leaf=leaf))


async def prove_exchange(connection: AsyncConnection, exchange_id: str) -> list[Kept]:
    """Return all that was recorded of an exchange, each with its proof; none where there is no such exchange."""
    found = list(await connection.execute(_OF_EXCHANGE, {"exchange": exchange_id})) if exchange_id else []
    return [
        Kept(stream=stream, seq=seq, kind=kind, leaf=leaf, proof=await _prove(connection, stream, seq, leaf=leaf))
        for stream, seq, kind, leaf in found
    ]


def holds(kept: Kept, body: bytes) -> bool:
    """Tell whether a stored body is the leaf that a proof leads from, and the proof leads to its checkpoint's root."""
    if kept.proof is None or hashlib.sha256(b"\x00" + body).digest() != kept.proof.leaf:
        return False
    try:
        root = read_checkpoint(read_note(kept.proof.checkpoint).text).root
        verify_inclusion(kept.proof.leaf, kept.proof.place.index, kept.proof.size, proof=kept.proof.hashes, root=root)
    except (NoteWrong, ProofWrong):
        return False
    return True


async def prove_growth(connection: AsyncConnection, log: str, *, old: int, new: int) -> list[bytes] | None:
    """Return the proof that the log's tree of `old` leaves is the beginning of that of `new`.

    None unless 0 < old <= new and both have been signed over.
    """
    head = await head_of(connection, log)
    if head is None or not 0 < old <= new <= head.signed_size:
        return None
    return await with_hashes(connection, log, new, make=lambda hash_at: consistency_proof(old, new, hash_at))


async def root_at(connection: AsyncConnection, log: str, size: int) -> bytes:
    """Return the root of the first `size` leaves, worked out from the tiles. Raises LogBroken where one is missing."""
    return await with_hashes(connection, log, size, make=lambda hash_at: root_of(size, hash_at))


async def place_of(connection: AsyncConnection, stream: str, seq: int) -> Place | None:
    """Return which leaf a record is, None while it is in no log."""
    run = (
        await connection.execute(
            sa.select(runs)
            .where(runs.c.stream == stream, runs.c.first_seq <= seq)
            .order_by(runs.c.first_seq.desc())
            .limit(1)
        )
    ).first()
    if run is None or seq >= run.first_seq + run.length:
        return None
    return Place(run.log, run.first_index + seq - run.first_seq)


async def read_tile(connection: AsyncConnection, log: str, name: TileName) -> bytes | None:
    """Return the hashes of a tile, None where the signed tree has not so many there."""
    head = await head_of(connection, log)
    if head is None or name.width > width_at(name.level, name.index, head.signed_size):
        return None
    found = await connection.scalar(
        sa.select(tiles.c.hashes).where(tiles.c.log == log, tiles.c.level == name.level, tiles.c.number == name.index)
    )
    return None if found is None else bytes(found[: name.width * HASH_BYTES])


async def read_bundle(connection: AsyncConnection, log: str, name: TileName) -> bytes | None:
    """Return the records themselves that a tile of level 0 has the hashes of (tlog-tiles, "Log Entries").

    For auditors: what stands in a record is not public. None where the signed tree has not so many there, or where some
    are not in the database any more.
    """
    head = await head_of(connection, log)
    first = name.index * TILE_WIDTH
    if head is None or name.width > width_at(0, name.index, head.signed_size):
        return None
    written = bytearray()
    count = 0
    found = await connection.execute(
        sa.select(runs)
        .where(runs.c.log == log, runs.c.first_index < first + name.width, runs.c.first_index + runs.c.length > first)
        .order_by(runs.c.first_index)
    )
    for run in found.all():
        begin = max(first, run.first_index) - run.first_index + run.first_seq
        end = min(first + name.width, run.first_index + run.length) - run.first_index + run.first_seq
        bodies = await connection.execute(_BODIES, {"stream": run.stream, "first": begin, "last": end - 1})
        for _, body in bodies:
            written += len(body).to_bytes(2, "big") + body
            count += 1
    return bytes(written) if count == name.width else None


async def with_hashes(connection: AsyncConnection, log: str, size: int, *, make: Callable[[HashAt], Made]) -> Made:
    """Return what `make` makes of the hashes of a tree of `size` leaves. Raises LogBroken where a tile is missing.

    `make` runs twice: first to learn which tiles it asks for, then with their hashes.
    """
    wanted: dict[TileName, bytes] = {}

    def note(name: TileName) -> bytes:
        wanted[name] = b""
        return _NOWHERE * name.width

    make(TiledHashes(size, note))
    for name in wanted:
        hashes = await connection.scalar(
            sa.select(tiles.c.hashes).where(
                tiles.c.log == log, tiles.c.level == name.level, tiles.c.number == name.index
            )
        )
        if hashes is None or len(hashes) < name.width * HASH_BYTES:
            raise LogBroken(f"log {log}: the tile {name.level}/{name.index} is missing or too narrow")
        wanted[name] = bytes(hashes[: name.width * HASH_BYTES])
    return make(TiledHashes(size, wanted.__getitem__))


async def _leaf_of(connection: AsyncConnection, stream: str, seq: int) -> bytes | None:
    """Return the leaf of a record that was removed into the archive, None where none was there."""
    place = await place_of(connection, stream, seq)
    if place is None:
        return None
    gone = sa.text("SELECT count(*) FROM record_removals WHERE log = :log AND first_index <= :at AND end_index > :at")
    if not await connection.scalar(gone, {"log": place.log, "at": place.index}):
        return None
    number, offset = divmod(place.index, TILE_WIDTH)
    where = (tiles.c.log == place.log, tiles.c.level == 0, tiles.c.number == number)
    hashes = await connection.scalar(sa.select(tiles.c.hashes).where(*where))
    if hashes is None or len(hashes) < (offset + 1) * HASH_BYTES:
        raise LogBroken(f"log {place.log}: the tile 0/{number} is missing or too narrow")
    return bytes(hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES])


async def _prove(connection: AsyncConnection, stream: str, seq: int, *, leaf: bytes) -> Proof | None:
    place = await place_of(connection, stream, seq)
    head: Head | None = None if place is None else await head_of(connection, place.log)
    if place is None or head is None or place.index >= head.signed_size:
        return None
    size = head.signed_size
    hashes = await with_hashes(
        connection, place.log, size, make=lambda hash_at: inclusion_proof(place.index, size, hash_at)
    )
    return Proof(place=place, leaf=bytes(leaf), size=size, hashes=hashes, checkpoint=head.checkpoint)
