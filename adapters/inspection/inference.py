"""Which type do all the values of a column have, as the file adapter would read them?

The conditions are the adapter's own (`adapters/sheets.py`), so that what is proposed here is what is served there. What
only looks like a number stays text: codes, identity numbers, whatever begins with a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from adapters.dialects import ColumnType
from adapters.inspection.facts import ColumnFound, Remark
from adapters.inspection.headings import is_code, is_identity, is_position
from adapters.sheets import SHAPES, Kind, Written

_NEARLY: Final = 0.1
"""The share of values that may be otherwise for somebody to have meant the type all the same."""
_MOST_FILTERED: Final = 1000
_LONGEST_FILTERED: Final = 100
# Narrower than what the adapter reads: a number keeps its digits in a double, and was not written with zeros before.
_NARROWER: Final = {
    Kind(ColumnType.INTEGER): "regexp_full_match({0}, '-?(0|[1-9][0-9]{{0,14}})')",
    Kind(ColumnType.NUMBER): "regexp_full_match({0}, '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]{{1,3}})?')"
    " AND (length(regexp_replace({0}, '[^0-9]', '', 'g')) <= 15 OR {0} = CAST(TRY_CAST({0} AS DOUBLE) AS VARCHAR))",
    Kind(ColumnType.NUMBER, Written.DECIMAL_COMMA): "NOT regexp_matches({0}, '^-?0[0-9]')"
    " AND length(regexp_replace({0}, '[^0-9]', '', 'g')) <= 15",
    Kind(ColumnType.BOOLEAN): "lower({0}) IN ('true', 'false')",
}
_ORDER: Final = (
    Kind(ColumnType.BOOLEAN),
    Kind(ColumnType.INTEGER),
    Kind(ColumnType.NUMBER),
    Kind(ColumnType.DATE),
    Kind(ColumnType.DATE, Written.DAY_FIRST),
    Kind(ColumnType.DATETIME),
    Kind(ColumnType.DATETIME, Written.DAY_FIRST),
    Kind(ColumnType.NUMBER, Written.DECIMAL_COMMA),
)
_AMBIGUOUS: Final = "regexp_full_match({0}, '-?[0-9]{{1,3}}[.,][0-9]{{3}}')"
"""`1.234`: a number with three decimals, or one thousand two hundred and thirty-four."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one column: values, different ones, empty ones, the longest, and whether one has a slash."""

    place: int
    name: str
    values: int
    different: int
    empty: int
    longest: int
    slashed: bool


def count_column(database: duckdb.DuckDBPyConnection, place: int, name: str) -> Counted:
    """Return what is counted of the column `c{place}` of the table `raw`."""
    c = f"c{place}"
    values, different, empty, longest, slashed = database.execute(
        f"SELECT count({c}), count(DISTINCT {c}), count(*) FILTER ({c} IS NULL), coalesce(max(length({c})), 0),"  # noqa: S608 (ours)
        f" coalesce(bool_or(contains({c}, '/') OR contains({c}, chr(92)) OR {c} IN ('.', '..')), false) FROM raw"
    ).fetchall()[0]
    return Counted(place, name, int(values), int(different), int(empty), int(longest), bool(slashed))


