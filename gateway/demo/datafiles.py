"""How does a demo database become CSV, Parquet and Excel files, the same bytes each time?"""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Database, DataObject, Technology
from gateway.demo.draw import Cell, Row, Tables

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP entry can tell
_DUCK_TYPES = {
    FieldType.STRING: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.NUMBER: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMP",
}


def write_files(folder: Path, database: Database, tables: Tables) -> None:
    """Write the files of each object into `folder`; a source with a `*` becomes one file a month or a year."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in database.objects:
        for name, rows in _parts(one, tables[one.code]).items():
            if one.technology is Technology.CSV:
                _write_csv(folder / name, one, rows)
            elif one.technology is Technology.XLSX:
                _write_xlsx(folder / name, one, rows)
            else:
                _write_parquet(folder / name, one, rows)


def _parts(one: DataObject, rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """Rows by file name: by the month of the first moment, else by the year of the first day, or one file."""
    if "*" not in one.source:
        return {one.source: rows}
    types = [column.type for column in one.columns]
    by_month = FieldType.DATETIME in types
    place = types.index(FieldType.DATETIME if by_month else FieldType.DATE)
    parts: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        at = row[place]
        if isinstance(at, date):
            parts[one.source.replace("*", f"{at:%Y-%m}" if by_month else f"{at:%Y}")].append(row)
    return dict(sorted(parts.items()))


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()  # files tell the province's time and no zone, as such files do
    return value.isoformat() if isinstance(value, date) else str(value)


def _write_csv(path: Path, one: DataObject, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180
        writer.writerow([column.column for column in one.columns])
        writer.writerows([_text(value) for value in row] for row in rows)


def _write_xlsx(path: Path, one: DataObject, rows: Sequence[Row]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Dữ liệu")
    sheet.append([column.column for column in one.columns])
    for row in rows:
        sheet.append([value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row])
    whole = io.BytesIO()
    book.save(whole)
    # openpyxl writes the present moment into the archive: once as times of entries, once as a property.
    with zipfile.ZipFile(whole) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in sorted(made.namelist(), key=lambda entry: (entry != "[Content_Types].xml", entry)):
            content = _CORE if name == "docProps/core.xml" else made.read(name)
            kept.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)


_CORE = (
    b'<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties'
    b' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>gateway.demo</dc:creator></cp:coreProperties>'
)


def _write_parquet(path: Path, one: DataObject, rows: Sequence[Row]) -> None:
    """Through a CSV beside it, which DuckDB reads by a declared schema: faster than a row at a time."""
    beside = path.with_suffix(".tmp.csv")
    _write_csv(beside, one, rows)
    schema = ", ".join(f"'{column.column}': '{_DUCK_TYPES[column.type]}'" for column in one.columns)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{_quoted(beside)}', header = true, columns = {{{schema}}}))"
            f" TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)"
        )
    beside.unlink()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
