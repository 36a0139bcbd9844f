"""Which exchanges fit what is asked, newest first?

One page costs the same whatever is asked of however long a record: the narrowest condition leads along its own index,
and at most `MOST_LOOKED_AT` rows of it are looked at. Where that ends before the page is full, the page says how far it
has looked, and the next one goes on from there.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.index import Ending, Happened, exchanges
from security.audit.marks import marks

MOST_LOOKED_AT = 20_000
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Side(StrEnum):
    """Whose exchanges an agency sees: those of its own systems, or those that asked for its data."""

    CONSUMER = "consumer"
    PROVIDER = "provider"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. An empty string asks nothing; `since` is included, `until` is not.

    `agency` with `side` says whose: empty means everybody's, which only auditors may ask.
    """

    since: datetime
    until: datetime
    agency: str = ""
    side: Side = Side.CONSUMER
    system: str = ""
    agreement: str = ""
    database: str = ""
    service: str = ""
    happened: Happened | None = None
    ending: Ending | None = None
    reason: str = ""
    marks: tuple[str, ...] | None = None
    """What a person or a case file is called in the months that are asked for; none of it: then nothing is found."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `at` is aware UTC."""

    exchange_id: str
    at: datetime
    happened: Happened
    agency: str
    system: str
    actor: str
    provider: str
    database: str
    service: str
    version: int
    operation: str
    agreement: str
    purpose: str
    door: str
    ending: Ending
    reason: str
    status: int
    latency_us: int
    repeated: int


class Page(msgspec.Struct, frozen=True):
    """Some of what was found. `next` goes on from here (empty: that was all); `looked_back_to` where the page is not
    full because enough was looked at.
    """

    rows: Sequence[Found]
    next: str
    looked_back_to: datetime | None


async def search(connection: AsyncConnection, asked: Search, *, before: str, most: int) -> Page:
    """Return at most `most` rows that fit, the newest first, older than `before` (an id; empty: the newest of all)."""
    leading, other = _conditions(asked)
    top = min(before, earliest_id(asked.until)) if before else earliest_id(asked.until)
    span = [exchanges.c.exchange_id < top]
    since = exchanges.c.exchange_id >= earliest_id(asked.since)
    newest_first = exchanges.c.exchange_id.desc()
    horizon = None
    if other:
        looked = sa.select(exchanges.c.exchange_id).where(*leading, *span, since).order_by(newest_first)
        horizon = await connection.scalar(looked.limit(1).offset(MOST_LOOKED_AT - 1))
    # One lower bound only: SQLite would go to the first one that it is told, however far that is.
    span.append(since if horizon is None else exchanges.c.exchange_id >= horizon)
    asked_for = sa.select(exchanges).where(*leading, *other, *span).order_by(newest_first).limit(most + 1)
    rows = [_found(row) for row in (await connection.execute(asked_for)).mappings()]
    if len(rows) > most:
        return Page(rows[:most], rows[most - 1].exchange_id, None)
    if horizon is not None:
        return Page(rows, horizon, moment_of(horizon))
    return Page(rows, "", None)


def merged(one: Page, other: Page, *, most: int) -> Page:
    """Return the page that two parts of one list make, each asked for `most` rows; a row in both is that of `one`.

    What is older than where either ended is not known whole, and waits for the next page.
    """
    bound = max(one.next, other.next)
    rows = {row.exchange_id: row for row in (*other.rows, *one.rows) if row.exchange_id >= bound}
    seen = sorted(rows.values(), key=lambda row: row.exchange_id, reverse=True)
    if len(seen) > most:
        return Page(seen[:most], seen[most - 1].exchange_id, None)
    return Page(seen, bound, moment_of(bound) if bound and len(seen) < most else None)


