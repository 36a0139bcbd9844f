"""Does a table answer the same on every engine, and no more than was agreed?"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncmy
import asyncpg
import msgspec
import pytest
from providers.surroundings import AROUND, make_call

from adapters.conformance import CHECKS, Check, Subject
from adapters.contract import Adapter, Binding, Call, Condition, DeclaredField, Json, Operator, Provider
from adapters.errors import BindingInvalid, CallUnacceptable, ProviderHasNone, ProviderTalkedNonsense
from adapters.sql import build

TABLE = (
    "CREATE TABLE thua_dat (so_gcn VARCHAR(30) PRIMARY KEY, dien_tich DECIMAL(20,6), tang INTEGER, co_nha BOOLEAN,"
    " ngay_cap DATE, cap_nhat TIMESTAMP NULL, chu VARCHAR(50), bi_mat VARCHAR(50))"
)
ROWS = (
    "INSERT INTO thua_dat VALUES"
    " ('a1', 120.5, 2, TRUE, '2024-01-31', '2024-02-01 08:30:00', 'Đỗ An', 'kín'),"
    " ('A2', 99999999999999.123456, -1, FALSE, '2025-06-01', NULL, 'do an', 'kín'),"
    " ('b3', NULL, 10, NULL, NULL, NULL, NULL, 'kín'),"
    " ('b4', 0.1, 3, TRUE, '2024-12-31', NULL, 'Đỗ', 'kín')"
)
SLOW = {
    "sqlite": "CREATE VIEW cham AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < 900000000)"
    " SELECT 'x' AS so_gcn, count(*) AS n FROM c",
    "postgresql": "CREATE VIEW cham AS SELECT 'x' || pg_sleep(60)::text AS so_gcn",
    "mysql": "CREATE VIEW cham AS SELECT CONCAT('x', SLEEP(60)) AS so_gcn",
}
COLUMNS: dict[str, Json] = {
    "SoGCN": {"column": "so_gcn"},
    "DienTich": {"column": "dien_tich", "type": "number"},
    "Tang": {"column": "tang", "type": "integer"},
    "CoNha": {"column": "co_nha", "type": "boolean"},
    "NgayCap": {"column": "ngay_cap", "type": "date"},
    "CapNhat": {"column": "cap_nhat", "type": "datetime"},
    "Chu": {"column": "chu"},
}
GET: dict[str, Json] = {"table": "thua_dat", "kind": "get", "key": ["so_gcn"], "columns": COLUMNS}
FILTERS: dict[str, Json] = {
    "TuNgay": {"column": "ngay_cap", "operator": "gte"},
    "Chu": {"column": "chu", "operator": "prefix"},
    "DienTich": {"column": "dien_tich"},
    "CacSo": {"column": "so_gcn", "operator": "in"},
}
LIST: dict[str, Json] = {**GET, "kind": "list", "filters": FILTERS}
SLEEPY: dict[str, Json] = {**GET, "table": "cham", "columns": {"SoGCN": {"column": "so_gcn"}}}
FIELDS = tuple(DeclaredField(name, "string") for name in COLUMNS)
ITEMS = tuple(DeclaredField(f"items[].{name}", "string") for name in COLUMNS)
BINDINGS = (
    Binding("xem", safe=True, config=GET, fields=FIELDS, rows=""),
    Binding("tim", safe=True, config=LIST, fields=(*ITEMS, DeclaredField("next", "string")), rows="items[]"),
    Binding("cham", safe=True, config=SLEEPY, fields=FIELDS[:1], rows=""),
)
EVERY = tuple(COLUMNS)
EVERY_ITEM = tuple(f"items[].{name}" for name in COLUMNS)
SECRETS = {"password": "mat-khau"}


@dataclass(frozen=True)
class Land:
    engine: str
    adapter: Adapter
    astray: Adapter
    ask: Callable[[Call], Awaitable[dict[str, Json]]]


async def fill(url: str) -> str:
    """Make the tables; return the engine's name."""
    parts = urlsplit(url)
    statements = [TABLE, ROWS, SLOW[parts.scheme]]
    if parts.scheme == "sqlite":
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.executescript(";".join(statements))
        connection.close()
    elif parts.scheme == "postgresql":
        session = await asyncpg.connect(url)
        await session.execute(";".join(statements))
        await session.close()
    else:
        where = {"host": "127.0.0.1", "port": parts.port, "user": "lt", "database": parts.path[1:]}
        connection = await asyncmy.connect(**where, password="mat-khau", autocommit=True)
        for statement in statements:
            await connection.query(statement)
        await connection.ensure_closed()
    return parts.scheme


