"""What do the providers of the demo hold, as the gateway's callers would see it without any agreement?

A sample call asks for a row that exists, and names as forbidden what the provider really sends of that row.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from adapters.contract import Json
from catalog.terms import Comparison, RowCondition
from gateway.demo.contents import RECORDS, TABLES
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import DataObject
from gateway.demo.draw import Cell, Record
from gateway.demo.province import Province
from gateway.demo.sampling.form import values_at


class Held:
    """The rows of all databases, generated once."""

    def __init__(self, province: Province) -> None:
        self._rows: dict[tuple[str, str], Sequence[Record]] = {}
        self._objects: dict[tuple[str, str], DataObject] = {}
        for database in DATABASES:
            tables = TABLES[database.code](province) if database.code in TABLES else None
            records = RECORDS[database.code](province) if tables is None else {}
            for one in database.objects:
                place = (database.code, one.code)
                self._objects[place] = one
                self._rows[place] = records[one.code] if tables is None else _nested(one, tables[one.code])

    def rows(self, database: str, service: str) -> Sequence[Record]:
        """Return all rows of an object."""
        return self._rows[database, service]

    def object(self, database: str, service: str) -> DataObject:
        """Return what an object declares."""
        return self._objects[database, service]


def leaf_paths(value: Json | Record, at: str = "") -> Iterator[str]:
    """Yield the paths of all leaves that are not null."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaf_paths(below, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for below in value:
            yield from leaf_paths(below, f"{at}[]")
    elif value is not None and at:
        yield at


def holds(row: Record, conditions: Sequence[RowCondition]) -> bool:
    """Tell whether a row passes a row filter of the demo, which only knows `eq` and `in`."""
    for one in conditions:
        if one.operator not in (Comparison.EQ, Comparison.IN):
            raise ValueError(f"the demo's row filters do not know {one.operator}")
        if not any(value in one.values for value in values_at(dict(row), one.field)):
            return False
    return True


def _nested(one: DataObject, rows: Sequence[Sequence[Cell]]) -> list[Record]:
    return [{column.field: _json(cell) for column, cell in zip(one.columns, row, strict=True)} for row in rows]


def _json(cell: Cell) -> Json:
    return cell.isoformat() if isinstance(cell, date) else cell
