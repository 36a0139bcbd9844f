"""What does an agency keep in the catalogue, and who depends on it: a page at a time?

Everything is filtered, sorted and cut in the database; of what is long only the titles are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, SQLColumnExpression, func
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.descriptions import DatabaseDescription, ProviderDescription
from catalog.folding import fold
from catalog.importers.draft import Source
from catalog.states import IN_FORCE, SERVED, AgreementState, PublicationState, ServiceState
from catalog.tables import (
    AgencyRow,
    AgreementRow,
    AgreementVersionRow,
    DatabaseRow,
    ProviderRow,
    PublicationDraftRow,
    ServiceRow,
    ServiceVersionRow,
)

_AT_ONCE: Final = 1000  # a statement may have some ten thousand parameters


class DatabaseOrder(StrEnum):
    """By what a list of databases is sorted."""

    NUMBER = "number"
    CODE = "code"
    OWNER = "owner"
    ADDED = "added"


class ProviderOrder(StrEnum):
    """By what a list of providers is sorted."""

    CODE = "code"
    AGENCY = "agency"
    ADAPTER = "adapter"
    CHANGED = "changed"


class DraftOrder(StrEnum):
    """By what a list of drafts is sorted."""

    CHANGED = "changed"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is read."""

    limit: int
    offset: int = 0
    descending: bool = False


