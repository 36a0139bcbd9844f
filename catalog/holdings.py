"""What does the catalogue hold, in slices that fit in memory whatever its size?

A database with its owner and the moments of its life; the versions of its services, some hundred at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import and_, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from catalog.agencies import described_agency
from catalog.descriptions import AgencyDescription, DatabaseDescription
from catalog.errors import NotThere
from catalog.services import ServiceView, view_of
from catalog.states import ServiceState
from catalog.tables import AgencyRow, DatabaseRow, ServiceVersionRow

SLICE = 50
"""How many service versions are read at once: between two slices others have their turn."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A database, who owns it, since when it stands in the catalogue, and when something of it last changed."""

    database: DatabaseDescription
    owner: AgencyDescription
    issued: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How a version of a service stands: since when, and until when, if that is known."""

    version: int
    state: ServiceState
    published_at: datetime
    deprecated_at: datetime | None
    sunset_at: datetime | None
    successor: int | None


async def list_holdings(session: AsyncSession) -> list[Holding]:
    """Return all databases: the province's by number, then the others by code."""
    changed = dict((await session.exec(_changes())).all())
    rows = select(DatabaseRow, AgencyRow).join(AgencyRow, col(AgencyRow.code) == col(DatabaseRow.owner))
    rows = rows.order_by(col(DatabaseRow.number).is_(None), col(DatabaseRow.number), col(DatabaseRow.code))
    return [_holding(row, owner, changed.get(row.code)) for row, owner in await session.exec(rows)]


async def show_holding(session: AsyncSession, code: str) -> Holding:
    """Return one database. Raises NotThere."""
    row = await session.get(DatabaseRow, code)
    if row is None:
        raise NotThere("database", code)
    owner = (await session.exec(select(AgencyRow).where(AgencyRow.code == row.owner))).one()
    changed = dict((await session.exec(_changes().where(ServiceVersionRow.database == code))).all())
    return _holding(row, owner, changed.get(code))


async def read_versions(
    session: AsyncSession, database: str, *, after: ServiceView | None = None, limit: int = SLICE
) -> list[ServiceView]:
    """Return versions of a database's services that are not retired, in order, those that come after `after`."""
    rows = (
        select(ServiceVersionRow)
        .where(ServiceVersionRow.database == database, ServiceVersionRow.state != ServiceState.RETIRED)
        .order_by(col(ServiceVersionRow.service), col(ServiceVersionRow.version))
        .limit(limit)
    )
    if after is not None:
        service, version = after.service.code, after.service.version
        rows = rows.where(
            or_(
                col(ServiceVersionRow.service) > service,
                and_(col(ServiceVersionRow.service) == service, col(ServiceVersionRow.version) > version),
            )
        )
    return [view_of(row) for row in await session.exec(rows)]


async def read_all_versions(
    session: AsyncSession, *, after: ServiceView | None = None, limit: int = SLICE
) -> list[ServiceView]:
    """Return all versions of all services, retired ones too, in order, those that come after `after`."""
    place = (col(ServiceVersionRow.database), col(ServiceVersionRow.service), col(ServiceVersionRow.version))
    rows = select(ServiceVersionRow).order_by(*place).limit(limit)
    if after is not None:
        service = after.service
        rows = rows.where(tuple_(*place) > (service.database, service.code, service.version))
    return [view_of(row) for row in await session.exec(rows)]


async def read_lifetimes(
    session: AsyncSession, database: str, services: Sequence[str]
) -> Mapping[str, Sequence[Lifetime]]:
    """Return all versions of some services of a database, retired ones too, by service, the newest first."""
    rows = (
        select(ServiceVersionRow)
        .where(ServiceVersionRow.database == database, col(ServiceVersionRow.service).in_(services))
        .order_by(col(ServiceVersionRow.service), col(ServiceVersionRow.version).desc())
    )
    found: dict[str, list[Lifetime]] = {}
    for row in await session.exec(rows):
        lifetime = Lifetime(
            row.version, ServiceState(row.state), row.published_at, row.deprecated_at, row.sunset_at, row.successor
        )
        found.setdefault(row.service, []).append(lifetime)
    return found


def _changes() -> Select[str, datetime]:
    moments = func.max(func.coalesce(col(ServiceVersionRow.deprecated_at), col(ServiceVersionRow.published_at)))
    return select(ServiceVersionRow.database, moments).group_by(ServiceVersionRow.database)


def _holding(row: DatabaseRow, owner: AgencyRow, changed: datetime | None) -> Holding:
    return Holding(
        msgspec.json.decode(row.description, type=DatabaseDescription),
        described_agency(owner),
        row.created_at,
        row.created_at if changed is None else max(changed, row.created_at),
    )
