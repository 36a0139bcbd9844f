"""What stands in these files, and is every value what its column says?

CSV, Excel and Parquet become one table of an in-memory DuckDB that can reach nothing any more. A file that breaks its
description is refused with its name, row and column; a value is never shown.
"""

import csv
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias
from zipfile import BadZipFile

import duckdb
import openpyxl

from adapters.dialects import ColumnType, DuckDb

TABLE: Final = "data"
_Configuration: TypeAlias = dict[str, str | bool | int | float | list[str]]
_SMALL: Final[_Configuration] = {"threads": "1", "async_threads": "1"}  # by default a database takes ten threads
# One of this name per process: each database of its own would take 4 MiB before its first row.
_SHARED: Final = ":memory:lienthong-files"
# It cannot reach a file, load an extension, or be told otherwise.
_LOCKED: Final[_Configuration] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "lock_configuration": "true",
}
BATCH: Final = 1000

Line: TypeAlias = tuple[int, list[str | None]]
"""A row's number in its file, and the text of the wanted columns in order; None where there is nothing."""


class Format(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


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


class FileBroken(ValueError):
    """A file is not what its description says. The text names the file, the row and the column, and no value."""

    def __init__(self, file: Path, what: str, *, row: int = 0, column: str = "") -> None:
        place = [file.name, *([f"row {row}"] if row else []), *([f"column {column!r}"] if column else [])]
        super().__init__(f"{', '.join(place)}: {what}")


_SHAPES: Final[Mapping[ColumnType, tuple[str, str, str]]] = {
    # type in DuckDB, condition that a text must meet, expression that makes the value
    ColumnType.STRING: ("VARCHAR", "true", "{0}"),
    ColumnType.INTEGER: ("BIGINT", "regexp_full_match({0}, '-?[0-9]{{1,18}}')", "CAST({0} AS BIGINT)"),
    ColumnType.NUMBER: (
        "DOUBLE",
        "regexp_full_match({0}, '-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{{1,3}})?') AND isfinite(TRY_CAST({0} AS DOUBLE))",
        "CAST({0} AS DOUBLE)",
    ),
    ColumnType.BOOLEAN: ("BOOLEAN", "lower({0}) IN ('true', 'false', '1', '0')", "lower({0}) IN ('true', '1')"),
    ColumnType.DATE: (
        "DATE",
        "regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({0} AS DATE) IS NOT NULL",
        "CAST({0} AS DATE)",
    ),
    ColumnType.DATETIME: (
        "TIMESTAMP",
        "regexp_matches({0}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({0} AS TIMESTAMP) IS NOT NULL",
        "CAST({0} AS TIMESTAMP)",
    ),
}


def load(
    files: Sequence[Path],
    types: Mapping[str, ColumnType],
    *,
    format_: Format,
    delimiter: str = ",",
    sheet: str = "",
    keys: Sequence[tuple[str, ...]] = (),
) -> FileTable:
    """Return a database whose table `data` holds the rows of all files, its columns named and typed as in `types`.

    `keys` are groups of columns that must identify a row. Raises `FileBroken`.
    """
    database = duckdb.connect(_SHARED, config=_SMALL | _LOCKED)
    name = f"files_{secrets.token_hex(8)}"
    table = FileTable(database, name)
    try:
        database.execute(f"ATTACH ':memory:' AS {name}")
        database.execute(f"USE {name}")
        columns = ", ".join(f"{_quoted(name)} {_SHAPES[type_][0]}" for name, type_ in types.items())
        database.execute(f"CREATE TABLE {TABLE} ({columns})")
        for file in files:
            _load_raw(database, file, _lines(file, list(types), types, format_, delimiter, sheet), len(types))
            _check_values(database, file, types)
            values = ", ".join(_SHAPES[type_][2].format(f"c{at}") for at, type_ in enumerate(types.values()))
            database.execute(f"INSERT INTO {TABLE} SELECT {values} FROM raw ORDER BY row")  # noqa: S608 (names from the configuration, quoted)
        database.execute("DROP TABLE IF EXISTS raw")
        for key in keys:
            _check_key(database, files, key)
    except BaseException:
        table.close()
        raise
    return table


def _quoted(name: str) -> str:
    return DuckDb().identifier(name)


def _load_raw(database: duckdb.DuckDBPyConnection, file: Path, lines: Iterator[Line], width: int) -> None:
    names = ", ".join(f"c{at} VARCHAR" for at in range(width))
    database.execute(f"CREATE OR REPLACE TABLE raw (row BIGINT, {names})")
    marks = ", ".join(["unnest(?::BIGINT[])", *["unnest(?::VARCHAR[])"] * width])
    try:
        while batch := list(islice(lines, BATCH)):
            numbers = [number for number, _ in batch]
            database.execute(
                f"INSERT INTO raw SELECT {marks}",
                [numbers, *(list(column) for column in zip(*(cells for _, cells in batch), strict=True))],
            )
    except (OSError, UnicodeError, csv.Error, BadZipFile, KeyError, duckdb.Error) as error:
        raise FileBroken(file, "cannot be read in the declared format") from error


def _check_values(database: duckdb.DuckDBPyConnection, file: Path, types: Mapping[str, ColumnType]) -> None:
    for at, (name, type_) in enumerate(types.items()):
        column = f"c{at}"
        condition = _SHAPES[type_][1].format(column)
        found = database.execute(
            f"SELECT min(row) FROM raw WHERE {column} IS NOT NULL AND NOT coalesce({condition}, false)"  # noqa: S608 (ours)
        ).fetchone()
        if found is not None and found[0] is not None:
            raise FileBroken(file, f"is no {type_}", row=int(found[0]), column=name)


def _check_key(database: duckdb.DuckDBPyConnection, files: Sequence[Path], key: Sequence[str]) -> None:
    columns = ", ".join(_quoted(name) for name in key)
    empty = " OR ".join(f"{_quoted(name)} IS NULL" for name in key)
    sql = f"SELECT count(*), count(DISTINCT ({columns})), count(*) FILTER ({empty}) FROM {TABLE}"  # noqa: S608 (quoted)
    rows, distinct, without = database.execute(sql).fetchall()[0]
    if rows != distinct or without:
        raise FileBroken(files[-1], "the key is empty in a row, or stands twice", column=", ".join(key))


def _lines(
    file: Path, wanted: Sequence[str], types: Mapping[str, ColumnType], format_: Format, delimiter: str, sheet: str
) -> Iterator[Line]:
    match format_:
        case Format.CSV:
            return _csv_lines(file, wanted, delimiter)
        case Format.XLSX:
            return _xlsx_lines(file, wanted, types, sheet)
        case Format.PARQUET:
            return _parquet_lines(file, wanted)


def _places(file: Path, header: Sequence[str], wanted: Sequence[str]) -> list[int]:
    for name in wanted:
        if header.count(name) != 1:
            raise FileBroken(file, "the column is missing" if name not in header else "stands twice", column=name)
    return [header.index(name) for name in wanted]


def _csv_lines(file: Path, wanted: Sequence[str], delimiter: str) -> Iterator[Line]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(reader, [])]
        places = _places(file, header, wanted)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise FileBroken(file, f"has {len(cells)} values and not {len(header)}", row=reader.line_num)
            yield reader.line_num, [cells[place] or None for place in places]


