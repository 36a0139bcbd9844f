"""Do both engines say the same of what was counted, and of how the platform does?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from gateways import AGREEMENT, CONSUMER_AGENCY, SYSTEM, settle_province
from recorded import entry, new_id, writing

from gateway.db import Database
from gateway.figures.indicators import Indicator, gather_evidence, indicators_of
from gateway.figures.period import Period
from gateway.figures.readiness import readiness_of
from gateway.figures.reading import Scope, by_key, over_time, use_of
from gateway.figures.rollup import roll_up
from gateway.figures.tables import Side, Subject
from gateway.migrations import head_revision
from gateway.platform_state import read_state
from security.audit.record import Kind, What, Who, Why

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WHAT = What(database="datdai", service="thua-dat", version=1, operation="xem", door="rest")
WHO = Who(agency=CONSUMER_AGENCY, system=SYSTEM)


def this_month() -> Period:
    today = datetime.now(ZONE).date()
    return Period(today - timedelta(days=40), today)


@pytest.fixture
async def database(migrated_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The small province, in which three calls were answered, counted."""
    await settle_province(migrated_url, "http://127.0.0.1:9")
    async with writing(migrated_url, tmp_path) as record:
        for _ in range(3):
            exchange_id = new_id()
            await record.append(entry(Kind.INTENT, exchange_id, who=WHO, what=WHAT, why=Why(agreement=AGREEMENT)))
            await record.append(entry(Kind.OUTCOME, exchange_id, who=WHO))
    opened = Database.open(migrated_url)
    await roll_up(opened, zone=ZONE)
    yield opened
    await opened.close()


async def test_a_period_is_read_from_days_and_months(database: Database) -> None:
    async with database.reading() as session:
        found = await by_key(session, Scope(), Subject.CONNECTION, this_month(), most=5)
        steps = await over_time(session, Scope(), this_month(), until=datetime.now(ZONE))

    assert {key: sums.answered for key, sums in found.items()} == {f"datdai/{CONSUMER_AGENCY}/{SYSTEM}": 3}
    assert sum(sums.answered for _, sums in steps) == 3


async def test_an_agency_that_asked_for_nothing_has_no_figures(database: Database) -> None:
    async with database.reading() as session:
        found = await by_key(session, Scope(Side.PROVIDER, CONSUMER_AGENCY), Subject.DOOR, this_month())

    assert found == {}


async def test_indicators_are_counted_from_what_is_there(database: Database) -> None:
    today = datetime.now(ZONE).date()
    async with database.reading() as session:
        evidence = await gather_evidence(
            session,
            await readiness_of(session, today=today),
            connections=await by_key(session, Scope(), Subject.CONNECTION, this_month()),
            services=await by_key(session, Scope(), Subject.SERVICE, this_month()),
            since=datetime.now(UTC) - timedelta(days=40),
        )
        use = await use_of(session, [AGREEMENT])

    shares = {one.indicator: one.share for one in indicators_of(evidence)}
    assert (shares[Indicator.IN_USE], shares[Indicator.AGREEMENTS_USED], shares[Indicator.SUCCESS]) == (1, 1, 1)
    assert use[AGREEMENT].answered == 3


async def test_the_platform_tells_how_it_does(database: Database) -> None:
    async with database.reading() as session:
        state = await read_state(session, now=datetime.now(UTC))

    assert state.revision == await asyncio.to_thread(head_revision)
    assert state.records >= 8
    assert state.queues.figures is None
    assert state.database_bytes > 0
