"""How does each SQL engine spell what we want to ask it?

What must come out the same everywhere: strings compare by code points, numbers numerically, and null matches
nothing. Values are always bound; only identifiers from the configuration are written into a statement.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, TypeAlias

Value: TypeAlias = str | int | float | bool | date | datetime | Decimal
"""What can be bound. A `datetime` is one with or without an offset, as the caller or the cursor gave it."""


class ColumnType(StrEnum):
    """The JSON type that a column is served as."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class Dialect:
    """SQLite, and what the others share with it."""

    def identifier(self, name: str) -> str:
        """Return a quoted name; a dot separates a schema from a table when `name` is a table's."""
        return '"' + name.replace('"', '""') + '"'

    def mark(self, number: int, type_: ColumnType) -> str:  # noqa: ARG002 (PostgreSQL needs both)
        """Return the placeholder of the bound value with this number (from 1), typed where the engine must be told."""
        return "?"

    def bind(self, value: Value, type_: ColumnType) -> Value:  # noqa: ARG002 (others need the type)
        """Return the value in the form that the driver wants for a column of this type."""
        if isinstance(value, datetime):
            return value.isoformat(sep=" ")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return float(value)
        return int(value) if isinstance(value, bool) else value

    def by_code_point(self, expression: str) -> str:
        """Return a string expression that compares by code points."""
        return f"{expression} COLLATE BINARY"

    def same(self, column: str, mark: str, type_: ColumnType) -> str:
        """Return the condition that a column is exactly a value, in a form for which an index serves."""
        return f"{column} = {mark}" if type_ is not ColumnType.STRING else f"{self.by_code_point(column)} = {mark}"

    def starts_with(self, column: str, mark: str, length_mark: str) -> str:
        """Return the condition that a string begins with a bound prefix, whose length in code points is bound too."""
        return f"substr({column}, 1, {length_mark}) = {mark} COLLATE BINARY"


class Sqlite(Dialect):
    """SQLite: dates and times are text as SQLite's own functions write them."""


class DuckDb(Dialect):
    """DuckDB: binary collation is its default."""

    def bind(self, value: Value, type_: ColumnType) -> Value:
        """DuckDB takes Python's own types; times are kept without an offset, in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        if isinstance(value, Decimal) or (type_ is ColumnType.NUMBER and isinstance(value, int)):
            return float(value)
        return value

    def by_code_point(self, expression: str) -> str:
        """Nothing to add."""
        return expression

    def starts_with(self, column: str, mark: str, length_mark: str) -> str:
        """`left` counts code points, unlike `left_grapheme`."""
        return f"left({column}, {length_mark}) = {mark}"


class PostgreSql(Dialect):
    """PostgreSQL through asyncpg, with the session's time zone set to UTC."""

    _casts: ClassVar[dict[ColumnType, str]] = {
        ColumnType.STRING: "text",
        ColumnType.INTEGER: "bigint",
        ColumnType.NUMBER: "numeric",
        ColumnType.BOOLEAN: "boolean",
        ColumnType.DATE: "date",
        ColumnType.DATETIME: "text::timestamptz",
    }

    def mark(self, number: int, type_: ColumnType) -> str:
        """The cast says which type asyncpg must send, whatever the column's own is."""
        return f"${number}::{self._casts[type_]}"

    def bind(self, value: Value, type_: ColumnType) -> Value:
        """A float becomes the decimal that it is written as."""
        if isinstance(value, datetime):
            return value.isoformat()
        if type_ is ColumnType.NUMBER and isinstance(value, (int, float)):
            return Decimal(repr(value))
        return value

    def by_code_point(self, expression: str) -> str:
        """UTF-8 in byte order is code point order."""
        return f'{expression} COLLATE "C"'

    def same(self, column: str, mark: str, type_: ColumnType) -> str:  # noqa: ARG002 (others need it)
        """Equality is exact under every deterministic collation, and a foreign collation would hide the index."""
        return f"{column} = {mark}"

    def starts_with(self, column: str, mark: str, length_mark: str) -> str:
        """`length_mark` is typed bigint, `left` wants integer."""
        return f'left({column}::text, ({length_mark})::integer) = {mark} COLLATE "C"'


class MySql(Dialect):
    """MySQL and MariaDB, whose usual collations take `a` for `A` and `đ` for `d`."""

    def identifier(self, name: str) -> str:
        """Quoted whatever the session's `ANSI_QUOTES` says."""
        return "`" + name.replace("`", "``") + "`"

    def bind(self, value: Value, type_: ColumnType) -> Value:  # noqa: ARG002 (others need the type)
        """Times are kept without an offset, in UTC; a float becomes the decimal that it is written as."""
        if isinstance(value, datetime):
            plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return plain.isoformat(sep=" ")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool):
            return int(value)
        return Decimal(repr(value)) if isinstance(value, float) else value

    def by_code_point(self, expression: str) -> str:
        """UTF-8 in byte order is code point order."""
        return f"CAST(CONVERT({expression} USING utf8mb4) AS BINARY)"

    def same(self, column: str, mark: str, type_: ColumnType) -> str:
        """Exact, whatever the collation of the column says."""
        if type_ is not ColumnType.STRING:
            return f"{column} = {mark}"
        return f"{self.by_code_point(column)} = {self.by_code_point(mark)}"

    def starts_with(self, column: str, mark: str, length_mark: str) -> str:
        """Cut by characters, then compare by bytes."""
        return f"{self.by_code_point(f'LEFT({column}, {length_mark})')} = {self.by_code_point(mark)}"
