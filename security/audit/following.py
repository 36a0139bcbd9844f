"""What has been recorded since this reader last looked?

Whoever makes something of the record (a list to search, figures of an hour) reads on from where he stands, in each
stream by its dense numbers, so that nothing is read twice or passed over. Where he stands is kept in the database, and
moves in the transaction that keeps what he made: both happen, or neither. A stream's last number and its records become
durable together (`security.audit.streams`), so what a reader is told of is all there.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

Wanted = TypeVar("Wanted")

_metadata = sa.MetaData()
cursors = sa.Table(
    "record_cursors",
    _metadata,
    sa.Column("reader", sa.String(50), primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)
_BEHIND = sa.text("""
SELECT s.stream, coalesce(c.seq, 0), s.last_seq FROM record_streams s
LEFT JOIN record_cursors c ON c.reader = :reader AND c.stream = s.stream
WHERE s.last_seq > coalesce(c.seq, 0) ORDER BY s.opened_at, s.stream LIMIT :most""")
_RECORDS = sa.text("""
SELECT stream, seq, at_us, kind, exchange_id, agency, system, body FROM record
WHERE stream = :stream AND seq > :after AND seq <= :up_to ORDER BY seq""")
_FIRST_UNREAD = sa.text("SELECT at_us FROM record WHERE stream = :stream AND seq = :seq")
_INTENTS = sa.text("SELECT exchange_id, body FROM record WHERE kind = 'INTENT' AND exchange_id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)
_MOST_STREAMS = 50


class Overtaken(Exception):
    """Somebody else has read on in this reader's name: drop what was made, and look again."""


class Followed(msgspec.Struct, frozen=True, gc=False):
    """One record, as it is stored; `at_us` are microseconds since 1970."""

    stream: str
    seq: int
    at_us: int
    kind: str
    exchange_id: str
    agency: str
    system: str
    body: bytes

    def read(self, kind: type[Wanted]) -> Wanted:
        """Return the members of the body that `kind`, a msgspec struct, names."""
        return msgspec.json.decode(self.body, type=kind)


class Stretch(msgspec.Struct, frozen=True):
    """A part of one stream: the numbers after `after`, up to and with `up_to`."""

    stream: str
    after: int
    up_to: int


class News(msgspec.Struct, frozen=True):
    """What a reader has not seen yet, each stream in its order. `is_all` is false when there is more."""

    reader: str
    records: Sequence[Followed]
    stretches: Sequence[Stretch]
    is_all: bool


async def read_on(connection: AsyncConnection, reader: str, *, most: int) -> News:
    """Return at most `most` records that `reader` has not seen; `move_on` when something was made of them.

    An intent and its end mostly come together and in order, but an UNKNOWN that recovery wrote stands in a stream of
    its own: a reader MUST NOT rely on the order of records of different streams.
    """
    behind = list(await connection.execute(_BEHIND, {"reader": reader, "most": _MOST_STREAMS}))
    records: list[Followed] = []
    stretches: list[Stretch] = []
    for stream, after, last_seq in behind:
        up_to = min(last_seq, after + most - len(records))
        if up_to == after:
            break
        found = await connection.execute(_RECORDS, {"stream": stream, "after": after, "up_to": up_to})
        records.extend(Followed(*row) for row in found)
        stretches.append(Stretch(stream, after, up_to))
    is_all = len(behind) < _MOST_STREAMS and [one.up_to for one in stretches] == [last for _, _, last in behind]
    return News(reader, records, stretches, is_all)


async def move_on(connection: AsyncConnection, news: News) -> None:
    """Put the reader behind `news`, in the transaction that keeps what was made of it.

    Call it first in that transaction. Raises Overtaken, and then the transaction MUST be rolled back.
    """
    for one in news.stretches:
        if one.after == 0:
            await _begin(connection, news.reader, one)
            continue
        moved = await connection.execute(
            sa.update(cursors)
            .where(cursors.c.reader == news.reader, cursors.c.stream == one.stream, cursors.c.seq == one.after)
            .values(seq=one.up_to)
        )
        if moved.rowcount != 1:
            raise Overtaken


async def intents_of(connection: AsyncConnection, exchange_ids: Sequence[str]) -> Mapping[str, bytes]:
    """Return the bodies of the INTENT records of these exchanges, by exchange: what was asked stands there only."""
    if not exchange_ids:
        return {}
    return {row[0]: row[1] for row in await connection.execute(_INTENTS, {"ids": list(exchange_ids)})}


async def unread_since(connection: AsyncConnection, reader: str) -> int | None:
    """Return when the oldest record was made (microseconds since 1970) that `reader` has not seen; None: he saw all."""
    behind = list(await connection.execute(_BEHIND, {"reader": reader, "most": _MOST_STREAMS}))
    first = [await connection.scalar(_FIRST_UNREAD, {"stream": stream, "seq": seq + 1}) for stream, seq, _ in behind]
    return min((at_us for at_us in first if at_us is not None), default=None)


async def seen_since(connection: AsyncConnection, reader: str, since_us: int, *, most: int) -> list[Followed]:
    """Return what `reader` has seen already of the records made since, in the order of time: the last of each stream.

    Of no stream more than `most` are returned.
    """
    places = await connection.execute(sa.select(cursors.c.stream, cursors.c.seq).where(cursors.c.reader == reader))
    found: list[Followed] = []
    for stream, seq in list(places):
        last = await connection.scalar(_FIRST_UNREAD, {"stream": stream, "seq": seq})
        if last is None or last < since_us:
            continue
        rows = await connection.execute(_RECORDS, {"stream": stream, "after": max(0, seq - most), "up_to": seq})
        found.extend(one for one in (Followed(*row) for row in rows) if one.at_us >= since_us)
    return sorted(found, key=lambda one: (one.at_us, one.stream, one.seq))


async def place_of(connection: AsyncConnection, reader: str) -> Mapping[str, int]:
    """Return up to which number `reader` has seen each stream."""
    rows = sa.select(cursors.c.stream, cursors.c.seq).where(cursors.c.reader == reader)
    return {row[0]: row[1] for row in await connection.execute(rows)}


async def start_again(connection: AsyncConnection, reader: str) -> None:
    """Put the reader before the first record of all, in the transaction that drops what it made."""
    await connection.execute(sa.delete(cursors).where(cursors.c.reader == reader))


async def _begin(connection: AsyncConnection, reader: str, one: Stretch) -> None:
    try:
        await connection.execute(sa.insert(cursors).values(reader=reader, stream=one.stream, seq=one.up_to))
    except IntegrityError as error:
        raise Overtaken from error
