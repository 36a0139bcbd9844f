"""Does a backup hold all that was acknowledged before it, and is one that was put back never signed as it pleases?"""

import asyncio
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from catalog_samples import agree, fill_catalogue
from conftest import administrate, in_a_thread, with_database
from crashes import intents_of
from logged import ORIGIN, record_some, sequencing
from typer.testing import CliRunner

from gateway.backups.copying import make_backup
from gateway.backups.manifest import MANIFEST, BackupUnusable, read_backup
from gateway.backups.restoring import restore_backup
from gateway.cli import app
from gateway.db import Database
from security.audit.log import heads_of
from security.audit.privacy import PseudonymKeys
from security.audit.verify import Verdict, verify_database

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def elsewhere(migrated_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty place of the same engine, of another name."""
    if migrated_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other-machine' / 'platform.db'}"
        return
    admin = str(request.getfixturevalue("postgres_admin_url"))
    name = f"lienthong_{uuid.uuid4().hex}"
    administrate(admin, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield with_database(admin, name)
    administrate(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def load(url: str, directory: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that records exchanges without pause and prints each one that is durable."""
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "recorded.py"), url, str(directory)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def acknowledged(child: "subprocess.Popen[str]", *, count: int) -> set[str]:
    assert child.stdout is not None
    return {child.stdout.readline().strip() for _ in range(count)}


async def rows_of(url: str) -> dict[str, int]:
    """How many rows each table has, but for what a restore adds."""
    database = Database.open(url)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda plain: sa.inspect(plain).get_table_names())
        counts = {name: await connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) for name in names}
    await database.close()
    return {name: int(count or 0) for name, count in counts.items() if name != "database_restores"}


async def logs_of(url: str) -> list[str]:
    database = Database.open(url)
    async with database.reading() as session:
        found = [
            f"{head.log}{' closed' if head.is_closed else ''}" for head in await heads_of(await session.connection())
        ]
    await database.close()
    return found


def command(url: str, directory: Path, *words: str) -> tuple[int, str]:
    """Carry out a command as an operator does."""
    environment = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_KEYS_DIR": str(directory / "log-keys"),
        "LIENTHONG_VAR_DIR": str(directory / "var"),
        "LIENTHONG_LOG_ORIGIN": ORIGIN,
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
    }
    answer = in_a_thread(lambda: CliRunner().invoke(app, list(words), env=environment))
    return answer.exit_code, answer.output


async def sign(url: str, directory: Path) -> str:
    """Let the sequencer run once; return what troubles it."""
    async with sequencing(url, directory) as sequencer:
        await sequencer.run()
        return sequencer.trouble


@pytest.fixture
async def signed_since(migrated_url: str, elsewhere: str, tmp_path: Path) -> str:
    """A backup that was put back elsewhere, of a log that was signed further after it."""
    await record_some(migrated_url, tmp_path)
    await sign(migrated_url, tmp_path)
    await make_backup(migrated_url, tmp_path / "backup", now=NOW)
    await record_some(migrated_url, tmp_path)
    await sign(migrated_url, tmp_path)
    await restore_backup(tmp_path / "backup", elsewhere, now=NOW)
    return elsewhere


async def test_a_backup_under_load_holds_all_that_was_acknowledged(
    migrated_url: str, elsewhere: str, tmp_path: Path
) -> None:
    with load(migrated_url, tmp_path) as child:
        before = acknowledged(child, count=200)
        await make_backup(migrated_url, tmp_path / "backup", now=NOW)
        after = acknowledged(child, count=2000)
    await restore_backup(tmp_path / "backup", elsewhere, now=NOW)

    report = await asyncio.to_thread(verify_database, elsewhere)
    assert report.finding is None
    assert before <= set(intents_of(elsewhere))
    assert len(after) == 2000, "whoever records did not go on"


async def test_what_is_put_back_is_what_was_there(migrated_url: str, elsewhere: str, tmp_path: Path) -> None:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    await agree(database)
    await database.close()
    await record_some(migrated_url, tmp_path)
    await sign(migrated_url, tmp_path)
    there = await rows_of(migrated_url)
    await make_backup(migrated_url, tmp_path / "backup", now=NOW)
    # Another machine: what it is called and where it lies are not known there.
    shutil.move(tmp_path / "backup", tmp_path / "carried")

    manifest = await restore_backup(tmp_path / "carried", elsewhere, now=NOW)

    assert await rows_of(elsewhere) == there
    assert manifest.records == there["record"]
    assert (await asyncio.to_thread(verify_database, elsewhere)).verdict is Verdict.OK


async def test_what_was_put_back_is_not_signed_before_somebody_has_decided(
    migrated_url: str, elsewhere: str, tmp_path: Path
) -> None:
    await record_some(migrated_url, tmp_path)
    await sign(migrated_url, tmp_path)
    await make_backup(migrated_url, tmp_path / "backup", now=NOW)
    await restore_backup(tmp_path / "backup", elsewhere, now=NOW)

    waiting = await sign(elsewhere, tmp_path)
    ended, said = command(elsewhere, tmp_path, "log", "continue", "--by", "quantri")

    assert "a backup of 2026-11-26 09:00 UTC was put back" in waiting
    assert (ended, await sign(elsewhere, tmp_path)) == (0, ""), said
    assert await logs_of(elsewhere) == await logs_of(migrated_url)


