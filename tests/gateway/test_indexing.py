"""Does the list of exchanges come up to the record, whoever brings it there?"""

import asyncio
from pathlib import Path

from recorded import entry, writing

from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.indexing import index_exchanges
from security.audit.following import unread_since
from security.audit.index import READER
from security.audit.record import Kind
from security.audit.search import find_row


async def test_two_workers_together_list_each_exchange(migrated_url: str, tmp_path: Path) -> None:
    databases = [Database.open(migrated_url) for _ in range(2)]
    ids = [new_exchange_id() for _ in range(600)]
    async with writing(migrated_url, tmp_path) as writer:
        await asyncio.gather(*(writer.append(entry(Kind.INTENT, one)) for one in ids))
        await asyncio.gather(*(index_exchanges(database) for database in databases))
        await index_exchanges(databases[0])
        async with databases[0].reading() as session:
            connection = await session.connection()
            found = [await find_row(connection, one) for one in (ids[0], ids[-1])]
            waiting = await unread_since(connection, READER)
    for database in databases:
        await database.close()
    assert [row.exchange_id for row in found if row is not None] == [ids[0], ids[-1]]
    assert waiting is None
