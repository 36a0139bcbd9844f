"""Which texts of a kind does a simple type allow? (facets, XML Schema 1.0 part 2, 4.3; built-in types, 3.2, 3.3)"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

from adapters.soap.shapes import Kind, Simple

Check: TypeAlias = Callable[[str], bool]

NO_NUMBERS: Final = frozenset({"NaN", "INF", "-INF"})
ZONE: Final = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"

_NAME_START: Final = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NAME: Final = _NAME_START + r"\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
NCNAME: Final = re.compile(f"[{_NAME_START}][{_NAME}]*\\Z")
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "time": re.compile(rf"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,12}})?|24:00:00(\.0{{1,12}})?){ZONE}\Z", re.ASCII),
    "duration": re.compile(r"-?P(?=[\dT])(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?\Z", re.ASCII),
    "gYear": re.compile(rf"-?\d{{4,6}}{ZONE}\Z", re.ASCII),
    "gYearMonth": re.compile(rf"-?\d{{4,6}}-(0[1-9]|1[0-2]){ZONE}\Z", re.ASCII),
    "gMonth": re.compile(rf"--(0[1-9]|1[0-2]){ZONE}\Z", re.ASCII),
    "gDay": re.compile(rf"---(0[1-9]|[12]\d|3[01]){ZONE}\Z", re.ASCII),
    "gMonthDay": re.compile(rf"--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]){ZONE}\Z", re.ASCII),
    "normalizedString": re.compile(r"[^\t\n\r]*\Z"),
    "token": re.compile(r"([^ \t\n\r]+( [^ \t\n\r]+)*)?\Z"),
    "language": re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*\Z", re.ASCII),
    "Name": re.compile(f"[:{_NAME_START}][:{_NAME}]*\\Z"),
    "NCName": NCNAME,
    "NMTOKEN": re.compile(f"[:{_NAME}]+\\Z"),
    "anyURI": re.compile(r"([^ \t\n\r<>\"{}|\\^`]|%[0-9A-Fa-f]{2})*\Z"),
}
"""The forms of the built-in types that have no kind of their own; blanks at the ends are gone by then (4.3.6)."""


def checks_of(simple: Simple) -> tuple[Check, ...]:
    """Return what a text of the type must satisfy, beyond the form of its kind. Patterns are not checked."""
    checks: list[Check] = []
    pattern = _FORMS.get(simple.lexical)
    if pattern is not None:
        checks.append(lambda text: pattern.match(text) is not None)
    if simple.choices:
        choices = _choice_check(simple)
        checks.append(choices)
    if simple.least_length or simple.most_length is not None:
        checks.append(_length_check(simple))
    if simple.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT):
        checks += _bounds(simple)
    if simple.kind is Kind.DATE:
        checks += _days(simple)
    return tuple(checks)


def _choice_check(simple: Simple) -> Check:
    choices = frozenset(simple.choices)
    if simple.kind in (Kind.INTEGER, Kind.DECIMAL):
        numbers = frozenset(Decimal(one) for one in choices)
        return lambda text: Decimal(text) in numbers
    return lambda text: text in choices


def _length_check(simple: Simple) -> Check:
    least, most = simple.least_length, simple.most_length
    measure: Callable[[str], int] = len
    if simple.kind is Kind.HEX:
        measure = _hex_length
    elif simple.kind is Kind.BASE64:
        measure = _base64_length
    return lambda text: least <= measure(text) and (most is None or measure(text) <= most)


def _hex_length(text: str) -> int:
    return len(text) // 2


def _base64_length(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")


def _bounds(simple: Simple) -> list[Check]:
    checks: list[Check] = []
    if simple.minimum:
        minimum = Decimal(simple.minimum)
        checks.append(lambda text: text not in NO_NUMBERS and Decimal(text) >= minimum)
    if simple.maximum:
        maximum = Decimal(simple.maximum)
        checks.append(lambda text: text not in NO_NUMBERS and Decimal(text) <= maximum)
    if simple.above:
        above = Decimal(simple.above)
        checks.append(lambda text: text not in NO_NUMBERS and Decimal(text) > above)
    if simple.below:
        below = Decimal(simple.below)
        checks.append(lambda text: text not in NO_NUMBERS and Decimal(text) < below)
    if simple.digits or simple.decimals is not None:
        checks.append(_digits_check(simple.digits, simple.decimals))
    return checks


def _days(simple: Simple) -> list[Check]:
    least, most = simple.minimum or "0001-01-01", simple.maximum or "9999-12-31"
    above, below = simple.above or "0000", simple.below or "A"
    return [lambda text: least[:10] <= text[:10] <= most[:10] and above[:10] < text[:10] < below[:10]]


def _digits_check(most: int, decimals: int | None) -> Check:
    def check(text: str) -> bool:
        whole, _, fraction = text.lstrip("+-").partition(".")
        whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
        return (not most or len(whole) + len(fraction) <= most) and (decimals is None or len(fraction) <= decimals)

    return check
