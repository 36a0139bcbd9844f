"""How does a table or a view of a database become a service, without a line of code?

SQLite, PostgreSQL, MySQL and MariaDB. What is asked is made by `select.py`; who is asked is in `engines.py`.
Options, secrets and binding are documented in `docs/adapters.md`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from adapters.configuration import read_settings
from adapters.confinement import Confines, credential_file
from adapters.contract import Adapter, Answer, Binding, Call, Comparison, Provider, Surroundings
from adapters.cursors import Cursors
from adapters.engines import OPENERS, Address, Engine, NamedContext, ServerEngine, SqliteEngine
from adapters.errors import BindingInvalid, CallUnacceptable
from adapters.select import Selection, SelectSettings

DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


class SqlOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The provider's `options`. With `tls` the server's certificate is verified for the endpoint's host name."""

    tls: bool = False
    ca_file: str = ""


class SelectAdapter:
    """Answers operations from the tables of one engine."""

    def __init__(self, engine: Engine, selections: Mapping[str, Selection], *, timeout_seconds: float) -> None:
        self._engine = engine
        self._selections = selections
        self._timeout_seconds = timeout_seconds

    async def call(self, call: Call) -> Answer:
        """Carry out one operation. Raises `AdapterError`s only."""
        selection = self._selections.get(call.operation)
        if selection is None:
            raise CallUnacceptable("operation", vi="không có thao tác này", en="there is no such operation")
        question = selection.prepare(call)
        rows = await self._engine.fetch(question.sql, question.values, deadline=call.deadline)
        body = selection.write(question, rows)
        return Answer(body, f"{min(len(rows), question.limit)} rows", 1, question.rows_applied)

    def comparisons(self, operation: str) -> Mapping[str, Comparison]:
        """Return what the filters of `operation` are compared with."""
        return self._selections[operation].comparisons

    async def check(self) -> None:
        """Return when the engine answers. Reads no record."""
        await self._engine.fetch("SELECT 1", (), deadline=asyncio.get_running_loop().time() + self._timeout_seconds)

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._engine.close()


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter of a database. Raises `BindingInvalid` naming what is wrong."""
    engine = open_engine(provider, around)
    cursors = Cursors(around.cursor_key)
    selections = {
        binding.operation: Selection(
            binding,
            read_settings(binding.config, SelectSettings, of=f"operation {binding.operation!r}"),
            dialect=engine.dialect,
            provider=provider.code,
            cursors=cursors,
        )
        for binding in bindings
    }
    return SelectAdapter(engine, selections, timeout_seconds=provider.timeout.total_seconds())


def sqlite_file(endpoint: str, around: Surroundings, *, of: str) -> Path:
    """Return the file of a `sqlite:///relative` or `sqlite:////absolute` endpoint.

    Raises `BindingInvalid` where it lies outside the directories of providers' files, or is the gateway's own.
    """
    rest = endpoint.removeprefix("sqlite://")
    if not rest.startswith("/") or len(rest) < 2:
        raise BindingInvalid(f"{of}: the endpoint must be sqlite:///path")
    path = unquote(rest[1:])
    Confines(around.files_under, around.never_under).check_path(path, of=of)
    return Path(path)


def open_engine(provider: Provider, around: Surroundings) -> Engine:
    """Return the engine at a provider's endpoint, not yet asked. Raises `BindingInvalid` naming what is wrong."""
    of = f"provider {provider.code!r}"
    options = read_settings(provider.options, SqlOptions, of=of)
    scheme = provider.endpoint.partition("://")[0]
    if scheme == "sqlite":
        return SqliteEngine(
            sqlite_file(provider.endpoint, around, of=of), Confines(around.files_under, around.never_under)
        )
    if scheme not in OPENERS:
        raise BindingInvalid(f"{of}: the endpoint must begin with sqlite, postgresql, mysql or mariadb")
    try:
        parts = urlsplit(provider.endpoint)
        port = parts.port or DEFAULT_PORTS[scheme]
    except ValueError as error:
        raise BindingInvalid(f"{of}: the endpoint is not a URL") from error
    if parts.password is not None:
        raise BindingInvalid(f"{of}: the password must be the secret 'password', not a part of the endpoint")
    if not parts.hostname or not parts.username or len(parts.path) < 2 or parts.query or parts.fragment:
        raise BindingInvalid(f"{of}: the endpoint must be {scheme}://user@host:port/database")
    authority = credential_file(options.ca_file, "ca_file", around=around, of=of)
    address = Address(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        database=unquote(parts.path[1:]),
        password=provider.secrets.get("password", ""),
        tls=NamedContext.for_host(parts.hostname, authority) if options.tls else None,
    )
    return ServerEngine(
        OPENERS[scheme](), address, egress=around.egress, statement_seconds=provider.timeout.total_seconds()
    )  # fmt: skip
