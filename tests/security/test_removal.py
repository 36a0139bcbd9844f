"""Does an archived month leave the database so that nothing is lost, and can nothing else pass for that?"""

import asyncio
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import recorded
from archived import id_at
from conftest import in_a_thread
from logged import record_some, sequencing
from nursery import nursery, plain_environment, run_command
from prepared import prepared
from recorded import entry, new_id, writing
from removed import (
    archive,
    carry_out,
    count,
    follow,
    followed_months,
    hold,
    lift,
    removal_of_september,
    remove,
    remover_of,
    verified,
)
from typer.testing import CliRunner

from gateway.archive.reading import verify_with_archive
from gateway.cli import app
from gateway.db import Database
from security.audit.privacy import read_recovery_public_key
from security.audit.proving import prove_record
from security.audit.record import Kind
from security.audit.removal import list_removals
from security.audit.retention import RetentionRefused
from security.audit.stores import record_store
from security.audit.verify import Verdict
from security.audit.verify_log import Known
from security.audit.writer import RecordWriter

BOTH = ("2026-09", "2026-10")


async def ready(url: str, directory: Path, *, september: int = 3) -> None:
    async def prepare(url: str, directory: Path) -> None:
        await followed_months(url, directory, september=september)
        await archive(url, directory, *BOTH)

    await prepared(f"two months, {september} of September", url, directory, prepare)


async def sign(url: str, directory: Path) -> None:
    async with sequencing(url, directory) as sequencer:
        while await sequencer.run():
            pass
        assert sequencer.trouble == ""