def infer_column(
    database: duckdb.DuckDBPyConnection, counted: Counted, *, textual: bool
) -> tuple[ColumnFound, list[Remark]]:
    """Return a column as it is proposed. `textual`: numbers come as text (CSV), so that a comma may be a decimal's."""
    kind, remarks = _infer_kind(database, counted, textual=textual)
    few = counted.different <= min(_MOST_FILTERED, max(counted.values // 2, 1)) and counted.longest <= _LONGEST_FILTERED
    return ColumnFound(
        name=counted.name,
        type=kind.type,
        source_type=kind.written or kind.type,
        nullable=counted.empty > 0,
        filterable=kind.type is ColumnType.DATE or (kind.type in (ColumnType.STRING, ColumnType.BOOLEAN) and few),
        max_length=max(200, counted.longest * 2) if kind.type is ColumnType.STRING else None,
        settings={"written": kind.written.value} if kind.written else {},
    ), remarks


def _infer_kind(
    database: duckdb.DuckDBPyConnection, counted: Counted, *, textual: bool
) -> tuple[Kind, list[Remark]]:  # fmt: skip
    name, text = counted.name, Kind(ColumnType.STRING)
    if not counted.values:
        vi, en = "cột không có giá trị nào: để kiểu chuỗi", "the column has no value: left a string"
        return text, [Remark(name, vi, en)]
    kinds = [kind for kind in _ORDER if textual or kind.written is not Written.DECIMAL_COMMA]
    failing = {kind: _failing(database, counted.place, kind) for kind in kinds}
    fitting = next((kind for kind in kinds if failing[kind][0] == 0), None)
    if fitting is None:
        return text, _nearly(counted, failing)
    if fitting.type is ColumnType.NUMBER and textual and _is_ambiguous(database, counted.place):
        vi = "“1.234” là một nghìn hai trăm ba mươi tư hay một phẩy hai ba tư? Để kiểu chuỗi, hãy chọn lại"
        en = "whether '1.234' is a thousand or a fraction cannot be told: left a string, choose"
        return text, [Remark(name, vi, en)]
    if fitting.type is ColumnType.INTEGER and is_code(name):
        return text, _code_remarks(database, counted)
    return fitting, []


def _failing(database: duckdb.DuckDBPyConnection, place: int, kind: Kind) -> tuple[int, int]:
    """Return how many values are not of a kind, and the row of the first."""
    conditions = [SHAPES[kind].condition, *([_NARROWER[kind]] if kind in _NARROWER else [])]
    c = f"c{place}"
    whole = " AND ".join(f"coalesce(({condition.format(c)}), false)" for condition in conditions)
    number, row = database.execute(
        f"SELECT count(*), coalesce(min(row), 0) FROM raw WHERE {c} IS NOT NULL AND NOT ({whole})"  # noqa: S608 (ours)
    ).fetchall()[0]
    return int(number), int(row)


def _is_ambiguous(database: duckdb.DuckDBPyConnection, place: int) -> bool:
    """Tell whether every value that is no plain integer could be read in both ways."""
    c = f"c{place}"
    unlike = _AMBIGUOUS.format(c)
    plain, odd = database.execute(
        f"SELECT count(*) FILTER (NOT {unlike} AND regexp_matches({c}, '[.,]')), count(*) FILTER ({unlike}) FROM raw"  # noqa: S608 (ours)
    ).fetchall()[0]
    return bool(odd) and not plain


def _nearly(counted: Counted, failing: dict[Kind, tuple[int, int]]) -> list[Remark]:
    """Say which cell stands in the way of a type that nearly all values have."""
    kind = min(failing, key=lambda one: failing[one][0])
    number, row = failing[kind]
    if number > counted.values * _NEARLY:
        return []
    if kind.type in (ColumnType.INTEGER, ColumnType.NUMBER) and is_code(counted.name):
        return []
    return [
        Remark(
            counted.name,
            f"dòng {row}, cột {counted.name}: không phải {kind.type} (tất cả {number} giá trị như vậy); để kiểu chuỗi",
            f"row {row}, column {counted.name}: is no {kind.type}, as {number} in all are not; left a string",
        )
    ]


def _code_remarks(database: duckdb.DuckDBPyConnection, counted: Counted) -> list[Remark]:
    name, c = counted.name, f"c{counted.place}"
    if is_identity(name):
        found = database.execute(f"SELECT count(*), min(row) FROM raw WHERE length({c}) IN (10, 11)").fetchall()[0]  # noqa: S608 (ours)
        if found[0]:
            return [
                Remark(
                    name,
                    f"dòng {found[1]}: số định danh mất số 0 ở đầu ({found[0]} dòng); hãy đổi cột sang dạng Text",
                    f"row {found[1]}: an identity number lost its leading zero ({found[0]} rows); make the column text",
                )
            ]
    vi, en = "là mã, không phải số lượng: để kiểu chuỗi", "a code and no amount: left a string"
    return [Remark(name, vi, en)]


def find_keys(
    database: duckdb.DuckDBPyConnection, counted: Sequence[Counted], columns: Sequence[ColumnFound], *, rows: int
) -> tuple[tuple[str, ...], ...]:
    """Return the columns, or else the two, whose values differ in each row and are never empty; the best first.

    A code goes before others, the row's place in its list behind them, a person's number last: a record is better found
    by its own.
    """
    types = (ColumnType.STRING, ColumnType.INTEGER, ColumnType.DATE)
    able = [one for one, column in zip(counted, columns, strict=True) if column.type in types and not one.empty]
    single = [one.name for one in able if one.different == rows and one.longest <= _LONGEST_FILTERED]
    if single:
        types_of = {column.name: types.index(column.type) for column in columns if column.type in types}
        single.sort(key=lambda name: (is_identity(name), is_position(name), not is_code(name), types_of[name]))
        return tuple((name,) for name in single)
    for at, first in enumerate(able[:8]):
        for second in able[at + 1 : 8]:
            pair = f"(c{first.place}, c{second.place})"
            if database.execute(f"SELECT count(DISTINCT {pair}) FROM raw").fetchall()[0][0] == rows and rows:  # noqa: S608 (ours)
                return ((first.name, second.name),)
    return ()
