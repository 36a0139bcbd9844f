"""Is every value of these files what its column says, and may the rows be asked for like a table's?

CSV, Excel and Parquet (`lines.py`) become one table of an in-memory DuckDB that can reach nothing any more. A file that
breaks its description is refused with its name, row and column; a value is never shown.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias

import duckdb

from adapters.dialects import ColumnType, DuckDb
from adapters.lines import BATCH, SMALL, FileBroken, Line, Reading, heading, open_lines

TABLE: Final = "data"
_FILE, _ROW = "\x01file", "\x01row"  # no column of a person's is called so: it would not be printable
_Configuration: TypeAlias = dict[str, str | bool | int | float | list[str]]
# One of this name per process: each database of its own would take 4 MiB before its first row.
_SHARED: Final = ":memory:lienthong-files"
# It cannot reach a file, load an extension, or be told otherwise.
_LOCKED: Final[_Configuration] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "lock_configuration": "true",
}


class Written(StrEnum):
    """How values are written in a file, where it is not as we write them."""

    PLAIN = ""
    DAY_FIRST = "dd/MM/yyyy"  # also with `-` or `.`, and with a time after it; ISO dates are read as well
    DECIMAL_COMMA = "1.234,5"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the texts of a column become."""

    type: ColumnType
    written: Written = Written.PLAIN


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind's type in DuckDB, the condition that a text (`{0}`) must meet, and the expression that makes the value."""

    type: str
    condition: str
    value: str = "{0}"


_DAY: Final = "regexp_replace(substr({0}, 1, 10), '[.-]', '/', 'g')"
_ISO: Final = "regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({0} AS DATE) IS NOT NULL"
_DAY_FIRST: Final = (
    f"regexp_full_match({{0}}, '[0-9]{{{{1,2}}}}([/.-])[0-9]{{{{1,2}}}}[/.-][0-9]{{{{4}}}}')"
    f" AND try_strptime({_DAY}, '%d/%m/%Y') IS NOT NULL"
)
_COMMA: Final = "replace(replace({0}, '.', ''), ',', '.')"
SHAPES: Final[Mapping[Kind, Shape]] = {
    Kind(ColumnType.STRING): Shape("VARCHAR", "true"),
    Kind(ColumnType.INTEGER): Shape("BIGINT", "regexp_full_match({0}, '-?[0-9]{{1,18}}')", "CAST({0} AS BIGINT)"),
    Kind(ColumnType.NUMBER): Shape(
        "DOUBLE",
        "regexp_full_match({0}, '-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{{1,3}})?') AND isfinite(TRY_CAST({0} AS DOUBLE))",
        "CAST({0} AS DOUBLE)",
    ),
    Kind(ColumnType.NUMBER, Written.DECIMAL_COMMA): Shape(
        "DOUBLE",
        "regexp_full_match({0}, '-?([0-9]{{1,3}}([.][0-9]{{3}})+|[0-9]{{1,18}})(,[0-9]{{1,18}})?')",
        f"CAST({_COMMA} AS DOUBLE)",
    ),
    Kind(ColumnType.BOOLEAN): Shape(
        "BOOLEAN", "lower({0}) IN ('true', 'false', '1', '0')", "lower({0}) IN ('true', '1')"
    ),
    Kind(ColumnType.DATE): Shape("DATE", _ISO, "CAST({0} AS DATE)"),
    Kind(ColumnType.DATE, Written.DAY_FIRST): Shape(
        "DATE",
        f"({_ISO}) OR ({_DAY_FIRST})",
        f"CASE WHEN {_ISO} THEN CAST({{0}} AS DATE) ELSE CAST(strptime({_DAY}, '%d/%m/%Y') AS DATE) END",
    ),
    Kind(ColumnType.DATETIME): Shape(
        "TIMESTAMP",
        "regexp_matches({0}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({0} AS TIMESTAMP) IS NOT NULL",
        "CAST({0} AS TIMESTAMP)",
    ),
    Kind(ColumnType.DATETIME, Written.DAY_FIRST): Shape(
        "TIMESTAMP",
        "try_strptime({0}, ['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%Y-%m-%d %H:%M:%S', '%d/%m/%Y']) IS NOT NULL",
        "strptime({0}, ['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%Y-%m-%d %H:%M:%S', '%d/%m/%Y'])",
    ),
}
"""Every kind there is: another combination of type and writing means nothing."""


TYPES_VI: Final[Mapping[ColumnType, str]] = {
    ColumnType.STRING: "chuỗi",
    ColumnType.INTEGER: "số nguyên",
    ColumnType.NUMBER: "số",
    ColumnType.BOOLEAN: "giá trị đúng/sai (true, false)",
    ColumnType.DATE: "ngày",
    ColumnType.DATETIME: "ngày giờ",
}
"""What each type is called before people who read Vietnamese."""