async def test_an_older_backup_goes_on_only_with_another_log(signed_since: str, tmp_path: Path) -> None:
    year = (await logs_of(signed_since))[0]

    refused, why = command(signed_since, tmp_path, "log", "continue", "--by", "quantri")
    waiting = await sign(signed_since, tmp_path)
    ended, said = command(signed_since, tmp_path, "log", "resume", "--by", "quantri")

    assert (refused, "put back a newer backup, or begin another log" in why, bool(waiting)) == (1, True, True)
    assert (ended, await sign(signed_since, tmp_path)) == (0, ""), said
    assert await logs_of(signed_since) == [f"{year} closed", f"{year}-02"]
    assert (await asyncio.to_thread(verify_database, signed_since)).verdict is Verdict.OK


async def test_a_log_that_followed_is_not_begun_twice(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await record_some(migrated_sqlite_url, tmp_path)
    await sign(migrated_sqlite_url, tmp_path)
    year = (await logs_of(migrated_sqlite_url))[0]
    kept = tmp_path / "log-keys" / f"log-{year}.checkpoint"
    kept.rename(kept.with_name(f"log-{year}-02.checkpoint"))

    command(migrated_sqlite_url, tmp_path, "log", "resume", "--by", "quantri")

    assert await logs_of(migrated_sqlite_url) == [f"{year} closed", f"{year}-03"]


async def test_nothing_is_ever_overwritten(migrated_url: str, tmp_path: Path) -> None:
    await make_backup(migrated_url, tmp_path / "backup", now=NOW)

    with pytest.raises(BackupUnusable, match="not empty"):
        await make_backup(migrated_url, tmp_path / "backup", now=NOW)
    with pytest.raises(BackupUnusable, match="nothing is ever overwritten"):
        await restore_backup(tmp_path / "backup", migrated_url, now=NOW)


async def test_a_changed_file_of_a_backup_is_named(migrated_url: str, elsewhere: str, tmp_path: Path) -> None:
    await record_some(migrated_url, tmp_path)
    manifest = await make_backup(migrated_url, tmp_path / "backup", now=NOW)
    part = max(manifest.parts, key=lambda one: one.octets)
    path = tmp_path / "backup" / part.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(BackupUnusable, match=part.path):
        await restore_backup(tmp_path / "backup", elsewhere, now=NOW)


async def test_a_backup_that_was_not_finished_is_none(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await make_backup(migrated_sqlite_url, tmp_path / "backup", now=NOW)
    (tmp_path / "backup" / MANIFEST).unlink()

    with pytest.raises(BackupUnusable, match="not finished"):
        read_backup(tmp_path / "backup")


async def test_a_manifest_leads_nowhere_else(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await make_backup(migrated_sqlite_url, tmp_path / "backup", now=NOW)
    written = (tmp_path / "backup" / MANIFEST).read_text()
    (tmp_path / "backup" / MANIFEST).write_text(written.replace("lienthong.db", "../backup/lienthong.db"))

    with pytest.raises(BackupUnusable, match="outside of the backup"):
        read_backup(tmp_path / "backup")


async def test_the_keys_leave_only_when_asked_and_never_the_one_that_reads_the_record(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await record_some(migrated_sqlite_url, tmp_path)
    months = PseudonymKeys(tmp_path / "log-keys" / "pseudonyms")
    months.data.in_use(months.in_use(datetime(2026, 10, 1, tzinfo=UTC)), "population")
    plain = command(migrated_sqlite_url, tmp_path, "backup", str(tmp_path / "plain"), "--by", "quantri")
    whole = command(migrated_sqlite_url, tmp_path, "backup", str(tmp_path / "whole"), "--by", "quantri", "--with-keys")

    assert (plain[0], whole[0]) == (0, 0), plain[1] + whole[1]
    assert (tmp_path / "log-keys" / "recovery.key").exists()
    assert not (tmp_path / "plain" / "keys").exists()
    copied = {path.name for path in (tmp_path / "whole" / "keys").rglob("*.*")}
    assert {"recovery.pub", "pseudonym-2026-10.key", "data-2026-10-population.key"} <= copied
    assert "recovery.key" not in copied
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "whole").rglob("*")} == {0}


async def test_an_operator_puts_database_and_keys_back(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await record_some(migrated_sqlite_url, tmp_path)
    command(migrated_sqlite_url, tmp_path, "backup", str(tmp_path / "whole"), "--by", "quantri", "--with-keys")
    other = tmp_path / "other"

    ended, said = command(f"sqlite:///{other / 'db'}", other, "restore", str(tmp_path / "whole"), "--with-keys")

    assert ended == 0, said
    assert "say how the log goes on" in said
    assert (other / "log-keys" / "recovery.pub").read_bytes() == (tmp_path / "log-keys" / "recovery.pub").read_bytes()
