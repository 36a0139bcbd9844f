"""What is in the tables that follow the record, after so many exchanges? Written as the worker would have, only faster.

The list of exchanges gets a row for each; the figures of a year get the rows that evenly spread calls make: one for
every operation and connection of a month, of the last month's days and of the last day's hours.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import insert

from gateway.db import Database
from gateway.figures.tables import AGREEMENT_USE, FIGURES, MEASURES, Side, Span, Subject
from security.audit.encode import microseconds
from security.audit.index import exchanges

CHUNK = 20_000
YEAR = timedelta(days=365)
REASONS = ("", "", "", "", "", "", "", "quota-exceeded", "field-not-agreed", "provider-timeout")
Row = dict[str, object]


async def fill_recorded(
    database: Database, *, many: int, services: int, databases: int, agencies: list[str], now: datetime
) -> None:
    """Fill the list of exchanges, and the figures and uses that go with it."""
    await _write(database, exchanges, _listed(many, services, databases, agencies=agencies, now=now))
    await _write(database, FIGURES, _figures(many, services, databases, agencies=agencies, now=now))
    await _write(database, AGREEMENT_USE, _uses(many, services, databases, now=now))


def _listed(many: int, services: int, databases: int, *, agencies: list[str], now: datetime) -> Iterator[Row]:
    step = YEAR / many
    for number in range(many):
        at = now - YEAR + step * number
        at_us, service, consumer = microseconds(at), number * 7919 % services, number * 31 % len(agencies)
        reason = REASONS[number % len(REASONS)]
        yield {
            "exchange_id": _exchange_id(at_us // 1000, number),
            "at_us": at_us,
            "happened": "call",
            "agency": agencies[consumer],
            "system": f"ht{consumer}",
            "actor": "",
            "provider": agencies[service % databases],
            "database": f"db{service % databases}",
            "service": f"dv{service}",
            "version": 1,
            "operation": "tra-cuu",
            "agreement": f"TT-{service}",
            "purpose": "giai-quyet-tthc",
            "door": "rest",
            "ending": "refused" if reason else "done",
            "reason": reason,
            "status": 429 if reason else 200,
            "latency_us": 2000 + number % 9000,
            "repeated": 1,
        }


def _exchange_id(at_ms: int, number: int) -> str:
    """Return a UUIDv7: the moment first, then what tells it from others."""
    digits = f"{at_ms:012x}7{number & 0xFFF:03x}8{number:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _figures(many: int, services: int, databases: int, *, agencies: list[str], now: datetime) -> Iterator[Row]:
    months = [(Span.MONTH, int((now - timedelta(days=30.4 * back)).strftime("%Y%m"))) for back in range(12)]
    days = [(Span.DAY, int((now - timedelta(days=back)).strftime("%Y%m%d"))) for back in range(31)]
    hours = [(Span.HOUR, int((now - timedelta(hours=back)).strftime("%Y%m%d%H"))) for back in range(24)]
    for span, start in (*months, *days, *hours):
        for subject, keys in _keys(services, databases, agencies).items():
            for key in keys:
                yield _figure(span, start, subject, key, count=max(1, many // 12 // len(keys)))


def _keys(services: int, databases: int, agencies: list[str]) -> dict[Subject, list[str]]:
    named = [f"db{number % databases}/dv{number}/1" for number in range(services)]
    pairs = [f"db{number % databases}/{agency}/ht{number}" for number, agency in enumerate(agencies) for _ in range(1)]
    reasons = [f"{reason}/db{number}" for reason in sorted(set(REASONS) - {""}) for number in range(databases)]
    return {
        Subject.DOOR: ["rest", "soap"],
        Subject.REASON: reasons,
        Subject.SERVICE: named,
        Subject.OPERATION: [f"{one}/tra-cuu" for one in named],
        Subject.CONNECTION: pairs,
    }


def _figure(span: Span, start: int, subject: Subject, key: str, *, count: int) -> Row:
    numbers: Row = dict.fromkeys(MEASURES, 0)
    answered = subject is not Subject.REASON
    told = {"answered": count, "latency_us": count * 4000, "latency_6": count} if answered else {"refused": count}
    place = {"span": span, "side": Side.ALL, "agency": "", "subject": subject, "start": start, "key": key}
    return numbers | told | {name: str(value) if name != "start" else value for name, value in place.items()}


def _uses(many: int, services: int, databases: int, *, now: datetime) -> Iterator[Row]:
    for number in range(services):
        yield {
            "agreement": f"TT-{number}",
            "operation": f"db{number % databases}/dv{number}/1/tra-cuu",
            "answered": many // services,
            "other": 1,
            "first_at": now - YEAR,
            "last_at": now - timedelta(minutes=number),
            "last_answered_at": now - timedelta(minutes=number),
        }


async def _write(database: Database, table: sa.Table, rows: Iterator[Row]) -> None:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            await _insert(database, table, chunk)
            chunk = []
    await _insert(database, table, chunk)


async def _insert(database: Database, table: sa.Table, rows: list[Row]) -> None:
    if rows:
        async with database.transaction() as session:
            await (await session.connection()).execute(insert(table), rows)
