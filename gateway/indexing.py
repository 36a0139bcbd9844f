"""How does the list of exchanges keep up with the record, without being in its way?

The worker does it, a second or two behind. On the embedded database writers wait for each other, so each batch is small
and is followed by a pause of twice its own length: the record, which calls wait for, has the database most of the time.
"""

import asyncio
import time

from sqlmodel import select

from catalog.tables import DatabaseRow
from gateway.db import Database
from security.audit.following import Overtaken, read_on
from security.audit.index import READER, index_news

EVERY_SECONDS = 1.0
_MOST_RECORDS = 500
_TURN_SECONDS = 10.0
"""After how long a turn ends, however much is left: the next one begins at once."""


async def index_exchanges(database: Database) -> int:
    """Bring the list up to what is recorded; return how many records were followed.

    On several nodes at once one of them does the work and the others look again. Raises SQLAlchemyError, OSError.
    """
    followed = 0
    ends = time.monotonic() + _TURN_SECONDS
    while time.monotonic() < ends:
        async with database.reading() as session:
            news = await read_on(await session.connection(), READER, most=_MOST_RECORDS)
            if not news.stretches:
                break
            owners = {row[0]: row[1] for row in await session.exec(select(DatabaseRow.code, DatabaseRow.owner))}
        began = time.monotonic()
        try:
            async with database.transaction() as session:
                await index_news(await session.connection(), news, owners=owners)
        except Overtaken:
            break
        followed += len(news.records)
        if news.is_all:
            break
        await asyncio.sleep(2 * (time.monotonic() - began))
    return followed
