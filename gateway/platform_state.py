"""How does the platform do: which processes live, what waits, how far are record and log, what is in force?

For those who run it. Nothing here is a secret, and nothing decides about a call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.figures.rollup import READER as FIGURES_READER
from gateway.heartbeats import Heartbeat, list_heartbeats
from gateway.notifications.outbox import count_letters
from gateway.notifications.tables import MailState
from gateway.settings import PREFIX, Settings
from security.audit.encode import microseconds, moment_of
from security.audit.following import unread_since
from security.audit.index import READER as INDEX_READER
from security.audit.log import READER as LOG_READER
from security.audit.log import Head, heads_of

DEAD_STREAM_AFTER = timedelta(minutes=1)
_REVISION = text("SELECT version_num FROM alembic_version")
_RECORDS = text("SELECT coalesce(sum(last_seq), 0), count(*) FROM record_streams")
# The words must be those of the index exchange_index_reading for it to be used.
_LAST_READING = text("""
SELECT at_us FROM exchange_index WHERE happened = 'reading' AND operation = :what ORDER BY exchange_id DESC LIMIT 1""")
_DEAD = text("SELECT count(*) FROM record_streams WHERE settled_at IS NULL AND beat_at < :before")
_SIZES = {
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": text("SELECT pg_database_size(current_database())"),
}


@dataclass(frozen=True, slots=True)
class Queues:
    """Since when something waits (None: nothing does), and how many letters and streams do."""

    figures: datetime | None
    index: datetime | None
    log: datetime | None
    letters: Mapping[MailState, int]
    dead_streams: int


@dataclass(frozen=True, slots=True)
class PlatformState:
    """How the platform does at a moment. `revision` is what the database's tables have.

    `last_backup` is when the last backup by `lienthong backup` was begun; None: none is in the list of the record.
    """

    heartbeats: Sequence[Heartbeat]
    queues: Queues
    records: int
    streams: int
    heads: Sequence[Head]
    engine: str
    database_bytes: int
    revision: str
    last_backup: datetime | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is in force, its passwords left out."""

    variable: str
    value: str
    is_default: bool


async def read_state(session: AsyncSession, *, now: datetime) -> PlatformState:
    """Return how the platform does, as the database tells it."""
    connection = await session.connection()
    engine = connection.dialect.name
    records, streams = (await connection.execute(_RECORDS)).one()
    return PlatformState(
        heartbeats=await list_heartbeats(session),
        queues=await _queues(session, connection, now=now),
        records=int(records),
        streams=int(streams),
        heads=await heads_of(connection),
        engine=engine,
        database_bytes=int((await connection.execute(_SIZES[engine])).scalar_one()),
        revision=str((await connection.execute(_REVISION)).scalar_one()),
        last_backup=await _last(connection, "backup"),
    )


def settings_in_force(settings: Settings) -> list[Setting]:
    """Return every setting, in the order in which they are declared. A password in an address is left out."""
    return [
        Setting(
            f"{PREFIX}{one.name.upper()}",
            _shown(getattr(settings, one.name)),
            getattr(settings, one.name) == one.default,
        )
        for one in fields(settings)
    ]


async def _queues(session: AsyncSession, connection: AsyncConnection, *, now: datetime) -> Queues:
    before = microseconds(now - DEAD_STREAM_AFTER)
    return Queues(
        figures=await _waiting(connection, FIGURES_READER),
        index=await _waiting(connection, INDEX_READER),
        log=await _waiting(connection, LOG_READER),
        letters=await count_letters(session),
        dead_streams=int((await connection.execute(_DEAD, {"before": before})).scalar_one()),
    )


async def _last(connection: AsyncConnection, what: str) -> datetime | None:
    at_us = await connection.scalar(_LAST_READING, {"what": what})
    return None if at_us is None else moment_of(int(at_us))


async def _waiting(connection: AsyncConnection, reader: str) -> datetime | None:
    waiting = await unread_since(connection, reader)
    return moment_of(waiting) if waiting is not None else None


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text_of = str(value)
    parts = urlsplit(text_of) if "://" in text_of else None
    if parts is None or "@" not in parts.netloc:
        return text_of
    # Also what stands in the query may be a password (libpq takes one there).
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"…@{host}", query=""))
