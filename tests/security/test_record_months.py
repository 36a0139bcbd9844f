"""Does each month of the record come into a table of its own on PostgreSQL, with nobody refused or kept waiting?"""

import asyncio
import uuid
from pathlib import Path

import asyncpg
import pytest
from archived import record_at
from conftest import administrate, with_database
from divided import at, fetch, reading, records_by_table, tables
from logged import record_some
from recorded import entry, new_id, writing
from removed import carry_out, verified

from gateway import migrations
from gateway.backups.copying import make_backup
from gateway.backups.restoring import restore_backup
from gateway.db import DatabaseBusy
from security.audit.months import keep_months
from security.audit.partitions import read_partition
from security.audit.record import Kind
from security.audit.streams import StoreFailed
from security.audit.verify import Verdict, verify_database

NOVEMBER = at("2026-11-20")
AHEAD = ["record_2026_11", "record_2026_12", "record_2027_01"]
_CHECKS = "SELECT conname::text FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'record%'"


# --- the months that are to come ------------------------------------------------------------------------------------


async def test_this_month_and_the_two_after_it_have_tables(migrated_postgresql_url: str) -> None:
    made = await keep_months(migrated_postgresql_url, now=NOVEMBER)
    again = await keep_months(migrated_postgresql_url, now=NOVEMBER)

    assert (made, again) == (3, 0)
    assert await tables(migrated_postgresql_url) == [*AHEAD, "record_default"]


async def test_several_workers_at_once_make_each_table_once(migrated_postgresql_url: str) -> None:
    made = await asyncio.gather(*(keep_months(migrated_postgresql_url, now=NOVEMBER) for _ in range(4)))

    assert sum(made) == 3
    assert await tables(migrated_postgresql_url) == [*AHEAD, "record_default"]


async def test_a_months_first_and_last_moment_stand_in_its_table(migrated_postgresql_url: str, tmp_path: Path) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)
    for moment in ("2026-11-30T23:59:59.999999", "2026-12-01T00:00:00"):
        await record_at(migrated_postgresql_url, tmp_path, at(moment), count=1)

    # Of each OPEN, KEY, INTENT, OUTCOME and CLOSE.
    assert await records_by_table(migrated_postgresql_url) == {"record_2026_11": 5, "record_2026_12": 5}
    assert verified(migrated_postgresql_url).verdict is Verdict.OK


async def test_what_has_no_month_yet_is_recorded_and_moves_when_its_month_is_made(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)
    await record_at(migrated_postgresql_url, tmp_path, at("2027-02-10"), count=1)
    before = await records_by_table(migrated_postgresql_url), verified(migrated_postgresql_url).verdict

    await keep_months(migrated_postgresql_url, now=at("2026-12-20"))

    assert before == ({"record_default": 5}, Verdict.OK)
    assert await records_by_table(migrated_postgresql_url) == {"record_2027_02": 5}
    assert verified(migrated_postgresql_url).verdict is Verdict.OK


async def test_a_month_of_which_too_much_is_there_stays_and_the_next_are_made(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await keep_months(migrated_postgresql_url, now=at("2026-07-20"))
    await record_at(migrated_postgresql_url, tmp_path, NOVEMBER, count=1)

    made = await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)

    assert made == 2
    assert await records_by_table(migrated_postgresql_url) == {"record_default": 5}
    assert (await tables(migrated_postgresql_url))[-3:] == ["record_2026_12", "record_2027_01", "record_default"]


async def test_a_turn_that_would_keep_others_waiting_is_given_up_and_the_next_makes_up_for_it(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    async with reading(migrated_postgresql_url):
        with pytest.raises(StoreFailed, match="LockNotAvailable"):
            await keep_months(migrated_postgresql_url, now=NOVEMBER)
        await record_some(migrated_postgresql_url, tmp_path)
    made = await keep_months(migrated_postgresql_url, now=NOVEMBER)

    assert made == 3
    assert verified(migrated_postgresql_url).verdict is Verdict.OK


async def test_every_month_has_the_indexes_of_the_record(migrated_postgresql_url: str) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)

    found = await fetch(
        migrated_postgresql_url,
        "SELECT count(*), count(DISTINCT tablename) FROM pg_indexes WHERE tablename LIKE 'record\\_20%' OR "
        "tablename = 'record_default'",
    )

    assert found == [(12, 4)]


