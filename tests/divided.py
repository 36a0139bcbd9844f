"""What do the tests of the record's months on PostgreSQL have at hand? Which records stand in which table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from archived import record_at
from removed import archive, follow

from security.audit.months import keep_months

OF_TABLES = "SELECT tableoid::regclass::text, count(*) FROM record GROUP BY 1 ORDER BY 1"
TABLES = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'record'::regclass ORDER BY 1"


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def records_by_table(url: str) -> dict[str, int]:
    """Return how many records each table of the record has, without the empty ones."""
    return {str(table): int(str(count)) for table, count in await fetch(url, OF_TABLES)}


async def tables(url: str) -> list[str]:
    """Return the tables of the record, the empty ones too."""
    return [str(table) for (table,) in await fetch(url, TABLES)]


@asynccontextmanager
async def reading(url: str, lock: str = "LOCK TABLE record IN ACCESS SHARE MODE") -> AsyncIterator[None]:
    """Somebody who reads the record all the while, as a long verification does."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(lock)
            yield
    finally:
        await connection.close()


def at(told: str) -> datetime:
    """Return a moment, in UTC."""
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


async def divided_months(url: str, directory: Path) -> None:
    """Record September to November, each in a table of its own, and archive the first two.

    The first of October stand in the log before the last of September, and so in September's file.
    """
    await keep_months(url, now=at("2026-09-15"))
    for moment, count in (
        ("2026-09-30T22:30", 3),
        ("2026-10-01T00:05", 2),
        ("2026-09-30T23:58", 2),
        ("2026-10-15T09:00", 8),
        ("2026-11-02T09:00", 2),
    ):
        await record_at(url, directory, at(moment), count=count)
    await follow(url)
    await archive(url, directory, "2026-09", "2026-10")
