"""Which agencies, systems and members of the staff are there: a page at a time?

Everything is filtered, sorted and cut in the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, SQLColumnExpression, Subquery, and_, func, or_
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import AccountRow
from catalog.agencies import described_agency
from catalog.descriptions import AgencyDescription, SystemDescription
from catalog.folding import fold
from catalog.inventory import Slice
from catalog.staff import StaffMember, member_of
from catalog.states import SystemState
from catalog.systems import described_system
from catalog.tables import AgencyRow, ClientKeyRow, StaffRow, SystemRow


class AgencyOrder(StrEnum):
    """By what a list of agencies is sorted."""

    CODE = "code"
    NAME = "name"
    ADDED = "added"


class SystemOrder(StrEnum):
    """By what a list of systems is sorted."""

    CODE = "code"
    NAME = "name"
    AGENCY = "agency"
    EXPIRY = "expiry"


class MemberOrder(StrEnum):
    """By what a list of the staff is sorted."""

    CODE = "code"
    NAME = "name"
    ROLE = "role"
    AGENCY = "agency"
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency in a list."""

    agency: AgencyDescription
    parent_name: str
    systems: int
    staff: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A system in a list, with how many keys and secrets it can use now and when the last of them ends."""

    system: SystemDescription
    state: SystemState
    agency_name: str
    keys: int
    next_expiry: datetime | None


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of the staff in a list, and how he signs in."""

    member: StaffMember
    agency_name: str
    email: str
    has_password: bool
    has_device: bool
    by_sso: bool
    locked_until: datetime | None
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class SystemFilter:
    """Which systems are wanted. `within`: whose may be seen at all (None: everybody's); the rest narrows it.

    `expiring_by`: those with a key or secret in use that ends before that moment.
    """

    now: datetime
    within: Sequence[str] | None = None
    words: str = ""
    agency: str = ""
    state: SystemState | None = None
    legacy: bool | None = None
    expiring_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members are wanted. `within` as for systems; None and empty do not choose."""

    within: Sequence[str] | None = None
    words: str = ""
    role: str = ""
    agency: str = ""
    active: bool | None = None


# --- agencies --------------------------------------------------------------------------------------------------------


async def find_agencies(
    session: AsyncSession, *, words: str = "", parent: str = "", order: AgencyOrder = AgencyOrder.CODE, part: Slice
) -> list[AgencyLine]:
    """Return agencies whose text has all of `words`, below `parent` where that is given."""
    columns: Mapping[AgencyOrder, Sequence[SQLColumnExpression[object]]] = {
        AgencyOrder.CODE: [],
        AgencyOrder.NAME: [col(AgencyRow.name_vi)],
        AgencyOrder.ADDED: [col(AgencyRow.created_at)],
    }
    above = aliased(AgencyRow)
    chosen = (
        select(AgencyRow, above.name_vi)
        .outerjoin(above, col(above.code) == col(AgencyRow.parent))
        .where(*_agency_conditions(words, parent))
        .order_by(*_sorted([*columns[order], col(AgencyRow.code)], part))
        .limit(part.limit)
        .offset(part.offset)
    )
    found = (await session.exec(chosen)).all()
    codes = [row.code for row, _ in found]
    systems = await _counted(session, col(SystemRow.agency), codes)
    staff = await _counted(session, col(StaffRow.agency), codes, col(StaffRow.deactivated_at).is_(None))
    return [
        AgencyLine(described_agency(row), name or "", systems.get(row.code, 0), staff.get(row.code, 0), row.created_at)
        for row, name in found
    ]


async def count_agencies(session: AsyncSession, *, words: str = "", parent: str = "") -> int:
    """Return how many agencies `find_agencies` would find."""
    counted = select(func.count()).select_from(AgencyRow).where(*_agency_conditions(words, parent))
    return int((await session.exec(counted)).one())


async def agency_names(session: AsyncSession) -> list[tuple[str, str]]:
    """Return code and name of every agency, by name: for forms that let one be chosen."""
    named = select(AgencyRow.code, AgencyRow.name_vi).order_by(col(AgencyRow.name_vi), col(AgencyRow.code))
    return [(code, name) for code, name in await session.exec(named)]


async def parents(session: AsyncSession) -> list[tuple[str, str]]:
    """Return code and name of every agency that has others below it, by name."""
    above = select(AgencyRow.parent).where(col(AgencyRow.parent).is_not(None))
    named = select(AgencyRow.code, AgencyRow.name_vi).where(col(AgencyRow.code).in_(above))
    return [(code, name) for code, name in await session.exec(named.order_by(col(AgencyRow.name_vi)))]


# --- systems ---------------------------------------------------------------------------------------------------------


async def find_systems(
    session: AsyncSession, wanted: SystemFilter, *, order: SystemOrder = SystemOrder.CODE, part: Slice
) -> list[SystemLine]:
    """Return the wanted systems."""
    keys = _keys_in_use(wanted.now)
    columns: Mapping[SystemOrder, Sequence[SQLColumnExpression[object]]] = {
        SystemOrder.CODE: [],
        SystemOrder.NAME: [col(SystemRow.name_vi)],
        SystemOrder.AGENCY: [col(AgencyRow.name_vi)],
        SystemOrder.EXPIRY: [keys.c.expiry.is_(None), keys.c.expiry],
    }
    chosen = (
        select(SystemRow, AgencyRow.name_vi, keys.c.many, keys.c.expiry)
        .join(AgencyRow, col(AgencyRow.code) == col(SystemRow.agency))
        .outerjoin(keys, keys.c.system == col(SystemRow.code))
        .where(*_system_conditions(wanted))
        .order_by(*_sorted([*columns[order], col(SystemRow.code)], part))
        .limit(part.limit)
        .offset(part.offset)
    )
    return [
        SystemLine(described_system(row), SystemState(row.state), name, many or 0, expiry)
        for row, name, many, expiry in (await session.exec(chosen)).all()
    ]


async def count_systems(session: AsyncSession, wanted: SystemFilter) -> int:
    """Return how many systems `find_systems` would find."""
    counted = select(func.count()).select_from(SystemRow).where(*_system_conditions(wanted))
    return int((await session.exec(counted)).one())


# --- staff -----------------------------------------------------------------------------------------------------------


async def find_members(
    session: AsyncSession, wanted: MemberFilter, *, order: MemberOrder = MemberOrder.CODE, part: Slice
) -> list[MemberLine]:
    """Return the wanted members of the staff."""
    columns: Mapping[MemberOrder, Sequence[SQLColumnExpression[object]]] = {
        MemberOrder.CODE: [],
        MemberOrder.NAME: [col(StaffRow.name)],
        MemberOrder.ROLE: [col(StaffRow.role)],
        MemberOrder.AGENCY: [col(AgencyRow.name_vi)],
        MemberOrder.SIGNED_IN: [col(AccountRow.signed_in_at).is_(None), col(AccountRow.signed_in_at)],
    }
    chosen = (
        select(StaffRow, AgencyRow.name_vi, AccountRow)
        .join(AgencyRow, col(AgencyRow.code) == col(StaffRow.agency))
        .outerjoin(AccountRow, col(AccountRow.staff) == col(StaffRow.code))
        .where(*_member_conditions(wanted))
        .order_by(*_sorted([*columns[order], col(StaffRow.code)], part))
        .limit(part.limit)
        .offset(part.offset)
    )
    return [_member_line(*found) for found in (await session.exec(chosen)).all()]


async def count_members(session: AsyncSession, wanted: MemberFilter) -> int:
    """Return how many members `find_members` would find."""
    counted = select(func.count()).select_from(StaffRow).where(*_member_conditions(wanted))
    return int((await session.exec(counted)).one())


# --- conditions ------------------------------------------------------------------------------------------------------


def _member_line(staff: StaffRow, agency_name: str, account: AccountRow | None) -> MemberLine:
    if account is None:
        return MemberLine(member_of(staff), agency_name, "", False, False, False, None, None)
    return MemberLine(
        member=member_of(staff),
        agency_name=agency_name,
        email=account.email,
        has_password=account.password_hash is not None,
        has_device=account.totp_sealed is not None,
        by_sso=account.oidc_subject is not None,
        locked_until=account.locked_until,
        signed_in_at=account.signed_in_at,
    )


def _agency_conditions(words: str, parent: str) -> list[ColumnElement[bool]]:
    return [*_has_words(col(AgencyRow.folded), words), *([col(AgencyRow.parent) == parent] if parent else [])]


def _system_conditions(wanted: SystemFilter) -> list[ColumnElement[bool]]:
    found = _has_words(col(SystemRow.folded), wanted.words)
    if wanted.within is not None:
        found.append(col(SystemRow.agency).in_(wanted.within))
    if wanted.agency:
        found.append(col(SystemRow.agency) == wanted.agency)
    if wanted.state is not None:
        found.append(col(SystemRow.state) == wanted.state)
    if wanted.legacy is not None:
        found.append(col(SystemRow.legacy).is_(wanted.legacy))
    if wanted.expiring_by is not None:
        soon = col(ClientKeyRow.expires_at) < wanted.expiring_by
        ending = select(ClientKeyRow.system).where(_in_use(wanted.now), soon)
        found.append(col(SystemRow.code).in_(ending))
    return found


def _member_conditions(wanted: MemberFilter) -> list[ColumnElement[bool]]:
    found = _has_words(col(StaffRow.folded), wanted.words)
    if wanted.within is not None:
        found.append(col(StaffRow.agency).in_(wanted.within))
    if wanted.role:
        found.append(col(StaffRow.role) == wanted.role)
    if wanted.agency:
        found.append(col(StaffRow.agency) == wanted.agency)
    if wanted.active is not None:
        left = col(StaffRow.deactivated_at)
        found.append(left.is_(None) if wanted.active else left.is_not(None))
    return found


def _in_use(now: datetime) -> ColumnElement[bool]:
    """Keys and secrets that prove something now."""
    expiry = col(ClientKeyRow.expires_at)
    return and_(col(ClientKeyRow.revoked_at).is_(None), or_(expiry.is_(None), expiry > now))


def _keys_in_use(now: datetime) -> Subquery:
    counted = select(ClientKeyRow.system, func.count().label("many"), func.min(ClientKeyRow.expires_at).label("expiry"))
    return counted.where(_in_use(now)).group_by(col(ClientKeyRow.system)).subquery()


def _has_words(folded: Mapped[str], words: str) -> list[ColumnElement[bool]]:
    return [folded.contains(word, autoescape=True) for word in fold(words).split()]


def _sorted(columns: Sequence[SQLColumnExpression[object]], part: Slice) -> list[ColumnElement[object]]:
    return [column.desc() if part.descending else column.asc() for column in columns]


async def _counted(
    session: AsyncSession, column: SQLColumnExpression[str], codes: Sequence[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    counted = select(column, func.count()).where(column.in_(codes), *conditions).group_by(column)
    return dict((await session.exec(counted)).all())
