"""In which tables are the figures kept?

`figures` has one row per stretch of time (hour, day, month), side and agency (or the whole platform), subject and key:
each report is then one range of its primary key, however many exchanges there were. `agreement_use` has one row per
operation of an agreement, whenever it was used. Both are made of the record alone and can be made again from it.
"""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, String, Table, Text
from sqlmodel import SQLModel

from catalog.tables import UtcDateTime
from gateway.figures.latency import BUCKETS


class Span(StrEnum):
    """How long the stretch of a figure is. `start` is its number on the province's calendar: YYYYMMDDHH without what
    is shorter.
    """

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Side(StrEnum):
    """Whose exchanges: all of the platform, those an agency asked for, or those that its databases were asked for."""

    ALL = ""
    CONSUMER = "consumer"
    PROVIDER = "provider"


class Subject(StrEnum):
    """What a figure is about, and what its key names, with "/" between the parts.

    From these everything else is added up: a door; the reason of what was not answered, with its database; database,
    service and version; these and the operation; database, agency and system that asked. What is not known is "?".
    """

    DOOR = "door"
    REASON = "reason"
    SERVICE = "service"
    OPERATION = "operation"
    CONNECTION = "connection"


RESULTS = ("answered", "refused", "failed", "unknown")
AMOUNTS = (
    "case_files",
    "request_bytes",
    "response_bytes",
    "fields_withheld",
    "rows_withheld",
    "unexpected",
    "latency_us",
)
LATENCIES = tuple(f"latency_{number}" for number in range(BUCKETS))
MEASURES = (*RESULTS, *AMOUNTS, *LATENCIES)

FIGURES = Table(
    "figures",
    SQLModel.metadata,
    Column("span", String(5), primary_key=True),
    Column("side", String(8), primary_key=True),
    Column("agency", String(35), primary_key=True),
    Column("subject", String(10), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    *(Column(measure, BigInteger, nullable=False) for measure in MEASURES),
)
AGREEMENT_USE = Table(
    "agreement_use",
    SQLModel.metadata,
    Column("agreement", String(100), primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("answered", BigInteger, nullable=False),
    Column("other", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("last_answered_at", UtcDateTime, nullable=True),
    Index("ix_agreement_use_last", "last_at"),
)
