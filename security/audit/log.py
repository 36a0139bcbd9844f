"""Which leaf of which log is a record, and how does a log grow?

A log is a Merkle tree over the records of one year in one global order, kept in tiles beside the record. Records are
appended in the order in which `security.audit.following` hands them out, each exactly once: where the reader stands,
the tiles and the head move in one transaction. What a log holds is the hash of the very bytes that were recorded.

A fence number keeps a sequencer that was held up, and has been replaced, from moving a head.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import leaf_hash, microseconds
from security.audit.following import News, Overtaken, move_on
from security.audit.merkle import EMPTY_ROOT, root_of
from security.audit.tiles import TILE_WIDTH, Tile, TiledHashes, TileName, grow

READER: Final = "log"
"""Under which name the sequencer stands in the record (`security.audit.following`)."""
LEASE: Final = timedelta(seconds=10)

_metadata = sa.MetaData()
heads = sa.Table(
    "log_heads",
    _metadata,
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("held_until_us", sa.BigInteger, nullable=False),
    sa.Column("signed_size", sa.BigInteger, nullable=False),
    sa.Column("signed_at_us", sa.BigInteger, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("is_closed", sa.Boolean, nullable=False),
)
runs = sa.Table(
    "log_runs",
    _metadata,
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("first_index", sa.BigInteger, primary_key=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
)
tiles = sa.Table(
    "log_tiles",
    _metadata,
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)
checkpoints = sa.Table(
    "log_checkpoints",
    _metadata,
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("signed_at_us", sa.BigInteger, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
)
"""Of the checkpoints that were signed, the first of each minute: what a later tree must still agree with."""
_MINUTE_US = 60_000_000
_FIRST_UNREAD = sa.text("""
SELECT min(r.at_us) FROM record_streams s
LEFT JOIN record_cursors c ON c.reader = :reader AND c.stream = s.stream
JOIN record r ON r.stream = s.stream AND r.seq = coalesce(c.seq, 0) + 1
WHERE s.last_seq > coalesce(c.seq, 0)""")
_FIRST_UNSIGNED = sa.text("""
SELECT min(r.at_us) FROM log_heads h
JOIN log_runs g ON g.log = h.log AND g.first_index = (
    SELECT max(n.first_index) FROM log_runs n WHERE n.log = h.log AND n.first_index <= h.signed_size)
