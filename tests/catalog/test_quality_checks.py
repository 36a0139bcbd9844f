"""Does each check of quality judge single values as it says, the value beside the edge included?"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.descriptions import FieldClass
from catalog.quality import checks
from catalog.quality.freshness import days_allowed, liveliness
from catalog.quality.masking import mask_value
from catalog.quality.reading import rows_of, text_at, values_at

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "junk"),
    [
        ("test", True),
        ("Không có", True),
        ("N/A", True),
        ("xxx", True),
        ("xx", True),
        ("....", True),
        ("000000000000", True),
        ("111111", True),
        ("11111", False),
        ("22222", False),
        ("123456789012", True),
        ("Nguyễn Văn An", False),
        ("Testa", False),
        ("056099000123", False),
        ("aa", False),
        ("Không", False),  # of no religion
        ("III", False),
    ],
)
def test_a_value_that_only_fills_a_place_is_junk(value: str, junk: bool) -> None:
    assert checks.is_junk(value) is junk


@pytest.mark.parametrize(
    ("value", "trimmed"), [("An", True), (" An", False), ("An ", False), ("Văn  An", False), ("Văn An", True)]
)
def test_blanks_at_the_ends_and_doubled_are_seen(value: str, trimmed: bool) -> None:
    assert checks.is_trimmed(value) is trimmed


@pytest.mark.parametrize(("value", "composed"), [("Hải", True), ("Ha\u0309i", False), ("An", True)])
def test_a_decomposed_letter_is_seen(value: str, composed: bool) -> None:
    assert checks.is_composed(value) is composed


@pytest.mark.parametrize(
    ("value", "cased"),
    [("Nguyễn Văn An", True), ("NGUYỄN VĂN AN", False), ("nguyễn văn an", False), ("A", True), ("12", True)],
)
def test_a_name_in_one_case_is_seen(value: str, cased: bool) -> None:
    assert checks.is_cased(value) is cased


@pytest.mark.parametrize(
    ("value", "past"),
    [
        ("2026-11-26", True),
        ("2026-11-27", True),  # within a day: a zone may have been left out
        ("2026-11-28", False),
        ("2026-11-27T07:59:00+00:00", True),
        ("2026-11-27T08:01:00+00:00", False),
        ("31/12/2030", True),  # no date: the format says so, once
    ],
)
def test_a_date_of_the_future_is_seen(value: str, past: bool) -> None:
    assert checks.is_past(value, now=NOW) is past


@pytest.mark.parametrize(
    ("value", "name", "keeps"),
    [
        ("056099000123", "so-dinh-danh", True),
        ("05609900012", "so-dinh-danh", False),
        ("0100109106", "msdn", True),
        ("0100109107", "msdn", False),
        ("2026-02-29", "date", False),
        ("x", "no-such-format", False),
    ],
)
def test_a_value_keeps_its_format_or_not(value: str, name: str, keeps: bool) -> None:
    assert checks.keeps_format(value, name) is keeps


@pytest.mark.parametrize(
    ("value", "class_", "shown"),
    [
        ("05609900012", FieldClass.PERSONAL, "05*******12"),
        ("1234", FieldClass.PERSONAL, "1***"),
        ("NGUYEN VAN A", FieldClass.PERSONAL, "N***** V** A*"),
        (" Lê An ", FieldClass.PERSONAL, "␣L* A*␣"),
        ("test", FieldClass.SENSITIVE, "test"),
        ("000000000000", FieldClass.PERSONAL, "000000000000"),
        ("Chợ Đầm 2", FieldClass.OPEN, "Chợ Đầm 2"),
        ("gọi 0905123456", FieldClass.OPEN, "gọi 09******56"),
        ("   ", FieldClass.PERSONAL, "␣␣␣"),
    ],
)
def test_a_wrong_value_is_shown_so_that_it_tells_of_nobody(value: str, class_: FieldClass, shown: str) -> None:
    assert mask_value(value, class_) == shown


@given(st.text(st.characters(categories=("L", "N")), min_size=9, max_size=60))
def test_no_mask_shows_more_than_four_characters_of_what_is_not_junk(value: str) -> None:
    shown = mask_value(value, FieldClass.PERSONAL)

    assert checks.is_junk(value) or sum(character != "*" for character in shown) <= 4


@pytest.mark.parametrize(
    ("said", "days"),
    [("hằng ngày", 4), ("Hằng tháng", 45), ("tức thời", 2), ("khi thay đổi", None), ("", None), ("hằng quý", 120)],
)
def test_a_frequency_in_words_is_a_number_of_days_or_none(said: str, days: int | None) -> None:
    assert days_allowed(said) == days


@pytest.mark.parametrize(
    ("age_days", "share"),
    [(-1, Fraction(1)), (0, Fraction(1)), (4, Fraction(1)), (10, Fraction(1, 2)), (16, Fraction(0)), (99, Fraction(0))],
)
def test_liveliness_fades_from_the_period_to_four_times_as_long(age_days: int, share: Fraction) -> None:
    assert liveliness(NOW - timedelta(days=age_days), 4, now=NOW) == share


@pytest.mark.parametrize(
    ("rows", "answer", "found"),
    [
        ("items[]", {"items": [{"a": 1}, {"a": 2}]}, [{"a": 1}, {"a": 2}]),
        ("[]", [{"a": 1}], [{"a": 1}]),
        ("Data.rows[]", {"Data": {"rows": [1]}}, [1]),
        ("items[]", {"items": None}, []),
        ("items[]", {}, []),
        ("", {"a": 1}, [{"a": 1}]),
    ],
)
def test_rows_are_found_where_they_are_declared(rows: str, answer: dict[str, int], found: list[object]) -> None:
    assert rows_of(answer, rows) == found


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("ten", ["An"]),
        ("trong", [None]),
        ("khong", [None]),
        ("noi.xa", ["22333"]),
        ("hang[].ma", ["A1", None]),
        ("rong[].ma", []),
        ("so", ["7"]),
        ("dung", ["true"]),
    ],
)
def test_values_of_a_row_are_texts_or_missing(field: str, values: list[str | None]) -> None:
    row = {
        "ten": "An", "trong": "", "noi": {"xa": "22333"}, "hang": [{"ma": "A1"}, {"ma": None}], "rong": [], "so": 7,
        "dung": True,
    }  # fmt: skip

    assert values_at(row, field) == values


def test_a_cursor_is_text_and_empty_at_the_end() -> None:
    assert text_at({"next": "abc"}, "next") == "abc"
    assert text_at({"next": None}, "next") == ""