class FileTable:
    """The rows of a provider's files, in a database of their own within the one that all files of a process share."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self._name = name

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor on the database, for any thread."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"USE {self._name}")
            yield cursor

    def close(self) -> None:
        """Let go of the rows. Idempotent."""
        with suppress(duckdb.Error):  # there is nothing to detach when attaching failed, or the second time
            self._connection.execute("USE memory")
            self._connection.execute(f"DETACH {self._name}")
        self._connection.close()


@contextmanager
def new_table() -> Iterator[tuple[FileTable, duckdb.DuckDBPyConnection]]:
    """Yield an empty database and the connection to fill it with; it is let go of when that fails."""
    database = duckdb.connect(_SHARED, config=SMALL | _LOCKED)
    name = f"files_{secrets.token_hex(8)}"
    table = FileTable(database, name)
    try:
        database.execute(f"ATTACH ':memory:' AS {name}")
        database.execute(f"USE {name}")
        yield table, database
    except BaseException:
        table.close()
        raise


def load(
    files: Sequence[Path], kinds: Mapping[str, Kind], *, reading: Reading, keys: Sequence[tuple[str, ...]] = ()
) -> FileTable:
    """Return a database whose table `data` holds the rows of all files, its columns named and typed as in `kinds`.

    `keys` are groups of columns that must identify a row. Raises `FileBroken`, and `OSError` when a file is not to be
    had at the moment.
    """
    with new_table() as (table, database):
        columns = ", ".join(f"{quoted(name)} {SHAPES[kind].type}" for name, kind in kinds.items())
        database.execute(f"CREATE TABLE {TABLE} ({columns}, {quoted(_FILE)} INTEGER, {quoted(_ROW)} BIGINT)")
        values = ", ".join(SHAPES[kind].value.format(f"c{at}") for at, kind in enumerate(kinds.values()))
        for number, file in enumerate(files):
            with open_lines(file, reading) as (header, lines):
                places = _places(file, header, list(kinds))
                load_raw(database, ((row, [cells[place] for place in places]) for row, cells in lines), len(places))
            _check_values(database, file, kinds)
            database.execute(f"INSERT INTO {TABLE} SELECT {values}, {number}, row FROM raw ORDER BY row")  # noqa: S608 (names from the configuration, quoted)
        database.execute("DROP TABLE IF EXISTS raw")
        for key in keys:
            _check_key(database, files, key)
        for name in (_FILE, _ROW):
            database.execute(f"ALTER TABLE {TABLE} DROP COLUMN {quoted(name)}")
    return table


def quoted(name: str) -> str:
    """Return a name as DuckDB's SQL takes it."""
    return DuckDb().identifier(name)


def load_raw(database: duckdb.DuckDBPyConnection, lines: Iterator[Line], width: int) -> None:
    """Make the table `raw` anew, of the lines' numbers (`row`) and texts (`c0`, `c1` …)."""
    names = ", ".join(f"c{at} VARCHAR" for at in range(width))
    database.execute(f"CREATE OR REPLACE TABLE raw (row BIGINT, {names})")
    marks = ", ".join(["unnest(?::BIGINT[])", *["unnest(?::VARCHAR[])"] * width])
    while batch := list(islice(lines, BATCH)):
        numbers = [number for number, _ in batch]
        database.execute(
            f"INSERT INTO raw SELECT {marks}",
            [numbers, *(list(column) for column in zip(*(cells for _, cells in batch), strict=True))],
        )


def _check_values(database: duckdb.DuckDBPyConnection, file: Path, kinds: Mapping[str, Kind]) -> None:
    for at, (name, kind) in enumerate(kinds.items()):
        column = f"c{at}"
        condition = SHAPES[kind].condition.format(column)
        first, number = database.execute(
            f"SELECT min(row), count(*) FROM raw WHERE {column} IS NOT NULL AND NOT coalesce({condition}, false)"  # noqa: S608 (ours)
        ).fetchall()[0]
        if first is not None:
            written = f" written {kind.written}" if kind.written else ""
            more = f" (and {number - 1} more of this column)" if number > 1 else ""
            also = f" (cột này còn {number - 1} giá trị nữa như vậy)" if number > 1 else ""
            asked = f" viết dạng {kind.written}" if kind.written else ""
            vi = f"không phải {TYPES_VI[kind.type]}{asked}{also}"
            raise FileBroken(file, f"is no {kind.type}{written}{more}", vi, row=int(first), column=name)


def _check_key(database: duckdb.DuckDBPyConnection, files: Sequence[Path], key: Sequence[str]) -> None:
    columns = ", ".join(quoted(name) for name in key)
    empty = " OR ".join(f"{quoted(name)} IS NULL" for name in key)
    at = f"{quoted(_FILE)}, {quoted(_ROW)}"
    found = database.execute(f"SELECT {at} FROM {TABLE} WHERE {empty} ORDER BY {at} LIMIT 1").fetchall()  # noqa: S608 (quoted)
    if found:
        at_row, broken = int(found[0][1]), files[found[0][0]]
        raise FileBroken(broken, "the key is empty", "khóa để trống", row=at_row, column=", ".join(key))
    rows, distinct = database.execute(f"SELECT count(*), count(DISTINCT ({columns})) FROM {TABLE}").fetchall()[0]  # noqa: S608 (quoted)
    if rows != distinct:
        second = f"row_number() OVER (PARTITION BY {columns} ORDER BY {at}) = 2"
        found = database.execute(f"SELECT {at} FROM {TABLE} QUALIFY {second} ORDER BY {at} LIMIT 1").fetchall()  # noqa: S608 (quoted)
        at_row, broken = int(found[0][1]), files[found[0][0]]
        raise FileBroken(broken, "the key stands twice", "khóa bị trùng", row=at_row, column=", ".join(key))


def _places(file: Path, header: Sequence[str], wanted: Sequence[str]) -> list[int]:
    for name in wanted:
        if header.count(heading(name)) != 1:
            missing = heading(name) not in header
            en, vi = ("is missing", "không có cột này") if missing else ("stands twice", "cột này bị trùng")
            raise FileBroken(file, f"the column {en}", vi, column=name)
    return [header.index(heading(name)) for name in wanted]
