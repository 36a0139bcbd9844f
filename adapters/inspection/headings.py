"""Which line of a file has the headings, what separates its cells, and which of its numbers are no amounts?"""

import csv
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.lines import Encoding, encoding_of

LOOKED_AT: Final = 30
"""Lines among which the headings are sought."""
_DELIMITERS: Final = ",;\t|"
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VALUE: Final = re.compile(r"[-+]?[0-9][0-9., /:-]*")
# Numbers that nobody adds up: kept as text, with the zeros that they begin with.
_CODES: Final = re.compile(
    r"\b(MA|SO DINH DANH|DINH DANH|CCCD|CMND|CMT|CAN CUOC|MST|MSDN|MSBHXH|BHXH|BHYT|DIEN THOAI|SDT|DI DONG|SO HIEU|ID"
    r"|CODE|PHONE|TAX|ZIP|SO TAI KHOAN|HO CHIEU|GPLX|BIEN SO)\b"
)
_POSITIONS: Final = re.compile(r"STT|TT|SO TT|SO THU TU|THU TU|NO\.?|#|ROW|INDEX")
_IDENTITY: Final = re.compile(r"\b(SO DINH DANH|DINH DANH|CCCD|CAN CUOC)\b")


def find_delimiter(file: Path, encoding: Encoding) -> str:
    """Return what separates the cells of a CSV file: whatever gives most lines the same number of cells, above one."""
    with file.open(encoding=encoding_of(file, encoding), newline="", errors="replace") as text:
        lines = [line for line in (text.readline(65536) for _ in range(LOOKED_AT)) if line.strip()]
    best, chosen = 0, ","
    for delimiter in _DELIMITERS:
        widths = [len(cells) for cells in _split(lines, delimiter)]
        common = max(widths, key=widths.count, default=1)
        score = widths.count(common) * common if common > 1 else 0
        if score > best:
            best, chosen = score, delimiter
    return chosen


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def find_header_row(lines: Sequence[Sequence[str | None]]) -> int:
    """Return the row (from 1) with the headings: the first as full as the fullest, of texts alone that differ; else 1.

    Above it stand titles, which fill a cell or two.
    """
    widths = [sum(cell is not None for cell in cells) for cells in lines]
    fullest = max(widths, default=0)
    for at, cells in enumerate(lines):
        texts = [" ".join(cell.split()) for cell in cells if cell is not None]
        if widths[at] < max(2, fullest * 0.7) or len(set(texts)) != len(texts):
            continue
        if not any(_VALUE.fullmatch(text) for text in texts):
            return at + 1
    return 1


def is_code(name: str) -> bool:
    """Tell whether a heading names a number that is no amount: a code, an identity number, a telephone."""
    return _CODES.search(_plain(name)) is not None


def is_identity(name: str) -> bool:
    """Tell whether a heading names citizens' identity numbers (12 digits)."""
    return _IDENTITY.search(_plain(name)) is not None


def is_position(name: str) -> bool:
    """Tell whether a heading names the row's place in its list, which is another one in the next file."""
    return _POSITIONS.fullmatch(_plain(name)) is not None


def _plain(name: str) -> str:
    parted = _HUMPS.sub(" ", name).replace("_", " ").replace("-", " ")
    folded = "".join(c for c in unicodedata.normalize("NFD", parted) if not unicodedata.combining(c))
    return " ".join(folded.replace("đ", "d").replace("Đ", "D").upper().split())