ASTRAY = {
    "sqlite": "sqlite:///khong/co/o/day.db",
    "postgresql": "postgresql://x@127.0.0.1:9/x",
    "mysql": "mysql://x@127.0.0.1:9/x",
}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def land(url: str) -> AsyncIterator[Land]:
    engine = await fill(url)
    provider = Provider("tnmt", "sql", url, {}, SECRETS, timedelta(seconds=30))
    adapter = build(provider, BINDINGS, AROUND)
    astray = build(replace(provider, endpoint=ASTRAY[engine]), BINDINGS, AROUND)

    async def ask(call: Call) -> dict[str, Json]:
        answer = await adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 10.0))
        found: dict[str, Json] = json.loads(answer.body)
        return found

    yield Land(engine, adapter, astray, ask)
    await adapter.close()
    await astray.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_sql_adapter_conforms(check: Check, land: Land) -> None:
    await check(
        Subject(
            land.adapter,
            answered=make_call("xem", {"SoGCN": "a1"}, fields=EVERY),
            absent=make_call("xem", {"SoGCN": "khong-co"}, fields=EVERY),
            slow=make_call("cham", {"SoGCN": "x"}, fields=("SoGCN",)),
            astray=land.astray,
        )
    )


async def test_a_row_becomes_an_object_of_the_declared_types(land: Land) -> None:
    assert await land.ask(make_call("xem", {"SoGCN": "a1"}, fields=EVERY)) == {
        "SoGCN": "a1",
        "DienTich": 120.5,
        "Tang": 2,
        "CoNha": True,
        "NgayCap": "2024-01-31",
        "CapNhat": "2024-02-01T08:30:00",
        "Chu": "Đỗ An",
    }


async def test_only_the_fields_of_the_agreement_are_selected(land: Land) -> None:
    assert await land.ask(make_call("xem", {"SoGCN": "a1"}, fields=("Tang",))) == {"Tang": 2}


async def test_what_the_record_needs_is_selected_besides(land: Land) -> None:
    call = make_call("xem", {"SoGCN": "a1"}, fields=("Tang",), needed=("Chu", "Tang"))

    assert await land.ask(call) == {"Tang": 2, "Chu": "Đỗ An"}


async def test_a_field_that_is_not_bound_is_never_selected(land: Land) -> None:
    assert await land.ask(make_call("xem", {"SoGCN": "a1"}, fields=("bi_mat", "BiMat"))) == {}


@pytest.mark.parametrize("key", ["A1", "a1 ", "a1' OR '1'='1", "a%", 'a1" --', "a1\\", "đ1"])
async def test_a_key_is_compared_exactly(key: str, land: Land) -> None:
    with pytest.raises(ProviderHasNone):
        await land.ask(make_call("xem", {"SoGCN": key}, fields=EVERY))


CASES = [
    (Condition("Chu", Operator.EQ, ("Đỗ An",)), ["a1"]),
    (Condition("Chu", Operator.NE, ("Đỗ An",)), ["A2", "b4"]),
    (Condition("Chu", Operator.PREFIX, ("Đỗ",)), ["a1", "b4"]),
    (Condition("Chu", Operator.GTE, ("e",)), ["a1", "b4"]),
    (Condition("SoGCN", Operator.LTE, ("Z",)), ["A2"]),
    (Condition("SoGCN", Operator.IN, ("a1", "B4", "b4")), ["a1", "b4"]),
    (Condition("Tang", Operator.GTE, (2,)), ["a1", "b3", "b4"]),
    (Condition("Tang", Operator.EQ, (2.0,)), ["a1"]),
    (Condition("DienTich", Operator.EQ, (0.1,)), ["b4"]),
    (Condition("DienTich", Operator.LTE, (120.5,)), ["a1", "b4"]),
    (Condition("CoNha", Operator.EQ, (True,)), ["a1", "b4"]),
    (Condition("CoNha", Operator.NE, (True,)), ["A2"]),
    (Condition("NgayCap", Operator.GTE, ("2024-12-31",)), ["A2", "b4"]),
    (Condition("KhongCo", Operator.NE, ("x",)), []),
    (Condition("Chu", Operator.EQ, ()), []),
]


@pytest.mark.parametrize(("condition", "expected"), CASES)
async def test_a_row_filter_is_applied_by_the_database(condition: Condition, expected: list[str], land: Land) -> None:
    call = make_call("tim", fields=("items[].SoGCN",), rows=(condition,))

    answer = await land.adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 10.0))

    assert answer.rows_applied
    assert sorted(row["SoGCN"] for row in json.loads(answer.body)["items"]) == sorted(expected)


async def test_a_condition_that_sql_would_read_otherwise_is_left_to_the_gateway(land: Land) -> None:
    condition = Condition("CapNhat", Operator.PREFIX, ("2024",))
    call = make_call("tim", fields=("items[].SoGCN",), rows=(condition,))

    answer = await land.adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 10.0))

    assert not answer.rows_applied
    assert all("CapNhat" in row for row in json.loads(answer.body)["items"])


