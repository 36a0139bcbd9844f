"""What are the fields called that an operation answers with, for people who know nothing of paths?"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import ServiceVersionRow
from catalog.titles import Title

Operation: TypeAlias = tuple[str, str, int, str]
"""Database, service, version, operation."""


class _Field(msgspec.Struct):
    path: str
    title_vi: str
    title_en: str = ""


class _Operation(msgspec.Struct):
    code: str
    fields: tuple[_Field, ...] = ()


class _Service(msgspec.Struct):
    operations: tuple[_Operation, ...] = ()


async def field_titles(
    session: AsyncSession, operations: Iterable[Operation]
) -> Mapping[Operation, Mapping[str, Title]]:
    """Return what the fields of these operations are called, by their paths; what is not described is left out."""
    wanted = set(operations)
    row = ServiceVersionRow
    rows = select(row.database, row.service, row.version, row.description).where(
        col(row.service).in_(sorted({service for _, service, _, _ in wanted}))
    )
    places = {one[:3] for one in wanted}
    found: dict[Operation, Mapping[str, Title]] = {}
    for database, service, version, description in await session.exec(rows):
        if (database, service, version) not in places:
            continue
        for one in msgspec.json.decode(description, type=_Service).operations:
            titles = {leaf.path: Title(leaf.title_vi, leaf.title_en or leaf.title_vi) for leaf in one.fields}
            found[database, service, version, one.code] = titles
    return found
