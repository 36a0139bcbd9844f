"""Is a value a citizen's identity number, an enterprise's code, an administrative unit's …? (design 03, section 4)

A parameter's description names one of `FORMATS`. Checks are of form only: no register is asked.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from catalog.errors import Fault

_MSDN_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_AGENCY = re.compile(r"[0-9A-Z]+(\.[0-9A-Z]+)*", re.ASCII)


def check(name: str, value: str) -> Fault | None:
    """Return what is wrong with `value` under the format `name`, or None. Nothing fits an unknown format."""
    rule = FORMATS.get(name)
    if rule is None:
        return Fault("", f"không có định dạng {name}", f"there is no format {name}")
    return None if rule[0](value) else Fault("", rule[1], rule[2])


def is_identity_number(value: str) -> bool:
    """Tell whether `value` has the form of a số định danh cá nhân: 12 digits."""
    return _digits(value, 12)


def is_enterprise_code(value: str) -> bool:
    """Tell whether `value` is a mã số doanh nghiệp: 10 digits with a right check digit, a branch's adds `-ddd`.

    N10 = 10 - (sum of Ni * Wi mod 11). A remainder of 0 would need the digit 10: no such code is right.
    """
    head, dash, branch = value.partition("-")
    if dash and not _digits(branch, 3):
        return False
    if not _digits(head, 10):
        return False
    numbers = [int(digit) for digit in head]
    remainder = sum(n * w for n, w in zip(numbers, _MSDN_WEIGHTS, strict=False)) % 11
    return numbers[9] == 10 - remainder


def is_agency_code(value: str) -> bool:
    """Tell whether `value` is an agency's code: QCVN 102:2016 (`000.00.00.H49`), QĐ 20/2020 (≤ 35 of `.`, 0-9, A-Z)."""
    return len(value) <= 35 and _AGENCY.fullmatch(value) is not None


def _digits(value: str, *lengths: int) -> bool:
    return len(value) in lengths and value.isascii() and value.isdigit()


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_time_stamp(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_year_month(value: str) -> bool:
    return len(value) == 7 and _is_date(f"{value}-01")


def _is_year(value: str) -> bool:
    return _digits(value, 4) and 1800 <= int(value) <= 2200


Rule = tuple[Callable[[str], bool], str, str]

FORMATS: Mapping[str, Rule] = MappingProxyType(
    {
        "so-dinh-danh": (
            is_identity_number,
            "số định danh cá nhân gồm đúng 12 chữ số",
            "an identity number has exactly 12 digits",
        ),
        "cmnd": (
            lambda v: _digits(v, 9),
            "số chứng minh nhân dân gồm đúng 9 chữ số",
            "a former identity card number has exactly 9 digits",
        ),
        "so-dinh-danh-hoac-cmnd": (
            lambda v: _digits(v, 9, 12),
            "cần số định danh (12 chữ số) hoặc số CMND (9 chữ số)",
            "an identity number (12 digits) or a former card number (9 digits) is needed",
        ),
        "msdn": (
            is_enterprise_code,
            "mã số doanh nghiệp gồm 10 chữ số với chữ số kiểm tra đúng, đơn vị phụ thuộc thêm “-” và 3 chữ số",
            "an enterprise code has 10 digits with a right check digit; a branch adds '-' and 3 digits",
        ),
        "mst": (
            lambda v: is_enterprise_code(v) or is_identity_number(v),
            "mã số thuế là mã số doanh nghiệp, hoặc số định danh 12 chữ số của cá nhân",
            "a tax code is an enterprise code, or a person's 12-digit identity number",
        ),
        "so-dinh-danh-hoac-msdn": (
            lambda v: is_enterprise_code(v) or is_identity_number(v),
            "cần số định danh cá nhân (12 chữ số) hoặc mã số doanh nghiệp hợp lệ",
            "an identity number (12 digits) or a right enterprise code is needed",
        ),
        "bhxh": (
            lambda v: _digits(v, 10),
            "mã số bảo hiểm xã hội gồm đúng 10 chữ số",
            "a social insurance number has exactly 10 digits",
        ),
        "ma-tinh": (lambda v: _digits(v, 2), "mã tỉnh gồm đúng 2 chữ số", "a province's code has exactly 2 digits"),
        "ma-xa": (lambda v: _digits(v, 5), "mã xã gồm đúng 5 chữ số", "a commune's code has exactly 5 digits"),
        "ma-dvhc": (
            lambda v: _digits(v, 2, 5),
            "mã đơn vị hành chính gồm 2 chữ số (tỉnh) hoặc 5 chữ số (xã)",
            "an administrative unit's code has 2 digits (province) or 5 digits (commune)",
        ),
        "ma-co-quan": (
            is_agency_code,
            "mã định danh cơ quan không đúng dạng, ví dụ đúng: 000.00.00.H49",
            "not an agency's code; a right one: 000.00.00.H49",
        ),
        "date": (
            _is_date,
            "ngày phải có dạng NNNN-TT-NN, ví dụ 2026-01-31",
            "a date is written YYYY-MM-DD, for example 2026-01-31",
        ),
        "datetime": (
            _is_time_stamp,
            "thời điểm phải theo ISO 8601 và có múi giờ",
            "a moment is written in ISO 8601 with its offset",
        ),
        "year-month": (
            _is_year_month,
            "tháng phải có dạng NNNN-TT, ví dụ 2026-01",
            "a month is written YYYY-MM, for example 2026-01",
        ),
        "year": (_is_year, "năm gồm đúng 4 chữ số", "a year has exactly 4 digits"),
    }
)
"""Name of a format: the check, and what to say in Vietnamese and English when it fails."""
