"""What became of the exchanges of a process that died?

Its streams are fenced (closed, so that a process that was only asleep cannot go on writing), and each of its intents
without an end becomes an UNKNOWN record. Per dead stream that is one transaction which also marks the stream as
settled, so it happens exactly once, however often and on however many nodes recovery runs. A stream of a process
that lives on in another stream is left alone: it settles its intents itself.
"""

import asyncio
import os
import secrets
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from security.audit import postgres_store, sqlite_file
from security.audit.encode import Place, encode, microseconds
from security.audit.privacy import Concealer, PseudonymKeys, SealSession
from security.audit.read import sqlite_path
from security.audit.record import Entry, Kind
from security.audit.rows import Row
from security.audit.streams import Batch, Opening, StoreFailed, StreamRole
from security.audit.writer import unknown_entry

DEAD_AFTER_SECONDS = 30

_ORPHANS_SQLITE = """
SELECT i.stream, i.seq, i.at_us, i.kind, i.exchange_id, i.agency, i.system, i.grant_key, i.body, i.leaf FROM record i
WHERE i.stream = ? AND i.seq > ? AND i.kind = 'INTENT' AND NOT EXISTS (
  SELECT 1 FROM record e WHERE e.exchange_id = i.exchange_id AND e.kind IN ('OUTCOME', 'DENY', 'UNKNOWN'))
ORDER BY i.seq"""
_ORPHANS_POSTGRES = _ORPHANS_SQLITE.replace("i.stream = ?", "i.stream = $1").replace("i.seq > ?", "i.seq > $2")
_DEAD_POSTGRES = """
SELECT stream FROM record_streams WHERE settled_at IS NULL
AND beat_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1::bigint"""
_LOCK_POSTGRES = "SELECT life, settled_seq FROM record_streams WHERE stream = $1 AND settled_at IS NULL FOR UPDATE"
# Asked after the lock, in a statement of its own, so that it sees what was committed while we waited for the lock.
_ALIVE_POSTGRES = """
SELECT EXISTS (SELECT 1 FROM record_streams WHERE life = $1 AND
  beat_at >= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $2::bigint)"""
_SETTLE_POSTGRES = """
UPDATE record_streams SET
  reason = CASE WHEN closed_at IS NULL THEN 'recovered' ELSE reason END,
  closed_at = coalesce(closed_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
  settled_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
WHERE stream = $1"""
_SETTLE_SQLITE = """
UPDATE record_streams SET reason = CASE WHEN closed_at IS NULL THEN 'recovered' ELSE reason END,
  closed_at = coalesce(closed_at, ?1), settled_at = ?1 WHERE stream = ?2"""
_DONE_POSTGRES = _SETTLE_POSTGRES.replace("'recovered'", "'closed'")
_DONE_SQLITE = _SETTLE_SQLITE.replace("'recovered'", "'closed'")


class Recovered(msgspec.Struct, frozen=True):
    """What one run of recovery did: the dead streams that it settled, and the exchanges that are UNKNOWN now."""

    streams: Sequence[str]
    unknown: Sequence[str]


class Recoverer(msgspec.Struct, frozen=True):
    """Who recovers, and with which keys records are concealed."""

    node: str
    pseudonyms: PseudonymKeys
    recovery_key: X25519PublicKey


async def recover(
    database_url: str, by: Recoverer, *, now: datetime, dead_after_seconds: float = DEAD_AFTER_SECONDS
) -> Recovered:
    """Settle every dead stream and return what that was.

    PostgreSQL: a stream is dead when neither it nor another stream of the same process has a beat younger than
    `dead_after_seconds` (by the database's clock); run this at start and again and again. SQLite: every unsettled
    stream is dead, so the caller MUST hold the lock file of the only process, and MUST run this before its writer
    starts. Raises StoreFailed.
    """
    path = sqlite_path(database_url)
    if path is not None:
        return await asyncio.to_thread(_recover_sqlite, path, by, now)
    try:
        return await _recover_postgres(database_url, by, now=now, dead_after_us=int(dead_after_seconds * 1_000_000))
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


