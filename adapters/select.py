"""Which rows of a table answer this call, and how are they written as JSON?

Shared by the SQL and the file adapter. The fields of the agreement, and those that name the people concerned, are the
selected columns; the agreement's row filter becomes bound conditions; a list is paged by key, with a sealed cursor.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import msgspec
import orjson

from adapters.cells import RENDERERS, Cell, CellUnexpected, Rendered, read_constant, read_parameter
from adapters.contract import Binding, Call, Comparison, Condition, Json, Operator
from adapters.cursors import Cursors, context_of
from adapters.dialects import ColumnType, Dialect, Native, Value
from adapters.errors import BindingInvalid, CallUnacceptable, ProviderHasNone, ProviderTalkedNonsense

RESERVED: Final = frozenset({"after", "limit"})
MOST_ROWS: Final = 1000
NEVER: Final = "1 = 0"
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kind(StrEnum):
    """Whether an operation answers with one row or with a page of rows."""

    GET = "get"
    LIST = "list"


class ColumnSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a field comes from. `native` says what the column is in its engine where that is no type of ours."""

    column: str
    type: ColumnType = ColumnType.STRING
    native: Native = Native.PLAIN


class FilterSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a parameter is compared with."""

    column: str
    operator: Literal["eq", "prefix", "gte", "lte", "in"] = "eq"


class SelectSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A binding's `config`. A file's binding leaves out `table` and `columns`: the provider's options say them.

    With a `schema`, be it empty (an engine that has none), `table` is one name; without, its dots separate a schema.
    """

    kind: Kind
    key: tuple[str, ...]
    schema: str | None = None
    table: str = ""
    columns: dict[str, ColumnSettings] = {}
    filters: dict[str, FilterSettings] = {}
    page_size: int = 50
    max_page_size: int = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with its bound values, and what is needed to write its rows as the answer."""

    sql: str
    values: tuple[Value, ...] = field(repr=False)
    columns: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    limit: int
    context: bytes
    rows_applied: bool


class _Where:
    """Collects conditions and their bound values."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.conditions: list[str] = []
        self.values: list[Value] = []

    def bind(self, value: Value, type_: ColumnType) -> str:
        self.values.append(self.dialect.bind(value, type_))
        return self.dialect.mark(len(self.values), type_)

    def compare(self, column: ColumnSettings, operator: Operator, *, values: Sequence[Value]) -> None:
        """Add one condition. Null matches none of them, as SQL has it."""
        dialect, type_ = self.dialect, column.type
        served = dialect.as_served(dialect.identifier(column.column), column.native)
        if not values or (len(values) > 1 and operator is not Operator.IN):
            self.conditions.append(NEVER)  # empty means no
        elif operator is Operator.PREFIX:
            prefix = str(values[0])
            # Marks are numbered in the order in which they stand, which matters where the driver only counts.
            length = self.bind(len(prefix), ColumnType.INTEGER)
            self.conditions.append(dialect.starts_with(served, self.bind(prefix, type_), length))
        elif operator in (Operator.EQ, Operator.IN):
            self.conditions.append("(" + " OR ".join(self._same(column, value) for value in values) + ")")
        else:
            sign = {Operator.NE: "<>", Operator.GTE: ">=", Operator.LTE: "<="}[operator]
            left, mark = self._comparable(served, type_), self._comparable(self.bind(values[0], type_), type_)
            self.conditions.append(f"{left} {sign} {mark}")

    def same(self, column: ColumnSettings, value: Value) -> None:
        self.conditions.append(self._same(column, value))

    def beyond(self, keys: Sequence[ColumnSettings], position: Sequence[Value]) -> None:
        """Add: the key comes after `position`, in the table's own order."""
        if len(keys) > 1:  # says nothing new, but lets an index begin where the page does
            self.conditions.append(self._ordered(keys[0], ">=", position[0]))
        ways = []
        for index, last in enumerate(keys):
            equal = [self._ordered(column, "=", position[at]) for at, column in enumerate(keys[:index])]
            ways.append(" AND ".join([*equal, self._ordered(last, ">", position[index])]))
        self.conditions.append("(" + " OR ".join(f"({way})" for way in ways) + ")")

    def _same(self, column: ColumnSettings, value: Value) -> str:
        if column.native is Native.UUID and UUID.fullmatch(str(value)) is None:
            return NEVER  # the engine would refuse to read it as one
        name = self.dialect.identifier(column.column)
        return self.dialect.same(name, lambda: self.bind(value, column.type), column.type, column.native)

    def _ordered(self, column: ColumnSettings, sign: str, value: Value) -> str:
        mark = self.dialect.as_kept(self.bind(value, column.type), column.native)
        return f"{self.dialect.identifier(column.column)} {sign} {mark}"

    def _comparable(self, expression: str, type_: ColumnType) -> str:
        return self.dialect.by_code_point(expression) if type_ is ColumnType.STRING else expression