JOIN record r ON r.stream = g.stream AND r.seq = g.first_seq + h.signed_size - g.first_index
WHERE NOT h.is_closed AND h.size > h.signed_size""")
_EDGE = sa.select(tiles).where(tiles.c.log == sa.bindparam("log"), tiles.c.width < TILE_WIDTH)


class LogBroken(Exception):
    """What the database holds of a log contradicts itself, or the record: nothing may be appended or signed."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far a log has come, and what of it was signed last. Times are microseconds since 1970.

    `key` is the public key that signed it (name+id+key): to be compared with the one that others were given.
    Nothing is appended to a log that `is_closed`, and nothing more of it is signed: another goes on in its year.
    """

    log: str
    size: int
    root: bytes
    fence: int
    signed_size: int
    signed_at_us: int
    checkpoint: str
    key: str = ""
    is_closed: bool = False


async def log_of(connection: AsyncConnection, moment: datetime) -> str:
    """Return the log to which what is recorded now is appended: one a year (UTC), and more where one was closed."""
    year = f"{moment:%Y}"
    newest = await connection.scalar(sa.select(sa.func.max(heads.c.log)).where(heads.c.log.startswith(year)))
    return year if newest is None else str(newest)


async def begin_anew(
    connection: AsyncConnection, moment: datetime, *, is_restored: bool = False, remembered: Sequence[str] = ()
) -> str:
    """Close the log of this year and begin another, by whose name everybody sees that it follows; return that name.

    For a database that is older than what was signed: its log cannot be gone on with. Raises LogBroken: there is none,
    and the database does not say either that it `is_restored`. `remembered` are names of logs that were begun as far as
    anybody knows outside of the database: none of them is begun a second time.
    """
    name = await log_of(connection, moment)
    if await head_of(connection, name) is None:
        if not is_restored:
            raise LogBroken("no log has been begun this year: there is nothing to begin anew")
        # The backup is of last year; this year's log, of which it knows nothing, must not be begun a second time.
        await connection.execute(sa.insert(heads).values(**_first_head(name, holder="", until_us=0)))
    year, _, number = max(name, *(one for one in remembered if one.startswith(name[:4])), name).partition("-")
    follower = f"{year}-{int(number or 1) + 1:02d}"
    await connection.execute(sa.update(heads).where(heads.c.log == name).values(is_closed=True))
    await connection.execute(sa.insert(heads).values(**_first_head(follower, holder="", until_us=0)))
    return follower


async def lead(connection: AsyncConnection, log: str, *, holder: str, now: datetime) -> Head | None:
    """Return the log's head when `holder` may move it until `LEASE` has passed; None: another may, or it is closed.

    Call it in a transaction. Who takes over from another gets a new fence number.
    """
    now_us = microseconds(now)
    until = microseconds(now + LEASE)
    found = (await connection.execute(sa.select(heads).where(heads.c.log == log))).mappings().first()
    if found is None:
        first = _first_head(log, holder=holder, until_us=until)
        await connection.execute(sa.insert(heads).values(**first))
        return _head(first)
    if found["is_closed"] or (found["holder"] != holder and found["held_until_us"] > now_us):
        return None
    fence = found["fence"] + (found["holder"] != holder)
    taken = await connection.execute(
        sa.update(heads)
        .where(heads.c.log == log, heads.c.fence == found["fence"], heads.c.holder == found["holder"])
        .values(holder=holder, held_until_us=until, fence=fence)
    )
    return _head({**found, "fence": fence}) if taken.rowcount == 1 else None


async def append(connection: AsyncConnection, head: Head, news: News) -> Head:
    """Append what `news` holds to the log, and return its new head; one transaction with where the reader stands.

    Raises Overtaken: somebody else moved the head or read on, and the transaction MUST be rolled back. Raises LogBroken
    when records are missing that the streams say are there, or the tiles are not what the head says.
    """
    await move_on(connection, news)
    if await head_of(connection, head.log) != head:
        raise Overtaken
    leaves = [leaf_hash(record.body) for record in news.records]
    if sum(one.up_to - one.after for one in news.stretches) != len(leaves):
        raise LogBroken("records are missing that their streams say are there")
    edge = {tile.name.level: tile for tile in await _edge(connection, head.log)}
    try:
        changed = grow(edge, head.size, leaves)
    except ValueError as error:
        raise LogBroken(f"log {head.log}: {error}") from error
    await _keep_tiles(connection, head.log, changed)
    await _keep_runs(connection, head, news)
    size = head.size + len(leaves)
    root = root_of(size, TiledHashes(size, _reading({**edge, **_by_level(changed)})))
    await _move(connection, head, size=size, root=root)
    return msgspec.structs.replace(head, size=size, root=root)


async def sign_off(connection: AsyncConnection, head: Head, checkpoint: str, *, key: str, at: datetime) -> Head:
    """Keep a checkpoint signed over `head`. Raises Overtaken: the fence has moved, or a larger one is there."""
    at_us = microseconds(at)
    kept = await connection.execute(
        sa.update(heads)
        .where(heads.c.log == head.log, heads.c.fence == head.fence, heads.c.signed_size <= head.size)
        .values(signed_size=head.size, signed_at_us=at_us, checkpoint=checkpoint, key=key)
    )
    if kept.rowcount != 1:
        raise Overtaken
    if head.signed_at_us // _MINUTE_US < at_us // _MINUTE_US and head.size > head.signed_size:
        row = {"log": head.log, "size": head.size, "signed_at_us": at_us, "checkpoint": checkpoint}
        await connection.execute(sa.insert(checkpoints).values(**row))
    return msgspec.structs.replace(head, signed_size=head.size, signed_at_us=at_us, checkpoint=checkpoint, key=key)


async def heads_of(connection: AsyncConnection) -> list[Head]:
    """Return every log's head, the oldest year first."""
    found = await connection.execute(sa.select(heads).order_by(heads.c.log))
    return [_head(row) for row in found.mappings()]


