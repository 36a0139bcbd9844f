"""How many calls of a grant were admitted, as the record knows it?"""

import asyncio
import sqlite3
from datetime import datetime
from pathlib import Path

from security.audit import postgres_store, sqlite_file
from security.audit.encode import microseconds
from security.audit.read import sqlite_path
from security.audit.streams import StoreFailed

_SQLITE = "SELECT count(*) FROM record WHERE kind = 'INTENT' AND grant_key = ? AND at_us >= ? AND at_us < ?"
_POSTGRES = "SELECT count(*) FROM record WHERE kind = 'INTENT' AND grant_key = $1 AND at_us >= $2 AND at_us < $3"


async def count_admitted(database_url: str, grant_key: str, *, day_start: datetime, day_end: datetime) -> int:
    """Return the number of INTENT records of `grant_key` from `day_start` (included) to `day_end` (aware times).

    This is what a quota counter starts from when its own store was lost: an intent is durable before the provider is
    asked, so the count is never too low. Raises StoreFailed.
    """
    values = (grant_key, microseconds(day_start), microseconds(day_end))
    path = sqlite_path(database_url)
    if path is not None:
        return await asyncio.to_thread(_count_in_sqlite, path, values)
    try:
        connection = await postgres_store.connect(database_url)
        try:
            return int(await connection.fetchval(_POSTGRES, *values))
        finally:
            await connection.close()
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


def _count_in_sqlite(path: Path, values: tuple[str, int, int]) -> int:
    try:
        connection = sqlite_file.connect(path)
        try:
            return int(connection.execute(_SQLITE, values).fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreFailed(f"SQLite: {error}") from error
