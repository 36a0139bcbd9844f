"""How do we reach each SQL engine, read-only, and stop asking when the deadline has passed?

Every engine answers a statement with rows, or raises one of our errors: the drivers' own do not get out of here.
"""

import asyncio
import sqlite3
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

import asyncmy
import asyncpg
from asyncmy.errors import MySQLError

from adapters.cells import Cell
from adapters.confinement import Confines, OutsideConfines
from adapters.contract import Egress
from adapters.dialects import Dialect, MySql, PostgreSql, Sqlite, Value
from adapters.errors import AdapterError, BindingInvalid, ProviderTalkedNonsense, ProviderTimedOut, ProviderUnreachable
from adapters.threads import Interruption, run_until

Rows: TypeAlias = Sequence[Sequence[Cell]]

THREADS: Final = 4
MYSQL_TIMED_OUT: Final = frozenset({1969, 3024})
"""`max_statement_time` of MariaDB, `max_execution_time` of MySQL."""
MYSQL_NOT_LET_IN: Final = frozenset({0, 1040, 1044, 1045, 1049, 1053, 1129, 1130, 1203, 1226, 1698})
"""Too many connections, access denied, no such database, shutting down, host blocked."""
STATEMENTS_KEPT: Final = 64


class Engine(Protocol):
    """Something that answers SQL."""

    @property
    def dialect(self) -> Dialect:
        """How it spells."""
        ...

    async def fetch(self, sql: str, values: Sequence[Value], *, deadline: float) -> Rows:
        """Return all rows of a SELECT. Raises `AdapterError`s only."""
        ...

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        ...


class SqliteEngine:
    """A SQLite file, opened read-only by a few threads, each with a connection of its own."""

    def __init__(self, path: Path, confines: Confines) -> None:
        self.dialect: Dialect = Sqlite()
        self._path = path
        self._confines = confines
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def fetch(self, sql: str, values: Sequence[Value], *, deadline: float) -> Rows:
        """Return all rows of a SELECT. Raises `AdapterError`s only."""
        try:
            return await run_until(deadline, self._executor, lambda stop: self._fetch(sql, values, stop))
        except RuntimeError as error:  # the executor was shut down
            raise ProviderUnreachable("the adapter is closed", attempts=0) from error

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        while self._opened:
            self._opened.pop().close()

    def _fetch(self, sql: str, values: Sequence[Value], stop: Interruption) -> Rows:
        try:
            connection = self._connection()
            if not stop.begin(connection):
                raise ProviderTimedOut("the database had no time for the call")
            try:
                return cast(Rows, connection.execute(sql, tuple(values)).fetchall())
            finally:
                stop.end()
        except sqlite3.OperationalError as error:
            if stop.asked:
                raise ProviderTimedOut("the database did not answer before the deadline") from error
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR):
                raise ProviderUnreachable("the database file cannot be opened or is locked") from error
            raise ProviderTalkedNonsense("the database does not know the table or a column") from error
        except sqlite3.Error as error:
            raise ProviderTalkedNonsense("the file is damaged or no database") from error

    def _connection(self) -> sqlite3.Connection:
        connection = cast("sqlite3.Connection | None", getattr(self._local, "connection", None))
        if connection is None:
            try:
                real = self._confines.real_path(self._path)
            except OutsideConfines as error:
                raise ProviderUnreachable(str(error)) from error
            connection = sqlite3.connect(real.as_uri() + "?mode=ro", uri=True, check_same_thread=False, timeout=1.0)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            self._local.connection = connection
            self._opened.append(connection)
        return connection


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database server is, and who we are to it. `tls` is None for a plain connection."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = None


class NamedContext(ssl.SSLContext):
    """Verifies a server by its name although we connect to its address: the drivers know only one of them."""

    name: str

    @classmethod
    def for_host(cls, name: str, ca_file: str) -> "NamedContext":
        """Return a context that accepts a certificate for `name` only. Raises `BindingInvalid`."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.name = name
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            if ca_file:
                context.load_verify_locations(ca_file)
            else:
                context.load_default_certs()
        except (OSError, ssl.SSLError) as error:
            raise BindingInvalid("the CA file cannot be read") from error
        return context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,  # noqa: ARG002 (replaced: that is the point)
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a handshake with the server called `name`, whatever address the driver names."""
        return super().wrap_bio(incoming, outgoing, server_side, self.name, session)


