"""Do the rules for numbers, dates and names hold, on both sides of each line?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import OutcomeUnknown, ProviderHasNone, ProviderRefused, ProviderTalkedNonsense
from adapters.national import business, categories, civil_status, population, social_insurance
from adapters.national.civil_status import ERRORS, read_dossier
from adapters.national.formats import (
    fold_name,
    is_business_number,
    parse_birth_date,
    parse_compact_date,
    parse_slashed_date,
)
from adapters.national.social_insurance import read_person

MODULES = (business, categories, civil_status, population, social_insurance)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("0100109106", True),
        ("0101248141", True),
        ("0300588569", True),
        ("0100109107", False),
        ("0100109106-001", True),
        ("0100109106-01", False),
        ("010010910", False),
        ("056099000001", True),
        ("05609900000", False),
        ("٠١٠٠١٠٩١٠٦", False),
    ],
)
def test_an_enterprise_number_has_its_check_digit(number: str, valid: bool) -> None:
    assert is_business_number(number) is valid


@given(st.text("0123456789", min_size=9, max_size=9))
def test_nine_digits_have_at_most_one_check_digit(start: str) -> None:
    assert sum(is_business_number(f"{start}{digit}") for digit in range(10)) <= 1


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("19900131", "1990-01-31"),
        ("199001", "1990-01"),
        ("1990", "1990"),
        ("19900000", "1990"),
        ("19900230", None),
        ("1990013", None),
        ("", None),
    ],
)
def test_a_compact_date_is_read_strictly(text: str, iso: str | None) -> None:
    parsed = parse_compact_date(text)

    assert (parsed.iso if parsed else None) == iso


@given(st.dates())
def test_a_date_survives_every_spelling(day: object) -> None:
    parsed = parse_birth_date(str(day))

    assert parsed is not None
    assert parse_compact_date(parsed.compact) == parsed
    assert str(parse_slashed_date("/".join(reversed(str(day).split("-"))))) == str(day)


@pytest.mark.parametrize("text", ["1/2/2001", "2001/02/01", "30/02/2001", "01-02-2001", ""])
def test_a_slashed_date_is_read_strictly(text: str) -> None:
    assert parse_slashed_date(text) is None


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn Đạt", "NGUYENVANDAT", "nguyễn  văn đạt", "Nguye\u0302\u0303n Va\u0306n Đạt"]
)
def test_all_spellings_of_a_name_fold_to_one(name: str) -> None:
    assert fold_name(name) == "NGUYENVANDAT"


@pytest.mark.parametrize("code", sorted(set(ERRORS) - {"201"}))
def test_each_code_of_the_civil_status_table_is_a_refusal(code: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        read_dossier({"errorCode": int(code)}, safe=True)

    assert refused.value.code == code


def test_a_dossier_that_is_not_found_is_none() -> None:
    with pytest.raises(ProviderHasNone):
        read_dossier({"errorCode": "201"}, safe=True)


@pytest.mark.parametrize(("safe", "error"), [(True, ProviderTalkedNonsense), (False, OutcomeUnknown)])
@pytest.mark.parametrize("value", [[], {"errorCode": "999"}, {"trangThai": "7"}])
def test_a_dossier_of_another_shape_is_no_answer(safe: bool, error: type[Exception], value: object) -> None:
    with pytest.raises(error):
        read_dossier(value, safe=safe)  # type: ignore[arg-type]  # JSON, seen from outside as an object


@pytest.mark.parametrize(
    ("written", "kind", "iso"), [("19900131", 0, "1990-01-31"), ("1990", "1", "1990"), ("19900100", "2", "1990-01")]
)
def test_an_insured_persons_birth_date_is_read_by_its_kind(written: str, kind: str | int, iso: str) -> None:
    assert read_person({"hoTen": "An", "ngaySinh": written, "loaiNgaySinh": kind})["ngaySinh"] == iso


def test_the_social_insurances_error_code_is_a_refusal() -> None:
    with pytest.raises(ProviderRefused) as refused:
        read_person({"maSoBhxh": "", "errorCode": "E12"})

    assert refused.value.code == "E12"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_each_operations_facts_name_every_field_once(module: object) -> None:
    operations = module.OPERATIONS  # type: ignore[attr-defined]  # each national module has them

    paths = [(operation.code, field.path) for operation in operations for field in operation.fields]
    assert len(paths) == len(set(paths))
    assert len({operation.code for operation in operations}) == len(operations)
