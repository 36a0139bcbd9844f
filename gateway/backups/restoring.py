"""How does a backup become the platform's database again, and never anybody's by mistake?

Only a place where nothing is takes a backup: no file is overwritten, no table emptied that was there before. What was
restored says so itself (`security.audit.restored`): its log is not signed until a person has said how it goes on.
"""

import gzip
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import asyncpg

from gateway import migrations
from gateway.backups.copying import REVISIONS, TABLE_NAMES, copy_key
from gateway.backups.manifest import (
    KEYS,
    SQLITE_FILE,
    BackupUnusable,
    Engine,
    Manifest,
    Part,
    read_backup,
    sync_directory,
)
from gateway.db import Database
from security.audit import postgres_store
from security.audit.encode import microseconds
from security.audit.partitions import created, read_partition
from security.audit.read import sqlite_path
from security.audit.restored import note_restore

_OCCUPIED: Final = """
SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'S') AND relnamespace = current_schema()::regnamespace"""
_REFERENCES: Final = """
SELECT a.relname::text, b.relname::text FROM pg_constraint f
JOIN pg_class a ON a.oid = f.conrelid JOIN pg_class b ON b.oid = f.confrelid
WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace"""
_SEQUENCES: Final = """
SELECT t.relname::text, a.attname::text, s.relname::text
FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.deptype IN ('a', 'i') AND s.relnamespace = current_schema()::regnamespace"""


async def restore_backup(directory: Path, database_url: str, *, now: datetime, keys: Path | None = None) -> Manifest:
    """Check every file of the backup, put it back at `database_url`, and return its manifest.

    With `keys`, the keys in the backup are put there. Raises BackupUnusable, and then nothing was put back; only where
    the machine itself failed in the middle may a database with empty tables, or a `.restoring` file, be left.
    """
    manifest, digest = read_backup(directory)
    path = sqlite_path(database_url)
    engine = Engine.POSTGRESQL if path is None else Engine.SQLITE
    if engine is not manifest.engine:
        raise BackupUnusable(f"this is a backup of {manifest.engine}: it cannot be put back into {engine}")
    if not migrations.is_known(manifest.revision):
        raise BackupUnusable(f"the backup has revision {manifest.revision}, of a newer release: put it back with that")
    if keys is not None:
        _check_keys(manifest, keys)
    try:
        if path is None:
            await _restore_postgresql(manifest, directory, database_url, digest=digest, now=now)
        else:
            await _restore_sqlite(manifest, directory, path, digest=digest, now=now)
        if keys is not None:
            _restore_keys(manifest, directory, keys)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error) as error:
        raise BackupUnusable(f"the database cannot be written: {type(error).__name__}") from error
    except OSError as error:
        raise BackupUnusable(f"the backup cannot be put back: {error.strerror}") from error
    return manifest


async def _restore_sqlite(manifest: Manifest, directory: Path, path: Path, *, digest: str, now: datetime) -> None:
    for ending in ("", "-wal", "-shm"):
        if path.with_name(path.name + ending).exists():
            raise BackupUnusable(f"{path.name}{ending} is there: nothing is ever overwritten, move it away")
    draft = path.with_name(f"{path.name}.restoring")
    if SQLITE_FILE not in {part.path for part in manifest.parts}:
        raise BackupUnusable(f"the manifest does not name {SQLITE_FILE}")
    copy_key(directory / SQLITE_FILE, draft)
    try:
        database = Database.open(f"sqlite:///{draft.absolute()}")
        try:
            async with database.transaction() as session:
                await note_restore(await session.connection(), digest, made_at=manifest.made_at, at=now)
        finally:
            await database.close()
        os.link(draft, path)  # unlike a renaming, this never takes the place of a file
        sync_directory(path.parent.absolute())
    finally:
        for ending in ("", "-wal", "-shm"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)


async def _restore_postgresql(manifest: Manifest, directory: Path, url: str, *, digest: str, now: datetime) -> None:
    connection = await postgres_store.connect(url)
    try:
        if await connection.fetchval(_OCCUPIED):
            raise BackupUnusable("the database has tables: nothing is ever overwritten, name an empty one")
        await migrations.upgrade_async(url, revision=manifest.revision)
        tables = {part.table: part for part in manifest.parts if part.table}
        async with connection.transaction():
            await _make_months(connection, tables)
            # The manifest's names become part of statements: they must be those of our migrations.
            _check_tables(tables, await connection.fetch(TABLE_NAMES))
            # Some migrations put a first row into their table; the backup has its own.
            await connection.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in tables))
            for name in _in_order(tables, await connection.fetch(_REFERENCES)):
                await _fill(connection, directory, tables[name])
            for table, column, sequence in await connection.fetch(_SEQUENCES):
                last = f'(SELECT max("{column}") FROM "{table}")'  # noqa: S608 - names that our migrations gave
                await connection.execute(f"SELECT setval($1::text::regclass, {last})", sequence)
            await connection.execute(
                "INSERT INTO database_restores (restored_at_us, made_at_us, backup, decision) VALUES ($1, $2, $3, '')",
                microseconds(now),
                microseconds(manifest.made_at),
                digest,
            )
    finally:
        await connection.close()


def _check_tables(tables: Mapping[str, Part], there: Sequence[tuple[str, Sequence[str]]]) -> None:
    known = {name: set(columns) for name, columns in there if name != REVISIONS}
    told = {name: set(part.columns) for name, part in tables.items()}
    if known != told:
        differing = sorted(name for name in known.keys() | told.keys() if known.get(name) != told.get(name))
        raise BackupUnusable(f"the backup has other tables than its revision: {', '.join(differing[:5])}")


def _in_order(tables: Mapping[str, Part], references: Sequence[Sequence[str]]) -> list[str]:
    """Return the tables so that each comes after those that its rows refer to."""
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
    for table, referred in references:
        if table != referred:
            order.add(table, referred)
    return [name for name in order.static_order() if name in tables]


async def _make_months(connection: "asyncpg.Connection[asyncpg.Record]", tables: Iterable[str]) -> None:
    """Make the tables of the record that a migration does not: each by its name, which says what it holds."""
    for partition in map(read_partition, sorted(tables)):
        if partition is not None:
            await connection.execute(created(partition.table))
            await connection.execute(partition.attached())


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", directory: Path, part: Part) -> None:
    with gzip.open(directory / part.path, "rb") as file:
        told = await connection.copy_to_table(part.table, source=file, columns=part.columns, format="text")
    if int(told.removeprefix("COPY ")) != part.rows:
        raise BackupUnusable(f"{part.path} does not hold the {part.rows} rows that the manifest says")


def _check_keys(manifest: Manifest, keys: Path) -> None:
    if not manifest.has_keys:
        raise BackupUnusable("there are no keys in this backup: put them back from where you keep them")
    if keys.exists() and any(keys.iterdir()):
        raise BackupUnusable(f"{keys} holds keys: nothing is ever overwritten, move them away")


def _restore_keys(manifest: Manifest, directory: Path, keys: Path) -> None:
    for part in manifest.parts:
        name = Path(part.path)
        if name.parts[0] == KEYS:
            copy_key(directory / name, keys / name.relative_to(KEYS))