@dataclass(frozen=True, slots=True)
class DatabaseLine:
    """A database in a list, with the name of its owner, and how many services and agreements it has."""

    database: DatabaseDescription
    owner_name: str
    added_at: datetime
    services: int
    agreements: int


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A service version in a list."""

    database: str
    service: str
    version: int
    title_vi: str
    title_en: str
    provider: str
    state: ServiceState
    published_at: datetime
    sunset_at: datetime | None
    successor: int | None


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A provider in a list, and how many service versions it serves: retired ones are not among them."""

    provider: ProviderDescription
    agency_name: str
    changed_at: datetime
    services: int


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A publication in a list."""

    code: str
    database: str
    owner: str
    source: Source
    state: PublicationState
    title_vi: str
    title_en: str
    tried: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Dependent:
    """An agreement about a database: with whom, how it stands, which systems call, and which services it names."""

    agreement: str
    consumer: str
    consumer_name: str
    state: AgreementState
    valid_until: date
    systems: tuple[str, ...]
    services: tuple[str, ...]


class _Titled(msgspec.Struct):
    title_vi: str
    title_en: str = ""


class _Drafted(msgspec.Struct):
    service: _Titled


class _Prepared(msgspec.Struct):
    draft: _Drafted


class _Granted(msgspec.Struct):
    service: str
    version: int


class _Agreed(msgspec.Struct):
    systems: tuple[str, ...] = ()
    grants: tuple[_Granted, ...] = ()


async def find_databases(
    session: AsyncSession,
    *,
    words: str = "",
    owner: str = "",
    national: bool | None = None,
    order: DatabaseOrder = DatabaseOrder.NUMBER,
    part: Slice,
) -> list[DatabaseLine]:
    """Return databases whose text has all of `words`; of one agency, or of the nation or the province, where given."""
    columns: Mapping[DatabaseOrder, Sequence[SQLColumnExpression[object]]] = {
        DatabaseOrder.NUMBER: [col(DatabaseRow.number).is_(None), col(DatabaseRow.number)],
        DatabaseOrder.CODE: [],
        DatabaseOrder.OWNER: [col(AgencyRow.name_vi)],
        DatabaseOrder.ADDED: [col(DatabaseRow.created_at)],
    }
    chosen = (
        select(DatabaseRow, AgencyRow.name_vi)
        .join(AgencyRow, col(AgencyRow.code) == col(DatabaseRow.owner))
        .where(*_database_conditions(words, owner, national))
        .order_by(*_sorted([*columns[order], col(DatabaseRow.code)], part))
        .limit(part.limit)
        .offset(part.offset)
    )
    found = (await session.exec(chosen)).all()
    codes = [row.code for row, _ in found]
    services = await _counted(session, col(ServiceRow.database), codes)
    agreements = await _counted(session, col(AgreementRow.database), codes)
    return [
        DatabaseLine(
            msgspec.json.decode(row.description, type=DatabaseDescription),
            name,
            row.created_at,
            services.get(row.code, 0),
            agreements.get(row.code, 0),
        )
        for row, name in found
    ]


async def count_databases(
    session: AsyncSession, *, words: str = "", owner: str = "", national: bool | None = None
) -> int:
    """Return how many databases `find_databases` would find."""
    counted = select(func.count()).select_from(DatabaseRow).where(*_database_conditions(words, owner, national))
    return int((await session.exec(counted)).one())


async def find_versions(
    session: AsyncSession,
    *,
    database: str = "",
    service: str = "",
    provider: str = "",
    state: ServiceState | None = None,
    words: str = "",
    part: Slice,
) -> list[VersionLine]:
    """Return service versions of a database, or those that a provider serves, by service and number."""
    chosen = select(ServiceVersionRow)
    if database:
        chosen = chosen.where(ServiceVersionRow.database == database)
    if service:
        chosen = chosen.where(ServiceVersionRow.service == service)
    if provider:
        chosen = chosen.where(ServiceVersionRow.provider == provider)
    if state is not None:
        chosen = chosen.where(ServiceVersionRow.state == state)
    said = [col(ServiceRow.folded).contains(word, autoescape=True) for word in fold(words).split()]
    if said:
        named = select(ServiceRow.code).where(ServiceRow.database == database, *said)
        chosen = chosen.where(col(ServiceVersionRow.service).in_(named))
    order = _sorted([col(ServiceVersionRow.service), col(ServiceVersionRow.version)], part)
    rows = await session.exec(chosen.order_by(*order).limit(part.limit).offset(part.offset))
    return [_version(row) for row in rows]


async def find_providers(
    session: AsyncSession,
    *,
    words: str = "",
    agency: str = "",
    adapter: str = "",
    order: ProviderOrder = ProviderOrder.CODE,
    part: Slice,
) -> list[ProviderLine]:
    """Return providers whose code has all of `words`, of an agency or a technology where given."""
    columns: Mapping[ProviderOrder, Sequence[SQLColumnExpression[object]]] = {
        ProviderOrder.CODE: [],
        ProviderOrder.AGENCY: [col(AgencyRow.name_vi)],
        ProviderOrder.ADAPTER: [col(ProviderRow.adapter)],
        ProviderOrder.CHANGED: [col(ProviderRow.changed_at)],
    }
    chosen = select(ProviderRow, AgencyRow.name_vi).join(AgencyRow, col(AgencyRow.code) == col(ProviderRow.agency))
    chosen = chosen.where(
        *[func.upper(col(ProviderRow.code)).contains(word, autoescape=True) for word in fold(words).split()]
    )
    if agency:
        chosen = chosen.where(ProviderRow.agency == agency)
    if adapter:
        chosen = chosen.where(ProviderRow.adapter == adapter)
    chosen = chosen.order_by(*_sorted([*columns[order], col(ProviderRow.code)], part))
    found = (await session.exec(chosen.limit(part.limit).offset(part.offset))).all()
    in_service = col(ServiceVersionRow.state).in_(sorted(SERVED))
    served = await _counted(session, col(ServiceVersionRow.provider), [row.code for row, _ in found], in_service)
    return [
        ProviderLine(
            msgspec.json.decode(row.description, type=ProviderDescription),
            name,
            row.changed_at,
            served.get(row.code, 0),
        )
        for row, name in found
    ]


async def list_adapters(session: AsyncSession) -> list[str]:
    """Return the technologies that providers are reached by."""
    return sorted(await session.exec(select(ProviderRow.adapter).distinct()))


async def find_drafts(
    session: AsyncSession,
    *,
    owner: str = "",
    database: str = "",
    state: PublicationState | None = None,
    order: DraftOrder = DraftOrder.CHANGED,
    part: Slice,
) -> list[DraftLine]:
    """Return publications, of an agency's databases, of one database, or in a state where given."""
    chosen = select(PublicationDraftRow, DatabaseRow.owner).join(
        DatabaseRow, col(DatabaseRow.code) == col(PublicationDraftRow.database)
    )
    if owner:
        chosen = chosen.where(DatabaseRow.owner == owner)
    if database:
        chosen = chosen.where(PublicationDraftRow.database == database)
    if state is not None:
        chosen = chosen.where(PublicationDraftRow.state == state)
    columns: list[SQLColumnExpression[object]] = [col(PublicationDraftRow.code)]
    if order is DraftOrder.CHANGED:
        columns.insert(0, col(PublicationDraftRow.changed_at))
    rows = await session.exec(chosen.order_by(*_sorted(columns, part)).limit(part.limit).offset(part.offset))
    return [_draft(row, of) for row, of in rows]


