"""Is a file served as a table, picked up when new, and refused when broken while the old one stays?"""

import asyncio
import datetime
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import msgspec
import openpyxl
import pytest
from providers.surroundings import AROUND, make_call

from adapters.conformance import CHECKS, Check, Subject
from adapters.contract import Adapter, Binding, Call, Condition, DeclaredField, Json, Operator, Provider
from adapters.errors import AdapterError, BindingInvalid, FileRefused
from adapters.file import FileAdapter, build

COLUMNS: dict[str, Json] = {
    "MaTram": {"column": "Mã trạm"},
    "Pm25": {"column": "PM 2.5", "type": "number"},
    "Ngay": {"column": "ngay", "type": "date"},
    "SoLan": {"column": "lan", "type": "integer"},
    "TuDong": {"column": "auto", "type": "boolean"},
}
HEADER = "Mã trạm,PM 2.5,ngay,lan,auto"
GOOD = f'{HEADER}\nT1,35.5,2026-01-31,3,true\n"T,2",,2026-02-01,4,0\n'
XEM: dict[str, Json] = {"kind": "get", "key": ["Mã trạm"]}
TIM: dict[str, Json] = {
    "kind": "list",
    "key": ["Mã trạm"],
    "filters": {"TuNgay": {"column": "ngay", "operator": "gte"}},
}
EVERY = tuple(COLUMNS)
BINDINGS = (
    Binding("xem", safe=True, config=XEM, fields=tuple(DeclaredField(name, "string") for name in COLUMNS), rows=""),
    Binding("tim", safe=True, config=TIM, fields=(DeclaredField("items[].MaTram", "string"),), rows="items[]"),
)
T1 = {"MaTram": "T1", "Pm25": 35.5, "Ngay": "2026-01-31", "SoLan": 3, "TuDong": True}

Ask = Callable[[Call], Awaitable[dict[str, Json]]]


def provider_at(pattern: Path, **options: Json) -> Provider:
    return Provider(
        "qt",
        "file",
        str(pattern),
        {"columns": COLUMNS, "poll_seconds": 0, "settle_seconds": 0, **options},
        {},
        timedelta(seconds=20),
    )


@pytest.fixture
def share(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8-sig")
    return tmp_path


@pytest.fixture
async def adapter(share: Path) -> AsyncIterator[Adapter]:
    built = build(provider_at(share / "*.csv"), BINDINGS, AROUND)
    yield built
    await built.close()


def asking(adapter: Adapter) -> Ask:
    async def ask(call: Call) -> dict[str, Json]:
        answer = await adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 15.0))
        found: dict[str, Json] = json.loads(answer.body)
        return found

    return ask


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_file_adapter_conforms(check: Check, adapter: Adapter, tmp_path: Path) -> None:
    astray = build(provider_at(tmp_path / "khong-co" / "*.csv"), BINDINGS, AROUND)

    await check(
        Subject(
            adapter,
            answered=make_call("xem", {"MaTram": "T1"}, fields=EVERY),
            absent=make_call("xem", {"MaTram": "khong-co"}, fields=EVERY),
            astray=astray,
        )
    )
    await astray.close()


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER.split(","))
    sheet.append(["T1", 35.5, datetime.date(2026, 1, 31), 3.0, True])
    book.save(path)


def write_parquet(path: Path) -> None:
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 'T1' AS \"Mã trạm\", 35.5::DOUBLE AS \"PM 2.5\", DATE '2026-01-31' AS ngay, 3::INT AS lan,"
            f" true AS auto) TO '{path}' (FORMAT parquet)"
        )


@pytest.mark.parametrize(("name", "write"), [("b.xlsx", write_xlsx), ("b.parquet", write_parquet)])
async def test_excel_and_parquet_are_read_like_csv(name: str, write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path / name)
    adapter = build(provider_at(tmp_path / name), BINDINGS, AROUND)

    assert await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY)) == T1
    await adapter.close()


async def test_a_row_of_csv_becomes_an_object_of_the_declared_types(adapter: Adapter) -> None:
    assert await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY)) == T1


async def test_a_new_file_is_picked_up(adapter: Adapter, share: Path) -> None:
    await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY))
    (share / "b.csv").write_text(f"{HEADER}\nT9,1,2026-03-01,1,true\n")

    assert (await asking(adapter)(make_call("xem", {"MaTram": "T9"}, fields=EVERY)))["MaTram"] == "T9"


