"""Does one value keep one rule? Pure: `now` and the allowed values are handed in.

Only `FILLED` judges a missing value; to every other check a value that is not there is neither right nor wrong.
"""

import re
import unicodedata
from collections.abc import Set
from datetime import UTC, date, datetime, timedelta

from catalog.folding import fold
from catalog.formats import FORMATS

_JUNK = frozenset(
    {
        "ABC", "ABCD", "ASD", "ASDF", "BLANK", "CHUA BIET", "CHUA CO", "CHUA RO", "DUMMY", "EMPTY", "FOO",
        "KHONG BIET", "KHONG CO", "KHONG RO", "N.A", "N/A", "NA", "NAN", "NIL", "NONE", "NULL", "QWERTY", "TBD", "TEST",
        "TEST1", "TEST123", "TESTING", "THU", "THU NGHIEM", "TRONG", "UNDEFINED", "UNKNOWN", "XX", "#N/A", "#REF!",
        "#VALUE!", "-", "--", ".", "..", "?", "01/01/1900", "1900-01-01", "0001-01-01", "9999-12-31", "123456",
        "1234567", "12345678", "123456789", "1234567890", "0123456789", "012345678901", "123456789012",
    }
)  # fmt: skip
_NO_JUNK = frozenset({"III"})  # a class of hospitals, a region
_SHORTEST_RUN = 3
_SHORTEST_DIGITS = 6  # a commune may well have the code 22222
_LETTER = re.compile(r"[^\W\d_]")
_AHEAD = timedelta(days=1)  # a clock that goes wrong, or a zone that was left out, makes no date of the future


def keeps_format(value: str, name: str) -> bool:
    """Tell whether a value fits the format `name` (03-domain, section 4). Nothing fits an unknown one."""
    rule = FORMATS.get(name)
    return rule is not None and rule[0](value)


def is_allowed(value: str, values: Set[str]) -> bool:
    """Tell whether a value is among those that there are."""
    return value in values


def is_junk(value: str) -> bool:
    """Tell whether a value only fills a place: "test", "xxx", "không có", "000000000000", "....", "123456789"."""
    text = fold(value)
    if text in _JUNK:
        return True
    bare = text.replace(" ", "")
    if len(set(bare)) != 1 or bare in _NO_JUNK:
        return False
    shortest = _SHORTEST_DIGITS if bare.isdigit() else _SHORTEST_RUN
    return len(bare) >= shortest


def is_trimmed(value: str) -> bool:
    """Tell whether a value has no blank at either end and no two in a row."""
    return value == value.strip() and "  " not in value


def is_composed(value: str) -> bool:
    """Tell whether a value is in Unicode's composed form (NFC), in which names are stored and compared."""
    return unicodedata.is_normalized("NFC", value)


def is_cased(value: str) -> bool:
    """Tell whether a name is written as names are: not "NGUYỄN VĂN AN", not "nguyễn văn an"."""
    if len(_LETTER.findall(value)) < 2:
        return True
    return not (value.isupper() or value.islower())


def is_past(value: str, *, now: datetime) -> bool:
    """Tell whether a day or moment is not of the future; what is no date is for `keeps_format` to judge."""
    at = moment_of(value)
    return at is None or at <= now + _AHEAD


def moment_of(value: str) -> datetime | None:
    """Return the moment of an ISO 8601 day or moment (of one without an offset: in UTC), or None when it is none."""
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
