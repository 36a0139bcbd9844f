"""What are the one true bytes of a JSON value, and their digest? (RFC 8785, JSON Canonicalization Scheme)"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from catalog.errors import NotCanonical

JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
_LARGEST_INTEGER = 2**53 - 1  # RFC 8785, 3.1, by way of I-JSON (RFC 7493, 2.2): beyond it doubles lose integers


def canonical_json(value: JsonValue) -> bytes:
    """Return the canonical form of `value` in UTF-8. Raises NotCanonical where there is none."""
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("a string holds a lone surrogate") from error


def canonical_document(document: msgspec.Struct) -> bytes:
    """Return the canonical form of one of our documents (`catalog/descriptions.py`, `catalog/terms.py`)."""
    return canonical_json(msgspec.json.decode(msgspec.json.encode(document)))


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def _text(value: JsonValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            # 3.2.2.2: json escapes exactly what the RFC names when it may leave other characters as they are.
            return json.dumps(value, ensure_ascii=False)
        case int():
            if abs(value) > _LARGEST_INTEGER:
                raise NotCanonical("an integer beyond 2**53 - 1")
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            members = sorted(value.items(), key=_by_utf16)  # 3.2.3
            return "{" + ",".join(f"{_text(name)}:{_text(member)}" for name, member in members) + "}"
        case Sequence():
            return "[" + ",".join(_text(element) for element in value) + "]"
    raise NotCanonical(f"{type(value).__name__} is not JSON")


def _by_utf16(member: tuple[str, JsonValue]) -> bytes:
    name = member[0]
    if not isinstance(name, str):
        raise NotCanonical("a member's name is not a string")
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """Return ECMAScript's Number::toString (RFC 8785, 3.2.2.3; ECMA-262, 6.1.6.1.20), from Python's shortest digits."""
    if not math.isfinite(value):
        raise NotCanonical("a number is not finite")
    if value == 0:
        return "0"
    sign, digit_list, exponent = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, digit_list))
    point = len(digits) + int(exponent)  # the value is 0.digits * 10**point
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        text = digits.ljust(point, "0")
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return f"-{text}" if sign else text
