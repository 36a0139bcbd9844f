"""Which text is a value of which simple type, and how is the value written in JSON? (XML Schema 1.0 part 2)

Both directions of the codec ask here. Numbers keep the digits that they came with; nothing here quotes a value.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

import msgspec

from adapters.contract import Json
from adapters.soap.facets import NO_NUMBERS, ZONE, checks_of
from adapters.soap.shapes import Kind, Simple

Extracted: TypeAlias = str | bool | msgspec.Raw | list["Extracted"] | dict[str, "Extracted"] | None
FromText: TypeAlias = Callable[[str], Extracted]
ToText: TypeAlias = Callable[[Json], str]

MAX_NUMBER_LENGTH: Final = 400
MAX_PORTABLE_DIGITS: Final = 15
"""Every double keeps this many (IEEE 754, binary64)."""
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, 2.2: what is not a Char cannot be written at all, not even as a character reference."""

_SPACE: Final = " \t\r\n"
_SPACES: Final = re.compile(f"[{_SPACE}]")
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)
_FLOAT: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_DATE: Final = re.compile(rf"(\d{{4}}-\d\d-\d\d){ZONE}\Z", re.ASCII)
_DATETIME: Final = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)T(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,12}})?|24:00:00(\.0{{1,12}})?){ZONE}\Z", re.ASCII
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_HEX: Final = re.compile(r"([0-9A-Fa-f]{2})*\Z", re.ASCII)


class NotOfType(ValueError):
    """A text or a JSON value that the type does not allow. The text never quotes it."""


def make_reader(kind: Kind, simple: Simple | None, *, portable: bool = False) -> FromText:
    """Return the function that turns the text of an element or attribute into JSON.

    With `portable` a number of which readers of JSON may keep another value is a string (RFC 7493, 2.2). An empty text
    is `None` except for strings: servers write an empty element where they have no value. `NaN` and infinities are
    `None`, since JSON has none (RFC 8259, 6). The function raises `NotOfType`.
    """
    if simple is not None and simple.kind is Kind.LIST and simple.item is not None:
        item = make_reader(simple.item.kind, simple.item, portable=portable)
        return lambda text: [item(one) for one in text.split()]
    if kind is Kind.TEXT and simple is not None and simple.lexical not in ("", "normalizedString"):
        return _collapsed
    if portable and kind in (Kind.INTEGER, Kind.DECIMAL):
        return _portable(_READ[kind])
    return _READ[kind]


def make_writer(kind: Kind, simple: Simple | None) -> ToText:
    """Return the function that turns a JSON value into the text of a schema-valid element or attribute, unescaped.

    The function raises `NotOfType`. Patterns are not checked.
    """
    if simple is None:
        return _WRITE[kind]
    if simple.kind is Kind.LIST and simple.item is not None:
        return _list_writer(make_writer(simple.item.kind, simple.item), simple)
    if simple.members:
        return _union_writer([make_writer(one.kind, one) for one in simple.members], simple)
    return _checked(_WRITE[kind], simple)


# --- from text --------------------------------------------------------------------------------------------------------


def _as_is(text: str) -> Extracted:
    return text


def _collapsed(text: str) -> Extracted:
    return " ".join(text.split())


