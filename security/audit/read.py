"""What does the record say about one exchange, exactly as it was stored?"""

import asyncio
import sqlite3
from pathlib import Path

import msgspec

from security.audit import postgres_store, sqlite_file
from security.audit.streams import StoreFailed

_COLUMNS = "stream, seq, at_us, kind, exchange_id, agency, system, body, leaf"
_SQLITE = f"SELECT {_COLUMNS} FROM record WHERE exchange_id = ? ORDER BY at_us, stream, seq LIMIT 1000"  # noqa: S608 - constants
_POSTGRES = _SQLITE.replace("?", "$1")


class StoredRecord(msgspec.Struct, frozen=True):
    """One record as stored: `body` is the very bytes that `leaf` is the hash of."""

    stream: str
    seq: int
    at_us: int
    kind: str
    exchange_id: str
    agency: str
    system: str
    body: bytes
    leaf: bytes


def sqlite_path(database_url: str) -> Path | None:
    """Return the file of a `sqlite:///…` URL, None for `postgresql://…`. Raises StoreFailed for anything else."""
    if database_url.startswith("sqlite:///"):
        return Path(database_url.removeprefix("sqlite:///"))
    if database_url.startswith(("postgresql://", "postgres://")):
        return None
    raise StoreFailed("a database URL is sqlite:///path or postgresql://…")


async def find_exchange(database_url: str, exchange_id: str) -> list[StoredRecord]:
    """Return an exchange's records in order of time, at most 1000; none when there is no such exchange.

    Opens a connection of its own: reading is rare and must not wait behind writing. Raises StoreFailed.
    """
    if not exchange_id:
        return []
    path = sqlite_path(database_url)
    if path is not None:
        return await asyncio.to_thread(_find_in_sqlite, path, exchange_id)
    try:
        connection = await postgres_store.connect(database_url)
        try:
            return [StoredRecord(*row) for row in await connection.fetch(_POSTGRES, exchange_id)]
        finally:
            await connection.close()
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


def _find_in_sqlite(path: Path, exchange_id: str) -> list[StoredRecord]:
    try:
        connection = sqlite_file.connect(path)
        try:
            return [StoredRecord(*row) for row in connection.execute(_SQLITE, (exchange_id,))]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreFailed(f"SQLite: {error}") from error
