"""Which lines stand in a file: CSV, Excel or Parquet, each cell as text?

A file that cannot be read, or is built to take more memory than it is worth, is refused with its name and the row. No
text shows a value.
"""

import codecs
import csv
import unicodedata
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TypeAlias
from zipfile import BadZipFile

import duckdb
import openpyxl

from adapters.dialects import DuckDb
from adapters.workbooks import WorkbookUnfit, check_workbook

MOST_FILE_BYTES: Final = 512 * 1024 * 1024
_MOST_MIB: Final = MOST_FILE_BYTES // 1024 // 1024
MOST_ROWS: Final = 5_000_000
MOST_COLUMNS: Final = 500
BATCH: Final = 1000
SMALL: Final[dict[str, str | bool | int | float | list[str]]] = {"threads": "1", "async_threads": "1"}
"""By default a database of DuckDB takes ten threads."""

Encoding: TypeAlias = Literal["utf-8", "utf-16", "windows-1258"]
Line: TypeAlias = tuple[int, list[str | None]]
"""A row's number in its file as a spreadsheet counts it, and the text of its cells; None where there is nothing."""

_UNREADABLE: Final = ("cannot be read in the declared format", "không đọc được theo đúng loại tệp")
# What a spreadsheet shows where a formula has failed (ECMA-376-1, 18.18.11).
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})


