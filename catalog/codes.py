"""Can a code stand in an address, a token and a record as it is, in the clear?"""

import re
from typing import Final

from catalog.errors import Fault
from catalog.formats import is_agency_code

PAGE_NAMES: Final = frozenset(
    {"choices", "connections", "drop", "edit", "export", "exports", "fields", "import", "new", "pack", "preparations",
     "read", "standard"}
)  # fmt: skip
"""Last parts of addresses at which a page stands where else the code of something does."""

_CODE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)
_OFFICER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}")
_PERSONS_NUMBER = re.compile(r"(?<!\d)(?:\d{9}|\d{12})(?!\d)")
_CASE_FILE = re.compile(r"(?<![A-Za-z0-9.])(?:\d[\d.]*\.)?H\d{2}(?:\.\d{1,3})*-\d{6}-\d{4,}(?!\d)")


def code_fault(where: str, code: str) -> Fault | None:
    """Return what is wrong with the code of anything but an agency: 1 to 100 letters, digits, `.`, `_`, `-`."""
    if _CODE.fullmatch(code) and ".." not in code:
        return None
    return Fault(
        where,
        "mã gồm 1 đến 100 chữ cái không dấu, chữ số, “.”, “_”, “-”, bắt đầu và kết thúc bằng chữ hoặc số",
        "a code has 1 to 100 letters without marks, digits, '.', '_', '-', and begins and ends with a letter or digit",
    )


def page_fault(where: str, code: str) -> Fault | None:
    """Return what is wrong with a code that something new shall have: a page has that address already."""
    if code not in PAGE_NAMES:
        return None
    return Fault(where, f"“{code}” là địa chỉ của một trang, hãy chọn mã khác", f"{code!r} is the address of a page")


def agency_code_fault(where: str, code: str) -> Fault | None:
    """Return what is wrong with an agency's code (QCVN 102:2016; QĐ 20/2020)."""
    if is_agency_code(code):
        return None
    return Fault(
        where,
        "mã định danh cơ quan không đúng dạng, ví dụ đúng: 000.00.00.H49",
        "not an agency's code: 000.00.00.H49 is",
    )


def title_fault(where: str, title: str) -> Fault | None:
    """Return what is wrong with a title or name: it must say something, in at most 300 characters."""
    if title.strip() and len(title) <= 300:
        return None
    return Fault(where, "phải có nội dung, không quá 300 ký tự", "must not be empty, nor longer than 300 characters")


def is_officer_code(code: str) -> bool:
    """Tell whether an agency may call an officer so: it is recorded as it is, so no person's number and no name."""
    return _OFFICER.fullmatch(code) is not None and not names_somebody(code)


def names_somebody(text: str) -> bool:
    """Tell whether a text holds what the record seals: a number of 9 or 12 digits, as cards have, or a case file's.

    Of case files those are known that one-stop desks number by agency, day and count (`H32.05-261122-07741`).
    """
    return any(pattern.search(text) for pattern in (_PERSONS_NUMBER, _CASE_FILE))


def is_somebodys_number(text: str) -> bool:
    """Tell whether a text is such a number and nothing else: codes that only hold as many digits are codes."""
    return any(pattern.fullmatch(text) for pattern in (_PERSONS_NUMBER, _CASE_FILE))