async def unproven_since(connection: AsyncConnection) -> int | None:
    """Return when the oldest record was made (microseconds since 1970) over which no checkpoint is signed; None: none.

    It waits for its place in the log, or has it and waits for a signature. Records of a closed log wait for nothing.
    """
    found = [
        await connection.scalar(_FIRST_UNREAD, {"reader": READER}),
        await connection.scalar(_FIRST_UNSIGNED),
    ]
    return min((int(at_us) for at_us in found if at_us is not None), default=None)


async def head_of(connection: AsyncConnection, log: str) -> Head | None:
    """Return a log's head, None where there is no such log."""
    found = (await connection.execute(sa.select(heads).where(heads.c.log == log))).mappings().first()
    return None if found is None else _head(found)


def _first_head(log: str, *, holder: str, until_us: int) -> dict[str, int | str | bytes | bool]:
    return {
        "log": log,
        "size": 0,
        "root": EMPTY_ROOT,
        "fence": 1,
        "holder": holder,
        "held_until_us": until_us,
        "signed_size": 0,
        "signed_at_us": 0,
        "checkpoint": "",
        "key": "",
        "is_closed": False,
    }


def _head(row: sa.RowMapping | dict[str, int | str | bytes | bool]) -> Head:
    return msgspec.convert({name: row[name] for name in Head.__struct_fields__}, Head, strict=False)


async def _edge(connection: AsyncConnection, log: str) -> list[Tile]:
    found = await connection.execute(_EDGE, {"log": log})
    return [Tile(TileName(row.level, row.number, row.width), row.hashes) for row in found]


async def _keep_tiles(connection: AsyncConnection, log: str, changed: Sequence[Tile]) -> None:
    """Keep tiles, each instead of the narrower one that stood in its place."""
    if not changed:
        return
    places = [{"of": log, "at_level": tile.name.level, "at_number": tile.name.index} for tile in changed]
    await connection.execute(
        sa.delete(tiles).where(
            tiles.c.log == sa.bindparam("of"),
            tiles.c.level == sa.bindparam("at_level"),
            tiles.c.number == sa.bindparam("at_number"),
        ),
        places,
    )
    rows = [
        {
            "log": log,
            "level": tile.name.level,
            "number": tile.name.index,
            "width": tile.name.width,
            "hashes": tile.hashes,
        }
        for tile in changed
    ]
    await connection.execute(sa.insert(tiles), rows)


async def _keep_runs(connection: AsyncConnection, head: Head, news: News) -> None:
    rows, index = [], head.size
    for one in news.stretches:
        count = one.up_to - one.after
        rows.append(
            {"log": head.log, "first_index": index, "stream": one.stream, "first_seq": one.after + 1, "length": count}
        )
        index += count
    if rows:
        await connection.execute(sa.insert(runs), rows)


async def _move(connection: AsyncConnection, head: Head, *, size: int, root: bytes) -> None:
    moved = await connection.execute(
        sa.update(heads)
        .where(
            heads.c.log == head.log, heads.c.size == head.size, heads.c.root == head.root, heads.c.fence == head.fence
        )
        .values(size=size, root=root)
    )
    if moved.rowcount != 1:
        raise Overtaken


def _reading(by_level: Mapping[int, Tile]) -> Callable[[TileName], bytes]:
    def read(name: TileName) -> bytes:
        tile = by_level.get(name.level)
        if tile is None or (tile.name.index, tile.name.width) != (name.index, name.width):
            raise LogBroken(f"the tile {name.level}/{name.index} at the edge of the tree is missing")
        return tile.hashes

    return read


def _by_level(changed: Sequence[Tile]) -> dict[int, Tile]:
    """Return the last tile of each level: the one at the edge of the tree as it is now."""
    return {tile.name.level: tile for tile in changed}