def fits(row: Found, asked: Search) -> bool:
    """Tell whether a row is what was asked for, but for time and marks: what `search` asks the database."""
    whose = row.provider if asked.side is Side.PROVIDER else row.agency
    told = (
        (row.agreement, asked.agreement),
        (row.system, asked.system),
        (row.reason, asked.reason),
        (row.database, asked.database),
        (whose, asked.agency),
        (row.service, asked.service),
        (row.happened.value, asked.happened.value if asked.happened else ""),
        (row.ending.value, asked.ending.value if asked.ending else ""),
    )
    return all(value == wanted for value, wanted in told if wanted)


def found_of(columns: Mapping[str, str | int]) -> Found:
    """Return a row of the list (`security.audit.index.rows_of`) as it is found."""
    members = {str(name): value for name, value in columns.items()}  # names of columns are a subclass of str
    return msgspec.convert({**members, "at": _EPOCH + timedelta(microseconds=int(columns["at_us"]))}, Found)


async def find_row(connection: AsyncConnection, exchange_id: str) -> Found | None:
    """Return the row of one exchange, None where there is none (yet)."""
    found = await connection.execute(sa.select(exchanges).where(exchanges.c.exchange_id == exchange_id))
    row = found.mappings().first()
    return None if row is None else _found(row)


async def changes_of(connection: AsyncConnection, code: str, *, nouns: Sequence[str], most: int) -> Sequence[Found]:
    """Return the newest changes of what has this code and is called by one of these nouns, the newest first."""
    c = exchanges.c
    named = (c.agreement == code, c.agreement != sa.literal_column("''"))  # the index of codes leaves out what has none
    kind = (sa.func.coalesce(c.happened, "") == Happened.CHANGE.value, sa.func.coalesce(c.service, "").in_(nouns))
    asked_for = sa.select(exchanges).where(*named, *kind).order_by(c.exchange_id.desc()).limit(most)
    return [_found(row) for row in (await connection.execute(asked_for)).mappings()]


def earliest_id(at: datetime) -> str:
    """Return the smallest exchange id of a moment (RFC 9562, 5.7: 48 bits of milliseconds come first)."""
    milliseconds = max(0, (at - _EPOCH) // timedelta(milliseconds=1))
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}" if milliseconds < 1 << 48 else _LAST_ID


def moment_of(exchange_id: str) -> datetime:
    """Return when an exchange id was made, in whole milliseconds."""
    return _EPOCH + timedelta(milliseconds=int(exchange_id[:8] + exchange_id[9:13], 16))


def _conditions(asked: Search) -> tuple[list[sa.ColumnElement[bool]], list[sa.ColumnElement[bool]]]:
    """Return the condition that leads along an index, the narrowest first, and the others, which no index answers."""
    c = exchanges.c
    whose = c.provider if asked.side is Side.PROVIDER else c.agency
    told = [
        (c.agreement, asked.agreement),
        (c.system, asked.system),
        (c.reason, asked.reason),
        (c.database, asked.database),
        (whose, asked.agency),
        (c.service, asked.service),
        (c.happened, asked.happened.value if asked.happened else ""),
        (c.ending, asked.ending.value if asked.ending else ""),
    ]
    wanted = [(column, value) for column, value in told if value]
    if asked.marks is not None:
        # A person has few exchanges: they lead, whatever else is asked.
        whom = sa.select(marks.c.exchange_id).where(marks.c.mark.in_(asked.marks))
        return [c.exchange_id.in_(whom)], [sa.func.coalesce(column, "") == value for column, value in wanted]
    indexed = next((one for one in wanted if one[0].name not in ("service", "happened", "ending")), None)
    # The indexes leave out what is empty, which a planner believes when it is told so.
    leading = [indexed[0] == indexed[1], indexed[0] != sa.literal_column("''")] if indexed else []
    # Neither engine's planner may lead along another one: it does not know how rare a value is.
    other = [sa.func.coalesce(column, "") == value for column, value in wanted if (column, value) != indexed]
    return leading, other


def _found(row: sa.RowMapping) -> Found:
    return found_of({str(name): value for name, value in row.items()})
