"""Which searches of the record has somebody kept, to ask them again?"""

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

MOST: Final = 100
MOST_CHARS: Final = 200
searches = sa.Table(
    "record_searches",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("member", "role", "name", "query")),
    sa.Column("shared", sa.Boolean),
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A search that was kept: its conditions as they stand in an address. Shared: with everybody of the role."""

    id: str
    member: str
    role: str
    name: str
    query: str
    shared: bool


async def keep_search(connection: AsyncConnection, kept: Kept) -> None:
    """Keep a search."""
    await connection.execute(sa.insert(searches).values(**msgspec.structs.asdict(kept)))


async def drop_search(connection: AsyncConnection, search_id: str, *, member: str) -> bool:
    """Forget a search of this member's; tell whether there was one."""
    own = (searches.c.id == search_id, searches.c.member == member)
    return bool((await connection.execute(sa.delete(searches).where(*own))).rowcount)


async def searches_for(connection: AsyncConnection, *, member: str, role: str) -> list[Kept]:
    """Return the searches that this member sees: his own, and those that others of his role share."""
    c = searches.c
    seen = sa.or_(c.member == member, sa.and_(c.shared.is_(True), c.role == role))
    rows = (await connection.execute(sa.select(searches).where(seen).order_by(c.name, c.id).limit(MOST))).mappings()
    return [msgspec.convert({str(name): value for name, value in row.items()}, Kept) for row in rows]


async def count_searches(connection: AsyncConnection, *, member: str) -> int:
    """Return how many searches a member has kept."""
    own = sa.select(sa.func.count()).select_from(searches).where(searches.c.member == member)
    return int(await connection.scalar(own) or 0)
