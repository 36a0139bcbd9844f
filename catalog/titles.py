"""What is an agency, a system, a database or an operation called, by its code?

For lists of many codes: one question to each table, for the codes that are shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import AgencyRow, DatabaseRow, ServiceVersionRow, SystemRow

_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Title:
    """A name in both languages; `en` is the Vietnamese one where no other is known."""

    vi: str
    en: str


class _Titled(msgspec.Struct, frozen=True):
    title_vi: str
    title_en: str = ""


class _Operation(_Titled, frozen=True, kw_only=True):
    code: str


class _Service(_Titled, frozen=True, kw_only=True):
    operations: tuple[_Operation, ...] = ()


async def agency_titles(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Title]:
    """Return the names of agencies; a code that there is none of is left out."""
    rows = select(AgencyRow.code, AgencyRow.name_vi, AgencyRow.name_en).where(col(AgencyRow.code).in_(_some(codes)))
    return {code: _title(vi, en) for code, vi, en in await session.exec(rows)}


async def system_titles(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Title]:
    """Return the names of systems; a code that there is none of is left out."""
    rows = select(SystemRow.code, SystemRow.name_vi, SystemRow.name_en).where(col(SystemRow.code).in_(_some(codes)))
    return {code: _title(vi, en) for code, vi, en in await session.exec(rows)}


async def database_titles(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Title]:
    """Return the titles of databases; a code that there is none of is left out."""
    rows = select(DatabaseRow.code, DatabaseRow.description).where(col(DatabaseRow.code).in_(_some(codes)))
    return {code: _described(description) for code, description in await session.exec(rows)}


async def service_titles(session: AsyncSession, keys: Iterable[str]) -> Mapping[str, Title]:
    """Return the titles of service versions and their operations, by `database/service/v1` and that with `/operation`.

    A key of either kind asks for the service and all its operations.
    """
    wanted = {tuple(key.split("/")[:3]) for key in keys}
    services = sorted({one[1] for one in wanted if len(one) == 3})
    rows = select(
        ServiceVersionRow.database, ServiceVersionRow.service, ServiceVersionRow.version, ServiceVersionRow.description
    ).where(col(ServiceVersionRow.service).in_(services[:_MOST]))
    found: dict[str, Title] = {}
    for database, service, version, description in await session.exec(rows):
        if (database, service, f"v{version}") not in wanted:
            continue
        described, key = msgspec.json.decode(description, type=_Service), f"{database}/{service}/v{version}"
        found[key] = _title(described.title_vi, described.title_en)
        found |= {f"{key}/{one.code}": _title(one.title_vi, one.title_en) for one in described.operations}
    return found


def _described(description: bytes) -> Title:
    titled = msgspec.json.decode(description, type=_Titled)
    return _title(titled.title_vi, titled.title_en)


def _title(vi: str, en: str) -> Title:
    return Title(vi, en or vi)


def _some(codes: Iterable[str]) -> list[str]:
    # SQLite takes 32,766 parameters; who shows more than some thousand names shows codes for the rest.
    return sorted(set(codes))[:_MOST]