async def test_a_removed_month_is_said_and_is_no_gap(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    before = await count(migrated_url, "record")

    (done,) = await remove(migrated_url, tmp_path, "2026-10")
    await sign(migrated_url, tmp_path)

    report = verified(migrated_url)
    gone = done.end - done.first
    assert (report.verdict, report.finding) == (Verdict.OK, None)
    assert [(one.month, one.first, one.end) for one in report.removed] == [("2026-10", done.first, done.end)]
    assert report.absent == {("2026", done.first): gone}
    # What went, and the command's own stream: OPEN, KEY, ERASE, CLOSE.
    assert await count(migrated_url, "record") == before - gone + 4
    assert done.is_done


async def test_what_only_the_removed_records_were_found_by_goes_with_them(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    listed, marked = await count(migrated_url, "exchange_index"), await count(migrated_url, "exchange_marks")

    await remove(migrated_url, tmp_path, "2026-10")

    assert await count(migrated_url, "exchange_index") == listed - 8
    assert await count(migrated_url, "exchange_marks") < marked


@pytest.mark.parametrize("months", [BOTH, BOTH[::-1]], ids=["in order", "the later first"])
async def test_database_and_archive_together_are_the_whole_record(
    migrated_url: str, tmp_path: Path, months: tuple[str, ...]
) -> None:
    await ready(migrated_url, tmp_path)
    for month in months:
        await remove(migrated_url, tmp_path, month)
    await sign(migrated_url, tmp_path)

    report, archived = in_a_thread(lambda: verify_with_archive(migrated_url, tmp_path / "archive", Known()))

    assert (report.finding, archived.finding) == (None, None)
    assert len(report.removed) == 2


async def test_an_exchange_over_the_end_of_a_month_keeps_both_halves_in_sight(
    migrated_url: str, tmp_path: Path
) -> None:
    await followed_months(migrated_url, tmp_path)
    await straddle(migrated_url, tmp_path)
    await archive(migrated_url, tmp_path, "2026-09", "2026-10", "2026-11")
    await remove(migrated_url, tmp_path, "2026-11")

    report, archived = in_a_thread(lambda: verify_with_archive(migrated_url, tmp_path / "archive", Known()))

    assert (report.finding, archived.finding) == (None, None)
    assert [len(one.straddling) for one in report.removed] == [1]


async def straddle(url: str, directory: Path) -> None:
    """Record an intent in November and its end in December, as if both were then."""
    november, december = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    times = [november]
    pseudonyms, _ = recorded.keys(directory)
    writer = RecordWriter(
        record_store(url, reserve_bytes=0),
        node=f"node-{new_id()}",
        pseudonyms=pseudonyms,
        recovery_key=read_recovery_public_key(directory / "recovery.pub"),
        clock=lambda: times[0],
    )
    await writer.start()
    exchange_id = id_at(november)
    await writer.append(msgspec.structs.replace(entry(Kind.INTENT, exchange_id), at=november))
    await sign(url, directory)
    times[0] = december
    for at, kind, one in (
        (december, Kind.OUTCOME, exchange_id),
        (december, Kind.INTENT, other := id_at(december)),
        (december, Kind.OUTCOME, other),
    ):
        await writer.append(msgspec.structs.replace(entry(kind, one), at=at))
    await writer.close()
    await sign(url, directory)
    await follow(url)


async def test_the_proof_of_a_removed_record_is_still_made(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    database = Database.open(migrated_url)
    async with database.reading() as session:
        connection = await session.connection()
        row = (await connection.exec_driver_sql("SELECT stream, seq FROM record ORDER BY at_us LIMIT 1")).first()
        assert row is not None
        before = await prove_record(connection, row[0], row[1])
    await remove(migrated_url, tmp_path, "2026-09")
    async with database.reading() as session:
        after = await prove_record(await session.connection(), row[0], row[1])
    await database.close()

    assert before is not None
    assert after is not None
    assert (after.leaf, after.proof is not None) == (before.leaf, True)


# --- what speaks against it -----------------------------------------------------------------------------------------


async def assert_refused(url: str, directory: Path, why: str, *, month: str = "2026-10", **more: object) -> None:
    before = await count(url, "record WHERE at_us < 1793000000000000")
    with pytest.raises(RetentionRefused, match=why):
        await remove(url, directory, month, **more)  # type: ignore[arg-type] # what is wrong is the test
    assert await count(url, "record WHERE at_us < 1793000000000000") == before
    assert await count(url, "record_removals") == 0


async def test_a_month_within_its_term_stays(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await ready(migrated_sqlite_url, tmp_path)

    await assert_refused(
        migrated_sqlite_url, tmp_path, "must be kept for 12 months", now=datetime(2027, 10, 31, 23, tzinfo=UTC)
    )


async def test_a_month_that_is_not_archived_stays(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await followed_months(migrated_sqlite_url, tmp_path)
    await archive(migrated_sqlite_url, tmp_path, "2026-09")

    await assert_refused(migrated_sqlite_url, tmp_path, "is not in .*: lienthong record archive")


async def test_a_month_whose_file_was_changed_stays(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await ready(migrated_sqlite_url, tmp_path)
    path = next((tmp_path / "archive").glob("record-2026-10*.parquet"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    await assert_refused(migrated_sqlite_url, tmp_path, "the archive does not verify")


async def test_the_archive_of_another_platform_frees_nothing(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await ready(migrated_sqlite_url, tmp_path)
    await carry_out(migrated_sqlite_url, "UPDATE log_heads SET key = 'x+00000000+AA=='")

    await assert_refused(migrated_sqlite_url, tmp_path, "is not of the log in this database")


@pytest.mark.parametrize(
    ("reader", "name"),
    [("log", "signed log"), ("exchange-index", "list"), ("figures", "figures"), ("misuse", "misuse")],
)
async def test_a_month_that_a_follower_has_not_seen_stays(
    migrated_url: str, tmp_path: Path, reader: str, name: str
) -> None:
    await ready(migrated_url, tmp_path)
    await carry_out(migrated_url, f"UPDATE record_cursors SET seq = seq - 1 WHERE reader = '{reader}'")

    await assert_refused(migrated_url, tmp_path, name)


async def test_a_month_that_the_siem_was_not_told_of_stays(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await ready(migrated_sqlite_url, tmp_path)

    await assert_refused(migrated_sqlite_url, tmp_path, "SIEM", outputs=("tls",))


async def test_a_month_of_which_calls_are_not_settled_stays(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await ready(migrated_sqlite_url, tmp_path)
    await carry_out(migrated_sqlite_url, "UPDATE record_streams SET settled_at = NULL, settled_seq = 1")

    await assert_refused(migrated_sqlite_url, tmp_path, "not settled")


async def test_a_month_under_a_hold_stays_until_it_is_lifted(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    await hold(migrated_url)
    await assert_refused(migrated_url, tmp_path, "under the legal hold CV-1")

    await lift(migrated_url)

    assert len(await remove(migrated_url, tmp_path, "2026-10")) == 1


async def test_a_hold_that_is_set_meanwhile_stops_it_and_it_goes_on_later(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    database = Database.open(migrated_url)
    async with writing(migrated_url, tmp_path, node=f"node-{new_id()}") as writer:
        remover = remover_of(database, writer, tmp_path, most=1)
        removing = asyncio.create_task(remover.remove("2026-10", by="x", source=""))
        while not await count(migrated_url, "record_removals"):
            await asyncio.sleep(0)
        await hold(migrated_url)
        with pytest.raises(RetentionRefused, match="CV-1"):
            await removing
    await database.close()

    halfway = verified(migrated_url)
    await lift(migrated_url)
    (done,) = await remove(migrated_url, tmp_path, "2026-10")

    assert halfway.finding is None
    assert sum(halfway.absent.values()) < done.end - done.first
    assert verified(migrated_url).absent == {("2026", done.first): done.end - done.first}
    assert await count(migrated_url, "record WHERE kind = 'ERASE'") == 1


async def test_what_was_cut_off_goes_on_when_it_is_started_again(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    database = Database.open(migrated_url)
    async with writing(migrated_url, tmp_path, node=f"node-{new_id()}") as writer:
        remover = remover_of(database, writer, tmp_path, most=1)
        removing = asyncio.create_task(remover.remove("2026-10", by="x", source=""))
        full = await count(migrated_url, "record")
        while await count(migrated_url, "record") > full - 3:
            await asyncio.sleep(0)
        removing.cancel()
        await asyncio.gather(removing, return_exceptions=True)
    async with database.reading() as session:
        (cut,) = await list_removals(await session.connection())
    await database.close()

    (done,) = await remove(migrated_url, tmp_path, "2026-10")

    assert (cut.is_done, done.is_done) == (False, True)
    assert done.statement == cut.statement
    assert verified(migrated_url).verdict is Verdict.OK


def test_a_command_that_is_killed_goes_on_when_it_is_started_again(migrated_sqlite_url: str, tmp_path: Path) -> None:
    in_a_thread(lambda: asyncio.run(ready(migrated_sqlite_url, tmp_path, september=300)))
    words, told = removal_of_september(migrated_sqlite_url, tmp_path)
    with closing(sqlite3.connect(migrated_sqlite_url.removeprefix("sqlite:///"))) as connection:
        left = lambda: int(connection.execute("SELECT count(*) FROM record").fetchone()[0])  # noqa: E731 - one question
        full, output = left(), tmp_path / "printed"
        process = nursery().start(words, environment=plain_environment(told), directory=tmp_path, output=output)
        while process.poll() is None and left() >= full:
            pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    halfway = verified(migrated_sqlite_url)

    code, printed = run_command(words, settings=told, directory=tmp_path)

    report = verified(migrated_sqlite_url)
    assert code == 0, printed
    gone, all_of_it = sum(halfway.absent.values()), report.removed[0].end - report.removed[0].first
    assert halfway.finding is None
    assert 0 < gone < all_of_it, "it was not killed in between"
    assert sum(report.absent.values()) == all_of_it


# --- what must not pass for a removal -------------------------------------------------------------------------------


async def removed_october(url: str, directory: Path) -> None:
    async def prepare(url: str, directory: Path) -> None:
        await ready(url, directory)
        await remove(url, directory, "2026-10")
        await sign(url, directory)

    await prepared("October removed", url, directory, prepare)


OF_SEPTEMBER = f"at_us < {int(datetime(2026, 10, 1, tzinfo=UTC).timestamp()) * 1_000_000}"
LAST = "(SELECT max(seq) FROM record r WHERE r.stream = record.stream)"
TAMPERED = {
    "records dropped beside it": [f"DELETE FROM record WHERE {OF_SEPTEMBER}"],
    "a record dropped beside it": [f"DELETE FROM record WHERE {OF_SEPTEMBER} AND seq = 3"],
    "a tail dropped beside it": [f"DELETE FROM record WHERE {OF_SEPTEMBER} AND seq = {LAST}"],
    "the record of it dropped": ["DELETE FROM record WHERE kind = 'ERASE'"],
    "the row of it dropped": ["DELETE FROM record_removals"],
    "the row widened to the front": ["UPDATE record_removals SET first_index = 0"],
    "the row widened to the end": ["UPDATE record_removals SET end_index = end_index + 2"],
    "the row narrowed": ["UPDATE record_removals SET end_index = end_index - 1"],
    "the statement widened": [
        "UPDATE record_removals SET first_index = 0, statement = replace(statement, 'first 9', 'first 0')"
    ],
    "the statement's file": ["UPDATE record_removals SET statement = replace(statement, 'file ', 'file 0')"],
    "the statement's month": ["UPDATE record_removals SET statement = replace(statement, '2026-10', '2026-09')"],
    "a second row over September": [
        "INSERT INTO record_removals SELECT log, 0, first_index, '2026-09', first_us, last_us, statement, 1, 1 "
        "FROM record_removals",
        f"DELETE FROM record WHERE {OF_SEPTEMBER}",
    ],
    "the row moved to another log": [
        "INSERT INTO log_heads SELECT '2025', size, root, fence, holder, held_until_us, signed_size, signed_at_us, "
        "checkpoint, key, is_closed FROM log_heads",
        "UPDATE record_removals SET log = '2025'",
    ],
    "the tiles of what was removed": ["UPDATE log_tiles SET hashes = substr(hashes, 33) WHERE level = 0"],
    "the tiles dropped": ["DELETE FROM log_tiles WHERE level = 0"],
    "the runs of what was removed": [
        "DELETE FROM log_runs WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.stream = log_runs.stream)"
    ],
    "a stream of what was removed": [
        "DELETE FROM record_streams WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.stream = record_streams.stream)"
    ],
    "the end of a removed stream": [
        "UPDATE record_streams SET last_seq = last_seq + 1 WHERE NOT EXISTS "
        "(SELECT 1 FROM record r WHERE r.stream = record_streams.stream)"
    ],
    "the last leaf of a removed stream": [
        "UPDATE record_streams SET last_leaf = (SELECT s.last_leaf FROM record_streams s ORDER BY s.opened_at DESC "
        "LIMIT 1) WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.stream = record_streams.stream)"
    ],
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_tampering_under_the_pretence_of_a_removal_is_found(migrated_url: str, tmp_path: Path, what: str) -> None:
    await removed_october(migrated_url, tmp_path)
    assert verified(migrated_url).verdict is Verdict.OK

    await carry_out(migrated_url, *TAMPERED[what])

    assert verified(migrated_url).verdict is Verdict.TAMPERED


async def test_a_removal_that_another_key_has_signed_hides_nothing(migrated_url: str, tmp_path: Path) -> None:
    await ready(migrated_url, tmp_path)
    (tmp_path / "else" / "log-keys").mkdir(parents=True, mode=0o700)
    (tmp_path / "else" / "archive").symlink_to(tmp_path / "archive")

    await remove(migrated_url, tmp_path / "else", "2026-10")

    report = verified(migrated_url)
    assert report.finding is not None
    assert "not signed by the log's key" in report.finding.what


async def test_records_dropped_without_any_removal_are_found_whatever_the_record_says(
    migrated_url: str, tmp_path: Path
) -> None:
    """Who can write to the database can have an ERASE record logged and signed: it alone hides nothing."""
    await ready(migrated_url, tmp_path)
    notes = {"action": "record.remove", "noun": "removal", "code": "2026-09", "log": "2026", "first": 0, "end": 8}
    async with writing(migrated_url, tmp_path, node=f"node-{new_id()}") as writer:
        await writer.append(entry(Kind.ERASE, new_id(), notes=notes))
    await sign(migrated_url, tmp_path)
    await carry_out(migrated_url, f"DELETE FROM record WHERE {OF_SEPTEMBER}")

    assert verified(migrated_url).verdict is Verdict.TAMPERED


async def test_an_archive_that_lacks_what_was_removed_is_not_the_whole_record(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await removed_october(migrated_sqlite_url, tmp_path)
    for path in (tmp_path / "archive").glob("record-2026-10*"):
        path.unlink()

    report, archived = in_a_thread(lambda: verify_with_archive(migrated_sqlite_url, tmp_path / "archive", Known()))

    assert archived.finding is None
    assert report.finding is not None
    assert "is not in the archive" in report.finding.what


async def test_the_record_goes_on_and_the_next_month_is_archived_after_a_removal(
    migrated_url: str, tmp_path: Path
) -> None:
    await removed_october(migrated_url, tmp_path)

    await record_some(migrated_url, tmp_path)
    await sign(migrated_url, tmp_path)
    await follow(migrated_url)

    report = verified(migrated_url)
    assert (report.verdict, report.logged) == (Verdict.OK, report.records + sum(report.absent.values()))


def test_an_operator_removes_verifies_and_cannot_count_again(migrated_sqlite_url: str, tmp_path: Path) -> None:
    in_a_thread(lambda: asyncio.run(ready(migrated_sqlite_url, tmp_path)))
    environment = {
        "LIENTHONG_DATABASE_URL": migrated_sqlite_url,
        "LIENTHONG_KEYS_DIR": str(tmp_path / "log-keys"),
        "LIENTHONG_VAR_DIR": str(tmp_path / "var"),
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
        "LIENTHONG_SECURITY_LEVEL": "2",
        "LIENTHONG_RETENTION_MONTHS": "1",
    }
    directory = str(tmp_path / "archive")

    def run(*words: str) -> tuple[int, str]:
        done = in_a_thread(lambda: CliRunner().invoke(app, list(words), env=environment))
        return done.exit_code, done.output

    refused = run("record", "remove", "2026-10", directory, "--by", "quantri")
    done = run("record", "remove", "2026-09", directory, "--by", "quantri")
    alone = run("audit", "verify", "--database", migrated_sqlite_url)
    together = run("audit", "verify", "--database", migrated_sqlite_url, "--archive", directory)
    recount = run("figures", "recount")

    assert (refused[0], done[0], alone[0], together[0], recount[0]) == (1, 0, 0, 0, 1), (done, alone, together)
    assert "until 2026-12-01" in refused[1]
    assert "only in the archive: 9 of the records 0 to 8 of log 2026 (2026-09)" in alone[1]
    assert "archive: files 2" in together[1]
    assert "2026-09 were removed" in recount[1]