async def find_dependents(session: AsyncSession, database: str, *, part: Slice) -> list[Dependent]:
    """Return the agreements about a database by code, each as the version in force stands, else the newest."""
    code = col(AgreementRow.code)
    chosen = select(AgreementRow.code).where(AgreementRow.database == database).order_by(*_sorted([code], part))
    codes = (await session.exec(chosen.limit(part.limit).offset(part.offset))).all()
    return await read_dependents(session, codes)


async def read_dependents(session: AsyncSession, codes: Sequence[str]) -> list[Dependent]:
    """Return these agreements in this order, those that are there."""
    found: dict[str, Dependent] = {}
    for begin in range(0, len(codes), _AT_ONCE):
        for one in await _dependents(session, codes[begin : begin + _AT_ONCE]):
            found[one.agreement] = one
    return [found[code] for code in codes if code in found]


async def _dependents(session: AsyncSession, codes: Sequence[str]) -> list[Dependent]:
    rows = (
        select(AgreementRow, AgencyRow.name_vi)
        .join(AgencyRow, col(AgencyRow.code) == col(AgreementRow.consumer_agency))
        .where(col(AgreementRow.code).in_(codes))
    )
    versions = select(AgreementVersionRow).where(col(AgreementVersionRow.agreement).in_(codes))
    telling: dict[str, AgreementVersionRow] = {}
    for version in await session.exec(versions.order_by(col(AgreementVersionRow.version))):
        held = telling.get(version.agreement)
        if held is None or AgreementState(held.state) not in IN_FORCE:
            telling[version.agreement] = version
    return [_dependent(row, name, telling[row.code]) for row, name in await session.exec(rows)]


def _database_conditions(words: str, owner: str, national: bool | None) -> list[ColumnElement[bool]]:
    found = [col(DatabaseRow.folded).contains(word, autoescape=True) for word in fold(words).split()]
    if owner:
        found.append(col(DatabaseRow.owner) == owner)
    if national is not None:
        found.append(col(DatabaseRow.national) == national)
    return found


def _sorted(columns: Sequence[SQLColumnExpression[object]], part: Slice) -> list[SQLColumnExpression[object]]:
    return [column.desc() if part.descending else column.asc() for column in columns]


async def _counted(
    session: AsyncSession,
    column: Mapped[str] | Mapped[str | None],
    values: Sequence[str],
    *conditions: ColumnElement[bool],
) -> dict[str, int]:
    """Return how many rows that meet the conditions have each of `values`."""
    counted = select(column, func.count()).where(column.in_(values), *conditions).group_by(column)
    return {str(value): int(count) for value, count in await session.exec(counted)}


def _version(row: ServiceVersionRow) -> VersionLine:
    says = msgspec.json.decode(row.description, type=_Titled)
    return VersionLine(
        row.database,
        row.service,
        row.version,
        says.title_vi,
        says.title_en,
        row.provider or "",
        ServiceState(row.state),
        row.published_at,
        row.sunset_at,
        row.successor,
    )


def _draft(row: PublicationDraftRow, owner: str) -> DraftLine:
    says = msgspec.json.decode(row.document, type=_Prepared).draft.service
    return DraftLine(
        row.code,
        row.database,
        owner,
        Source(row.source),
        PublicationState(row.state),
        says.title_vi,
        says.title_en,
        row.tried,
        row.changed_by,
        row.changed_at,
    )


def _dependent(row: AgreementRow, name: str, version: AgreementVersionRow) -> Dependent:
    agreed = msgspec.json.decode(version.terms, type=_Agreed)
    return Dependent(
        row.code,
        row.consumer_agency,
        name,
        AgreementState(version.state),
        version.valid_until,
        agreed.systems,
        tuple(dict.fromkeys(f"{one.service}/v{one.version}" for one in agreed.grants)),
    )
