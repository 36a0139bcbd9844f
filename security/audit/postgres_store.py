"""How does a batch of records become durable in PostgreSQL?

One dedicated asyncpg connection with `synchronous_commit=on`; a batch is one statement and one round trip, and with
that one transaction. Times in `record_streams` are of the database's clock, so that nodes with wrong clocks do not
take each other for dead.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

import asyncpg

from security.audit.rows import Row
from security.audit.streams import Batch, Fenced, Opening, PreviousStream, StoreFailed, StreamRole

Columns: TypeAlias = tuple[list[str], list[int], list[int], list[str], list[str], list[str], list[str], list[str],
                           list[bytes], list[bytes]]  # fmt: skip

_CONNECT_TIMEOUT_SECONDS = 5.0
_COMMIT_TIMEOUT_SECONDS = 10.0

_INSERT = """
INSERT INTO record (stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::text[], $9::bytea[], $10::bytea[])"""
# The stream's row is locked first: a commit whose reply was lost either has this lock or finds the stream closed.
_COMMIT = """
WITH ours AS (
  UPDATE record_streams
  SET last_seq = $11, last_leaf = $12, settled_seq = $13,
      beat_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
  WHERE stream = $14 AND closed_at IS NULL AND last_seq = $15 RETURNING 1
), written AS (
  INSERT INTO record (stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::bytea[], $10::bytea[])
  WHERE EXISTS (SELECT FROM ours)
)
SELECT (SELECT revision FROM policy_revision WHERE id = 1), EXISTS (SELECT FROM ours)"""
_OPEN = """
INSERT INTO record_streams
  (stream, node, role, life, opened_at, beat_at, last_seq, last_leaf, settled_seq, reason)
VALUES ($1, $2, $3, $4, $5, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $6, $7, $8, '')"""
_CLOSE = """
UPDATE record_streams
SET closed_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, reason = $2
WHERE stream = $1 AND closed_at IS NULL RETURNING 1"""
_SETTLE = """
UPDATE record_streams SET settled_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
WHERE life = $1 AND settled_at IS NULL"""
_PREVIOUS = "SELECT stream, last_seq, last_leaf FROM record_streams WHERE stream = $1"
_LATEST_OF_NODE = """
SELECT stream, last_seq, last_leaf FROM record_streams
WHERE node = $1 AND role = 'writer' AND closed_at IS NOT NULL ORDER BY opened_at DESC LIMIT 1"""

# What a connection may raise besides the server's own errors.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class PostgresStore:
    """A RecordStore in the PostgreSQL database at `url` (`postgresql://…`)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def connect(self) -> None:
        """Connect. Raises StoreFailed."""
        await self.disconnect()
        try:
            self._connection = await connect(self._url)
        except DRIVER_ERRORS as error:
            raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error

    async def disconnect(self) -> None:
        """Drop the connection without waiting for the server, which may be gone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def open_stream(
        self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str
    ) -> Opening:
        """See RecordStore."""
        connection = self._connected()
        try:
            async with asyncio.timeout(_COMMIT_TIMEOUT_SECONDS), connection.transaction():
                opening = build(await _close_previous(connection, previous, node))
                await insert_stream(connection, opening, role=StreamRole.WRITER)
                await insert_rows(connection, opening.batch.rows)
                return opening
        except DRIVER_ERRORS as error:
            raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error

    async def commit(self, batch: Batch) -> int:
        """See RecordStore."""
        try:
            return await _commit(self._connected(), batch)
        except DRIVER_ERRORS as error:
            raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error

    async def close_stream(self, batch: Batch, *, life: str, all_settled: bool) -> None:
        """See RecordStore."""
        connection = self._connected()
        try:
            async with asyncio.timeout(_COMMIT_TIMEOUT_SECONDS), connection.transaction():
                await _commit(connection, batch)
                await connection.execute(_CLOSE, batch.stream, "closed")
                if all_settled:
                    await connection.execute(_SETTLE, life)
        except DRIVER_ERRORS as error:
            raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error

    def has_room(self) -> bool:
        """Return True: the server's disk is its own operator's to watch, a full one refuses commits."""
        return True

    def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None:
            raise StoreFailed("PostgreSQL: not connected")
        return self._connection


# --- statements that recovery uses too ---------------------------------------------------------------------


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Return a connection on which a commit is durable when it returns. Raises DRIVER_ERRORS."""
    return await asyncpg.connect(url, timeout=_CONNECT_TIMEOUT_SECONDS, server_settings={"synchronous_commit": "on"})


async def insert_stream(
    connection: "asyncpg.Connection[asyncpg.Record]", opening: Opening, *, role: StreamRole
) -> None:
    """Add the stream's row, standing at its first batch's end. Raises DRIVER_ERRORS."""
    batch = opening.batch
    who = (opening.stream, opening.node, role.value, opening.life, opening.opened_at_us)
    await connection.execute(_OPEN, *who, batch.last_seq, batch.last_leaf, batch.settled_seq)


async def insert_rows(connection: "asyncpg.Connection[asyncpg.Record]", rows: Sequence[Row]) -> None:
    """Add records. Raises DRIVER_ERRORS."""
    await connection.execute(_INSERT, *columns(rows))


def columns(rows: Sequence[Row]) -> Columns:
    """Return the rows as one list per column, in the order of the table."""
    return (
        [row.stream for row in rows],
        [row.seq for row in rows],
        [row.at_us for row in rows],
        [row.kind for row in rows],
        [row.exchange_id for row in rows],
        [row.agency for row in rows],
        [row.system for row in rows],
        [row.grant_key for row in rows],
        [row.body for row in rows],
        [row.leaf for row in rows],
    )


async def _commit(connection: "asyncpg.Connection[asyncpg.Record]", batch: Batch) -> int:
    place = (batch.last_seq, batch.last_leaf, batch.settled_seq, batch.stream, batch.first_seq - 1)
    row = await connection.fetchrow(_COMMIT, *columns(batch.rows), *place, timeout=_COMMIT_TIMEOUT_SECONDS)
    if row is None or row[0] is None:
        raise StoreFailed("PostgreSQL: there is no policy revision")
    if not row[1]:
        raise Fenced(batch.stream)
    return int(row[0])


async def _close_previous(
    connection: "asyncpg.Connection[asyncpg.Record]", previous: str, node: str
) -> PreviousStream | None:
    if previous:
        # Waits for a commit of ours that the server is still carrying out; after that nothing can be added to it.
        closed = await connection.fetchval(_CLOSE, previous, "failed")
        row = await connection.fetchrow(_PREVIOUS, previous)
    else:
        closed = None
        row = await connection.fetchrow(_LATEST_OF_NODE, node)
    return PreviousStream(row[0], row[1], row[2], closed_by_us=closed is not None) if row else None
