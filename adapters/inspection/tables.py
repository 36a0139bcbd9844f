"""Which tables may be published, and what is one of them like: columns, key, what it can be searched by, a few rows?

Everything is asked as a provider of that address would be asked: read-only, in bounded time, of an allowed address.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from adapters.cells import RENDERERS, Cell, CellUnexpected
from adapters.contract import Provider, Surroundings
from adapters.dialects import ColumnType, MySql, Native, PostgreSql, Value
from adapters.engines import Engine, Rows
from adapters.errors import ProviderHasNone, ProviderTimedOut
from adapters.inspection.facts import (
    SAMPLE_CHARACTERS,
    SAMPLE_ROWS,
    ColumnFound,
    Remark,
    TableFound,
    TableListed,
    shorten,
)
from adapters.inspection.mysql import MySqlDescriber
from adapters.inspection.postgresql import PostgreSqlDescriber
from adapters.inspection.raw import Describer, RawColumn, RawTable
from adapters.inspection.sqlite import SqliteDescriber
from adapters.sql import open_engine

TRIED_ROWS: Final = 200
"""Rows of which each value is checked against the type proposed for its column."""
_UNORDERED: Final = frozenset({Native.TEXT, Native.REAL})
_KEY_TYPES: Final = frozenset({ColumnType.STRING, ColumnType.INTEGER, ColumnType.DATE, ColumnType.DATETIME})


class _Inspection:
    """Asks one database within one deadline."""

    def __init__(self, engine: Engine, *, seconds: float) -> None:
        self.engine = engine
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def ask(self, sql: str, values: Sequence[Value]) -> Rows:
        return await self.engine.fetch(sql, values, deadline=self._deadline)

    @property
    def describer(self) -> Describer:
        match self.engine.dialect:
            case PostgreSql():
                return PostgreSqlDescriber()
            case MySql():
                return MySqlDescriber()
            case _:
                return SqliteDescriber()


async def list_tables(provider: Provider, around: Surroundings) -> tuple[TableListed, ...]:
    """Return the tables and views that the provider's user may read, at most 2000, by name.

    `provider` is one of the `sql` adapter's; its `timeout` bounds the whole. Raises `AdapterError`s.
    """
    engine = open_engine(provider, around)
    try:
        inspection = _Inspection(engine, seconds=provider.timeout.total_seconds())
        return await inspection.describer.list_tables(inspection.ask)
    finally:
        await engine.close()


async def inspect_table(
    provider: Provider, around: Surroundings, *, name: str, schema: str = "", key: Sequence[str] = ()
) -> TableFound:
    """Return what a table or view is like. A `key` that a person proposes is checked: unique, and never null.

    Names are taken as the database spells them. `provider.timeout` bounds the whole.
    Raises `ProviderHasNone` when the user sees no such table, and other `AdapterError`s.
    """
    engine = open_engine(provider, around)
    try:
        inspection = _Inspection(engine, seconds=provider.timeout.total_seconds())
        raw = await inspection.describer.describe(inspection.ask, schema, name)
        if raw is None:
            raise ProviderHasNone("the user sees no table or view of this name")
        tried, remarks = await _try_rows(inspection, raw)
        found = _conclude(raw, tried, remarks)
        chosen = tuple(key) or found.key
        # Only SQLite lets a primary key be null.
        sure = not key and not isinstance(inspection.describer, SqliteDescriber)
        faults, doubts = ([], []) if sure else await _check_key(inspection, found, chosen)
        return replace(found, key=chosen, key_faults=tuple(faults), remarks=(*found.remarks, *doubts))
    finally:
        await engine.close()


async def _try_rows(inspection: _Inspection, raw: RawTable) -> tuple[Rows, list[Remark]]:
    """Return some rows of the columns that can be served, none when the table does not give them in time."""
    dialect = inspection.engine.dialect
    served = [column for column in raw.columns if column.type is not None]
    if not served:
        return (), []
    columns = ", ".join(
        inspection.describer.sampled(
            dialect.as_served(dialect.identifier(column.name), column.native), column, characters=SAMPLE_CHARACTERS + 1
        )
        for column in served
    )
    sql = f"SELECT {columns} FROM {_place(inspection, raw.listed)} LIMIT {TRIED_ROWS}"  # noqa: S608 (quoted)
    try:
        return await inspection.ask(sql, ()), []
    except ProviderTimedOut:
        vi, en = "không đọc kịp dòng mẫu: kiểu cột chưa được thử", "no sample in time: the types were not tried"
        return (), [Remark(raw.listed.name, vi, en)]


def _place(inspection: _Inspection, listed: TableListed) -> str:
    names = (listed.schema, listed.name) if listed.schema else (listed.name,)
    return ".".join(inspection.engine.dialect.identifier(name) for name in names)


def _conclude(raw: RawTable, tried: Rows, remarks: list[Remark]) -> TableFound:
    leading = {index.columns[0] for index in raw.indexes if index.columns}
    values = dict(zip((c.name for c in raw.columns if c.type is not None), zip(*tried, strict=True), strict=False))
    columns = []
    for column in raw.columns:
        found, said = _column(column, values.get(column.name, ()), filterable=column.name in leading)
        columns.append(found)
        remarks += said
    return TableFound(
        schema=raw.listed.schema,
        name=raw.listed.name,
        is_view=raw.listed.is_view,
        rows=raw.listed.rows,
        comment=raw.listed.comment,
        columns=tuple(columns),
        key=_key(raw, {column.name: column for column in columns}),
        key_faults=(),
        remarks=tuple(remarks),
        samples=tuple(tuple(_text(row) for row in line) for line in _lines(columns, values)),
    )


def _lines(columns: Sequence[ColumnFound], values: Mapping[str, Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    rows = min(SAMPLE_ROWS, max((len(column) for column in values.values()), default=0))
    for at in range(rows):
        yield [values[column.name][at] if column.name in values and column.type else None for column in columns]


def _text(cell: Cell) -> str | None:
    return None if cell is None else shorten("" if isinstance(cell, bytes) else str(cell))


def _column(raw: RawColumn, values: Sequence[Cell], *, filterable: bool) -> tuple[ColumnFound, list[Remark]]:
    type_ = raw.type
    remarks = []
    if type_ is None:
        remarks.append(Remark(raw.name, raw.why[0], f"{raw.source_type}: {raw.why[1]}", left_out=True))
    elif not all(_fits(value, type_) for value in values):
        type_ = next((other for other in _WIDER[type_] if all(_fits(value, other) for value in values)), None)
        remarks.append(_unlike(raw, type_))
    elif type_ is ColumnType.DATETIME and _is_local(raw):
        vi, en = "không có múi giờ: được trả nguyên như đã ghi", "has no time zone: served as it was written"
        remarks.append(Remark(raw.name, vi, en))
    settings = {"native": raw.native.value} if raw.native is not Native.PLAIN else {}
    return ColumnFound(
        name=raw.name,
        type=type_,
        source_type=raw.source_type,
        nullable=raw.nullable,
        comment=raw.comment,
        filterable=filterable and type_ is not None,
        max_length=raw.max_length,
        choices=raw.choices,
        settings=settings,
    ), remarks


_WIDER: Final[Mapping[ColumnType, tuple[ColumnType, ...]]] = {
    ColumnType.BOOLEAN: (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.STRING),
    ColumnType.INTEGER: (ColumnType.NUMBER, ColumnType.STRING),
    ColumnType.NUMBER: (ColumnType.STRING,),
    ColumnType.DATE: (ColumnType.DATETIME, ColumnType.STRING),
    ColumnType.DATETIME: (ColumnType.STRING,),
    ColumnType.STRING: (ColumnType.INTEGER, ColumnType.NUMBER),
}


def _fits(value: Cell, type_: ColumnType) -> bool:
    if value is None:
        return True
    try:
        RENDERERS[type_](value)
    except CellUnexpected:
        return False
    return True


def _unlike(raw: RawColumn, type_: ColumnType | None) -> Remark:
    if type_ is None:
        vi, en = "các giá trị thuộc nhiều kiểu khác nhau", "holds values of different types"
        return Remark(raw.name, vi, en, left_out=True)
    return Remark(
        raw.name,
        f"khai là {raw.source_type} nhưng có giá trị không đúng kiểu ấy; được trả kiểu {type_}",
        f"declared {raw.source_type} and holds values that are not; served as {type_}",
    )


def _is_local(raw: RawColumn) -> bool:
    return "with time zone" not in raw.source_type.lower()


def _key(raw: RawTable, columns: Mapping[str, ColumnFound]) -> tuple[str, ...]:
    for index in sorted(raw.indexes, key=lambda index: (not index.primary, not index.unique, len(index.columns))):
        whole = [columns.get(name) for name in index.columns]
        if index.unique and all(column is not None and _may_be_key(column) for column in whole):
            return index.columns
    return ()


def _may_be_key(column: ColumnFound) -> bool:
    return not column.nullable and _has_key_type(column)


def _has_key_type(column: ColumnFound) -> bool:
    return column.type in _KEY_TYPES and Native(column.settings.get("native", "")) not in _UNORDERED


async def _check_key(
    inspection: _Inspection, found: TableFound, key: Sequence[str]
) -> tuple[list[Remark], list[Remark]]:
    """Return what is wrong with a key, and what could not be told in time."""
    columns = {column.name: column for column in found.columns}
    where = ", ".join(key)
    if not key:
        return [], []
    if any(name not in columns or not _has_key_type(columns[name]) for name in key):
        return [Remark(where, "không làm khóa được: không có cột này hoặc kiểu không hợp", "cannot be a key")], []
    listed = TableListed(found.schema, found.name, found.is_view, found.rows)
    names = [inspection.engine.dialect.identifier(name) for name in key]
    empty = " OR ".join(f"{name} IS NULL" for name in names)
    place, several = _place(inspection, listed), ", ".join(names)
    try:
        if await inspection.ask(f"SELECT 1 FROM {place} WHERE {empty} LIMIT 1", ()):  # noqa: S608 (quoted)
            return [Remark(where, "khóa bị để trống ở một dòng", "the key is empty in a row")], []
        twice = f"SELECT 1 FROM {place} GROUP BY {several} HAVING count(*) > 1 LIMIT 1"  # noqa: S608 (quoted)
        if tuple(key) != found.key and await inspection.ask(twice, ()):
            return [Remark(where, "khóa bị trùng giữa các dòng", "the key stands in more than one row")], []
    except ProviderTimedOut:
        return [], [Remark(where, "chưa kịp kiểm tra khóa có trùng hay không", "the key was not checked in time")]
    return [], []
