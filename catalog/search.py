"""Which databases and services speak of this?

Words are looked for folded, so "dat dai" finds "Đất đai"; all of them must be there.
"""

from dataclasses import dataclass

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.browsing import Order, Sought, find_services, has_words, read_shelf, words_of
from catalog.descriptions import DatabaseDescription, ServiceDescription
from catalog.tables import DatabaseRow


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: databases by code, and the newest versions of services."""

    databases: tuple[DatabaseDescription, ...]
    services: tuple[ServiceDescription, ...]


async def search(session: AsyncSession, query: str, *, limit: int = 50) -> Found:
    """Return what has all the words of `query` (its first 200 characters), at most `limit` of each kind.

    A query without a word finds nothing. A service is found by words of its database too.
    """
    words = words_of(query)
    if not words:
        return Found((), ())
    of_databases = select(DatabaseRow.description).where(has_words(col(DatabaseRow.folded), words))
    kept = await session.exec(of_databases.order_by(col(DatabaseRow.code)).limit(limit))
    databases = tuple(msgspec.json.decode(one, type=DatabaseDescription) for one in kept)
    sought = Sought(words)
    shelf = await read_shelf(session, words)
    found = await find_services(session, shelf, sought, order=Order.DATABASE, descending=False, limit=limit, offset=0)
    return Found(databases, tuple(view.service for view, _ in found))