@pytest.mark.parametrize(
    "name", ["record_default", "record_streams", "record_2026_13", "record_2026_1", "record_before"]
)
def test_another_table_is_taken_for_no_month(name: str) -> None:
    assert read_partition(name) is None


# --- a record that was never divided --------------------------------------------------------------------------------


async def test_who_records_while_it_is_divided_is_not_interrupted(postgresql_url: str, tmp_path: Path) -> None:
    await migrations.upgrade_async(postgresql_url, revision="0031")
    async with writing(postgresql_url, tmp_path) as writer:
        for step in (
            migrations.upgrade_async(postgresql_url, revision="0032"),
            keep_months(postgresql_url, now=NOVEMBER, most_moved=3),
            migrations.upgrade_async(postgresql_url),
        ):
            exchange_id = new_id()
            await writer.append(entry(Kind.INTENT, exchange_id))
            await step
            await writer.append(entry(Kind.OUTCOME, exchange_id))

    report = verified(postgresql_url)
    assert (report.verdict, report.exchanges) == (Verdict.OK, 3)
    assert await tables(postgresql_url) == ["record_2027_01", "record_before_2027_01", "record_default"]


async def test_what_was_there_is_set_apart_and_what_comes_later_has_months(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await record_at(migrated_postgresql_url, tmp_path, at("2026-09-10"), count=1)
    await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)
    await record_at(migrated_postgresql_url, tmp_path, at("2027-01-01"), count=1)

    assert await records_by_table(migrated_postgresql_url) == {"record_2027_01": 5, "record_before_2027_01": 5}
    assert verified(migrated_postgresql_url).verdict is Verdict.OK


async def test_a_record_from_the_future_moves_the_end_of_what_is_set_apart(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await record_at(migrated_postgresql_url, tmp_path, at("2027-08-31"), count=1)

    made = await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)

    assert made == 1
    assert await records_by_table(migrated_postgresql_url) == {"record_before_2027_10": 5}


async def test_what_could_not_be_set_apart_takes_every_record_still(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await record_at(migrated_postgresql_url, tmp_path, at("2026-09-10"), count=1)
    async with reading(migrated_postgresql_url, "LOCK TABLE ONLY record IN ACCESS SHARE MODE"):
        with pytest.raises(StoreFailed, match="LockNotAvailable"):
            await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)
    await record_at(migrated_postgresql_url, tmp_path, at("2031-01-01"), count=1)

    assert await fetch(migrated_postgresql_url, _CHECKS) == []
    assert await records_by_table(migrated_postgresql_url) == {"record_default": 10}


async def test_what_was_killed_while_it_was_checked_is_set_apart_later(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await record_at(migrated_postgresql_url, tmp_path, NOVEMBER, count=1)
    left = "ALTER TABLE record_default ADD CONSTRAINT record_default_until CHECK (at_us < 5) NOT VALID"
    await carry_out(migrated_postgresql_url, left)

    made = await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)

    assert made == 2
    assert await fetch(migrated_postgresql_url, _CHECKS) == []
    assert await records_by_table(migrated_postgresql_url) == {"record_before_2027_01": 5}


