"""Which part of a list is asked for, and how does it leave as a file?

Every list is filtered, sorted and cut in the database; the page shows one part, an export at most `MAX_EXPORTED` rows.
"""

import asyncio
import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from fastapi import Request, Response
from openpyxl import Workbook

from gateway.console.frame import HEADERS, PROVINCE_ZONE, with_query
from gateway.console.words import Language, Words

Row = TypeVar("Row")
Cell: TypeAlias = str | int | float | Decimal | date | datetime | bool | None
PAGE_SIZE = 50
MAX_EXPORTED = 50_000
_MOST_WORDS = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """How a list leaves."""

    PAGE = "page"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `key` names it in addresses and in JSON."""

    key: str
    title: Words
    sortable: bool = False
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list: words, filters, order, and which page (from 1)."""

    path: str
    words: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    format: Format = Format.PAGE

    @property
    def limit(self) -> int:
        """How many rows to read: one more than is shown tells whether there are more."""
        return PAGE_SIZE + 1 if self.format is Format.PAGE else MAX_EXPORTED

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.page - 1) * PAGE_SIZE if self.format is Format.PAGE else 0

    def address(self, *, page: int = 1, sort: str | None = None, form: str = Format.PAGE) -> str:
        """Return the address of this list with another page, order or form (a `Format`; templates write its name)."""
        chosen = self.sort if sort is None else sort
        falling = self.descending if sort is None else (sort == self.sort and not self.descending)
        return with_query(
            self.path,
            q=self.words,
            **dict(self.filters),
            sort=f"-{chosen}" if falling and chosen else chosen,
            page=page if page > 1 else None,
            format=None if form == Format.PAGE else form,
        )


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """The rows of one page; `total` where counting them is cheap, else None."""

    rows: Sequence[Row]
    more: bool
    total: int | None = None


def asked_of(request: Request, *, sorts: Sequence[str], filters: Sequence[str] = ()) -> Asked:
    """Return what the address asks for. `sorts` are the orders there are, the first is the usual one ("-" falls).

    What it does not know it passes over: an address that somebody kept must not break.
    """
    members = request.query_params
    order = members.get("sort", "")
    known = {one.removeprefix("-") for one in sorts}
    chosen = order if order.removeprefix("-") in known else (sorts[0] if sorts else "")
    page = members.get("page", "")
    form = members.get("format", "")
    return Asked(
        path=request.url.path,
        words=members.get("q", "").strip()[:_MOST_WORDS],
        filters={name: members[name][:_MOST_WORDS] for name in filters if members.get(name)},
        sort=chosen.removeprefix("-"),
        descending=chosen.startswith("-"),
        page=min(int(page), 100_000) if page.isascii() and page.isdigit() and int(page) > 0 else 1,
        format=Format(form) if form in set(Format) else Format.PAGE,
    )


def part_of(rows: Sequence[Row], asked: Asked, *, total: int | None = None) -> Part[Row]:
    """Return the page that `rows`, read with `asked.limit` and `asked.offset`, make."""
    if asked.format is not Format.PAGE:
        return Part(rows, more=False, total=total)
    return Part(rows[:PAGE_SIZE], more=len(rows) > PAGE_SIZE, total=total)


def cut(rows: Sequence[Row], asked: Asked) -> Part[Row]:
    """Return one page of a list that is short enough to be in memory whole, already in order."""
    part = part_of(rows[asked.offset : asked.offset + asked.limit], asked, total=len(rows))
    return replace(part, total=len(rows))


async def export(
    name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, form: Format, language: Language
) -> Response:
    """Return a list as a file, made in a thread: a workbook of thousands of rows takes seconds, and calls go on."""
    return await asyncio.to_thread(file_of, name, columns, rows, form=form, language=language)


def file_of(
    name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, form: Format, language: Language
) -> Response:
    """Return a list as a file called `name` with today's suffix of its form; a text is never a formula in it."""
    match form:
        case Format.JSON:
            keys = [column.key for column in columns]
            content = json.dumps([dict(zip(keys, map(_plain, row), strict=True)) for row in rows], ensure_ascii=False)
            return _file(name, "json", "application/json", content.encode())
        case Format.XLSX:
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return _file(name, "xlsx", kind, _workbook(columns, rows, language))
        case _:
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow([column.title.in_language(language) for column in columns])
            writer.writerows([[_text_cell(cell) for cell in row] for row in rows])
            # Excel takes a file without this mark for the machine's own old encoding.
            return _file(name, "csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf" + text.getvalue().encode())


def _workbook(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], language: Language) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([column.title.in_language(language) for column in columns])
    for row in rows:
        sheet.append([cell if isinstance(cell, int | float | date) else _text_cell(cell) for cell in map(_local, row)])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _local(cell: Cell) -> Cell:
    # A spreadsheet knows no zones: the province's time, as on the page.
    return cell.astimezone(PROVINCE_ZONE).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _plain(cell: Cell) -> str | int | float | bool | None:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell


def _text_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    text = str(_plain(cell))
    # A spreadsheet would run it (OWASP, CSV injection).
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA) else text


def _file(name: str, suffix: str, kind: str, content: bytes) -> Response:
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}.{suffix}"'}
    return Response(content, media_type=kind, headers=headers)
