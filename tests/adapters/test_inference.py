"""Is a file seen as the person who made it meant it, and served as it was seen?"""

import asyncio
import datetime
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import msgspec
import openpyxl
import pytest
from providers.surroundings import AROUND, make_call

from adapters.contract import Binding, DeclaredField, Json, Provider
from adapters.errors import AdapterError, BindingInvalid
from adapters.file import build
from adapters.inspection.facts import ColumnFound, FileFound
from adapters.inspection.files import inspect_files
from catalog.importers.draft import Wanted
from catalog.importers.file import draft_file

CSV = """Mã trạm,Tên trạm,Số lần,Chỉ số,Ngày đo,Lúc,Tự động
001,Nha Trang,3,35.5,2026-01-31,2026-01-31 08:30:00,true
002,"Cam Ranh, bắc",,0.25,2026-02-28,2026-02-28 23:59:59,false
003,Nha Trang,12,-1,2026-03-01,2026-03-01 00:00:01,TRUE
"""


def write(directory: Path, text: str, *, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    (directory / name).write_bytes(text.encode(encoding))
    return directory / name


async def see(file: Path, **said: str | int | Sequence[str]) -> FileFound:
    return await inspect_files(str(file), AROUND, **said)  # type: ignore[arg-type]  # keywords of the test's own


def columns(found: FileFound) -> dict[str, ColumnFound]:
    return {column.name: column for column in found.columns}


async def types_of(file: Path) -> str:
    return " ".join(str(column.type) for column in (await see(file)).columns)


async def test_types_are_those_of_all_values(tmp_path: Path) -> None:
    assert await types_of(write(tmp_path, CSV)) == "string string integer number date datetime boolean"


async def test_rows_are_counted_and_a_code_is_the_key(tmp_path: Path) -> None:
    found = await see(write(tmp_path, CSV))

    assert (found.rows, found.key, found.samples[0][:3]) == (3, ("Mã trạm",), ("001", "Nha Trang", "3"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_mark_at_the_beginning_tells_the_encoding(encoding: str, tmp_path: Path) -> None:
    assert next(iter(columns(await see(write(tmp_path, CSV, encoding=encoding))))) == "Mã trạm"


async def test_windows_1258_is_read_when_said(tmp_path: Path) -> None:
    text = "Ma,Ten\nA,T\u00f4\u0323i \u0111\u00e2\u0301t\nB,x\n"  # its tones stand apart
    found = await see(write(tmp_path, text, encoding="cp1258"), encoding="windows-1258")

    assert (found.samples[0][1], found.reading["encoding"]) == ("Tội đất", "windows-1258")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    file = write(tmp_path, f'Ma{delimiter}Ten\nA{delimiter}"x, y; z"\nB{delimiter}"u, v; w"\n')

    assert (await see(file)).reading["delimiter"] == delimiter


TYPES = [
    (["1", "22", "-3"], "integer", ""),
    (["1", "", "3"], "integer", ""),
    (["01", "22", "33"], "string", ""),
    (["056099000001", "056099000002", "1"], "string", ""),
    (["1234567890123456"], "string", ""),  # more digits than a double keeps
    (["1.5", "2", "3.25"], "number", ""),
    (["1,5", "2", "3,25"], "number", "1.234,5"),
    (["1.234,5", "2", "1.000.000"], "number", "1.234,5"),
    (["1.234", "5.678"], "string", ""),  # a thousand, or a fraction
    (["1,234", "5,678"], "string", ""),
    (["31/01/2026", "1/2/2026"], "date", "dd/MM/yyyy"),
    (["31-01-2026", "01.02.2026"], "date", "dd/MM/yyyy"),
    (["31/01/2026", "2026-02-01"], "date", "dd/MM/yyyy"),
    (["01/31/2026", "01/02/2026"], "string", ""),  # the month first
    (["2026-02-29"], "string", ""),
    (["31/01/2026 08:30", "01/02/2026 09:00:30"], "datetime", "dd/MM/yyyy"),
    (["true", "FALSE"], "boolean", ""),
    (["có", "không"], "string", ""),
    (["1e5", "2"], "number", ""),
    (["NaN", "2"], "string", ""),
    (["", ""], "string", ""),
]


@pytest.mark.parametrize(("values", "type_", "written"), TYPES)
async def test_a_column_of_text_has_the_type_of_its_values(
    values: list[str], type_: str, written: str, tmp_path: Path
) -> None:
    lines = "\n".join(f'k{at};"{value}"' for at, value in enumerate(values))
    column = columns(await see(write(tmp_path, f"Ma;Gia\n{lines}\n")))["Gia"]

    assert (column.type, column.settings.get("written", "")) == (type_, written)


@pytest.mark.parametrize("name", ["Mã xã", "MaXa", "ma_xa", "Số điện thoại", "CCCD", "so_dinh_danh", "MSDN"])
async def test_a_code_stays_text_though_it_has_only_digits(name: str, tmp_path: Path) -> None:
    assert columns(await see(write(tmp_path, f"Stt,{name}\n1,22001\n2,22002\n")))[name].type == "string"


async def test_the_cell_that_stands_in_the_way_of_a_type_is_named(tmp_path: Path) -> None:
    lines = "\n".join(f"{number},{number if number != 11 else 'hai'}" for number in range(1, 25))
    found = await see(write(tmp_path, f"Stt,Gia\n{lines}\n"))

    assert [remark.en for remark in found.remarks if remark.where == "Gia"] == [
        "row 12, column Gia: is no integer, as 1 in all are not; left a string"
    ]


async def test_titles_above_the_headings_are_skipped(tmp_path: Path) -> None:
    title = "DANH SÁCH TRẠM,,,,,,\n,,,,,,\n"
    found = await see(write(tmp_path, title + CSV))

    assert (found.reading["header_row"], found.rows, found.key) == (3, 3, ("Mã trạm",))


async def test_headings_that_are_empty_or_stand_twice_are_left_out_and_said(tmp_path: Path) -> None:
    found = await see(write(tmp_path, "Ma,,Ten,Ten\nA,1,x,y\nB,2,z,u\n"), header_row=1)

    assert (list(columns(found)), [r.where for r in found.remarks if r.left_out]) == (["Ma"], ["cột B", "Ten"])


async def test_two_columns_are_the_key_where_no_one_is(tmp_path: Path) -> None:
    file = write(tmp_path, "Xa,Thang,Gia\nA,2026-01-01,5\nA,2026-02-01,5\nB,2026-01-01,5\nB,2026-02-01,5\n")

    assert (await see(file)).key == ("Xa", "Thang")


KEYS = [("Ten", "row 3: the key stands twice"), ("Gia", "row 4: the key is empty"), ("Khac", "cannot be a key")]


@pytest.mark.parametrize(("key", "says"), KEYS)
async def test_a_key_that_is_none_is_told_with_its_row(key: str, says: str, tmp_path: Path) -> None:
    found = await see(write(tmp_path, "Ma,Ten,Gia\nA,x,1\nB,x,2\nC,z,\n"), key=[key])

    assert [fault.en for fault in found.key_faults] == [says]


BROKEN = [
    ("Ma,Ten\nA,x\nB\n", r"a\.csv, row 3: has 1 values and not 2"),
    ('Ma,Ten\nA,"x\n', "quotation mark"),
    ("", "has no headings"),
    ("Ma,Ten\nA," + "x" * 200_000 + "\n", "cell too long"),
]


@pytest.mark.parametrize(("text", "says"), BROKEN)
async def test_a_broken_file_is_refused_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=says):
        await see(write(tmp_path, text))


async def test_an_encoding_that_is_not_read_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"Ma,Ten\nA,x\nB,T\xb8i\n")

    with pytest.raises(AdapterError, match="save as CSV UTF-8"):
        await see(tmp_path / "a.csv")


async def test_a_file_elsewhere_is_not_opened(tmp_path: Path) -> None:
    around = replace(AROUND, files_under=(tmp_path / "nguon",))

    with pytest.raises(BindingInvalid):
        await inspect_files("/etc/*.csv", around)


# --- Excel ------------------------------------------------------------------------------------------------------------


def workbook(path: Path, rows: Sequence[Sequence[object]], *, merged: str = "", hidden: bool = False) -> Path:
    book = openpyxl.Workbook()
    cover = book.worksheets[0]
    cover.title = "Bìa"
    cover.sheet_state = "hidden" if hidden else "visible"
    sheet = book.create_sheet("Dữ liệu")
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    book.save(path)
    return path


ROWS: list[list[object]] = [
    ["Số GCN", "CCCD", "Diện tích", "Ngày cấp", "Cập nhật", "Còn hiệu lực"],
    ["CD01", 56099000001, 120.5, datetime.date(2026, 1, 31), datetime.datetime.fromisoformat("2026-01-31 08:30"), True],
    ["CD02", 56099000002, 80.0, datetime.date(2026, 2, 1), datetime.datetime.fromisoformat("2026-02-01 09:00"), False],
    [None, None, None, None, None, None],
]


async def test_a_workbook_is_seen_with_its_types(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ROWS)

    assert await types_of(file) == "string string number date datetime boolean"


async def test_the_first_visible_sheet_with_lines_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    found = await see(workbook(tmp_path / "a.xlsx", ROWS))

    assert (found.reading["sheet"], found.rows, [r.where for r in found.remarks if r.left_out]) == (
        "Dữ liệu", 2, ["Bìa"],
    )  # fmt: skip


async def test_a_hidden_sheet_is_not_offered(tmp_path: Path) -> None:
    assert (await see(workbook(tmp_path / "a.xlsx", ROWS, hidden=True))).sheets == ("Dữ liệu",)


async def test_identity_numbers_kept_as_numbers_are_told_to_have_lost_a_zero(tmp_path: Path) -> None:
    found = await see(workbook(tmp_path / "a.xlsx", ROWS))

    assert any("lost its leading zero" in remark.en for remark in found.remarks if remark.where == "CCCD")


async def test_cells_merged_over_rows_are_told(tmp_path: Path) -> None:
    found = await see(workbook(tmp_path / "a.xlsx", ROWS, merged="A2:A3"))

    assert any("row 2: cells merged" in remark.en for remark in found.remarks)


async def test_formulas_that_nobody_counted_are_told(tmp_path: Path) -> None:
    found = await see(workbook(tmp_path / "a.xlsx", [["Ma", "Tong"], ["A", "=1+1"], ["B", "=2+2"]]))

    assert any("formulas without values" in remark.en for remark in found.remarks)


async def test_a_formula_that_failed_is_refused_with_its_cell(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="row 3, column 'B'"):
        await see(workbook(tmp_path / "a.xlsx", [["Ma", "Ten"], ["A", "x"], ["B", "#N/A"]]))


def bomb(path: Path) -> Path:
    """Return a workbook of a megabyte that would unpack to more than half a gigabyte."""
    block = b" " * (16 * 1024 * 1024)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(33):
            part.write(block)
    return path


async def test_a_workbook_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="unpacks to more than"):
        await see(bomb(tmp_path / "a.xlsx"))