Object: TypeAlias = dict[str, "Rendered | Object"]


class Selection:
    """One operation on one table, checked and ready to be asked."""

    def __init__(
        self, binding: Binding, settings: SelectSettings, *, dialect: Dialect, provider: str, cursors: Cursors
    ):
        """Raises `BindingInvalid` naming what is wrong."""
        self._operation = binding.operation
        self._provider = provider
        self._dialect = dialect
        self._cursors = cursors
        self._settings = settings
        self._row_prefix = "items[]." if settings.kind is Kind.LIST else ""
        self._columns = {column.column: column for column in settings.columns.values()}
        self._check(binding)
        parts = settings.table.split(".") if settings.schema is None else (settings.schema, settings.table)
        self._table = ".".join(dialect.identifier(part) for part in parts if part)
        self._order = ", ".join(dialect.identifier(column) for column in settings.key)
        self._key_parameters = {column: self._parameter_of(column) for column in settings.key}

    def _check(self, binding: Binding) -> None:
        settings = self._settings
        problem = ""
        if not binding.safe:
            problem = "a table is only read, so the operation must be safe"
        elif not settings.table or not settings.columns or not settings.key:
            problem = "table, columns and key must not be empty"
        elif not 1 <= settings.page_size <= settings.max_page_size <= MOST_ROWS:
            problem = f"1 ≤ page_size ≤ max_page_size ≤ {MOST_ROWS} must hold"
        elif RESERVED & settings.filters.keys():
            problem = "`after` and `limit` are reserved for paging"
        elif binding.rows != self._row_prefix.rstrip("."):
            problem = f"rows must be {self._row_prefix.rstrip('.')!r} for this kind"
        names = [settings.table, settings.schema or settings.table, *self._columns, *settings.key]
        if not problem and any(not name or not name.isprintable() for name in names):
            problem = "a table's or a column's name is empty or holds a control character"
        for column in (*settings.key, *(filter_.column for filter_ in settings.filters.values())):
            if not problem and column not in self._columns:
                problem = f"the column {column!r} is used and not among columns, so its type is not known"
        for column in settings.key:
            if not problem and self._columns[column].native in (Native.TEXT, Native.REAL):
                problem = f"the column {column!r} cannot be a key: the engine orders it in another way than its text"
        for name, filter_ in settings.filters.items():
            if not problem and filter_.operator == "prefix" and self._columns[filter_.column].type != "string":
                problem = f"the filter {name!r} compares a prefix with a column that is no string"
        for declared in binding.fields:
            if not problem and declared.path != "next" and self._name_of(declared.path) not in settings.columns:
                problem = f"the field {declared.path!r} is not among columns"
        if problem:
            raise BindingInvalid(f"operation {self._operation!r}: {problem}")

    def _name_of(self, path: str) -> str:
        return path.removeprefix(self._row_prefix) if path.startswith(self._row_prefix) else ""

    def _parameter_of(self, column: str) -> str:
        """A key column is asked for by the parameter of its equality filter, or else by the name of its field."""
        for name, filter_ in self._settings.filters.items():
            if filter_.column == column and filter_.operator == "eq":
                return name
        return next(name for name, found in self._settings.columns.items() if found.column == column)

    @property
    def comparisons(self) -> Mapping[str, Comparison]:
        """What the filters compare with, but for an exact one with a column of the key: that is how a row is named."""
        return {
            name: Comparison(
                paths=tuple(
                    self._row_prefix + field_
                    for field_, found in self._settings.columns.items()
                    if found.column == filter_.column
                ),
                exact=filter_.operator == "eq",
            )
            for name, filter_ in self._settings.filters.items()
            if not (filter_.operator == "eq" and filter_.column in self._settings.key)
        }

    def prepare(self, call: Call) -> Question:
        """Return what to ask the table for `call`. Raises `CallUnacceptable` naming the parameter that is wrong."""
        where = _Where(self._dialect)
        paths = dict.fromkeys((*call.fields, *call.needed))
        names = [name for name in map(self._name_of, paths) if name in self._settings.columns]
        rows_applied, wanted = self._apply_rows(where, call.rows)
        names += [name for name in wanted if name not in names]
        limit, context = 1, b""
        if self._settings.kind is Kind.GET:
            self._apply_key(where, call.parameters)
        else:
            limit = self._limit(call.parameters.get("limit"))
            context = self._apply_filters(where, call.parameters)
        columns = [self._settings.columns[name].column for name in names]
        selected = [*columns, *(self._settings.key if self._settings.kind is Kind.LIST else ())] or ["1"]
        return Question(
            sql=self._statement(where, selected, limit),
            values=tuple(where.values),
            columns=tuple(selected),
            paths=tuple(tuple(name.split(".")) for name in names),
            limit=limit,
            context=context,
            rows_applied=rows_applied,
        )

    def _statement(self, where: _Where, selected: Sequence[str], limit: int) -> str:
        columns = ", ".join("1" if name == "1" else self._served(name) for name in selected)
        conditions = f" WHERE {' AND '.join(where.conditions)}" if where.conditions else ""
        order = f" ORDER BY {self._order}" if self._settings.kind is Kind.LIST else ""
        # One row more than asked tells whether there is a next page, or that a key is none.
        more = where.bind(limit + 1, ColumnType.INTEGER)
        return f"SELECT {columns} FROM {self._table}{conditions}{order} LIMIT {more}"  # noqa: S608 (identifiers are quoted and come from the configuration; values are bound)

    def _served(self, column: str) -> str:
        return self._dialect.as_served(self._dialect.identifier(column), self._columns[column].native)

    def _apply_rows(self, where: _Where, conditions: Sequence[Condition]) -> tuple[bool, list[str]]:
        """Push what means the same in SQL; where something does not, its field is selected and the gateway filters."""
        left_over: list[str] = []
        for condition in conditions:
            settings = self._settings.columns.get(condition.field)
            if settings is None:
                where.conditions.append(NEVER)  # a row without the field never matches
                continue
            values = [read_constant(value, settings.type) for value in condition.values]
            exact = [value for value in values if value is not None]
            if len(exact) != len(values) or not _is_pushable(settings.type, condition.operator):
                left_over.append(condition.field)
                continue
            where.compare(settings, condition.operator, values=exact)
        if not left_over:
            return True, []
        return False, [condition.field for condition in conditions if condition.field in self._settings.columns]

    def _apply_key(self, where: _Where, parameters: Mapping[str, Json]) -> None:
        for column in self._settings.key:
            name = self._key_parameters[column]
            value = parameters.get(name)
            if value is None:
                raise CallUnacceptable(name, vi="bắt buộc phải có", en="is required")
            settings = self._columns[column]
            where.same(settings, read_parameter(name, value, settings.type))

    def _apply_filters(self, where: _Where, parameters: Mapping[str, Json]) -> bytes:
        given: dict[str, Json] = {}
        for name, filter_ in self._settings.filters.items():
            value = parameters.get(name)
            if value is None:
                continue
            given[name] = value
            column = self._columns[filter_.column]
            several = value if isinstance(value, list) else [value]
            values = [read_parameter(name, one, column.type) for one in several]
            if len(values) != 1 and filter_.operator != "in":
                raise CallUnacceptable(name, vi="phải là một giá trị đơn", en="must be a single value")
            where.compare(column, Operator(filter_.operator), values=values)
        context = context_of(self._provider, self._operation, given)
        after = parameters.get("after")
        if after is not None:
            position = self._cursors.open(str(after), context=context)
            keys = [self._columns[name] for name in self._settings.key]
            bound = [read_parameter("after", value, key.type) for value, key in zip(position, keys, strict=True)]
            where.beyond(keys, bound)
        return context

    def _limit(self, value: Json) -> int:
        if value is None:
            return self._settings.page_size
        limit = read_parameter("limit", value, ColumnType.INTEGER)
        if not isinstance(limit, int) or not 1 <= limit <= self._settings.max_page_size:
            most = self._settings.max_page_size
            raise CallUnacceptable("limit", vi=f"phải từ 1 đến {most}", en=f"must be from 1 to {most}")
        return limit

    def write(self, question: Question, rows: Sequence[Sequence[Cell]]) -> bytes:
        """Return the answer as JSON. Raises `ProviderHasNone` or `ProviderTalkedNonsense`."""
        if self._settings.kind is Kind.GET:
            if not rows:
                raise ProviderHasNone("there is no such row", provider_status="0 rows")
            if len(rows) > 1:
                raise ProviderTalkedNonsense("the key is not unique in the table", provider_status="2 rows")
            return orjson.dumps(self._object(question, rows[0]))
        page = rows[: question.limit]
        cursor = None
        if len(rows) > question.limit:
            cursor = self._cursors.seal(self._position(question, page[-1]), context=question.context)
        return orjson.dumps({"items": [self._object(question, row) for row in page], "next": cursor})

    def _position(self, question: Question, row: Sequence[Cell]) -> list[str | int | float | bool]:
        position: list[str | int | float | bool] = []
        for column, cell in zip(self._settings.key, row[len(question.paths) :], strict=True):
            rendered = self._render(column, cell)
            position.append(rendered if isinstance(rendered, (str, int, float)) else str(cell))
        return position

    def _object(self, question: Question, row: Sequence[Cell]) -> Object:
        whole: Object = {}
        for path, column, cell in zip(question.paths, question.columns, row, strict=False):
            inner = whole
            for name in path[:-1]:
                deeper = inner.setdefault(name, {})
                if not isinstance(deeper, dict):
                    raise ProviderTalkedNonsense("a field stands inside another field")
                inner = deeper
            inner[path[-1]] = self._render(column, cell)
        return whole

    def _render(self, column: str, cell: Cell) -> Rendered:
        if cell is None:
            return None
        type_ = self._columns[column].type
        try:
            return RENDERERS[type_](cell)
        except CellUnexpected as error:
            raise ProviderTalkedNonsense(f"the column {column!r} holds something else than {type_}") from error


def _is_pushable(type_: ColumnType, operator: Operator) -> bool:
    """Whether SQL's comparison of this type means the same as the comparison of what the caller would be shown."""
    match type_:
        case ColumnType.STRING:
            return True
        case ColumnType.INTEGER | ColumnType.NUMBER | ColumnType.DATE:
            return operator is not Operator.PREFIX
        case ColumnType.BOOLEAN:
            return operator in (Operator.EQ, Operator.NE, Operator.IN)
        case ColumnType.DATETIME:  # shown with or without an offset and a fraction, compared as text by the rule
            return False
