"""Does a provider count as many calls of a day as we do? (R17)

A call that reached the provider is one that was answered, or refused by or for the provider, or of which nobody knows;
what the platform refused before it asked is not counted.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.exchangeids import new_exchange_id
from security.audit.encode import microseconds
from security.audit.index import Ending, Happened, exchanges
from security.audit.search import earliest_id
from security.misuse.alerts import keep_findings
from security.misuse.findings import Finding
from security.misuse.limits import Limits
from security.misuse.platform import differing_counts

REACHED: Final = ("not-found", "outcome-unknown", "provider-nonsense", "provider-refused", "provider-timeout")
"""Refusals that come after the provider was asked."""
_counts = sa.Table(
    "misuse_counts",
    sa.MetaData(),
    sa.Column("database", sa.Text, primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("theirs", sa.BigInteger),
    sa.Column("ours", sa.BigInteger),
    sa.Column("told_by", sa.Text),
    sa.Column("told_us", sa.BigInteger),
)


async def our_count(connection: AsyncConnection, database: str, day: date, *, zone: ZoneInfo) -> int:
    """Return how many calls of a day of the province's reached the provider of a database."""
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    c = exchanges.c
    reached = sa.or_(c.ending.in_([Ending.DONE.value, Ending.UNKNOWN.value]), c.reason.in_(REACHED))
    counted = sa.select(sa.func.count()).where(
        c.database == database,
        c.happened == Happened.CALL.value,
        c.exchange_id >= earliest_id(begins),
        c.exchange_id < earliest_id(ends),
        reached,
    )
    return int(await connection.scalar(counted) or 0)


async def compare_count(
    connection: AsyncConnection,
    database: str,
    day: date,
    *,
    theirs: int,
    by: str,
    zone: ZoneInfo,
    limits: Limits,
    now: datetime,
) -> tuple[int, Finding | None]:
    """Keep what a provider counted; return our own count, and what differs, for which an alert is raised."""
    ours = await our_count(connection, database, day, zone=zone)
    place = (_counts.c.database == database, _counts.c.day == day.isoformat())
    await connection.execute(sa.delete(_counts).where(*place))
    told = {"theirs": theirs, "ours": ours, "told_by": by, "told_us": microseconds(now)}
    await connection.execute(sa.insert(_counts).values(database=database, day=day.isoformat(), **told))
    found = differing_counts(database, day, ours=ours, theirs=theirs, now=now, limits=limits)
    if found is not None:
        await keep_findings(connection, [found], now_us=microseconds(now), new_id=new_exchange_id)
    return ours, found
