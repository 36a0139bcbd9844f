"""Does a reader of the record see each entry once, on both engines, whoever else reads?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from recorded import entry, new_id, writing

from gateway.db import Database
from security.audit.following import News, Overtaken, move_on, read_on, unread_since
from security.audit.record import Kind
from security.audit.writer import RecordWriter

READER = "tester"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def look(database: Database, *, most: int = 100) -> News:
    async with database.reading() as session:
        return await read_on(await session.connection(), READER, most=most)


async def keep(database: Database, news: News) -> None:
    async with database.transaction() as session:
        await move_on(await session.connection(), news)


async def exchanges(writer: RecordWriter, *, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    for exchange_id in ids:
        await writer.append(entry(Kind.INTENT, exchange_id))
        await writer.append(entry(Kind.OUTCOME, exchange_id))
    return ids


async def test_each_record_is_read_once_and_in_its_order(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        ids = await exchanges(writer, count=4)
        first = await look(database, most=5)
        await keep(database, first)
        second = await look(database)
        await keep(database, second)

        assert (len(first.records), first.is_all, second.is_all) == (5, False, True)
        read = [record for record in (*first.records, *second.records) if record.exchange_id]
        assert [record.exchange_id for record in read] == [one for one in ids for _ in range(2)]
        assert (await look(database)).records == []


async def test_what_was_not_kept_is_read_again(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)

        assert await look(database) == await look(database)


async def test_every_stream_is_read(migrated_url: str, tmp_path: Path) -> None:
    async with (
        writing(migrated_url, tmp_path / "a", node="node-a") as one,
        writing(migrated_url, tmp_path / "b", node="node-b") as other,
        opened(migrated_url) as database,
    ):
        ids = {*await exchanges(one, count=2), *await exchanges(other, count=2)}

        assert ids <= {record.exchange_id for record in (await look(database)).records}


@pytest.mark.parametrize("already_there", [False, True], ids=["at the beginning", "later"])
async def test_of_two_who_read_the_same_one_is_told_to_look_again(
    migrated_url: str, tmp_path: Path, already_there: bool
) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        await keep(database, await look(database, most=1 if already_there else 0))
        mine = theirs = await look(database)
        await keep(database, theirs)

        with pytest.raises(Overtaken):
            await keep(database, mine)


async def test_how_long_a_record_waits_for_its_reader(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        await exchanges(writer, count=1)
        news = await look(database)
        async with database.reading() as session:
            waiting = await unread_since(await session.connection(), READER)
        await keep(database, news)
        async with database.reading() as session:
            nothing = await unread_since(await session.connection(), READER)

    assert (waiting, nothing) == (news.records[0].at_us, None)


async def test_a_body_is_read_for_the_members_that_are_wanted(migrated_url: str, tmp_path: Path) -> None:
    class Told(msgspec.Struct):
        exchange: str

    async with writing(migrated_url, tmp_path) as writer, opened(migrated_url) as database:
        [exchange_id] = await exchanges(writer, count=1)

        assert (await look(database)).records[-1].read(Told).exchange == exchange_id