class Format(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. Of CSV: delimiter and encoding (a mark at its beginning goes before); of Excel: the sheet.

    `header_row` is the row with the headings, from 1; what stands above is not read. Parquet needs none of these.
    """

    format: Format
    delimiter: str = ","
    encoding: Encoding = "utf-8"
    sheet: str = ""
    header_row: int = 1


class FileBroken(ValueError):
    """A file is not what its description says. The text names the file, the row and the column, and no value.

    `where` names row and column in Vietnamese, empty where it is the whole file; `vi` and `en` say what is wrong there.
    """

    def __init__(self, file: Path, en: str, vi: str, *, row: int = 0, column: str = "") -> None:
        place = [file.name, *([f"row {row}"] if row else []), *([f"column {column!r}"] if column else [])]
        super().__init__(f"{', '.join(place)}: {en}")
        self.name = file.name
        self.row, self.column = row, column
        self.vi, self.en = vi, en

    @property
    def said_vi(self) -> str:
        """The whole sentence in Vietnamese."""
        row, column = f"dòng {self.row}" if self.row else "", f"cột “{self.column}”" if self.column else ""
        return f"{', '.join(part for part in (self.name, row, column) if part)}: {self.vi}"


@contextmanager
def open_lines(file: Path, reading: Reading) -> Iterator[tuple[list[str], Iterator[Line]]]:
    """Yield the headings of a file and its lines, blank ones left out, each at least as long as the headings.

    Raises `FileBroken`, also while the lines are taken, and `OSError` when it is not to be had at the moment.
    """
    if file.stat().st_size > MOST_FILE_BYTES:
        raise FileBroken(file, f"is larger than {_MOST_MIB} MiB", f"lớn hơn {_MOST_MIB} MB")
    with closing(_all_lines(file, reading)) as lines:
        header: list[str] = []
        if reading.format is Format.PARQUET or reading.header_row > 0:
            first = next((cells for number, cells in lines if number >= _header_row(reading)), [])
            header = [heading(cell) for cell in first]
        if len(header) > MOST_COLUMNS:
            raise FileBroken(file, f"has more than {MOST_COLUMNS} columns", f"có hơn {MOST_COLUMNS} cột")
        yield header, _below(file, header, lines)


def first_lines(file: Path, reading: Reading, number: int) -> list[list[str | None]]:
    """Return the first lines of a file as they stand, headings or not, blank ones too. Raises as `open_lines` does."""
    with closing(_all_lines(file, reading)) as lines:
        return [cells for _, cells in islice(lines, number)]


def heading(cell: str | None) -> str:
    """Return a heading as it is compared: composed (NFC), in one line, without blanks around it."""
    return " ".join(unicodedata.normalize("NFC", cell or "").split())


def encoding_of(file: Path, declared: Encoding) -> str:
    """Return the codec of a CSV file: what the mark at its beginning says, else what was declared."""
    with file.open("rb") as opened:
        begins = opened.read(4)
    if begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if begins.startswith(codecs.BOM_UTF8) or declared == "utf-8":
        return "utf-8-sig"
    return {"utf-16": "utf-16", "windows-1258": "cp1258"}[declared]


def _header_row(reading: Reading) -> int:
    return 0 if reading.format is Format.PARQUET else reading.header_row


def _below(file: Path, header: Sequence[str], lines: Iterator[Line]) -> Iterator[Line]:
    width = len(header)
    for count, (number, cells) in enumerate(lines):
        if count == MOST_ROWS:
            raise FileBroken(file, f"has more than {MOST_ROWS} rows", f"có hơn {MOST_ROWS} dòng")
        if any(cell is not None for cell in cells):
            yield number, cells if len(cells) >= width else [*cells, *[None] * (width - len(cells))]


def _all_lines(file: Path, reading: Reading) -> Generator[Line, None, None]:
    number = 0
    try:
        match reading.format:
            case Format.CSV:
                lines = _csv_lines(file, reading)
            case Format.XLSX:
                lines = _xlsx_lines(file, reading.sheet)
            case Format.PARQUET:
                lines = _parquet_lines(file)
        for number, cells in lines:
            yield number, cells
    except UnicodeError as error:
        what = f"is not {reading.encoding.upper()} (TCVN3 and VNI are not read: save as CSV UTF-8)"
        vi = f"không phải {reading.encoding.upper()} (không đọc TCVN3, VNI: hãy lưu thành CSV UTF-8)"
        raise FileBroken(file, what, vi, row=number + 1) from error
    except csv.Error as error:
        raise FileBroken(
            file,
            "is no CSV: a quotation mark that is not closed, or a cell too long",
            "không phải CSV: dấu nháy kép không đóng, hoặc ô quá dài",
            row=number + 1,
        ) from error
    except WorkbookUnfit as error:
        raise FileBroken(file, str(error), error.vi) from error
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError, SyntaxError) as error:
        if isinstance(error, FileBroken):
            raise
        # What openpyxl raises for a workbook that is none; SyntaxError is the one of XML.
        raise FileBroken(file, *_UNREADABLE) from error
    except duckdb.Error as error:
        raise FileBroken(file, *_UNREADABLE) from error


def _csv_lines(file: Path, reading: Reading) -> Iterator[Line]:
    codec = encoding_of(file, reading.encoding)
    composed = codec == "cp1258"  # which writes its tone marks apart
    width = 0
    with file.open(encoding=codec, newline="") as text:
        for number, cells in enumerate(csv.reader(text, delimiter=reading.delimiter, strict=True), start=1):
            if number == reading.header_row:
                width = len(cells)
            if width and cells and len(cells) != width:
                raise FileBroken(
                    file,
                    f"has {len(cells)} values and not {width}",
                    f"có {len(cells)} giá trị, phải có {width}",
                    row=number,
                )
            if composed:
                cells = [unicodedata.normalize("NFC", cell) for cell in cells]
            yield number, [cell or None for cell in cells]


def _xlsx_lines(file: Path, sheet: str) -> Iterator[Line]:
    check_workbook(file)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        chosen = sheet or next((one.title for one in book.worksheets if one.sheet_state == "visible"), "")
        if chosen not in book.sheetnames:
            raise FileBroken(file, f"there is no sheet {chosen!r}", f"không có trang tính “{chosen}”")
        rows = book[chosen]
        rows.reset_dimensions()  # what a writer says of the size of its sheet is not always true
        for number, cells in enumerate(rows.iter_rows(values_only=True), start=1):
            texts = [_cell_text(cell) for cell in cells[:MOST_COLUMNS]]
            for place, text in enumerate(texts):
                if text in _ERRORS:
                    raise FileBroken(
                        file,
                        "is a formula that failed",
                        "ô có công thức bị lỗi",
                        row=number,
                        column=column_letters(place),
                    )
            yield number, texts
    finally:
        book.close()


def column_letters(place: int) -> str:
    """Return what a spreadsheet calls its column number `place`, from 0: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _cell_text(cell: object) -> str | None:
    """Return a cell's value as text: numbers with their digits, days as ISO dates. Excel knows no integers, no days."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _parquet_lines(file: Path) -> Iterator[Line]:
    if any(char in file.name for char in "*?["):
        raise FileBroken(file, "has a name that means several files", "tên tệp có ký tự đại diện")
    with duckdb.connect(":memory:", config=SMALL) as reader:
        reader.execute("SET TimeZone = 'UTC'")
        reader.execute("SET autoinstall_known_extensions = false")
        counted = reader.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(file)]).fetchall()
        if int(counted[0][0] or 0) > MOST_ROWS:
            raise FileBroken(file, f"has more than {MOST_ROWS} rows", f"có hơn {MOST_ROWS} dòng")
        relation = reader.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(file)])
        header = [str(column[0]) for column in relation.description or ()][: MOST_COLUMNS + 1]
        yield 0, list(header)
        columns = ", ".join(f"CAST({DuckDb().identifier(name)} AS VARCHAR)" for name in header)
        rows = reader.execute(f"SELECT {columns} FROM read_parquet(?)", [str(file)])  # noqa: S608 (quoted)
        number = 0
        while batch := rows.fetchmany(BATCH):
            for cells in batch:
                number += 1
                yield number, list(cells)
