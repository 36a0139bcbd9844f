"""What does every test have at hand? Real databases on both engines, real counters on both, and a count of them.

`LIENTHONG_TEST_DATABASE_URL` and `LIENTHONG_TEST_REDIS_URL` name servers to use instead of our own: the database
user must be allowed to create databases, and the Redis is flushed.
"""

import asyncio
import gc
import importlib
import os
import shutil
import sqlite3
import sys
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import redis

sys.path.insert(
    0, str(Path(__file__).parent)
)  # importmode=importlib adds nothing; servers.py and providers/ are shared

import external
import servers
from hypothesis import HealthCheck, settings
from together import ByGroup
from xdist.remote import Producer

Result = TypeVar("Result")

# Neither a slow example nor slow making of examples is a finding: other programs run on the machine too.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")

# --- servers of the session ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.PostgresServer]:
    """Our own PostgreSQL, one per process of the test run. Never stop it: for that, start a `PostgresServer`."""
    server = servers.PostgresServer(place=servers.memory())
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgres_admin_url(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL where databases may be created: the one that was named to us, or our own."""
    named = os.environ.get("LIENTHONG_TEST_DATABASE_URL")
    if named:
        return named
    server: servers.PostgresServer = request.getfixturevalue("postgres_server")
    return server.url("postgres")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.RedisServer]:
    """Our own Redis; one per process of the test run. Do not stop it: start a `RedisServer` of your own for that."""
    server = servers.RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """A real Redis, empty."""
    named = os.environ.get("LIENTHONG_TEST_REDIS_URL")
    url = named or str(request.getfixturevalue("redis_server").url)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(params=["in-process", "redis"])
def counters_url(request: pytest.FixtureRequest) -> str:
    """Both places where counters may be kept: empty for this process, or the address of a Redis."""
    return "" if request.param == "in-process" else str(request.getfixturevalue("redis_url"))


@pytest.fixture
def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    return servers.free_port()


# --- databases -----------------------------------------------------------------------------------------------


def in_a_thread(work: Callable[[], Result]) -> Result:
    """Run `work` where no event loop of a test is near, and return what it returns."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(work).result()


def administrate(url: str, *statements: str) -> None:
    """Carry out statements that cannot stand in a transaction, one after the other."""

    async def carry_out() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    in_a_thread(lambda: asyncio.run(_awaited(carry_out())))


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work


def with_database(url: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema, as `lienthong migrate` does."""
    migrations = importlib.import_module("gateway.migrations")
    in_a_thread(lambda: migrations.upgrade(url))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'lienthong.db'}"


@pytest.fixture
def postgresql_url(postgres_admin_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    yield from _new_postgresql(postgres_admin_url, template="template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new, empty database, on both engines."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def migrated_sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql_template(postgres_admin_url: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"lienthong_template_{uuid.uuid4().hex[:12]}"
    administrate(postgres_admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    migrate(with_database(postgres_admin_url, name))
    yield name
    administrate(postgres_admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite_template: Path, sqlite_url: str) -> str:
    """A new SQLite database with the newest schema."""
    shutil.copyfile(migrated_sqlite_template, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture
def migrated_postgresql_url(postgres_admin_url: str, migrated_postgresql_template: str) -> Iterator[str]:
    """A new PostgreSQL database with the newest schema."""
    yield from _new_postgresql(postgres_admin_url, template=migrated_postgresql_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A new database with the newest schema, on both engines."""
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


def _new_postgresql(admin_url: str, *, template: str) -> Iterator[str]:
    name = f"lienthong_{uuid.uuid4().hex}"
    # Written straight to its files: half the work of the usual way, through the log. PostgreSQL has it since 15.
    how = "" if os.environ.get("LIENTHONG_TEST_DATABASE_URL") else " STRATEGY file_copy"
    administrate(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"{how}')
    yield with_database(admin_url, name)
    administrate(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# --- the closing line: how many tests ran on which engines -----------------------------------------------------

ENGINE_OF_FIXTURE = {
    "sqlite_url": "sqlite",
    "migrated_sqlite_url": "sqlite",
    "postgresql_url": "postgresql",
    "postgres_admin_url": "postgresql",
    "migrated_postgresql_url": "postgresql",
    "mariadb_url": "mariadb",
    "redis_url": "redis",
    "redis_server": "redis",
}
ENGINES = ("sqlite", "postgresql", "mariadb", "in-process", "redis")


@pytest.hookimpl(optionalhook=True)  # unknown with `-p no:xdist`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup:
    """Give the processes of the test run whole files and groups of files, whatever `--dist` says."""
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note on each test which engines it runs on; the note travels with its report, also from xdist's workers."""
    for item in items:
        engines = {ENGINE_OF_FIXTURE[name] for name in getattr(item, "fixturenames", ()) if name in ENGINE_OF_FIXTURE}
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        engines |= {str(value) for value in parameters.values() if isinstance(value, str) and value in ENGINES}
        item.user_properties.extend(("engine", engine) for engine in sorted(engines))


def pytest_collection_finish() -> None:
    """Let the collector pass over all that was imported: it lives as long as the process."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let libraries that look at the end for what was not given back find it all."""
    gc.unfreeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran on which engines."""
    ran: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if report.when == "call":
                ran["all"] += 1
                ran.update(engine for name, engine in report.user_properties if name == "engine")
    engines = ", ".join(f"{engine} {ran[engine]}" for engine in ENGINES)
    terminalreporter.write_line(external.what_is_there())
    terminalreporter.write_line(f"{ran['all']} tests ran; on engines: {engines}")