async def test_a_row_outside_the_filter_is_no_row(land: Land) -> None:
    rows = (Condition("Tang", Operator.EQ, (3,)),)

    with pytest.raises(ProviderHasNone):
        await land.ask(make_call("xem", {"SoGCN": "a1"}, fields=EVERY, rows=rows))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"TuNgay": "2024-12-31"}, ["A2", "b4"]),
        ({"Chu": "Đ"}, ["a1", "b4"]),
        ({"DienTich": "120.5"}, ["a1"]),
        ({"CacSo": ["a1", "b3"]}, ["a1", "b3"]),
        ({"Chu": "Đ", "TuNgay": "2024-12-31"}, ["b4"]),
    ],
)
async def test_a_list_is_filtered_by_parameters(parameters: dict[str, Json], expected: list[str], land: Land) -> None:
    found = await land.ask(make_call("tim", parameters, fields=("items[].SoGCN",)))

    assert sorted(row["SoGCN"] for row in found["items"]) == sorted(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TuNgay", "hôm qua"),
        ("limit", 0),
        ("limit", 201),
        ("limit", "x"),
        ("after", "abc"),
        ("Chu", "a\x00"),
        ("Chu", ["a", "b"]),
    ],
)
async def test_a_wrong_parameter_is_named(name: str, value: Json, land: Land) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        await land.ask(make_call("tim", {name: value}, fields=EVERY_ITEM))

    assert refused.value.where == name


async def test_pages_follow_each_other_without_gap_or_repetition(land: Land) -> None:
    first = await land.ask(make_call("tim", {"limit": 3}, fields=("items[].SoGCN",)))
    second = await land.ask(make_call("tim", {"limit": 3, "after": first["next"]}, fields=("items[].SoGCN",)))

    assert len(first["items"]) == 3
    assert second["next"] is None
    assert {row["SoGCN"] for row in (*first["items"], *second["items"])} == {"a1", "A2", "b3", "b4"}


async def test_a_cursor_opens_for_its_own_question_only(land: Land) -> None:
    first = await land.ask(make_call("tim", {"limit": 1}, fields=EVERY_ITEM))

    with pytest.raises(CallUnacceptable, match="cursor"):
        await land.ask(make_call("tim", {"Chu": "Đ", "after": first["next"]}, fields=EVERY_ITEM))


async def test_a_decimal_keeps_all_its_digits(land: Land) -> None:
    call = make_call("xem", {"SoGCN": "A2"}, fields=("DienTich",))

    answer = await land.adapter.call(msgspec.structs.replace(call, deadline=asyncio.get_running_loop().time() + 10.0))

    stored = {"sqlite": b"99999999999999.12", "postgresql": b"99999999999999.123456", "mysql": b"99999999999999.123456"}
    assert answer.body == b'{"DienTich":' + stored[land.engine] + b"}"  # SQLite has no decimals


async def test_the_session_cannot_write(land: Land) -> None:
    engine = land.adapter._engine  # type: ignore[attr-defined] (no statement of ours writes)

    with pytest.raises(ProviderTalkedNonsense):
        await engine.fetch("DELETE FROM thua_dat", (), deadline=asyncio.get_running_loop().time() + 10)


def config(**changes: Json) -> dict[str, Json]:
    return {**GET, **changes}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (config(columns={"SoGCN": {"column": "so_gcn"}}), "DienTich"),
        (config(key=[]), "key"),
        (config(key=["bi_mat"]), "bi_mat"),
        (config(table=""), "table"),
        (config(page_size=0), "page_size"),
        (config(max_page_size=5000), "max_page_size"),
        (config(filters={"after": {"column": "so_gcn"}}), "after"),
        (config(filters={"X": {"column": "tang", "operator": "prefix"}}), "prefix"),
        (config(kind="delete"), "kind"),
        (config(where="1=1"), "where"),
    ],
)
def test_a_wrong_binding_is_refused_when_built(wrong: dict[str, Json], says: str, tmp_path: Path) -> None:
    provider = Provider("tnmt", "sql", f"sqlite:///{tmp_path}/a.db", {}, {})

    with pytest.raises(BindingInvalid, match=says):
        build(provider, [replace(BINDINGS[0], config=wrong)], AROUND)


@pytest.mark.parametrize(
    "url", ["oracle://x/y", "postgresql://u:p@h/d", "postgresql://h/d", "mysql://u@h", "sqlite://a"]
)
def test_an_endpoint_that_is_no_database_is_refused(url: str) -> None:
    with pytest.raises(BindingInvalid):
        build(Provider("tnmt", "sql", url, {}, {}), [], AROUND)