async def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ROWS)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/extra.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')

    with pytest.raises(AdapterError, match="document type"):
        await see(file)


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
async def test_what_is_none_of_its_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="cannot be read in the declared format"):
        await see(write(tmp_path, CSV, name=name))


async def test_parquet_is_seen_with_its_types(tmp_path: Path) -> None:
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 'T' || i AS \"Mã trạm\", i::DOUBLE + 0.5 AS chi_so, DATE '2026-01-31' AS ngay, i AS lan,"
            f" true AS tu_dong FROM range(3) t(i)) TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)"
        )

    assert await types_of(tmp_path / "a.parquet") == "string number date integer boolean"


# --- what was seen is what is served ----------------------------------------------------------------------------------

WANTED = Wanted(database="qt", service="tram", title_vi="Trạm", agency="H32", provider="qt.tram")


async def serve(file: Path, found: FileFound, parameters: dict[str, Json]) -> dict[str, Json]:
    """Draft a service of what was found, serve its list by the adapter, and return what it answers."""
    draft = draft_file(found, msgspec.structs.replace(WANTED, endpoint=str(file)))
    listing = draft.service.operations[0]
    binding = Binding(
        "x",
        safe=True,
        config=msgspec.json.decode(listing.binding),
        fields=tuple(DeclaredField(one.path, one.type) for one in listing.fields),
        rows=listing.rows,
    )
    options = {**msgspec.json.decode(draft.provider.options), "settle_seconds": 0}
    adapter = build(Provider("p", "file", str(file), options, {}, timedelta(seconds=20)), [binding], AROUND)
    fields = tuple(one.path for one in listing.fields if not one.structural)
    deadline = asyncio.get_running_loop().time() + 20
    try:
        answer = await adapter.call(make_call("x", parameters, fields=fields, deadline=deadline))
    finally:
        await adapter.close()
    decoded: dict[str, Json] = json.loads(answer.body)
    return decoded


async def test_a_csv_is_served_as_it_was_seen(tmp_path: Path) -> None:
    text = "DANH SÁCH;;;\n Mã  trạm ;Giá;Ngày đo;Ghi chú\n01;1.234,5;31/01/2026;\n02;7;2026-02-01;x\n"
    file = write(tmp_path, text, encoding="utf-16")

    page = await serve(file, await see(file), {"NgayDo": "2026-01-31"})

    assert page == {
        "items": [{"MaTram": "01", "Gia": 1234.5, "NgayDo": "2026-01-31", "GhiChu": None}], "next": None,
    }  # fmt: skip


async def test_a_workbook_is_served_as_it_was_seen(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", ROWS)

    page = await serve(file, await see(file), {"SoGcn": "CD02"})

    assert page["items"] == [
        {"SoGcn": "CD02", "CCCD": "56099000002", "DienTich": 80.0, "NgayCap": "2026-02-01",
         "CapNhat": "2026-02-01T09:00:00", "ConHieuLuc": False}
    ]  # fmt: skip