def _xlsx_lines(file: Path, wanted: Sequence[str], types: Mapping[str, ColumnType], sheet: str) -> Iterator[Line]:
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        if sheet and sheet not in book.sheetnames:
            raise FileBroken(file, f"there is no sheet {sheet!r}")
        rows = (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True)
        header = ["" if name is None else str(name).strip() for name in next(rows, ())]
        places = _places(file, header, wanted)
        kinds = [types[name] for name in wanted]
        for number, cells in enumerate(rows, start=2):
            if all(cell is None for cell in cells):
                continue
            padded = (*cells, *[None] * (len(header) - len(cells)))
            yield number, [_xlsx_text(padded[place], kind) for place, kind in zip(places, kinds, strict=True)]
    finally:
        book.close()


def _xlsx_text(cell: object, type_: ColumnType) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and type_ is not ColumnType.NUMBER:
        return str(int(cell))  # Excel knows no integers
    if isinstance(cell, datetime):  # nor days without a time
        return cell.date().isoformat() if type_ is ColumnType.DATE else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _parquet_lines(file: Path, wanted: Sequence[str]) -> Iterator[Line]:
    with duckdb.connect(":memory:", config=_SMALL) as reader:
        reader.execute("SET TimeZone = 'UTC'")
        relation = reader.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(file)])
        header = [str(column[0]) for column in relation.description or ()]
        _places(file, header, wanted)
        columns = ", ".join(f"CAST({_quoted(name)} AS VARCHAR)" for name in wanted)
        rows = reader.execute(f"SELECT {columns} FROM read_parquet(?)", [str(file)])  # noqa: S608 (quoted)
        number = 0
        while batch := rows.fetchmany(BATCH):
            for cells in batch:
                number += 1
                yield number, list(cells)
