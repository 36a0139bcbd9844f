"""Which calls were admitted under some grants in a span of time, and how did each end?"""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from security.audit import postgres_store, sqlite_file
from security.audit.encode import microseconds
from security.audit.read import sqlite_path
from security.audit.record import Outcome, What
from security.audit.streams import StoreFailed

# The intents come from the index of grants and times, each outcome from that of exchanges.
_POSTGRES = """
SELECT i.exchange_id, i.at_us, i.body, o.body FROM record i
LEFT JOIN record o ON o.exchange_id = i.exchange_id AND o.kind IN ('OUTCOME', 'UNKNOWN')
WHERE i.kind = 'INTENT' AND i.grant_key = ANY($1) AND i.at_us >= $2 AND i.at_us < $3
ORDER BY i.at_us, i.exchange_id LIMIT $4
"""
_IN_SQLITE = "= ANY($1)"


class AdmittedCall(msgspec.Struct, frozen=True):
    """A call that was admitted: what was asked at which moment (microseconds since 1970), and how it ended.

    `outcome` is None while nobody knows.
    """

    exchange_id: str
    at_us: int
    what: What
    outcome: Outcome | None


class _Intent(msgspec.Struct, frozen=True):
    what: What


class _Ended(msgspec.Struct, frozen=True):
    outcome: Outcome | None = None


async def admitted_calls(
    database_url: str, grant_keys: Sequence[str], *, since: datetime, until: datetime, limit: int
) -> list[AdmittedCall]:
    """Return the first `limit` calls from `since` (included) to `until`, in order of time. Raises StoreFailed."""
    if not grant_keys:
        return []
    span = (microseconds(since), microseconds(until), limit)
    path = sqlite_path(database_url)
    if path is not None:
        return await asyncio.to_thread(_in_sqlite, path, grant_keys, span)
    try:
        connection = await postgres_store.connect(database_url)
        try:
            return [_call(*row) for row in await connection.fetch(_POSTGRES, list(grant_keys), *span)]
        finally:
            await connection.close()
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


def _in_sqlite(path: Path, grant_keys: Sequence[str], span: tuple[int, int, int]) -> list[AdmittedCall]:
    places = ", ".join("?" for _ in grant_keys)
    asked = _POSTGRES.replace(_IN_SQLITE, f"IN ({places})").replace("$2", "?").replace("$3", "?").replace("$4", "?")
    try:
        connection = sqlite_file.connect(path)
        try:
            return [_call(*row) for row in connection.execute(asked, (*grant_keys, *span))]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreFailed(f"SQLite: {error}") from error


def _call(exchange_id: str, at_us: int, intent: bytes, ended: bytes | None) -> AdmittedCall:
    what = msgspec.json.decode(intent, type=_Intent).what
    outcome = msgspec.json.decode(ended, type=_Ended).outcome if ended is not None else None
    return AdmittedCall(exchange_id, at_us, what, outcome)
