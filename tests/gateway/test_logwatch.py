"""Do exchanges go on while the log falls behind, are people told, does it stop at the limit and go on by itself?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa
import structlog
from gateways import NO_TLS, PARCEL, GatewayProcess, RestProvider, ask, assert_problem, settle_province
from logged import record_some, sequencing, soon
from nursery import Child, nursery, plain_environment

from catalog import staff
from catalog.changes import Actor
from catalog.staff import StaffMember
from gateway.db import Database
from gateway.logwatch import LATE_AFTER, LogWatch
from gateway.notifications.kinds import Kind
from gateway.notifications.outbox import list_notifications
from security.staff import Role

LIMIT = timedelta(hours=1)
# Later than what the tests record, so that a watch counts from its own start, to the microsecond.
START = datetime(2100, 1, 1, 3, 0, tzinfo=UTC)
CONCERNED, OTHER = ("quan-tri", "kiem-toan"), "dau-moi"


class Hands:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def put(self, since_start: timedelta) -> None:
        self.now = START + since_start


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    await settle_province(migrated_url, "http://127.0.0.1:9")
    opened = Database.open(migrated_url)
    roles = (Role.PLATFORM_ADMIN, Role.AUDITOR, Role.AGENCY_OFFICER)
    async with opened.transaction() as session:
        agency = str(await (await session.connection()).scalar(sa.text("SELECT min(code) FROM agencies")))
        for code, role in zip((*CONCERNED, OTHER), roles, strict=True):
            member = StaffMember(code, code, role, agency, has_access=True)
            await staff.add_member(session, member, token_hash=code, by=Actor("a", START))
    yield opened
    await opened.close()


def watch_of(database: Database, clock: Hands) -> LogWatch:
    return LogWatch(database, LIMIT, with_mail=False, clock=clock, log=structlog.get_logger())


async def told(database: Database, member: str) -> list[Kind]:
    async with database.reading() as session:
        return [one.kind for one in await list_notifications(session, member, limit=50)]


async def alter(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await (await session.connection()).execute(sa.text(statement))


async def test_where_nothing_was_recorded_nothing_waits(database: Database) -> None:
    clock = Hands()
    watch = watch_of(database, clock)
    clock.put(timedelta(days=9))

    await watch.look()

    assert (watch.waited(), watch.is_late(), watch.is_over) == (timedelta(), False, False)


async def test_people_are_told_after_a_minute_and_exchanges_stop_at_the_limit_until_the_log_has_caught_up(
    migrated_url: str, database: Database, tmp_path: Path
) -> None:
    await record_some(migrated_url, tmp_path)
    clock = Hands()
    watch = watch_of(database, clock)
    seen = []
    for waited in (timedelta(), LATE_AFTER - timedelta(seconds=1), LATE_AFTER, LIMIT - timedelta(seconds=1), LIMIT):
        clock.put(waited)
        await watch.look()
        seen.append((watch.waited() == waited, watch.is_late(), watch.is_over, len(await told(database, CONCERNED[0]))))
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
    await watch.look()

    assert seen == [
        (True, False, False, 0),
        (True, False, False, 0),
        (True, True, False, 1),
        (True, True, False, 1),
        (True, True, True, 2),
    ]
    assert [await told(database, one) for one in CONCERNED] == [[Kind.LOG_STOPPED, Kind.LOG_BEHIND]] * 2
    assert await told(database, OTHER) == []
    assert (watch.waited(), watch.is_over) == (timedelta(), False)


async def test_what_is_in_the_log_waits_too_until_a_checkpoint_is_signed_over_it(
    migrated_url: str, database: Database, tmp_path: Path
) -> None:
    await record_some(migrated_url, tmp_path)
    async with sequencing(migrated_url, tmp_path) as sequencer:
        await sequencer.run()
    await alter(database, "UPDATE log_heads SET signed_size = signed_size - 1")
    clock = Hands()
    watch = watch_of(database, clock)
    clock.put(LATE_AFTER)

    await watch.look()
    is_late = watch.is_late()
    await alter(database, "UPDATE log_heads SET is_closed = NOT is_closed")
    await watch.look()

    assert (is_late, watch.is_late()) == (True, False)


async def test_while_the_database_does_not_say_the_time_counts_from_when_it_last_did(database: Database) -> None:
    clock = Hands()
    watch = watch_of(database, clock)
    clock.put(timedelta(minutes=5))
    await watch.look()
    await alter(database, "ALTER TABLE log_heads RENAME TO away")
    clock.put(timedelta(minutes=5) + LIMIT)
    await watch.look()
    blind = (watch.waited(), watch.is_over)
    await alter(database, "ALTER TABLE away RENAME TO log_heads")
    await watch.look()

    assert blind == (LIMIT, True)
    assert (watch.waited(), watch.is_over) == (timedelta(), False)


async def test_several_nodes_tell_it_once(migrated_url: str, database: Database, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    clock = Hands()
    watches = [watch_of(database, clock), watch_of(database, clock)]
    clock.put(LATE_AFTER)
    for watch in watches:
        await watch.look()

    assert await told(database, CONCERNED[0]) == [Kind.LOG_BEHIND]


def ready(gateway: GatewayProcess) -> httpx2.Response:
    return httpx2.get(f"{gateway.url}/readyz", timeout=20, verify=NO_TLS)


async def test_without_a_worker_calls_are_refused_at_the_limit_and_taken_again_once_it_runs(
    provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await settle_province(migrated_sqlite_url, provider.url)
    gateway = GatewayProcess(tmp_path, migrated_sqlite_url, environment={"LIENTHONG_LOG_LIMIT_SECONDS": "4"})
    gateway.start()
    path = PARCEL.format("CD1")
    worker: Child | None = None
    try:
        first = ask(gateway, path)
        refused = soon(lambda: ask(gateway, path), lambda answer: answer.status_code != 200)
        asked, not_ready = len(provider.calls), ready(gateway)
        again = ask(gateway, path)
        asked_again = len(provider.calls)
        settings = {
            "LIENTHONG_DATABASE_URL": migrated_sqlite_url,
            "LIENTHONG_LOG_ORIGIN": "thu.example",
            "LIENTHONG_KEYS_DIR": str(tmp_path / "keys"),
        }
        worker = nursery().start(
            ["worker"], environment=plain_environment(settings), directory=tmp_path, output=tmp_path / "worker.log"
        )
        soon(lambda: ready(gateway).status_code, lambda status: status == 200)
        resumed = ask(gateway, path)
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=30)
        gateway.stop()

    assert (first.status_code, resumed.status_code) == (200, 200)
    for answer in (refused, again):
        assert_problem(answer, "log-behind", status=503)
    assert asked == asked_again
    assert (not_ready.status_code, not_ready.json()["checks"]["record"]) == (503, "ok")
    assert not_ready.json()["checks"]["log"] != "ok"
