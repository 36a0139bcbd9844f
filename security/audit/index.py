"""By what can an exchange be found, made of the record apart from any call?

One row per exchange, token, change or reading, made by the worker as it follows the record (`security.audit.following`)
a second or two behind: the record itself is written without it, and can make it anew at any time. It holds what a
search asks for and nobody's identifiers, neither clear nor as pseudonyms: by those it is found in
`security.audit.marks`, which is made in the same transaction.

Exchange ids are UUIDv7: rows lie in the order of time, and every index of two columns is one by time.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.following import Followed, News, move_on
from security.audit.marks import keep_marks
from security.audit.record import Kind

READER = "exchange-index"
"""Under which name this stands in the record (`security.audit.following`)."""
SANDBOX_DOOR = "sandbox"
"""The door of calls with synthetic data: no exchange (ADR 22)."""
_CONTROL_DOOR = "control"
_MOST_CHARS = 200

Value: TypeAlias = str | int
Columns: TypeAlias = dict[str, Value]


class Happened(StrEnum):
    """What a row is about."""

    CALL = "call"
    SANDBOX = "sandbox"
    PAGE = "page"
    """A page, or an address of the control API: only its refusals are on record."""
    TOKEN = "token"  # noqa: S105 - a kind of record, no token
    CHANGE = "change"
    READING = "reading"


class Ending(StrEnum):
    """How it ended; `open` while nobody knows."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
