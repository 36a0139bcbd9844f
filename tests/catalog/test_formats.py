"""Is a value what its format says? One row per case, with the one just over the line."""

import pytest

from catalog.folding import fold
from catalog.formats import FORMATS, check

GOOD = [
    ("so-dinh-danh", "056099000001"),
    ("cmnd", "225000001"),
    ("so-dinh-danh-hoac-cmnd", "225000001"),
    ("msdn", "0100109106"),
    ("msdn", "0101248141"),
    ("msdn", "0300588569"),
    ("msdn", "0100109106-001"),
    ("mst", "056099000001"),
    ("bhxh", "5600000001"),
    ("ma-dvhc", "56"),
    ("ma-dvhc", "22333"),
    ("ma-co-quan", "000.00.00.H49"),
    ("date", "2024-02-29"),
    ("datetime", "2026-01-31T08:00:00+07:00"),
    ("year-month", "2026-12"),
    ("year", "2026"),
]
BAD = [
    ("so-dinh-danh", "05609900001"),
    ("so-dinh-danh", "05609900000１"),
    ("so-dinh-danh", "056099000001\n"),
    ("cmnd", "2250000011"),
    ("so-dinh-danh-hoac-cmnd", "2250000011"),
    ("msdn", "0100109107"),
    ("msdn", "0100109106-1"),
    ("msdn", "0100109106-"),
    ("msdn", "056099000001"),
    ("bhxh", "560000000"),
    ("ma-dvhc", "056"),
    ("ma-co-quan", "000..H49"),
    ("ma-co-quan", "A" * 36),
    ("date", "2023-02-29"),
    ("date", "20240229"),
    ("date", "29/02/2024"),
    ("datetime", "2026-01-31T08:00:00"),
    ("year-month", "2026-13"),
    ("khong-co", "1"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_right_value_passes(name: str, value: str) -> None:
    assert check(name, value) is None


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_wrong_value_is_explained_without_being_repeated(name: str, value: str) -> None:
    fault = check(name, value)

    assert fault is not None
    assert value not in fault.en.split()


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_not_a_value(name: str) -> None:
    assert check(name, "") is not None


@pytest.mark.parametrize(
    ("text", "folded"), [("Đất  đai", "DAT DAI"), ("đường Nguyễn Huệ", "DUONG NGUYEN HUE"), ("", "")]
)
def test_folding_takes_marks_away(text: str, folded: str) -> None:
    assert fold(text) == folded
