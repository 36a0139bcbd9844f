"""What was a grant used for lately, as the record knows it?

By the index of grants and time, and at most so many records of each: never the whole record, however long it is.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from security.audit import postgres_store, sqlite_file
from security.audit.encode import microseconds
from security.audit.read import sqlite_path
from security.audit.streams import StoreFailed

MOST_CALLS: Final = 200
_SQLITE: Final = (
    "SELECT at_us, body FROM record WHERE kind = 'INTENT' AND grant_key = ? AND at_us >= ? ORDER BY at_us DESC LIMIT ?"
)
_POSTGRES: Final = (
    "SELECT at_us, body FROM record WHERE kind = 'INTENT' AND grant_key = $1 AND at_us >= $2 "
    "ORDER BY at_us DESC LIMIT $3"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordedUse:
    """The last calls of one grant: how many were read (at most `MOST_CALLS`), when the last was, which fields.

    `whole`: a call took all the fields of the grant, as every call does that names none, or nobody can tell any more.
    """

    grant_key: str
    calls: int
    last_at: datetime | None
    fields: frozenset[str]
    whole: bool


class _What(msgspec.Struct):
    fields: msgspec.Raw = msgspec.Raw(b"[]")


class _Intent(msgspec.Struct):
    what: _What = msgspec.field(default_factory=_What)


async def recorded_use(database_url: str, grant_keys: Sequence[str], *, since: datetime) -> list[RecordedUse]:
    """Return how each grant was used since then, newest calls first looked at. Raises StoreFailed."""
    start = microseconds(since)
    path = sqlite_path(database_url)
    if path is not None:
        return await asyncio.to_thread(_read_sqlite, path, grant_keys, start)
    try:
        connection = await postgres_store.connect(database_url)
        try:
            return [
                _use(key, [(row[0], row[1]) for row in await connection.fetch(_POSTGRES, key, start, MOST_CALLS)])
                for key in grant_keys
            ]
        finally:
            await connection.close()
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


def _read_sqlite(path: Path, grant_keys: Sequence[str], start: int) -> list[RecordedUse]:
    try:
        connection = sqlite_file.connect(path)
        try:
            return [_use(key, connection.execute(_SQLITE, (key, start, MOST_CALLS)).fetchall()) for key in grant_keys]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreFailed(f"SQLite: {error}") from error


def _use(key: str, rows: Sequence[tuple[int, bytes]]) -> RecordedUse:
    asked = [_asked(body) for _, body in rows]
    last = _EPOCH + timedelta(microseconds=rows[0][0]) if rows else None
    return RecordedUse(
        key, len(rows), last, frozenset(path for fields in asked for path in fields), any(not one for one in asked)
    )


def _asked(body: bytes) -> list[str]:
    """Return the fields that a call named; none when it named none, or so many that the record counts them only."""
    try:
        return msgspec.json.decode(msgspec.json.decode(body, type=_Intent).what.fields, type=list[str])
    except msgspec.MsgspecError:
        return []