exchanges = sa.Table(
    "exchange_index",
    sa.MetaData(),
    sa.Column("exchange_id", _ID, primary_key=True),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("happened", sa.String(10), nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("database", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("agreement", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("ending", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("latency_us", sa.BigInteger, nullable=False),
    sa.Column("repeated", sa.Integer, nullable=False),
)
"""`provider` is the agency whose data were asked for, `actor` who made a change or read the record.

Of a change `service` is the noun and `operation` what was done with `agreement`'s or another thing's code; of a reading
`operation` is what was read.
"""
_BEGUN = ["at_us", "happened", "agency", "system", "actor", "provider", "database", "service", "version"]
_BEGUN += ["operation", "agreement", "purpose", "door"]
_ENDED = ["ending", "reason", "status", "latency_us", "repeated"]
_BLANK: Mapping[str, Value] = {
    column.name: 0 if isinstance(column.type, sa.Integer) else "" for column in exchanges.columns
} | {"ending": Ending.OPEN.value, "happened": Happened.CALL.value, "repeated": 1}


class _Who(msgspec.Struct):
    client: str = ""
    system: str = ""
    officer: str = ""


class _Why(msgspec.Struct):
    agreement: str = ""
    purpose: str = ""


class _What(msgspec.Struct):
    database: str = ""
    service: str = ""
    version: int = 0
    operation: str = ""
    door: str = ""


class _Decision(msgspec.Struct):
    allowed: bool = True
    reason: str = ""
    repeated: int = 1


class _Outcome(msgspec.Struct):
    status: int = 0
    latency_us: int = 0


class _Body(msgspec.Struct):
    """The members of a record that its row is made of. Lists may have been shortened: none is read."""

    who: _Who = msgspec.field(default_factory=_Who)
    why: _Why = msgspec.field(default_factory=_Why)
    what: _What = msgspec.field(default_factory=_What)
    decision: _Decision = msgspec.field(default_factory=_Decision)
    outcome: _Outcome = msgspec.field(default_factory=_Outcome)
    notes: dict[str, str | int | bool] = {}


async def index_news(connection: AsyncConnection, news: News, *, owners: Mapping[str, str]) -> None:
    """Make the rows of `news`, in one transaction with where the reader stands. Raises Overtaken.

    `owners` says which agency each database belongs to.
    """
    await move_on(connection, news)
    whole, begun, ended = rows_of(news.records, owners=owners)
    for rows, told in ((whole, [*_BEGUN, *_ENDED]), (begun, _BEGUN), (ended, _ENDED)):
        if rows:
            await connection.execute(_upsert(told), rows)
    await keep_marks(connection, news.records)


def rows_of(
    records: Iterable[Followed], *, owners: Mapping[str, str]
) -> tuple[Sequence[Columns], Sequence[Columns], Sequence[Columns]]:
    """Return the rows to write: those told from beginning to end, those whose end is to come, and ends alone.

    An end that comes before its beginning (from another stream) is written alone, and the beginning beside it later.
    """
    begun: dict[str, Columns] = {}
    ended: dict[str, Columns] = {}
    for record in records:
        if not record.exchange_id or record.kind not in _KINDS:
            continue
        body = record.read(_Body)
        if record.kind not in (Kind.OUTCOME, Kind.UNKNOWN):
            begun[record.exchange_id] = _beginning(record, body, owners=owners)
        if record.kind != Kind.INTENT:
            ended[record.exchange_id] = _end(record, body)
    whole = [_row(key, ended[key] | begun[key]) for key in begun if key in ended]
    alone = [_row(key, columns) for key, columns in begun.items() if key not in ended]
    return whole, alone, [_row(key, columns) for key, columns in ended.items() if key not in begun]


_KINDS = frozenset({Kind.INTENT, Kind.OUTCOME, Kind.DENY, Kind.UNKNOWN, Kind.AUTH, Kind.ADMIN, Kind.READ})
_KINDS |= {Kind.HOLD, Kind.ERASE}


def _beginning(record: Followed, body: _Body, *, owners: Mapping[str, str]) -> Columns:
    what, why, notes = body.what, body.why, body.notes
    columns: Columns = {
        "at_us": record.at_us,
        "agency": record.agency,
        "system": record.system or (body.who.client if record.kind == Kind.AUTH else ""),
        "provider": owners.get(what.database, ""),
        "database": what.database,
        "service": what.service,
        "version": what.version,
        "operation": what.operation,
        "agreement": why.agreement,
        "purpose": why.purpose,
        "door": what.door,
    }
    match record.kind:
        case Kind.ADMIN | Kind.HOLD | Kind.ERASE:
            noun, code = str(notes.get("noun", "")), str(notes.get("code", ""))
            told = {"happened": Happened.CHANGE.value, "actor": body.who.client, "service": noun}
            return {**columns, **told, "operation": str(notes.get("action", "")), "agreement": code}
        case Kind.READ:
            told = {"happened": Happened.READING.value, "actor": body.who.officer}
            return {**columns, **told, "operation": str(notes.get("what", ""))}
        case Kind.AUTH:
            return {**columns, "happened": Happened.TOKEN.value, "actor": ""}
        case _:
            happened = _BY_DOOR.get(what.door, Happened.CALL)
            return {**columns, "happened": happened.value, "actor": str(notes.get("member", ""))}


_BY_DOOR: Mapping[str, Happened] = {SANDBOX_DOOR: Happened.SANDBOX, _CONTROL_DOOR: Happened.PAGE}


def _end(record: Followed, body: _Body) -> Columns:
    decision = body.decision
    refused = not decision.allowed or record.kind == Kind.DENY or body.notes.get("done") is False
    ending = Ending.UNKNOWN if record.kind == Kind.UNKNOWN else Ending.REFUSED if refused else Ending.DONE
    return {
        "at_us": record.at_us,
        "agency": record.agency,
        "system": record.system,
        "ending": ending.value,
        "reason": decision.reason,
        "status": body.outcome.status,
        "latency_us": body.outcome.latency_us,
        "repeated": decision.repeated,
    }


def _row(exchange_id: str, columns: Columns) -> Columns:
    told = {**_BLANK, **columns, "exchange_id": exchange_id}
    # Names in the record are as long as callers made them; an index has pages.
    return {name: value[:_MOST_CHARS] if isinstance(value, str) else value for name, value in told.items()}


def _upsert(told: Sequence[str]) -> sa.TextClause:
    names = [column.name for column in exchanges.columns]
    return sa.text(
        f"INSERT INTO exchange_index ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)}) "  # noqa: S608 - names of columns
        f"ON CONFLICT (exchange_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in told)}"
    )