class Session(Protocol):
    """One connection to a database server."""

    async def fetch(self, sql: str, values: Sequence[Value], *, seconds: float) -> Rows:
        """Return all rows of a SELECT."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...

    @property
    def broken(self) -> bool:
        """Whether it must not be used again."""
        ...


class Opener(Protocol):
    """Opens a session of one kind of server, and knows what its driver's errors mean."""

    dialect: Dialect

    async def open(self, address: Address, *, host: str, port: int, statement_seconds: float) -> Session:
        """Return a read-only session with the server at this very address."""
        ...

    def translate(self, error: Exception) -> AdapterError | None:
        """Return our error for one of the driver's, None for anything else."""
        ...


class ServerEngine:
    """A database server: sessions are kept and used again, the last one first."""

    def __init__(self, opener: Opener, address: Address, *, egress: Egress, statement_seconds: float) -> None:
        self.dialect = opener.dialect
        self._opener = opener
        self._address = address
        self._egress = egress
        self._statement_seconds = statement_seconds
        self._idle: list[Session] = []
        self._closed = False

    async def fetch(self, sql: str, values: Sequence[Value], *, deadline: float) -> Rows:
        """Return all rows of a SELECT. Raises `AdapterError`s only."""
        session: Session | None = None
        whole = False
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(deadline):
                while self._idle and session is None:
                    session = self._idle.pop()
                    if session.broken:
                        session = None
                session = session or await self._open()
                rows = await session.fetch(sql, values, seconds=max(deadline - loop.time(), 0.001))
                whole = True
                return rows
        except TimeoutError as error:
            if session is None:
                raise ProviderUnreachable("no session with the database before the deadline") from error
            raise ProviderTimedOut("the database did not answer before the deadline") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, MySQLError, OSError, EOFError) as error:
            raise self._opener.translate(error) or _unreachable() from error
        finally:
            if session is not None:
                self._release(session, whole=whole)

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()

    def _release(self, session: Session, *, whole: bool) -> None:
        if whole and not session.broken and not self._closed:
            self._idle.append(session)
        else:  # what its server still sends belongs to a call that has gone
            session.abort()

    async def _open(self) -> Session:
        if self._closed:
            raise ProviderUnreachable("the adapter is closed", attempts=0)
        address = self._address
        reason: OSError | None = None
        for host, port in await self._egress.resolve(address.host, address.port):
            try:
                return await self._opener.open(
                    address, host=host, port=port, statement_seconds=self._statement_seconds
                )  # fmt: skip
            except OSError as error:
                reason = error
        raise _unreachable() from reason


def _unreachable() -> ProviderUnreachable:
    return ProviderUnreachable("no session with the database")


class _PostgreSqlSession:
    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def fetch(self, sql: str, values: Sequence[Value], *, seconds: float) -> Rows:
        # asyncpg asks the server to cancel the statement when this time is over.
        return cast(Rows, await self._connection.fetch(sql, *values, timeout=seconds))

    def abort(self) -> None:
        self._connection.terminate()

    @property
    def broken(self) -> bool:
        return bool(self._connection.is_closed())


