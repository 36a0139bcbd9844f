"""How are the tables reached, and when is what was changed made durable?

Two engines, one code: SQLite (WAL, `synchronous=FULL`) and PostgreSQL (`synchronous_commit` on). Nobody but
`transaction` commits.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

BUSY_TIMEOUT_MS = 10_000  # how long a SQLite connection waits for another one's write
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_BEGIN = "sqlite_begin"


class DatabaseUrlRefused(ValueError):
    """The address is neither `sqlite:///path` nor `postgresql://…`.

    The text never repeats it: it may hold a password.
    """


class DatabaseBusy(Exception):
    """A table was not to be had in the time for which others may be kept waiting; the text says what to do."""


def async_url(database_url: str) -> str:
    """Return the SQLAlchemy address, with our driver, of a `sqlite:///path` or `postgresql://…` address.

    Raises DatabaseUrlRefused for anything else.
    """
    scheme, separator, rest = database_url.partition("://")
    driver = _DRIVERS.get(scheme)
    if not separator or driver is None:
        raise DatabaseUrlRefused("the database must be sqlite:///path or postgresql://host/name")
    return f"{driver}://{rest}"


def create_engine(database_url: str, *, pool_size: int = 5) -> AsyncEngine:
    """Return an engine for `sqlite:///path` or `postgresql://…`. Connects to nothing yet; dispose of it yourself.

    A directory that a SQLite path names is made. On SQLite each transaction begins IMMEDIATE, so that one that reads
    before it writes cannot fail half-way with SQLITE_BUSY_SNAPSHOT; `Database.reading` is the exception.
    """
    address = async_url(database_url)
    if not address.startswith("sqlite"):
        return create_async_engine(address, pool_size=pool_size, pool_pre_ping=True)
    path = make_url(address).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(address, pool_size=pool_size)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


class Database:
    """The tables behind one engine.

    `transaction` writes, `reading` only reads (on SQLite it takes no write lock). Built by `gateway/app.py` and by each
    command; `close` it at the end.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writing = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        # PostgreSQL shows a reader of several tables one moment only at this level; SQLite always does.
        options = {_BEGIN: "BEGIN"} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reading = async_sessionmaker(
            engine.execution_options(**options), class_=AsyncSession, expire_on_commit=False, autoflush=False
        )

    @classmethod
    def open(cls, database_url: str, *, pool_size: int = 5) -> "Database":
        """Return the database at `sqlite:///…` or `postgresql://…`. Raises DatabaseUrlRefused."""
        return cls(create_engine(database_url, pool_size=pool_size))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Yield a session; commit once when the block ends, roll back when it raises."""
        async with self._writing() as session, session.begin():
            yield session

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[AsyncSession]:
        """Yield a session whose changes are always rolled back: what would this change do, and could it be done?"""
        async with self._writing() as session:
            try:
                yield session
                await session.flush()
            finally:
                await session.rollback()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for reading, in one consistent view; whatever is changed in it is dropped."""
        async with self._reading() as session:
            try:
                yield session
            finally:
                await session.rollback()

    async def close(self) -> None:
        """Let go of all connections."""
        await self.engine.dispose()
