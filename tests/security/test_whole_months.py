"""Does a month leave PostgreSQL with its table, what others need of it kept, and the record whole all the while?"""

import asyncio
import shutil
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from archived import record_at
from conftest import administrate, in_a_thread, with_database
from divided import at, divided_months, fetch, reading, records_by_table, tables
from logged import record_some, sequencing
from nursery import nursery, plain_environment
from recorded import new_id, writing
from removed import (
    archive,
    carry_out,
    count,
    followed_months,
    hold,
    lift,
    removal_of_september,
    remove,
    remover_of,
    verified,
)

from gateway.archive.reading import verify_with_archive
from gateway.db import Database
from security.audit.months import keep_months
from security.audit.proving import prove_record
from security.audit.removal import Removal
from security.audit.retention import RetentionRefused
from security.audit.verify import Verdict
from security.audit.verify_log import Known

BOTH = ("2026-09", "2026-10")
OCTOBER = "record_2026_10"
OF_SEPTEMBER = "at_us < 1790812800000000"
OF_OCTOBER = "at_us >= 1790812800000000 AND at_us < 1793491200000000"
AFTER_THE_FIRST = f"{OF_OCTOBER} AND at_us > 1790985600000000"


@pytest.fixture(scope="module")
def pristine(
    tmp_path_factory: pytest.TempPathFactory, postgres_admin_url: str, migrated_postgresql_template: str
) -> Iterator[tuple[str, Path]]:
    """The name of a database of three months, and the directory of its keys and its archive."""
    name, directory = f"lienthong_months_{uuid.uuid4().hex}", tmp_path_factory.mktemp("months")
    administrate(postgres_admin_url, f'CREATE DATABASE {name} TEMPLATE "{migrated_postgresql_template}"')
    in_a_thread(lambda: asyncio.run(divided_months(with_database(postgres_admin_url, name), directory)))
    yield name, directory
    administrate(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def divided_url(pristine: tuple[str, Path], postgres_admin_url: str, tmp_path: Path) -> Iterator[str]:
    """A copy of both."""
    name = f"lienthong_{uuid.uuid4().hex}"
    administrate(postgres_admin_url, f"CREATE DATABASE {name} TEMPLATE {pristine[0]}")
    shutil.copytree(pristine[1], tmp_path, dirs_exist_ok=True)
    yield with_database(postgres_admin_url, name)
    administrate(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)")


async def sign(url: str, directory: Path) -> None:
    async with sequencing(url, directory) as sequencer:
        while await sequencer.run():
            pass


def assert_whole(url: str, directory: Path) -> None:
    """Check database and archive, each alone and both as one."""
    report, archived = in_a_thread(lambda: verify_with_archive(url, directory / "archive", Known()))
    assert (verified(url).finding, report.finding, archived.finding) == (None, None, None)


@asynccontextmanager
async def removing(url: str, directory: Path, month: str) -> AsyncIterator[Callable[[], "asyncio.Task[list[Removal]]"]]:
    """What begins a removal, three records at a time."""
    database = Database.open(url)
    async with writing(url, directory, node=f"node-{new_id()}") as writer:
        remover = remover_of(database, writer, directory)
        yield lambda: asyncio.create_task(remover.remove(month, by="x", source=""))
    await database.close()


async def until_only_the_table_is_left(url: str, is_over: Callable[[], bool], *, of: str = AFTER_THE_FIRST) -> None:
    """Return when what a month's exchanges are found by is gone, and their records are not."""
    while not is_over() and await count(url, f"exchange_index WHERE {of}"):
        await asyncio.sleep(0.01)
    assert not is_over()
    assert await count(url, f"record WHERE {of}")


async def test_a_months_table_goes_whole_with_what_its_records_are_found_by(divided_url: str, tmp_path: Path) -> None:
    for month in BOTH:
        await remove(divided_url, tmp_path, month)
        assert_whole(divided_url, tmp_path)
    await sign(divided_url, tmp_path)

    assert await tables(divided_url) == ["record_2026_11", "record_default"]
    assert await count(divided_url, f"exchange_index WHERE {OF_SEPTEMBER} OR {OF_OCTOBER}") == 0
    assert await count(divided_url, "exchange_marks") == 4
    assert sum(verified(divided_url).absent.values()) == 42


async def test_what_went_with_its_table_is_proven_still(divided_url: str, tmp_path: Path) -> None:
    newest = f"SELECT stream, seq, leaf FROM record WHERE {OF_OCTOBER} ORDER BY at_us DESC LIMIT 1"
    ((stream, seq, leaf),) = await fetch(divided_url, newest)
    for month in BOTH:
        await remove(divided_url, tmp_path, month)
    database = Database.open(divided_url)
    async with database.reading() as session:
        kept = await prove_record(await session.connection(), str(stream), int(str(seq)))
    await database.close()

    assert kept is not None
    assert (kept.leaf, kept.proof is not None) == (leaf, True)


async def test_what_another_month_needs_of_a_table_stays_until_that_month_goes(
    divided_url: str, tmp_path: Path
) -> None:
    await remove(divided_url, tmp_path, "2026-10")
    between = await records_by_table(divided_url)
    assert_whole(divided_url, tmp_path)
    await remove(divided_url, tmp_path, "2026-09")

    # The two exchanges of 1 October that stand before the last of September, with OPEN, KEY and CLOSE.
    assert (between["record_2026_09"], between[OCTOBER]) == (16, 7)
    assert await tables(divided_url) == ["record_2026_11", "record_default"]
    assert_whole(divided_url, tmp_path)


async def test_a_record_of_a_clock_that_is_behind_keeps_the_table_of_its_month(
    divided_url: str, tmp_path: Path
) -> None:
    await remove(divided_url, tmp_path, "2026-09")
    async with removing(divided_url, tmp_path, "2026-10") as begin:
        async with reading(divided_url):
            task = begin()
            await until_only_the_table_is_left(divided_url, task.done)
            await record_at(divided_url, tmp_path, at("2026-10-20"), count=1)
        await task

    assert (await records_by_table(divided_url))[OCTOBER] == 5
    assert_whole(divided_url, tmp_path)


async def test_who_reads_for_long_is_waited_for_and_who_records_does_not_wait(divided_url: str, tmp_path: Path) -> None:
    await remove(divided_url, tmp_path, "2026-09")
    async with removing(divided_url, tmp_path, "2026-10") as begin:
        async with reading(divided_url):
            task = begin()
            await until_only_the_table_is_left(divided_url, task.done)
            await record_some(divided_url, tmp_path)
            assert_whole(divided_url, tmp_path)
        (done,) = await task

    assert done.is_done
    assert OCTOBER not in await tables(divided_url)
    assert_whole(divided_url, tmp_path)


async def test_a_hold_stops_a_table_from_going(divided_url: str, tmp_path: Path) -> None:
    await remove(divided_url, tmp_path, "2026-09")
    async with removing(divided_url, tmp_path, "2026-10") as begin:
        async with reading(divided_url):
            task = begin()
            await until_only_the_table_is_left(divided_url, task.done)
            await hold(divided_url)
        with pytest.raises(RetentionRefused, match="CV-1"):
            await task
    held = await count(divided_url, f"record WHERE {OF_OCTOBER}")
    assert_whole(divided_url, tmp_path)
    await lift(divided_url)
    await remove(divided_url, tmp_path, "2026-10")

    assert held == 19
    assert OCTOBER not in await tables(divided_url)


async def september_by_itself(url: str, directory: Path) -> None:
    """Record and archive a September that, by the machine's own clock too, may go."""
    await keep_months(url, now=at("2026-09-15"))
    await followed_months(url, directory)
    await archive(url, directory, "2026-09")


def test_a_removal_that_is_killed_before_the_table_goes_goes_on_when_it_is_started_again(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    in_a_thread(lambda: asyncio.run(september_by_itself(migrated_postgresql_url, tmp_path)))
    words, told = removal_of_september(migrated_postgresql_url, tmp_path)

    async def killed() -> None:
        async with reading(migrated_postgresql_url):
            process = nursery().start(
                words, environment=plain_environment(told), directory=tmp_path, output=tmp_path / "printed"
            )
            is_over = lambda: process.poll() is not None  # noqa: E731 - one question
            await until_only_the_table_is_left(migrated_postgresql_url, is_over, of=OF_SEPTEMBER)
            process.send_signal(signal.SIGKILL)
            process.wait()

    in_a_thread(lambda: asyncio.run(killed()))
    assert_whole(migrated_postgresql_url, tmp_path)

    in_a_thread(lambda: asyncio.run(remove(migrated_postgresql_url, tmp_path, "2026-09")))

    assert_whole(migrated_postgresql_url, tmp_path)
    assert in_a_thread(lambda: asyncio.run(tables(migrated_postgresql_url))) == [
        OCTOBER,
        "record_2026_11",
        "record_default",
    ]


TAMPERED = {
    "a month's table dropped": "DROP TABLE record_2026_09",
    "a month's table taken out": "ALTER TABLE record DETACH PARTITION record_2026_09",
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_tampering_with_tables_is_found(divided_url: str, tmp_path: Path, what: str) -> None:
    await remove(divided_url, tmp_path, "2026-10")
    assert verified(divided_url).verdict is Verdict.OK

    await carry_out(divided_url, TAMPERED[what])

    assert verified(divided_url).verdict is Verdict.TAMPERED