BROKEN = [
    (f"{HEADER}\nT1,x,2026-01-31,3,true\n", "row 2, column 'PM 2.5'"),
    (f"{HEADER}\nT1,1,2026-01-31,3,true\nT2,1,2026-02-30,3,true\n", "row 3, column 'ngay'"),
    (f"{HEADER}\nT1,1,2026-01-31,3.5,true\n", "row 2, column 'lan'"),
    (f"{HEADER}\nT1,1,2026-01-31,3,có\n", "row 2, column 'auto'"),
    ("Mã trạm,ngay,lan,auto\nT1,2026-01-31,3,true\n", "column 'PM 2.5': the column is missing"),
    (f"{HEADER}\nT1,1\n", "row 2: has 2 values"),
    (f"{HEADER}\nT1,1,2026-01-31,3,true\n\nT1,1,2026-01-31,3,true\n", "row 4, column 'Mã trạm': the key stands twice"),
    (f"{HEADER}\n,1,2026-01-31,3,true\n", "row 2, column 'Mã trạm': the key is empty"),
    (f'{HEADER}\n"T\n1",1,2026-01-31,3,true\nT2,x,2026-01-31,3,true\nT3,y,2026-01-31,3,1\n', "row 3, column 'PM 2.5'"),
    (f'{HEADER}\nT1,"1,2026-01-31,3,true\n', "row 2: is no CSV"),
    ("", "the column is missing"),
]


@pytest.mark.parametrize(("text", "says"), BROKEN)
async def test_a_broken_file_is_refused_and_the_old_one_stays(
    text: str, says: str, adapter: Adapter, share: Path
) -> None:
    await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY))
    (share / "a.csv").write_text(text)

    with pytest.raises(AdapterError, match=r"a\.csv") as reported:
        await adapter.check()

    assert says in str(reported.value)
    assert await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY)) == T1


async def test_a_broken_file_is_refused_in_vietnamese_too(share: Path) -> None:
    (share / "a.csv").write_text(f"{HEADER}\nT1,x,2026-01-31,3,true\n")
    adapter = build(provider_at(share / "*.csv"), BINDINGS, AROUND)

    with pytest.raises(FileRefused) as reported:
        await adapter.check()
    await adapter.close()

    assert reported.value.vi == "bị từ chối: a.csv, dòng 2, cột “PM 2.5”: không phải số"
    assert isinstance(adapter, FileAdapter)
    assert adapter.remark_vi == f"không có tệp nào để phục vụ; {reported.value.vi}"


async def test_a_file_that_is_whole_again_is_served(adapter: Adapter, share: Path) -> None:
    (share / "a.csv").write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(AdapterError):
        await adapter.check()
    (share / "a.csv").write_text(GOOD)
    os.utime(share / "a.csv", (1, 1))

    await adapter.check()

    assert await asking(adapter)(make_call("xem", {"MaTram": "T1"}, fields=EVERY)) == T1


async def test_the_row_filter_and_the_filters_are_applied(adapter: Adapter) -> None:
    rows = (Condition("SoLan", Operator.GTE, (4,)),)

    found = await asking(adapter)(make_call("tim", {"TuNgay": "2026-01-01"}, fields=("items[].MaTram",), rows=rows))

    assert found == {"items": [{"MaTram": "T,2"}], "next": None}


@pytest.mark.parametrize("sql", ["SELECT * FROM read_csv('/etc/hostname')", "COPY data TO 'x.csv'", "SET threads = 1"])
async def test_the_table_can_reach_nothing(sql: str, adapter: Adapter) -> None:
    engine = adapter._engine  # type: ignore[attr-defined] (no statement of ours would do this)

    with pytest.raises(AdapterError):
        await engine.fetch(sql, (), deadline=asyncio.get_running_loop().time() + 10)


@pytest.mark.parametrize(
    "options",
    [
        *({"delimiter": ";;"}, {"poll_seconds": -1}, {"poll_seconds": 31}, {"settle_seconds": 11}, {"format": "json"}),
        *({"columns": {}}, {"x": 1}, {"header_row": 0}, {"encoding": "tcvn3"}),
        {"columns": {"MaTram": {"column": "Mã trạm", "type": "integer", "written": "dd/MM/yyyy"}}},
    ],
)
def test_wrong_options_are_refused_when_built(options: dict[str, Json], tmp_path: Path) -> None:
    with pytest.raises(BindingInvalid):
        build(provider_at(tmp_path / "a.csv", **options), BINDINGS, AROUND)
