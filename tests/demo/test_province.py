"""Is the synthetic province the same each time, large enough, and at one with itself?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.enterprises import check_digit
from gateway.demo.province import DEFAULT_SEED, Province, make_province
from gateway.demo.units import COMMUNES


def test_the_same_seed_makes_the_same_province(province: Province) -> None:
    assert make_province(DEFAULT_SEED) == province


def test_another_seed_makes_other_people(province: Province) -> None:
    assert set(make_province(DEFAULT_SEED + 1).people) != set(province.people)


def test_the_province_has_its_65_communes_with_codes_of_five_digits() -> None:
    assert len({one.code for one in COMMUNES if re.fullmatch(r"\d{5}", one.code)}) == 65


def test_the_province_is_as_large_as_promised(province: Province) -> None:
    assert len(province.people) >= 20_000
    assert len(province.enterprises) >= 3_000


def test_an_identity_number_tells_century_sex_and_year(province: Province) -> None:
    wrong = [
        one.identity
        for one in province.people.values()
        if one.identity[3:6] != f"{(one.born.year // 100 - 19) * 2 + (not one.male)}{one.born.year % 100:02d}"
    ]
    assert wrong == []


def test_relatives_are_citizens_of_the_province(province: Province) -> None:
    named = {related for one in province.people.values() for related in (one.father, one.mother, one.spouse, one.head)}
    assert named - {""} <= set(province.people)


def test_marriage_is_mutual(province: Province) -> None:
    married = [one for one in province.people.values() if one.spouse]
    assert all(province.people[one.spouse].spouse == one.identity for one in married)


def test_parents_are_older_than_their_children(province: Province) -> None:
    pairs = [(one, parent) for one in province.people.values() for parent in (one.father, one.mother) if parent]
    assert all(province.people[parent].born.year + 17 <= one.born.year for one, parent in pairs)


def test_no_telephone_number_can_be_a_real_one(province: Province) -> None:
    assert {one.phone[:2] for one in province.people.values()} == {"", "01"}


@pytest.mark.parametrize("real", ["0100109106", "0101248141", "0300588569"])
def test_the_check_digit_is_that_of_known_enterprises(real: str) -> None:
    assert check_digit(real[:9]) == int(real[9])


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_a_check_digit_is_one_digit_or_none(nine: str) -> None:
    assert check_digit(nine) in {None, *range(10)}


def test_every_enterprise_number_passes_its_checksum(province: Province) -> None:
    assert all(check_digit(number[:9]) == int(number[9]) for number in province.enterprises)


def test_every_enterprise_is_led_by_a_citizen(province: Province) -> None:
    chiefs = {one.representative for one in province.enterprises.values()}
    assert chiefs <= set(province.people)
