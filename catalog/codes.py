"""Can a code stand in an address, a token and a record as it is?"""

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
