"""How do the figures reach a system that shows them (the IOC), by an agreement like any other data?

The worker writes them into a CSV file, which a data owner publishes by the `file` adapter: what is called then is a
service with an agreement, a record and limits, and nobody is let into the platform's own database.
"""

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.db import Database
from gateway.figures.period import day_number
from gateway.figures.sums import Sums, sums_of
from gateway.figures.tables import FIGURES, MEASURES, Side, Span, Subject

FILE_NAME = "trao-doi-theo-ngay.csv"
DAYS = 100
HEADINGS = (
    "Khoa",
    "Ngay",
    "MaCSDL",
    "SoLuot",
    "ThanhCong",
    "BiTuChoi",
    "Loi",
    "KhongRo",
    "TrungViMs",
    "P95Ms",
    "TruongGiuLai",
)


@dataclass(frozen=True, slots=True)
class DayOfDatabase:
    """What one database was asked on one day."""

    day: date
    database: str
    sums: Sums


async def write_feed(database: Database, directory: Path, *, zone: ZoneInfo, now: datetime) -> int:
    """Write the days of each database into the directory; return 1, or 0 where nothing changed.

    The file is replaced whole, so that nobody reads half of it. Raises SQLAlchemyError, OSError.
    """
    today = now.astimezone(zone).date()
    async with database.reading() as session:
        content = feed_of(await days_of_databases(session, since=today - timedelta(days=DAYS - 1)))
    return int(await asyncio.to_thread(_replace, directory / FILE_NAME, content))


async def days_of_databases(session: AsyncSession, *, since: date) -> list[DayOfDatabase]:
    """Return what each database was asked on each day since then, in their order; of calls that reached one."""
    connection = await session.connection()
    held = FIGURES.c
    database = _first_part(connection.dialect.name)
    summed = (
        select(held.start, database, *(func.sum(held[measure]) for measure in MEASURES))
        .where(
            held.span == Span.DAY.value,
            held.side == Side.ALL.value,
            held.agency == "",
            held.subject == Subject.CONNECTION.value,
            held.start >= day_number(since),
            held.key.not_like("?/%"),
        )
        .group_by(held.start, database)
        .order_by(held.start, database)
    )
    rows = (await connection.execute(summed)).all()
    return [
        DayOfDatabase(date.fromisoformat(str(start)), code, sums_of([int(number) for number in measures]))
        for start, code, *measures in rows
    ]


def feed_of(rows: Sequence[DayOfDatabase]) -> bytes:
    """Return the file: UTF-8, a heading, one line per day and database with a key of its own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in rows:
        sums = row.sums
        writer.writerow(
            (
                f"{row.day.isoformat()}-{row.database}",
                row.day.isoformat(),
                row.database,
                sums.exchanges,
                sums.answered,
                sums.refused,
                sums.failed,
                sums.unknown,
                _whole(sums.percentile_ms(0.5)),
                _whole(sums.percentile_ms(0.95)),
                sums.fields_withheld,
            )
        )
    return text.getvalue().encode()


def _first_part(dialect: str) -> ColumnElement[str]:
    key = FIGURES.c.key
    if dialect == "postgresql":
        return func.split_part(key, "/", 1)
    return func.substr(key, 1, func.instr(key, "/") - 1)


def _whole(latency: float | None) -> str:
    return "" if latency is None else str(round(latency))


def _replace(path: Path, content: bytes) -> bool:
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
    return True