def _number(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if not text:
        return None
    if len(text) <= MAX_NUMBER_LENGTH:
        if _JSON_NUMBER.match(text):
            return msgspec.Raw(text.encode("ascii"))
        if _DECIMAL.match(text):
            return msgspec.Raw(format(Decimal(text), "f").encode("ascii"))
    raise NotOfType("a number is written as the schema does not allow")


def _integer(text: str) -> Extracted:
    if "." in text:
        raise NotOfType("an integer has a fraction")
    return _number(text)


def _portable(read: FromText) -> FromText:
    def portable(text: str) -> Extracted:
        value = read(text)
        if not isinstance(value, msgspec.Raw):
            return value
        written = bytes(value).decode("ascii")
        digits = written.lstrip("-").replace(".", "").lstrip("0")
        return written if len(digits) > MAX_PORTABLE_DIGITS else value

    return portable


def _float(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if not text or text in NO_NUMBERS:
        return None
    if not _FLOAT.match(text) or len(text) > MAX_NUMBER_LENGTH:
        raise NotOfType("a number is written as the schema does not allow")
    if _JSON_NUMBER.match(text):
        return msgspec.Raw(text.encode("ascii"))
    try:
        return msgspec.Raw(str(Decimal(text)).encode("ascii"))
    except InvalidOperation as error:
        raise NotOfType("a number is written as the schema does not allow") from error


def _boolean(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if text and text not in _BOOLEANS:
        raise NotOfType("a boolean is written as the schema does not allow")
    return _BOOLEANS.get(text)


def _date(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if not text:
        return None
    found = _DATE.match(text)
    try:
        return date.fromisoformat(found[1] if found else "").isoformat()
    except ValueError as error:
        raise NotOfType("a date is written as the schema does not allow") from error


def _datetime(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if text and not _is_datetime(text):
        raise NotOfType("a date and time is written as the schema does not allow")
    return text or None


def _base64(text: str) -> Extracted:
    compact = "".join(text.split())
    try:
        base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotOfType("base64 is written as the schema does not allow") from error
    return compact


def _hex(text: str) -> Extracted:
    text = text.strip(_SPACE)
    if not _HEX.match(text):
        raise NotOfType("hexadecimal is written as the schema does not allow")
    return text


_READ: Final[dict[Kind, FromText]] = {
    Kind.TEXT: _as_is,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _number,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.BASE64: _base64,
    Kind.HEX: _hex,
}


# --- to text ----------------------------------------------------------------------------------------------------------


def _text(value: Json) -> str:
    if type(value) is str:
        if NOT_XML.search(value):
            raise NotOfType("contains a control character")
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise NotOfType("must be a single value")


def _plain(value: Json) -> str:
    """Return a number or its text without an exponent: xs:decimal has none."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        raise NotOfType("is not of the type that the service takes")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        if not exact.is_finite() or abs(exact.adjusted()) > MAX_NUMBER_LENGTH:
            raise NotOfType("is not of the type that the service takes")
        return format(exact, "f")
    raise NotOfType("must be a single value")


def _decimal_text(value: Json) -> str:
    return _matching(_plain(value), _DECIMAL)


def _integer_text(value: Json) -> str:
    text = _plain(value)
    if isinstance(value, float | Decimal) and "." in text:
        text = text.rstrip("0").rstrip(".")  # JSON Schema: 1.0 is an integer
    return _matching(text, _INTEGER)


def _float_text(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise NotOfType("is not of the type that the service takes")
    text = value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
    return text if text in NO_NUMBERS else _matching(text, _FLOAT)


def _boolean_text(value: Json) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str) and value in _BOOLEANS:
        return value
    raise NotOfType("is not of the type that the service takes")


def _date_text(value: Json) -> str:
    found = _DATE.match(value) if isinstance(value, str) else None
    if found is None or not _is_day(found[1]):
        raise NotOfType("is not of the type that the service takes")
    return found[0]


def _datetime_text(value: Json) -> str:
    if not isinstance(value, str) or not _is_datetime(value):
        raise NotOfType("is not of the type that the service takes")
    return value


def _base64_text(value: Json) -> str:
    if not isinstance(value, str):
        raise NotOfType("is not of the type that the service takes")
    return str(_base64(value))


def _hex_text(value: Json) -> str:
    return _matching(_text(value), _HEX)


_WRITE: Final[dict[Kind, ToText]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer_text,
    Kind.DECIMAL: _decimal_text,
    Kind.FLOAT: _float_text,
    Kind.BOOLEAN: _boolean_text,
    Kind.DATE: _date_text,
    Kind.DATETIME: _datetime_text,
    Kind.BASE64: _base64_text,
    Kind.HEX: _hex_text,
}


def _matching(text: str, pattern: re.Pattern[str]) -> str:
    if (len(text) > MAX_NUMBER_LENGTH and pattern is not _HEX) or not pattern.match(text):
        raise NotOfType("is not of the type that the service takes")
    return text


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_datetime(text: str) -> bool:
    found = _DATETIME.match(text)
    return found is not None and _is_day(found[1])


def _checked(write: ToText, simple: Simple) -> ToText:
    checks = checks_of(simple)

    def checked(value: Json) -> str:
        text = write(value)
        for check in checks:
            if not check(text):
                raise NotOfType("is not a value that the service's schema allows")
        return text

    return checked if checks else write


def _list_writer(item: ToText, simple: Simple) -> ToText:
    least, most, choices = simple.least_length, simple.most_length, frozenset(simple.choices)

    def write(value: Json) -> str:
        texts = [item(one) for one in (value if isinstance(value, list) else [value])]
        if any(not text or _SPACES.search(text) for text in texts):
            raise NotOfType("is not a value that the service's schema allows")
        joined = " ".join(texts)
        if len(texts) < least or (most is not None and len(texts) > most) or (choices and joined not in choices):
            raise NotOfType("is not a value that the service's schema allows")
        return joined

    return write


def _union_writer(members: list[ToText], simple: Simple) -> ToText:
    choices = frozenset(simple.choices)

    def write(value: Json) -> str:
        for member in members:
            try:
                text = member(value)
            except NotOfType:
                continue
            if not choices or text in choices:
                return text
        raise NotOfType("is not a value that the service's schema allows")

    return write
