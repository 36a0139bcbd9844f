"""Which mistakes do some of the demo's databases hold, such as real ones have, so that measuring them finds something?

They are put into what lies on disk only: the province itself, its people and the simulated registers stay right. The
first rows and all keys are left as they are, because sample calls ask for them. The same seed makes the same mistakes.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from gateway.demo.databases.form import Database, DataObject
from gateway.demo.draw import Cell, Row, Tables

FIRST_FAULTY_ROW = 300
Spoil: TypeAlias = Callable[[str], Cell]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a field in so many rows of a thousand."""

    field: str
    per_thousand: int
    spoil: Spoil


def _missing(_: str) -> Cell:
    return None


def _always(value: Cell) -> Spoil:
    return lambda _: value


def _decomposed(value: str) -> Cell:
    return unicodedata.normalize("NFD", value)


FAULTS: Mapping[tuple[str, str], Sequence[Fault]] = MappingProxyType(
    {
        ("ansinh", "doi-tuong"): (
            Fault("SoDinhDanh", 12, lambda value: value[:-1]),  # a digit was lost in copying
            Fault("SoDinhDanh", 6, _always("000000000000")),
            Fault("SoDinhDanh", 20, _missing),
            Fault("HoVaTen", 45, str.upper),
            Fault("HoVaTen", 15, lambda value: f" {value}"),
            Fault("DiaChi", 30, _always("không rõ")),
            Fault("MaDVHC", 25, _always("56810")),  # of no commune since 01/7/2025
            Fault("NgaySinh", 4, _always(date(2062, 3, 1))),
            Fault("TrangThai", 60, _missing),
        ),
        ("ansinh", "tro-cap"): (
            Fault("SoQuyetDinh", 35, _always("...")),
            Fault("TuNgay", 50, _missing),
        ),
        ("nongnghiep", "tau-ca"): (
            Fault("TenTau", 30, _always("xxx")),
            Fault("SoDinhDanhChu", 45, _missing),
            Fault("SoDinhDanhChu", 10, lambda value: value[3:]),  # nine digits of an older card
            Fault("MaDVHC", 80, _missing),
            Fault("NgheChinh", 40, lambda value: f"{value} "),
            Fault("CangCa", 60, _missing),
        ),
        ("nongnghiep", "vung-trong"): (
            Fault("MaDVHC", 30, _always("56810")),
            Fault("ThiTruong", 90, _missing),
            Fault("CayTrong", 35, str.lower),
        ),
        ("congthuong", "cho"): (
            Fault("TieuThuong", 70, _decomposed),
            Fault("SoDinhDanh", 120, _missing),
            Fault("NganhHang", 150, _missing),
            Fault("TenCho", 40, _always("test")),
            Fault("MaDVHC", 110, _missing),
        ),
        ("congthuong", "doanh-nghiep-cum"): (
            Fault("MSDN", 60, lambda value: f"{value[:-1]}{(int(value[-1]) + 1) % 10}"),  # the check digit is wrong
            Fault("NganhHang", 140, _missing),
            Fault("MaDVHC", 90, _always("56810")),
        ),
    }
)


def with_faults(database: Database, tables: Tables, *, seed: int) -> Tables:
    """Return the tables of a database with the mistakes that it is to hold; most databases have none."""
    return {
        one.code: _spoiled(one, tables[one.code], FAULTS.get((database.code, one.code), ()), database.code, seed=seed)
        for one in database.objects
    }


def _spoiled(
    one: DataObject, rows: Sequence[Row], faults: Sequence[Fault], database: str, *, seed: int
) -> Sequence[Row]:  # fmt: skip
    if not faults:
        return rows
    chance = Random(f"{seed}:faults:{database}:{one.code}")
    places = [(one.position(fault.field), fault) for fault in faults]
    return [*rows[:FIRST_FAULTY_ROW], *(_row(row, places, chance) for row in rows[FIRST_FAULTY_ROW:])]


def _row(row: Row, places: Sequence[tuple[int, Fault]], chance: Random) -> Row:
    cells = list(row)
    for place, fault in places:
        # Each is drawn, whatever became of the others: another fault in the table changes no other row.
        if chance.randrange(1_000) < fault.per_thousand and cells[place] is row[place] and row[place] is not None:
            cells[place] = fault.spoil(str(row[place]))
    return tuple(cells)
