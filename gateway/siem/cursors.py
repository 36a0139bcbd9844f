"""Up to which leaf of which log has an output been served, and which worker serves it?

Where an output stands is kept in the database and moves only after what was sent is where the output says that it is.
One worker holds an output at a time; whoever was held up and replaced moves nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import microseconds
from security.audit.log import Head

LEASE: Final = timedelta(seconds=20)

cursors = sa.Table(
    "siem_cursors",
    sa.MetaData(),
    sa.Column("output", sa.String(20), primary_key=True),
    sa.Column("log", sa.String(10), nullable=False),
    sa.Column("next_index", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("held_until_us", sa.BigInteger, nullable=False),
)


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where an output stands: the next leaf that it has not seen. An empty log is before the first."""

    output: str
    log: str
    next_index: int
    holder: str


class TakenOver(Exception):
    """Another worker serves this output now: move nothing."""


async def hold(connection: AsyncConnection, output: str, *, holder: str, now: datetime) -> Cursor | None:
    """Return where the output stands when `holder` may serve it until `LEASE` has passed; None: another does."""
    until, now_us = microseconds(now + LEASE), microseconds(now)
    row = (await connection.execute(sa.select(cursors).where(cursors.c.output == output))).mappings().first()
    if row is None:
        first = {"output": output, "log": "", "next_index": 0, "holder": holder, "held_until_us": until}
        try:
            await connection.execute(sa.insert(cursors).values(**first))
        except IntegrityError:
            return None
        return Cursor(output=output, log="", next_index=0, holder=holder)
    if row["holder"] != holder and row["held_until_us"] > now_us:
        return None
    taken = await connection.execute(
        sa.update(cursors)
        .where(cursors.c.output == output, cursors.c.holder == row["holder"])
        .values(holder=holder, held_until_us=until)
    )
    if taken.rowcount != 1:
        return None
    return msgspec.structs.replace(_cursor(row), holder=holder)


async def move(connection: AsyncConnection, cursor: Cursor, *, log: str, next_index: int) -> Cursor:
    """Put the output behind what was sent. Raises TakenOver, and then nothing was moved."""
    moved = await connection.execute(
        sa.update(cursors)
        .where(
            cursors.c.output == cursor.output,
            cursors.c.holder == cursor.holder,
            cursors.c.log == cursor.log,
            cursors.c.next_index == cursor.next_index,
        )
        .values(log=log, next_index=next_index)
    )
    if moved.rowcount != 1:
        raise TakenOver
    return msgspec.structs.replace(cursor, log=log, next_index=next_index)


async def list_cursors(connection: AsyncConnection) -> list[Cursor]:
    """Return where every output stands."""
    return [_cursor(row) for row in (await connection.execute(sa.select(cursors))).mappings()]


async def rewind(connection: AsyncConnection, output: str, *, log: str, next_index: int) -> Cursor | None:
    """Put an output somewhere else, and return where it stood; None: there is no such output."""
    row = (await connection.execute(sa.select(cursors).where(cursors.c.output == output))).mappings().first()
    if row is None:
        return None
    moved = sa.update(cursors).where(cursors.c.output == output).values(log=log, next_index=next_index)
    await connection.execute(moved)
    return _cursor(row)


def next_of(cursor: Cursor, logs: Sequence[Head]) -> tuple[Head, int] | None:
    """Return the log in which the output goes on, and at which leaf; None: it has seen all that was signed."""
    for head in logs:
        if head.log < cursor.log:
            continue
        first = cursor.next_index if head.log == cursor.log else 0
        if first < head.signed_size:
            return head, first
    return None


def _cursor(row: sa.RowMapping) -> Cursor:
    return Cursor(output=row["output"], log=row["log"], next_index=row["next_index"], holder=row["holder"])
