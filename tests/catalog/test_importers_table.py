"""Is the service of a table one that could be published, whatever the table's columns are called?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.descriptions import FieldType, OperationDescription, Place
from catalog.importers.columns import field_names, field_samples
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.table import draft_table
from catalog.service_faults import check_service


@dataclass(frozen=True)
class Seen:
    """A column as somebody saw it."""

    name: str
    type: str | None = "string"
    nullable: bool = True
    comment: str = ""
    filterable: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """A remark."""

    where: str
    vi: str
    en: str
    left_out: bool = False


@dataclass(frozen=True)
class Table:
    """A table as somebody saw it."""

    columns: Sequence[Seen]
    key: tuple[str, ...] = ()
    key_faults: Sequence[Said] = ()
    remarks: Sequence[Said] = ()
    samples: Sequence[Sequence[str | None]] = ()
    schema: str = ""
    name: str = "thua_dat"
    comment: str = ""


WANTED = Wanted(
    database="datdai", service="thua-dat", title_vi="Thửa đất", agency="H32", provider="datdai.thua",
    endpoint="postgresql://doc@db/dat",
)  # fmt: skip
COLUMNS = (
    Seen("so_gcn", comment="Số giấy chứng nhận", max_length=20),
    Seen("dien_tich", "number", filterable=True),
    Seen("ngay_cap", "date", filterable=True),
    Seen("loai", filterable=True, choices=("ODT", "LUA")),
    Seen("ghi_chu"),
    Seen("hinh", None),
)


def drafted(table: Table, key: Sequence[str] = ()) -> Draft:
    return draft_table(table, WANTED, key=key)


def operations(table: Table) -> tuple[OperationDescription, OperationDescription]:
    listing, getting = drafted(table).service.operations
    return listing, getting


def binding_of(operation: OperationDescription) -> dict[str, Any]:  # of the adapter: any JSON
    decoded: dict[str, Any] = msgspec.json.decode(operation.binding)
    return decoded


def test_a_draft_has_no_faults() -> None:
    assert check_service(drafted(Table(COLUMNS, key=("so_gcn",))).service) == []


def test_the_list_takes_the_columns_that_an_index_serves() -> None:
    listing, _ = operations(Table(COLUMNS, key=("so_gcn",)))

    assert [parameter.name for parameter in listing.parameters] == [
        "so_gcn", "dien_tich", "Tudien_tich", "Dendien_tich", "ngay_cap", "Tungay_cap", "Denngay_cap", "loai",
        "after", "limit",
    ]  # fmt: skip


def test_what_cannot_be_served_is_no_field() -> None:
    listing, getting = operations(Table(COLUMNS, key=("so_gcn",)))

    assert [field.path for field in getting.fields] == ["so_gcn", "dien_tich", "ngay_cap", "loai", "ghi_chu"]
    assert [field.path for field in listing.fields][-1] == "next"


def test_an_enumeration_limits_its_parameter() -> None:
    listing, _ = operations(Table(COLUMNS, key=("so_gcn",)))

    assert listing.parameters[7].choices == ("ODT", "LUA")


def test_the_owner_s_comment_is_the_title() -> None:
    _, getting = operations(Table(COLUMNS, key=("so_gcn",)))

    assert getting.fields[0].title_vi == "Số giấy chứng nhận"


def test_the_binding_names_the_table_whole() -> None:
    _, getting = operations(Table(COLUMNS, key=("so_gcn",), schema="Quản lý", name="thửa.đất"))

    assert [binding_of(getting)[name] for name in ("kind", "schema", "table", "key")] == [
        "get", "Quản lý", "thửa.đất", ["so_gcn"],
    ]  # fmt: skip


@pytest.mark.parametrize(("sample", "place"), [("CD01", Place.PATH), ("12/GP", Place.QUERY), ("..", Place.QUERY)])
def test_a_key_with_a_slash_stands_in_no_path(sample: str, place: Place) -> None:
    table = Table(COLUMNS, key=("so_gcn",), samples=[(sample, None, None, None, None, None)])

    _, getting = operations(table)

    assert (getting.parameters[0].place, "{" in getting.path) == (place, place is Place.PATH)


def test_a_key_of_several_columns_is_a_path_of_several_segments() -> None:
    _, getting = operations(Table(COLUMNS, key=("so_gcn", "ngay_cap")))

    assert getting.path == "/chi-tiet/{so_gcn}/{ngay_cap}"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (Table(COLUMNS), ()),  # a view
        (Table(COLUMNS), ("hinh",)),
        (Table(COLUMNS), ("khong_co",)),
        (Table(COLUMNS), ("so_gcn", "so_gcn")),
        (Table(COLUMNS, key=("so_gcn",), key_faults=[Said("so_gcn", "trùng", "stands twice")]), ()),
        (Table([Seen("hinh", None)], key=("hinh",)), ()),
    ],
)
def test_a_table_without_a_usable_key_is_refused(table: Table, key: Sequence[str]) -> None:
    with pytest.raises(ImportRefused) as refused:
        drafted(table, key)

    assert refused.value.notes[0].vi


def test_a_key_that_a_person_chose_is_noted() -> None:
    draft = drafted(Table(COLUMNS), key=["so_gcn"])

    assert draft.notes[-1].where == "so_gcn"


NAMES = [
    ("Ngày cấp", "NgayCap"),
    ("so_gcn", "so_gcn"),
    ("Đơn giá (đ/m²)", "DonGiaDM"),
    ("2026", "Cot2026"),
    ("…", "Cot"),
    ("limit", "limit_"),
    ("Fields", "Fields_"),
    ("SELECT", "SELECT"),
]


@pytest.mark.parametrize(("column", "name"), NAMES)
def test_a_name_that_cannot_stand_in_an_address_is_folded(column: str, name: str) -> None:
    assert field_names([Seen(column)]) == {column: name}


def test_samples_are_handed_over_by_field() -> None:
    columns = (Seen("Họ tên"), Seen("hinh", None), Seen("tuoi", "integer"))

    assert field_samples(columns, [("An", None, "5"), (None, None, "6")]) == {"HoTen": ("An",), "tuoi": ("5", "6")}


@given(st.lists(st.text(min_size=1, max_size=12), unique=True, min_size=1, max_size=8), st.data())
def test_any_columns_make_a_service_without_faults(names: list[str], data: st.DataObject) -> None:
    types = st.sampled_from([*FieldType, None])
    columns = [Seen(names[0], "string"), *(Seen(name, data.draw(types), filterable=True) for name in names[1:])]

    service = drafted(Table(columns, key=(names[0],))).service

    assert check_service(service) == []
