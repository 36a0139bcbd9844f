"""What stands in a file that could be published: columns, types, examples, how many rows, what could be its key?

The whole file is read, as the file adapter would read it, so that a type that is proposed holds for every row.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

import duckdb
import openpyxl

from adapters.confinement import Confines, OutsideConfines
from adapters.contract import Surroundings
from adapters.dialects import ColumnType
from adapters.errors import BindingInvalid, FileRefused, ProviderHasNone, ProviderTalkedNonsense, ProviderUnreachable
from adapters.inspection.facts import SAMPLE_ROWS, ColumnFound, FileFound, Remark, shorten
from adapters.inspection.headings import LOOKED_AT, find_delimiter, find_header_row
from adapters.inspection.inference import Counted, count_column, find_keys, infer_column
from adapters.lines import (
    Encoding,
    FileBroken,
    Format,
    Line,
    Reading,
    column_letters,
    encoding_of,
    first_lines,
    open_lines,
)
from adapters.pickup import Pickup, files_of
from adapters.sheets import load_raw, new_table
from adapters.workbooks import check_workbook, has_uncounted_formulas, merged_rows

_EMPTY: Final[Sequence[str]] = ()


async def inspect_files(
    endpoint: str,
    around: Surroundings,
    *,
    key: Sequence[str] = _EMPTY,
    sheet: str = "",
    delimiter: str = "",
    encoding: Encoding = "utf-8",
    header_row: int = 0,
) -> FileFound:
    """Return what stands in the file at `endpoint`, a path or a pattern of files of one shape.

    What a person does not say is found out: the sheet (the first visible one with lines), the delimiter, the row of the
    headings. A `key` that is proposed is checked. Raises `BindingInvalid` for an endpoint elsewhere than below the
    directories of files, `ProviderHasNone` without a file, `ProviderTalkedNonsense` naming file, row and column, and
    `ProviderUnreachable` when it cannot be read.
    """
    wish = Reading(Format.CSV, delimiter or "", encoding, sheet, header_row)
    return await asyncio.to_thread(_inspect, endpoint, around, wish, key)


def _inspect(endpoint: str, around: Surroundings, wish: Reading, key: Sequence[str]) -> FileFound:
    confines = Confines(around.files_under, around.never_under)
    confines.check_pattern(endpoint, of="the file")
    ending = Path(endpoint).suffix.removeprefix(".").lower()
    if ending not in tuple(Format):
        raise BindingInvalid("a file must end in .csv, .xlsx or .parquet")
    try:
        signature, _ = Pickup(endpoint, confines, 0.0).look()
        files = files_of(signature)
        if not files:
            raise ProviderHasNone("there is no such file")
        reading, sheets, remarks = _find_reading(files[0], replace(wish, format=Format(ending)))
        return _infer(files, reading, sheets, remarks, key)
    except FileBroken as error:
        raise FileRefused(str(error), vi=error.said_vi) from error
    except OutsideConfines as error:
        raise ProviderTalkedNonsense(str(error)) from error
    except duckdb.Error as error:  # its text may show a value
        name = Path(endpoint).name
        raise FileRefused(f"{name}: cannot be loaded", vi=f"{name}: không nạp được") from error
    except OSError as error:
        raise ProviderUnreachable("the file cannot be read") from error


def _find_reading(file: Path, wish: Reading) -> tuple[Reading, tuple[str, ...], list[Remark]]:
    """Return how a file is to be read, and what is to be said of that."""
    remarks: list[Remark] = []
    sheets: tuple[str, ...] = ()
    reading = wish
    match wish.format:
        case Format.PARQUET:
            return Reading(Format.PARQUET), (), []
        case Format.CSV:
            reading = replace(reading, delimiter=wish.delimiter or find_delimiter(file, wish.encoding))
        case Format.XLSX:
            sheets, chosen = _choose_sheet(file, wish)
            reading = replace(reading, delimiter=",", sheet=chosen)
            others = [name for name in sheets if name != chosen]
            if others:
                named = ", ".join(others)
                remarks.append(
                    Remark(named, "trang tính khác: không công bố", "other sheets: not published", left_out=True)
                )
    if not reading.header_row:
        reading = replace(reading, header_row=find_header_row(first_lines(file, reading, LOOKED_AT)))
        if reading.header_row > 1:
            vi = f"tiêu đề cột ở dòng {reading.header_row}; các dòng trên không đọc"
            en = f"the headings stand in row {reading.header_row}; what is above is not read"
            remarks.append(Remark(file.name, vi, en))
    return reading, sheets, [*remarks, *_workbook_remarks(file, reading)]


def _choose_sheet(file: Path, wish: Reading) -> tuple[tuple[str, ...], str]:
    """Return the visible sheets, and the one that was asked for, else the first that has two lines."""
    with open_lines(file, replace(wish, delimiter=",", header_row=1)):
        pass  # refused here when it is no workbook, or too large
    check_workbook(file)
    book = openpyxl.load_workbook(file, read_only=True)
    try:
        sheets = tuple(one.title for one in book.worksheets if one.sheet_state == "visible")
    finally:
        book.close()
    if wish.sheet:
        return sheets, wish.sheet
    filled = (name for name in sheets if len(first_lines(file, replace(wish, delimiter=",", sheet=name), 3)) > 1)
    return sheets, next(filled, sheets[0] if sheets else "")


def _workbook_remarks(file: Path, reading: Reading) -> list[Remark]:
    if reading.format is not Format.XLSX:
        return []
    remarks = []
    row = merged_rows(file, below=reading.header_row)
    if row:
        vi = f"dòng {row}: ô gộp qua nhiều dòng, chỉ dòng đầu có giá trị; hãy bỏ gộp ô"
        en = f"row {row}: cells merged over rows, of which only the first has the value; unmerge them"
        remarks.append(Remark(file.name, vi, en))
    if has_uncounted_formulas(file):
        vi, en = "có công thức chưa tính: mở bằng Excel rồi lưu lại", "holds formulas without values: save it in Excel"
        remarks.append(Remark(file.name, vi, en))
    return remarks


def _infer(
    files: Sequence[Path], reading: Reading, sheets: tuple[str, ...], remarks: list[Remark], key: Sequence[str]
) -> FileFound:
    with open_lines(files[0], reading) as (header, _):
        names, said = _served_names(header)
    remarks = [*remarks, *said]
    if not names:
        raise FileBroken(files[0], "has no headings", "không có dòng tiêu đề cột", row=reading.header_row)
    textual = reading.format is Format.CSV
    with new_table() as (table, database):
        load_raw(
            database, chain.from_iterable(_lines(file, reading, header, list(names)) for file in files), len(names)
        )
        rows = int(database.execute("SELECT count(*) FROM raw").fetchall()[0][0])
        counted = [count_column(database, place, name) for place, name in enumerate(names.values())]
        columns: list[ColumnFound] = []
        for one in counted:
            column, about = infer_column(database, one, textual=textual)
            columns.append(column)
            remarks += about
        found = () if key else find_keys(database, counted, columns, rows=rows)
        chosen = tuple(key) or next(iter(found), ())
        faults = _key_faults(database, chosen, counted, columns)
        picked = ", ".join(f"c{place}" for place in range(len(names)))
        sample = database.execute(f"SELECT {picked} FROM raw LIMIT {SAMPLE_ROWS}").fetchall()  # noqa: S608 (ours)
    table.close()
    return FileFound(
        files=len(files),
        rows=rows,
        columns=tuple(columns),
        key=chosen,
        keys=found,
        key_faults=tuple(faults),
        remarks=tuple(remarks),
        reading=_options(files[0], reading),
        odd_keys=frozenset(one.name for one in counted if one.slashed),
        sheets=sheets,
        samples=tuple(tuple(None if cell is None else shorten(str(cell)) for cell in row) for row in sample),
    )


def _served_names(header: Sequence[str]) -> tuple[dict[int, str], list[Remark]]:
    """Return the headings that name one column each, by their places, and what is said of the others."""
    counts = Counter(header)
    names, remarks = {}, []
    for place, name in enumerate(header):
        if not name:
            letters = column_letters(place)
            remarks.append(Remark(f"cột {letters}", "không có tiêu đề", "has no heading", left_out=True))
        elif counts[name] > 1:
            remarks.append(Remark(name, "tiêu đề bị trùng", "the heading stands twice", left_out=True))
        elif not name.isprintable():
            remarks.append(Remark(name[:40], "tiêu đề có ký tự điều khiển", "not printable", left_out=True))
        else:
            names[place] = name
    return names, list(dict.fromkeys(remarks))


def _lines(file: Path, reading: Reading, header: Sequence[str], places: Sequence[int]) -> Iterator[Line]:
    with open_lines(file, reading) as (found, lines):
        if found != header:
            en, vi = "has other headings than the first of the files", "tiêu đề cột khác với tệp đầu tiên"
            raise FileBroken(file, en, vi, row=reading.header_row)
        for row, cells in lines:
            yield row, [cells[place] for place in places]


def _key_faults(
    database: duckdb.DuckDBPyConnection, key: Sequence[str], counted: Sequence[Counted], columns: Sequence[ColumnFound]
) -> list[Remark]:
    """Return why a key is none: a column that is not there, a row without it, a value that stands twice."""
    if not key:
        return []
    where = ", ".join(key)
    by_name = {one.name: (one, column) for one, column in zip(counted, columns, strict=True)}
    unfit = (ColumnType.BOOLEAN, ColumnType.NUMBER)
    if any(name not in by_name or by_name[name][1].type in unfit for name in key):
        return [Remark(where, "không làm khóa được: không có cột này hoặc kiểu không hợp", "cannot be a key")]
    places = [f"c{by_name[name][0].place}" for name in key]
    empty = " OR ".join(f"{place} IS NULL" for place in places)
    row = database.execute(f"SELECT min(row) FROM raw WHERE {empty}").fetchall()[0][0]  # noqa: S608 (ours)
    if row is not None:
        return [Remark(where, f"dòng {row}: khóa bị để trống", f"row {row}: the key is empty")]
    together = ", ".join(places)
    twice = (
        f"SELECT row FROM raw QUALIFY row_number() OVER (PARTITION BY {together} ORDER BY row) = 2 ORDER BY row LIMIT 1"  # noqa: S608 (ours)
    )
    found = database.execute(twice).fetchall()
    if found:
        return [Remark(where, f"dòng {found[0][0]}: khóa bị trùng", f"row {found[0][0]}: the key stands twice")]
    return []


def _options(file: Path, reading: Reading) -> Mapping[str, str | int]:
    """Return the file adapter's options under which it was read, those left out that it assumes by itself."""
    match reading.format:
        case Format.PARQUET:
            return {"format": reading.format.value}
        case Format.CSV:
            options: dict[str, str | int] = {"format": reading.format.value, "delimiter": reading.delimiter}
            if not encoding_of(file, reading.encoding).startswith("utf"):
                options["encoding"] = reading.encoding
        case Format.XLSX:
            options = {"format": reading.format.value, "sheet": reading.sheet}
    return options if reading.header_row == 1 else {**options, "header_row": reading.header_row}