async def test_a_role_that_may_read_the_record_may_read_it_when_it_is_divided(
    postgresql_url: str, postgres_admin_url: str
) -> None:
    await migrations.upgrade_async(postgresql_url, revision="0031")
    role = f"auditor_{uuid.uuid4().hex}"
    await carry_out(postgresql_url, f"CREATE ROLE {role}", f"GRANT SELECT ON record TO {role}")
    await migrations.upgrade_async(postgresql_url)

    may = await fetch(
        postgresql_url,
        f"SELECT privilege_type::text FROM information_schema.role_table_grants WHERE grantee = '{role}'",
    )
    await carry_out(postgresql_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert ("SELECT",) in may


async def test_a_migration_that_would_keep_others_waiting_fails_and_is_run_again(postgresql_url: str) -> None:
    await migrations.upgrade_async(postgresql_url, revision="0031")
    async with reading(postgresql_url):
        with pytest.raises(DatabaseBusy, match="Run this again later"):
            await migrations.upgrade_async(postgresql_url)
    await migrations.upgrade_async(postgresql_url)

    assert await tables(postgresql_url) == ["record_default"]


async def test_going_back_brings_all_months_into_one_table(migrated_postgresql_url: str, tmp_path: Path) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)
    for moment in ("2026-11-30", "2026-12-01"):
        await record_at(migrated_postgresql_url, tmp_path, at(moment), count=1)

    await migrations.downgrade_async(migrated_postgresql_url, revision="0031")

    assert await records_by_table(migrated_postgresql_url) == {"record": 10}
    assert verified(migrated_postgresql_url).verdict is Verdict.OK


# --- backups --------------------------------------------------------------------------------------------------------


async def test_a_backup_brings_the_months_back(
    migrated_postgresql_url: str, postgres_admin_url: str, tmp_path: Path
) -> None:
    await record_at(migrated_postgresql_url, tmp_path, at("2026-09-10"), count=1)
    await keep_months(migrated_postgresql_url, now=NOVEMBER, most_moved=4)
    for moment in ("2027-01-10", "2029-05-05"):
        await record_at(migrated_postgresql_url, tmp_path, at(moment), count=1)
    await make_backup(migrated_postgresql_url, tmp_path / "backup", now=NOVEMBER)
    name = f"lienthong_{uuid.uuid4().hex}"
    administrate(postgres_admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    elsewhere = with_database(postgres_admin_url, name)
    await restore_backup(tmp_path / "backup", elsewhere, now=NOVEMBER)
    found = await records_by_table(elsewhere), await tables(elsewhere), verified(elsewhere).verdict
    administrate(postgres_admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')

    counts = {"record_before_2027_01": 5, "record_2027_01": 5, "record_default": 5}
    assert found == (counts, await tables(migrated_postgresql_url), Verdict.OK)


async def until_held(url: str, table: str) -> None:
    """Return when somebody holds a lock on a table."""
    while not await fetch(url, f"SELECT FROM pg_locks WHERE relation = '{table}'::regclass"):
        await asyncio.sleep(0.01)


async def test_no_month_comes_or_goes_while_a_backup_is_made(migrated_postgresql_url: str, tmp_path: Path) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)
    connection = await asyncpg.connect(migrated_postgresql_url)
    await connection.execute("BEGIN; LOCK TABLE record_streams IN ACCESS EXCLUSIVE MODE")
    backup = asyncio.create_task(make_backup(migrated_postgresql_url, tmp_path / "backup", now=NOVEMBER))
    await until_held(migrated_postgresql_url, "record_2026_12")
    with pytest.raises(StoreFailed):
        await keep_months(migrated_postgresql_url, now=at("2026-12-20"))
    await connection.close()

    assert {f"tables/{table}.copy.gz" for table in AHEAD} <= {part.path for part in (await backup).parts}


async def test_no_month_comes_or_goes_while_the_record_is_verified(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await keep_months(migrated_postgresql_url, now=NOVEMBER)
    await record_some(migrated_postgresql_url, tmp_path)
    connection = await asyncpg.connect(migrated_postgresql_url)
    await connection.execute("BEGIN; LOCK TABLE record_streams IN ACCESS EXCLUSIVE MODE")
    verifying = asyncio.create_task(asyncio.to_thread(verify_database, migrated_postgresql_url))
    await until_held(migrated_postgresql_url, "record_2026_12")
    with pytest.raises(StoreFailed):
        await keep_months(migrated_postgresql_url, now=at("2026-12-20"))
    await connection.close()

    assert (await verifying).verdict is Verdict.OK