class PostgreSqlOpener:
    """PostgreSQL through asyncpg."""

    def __init__(self) -> None:
        self.dialect: Dialect = PostgreSql()

    async def open(self, address: Address, *, host: str, port: int, statement_seconds: float) -> Session:
        """Return a read-only session: the server refuses writes and stops long statements by itself."""
        connection = await asyncpg.connect(
            host=host,
            port=port,
            user=address.user,
            password=address.password,  # an empty one, too: None would read the environment
            database=address.database,
            ssl=address.tls or False,
            server_settings={
                "application_name": "lienthong",
                "default_transaction_read_only": "on",
                "statement_timeout": str(max(int(statement_seconds * 1000), 1)),
                "timezone": "UTC",
            },
        )
        return _PostgreSqlSession(connection)

    def translate(self, error: Exception) -> AdapterError | None:
        """Return our error for one of asyncpg's."""
        if isinstance(error, asyncpg.QueryCanceledError):
            return ProviderTimedOut("the database did not answer before the deadline")
        # SQLSTATE classes: 08 connection, 28 authorization, 3D no such database, 53 resources, 57 intervention.
        state = str(getattr(error, "sqlstate", None) or "")
        if isinstance(error, asyncpg.PostgresError) and state[:2] not in ("08", "28", "3D", "53", "57"):
            return ProviderTalkedNonsense("the database refuses the statement", provider_status=state)
        return None


class _MySqlResult(Protocol):
    rows: Rows


class _MySqlStatement(Protocol):
    async def execute(self, args: tuple[Value, ...]) -> _MySqlResult: ...

    async def close(self) -> None: ...


class _MySqlConnection(Protocol):
    """What we use of asyncmy's connection, which says little of its types."""

    connected: bool

    async def prepare(self, query: str) -> _MySqlStatement: ...

    async def query(self, sql: str) -> object: ...

    def get_server_info(self) -> str: ...

    def close(self) -> None: ...


class _MySqlSession:
    def __init__(self, connection: _MySqlConnection) -> None:
        self._connection = connection
        self._statements: dict[str, _MySqlStatement] = {}

    async def fetch(self, sql: str, values: Sequence[Value], *, seconds: float) -> Rows:  # noqa: ARG002 (the server was told)
        # Prepared on the server, so that no value is ever written into a statement, not even quoted.
        statement = self._statements.get(sql)
        if statement is None:
            statement = await self._connection.prepare(sql)
            if len(self._statements) >= STATEMENTS_KEPT:
                await self._statements.pop(next(iter(self._statements))).close()
            self._statements[sql] = statement
        result = await statement.execute(tuple(values))
        return result.rows

    def abort(self) -> None:
        self._connection.close()

    @property
    def broken(self) -> bool:
        return not self._connection.connected


class MySqlOpener:
    """MySQL and MariaDB through asyncmy."""

    def __init__(self) -> None:
        self.dialect: Dialect = MySql()

    async def open(self, address: Address, *, host: str, port: int, statement_seconds: float) -> Session:
        """Return a read-only session: the server refuses writes and stops long statements by itself."""
        opened = await asyncmy.connect(
            host=host, port=port, user=address.user, password=address.password, database=address.database,
            ssl=address.tls, charset="utf8mb4", autocommit=True,
        )  # fmt: skip
        connection = cast(_MySqlConnection, opened)
        try:
            await connection.query("SET SESSION TRANSACTION READ ONLY")
            await connection.query("SET time_zone = '+00:00'")
            if "MariaDB" in connection.get_server_info():
                await connection.query(f"SET SESSION max_statement_time = {max(statement_seconds, 0.001):.3f}")
            else:
                await connection.query(f"SET SESSION max_execution_time = {max(int(statement_seconds * 1000), 1)}")
        except BaseException:
            connection.close()
            raise
        return _MySqlSession(connection)

    def translate(self, error: Exception) -> AdapterError | None:
        """Return our error for one of asyncmy's."""
        code = error.args[0] if isinstance(error, MySQLError) and error.args else 0
        if code in MYSQL_TIMED_OUT:
            return ProviderTimedOut("the database did not answer before the deadline")
        # 2000 to 2999 are the driver's own errors: the connection; the others say that we are not let in.
        if isinstance(error, MySQLError) and not 2000 <= code < 3000 and code not in MYSQL_NOT_LET_IN:
            return ProviderTalkedNonsense("the database refuses the statement", provider_status=str(code))
        return None


OPENERS: Final[dict[str, Callable[[], Opener]]] = {
    "postgresql": PostgreSqlOpener,
    "mysql": MySqlOpener,
    "mariadb": MySqlOpener,
}
