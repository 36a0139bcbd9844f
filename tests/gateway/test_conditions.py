"""Are codes taken as conditions of a search, and the numbers by which people and case files are known are not?"""

import pytest

from catalog.codes import is_officer_code, names_somebody
from gateway.inquiry.conditions import condition_faults


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("", True),
        ("motcua", True),
        ("000.00.02.H32", True),
        ("TT-202611270001", True),
        ("2026-11-27T06:00:00+07:00", True),
        ("H32-26-0001", True),
        ("056199887766", False),
        ("225998871", False),
        ("H32.05-261122-07741", False),
        ("000.00.16.H32-261122-0001", False),
        ("Hoàng Thị Mật Yến", False),
        ("Hoang Thi", False),
        ("x" * 101, False),
    ],
)
def test_a_condition_is_a_code(text: str, is_taken: bool) -> None:
    assert [one.where for one in condition_faults({"system": text})] == ([] if is_taken else ["system"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Người 056199887766, hai lần", True),
        ("225998871", True),
        ("hồ sơ H32.05-261122-07741", True),
        ("Ngoài giờ, tháng 11/2026", False),
        ("số 1234567890", False),
    ],
)
def test_a_text_names_somebody_by_a_number(text: str, names: bool) -> None:
    assert names_somebody(text) == names


@pytest.mark.parametrize(("code", "is_one"), [("CB-12345678", True), ("H32.05/017", True), ("H32-261122-0001", False)])
def test_an_officers_code_is_no_case_file(code: str, is_one: bool) -> None:
    assert is_officer_code(code) == is_one
