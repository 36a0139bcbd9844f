"""Of which months may nothing be removed or erased, because somebody with the right to say so said so?

A legal hold names why, over which months, and for the sake of which agency's or database's records. What goes is a
whole month, so a hold keeps its months whole, whatever it names. Setting and lifting are on record (HOLD). Who set a
hold never lifts it (design 06, four eyes).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.codes import code_fault, page_fault, title_fault
from catalog.errors import AlreadyThere, Fault, FourEyes, NotThere, StateForbids
from catalog.tables import AgencyRow, DatabaseRow
from security.audit.encode import microseconds, moment_of
from security.audit.retention import HeldMonths, MonthUnclear, span_of_month

NOUN = "hold"

holds = sa.Table(
    "record_holds",
    sa.MetaData(),
    sa.Column("code", sa.String(100), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("first", sa.String(7), nullable=False),
    sa.Column("last", sa.String(7), nullable=False),
    sa.Column("agency", sa.String(35), nullable=False),
    sa.Column("database", sa.String(100), nullable=False),
    sa.Column("set_by", sa.String(100), nullable=False),
    sa.Column("set_at_us", sa.BigInteger, nullable=False),
    sa.Column("lifted_by", sa.String(100), nullable=False),
    sa.Column("lifted_at_us", sa.BigInteger, nullable=False),
    sa.Column("lifted_why", sa.Text, nullable=False),
)


class HoldDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hold as it is asked for: why, and over which months (`YYYY-MM`, UTC); an empty `last` has no end."""

    code: str
    reason: str
    first: str
    last: str = ""
    agency: str = ""
    database: str = ""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as it stands, or stood until it was lifted."""

    code: str
    reason: str
    first: str
    last: str
    agency: str
    database: str
    set_by: str
    set_at: datetime
    lifted_by: str = ""
    lifted_at: datetime | None = None
    lifted_why: str = ""

    @property
    def stands(self) -> bool:
        """Whether it was not lifted."""
        return self.lifted_at is None

    @property
    def months(self) -> HeldMonths:
        """The months that it is over."""
        return HeldMonths(self.code, self.first, self.last)


async def set_hold(session: AsyncSession, asked: HoldDescription, *, by: Actor) -> Change:
    """Set a hold. Raises ContentInvalid, AlreadyThere."""
    refuse_faults(
        code_fault("code", asked.code),
        page_fault("code", asked.code),
        title_fault("reason", asked.reason),
        *_span_faults(asked),
        await _agency_fault(session, asked.agency),
        await _database_fault(session, asked.database),
    )
    connection = await session.connection()
    if await _find(connection, asked.code) is not None:
        raise AlreadyThere(NOUN, asked.code)
    row = msgspec.to_builtins(asked)
    blank = {"lifted_by": "", "lifted_at_us": 0, "lifted_why": ""}
    await connection.execute(sa.insert(holds).values(**row, set_by=by.code, set_at_us=microseconds(by.at), **blank))
    agencies = (asked.agency,) if asked.agency else ()
    return Change(NOUN, asked.code, after=digest_of(row), state="standing", asked_by=by.code, agencies=agencies)


async def lift_hold(session: AsyncSession, code: str, *, why: str, by: Actor) -> Change:
    """Lift a hold. Raises NotThere, StateForbids, FourEyes for who set it, ContentInvalid without a reason."""
    connection = await session.connection()
    found = await _find(connection, code)
    if found is None:
        raise NotThere(NOUN, code)
    if not found.stands:
        raise StateForbids(NOUN, "lifted", "lift")
    if found.set_by == by.code:
        raise FourEyes("who set a hold never lifts it")
    refuse_faults(title_fault("reason", why))
    lifted = sa.update(holds).where(holds.c.code == code, holds.c.lifted_at_us == 0)
    done = await connection.execute(lifted.values(lifted_by=by.code, lifted_at_us=microseconds(by.at), lifted_why=why))
    if done.rowcount != 1:
        raise StateForbids(NOUN, "lifted", "lift")
    before = digest_of({"code": code, "stands": True})
    after = digest_of({"code": code, "stands": False, "why": why})
    return Change(NOUN, code, before=before, after=after, state="lifted", asked_by=found.set_by, approved_by=by.code)


async def list_holds(connection: AsyncConnection) -> list[Hold]:
    """Return every hold, those that stand first, then the one set last first."""
    order = (holds.c.lifted_at_us != 0, holds.c.set_at_us.desc(), holds.c.code)
    return [_hold(row) for row in (await connection.execute(sa.select(holds).order_by(*order))).mappings()]


async def show_hold(connection: AsyncConnection, code: str) -> Hold:
    """Return a hold. Raises NotThere."""
    found = await _find(connection, code)
    if found is None:
        raise NotThere(NOUN, code)
    return found


async def held_months(connection: AsyncConnection, *, until_done: bool = False) -> Sequence[HeldMonths]:
    """Return the months of the holds that stand; with `until_done` none is set before this transaction has ended."""
    if until_done and connection.dialect.name == "postgresql":
        # SQLite has one writer. Here a hold that is being set waits for us, or we for it and then see it.
        await connection.execute(sa.text("LOCK TABLE record_holds IN SHARE MODE"))
    return [hold.months for hold in await list_holds(connection) if hold.stands]


async def _find(connection: AsyncConnection, code: str) -> Hold | None:
    row = (await connection.execute(sa.select(holds).where(holds.c.code == code))).mappings().first()
    return None if row is None else _hold(row)


def _hold(row: sa.RowMapping) -> Hold:
    members = {name: row[name] for name in ("code", "reason", "first", "last", "agency", "database", "set_by")}
    return Hold(
        **members,
        set_at=moment_of(row["set_at_us"]),
        lifted_by=row["lifted_by"],
        lifted_at=moment_of(row["lifted_at_us"]) if row["lifted_at_us"] else None,
        lifted_why=row["lifted_why"],
    )


def _span_faults(asked: HoldDescription) -> list[Fault | None]:
    faults = [_month_fault("first", asked.first), _month_fault("last", asked.last) if asked.last else None]
    if not any(faults) and asked.last and asked.last < asked.first:
        faults.append(Fault("last", "không được trước tháng đầu", "must not be before the first month"))
    return faults


def _month_fault(where: str, month: str) -> Fault | None:
    try:
        span_of_month(month)
    except MonthUnclear:
        return Fault(where, "tháng viết như 2026-10", "a month is written as 2026-10")
    return None


async def _agency_fault(session: AsyncSession, agency: str) -> Fault | None:
    if not agency or await session.get(AgencyRow, agency) is not None:
        return None
    return Fault("agency", "không có cơ quan này", "there is no such agency")


async def _database_fault(session: AsyncSession, database: str) -> Fault | None:
    if not database or await session.get(DatabaseRow, database) is not None:
        return None
    return Fault("database", "không có cơ sở dữ liệu này", "there is no such database")
