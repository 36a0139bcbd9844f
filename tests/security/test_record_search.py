"""Is what was recorded found by what stands in it, page after page, on both engines?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from recorded import entry, writing

from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from security.audit.following import Followed, read_on
from security.audit.index import READER, Ending, Happened, exchanges, index_news, rows_of
from security.audit.record import Decision, Entry, Kind, What, Who
from security.audit.search import Page, Search, Side, earliest_id, find_row, moment_of, search
from security.audit.writer import RecordWriter

OWNERS = {"population": "bo-cong-an"}


@dataclass(slots=True)
class Reading:
    """The record, its index, and what is asked of it."""

    database: Database
    writer: RecordWriter

    async def index(self, *, most: int = 1000) -> None:
        """Index what was recorded."""
        async with self.database.reading() as session:
            news = await read_on(await session.connection(), READER, most=most)
        async with self.database.transaction() as session:
            await index_news(await session.connection(), news, owners=OWNERS)

    async def find(self, *, before: str = "", most: int = 50, **asked: object) -> Page:
        """Return what is found of the last hour."""
        now = datetime.now(UTC)
        span = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
        async with self.database.reading() as session:
            wanted = Search(**{**span, **asked})  # type: ignore[arg-type] # checked by use
            return await search(await session.connection(), wanted, before=before, most=most)


@asynccontextmanager
async def reading(url: str, directory: Path) -> AsyncIterator[Reading]:
    database = Database.open(url)
    try:
        async with writing(url, directory) as writer:
            yield Reading(database, writer)
    finally:
        await database.close()


async def answered(writer: RecordWriter, **more: object) -> str:
    exchange_id = new_exchange_id()
    await writer.append(entry(Kind.INTENT, exchange_id, **more))
    await writer.append(entry(Kind.OUTCOME, exchange_id))
    return exchange_id


async def refused(writer: RecordWriter, **more: object) -> str:
    exchange_id = new_exchange_id()
    await writer.append(entry(Kind.DENY, exchange_id, **more))
    return exchange_id


async def test_an_exchange_is_one_row_with_its_beginning_and_end(migrated_url: str, tmp_path: Path) -> None:
    async with reading(migrated_url, tmp_path) as record:
        exchange_id = await answered(record.writer)
        await record.index()
        async with record.database.reading() as session:
            row = await find_row(await session.connection(), exchange_id)

    assert row is not None
    assert (row.agency, row.provider, row.agreement, row.operation) == ("so-noi-vu", "bo-cong-an", "TT-01", "get")
    assert (row.ending, row.status, row.happened) == (Ending.DONE, 200, Happened.CALL)


@pytest.mark.parametrize("most", [1, 2, 1000])
async def test_it_is_the_same_row_however_the_record_was_cut(migrated_url: str, tmp_path: Path, most: int) -> None:
    async with reading(migrated_url, tmp_path) as record:
        exchange_id = await answered(record.writer)
        for _ in range(5):
            await record.index(most=most)
        page = await record.find()

    assert [(row.exchange_id, row.ending, row.purpose) for row in page.rows] == [(exchange_id, Ending.DONE, "xac-minh")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"agency": "so-noi-vu"}, True),
        ({"agency": "so-y-te"}, False),
        ({"agency": "bo-cong-an"}, False),
        ({"agency": "bo-cong-an", "side": Side.PROVIDER}, True),
        ({"system": "one-stop", "ending": Ending.REFUSED}, True),
        ({"system": "one-stop", "ending": Ending.DONE}, False),
        ({"agreement": "TT-01"}, True),
        ({"agreement": "TT-02"}, False),
        ({"database": "population", "service": "person"}, True),
        ({"database": "population", "service": "household"}, False),
        ({"reason": "rate-exceeded", "agency": "so-noi-vu"}, True),
        ({"reason": "quota-exceeded"}, False),
        ({"happened": Happened.CALL}, True),
        ({"happened": Happened.READING}, False),
        ({"until": datetime(2026, 1, 1, tzinfo=UTC), "since": datetime(2025, 1, 1, tzinfo=UTC)}, False),
    ],
)
async def test_what_is_asked_is_what_is_found(
    migrated_sqlite_url: str, tmp_path: Path, asked: dict[str, object], found: bool
) -> None:
    async with reading(migrated_sqlite_url, tmp_path) as record:
        exchange_id = await refused(record.writer)
        await record.index()

        assert [row.exchange_id for row in (await record.find(**asked)).rows] == [exchange_id] * found


async def test_pages_follow_each_other_from_the_newest(migrated_url: str, tmp_path: Path) -> None:
    async with reading(migrated_url, tmp_path) as record:
        ids = sorted([await refused(record.writer) for _ in range(5)], reverse=True)
        await record.index()
        first = await record.find(most=3, agency="so-noi-vu", reason="rate-exceeded")
        second = await record.find(most=3, agency="so-noi-vu", reason="rate-exceeded", before=first.next)

    assert [row.exchange_id for row in (*first.rows, *second.rows)] == ids
    assert (first.next, second.next) == (ids[2], "")


async def test_no_more_rows_are_looked_at_than_a_page_may_cost(migrated_url: str, tmp_path: Path) -> None:
    async with reading(migrated_url, tmp_path) as record:
        oldest = await refused(record.writer, decision=Decision(allowed=False, reason="outside-hours"))
        await record.index()
        await many_rows(record.database, like=oldest, count=20_000)
        first = await record.find(agency="so-noi-vu", service="person", ending=Ending.REFUSED, happened=Happened.TOKEN)
        second = await record.find(agency="so-noi-vu", service="person", before=first.next)

    assert (first.rows, first.looked_back_to) == ([], moment_of(first.next))
    assert [row.exchange_id for row in second.rows] == [oldest]


async def many_rows(database: Database, *, like: str, count: int) -> None:
    ids = [new_exchange_id() for _ in range(count)]
    async with database.transaction() as session:
        connection = await session.connection()
        row = (await connection.execute(sa.select(exchanges).where(exchanges.c.exchange_id == like))).mappings().one()
        await connection.execute(sa.insert(exchanges), [{**row, "exchange_id": one} for one in ids])


async def test_the_end_may_be_followed_before_the_beginning(migrated_url: str, tmp_path: Path) -> None:
    async with reading(migrated_url, tmp_path) as record:
        exchange_id = await answered(record.writer)
        async with record.database.reading() as session:
            news = await read_on(await session.connection(), READER, most=1000)
        backwards = replace(news, records=[one for one in news.records if one.kind == "OUTCOME"])
        async with record.database.transaction() as session:
            await index_news(await session.connection(), backwards, owners=OWNERS)
        later = replace(news, records=[one for one in news.records if one.kind == "INTENT"], stretches=[])
        async with record.database.transaction() as session:
            await index_news(await session.connection(), later, owners=OWNERS)
        page = await record.find(agreement="TT-01")

    assert [(row.exchange_id, row.ending, row.status) for row in page.rows] == [(exchange_id, Ending.DONE, 200)]


async def test_repeated_refusals_are_one_row_with_their_number(migrated_url: str, tmp_path: Path) -> None:
    async with reading(migrated_url, tmp_path) as record:
        refusal = entry(Kind.DENY, new_exchange_id())
        await record.writer.append(refusal)
        await record.index()
        counted = Decision(allowed=False, reason="rate-exceeded", repeated=41)
        await record.writer.append(replace(refusal, decision=counted))
        await record.index()

        assert [row.repeated for row in (await record.find()).rows] == [41]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            Entry(
                Kind.ADMIN,
                new_exchange_id(),
                datetime.now(UTC),
                who=Who(client="lan", agency="so-noi-vu"),
                notes={"noun": "agreement", "code": "TT-01", "action": "suspend", "done": True},
            ),
            (Happened.CHANGE, "lan", "suspend", "TT-01", Ending.DONE),
        ),
        (
            Entry(
                Kind.READ,
                new_exchange_id(),
                datetime.now(UTC),
                who=Who(officer="minh", agency="so-khcn"),
                decision=Decision(allowed=True),
                notes={"what": "search"},
            ),
            (Happened.READING, "minh", "search", "", Ending.DONE),
        ),
        (
            Entry(
                Kind.AUTH,
                new_exchange_id(),
                datetime.now(UTC),
                who=Who(source="127.0.0.1"),
                what=What(door="oauth", operation="token"),
                decision=Decision(allowed=False, reason="client-unknown"),
            ),
            (Happened.TOKEN, "", "token", "", Ending.REFUSED),
        ),
        (
            entry(Kind.INTENT, new_exchange_id(), what=What(door="sandbox", operation="get"), notes={"member": "hoa"}),
            (Happened.SANDBOX, "hoa", "get", "TT-01", Ending.OPEN),
        ),
    ],
    ids=["a change", "a reading", "a refused token", "a call of the sandbox"],
)
async def test_each_kind_of_record_has_its_row(
    migrated_sqlite_url: str, tmp_path: Path, made: Entry, told: tuple[object, ...]
) -> None:
    async with reading(migrated_sqlite_url, tmp_path) as record:
        await record.writer.append(replace(made, exchange_id=new_exchange_id()))
        await record.index()
        [row] = (await record.find()).rows

    assert (row.happened, row.actor, row.operation, row.agreement, row.ending) == told


def test_a_shortened_record_still_has_a_row() -> None:
    body = b'{"notes":{"count":9,"digest":"ab"},"what":{"fields":{"count":99,"digest":"ab"},"operation":"get"}}'
    shortened = Followed("s", 2, 1, "INTENT", new_exchange_id(), "so-noi-vu", "one-stop", body)

    [[], [row], []] = rows_of([shortened], owners={})

    assert row["operation"] == "get"


def test_an_id_tells_its_moment() -> None:
    at = datetime(2026, 11, 1, 8, 0, 0, 123_000, tzinfo=UTC)

    assert moment_of(earliest_id(at) + "-7abc-8def-0123456789ab") == at
    assert earliest_id(at) < new_exchange_id()
