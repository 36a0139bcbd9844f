"""Is every change of the record found, wherever it is made and however it is covered up?

A small record with its signed log is changed in one way after the other (tests/tampering.py), on both engines. Some
changes are a slip, some are somebody who holds the database and rewrites what follows so that it fits.
"""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

import asyncpg
import pytest
from conftest import administrate, in_a_thread, migrate, with_database
from logged import ORIGIN, clock, record_some, sequencing
from tampering import RECORDS, Dialect, table_changes

from security.audit.checkpoints import LogKey, ensure_log_key
from security.audit.verify import Report, Verdict, verify_database

Result = TypeVar("Result")
TABLES = ("record", "record_streams", "record_cursors", "log_heads", "log_runs", "log_tiles", "log_checkpoints")
CHANGES = {dialect: table_changes(dialect) for dialect in Dialect}


class Store(Protocol):
    """A pristine record on one engine, to be changed again and again."""

    dialect: Dialect
    directory: Path

    def restore(self) -> None:
        """Put back what was there in the beginning."""

    def execute(self, *statements: str) -> None:
        """Carry out statements, and keep what they did."""

    def fetch(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""

    @property
    def url(self) -> str:
        """The address of what was changed."""


class SqliteStore:
    """Copies the pristine file for each change."""

    dialect = Dialect.SQLITE

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._pristine, self._copy = directory / "lienthong.db", directory / "copy.db"
        self.url = f"sqlite:///{self._copy}"
        migrate(f"sqlite:///{self._pristine}")
        in_a_thread(lambda: asyncio.run(fill(f"sqlite:///{self._pristine}", directory)))
        with closing(sqlite3.connect(self._pristine)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")

    def restore(self) -> None:
        shutil.copy(self._pristine, self._copy)

    def execute(self, *statements: str) -> None:
        with closing(sqlite3.connect(self._copy)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            for statement in statements:
                connection.execute(statement)

    def fetch(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._copy)) as connection:
            return list(connection.execute(query))

    def close(self) -> None:
        """Nothing is open."""


class PostgresStore:
    """Keeps a copy of each table beside it, and puts back what was changed; a loop of its own talks to the server."""

    dialect = Dialect.POSTGRESQL

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self.url = directory, url
        in_a_thread(lambda: asyncio.run(fill(url, directory)))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._connection = self._run(asyncpg.connect(url))
        self.execute(
            "SET synchronous_commit = off", "SET session_replication_role = replica", "CREATE SCHEMA kept_as_it_was"
        )
        self.execute(*(f"CREATE TABLE kept_as_it_was.{name} AS SELECT * FROM {name}" for name in TABLES))

    def restore(self) -> None:
        for name in TABLES:
            self.execute(f"DELETE FROM {name}; INSERT INTO {name} SELECT * FROM kept_as_it_was.{name}")

    def execute(self, *statements: str) -> None:
        self._run(self._connection.execute("; ".join(statements)))

    def fetch(self, query: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self._run(self._connection.fetch(query))]

    def close(self) -> None:
        self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


async def fill(url: str, directory: Path) -> None:
    """Record three streams, and sign the log after each."""
    async with sequencing(url, directory) as sequencer:
        for count in (3, 3, 2):
            await record_some(url, directory, count=count)
            await sequencer.run()


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> SqliteStore:
    return SqliteStore(tmp_path_factory.mktemp("pristine-sqlite"))


@pytest.fixture(scope="module")
def postgresql_store(
    tmp_path_factory: pytest.TempPathFactory, postgres_admin_url: str, migrated_postgresql_template: str
) -> Iterator[PostgresStore]:
    name = f"lienthong_pristine_{uuid.uuid4().hex}"
    administrate(
        postgres_admin_url,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f'CREATE DATABASE {name} TEMPLATE "{migrated_postgresql_template}"',
    )
    store = PostgresStore(tmp_path_factory.mktemp("pristine-postgresql"), with_database(postgres_admin_url, name))
    yield store
    store.close()
    administrate(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=list(Dialect))
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    found.restore()
    return found


def log_key(store: Store) -> LogKey:
    return ensure_log_key(store.directory / "log-keys")


def verified(store: Store, *, checkpoints: Sequence[str] = ()) -> Report:
    """Return what the verifier says, with the log's key as an auditor was given it."""
    origin = f"{ORIGIN}/log/{clock():%Y}"
    keys = {origin: log_key(store).public(origin).written()}
    return in_a_thread(lambda: verify_database(store.url, keys=keys, checkpoints=checkpoints))


def test_the_untouched_record_is_whole_and_all_of_it_is_in_the_log(store: Store) -> None:
    report = verified(store)

    assert (report.verdict, report.records, report.logged) == (Verdict.OK, RECORDS, RECORDS)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_there_are_five_hundred_changes(dialect: Dialect) -> None:
    assert len(CHANGES[dialect]) >= 500


def assert_found(store: Store, statements: Sequence[str]) -> None:
    store.restore()
    store.execute(*statements)
    report = verified(store)

    assert report.verdict is Verdict.TAMPERED
    assert report.finding is not None
    assert report.finding.stream


@pytest.mark.parametrize("what", CHANGES[Dialect.SQLITE])
def test_a_change_is_found_and_located(sqlite_store: SqliteStore, what: str) -> None:
    assert_found(sqlite_store, CHANGES[Dialect.SQLITE][what])


@pytest.mark.parametrize("what", CHANGES[Dialect.POSTGRESQL])
def test_a_change_on_postgresql_is_found_and_located(postgresql_store: PostgresStore, what: str) -> None:
    assert_found(postgresql_store, CHANGES[Dialect.POSTGRESQL][what])


# --- changes that are covered up: by somebody who holds the database, and in the end the log's own key ---------------


def rewrite(store: Store) -> None:
    """Let another agency have asked in the first exchange, and chain everything behind it anew."""
    rows = store.fetch(
        "SELECT stream, seq, body FROM record WHERE stream = (SELECT min(stream) FROM record) ORDER BY seq"
    )
    previous, stream = "", str(rows[0][0])
    before = hashlib.sha256(b"\x00" + bytes(rows[-1][2])).hexdigest()
    for _, seq, body in rows:
        members = json.loads(bytes(body).replace(b"so-noi-vu", b"so-y-te"))
        members["prev"] = previous
        written = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        leaf = hashlib.sha256(b"\x00" + written).digest()
        agency = members.get("who", {}).get("agency", "")
        told = f"body = {store.dialect.bytes(written)}, leaf = {store.dialect.bytes(leaf)}, agency = '{agency}'"
        store.execute(f"UPDATE record SET {told} WHERE stream = '{stream}' AND seq = {seq}")
        previous = leaf.hex()
    last = store.dialect.bytes(bytes.fromhex(previous))
    store.execute(f"UPDATE record_streams SET last_leaf = {last} WHERE stream = '{stream}'")
    for other, seq, body in store.fetch("SELECT stream, seq, body FROM record WHERE kind = 'OPEN'"):
        changed = store.dialect.bytes(bytes(body).replace(before.encode(), previous.encode()))
        store.execute(f"UPDATE record SET body = {changed} WHERE stream = '{other}' AND seq = {seq}")


def test_a_stream_that_was_chained_anew_is_not_what_was_signed(store: Store) -> None:
    rewrite(store)

    assert verified(store).verdict is Verdict.TAMPERED


def sign_anew(store: Store) -> None:
    """Forget the log, drop the last stream, and sign what is left as if it had been all, with the log's own key."""
    ((last,),) = store.fetch("SELECT stream FROM record_streams ORDER BY opened_at DESC LIMIT 1")
    store.execute(*(f"DELETE FROM {name}" for name in TABLES[2:]))
    store.execute(*(f"DELETE FROM {name} WHERE stream = '{last}'" for name in TABLES[:2]))
    in_a_thread(lambda: asyncio.run(sign_all(store.url, store.directory)))


async def sign_all(url: str, directory: Path) -> None:
    async with sequencing(url, directory) as sequencer:
        sequencer.anchors.forget_all()
        await sequencer.run()
        assert sequencer.trouble == ""


def test_a_log_begun_anew_with_its_own_key_contradicts_a_checkpoint_that_somebody_kept(store: Store) -> None:
    ((kept,),) = store.fetch("SELECT checkpoint FROM log_heads")
    sign_anew(store)

    unseen, report = verified(store), verified(store, checkpoints=[str(kept)])

    assert unseen.verdict is Verdict.OK  # this is why witnesses and receipts are
    assert report.verdict is Verdict.TAMPERED
    assert report.finding is not None
    assert "the end of the log is missing" in report.finding.what


def test_a_checkpoint_of_another_log_is_not_taken_for_ours(store: Store) -> None:
    report = verified(store, checkpoints=["a.example/log/2026\n1\nAAAA\n\n— a AAAAAAAA\n"])

    assert report.verdict is Verdict.TAMPERED
