"""How is the database copied, whole and of one moment, while the platform goes on serving?

SQLite: its own online backup in one step, which holds one snapshot; nobody waits, only the `-wal` file grows meanwhile.
PostgreSQL: every table in one REPEATABLE READ transaction, as text, which any later server reads; no program of the
operator's machine is needed. The record's tables, one a month, are copied by their own names, which say what they hold.
"""

import asyncio
import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import asyncpg

from gateway.backups.manifest import (
    KEYS,
    SQLITE_FILE,
    TABLES,
    BackupUnusable,
    Engine,
    LogMark,
    Manifest,
    Part,
    describe_part,
    sync_directory,
    write_manifest,
)
from security.audit import postgres_store
from security.audit.read import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Sequence

REVISIONS: Final = "alembic_version"
RECOVERY_KEY: Final = "recovery.key"
"""Never in a backup: with it everybody in the record can be read. It does not belong on this machine at all."""
_MARKS: Final = "SELECT log, size, signed_size, checkpoint FROM log_heads ORDER BY log"
_REVISION: Final = f"SELECT version_num FROM {REVISIONS}"  # noqa: S608 - our own constant
_RECORDS: Final = "SELECT count(*) FROM record"
TABLE_NAMES: Final = """
SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace GROUP BY c.oid ORDER BY 1"""


class _Told(Protocol):
    """A row: of either driver."""

    def __getitem__(self, place: int, /) -> str | int: ...


async def make_backup(database_url: str, directory: Path, *, now: datetime, keys: Path | None = None) -> Manifest:
    """Copy the database into `directory`, which is made, and return the manifest written there.

    With `keys`, the platform's keys are copied too, except the recovery key. All is readable by its owner only.
    Raises BackupUnusable: the directory holds something, or the database cannot be read.
    """
    _begin(directory)
    path = sqlite_path(database_url)
    try:
        if path is not None:
            manifest = await asyncio.to_thread(_copy_sqlite, path, directory, now)
        else:
            manifest = await _copy_postgresql(database_url, directory, now)
        if keys is not None:
            manifest = _with_keys(manifest, directory, keys)
        write_manifest(directory, manifest)
    except sqlite3.Error as error:
        raise BackupUnusable(f"the database cannot be copied: {error}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BackupUnusable(f"the database cannot be copied: {type(error).__name__}") from error
    except OSError as error:
        raise BackupUnusable(f"the backup cannot be written: {error.strerror}") from error
    return manifest


def _begin(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(directory.iterdir()):
            raise BackupUnusable(f"{directory} is not empty: nothing is ever overwritten, name another")
    except OSError as error:
        raise BackupUnusable(f"{directory} cannot be used: {error.strerror}") from error


def _copy_sqlite(source: Path, directory: Path, now: datetime) -> Manifest:
    copied = directory / SQLITE_FILE
    copied.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as live,
        closing(sqlite3.connect(copied)) as copy,
    ):
        live.execute("PRAGMA busy_timeout = 10000")
        live.backup(copy)
        # One file that needs no other beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        revision = copy.execute(_REVISION).fetchone()
        records = copy.execute(_RECORDS).fetchone()
        marks = copy.execute(_MARKS).fetchall()
    return Manifest(
        engine=Engine.SQLITE,
        revision=str(revision[0]),
        made_at=now,
        records=int(records[0]),
        logs=_marks(marks),
        parts=(describe_part(directory, copied),),
    )


async def _copy_postgresql(url: str, directory: Path, now: datetime) -> Manifest:
    (directory / TABLES).mkdir(mode=0o700)
    connection = await postgres_store.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # Before the moment is chosen that is copied: no month's table goes, or comes, until all are copied.
            await connection.execute("LOCK TABLE record IN ACCESS SHARE MODE")
            tables = [(str(name), tuple(columns)) for name, columns in await connection.fetch(TABLE_NAMES)]
            parts = [
                await _copy_table(connection, directory, name, columns) for name, columns in tables if name != REVISIONS
            ]
            manifest = Manifest(
                engine=Engine.POSTGRESQL,
                revision=str(await connection.fetchval(_REVISION)),
                made_at=now,
                records=int(await connection.fetchval(_RECORDS)),
                logs=_marks(await connection.fetch(_MARKS)),
                parts=tuple(parts),
            )
        sync_directory(directory / TABLES)
        return manifest
    finally:
        await connection.close()


async def _copy_table(
    connection: "asyncpg.Connection[asyncpg.Record]", directory: Path, name: str, columns: "Sequence[str]"
) -> Part:
    path = directory / TABLES / f"{name}.copy.gz"
    path.touch(mode=0o600)
    with gzip.open(path, "wb", compresslevel=1) as file:

        async def keep(data: bytes) -> None:
            file.write(data)

        listed = ", ".join(f'"{column}"' for column in columns)
        query = f'SELECT {listed} FROM "{name}"'  # noqa: S608 - names that our migrations gave
        told = await connection.copy_from_query(query, output=keep, format="text")
    return describe_part(directory, path, table=name, columns=columns, rows=int(told.removeprefix("COPY ")))


def _marks(rows: "Sequence[_Told]") -> tuple[LogMark, ...]:
    return tuple(LogMark(str(row[0]), int(row[1]), int(row[2]), str(row[3])) for row in rows)


def _with_keys(manifest: Manifest, directory: Path, keys: Path) -> Manifest:
    parts = list(manifest.parts)
    for path in sorted(keys.rglob("*")):
        if not path.is_file() or path.name == RECOVERY_KEY or path.name.startswith("."):
            continue
        copied = directory / KEYS / path.relative_to(keys)
        copy_key(path, copied)
        parts.append(describe_part(directory, copied))
    return Manifest(
        engine=manifest.engine,
        revision=manifest.revision,
        made_at=manifest.made_at,
        records=manifest.records,
        logs=manifest.logs,
        parts=tuple(parts),
    )


def copy_key(source: Path, target: Path) -> None:
    """Copy a file of keys so that nobody but its owner can ever read the copy. Raises OSError, also if it is there."""
    # `parents=True` would give its mode to the last one only.
    for directory in reversed((target.parent, *target.parent.parents)):
        directory.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as written:
        shutil.copyfileobj(read, written)
        written.flush()
        os.fsync(written.fileno())
