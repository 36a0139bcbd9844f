"""Which agreements are there, of the hundred thousand: an agency's, a database's, in a state, expiring, waiting?

Everything is filtered, sorted and cut in the database, by the columns that `catalog/agreement_standing.py` keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.folding import fold
from catalog.states import IN_FORCE, AgreementState, Side
from catalog.tables import AgencyRow, AgreementRow, DatabaseRow


class Order(StrEnum):
    """By what a list of agreements is sorted."""

    CHANGED = "changed"
    CODE = "code"
    DATABASE = "database"
    CONSUMER = "consumer"
    PROVIDER = "provider"
    STATE = "state"
    UNTIL = "until"


WAITS_FOR: Mapping[Side, tuple[AgreementState, ...]] = {
    Side.CONSUMER: (AgreementState.DRAFT, AgreementState.RETURNED),
    Side.PROVIDER: (AgreementState.SUBMITTED, AgreementState.APPROVED),
    Side.PLATFORM: (AgreementState.APPROVED,),
}
"""Which side has to do something next about a version that is asked for."""
_COLUMNS: Mapping[Order, str] = {
    Order.CHANGED: "changed_at",
    Order.CODE: "code",
    Order.DATABASE: "database",
    Order.CONSUMER: "consumer_agency",
    Order.PROVIDER: "provider_agency",
    Order.STATE: "state",
    Order.UNTIL: "valid_until",
}


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """Which agreements are wanted. Empty members do not choose.

    `within` are the agencies whose agreements may be seen at all (None: everybody's). `agency` is a party, on `side`
    where that is given. `in_force`: active or suspended; `expiring_by`: so, and for no longer than that day.
    `waiting_for` are pairs of a side and an agency (empty: any): agreements about which that side has to do something
    next.
    """

    within: tuple[str, ...] | None = None
    words: str = ""
    state: AgreementState | None = None
    database: str = ""
    agency: str = ""
    side: Side | None = None
    in_force: bool = False
    expiring_by: date | None = None
    waiting_for: tuple[tuple[Side, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement in a list. `version`, `state` and `valid_until` are those of the version in force, else the newest.

    `asked` is the state of a version that is being asked for, None where none is.
    """

    code: str
    database: str
    provider_agency: str
    consumer_agency: str
    version: int
    state: AgreementState
    asked: AgreementState | None
    valid_until: date | None
    changed_at: datetime | None


async def list_agreements(
    session: AsyncSession,
    wanted: AgreementFilter,
    *,
    order: Order = Order.CHANGED,
    descending: bool = False,
    limit: int,
    offset: int = 0,
) -> list[AgreementLine]:
    """Return the agreements that are wanted, at most `limit` after the first `offset`."""
    columns = [AgreementRow.__table__.c[name] for name in (_COLUMNS[order], "code")]  # type: ignore[attr-defined]  # SQLModel does not declare it
    sorted_by = [column.desc() if descending else column.asc() for column in columns]
    chosen = select(AgreementRow).where(*_conditions(wanted)).order_by(*sorted_by).limit(limit).offset(offset)
    return [_line(row) for row in await session.exec(chosen)]


async def count_agreements(session: AsyncSession, wanted: AgreementFilter) -> int:
    """Return how many agreements are wanted."""
    counted = select(func.count()).select_from(AgreementRow).where(*_conditions(wanted))
    return int((await session.exec(counted)).one())


async def count_by_state(session: AsyncSession, wanted: AgreementFilter) -> dict[AgreementState, int]:
    """Return how many of the agreements that are wanted stand in each state."""
    counted = select(AgreementRow.state, func.count()).where(*_conditions(wanted)).group_by(AgreementRow.state)
    return {AgreementState(state): int(count) for state, count in await session.exec(counted) if state}


def expiring_within(days: int, *, today: date, agencies: Sequence[str] | None = None) -> AgreementFilter:
    """Return the filter of what ends within `days` days of `today` (in the province's time)."""
    return AgreementFilter(
        within=None if agencies is None else tuple(agencies), expiring_by=today + timedelta(days=days)
    )


def _conditions(wanted: AgreementFilter) -> list[ColumnElement[bool]]:
    consumer, provider = col(AgreementRow.consumer_agency), col(AgreementRow.provider_agency)
    found: list[ColumnElement[bool]] = []
    if wanted.within is not None:
        found.append(or_(consumer.in_(wanted.within), provider.in_(wanted.within)))
    if wanted.state is not None:
        found.append(col(AgreementRow.state) == str(wanted.state))
    if wanted.database:
        found.append(col(AgreementRow.database) == wanted.database)
    if wanted.agency:
        found.append(_party(wanted.agency, wanted.side))
    if wanted.in_force or wanted.expiring_by is not None:
        found.append(col(AgreementRow.state).in_(sorted(IN_FORCE)))
    if wanted.expiring_by is not None:
        found.append(col(AgreementRow.valid_until) <= wanted.expiring_by)
    if wanted.waiting_for:
        found.append(or_(*(_waiting(side, agency) for side, agency in wanted.waiting_for)))
    found.extend(_says(word) for word in fold(wanted.words).split())
    return found


def _party(agency: str, side: Side | None) -> ColumnElement[bool]:
    consumer, provider = col(AgreementRow.consumer_agency) == agency, col(AgreementRow.provider_agency) == agency
    match side:
        case Side.CONSUMER:
            return consumer
        case Side.PROVIDER:
            return provider
        case Side.PLATFORM | None:
            return or_(consumer, provider)
        case _:
            assert_never(side)


def _waiting(side: Side, agency: str) -> ColumnElement[bool]:
    of = col(AgreementRow.consumer_agency if side is Side.CONSUMER else AgreementRow.provider_agency)
    states = col(AgreementRow.open_state).in_([str(state) for state in WAITS_FOR[side]])
    return and_(states, of == agency) if agency else states


def _says(word: str) -> ColumnElement[bool]:
    """A word of the code, or of the name of the database or of a party: those tables are short, this one is not."""
    agencies = select(AgencyRow.code).where(col(AgencyRow.folded).contains(word, autoescape=True))
    databases = select(DatabaseRow.code).where(col(DatabaseRow.folded).contains(word, autoescape=True))
    return or_(
        func.upper(col(AgreementRow.code)).contains(word, autoescape=True),
        col(AgreementRow.database).in_(databases),
        col(AgreementRow.consumer_agency).in_(agencies),
        col(AgreementRow.provider_agency).in_(agencies),
    )


def _line(row: AgreementRow) -> AgreementLine:
    return AgreementLine(
        code=row.code,
        database=row.database,
        provider_agency=row.provider_agency,
        consumer_agency=row.consumer_agency,
        version=row.version,
        # Empty: written by the previous release, which runs beside this one, and not changed since.
        state=AgreementState(row.state or AgreementState.DRAFT),
        asked=AgreementState(row.open_state) if row.open_state else None,
        valid_until=row.valid_until,
        changed_at=row.changed_at,
    )
