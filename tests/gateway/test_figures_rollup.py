"""Is each exchange of the record counted once, on both engines, however often and by however many?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from recorded import entry, new_id, writing

from gateway.db import Database
from gateway.figures.rollup import READER, forget_figures, roll_up
from gateway.figures.tables import AGREEMENT_USE, FIGURES
from security.audit.following import unread_since
from security.audit.record import Decision, Kind, Outcome
from security.audit.writer import RecordWriter

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TIMED_OUT = {
    "decision": Decision(allowed=False, reason="provider-timeout"),
    "outcome": Outcome(status=504, latency_us=30_000_000),
}


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    opened = Database.open(migrated_url)
    yield opened
    await opened.close()


async def exchange(record: RecordWriter, **more: object) -> None:
    exchange_id = new_id()
    await record.append(entry(Kind.INTENT, exchange_id))
    await record.append(entry(Kind.OUTCOME, exchange_id, **more))


async def counted(database: Database, *, subject: str = "door", key: str = "?") -> tuple[int, int]:
    """Return how many exchanges were answered and failed, as the months of the whole platform have it."""
    async with database.reading() as session:
        rows = (await (await session.connection()).execute(FIGURES.select())).mappings().all()
    chosen = [r for r in rows if (r["span"], r["side"], r["subject"], r["key"]) == ("month", "", subject, key)]
    return sum(r["answered"] for r in chosen), sum(r["failed"] for r in chosen)


async def test_what_was_recorded_is_counted_once(database: Database, migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as record:
        await exchange(record)
        await exchange(record, **TIMED_OUT)
        await roll_up(database, zone=ZONE)
        await roll_up(database, zone=ZONE)

    assert await counted(database) == (1, 1)
    assert await counted(database, subject="reason", key="provider-timeout/population") == (0, 1)


async def test_counting_goes_on_where_it_stopped(database: Database, migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as record:
        await exchange(record)
        await roll_up(database, zone=ZONE)
        await exchange(record)
        await roll_up(database, zone=ZONE)

    assert await counted(database) == (2, 0)


async def test_an_exchange_whose_intent_was_read_before_is_counted_whole(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as record:
        exchange_id = new_id()
        await record.append(entry(Kind.INTENT, exchange_id))
        await roll_up(database, zone=ZONE)
        await record.append(entry(Kind.OUTCOME, exchange_id, what=None, why=None))
        await roll_up(database, zone=ZONE)

    assert await counted(database, subject="connection", key="population/so-noi-vu/one-stop") == (1, 0)


async def test_two_nodes_that_count_at_once_count_each_exchange_once(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as record, writing(migrated_url, tmp_path, node="node-1") as other:
        await asyncio.gather(*(exchange(which) for which in (record, other) for _ in range(40)))
    second = Database.open(migrated_url)

    await asyncio.gather(
        *(roll_up(each, zone=ZONE, records_at_once=7) for each in (database, second) for _ in range(2))
    )
    await roll_up(database, zone=ZONE)
    await second.close()

    assert await counted(database) == (80, 0)


async def test_the_last_use_of_an_agreement_is_kept(database: Database, migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as record:
        await exchange(record)
        await roll_up(database, zone=ZONE)
        await exchange(record, **TIMED_OUT)
        await roll_up(database, zone=ZONE)

    async with database.reading() as session:
        (use,) = (await (await session.connection()).execute(AGREEMENT_USE.select())).all()
    assert (use.agreement, use.operation, use.answered, use.other) == ("TT-01", "population/person/v1/get", 1, 1)
    assert use.first_at == use.last_answered_at < use.last_at


async def test_figures_that_were_dropped_are_counted_again(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as record:
        await exchange(record)
        await roll_up(database, zone=ZONE)
    await forget_figures(database)
    dropped = await counted(database)

    await roll_up(database, zone=ZONE)

    assert (dropped, await counted(database)) == ((0, 0), (1, 0))


async def test_since_when_it_waits_to_be_counted_is_known(
    database: Database, migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as record:
        await exchange(record)
    async with database.reading() as session:
        waiting = await unread_since(await session.connection(), READER)

    await roll_up(database, zone=ZONE)

    async with database.reading() as session:
        assert await unread_since(await session.connection(), READER) is None
    assert waiting is not None
