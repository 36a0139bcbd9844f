"""Is the service of a file one that could be published, and does it carry how the file is read?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest

from catalog.descriptions import Place
from catalog.importers.draft import Draft, ImportRefused, Wanted
from catalog.importers.file import draft_file
from catalog.service_faults import check_service


@dataclass(frozen=True)
class Seen:
    """A column as somebody saw it."""

    name: str
    type: str | None = "string"
    nullable: bool = False
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
class File:
    """A file as somebody saw it."""

    columns: Sequence[Seen]
    key: tuple[str, ...] = ()
    key_faults: Sequence[Said] = ()
    remarks: Sequence[Said] = ()
    samples: Sequence[Sequence[str | None]] = ()
    reading: Mapping[str, str | int] = field(default_factory=lambda: {"format": "csv", "delimiter": ";"})
    keys: tuple[tuple[str, ...], ...] = ()
    odd_keys: frozenset[str] = frozenset()


WANTED = Wanted(
    database="mt", service="tram", title_vi="Trạm", agency="H32", provider="mt.tram", endpoint="/nguon/tram.csv"
)
COLUMNS = (Seen("Mã trạm"), Seen("Ngày đo", "date", filterable=True, settings={"written": "dd/MM/yyyy"}))


def drafted(file: File, *key: str) -> Draft:
    return draft_file(file, WANTED, key=key)


def test_a_draft_has_no_faults() -> None:
    assert check_service(drafted(File(COLUMNS, key=("Mã trạm",))).service) == []


def test_the_provider_knows_how_the_file_is_read() -> None:
    options = msgspec.json.decode(drafted(File(COLUMNS, key=("Mã trạm",))).provider.options)

    assert options == {
        "format": "csv",
        "delimiter": ";",
        "columns": {
            "MaTram": {"column": "Mã trạm", "type": "string"},
            "NgayDo": {"column": "Ngày đo", "type": "date", "written": "dd/MM/yyyy"},
        },
    }


def test_the_binding_names_headings() -> None:
    listing = drafted(File(COLUMNS, key=("Mã trạm",))).service.operations[0]

    assert msgspec.json.decode(listing.binding)["filters"] == {
        "MaTram": {"column": "Mã trạm", "operator": "eq"},
        "NgayDo": {"column": "Ngày đo", "operator": "eq"},
        "TuNgayDo": {"column": "Ngày đo", "operator": "gte"},
        "DenNgayDo": {"column": "Ngày đo", "operator": "lte"},
    }


def test_a_key_with_a_slash_stands_in_no_path() -> None:
    getting = drafted(File(COLUMNS, key=("Mã trạm",), odd_keys=frozenset({"Mã trạm"}))).service.operations[1]

    assert (getting.path, getting.parameters[0].place) == ("/chi-tiet", Place.QUERY)


def test_a_key_that_was_found_is_noted_as_a_proposal() -> None:
    assert drafted(File(COLUMNS, key=("Mã trạm",))).notes[-1].where == "Mã trạm"


@pytest.mark.parametrize("faults", [(), (Said("Mã trạm", "dòng 3: khóa bị trùng", "row 3: the key stands twice"),)])
def test_a_file_without_a_usable_key_is_refused(faults: Sequence[Said]) -> None:
    with pytest.raises(ImportRefused):
        drafted(File(COLUMNS, key=("Mã trạm",) if faults else (), key_faults=faults))


def test_remarks_become_notes() -> None:
    said = Said("cột B", "không có tiêu đề", "has no heading", left_out=True)

    note = drafted(File(COLUMNS, key=("Mã trạm",), remarks=[said])).notes[0]

    assert (note.where, note.vi, note.en, note.left_out) == ("cột B", "không có tiêu đề", "has no heading", True)


def test_the_key_is_the_first_that_says_least_of_a_person() -> None:
    columns = [Seen("Số định danh"), Seen("Mã trạm"), Seen("Ngày đo")]
    keys = (("Số định danh",), ("Mã trạm",), ("Ngày đo",))
    service = drafted(File(columns, key=keys[0], keys=keys)).service
    assert service.operations[1].path == "/chi-tiet/{MaTram}"
