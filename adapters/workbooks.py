"""Is a file an Excel workbook that may be opened, and is nothing in it that would be read as empty by mistake?

Asked before openpyxl is: it unpacks what it is given. Sizes are those of the archive's directory, beyond which zipfile
reads nothing.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 512 * 1024 * 1024
MOST_SHARED_BYTES: Final = 128 * 1024 * 1024
"""Of texts that are kept in memory as a whole."""
MOST_PARTS: Final = 2000
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED: Final = "xl/sharedstrings.xml"
_CHUNK: Final = 1024 * 1024
_OVERLAP: Final = 4096
_DOCTYPE: Final = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"[A-Z]{1,3}([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})\"")
_UNCOUNTED: Final = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^>]*/>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


class WorkbookUnfit(ValueError):
    """A workbook may not be opened. The text says why, and `vi` in Vietnamese, without its name and without a value."""

    def __init__(self, en: str, vi: str) -> None:
        super().__init__(en)
        self.vi = vi


def check_workbook(file: Path) -> None:
    """Return when a workbook may be opened. Raises `WorkbookUnfit`, `OSError`, or `zipfile.BadZipFile`."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
            mib = MOST_BYTES // 1024 // 1024
            raise WorkbookUnfit(f"unpacks to more than {mib} MiB", f"giải nén ra hơn {mib} MB")
        if any(part.filename.lower() == _SHARED and part.file_size > MOST_SHARED_BYTES for part in parts):
            mib = MOST_SHARED_BYTES // 1024 // 1024
            raise WorkbookUnfit(f"holds more than {mib} MiB of texts", f"chứa hơn {mib} MB chữ")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as opened:
                    # A part of a workbook has no DTD (ECMA-376-2, 8.1.4), and an entity could grow without end.
                    if _DOCTYPE.search(opened.read(_CHUNK)):
                        raise WorkbookUnfit(
                            "declares a document type, which no workbook does",
                            "khai kiểu tài liệu (DTD), Excel không có",
                        )


def merged_rows(file: Path, *, below: int) -> int:
    """Return the first row below row `below` in which cells are merged over several rows, 0 when there is none."""
    found = 0
    for match in _matches(file, _MERGED):
        first, last = int(match.group(1)), int(match.group(2))
        if last > first and last > below and (not found or first < found):
            found = max(first, below + 1)
    return found


def has_uncounted_formulas(file: Path) -> bool:
    """Tell whether a formula was saved without its value: a program wrote it that cannot count."""
    return next(_matches(file, _UNCOUNTED), None) is not None


def _matches(file: Path, pattern: "re.Pattern[bytes]") -> Iterator["re.Match[bytes]"]:
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            if not _SHEET.fullmatch(part.filename):
                continue
            with archive.open(part) as opened:
                rest = b""
                while chunk := opened.read(_CHUNK):
                    text = rest + chunk
                    yield from pattern.finditer(text)
                    rest = text[-_OVERLAP:]
