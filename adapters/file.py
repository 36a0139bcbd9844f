"""How does a file that a department puts on a share become a service, and stay one when a broken file follows?

Options and binding are documented in `docs/adapters.md`; reading is in `sheets.py`, asking in `select.py`.
"""

import asyncio
import glob
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias, cast

import duckdb
import msgspec

from adapters.cells import Cell
from adapters.configuration import read_settings
from adapters.confinement import Confines, OutsideConfines
from adapters.contract import Adapter, Binding, Provider, Surroundings
from adapters.cursors import Cursors
from adapters.dialects import Dialect, DuckDb, Value
from adapters.engines import Rows
from adapters.errors import BindingInvalid, ProviderTalkedNonsense, ProviderTimedOut, ProviderUnreachable
from adapters.select import ColumnSettings, Selection, SelectSettings
from adapters.sheets import TABLE, FileBroken, FileTable, Format, load
from adapters.sql import SelectAdapter
from adapters.threads import Interruption, run_until

THREADS: Final = 2

Signature: TypeAlias = tuple[tuple[str, int, int], ...]
"""Path, time of change in nanoseconds and size of each file: another one means that there is something new."""


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The provider's `options`. Without `format` the endpoint's ending tells it."""

    columns: dict[str, ColumnSettings]
    format: Format | None = None
    sheet: str = ""
    delimiter: str = ","
    poll_seconds: float = 10.0


class FileEngine:
    """The newest readable state of some files, as a table; what is new is loaded aside and swapped whole."""

    def __init__(
        self,
        pattern: str,
        options: FileOptions,
        *,
        format_: Format,
        keys: Sequence[tuple[str, ...]],
        confines: Confines,
    ) -> None:
        self.dialect: Dialect = DuckDb()
        self._pattern = pattern
        self._confines = confines
        self._options = options
        self._format = format_
        self._keys = list(dict.fromkeys(keys))
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="file")
        self._database: FileTable | None = None
        self._former: FileTable | None = None
        self._seen: Signature | None = None
        self._broken = ""
        self._polled = float("-inf")
        self._polling: asyncio.Future[None] | None = None

    async def fetch(self, sql: str, values: Sequence[Value], *, deadline: float) -> Rows:
        """Return all rows of a SELECT. Raises `AdapterError`s only."""
        await self._refresh(deadline)
        database = self._database
        if database is None:
            raise ProviderUnreachable(self._broken or "there is no such file")
        return await run_until(deadline, self._executor, lambda stop: self._fetch(database, sql, values, stop))

    async def refuse_if_broken(self, deadline: float) -> None:
        """Return when the newest files are the ones served. Raises `AdapterError`s, naming file, row and column."""
        await self._refresh(deadline, at_once=True)
        if self._broken:
            raise ProviderTalkedNonsense(self._broken)
        if self._database is None:
            raise ProviderUnreachable("there is no such file")

    async def close(self) -> None:
        """Let go of the table. Idempotent."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        for table in (self._former, self._database):
            if table is not None:
                table.close()
        self._former = self._database = None

    async def _refresh(self, deadline: float, *, at_once: bool = False) -> None:
        loop = asyncio.get_running_loop()
        if self._polling is None:
            if not at_once and loop.time() - self._polled < self._options.poll_seconds:
                return
            try:
                self._polling = loop.run_in_executor(self._executor, self._poll)
            except RuntimeError as error:  # the executor was shut down
                raise ProviderUnreachable("the adapter is closed", attempts=0) from error
            self._polling.add_done_callback(self._polled_at)
        elif self._database is not None and not at_once:
            return  # somebody else is loading; the old state is good until then
        await asyncio.wait((self._polling,), timeout=max(deadline - loop.time(), 0.0))
        if self._database is None and self._polling is not None:
            raise ProviderTimedOut("the file was not loaded before the deadline")

    def _polled_at(self, polling: "asyncio.Future[None]") -> None:
        self._polling = None
        self._polled = polling.get_loop().time()
        if not polling.cancelled():
            polling.result()

    def _poll(self) -> None:
        """Look whether there is something new, and load it. Runs in a thread, one at a time."""
        try:
            # `Path.glob` takes no absolute pattern.
            names = sorted(glob.glob(self._pattern, recursive=True))  # noqa: PTH207 (see above)
            files = [self._confines.real_path(Path(name)) for name in names]
            signature = tuple((str(file), stat.st_mtime_ns, stat.st_size) for file in files for stat in (file.stat(),))
        except OSError:
            self._broken = "the files cannot be listed"
            return
        except OutsideConfines as error:
            self._broken = str(error)
            return
        if signature == self._seen:
            return
        self._seen = signature
        if not files:
            self._broken = "there is no such file"
            return
        types = {column.column: column.type for column in self._options.columns.values()}
        options = self._options
        try:
            newest = load(
                files, types, format_=self._format, delimiter=options.delimiter, sheet=options.sheet, keys=self._keys
            )  # fmt: skip
            # Calls may still read the table that is replaced: it goes when the next one comes.
            if self._former is not None:
                self._former.close()
            self._former, self._database = self._database, newest
            self._broken = ""
        except FileBroken as error:
            self._broken = str(error)
        except duckdb.Error:  # its text may show a value
            self._broken = f"{Path(self._pattern).name}: the files cannot be loaded"

    def _fetch(self, database: FileTable, sql: str, values: Sequence[Value], stop: Interruption) -> Rows:
        try:
            with database.cursor() as cursor:
                if not stop.begin(cursor):
                    raise ProviderTimedOut("the table had no time for the call")
                try:
                    return cast(list[tuple[Cell, ...]], cursor.execute(sql, list(values)).fetchall())
                finally:
                    stop.end()
        except duckdb.InterruptException as error:
            raise ProviderTimedOut("the table did not answer before the deadline") from error
        except duckdb.Error as error:
            raise ProviderTalkedNonsense("the table refuses the statement") from error


