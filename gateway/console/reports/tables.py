"""Which tables are the reports made of: their columns, their rows, and what their numbers mean?

Each table is small enough to be in memory whole; a page shows a part of it in the order that is asked for, a file has
it all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from catalog.titles import Title
from gateway.console.listing import Cell, Column
from gateway.console.words import Language, Words
from gateway.figures.sums import Sums


class Kind(StrEnum):
    """How the cells of a column are written."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    PERCENT = "percent"
    MILLISECONDS = "milliseconds"
    MOMENT = "moment"
    DAY = "day"


_NUMERIC = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.MILLISECONDS})


@dataclass(frozen=True, slots=True)
class Table:
    """A report. `kinds` says how the cells of each column are written."""

    columns: tuple[Column, ...]
    kinds: tuple[Kind, ...]
    rows: Sequence[Sequence[Cell]]

    def sorted_by(self, key: str, *, descending: bool) -> "Table":
        """Return the table in another order; what is not known comes last either way."""
        place = next((number for number, column in enumerate(self.columns) if column.key == key), None)
        if place is None:
            return self
        known = [row for row in self.rows if row[place] is not None]
        known.sort(key=_order_of(place), reverse=descending)
        return replace(self, rows=[*known, *(row for row in self.rows if row[place] is None)])


def column(key: str, vi: str, en: str, kind: Kind = Kind.TEXT) -> tuple[Column, Kind]:
    """Return a column that can be sorted, and how its cells are written."""
    return Column(key, Words(vi, en), sortable=True, numeric=kind in _NUMERIC), kind


def table_of(columns: Sequence[tuple[Column, Kind]], rows: Iterable[Sequence[Cell]]) -> Table:
    """Return a table."""
    return Table(tuple(one for one, _ in columns), tuple(kind for _, kind in columns), list(rows))


MEASURES = (
    column("exchanges", "Lượt trao đổi", "Exchanges", Kind.NUMBER),
    column("answered", "Thành công", "Answered", Kind.NUMBER),
    column("refused", "Bị từ chối", "Refused", Kind.NUMBER),
    column("failed", "Lỗi", "Failed", Kind.NUMBER),
    column("unknown", "Không rõ", "Unknown", Kind.NUMBER),
    column("success", "Tỷ lệ thành công", "Success rate", Kind.PERCENT),
    column("p50", "Trung vị (ms)", "Median (ms)", Kind.MILLISECONDS),
    column("p95", "p95 (ms)", "p95 (ms)", Kind.MILLISECONDS),
    column("withheld", "Trường giữ lại", "Fields withheld", Kind.NUMBER),
)
"""What is told of each service, operation, agency and system."""


def measures_of(sums: Sums) -> tuple[Cell, ...]:
    """Return the cells of MEASURES."""
    return (
        sums.exchanges,
        sums.answered,
        sums.refused,
        sums.failed,
        sums.unknown,
        sums.success_rate,
        sums.percentile_ms(0.5),
        sums.percentile_ms(0.95),
        sums.fields_withheld,
    )


def named(titles: Mapping[str, Title], key: str, language: Language) -> str:
    """Return what something is called, its code where it has no name."""
    if key == "?":
        return Words("Không xác định", "Not known").in_language(language)
    title = titles.get(key)
    return key if title is None else (title.vi if language is Language.VI else title.en)


def _order_of(place: int) -> Callable[[Sequence[Cell]], tuple[int, float, str]]:
    def order(row: Sequence[Cell]) -> tuple[int, float, str]:
        cell = row[place]
        match cell:
            case datetime():
                return 0, cell.timestamp(), ""
            case date():
                return 0, float(cell.toordinal()), ""
            case str() | None:
                return 1, 0.0, cell or ""
            case _:
                return 0, float(cell), ""

    return order
