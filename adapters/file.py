"""How does a file that a department puts on a share become a service, and stay one when a broken file follows?

Options and binding are documented in `docs/adapters.md`; reading is in `sheets.py`, asking in `select.py`.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, cast

import duckdb
import msgspec

from adapters.cells import Cell
from adapters.configuration import read_settings
from adapters.confinement import Confines, OutsideConfines
from adapters.contract import Adapter, Binding, Provider, Surroundings
from adapters.cursors import Cursors
from adapters.dialects import ColumnType, Dialect, DuckDb, Value
from adapters.engines import Rows
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    FileRefused,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from adapters.lines import Encoding, FileBroken, Format, Reading
from adapters.pickup import Pickup, Signature, files_of, tell_files
from adapters.select import ColumnSettings, Selection, SelectSettings
from adapters.sheets import SHAPES, TABLE, FileTable, Kind, Written, load
from adapters.sql import SelectAdapter
from adapters.threads import Interruption, run_until

THREADS: Final = 2
_LONGEST_POLL_SECONDS: Final = 30.0  # so that a new file is served within a minute, the time to load it included
_LONGEST_SETTLE_SECONDS: Final = 10.0
_BEING_WRITTEN: Final = ("a newer file is still being written", "tệp mới đang được ghi")


class FileColumnSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which heading a field comes from, what it is served as, and how it is written in the file."""

    column: str
    type: ColumnType = ColumnType.STRING
    written: Written = Written.PLAIN


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The provider's `options`. Without `format` the endpoint's ending tells it."""

    columns: dict[str, FileColumnSettings]
    format: Format | None = None
    sheet: str = ""
    delimiter: str = ","
    encoding: Encoding = "utf-8"
    header_row: int = 1
    poll_seconds: float = 10.0
    settle_seconds: float = 2.0


class FileEngine:
    """The newest readable state of some files, as a table; what is new is loaded aside and swapped whole."""

    def __init__(
        self, pickup: Pickup, options: FileOptions, *, reading: Reading, keys: Sequence[tuple[str, ...]]
    ) -> None:
        self.dialect: Dialect = DuckDb()
        self._pickup = pickup
        self._kinds = {column.column: Kind(column.type, column.written) for column in options.columns.values()}
        self._reading = reading
        self._keys = list(dict.fromkeys(keys))
        self._poll_seconds = options.poll_seconds
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="file")
        self._database: FileTable | None = None
        self._former: FileTable | None = None
        self._seen: Signature | None = None
        self._serving = ""
        self._broken, self._broken_vi = "", ""
        self._polled = float("-inf")
        self._polling: asyncio.Future[None] | None = None

    @property
    def remark(self) -> str:
        """What an operator should know: which file is refused and why, and what is served instead; empty when well."""
        if not self._broken:
            return ""
        return f"serving {self._serving}; {self._broken}" if self._serving else f"serving nothing; {self._broken}"

    @property
    def remark_vi(self) -> str:
        """The same in Vietnamese."""
        if not self._broken:
            return ""
        serving = f"đang phục vụ tệp cũ {self._serving}" if self._serving else "không có tệp nào để phục vụ"
        return f"{serving}; {self._broken_vi}"

    async def look(self, deadline: float) -> None:
        """Pick up what is new without a call. What is refused is in `remark`. Raises `AdapterError`s."""
        await self._refresh(deadline)

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
            raise FileRefused(self._broken, vi=self._broken_vi)
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
            if not at_once and loop.time() - self._polled < self._poll_seconds:
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
            signature, at_rest = self._pickup.look()
            if not at_rest and self._database is None and signature != self._seen:
                time.sleep(self._pickup.settle_seconds)  # nothing is served, so whoever asks waits
                signature, at_rest = self._pickup.look()
            if signature == self._seen:
                return
            if not signature:
                self._seen = signature
                self._broken, self._broken_vi = "there is no such file", "không có tệp"
            elif not at_rest:
                self._broken, self._broken_vi = _BEING_WRITTEN
            else:
                self._load(signature)
        except OutsideConfines as error:
            self._broken, self._broken_vi = str(error), "tệp nằm ngoài các thư mục được phép"
        except OSError:  # of a share that is away for a moment: the next look tries again
            self._broken, self._broken_vi = "the files cannot be read at the moment", "lúc này không đọc được tệp"

    def _load(self, signature: Signature) -> None:
        newest: FileTable | None = None
        try:
            newest = load(files_of(signature), self._kinds, reading=self._reading, keys=self._keys)
            broken = broken_vi = ""
        except FileBroken as error:
            broken, broken_vi = f"refused: {error}", f"bị từ chối: {error.said_vi}"
        except duckdb.Error:  # its text may show a value
            name = Path(self._pickup.pattern).name
            broken, broken_vi = f"refused: {name}: the files cannot be loaded", f"bị từ chối: {name}: không nạp được"
        changed, _ = self._pickup.look()
        if changed != signature:  # written while it was read: nothing is known of it yet
            if newest is not None:
                newest.close()
            self._broken, self._broken_vi = _BEING_WRITTEN
            return
        self._seen, self._broken, self._broken_vi = signature, broken, broken_vi
        if newest is not None:
            # Calls may still read the table that is replaced: it goes when the next one comes.
            if self._former is not None:
                self._former.close()
            self._former, self._database = self._database, newest
            self._serving = tell_files(signature)

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

    async def look(self) -> None:
        """Pick up what is new, without a call."""
        try:
            await self._files.look(asyncio.get_running_loop().time() + self._timeout_seconds)
        except AdapterError:
            return  # `remark` says it, or the next look does

    @property
    def remark(self) -> str:
        """What an operator should know of the files; empty when all is well."""
        return self._files.remark

    @property
    def remark_vi(self) -> str:
        """The same in Vietnamese."""
        return self._files.remark_vi


def build(provider: Provider, bindings: Sequence[Binding], around: Surroundings) -> Adapter:
    """Return the adapter of files. Raises `BindingInvalid` naming what is wrong."""
    of = f"provider {provider.code!r}"
    options = read_settings(provider.options, FileOptions, of=of)
    reading = _reading(provider, options, of=of)
    confines = Confines(around.files_under, around.never_under)
    confines.check_pattern(provider.endpoint, of=of)
    settings = {binding.operation: _settings(binding, options) for binding in bindings}
    engine = FileEngine(
        Pickup(provider.endpoint, confines, options.settle_seconds),
        options,
        reading=reading,
        keys=[found.key for found in settings.values()],
    )
    cursors = Cursors(around.cursor_key)
    selections = {
        binding.operation: Selection(
            binding, settings[binding.operation], dialect=engine.dialect, provider=provider.code, cursors=cursors
        )
        for binding in bindings
    }
    return FileAdapter(engine, selections, timeout_seconds=provider.timeout.total_seconds())


def _reading(provider: Provider, options: FileOptions, *, of: str) -> Reading:
    ending = Path(provider.endpoint).suffix.removeprefix(".").lower()
    format_ = options.format or (Format(ending) if ending in tuple(Format) else None)
    problem = ""
    if format_ is None:
        raise BindingInvalid(f"{of}: the format must be csv, xlsx or parquet")
    if len(options.delimiter) != 1 or not provider.endpoint or options.header_row < 1:
        problem = "delimiter is one character, endpoint is not empty, header_row begins at 1"
    elif not 0 <= options.poll_seconds <= _LONGEST_POLL_SECONDS:
        problem = f"poll_seconds is from 0 to {_LONGEST_POLL_SECONDS:.0f}"
    elif not 0 <= options.settle_seconds <= _LONGEST_SETTLE_SECONDS:
        problem = f"settle_seconds is from 0 to {_LONGEST_SETTLE_SECONDS:.0f}"
    for field, column in options.columns.items():
        if Kind(column.type, column.written) not in SHAPES:
            problem = f"the column of {field!r}: no {column.type} is written {column.written!r}"
    if problem:
        raise BindingInvalid(f"{of}: {problem}")
    return Reading(format_, options.delimiter, options.encoding, options.sheet, options.header_row)


def _settings(binding: Binding, options: FileOptions) -> SelectSettings:
    settings = read_settings(binding.config, SelectSettings, of=f"operation {binding.operation!r}")
    if settings.table or settings.schema or settings.columns:
        raise BindingInvalid(f"operation {binding.operation!r}: a file's columns are options of its provider")
    columns = {name: ColumnSettings(column=one.column, type=one.type) for name, one in options.columns.items()}
    return msgspec.structs.replace(settings, table=TABLE, columns=columns)
