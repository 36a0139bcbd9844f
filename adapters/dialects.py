"""How does each SQL engine spell what we want to ask it?

What must come out the same everywhere: strings compare by code points, numbers numerically, and null matches
nothing. Values are always bound; only identifiers from the configuration are written into a statement.
"""

from collections.abc import Callable
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


class Native(StrEnum):
    """What a column is in its engine, where its text is served and not what the driver makes of it."""

    PLAIN = ""
    TEXT = "text"  # an enumeration, a time of day, an interval, an address: written by the engine
    UUID = "uuid"
    PADDED = "char"  # character(n), served without the blanks that fill it
    REAL = "real"  # four bytes: served with the digits that the engine writes, not with those of a double


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

    def as_served(self, column: str, native: Native) -> str:
        """Return the expression whose value is served for a column that is `native` in the engine."""
        return column if native is Native.PLAIN else f"CAST({column} AS TEXT)"

    def as_kept(self, mark: str, native: Native) -> str:  # noqa: ARG002 (PostgreSQL needs it)
        """Return a bound value as what the column is in the engine, so that an index serves."""
        return mark

    def same(self, column: str, bind: Callable[[], str], type_: ColumnType, native: Native = Native.PLAIN) -> str:
        """Return the condition that a column is exactly a value, in a form for which an index serves.

        Each `bind()` binds the value once more and returns its mark.
        """
        if type_ is not ColumnType.STRING:
            return f"{column} = {bind()}"
        return f"{self.by_code_point(self.as_served(column, native))} = {bind()}"

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

    def as_served(self, column: str, native: Native) -> str:
        """`bpchar` loses its padding on the way to `text`; a `real` keeps its shortest digits through it."""
        match native:
            case Native.PLAIN:
                return column
            case Native.REAL:
                return f"{column}::text::numeric"
            case _:
                return f"{column}::text"

    def as_kept(self, mark: str, native: Native) -> str:
        """A text is compared with what the column is, not the column with a text: that would hide the index."""
        kept = {Native.UUID: "::uuid", Native.PADDED: "::bpchar"}
        return mark + kept.get(native, "")

    def same(self, column: str, bind: Callable[[], str], type_: ColumnType, native: Native = Native.PLAIN) -> str:
        """The first half finds it by an index, the second is exact under a collation that takes more for equal."""
        mark = bind()
        if type_ is not ColumnType.STRING:
            return f"{self.as_served(column, native)} = {mark}"
        if native is Native.TEXT:
            return f"{self.by_code_point(self.as_served(column, native))} = {mark}"
        exact = f"{column} = {self.as_kept(mark, native)}"
        if native is Native.UUID:
            return exact
        return f"({exact} AND {self.by_code_point(self.as_served(column, native))} = {mark})"

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

    def as_served(self, column: str, native: Native) -> str:
        """MySQL writes the text of anything."""
        return column if native is Native.PLAIN else f"CAST({column} AS CHAR)"

    def same(self, column: str, bind: Callable[[], str], type_: ColumnType, native: Native = Native.PLAIN) -> str:
        """The first half finds it by an index, the second is exact whatever the collation takes for equal."""
        if type_ is not ColumnType.STRING:
            return f"{column} = {bind()}"
        served = self.as_served(column, native)
        found = f"{column} = {bind()}"
        return f"({found} AND {self.by_code_point(served)} = {self.by_code_point(bind())})"

    def starts_with(self, column: str, mark: str, length_mark: str) -> str:
        """Cut by characters, then compare by bytes."""
        return f"{self.by_code_point(f'LEFT({column}, {length_mark})')} = {self.by_code_point(mark)}"
