"""Do SQLite and DuckDB return for any table and any condition what the rule in plain Python returns?"""

import asyncio
import csv
import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from providers.surroundings import AROUND, make_call

from adapters import file, sql
from adapters.contract import Adapter, Answer, Binding, Condition, DeclaredField, Json, Operator, Provider
from security.rows import compile_test

Row = tuple[int, str | None, int | None, float | None, bool | None, str | None]

NAMES = ("Ma", "Chuoi", "So", "Thuc", "Dung", "Ngay")
TYPES = ("integer", "string", "integer", "number", "boolean", "date")
COLUMNS: dict[str, Json] = {
    name: {"column": name.lower(), "type": kind} for name, kind in zip(NAMES, TYPES, strict=True)
}
CONFIG: dict[str, Json] = {"kind": "list", "key": ["ma"], "page_size": 200}
FIELDS = tuple(f"items[].{name}" for name in NAMES)
DECLARED = tuple(DeclaredField(field, "string") for field in FIELDS)

texts = st.text(st.sampled_from("aAbBzđĐdẮ 1%_'\"\\é\u0301\U0001f600"), min_size=1, max_size=4)
whole = st.integers(-5, 5) | st.integers(-(10**17), 10**17)
real = st.integers(-40, 40).map(lambda n: n / 8) | st.sampled_from([0.1, 1e10, 2.5])
days = st.dates().map(lambda day: day.isoformat()) | st.sampled_from(["2024-02-29", "2024-03-01"])


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


rows = st.lists(st.tuples(maybe(texts), maybe(whole), maybe(real), maybe(st.booleans()), maybe(days)), max_size=8)
scalars = texts | whole | real | st.booleans() | days
orders = st.sampled_from([Operator.EQ, Operator.NE, Operator.GTE, Operator.LTE])
conditions = st.lists(
    st.builds(Condition, st.sampled_from(NAMES), orders, st.tuples(texts | whole | real | days))
    | st.builds(Condition, st.sampled_from(NAMES), st.just(Operator.IN), st.lists(scalars, min_size=1).map(tuple))
    | st.builds(Condition, st.sampled_from(NAMES), st.just(Operator.PREFIX), st.tuples(texts))
    | st.builds(Condition, st.just("Dung"), st.sampled_from([Operator.EQ, Operator.NE]), st.tuples(st.booleans())),
    max_size=2,
)


def model(table: Sequence[dict[str, Json]], filter_: Sequence[Condition]) -> list[dict[str, Json]]:
    """Return the rows that satisfy the rule of the security brick."""
    return [row for row in table if all(compile_test(condition)(row.get(condition.field)) for condition in filter_)]


def as_sqlite(directory: Path, table: Sequence[Row]) -> Adapter:
    with sqlite3.connect(directory / "a.db") as connection:
        connection.execute(
            "CREATE TABLE t (ma INTEGER PRIMARY KEY, chuoi TEXT, so INTEGER, thuc REAL, dung INT, ngay TEXT)"
        )
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", table)
    connection.close()
    binding = Binding(
        "tim", safe=True, config={**CONFIG, "table": "t", "columns": COLUMNS}, fields=DECLARED, rows="items[]"
    )
    return sql.build(Provider("p", "sql", f"sqlite:///{directory}/a.db", {}, {}), [binding], AROUND)


def as_file(directory: Path, table: Sequence[Row]) -> Adapter:
    with (directory / "a.csv").open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow([name.lower() for name in NAMES])
        writer.writerows([["" if cell is None else cell for cell in row] for row in table])
    binding = Binding("tim", safe=True, config=CONFIG, fields=DECLARED, rows="items[]")
    options: dict[str, Json] = {"columns": COLUMNS, "settle_seconds": 0}
    return file.build(Provider("p", "file", f"{directory}/a.csv", options, {}), [binding], AROUND)


async def ask(adapter: Adapter, filter_: Sequence[Condition]) -> Answer:
    call = make_call("tim", fields=FIELDS, rows=tuple(filter_), deadline=asyncio.get_running_loop().time() + 20)
    try:
        return await adapter.call(call)
    finally:
        await adapter.close()


@settings(max_examples=60, deadline=None)
@given(rows, conditions)
def test_sqlite_and_duckdb_return_what_the_rule_returns(
    cells: list[tuple[Json, ...]], filter_: list[Condition]
) -> None:
    table = [(number, *row) for number, row in enumerate(cells)]
    expected = model([dict(zip(NAMES, row, strict=True)) for row in table], filter_)

    with tempfile.TemporaryDirectory() as directory:
        for adapter in (as_sqlite(Path(directory), table), as_file(Path(directory), table)):
            answer = asyncio.run(ask(adapter, filter_))
            found = json.loads(answer.body)["items"]
            assert (found if answer.rows_applied else model(found, filter_)) == expected
