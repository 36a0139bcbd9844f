"""Can a table of the record go whole when a stretch is removed, instead of record by record? (PostgreSQL)

It can when it holds nothing else. Where it does, most of all when a month before it is kept by a hold and the first few
records of this one stand with it, its records go one by one (`security.audit.removal`), and the table goes, empty, with
the month that they were kept for. Nothing is ever moved out of its way: who reads one moment of the record for long
would miss what was moved after it.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import moment_of
from security.audit.following import Followed
from security.audit.partitions import LIST, month_of, read_partition
from security.audit.removal import Part, forget

_LOCK_NOT_AVAILABLE: Final = "55P03"
_OTHERS: Final = """
SELECT EXISTS (SELECT FROM {table} r WHERE NOT EXISTS (
  SELECT FROM unnest(CAST(:streams AS text[]), CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[]))
    AS p(stream, first, last) WHERE p.stream = r.stream AND r.seq >= p.first AND r.seq <= p.last))"""
_NEXT: Final = """
SELECT stream, seq, at_us, kind, exchange_id, agency, system, body FROM {table}
WHERE (stream, seq) > (:stream, :seq) ORDER BY stream, seq LIMIT :most"""
_ELSEWHERE: Final = (
    "SELECT DISTINCT exchange_id FROM record WHERE exchange_id IN :ids AND tableoid <> '{table}'::regclass"
)
_START: Final = ("", 0)


class TableBusy(Exception):
    """Somebody has been reading the record for longer than anybody may be made to wait: try again in a while."""


async def whole_tables(connection: AsyncConnection, parts: Sequence[Part], *, last_us: int) -> list[str]:
    """Return the tables that hold nothing but these parts, of which the newest record is from `last_us`.

    None on SQLite. Whoever drops one MUST ask again (`drop_table`): a clock that is years behind may write into it.
    """
    if connection.dialect.name != "postgresql":
        return []
    end_us = month_of(moment_of(last_us)).end_us
    found = [read_partition(row[0]) for row in await connection.execute(sa.text(LIST))]
    over = [one.table for one in found if one is not None and one.end_us <= end_us]
    return [table for table in over if not await _holds_others(connection, table, parts)]


async def forget_some(
    connection: AsyncConnection, table: str, after: tuple[str, int] | None, *, most: int, straddling: Sequence[str]
) -> tuple[str, int] | None:
    """Remove what the next `most` records of a table alone are found by; return the last one's place, None at the end.

    `after` is what it returned before, None at first. The records stay.
    """
    stream, seq = after or _START
    found = await connection.execute(sa.text(_NEXT.format(table=table)), {"stream": stream, "seq": seq, "most": most})
    records = [Followed(*row) for row in found]
    elsewhere = sa.text(_ELSEWHERE.format(table=table)).bindparams(sa.bindparam("ids", expanding=True))
    await forget(connection, records, elsewhere, straddling=straddling)
    return (records[-1].stream, records[-1].seq) if len(records) == most else None


async def drop_table(connection: AsyncConnection, table: str, parts: Sequence[Part]) -> bool:
    """Drop a table at once, in the caller's transaction; false: it holds something else by now, and stays.

    While it is looked through nobody can write into it; who reads, or writes elsewhere, waits for the last step only: a
    fifth of a second until it begins, or none of it happens. Raises TableBusy, and the transaction MUST be rolled back.
    """
    try:
        await connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
        await connection.execute(sa.text(f"LOCK TABLE {table} IN SHARE MODE"))
        if await _holds_others(connection, table, parts):
            return False
        await connection.execute(sa.text(f"DROP TABLE {table}"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
            raise TableBusy from error
        raise
    return True


async def _holds_others(connection: AsyncConnection, table: str, parts: Sequence[Part]) -> bool:
    places = {
        "streams": [part.stream for part in parts],
        "firsts": [part.first for part in parts],
        "lasts": [part.last for part in parts],
    }
    return bool(await connection.scalar(sa.text(_OTHERS.format(table=table)), places))