def _recover_sqlite(path: Path, by: Recoverer, now: datetime) -> Recovered:
    streams: list[str] = []
    unknown: list[str] = []
    try:
        connection = sqlite_file.connect(path)
        try:
            dead = connection.execute(
                "SELECT stream, settled_seq FROM record_streams WHERE settled_at IS NULL ORDER BY opened_at"
            ).fetchall()
            for stream, settled_seq in dead:
                orphans = _settle_sqlite(connection, stream, settled_seq, by=by, now=now)
                streams.append(stream)
                unknown += [row.exchange_id for row in orphans]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreFailed(f"SQLite: {error}") from error
    return Recovered(streams, unknown)


def _settle_sqlite(
    connection: sqlite3.Connection, stream: str, settled_seq: int, *, by: Recoverer, now: datetime
) -> list[Row]:
    with sqlite_file.transaction(connection):
        at_us = sqlite_file.now_us()
        orphans = [Row(*row) for row in connection.execute(_ORPHANS_SQLITE, (stream, settled_seq))]
        connection.execute(_SETTLE_SQLITE, (at_us, stream))
        if orphans:
            opening = _recovery_stream(stream, orphans, by=by, now=now)
            sqlite_file.insert_stream(connection, opening, role=StreamRole.RECOVERY)
            sqlite_file.insert_rows(connection, opening.batch.rows)
            connection.execute(_DONE_SQLITE, (at_us, opening.stream))
        return orphans


async def _recover_postgres(url: str, by: Recoverer, *, now: datetime, dead_after_us: int) -> Recovered:
    streams: list[str] = []
    unknown: list[str] = []
    connection = await postgres_store.connect(url)
    try:
        for (stream,) in await connection.fetch(_DEAD_POSTGRES, dead_after_us):
            async with connection.transaction():
                locked = await connection.fetchrow(_LOCK_POSTGRES, stream)
                if locked is None or await connection.fetchval(_ALIVE_POSTGRES, locked[0], dead_after_us):
                    continue
                orphans = [Row(*row) for row in await connection.fetch(_ORPHANS_POSTGRES, stream, locked[1])]
                await connection.execute(_SETTLE_POSTGRES, stream)
                if orphans:
                    opening = _recovery_stream(stream, orphans, by=by, now=now)
                    await postgres_store.insert_stream(connection, opening, role=StreamRole.RECOVERY)
                    await postgres_store.insert_rows(connection, opening.batch.rows)
                    await connection.execute(_DONE_POSTGRES, opening.stream)
            streams.append(stream)
            unknown += [row.exchange_id for row in orphans]
    finally:
        await connection.close()
    return Recovered(streams, unknown)


def _recovery_stream(dead: str, orphans: Sequence[Row], *, by: Recoverer, now: datetime) -> Opening:
    """Return a whole stream, from OPEN to CLOSE, that ends the orphans of `dead`."""
    at_us = microseconds(now)
    # Several dead streams may be settled at the same instant.
    name = f"{by.node}-recovery-{at_us}-{secrets.token_hex(3)}"
    conceal = Concealer(by.pseudonyms, SealSession(by.recovery_key))
    entries = [
        Entry(Kind.OPEN, "", now, notes={"node": by.node, "recovers": dead}),
        *(unknown_entry(intent, at=now, cause="process-died") for intent in orphans),
        Entry(Kind.CLOSE, "", now, notes={}),
    ]
    rows: list[Row] = []
    leaf = b""
    for seq, entry in enumerate(entries, 1):
        place = Place(name, seq, leaf.hex(), os.urandom(16).hex(), time.monotonic_ns() // 1000)
        rows.append(encode(entry, place, conceal))
        leaf = rows[-1].leaf
    batch = Batch(name, 1, len(rows), leaf, len(rows), rows)
    return Opening(stream=name, node=by.node, life=name, opened_at_us=at_us, batch=batch)
