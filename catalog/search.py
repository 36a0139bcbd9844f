"""Which databases and services speak of this?

Words are looked for folded, so "dat dai" finds "Đất đai"; all of them must be there.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Mapped
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.databases import show_database
from catalog.descriptions import DatabaseDescription, ServiceDescription
from catalog.folding import fold
from catalog.services import list_services
from catalog.tables import DatabaseRow, ServiceRow

MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: databases by code, and the versions of services in order."""

    databases: tuple[DatabaseDescription, ...]
    services: tuple[ServiceDescription, ...]


async def search(session: AsyncSession, query: str, *, limit: int = 50) -> Found:
    """Return what has all the words of `query` (its first 200 characters), at most `limit` of each kind.

    A query without a word finds nothing.
    """
    words = fold(query[:MAX_QUERY]).split()
    if not words:
        return Found((), ())
    of_databases = select(DatabaseRow.code).where(_has(col(DatabaseRow.folded), words))
    codes = list(await session.exec(of_databases.order_by(col(DatabaseRow.code)).limit(limit)))
    of_services = select(ServiceRow.database, ServiceRow.code).where(_has(col(ServiceRow.folded), words))
    places = set(await session.exec(of_services.limit(limit)))
    services = [
        view.service for view in await list_services(session) if (view.service.database, view.service.code) in places
    ]
    return Found(tuple([await show_database(session, code) for code in codes]), tuple(services))


def _has(column: Mapped[str], words: list[str]) -> ColumnElement[bool]:
    return and_(*(column.contains(word, autoescape=True) for word in words))