class FileAdapter(SelectAdapter):
    """Answers operations from files."""

    def __init__(self, engine: FileEngine, selections: dict[str, Selection], *, timeout_seconds: float) -> None:
        super().__init__(engine, selections, timeout_seconds=timeout_seconds)
        self._files = engine

    async def check(self) -> None:
        """Return when the newest files are served. A broken one is reported with file, row and column."""
        await self._files.refuse_if_broken(asyncio.get_running_loop().time() + self._timeout_seconds)


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter of files. Raises `BindingInvalid` naming what is wrong."""
    of = f"provider {provider.code!r}"
    options = read_settings(provider.options, FileOptions, of=of)
    ending = Path(provider.endpoint).suffix.removeprefix(".").lower()
    format_ = options.format or (Format(ending) if ending in tuple(Format) else None)
    if format_ is None:
        raise BindingInvalid(f"{of}: the format must be csv, xlsx or parquet")
    if len(options.delimiter) != 1 or options.poll_seconds < 0 or not provider.endpoint:
        raise BindingInvalid(f"{of}: delimiter is one character, poll_seconds is not negative, endpoint is not empty")
    confines = Confines(around.files_under, around.never_under)
    confines.check_pattern(provider.endpoint, of=of)
    settings = {binding.operation: _settings(binding, options) for binding in bindings}
    engine = FileEngine(
        provider.endpoint,
        options,
        format_=format_,
        keys=[found.key for found in settings.values()],
        confines=confines,
    )
    cursors = Cursors(around.cursor_key)
    selections = {
        binding.operation: Selection(
            binding, settings[binding.operation], dialect=engine.dialect, provider=provider.code, cursors=cursors
        )
        for binding in bindings
    }
    return FileAdapter(engine, selections, timeout_seconds=provider.timeout.total_seconds())


def _settings(binding: Binding, options: FileOptions) -> SelectSettings:
    settings = read_settings(binding.config, SelectSettings, of=f"operation {binding.operation!r}")
    if settings.table or settings.columns:
        raise BindingInvalid(f"operation {binding.operation!r}: a file's columns are options of its provider")
    return msgspec.structs.replace(settings, table=TABLE, columns=options.columns)
