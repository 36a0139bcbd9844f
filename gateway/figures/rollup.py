"""Who counts what is new in the record, exactly once?

A job of the worker. It reads a bounded part of one stream after its cursor, and adds what that amounts to in the same
transaction in which the cursor moves on: killed anywhere, or run on several nodes, it counts each exchange once.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from catalog.tables import DatabaseRow, UtcDateTime
from gateway.db import Database
from gateway.figures.counting import Tally, add, ended_exchanges, ends_without_intent
from gateway.figures.tables import AGREEMENT_USE, FIGURES, MEASURES
from security.audit.encode import moment_of
from security.audit.following import Overtaken, intents_of, move_on, read_on, start_again

READER = "figures"
_RECORDS_AT_ONCE = 1_000
_KEY = ("span", "side", "agency", "subject", "start", "key")

# One row at a time, many at once (executemany): both engines then parse it once.
_ADD_FIGURES = text(
    f"INSERT INTO figures ({', '.join((*_KEY, *MEASURES))}) VALUES ({', '.join(f':{n}' for n in (*_KEY, *MEASURES))}) "  # noqa: S608 - constants
    f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {', '.join(f'{n} = figures.{n} + excluded.{n}' for n in MEASURES)}"
)
_ADD_USE = text("""
INSERT INTO agreement_use (agreement, operation, answered, other, first_at, last_at, last_answered_at)
VALUES (:agreement, :operation, :answered, :other, :first_at, :last_at, :last_answered_at)
ON CONFLICT (agreement, operation) DO UPDATE SET
  answered = agreement_use.answered + excluded.answered,
  other = agreement_use.other + excluded.other,
  first_at = CASE WHEN excluded.first_at < agreement_use.first_at THEN excluded.first_at
    ELSE agreement_use.first_at END,
  last_at = CASE WHEN excluded.last_at > agreement_use.last_at THEN excluded.last_at ELSE agreement_use.last_at END,
  last_answered_at = CASE WHEN agreement_use.last_answered_at IS NULL
    OR excluded.last_answered_at > agreement_use.last_answered_at THEN excluded.last_answered_at
    ELSE agreement_use.last_answered_at END
""").bindparams(*(bindparam(name, type_=UtcDateTime) for name in ("first_at", "last_at", "last_answered_at")))


@dataclass(frozen=True, slots=True)
class _Part:
    """How many records were counted in one go, and how long the tables were held for it."""

    records: int
    held_seconds: float
    is_last: bool


async def roll_up(database: Database, *, zone: ZoneInfo, records_at_once: int = _RECORDS_AT_ONCE) -> int:
    """Count all that is new in the record; return how many records that was. Raises SQLAlchemyError, OSError.

    On the embedded database it waits, between two parts, as long as the last one held the tables: exchanges are
    written by the same one writer, and come first.
    """
    owners = await _owners(database)
    embedded = database.engine.dialect.name == "sqlite"
    read = 0
    while True:
        try:
            part = await _count_part(database, owners, zone=zone, most=records_at_once)
        except Overtaken:
            return read
        read += part.records
        if part.is_last:
            return read
        if embedded:
            await asyncio.sleep(part.held_seconds)


async def forget_figures(database: Database) -> None:
    """Drop all figures and begin to count the record from its beginning. Raises SQLAlchemyError, OSError."""
    async with database.transaction() as session:
        connection = await session.connection()
        await start_again(connection, READER)
        await connection.execute(delete(FIGURES))
        await connection.execute(delete(AGREEMENT_USE))


async def _owners(database: Database) -> Mapping[str, str]:
    async with database.reading() as session:
        return dict((await session.exec(select(col(DatabaseRow.code), col(DatabaseRow.owner)))).all())


async def _count_part(database: Database, owners: Mapping[str, str], *, zone: ZoneInfo, most: int) -> _Part:
    """Count the next records. Raises Overtaken."""
    async with database.reading() as session:
        connection = await session.connection()
        news = await read_on(connection, READER, most=most)
        earlier = await intents_of(connection, ends_without_intent(news.records))
    if not news.records:
        return _Part(0, 0.0, is_last=True)
    tally = Tally()
    for ended in ended_exchanges(news.records, earlier):
        add(tally, ended, owner=owners.get(ended.database, ""), zone=zone)
    async with database.transaction() as session:
        began = time.monotonic()
        connection = await session.connection()
        await move_on(connection, news)
        await _keep(connection, tally)
    return _Part(len(news.records), time.monotonic() - began, is_last=news.is_all)


async def _keep(connection: AsyncConnection, tally: Tally) -> None:
    # In the order of their keys: two nodes that count different streams at once then cannot wait for each other.
    figures = [
        dict(zip((*_KEY, *MEASURES), (*key, *numbers), strict=True)) for key, numbers in sorted(tally.figures.items())
    ]
    if figures:
        await connection.execute(_ADD_FIGURES, figures)
    use = [
        {
            "agreement": key.agreement,
            "operation": key.operation,
            "answered": use.answered,
            "other": use.other,
            "first_at": moment_of(use.first_us),
            "last_at": moment_of(use.last_us),
            "last_answered_at": moment_of(use.last_answered_us) if use.last_answered_us else None,
        }
        for key, use in sorted(tally.use.items())
    ]
    if use:
        await connection.execute(_ADD_USE, use)
