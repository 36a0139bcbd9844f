"""Does the list of exchanges come up to the record, whoever brings it there, and is a person found in it?"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recorded import entry, writing

from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.indexing import index_exchanges
from security.audit.following import unread_since
from security.audit.index import READER
from security.audit.privacy import PseudonymKeys
from security.audit.record import Kind, Whom, Why
from security.audit.search import Search, find_row, search


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


async def test_a_person_and_a_case_file_are_found_by_those_who_have_the_keys(migrated_url: str, tmp_path: Path) -> None:
    database, now = Database.open(migrated_url), datetime.now(UTC)
    asked, answered, other = (new_exchange_id() for _ in range(3))
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, asked, whom=Whom(("056099000001",)), why=Why(case_file="HS-1")))
        await writer.append(entry(Kind.INTENT, answered))
        await writer.append(entry(Kind.OUTCOME, answered, whom=Whom(("056099000002", "056099000001"))))
        await writer.append(entry(Kind.INTENT, other, whom=Whom(("056099000003",)), why=Why(case_file="HS-2")))
        await index_exchanges(database)
    keys = PseudonymKeys(tmp_path / "pseudonyms")
    month = keys.known_months(now - timedelta(days=400), now)
    by = {
        "person": [keys.subject("056099000001", key_id=one) for one in month],
        "case file": [keys.case_file("HS-2", key_id=one) for one in month],
        "a case file's number as a person": [keys.subject("HS-2", key_id=one) for one in month],
        "nobody": [],
    }
    async with database.reading() as session:
        connection = await session.connection()
        found = {}
        for name, marks in by.items():
            wanted = Search(since=now - timedelta(days=1), until=now + timedelta(days=1), marks=tuple(marks))
            page = await search(connection, wanted, before="", most=10)
            found[name] = sorted(row.exchange_id for row in page.rows)
    await database.close()

    assert month == (f"{now:%Y-%m}",)
    assert found == {
        "person": sorted((asked, answered)),
        "case file": [other],
        "a case file's number as a person": [],
        "nobody": [],
    }


def test_who_looks_for_somebody_makes_no_key(tmp_path: Path) -> None:
    """A month that was erased stays erased."""
    keys = PseudonymKeys(tmp_path)

    assert keys.known_months(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)) == ()
    assert list(tmp_path.iterdir()) == []
