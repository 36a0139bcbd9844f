"""Is a request's body JSON of which every reader would say the same?

RFC 8259 leaves duplicate names, huge numbers and depth to the reader, and two readers that differ are a way round
every check: so they are refused here (RFC 7493, I-JSON).
"""

import json
import math
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Never

import jsonschema_rs
import msgspec

from adapters.contract import Json
from gateway.errors import FaultFound, RequestInvalid

MAX_DEPTH = 32
MAX_FAULTS = 20
_MAX_SAFE_INTEGER = 2**53 - 1
# Numbers that may be beyond the limits: long ones, and short ones with a great exponent.
_UNUSUAL_NUMBER = re.compile(rb"(?<![-+.0-9eE])(?:[-.0-9]{16,}+(?:[eE][-+0-9]*+)?|[-.0-9]++[eE]\+?[0-9]{3,}+)")
# Schemas of others use lookaround, so that a linear engine would refuse them. This one goes back at most so often for a
# value, which takes 0.1 ms: `^(?!x)(a|a)*\b(?<!c)$` took 100 ms under the library's own limit. Beyond, it does not fit.
_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=2000)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# As signed bytes: one level more, one level less.
_LEVELS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")


class BodyCheck:
    """The JSON Schema of one operation's body, compiled once."""

    def __init__(self, schema: bytes) -> None:
        """Compile a JSON Schema (2020-12). Raises ValueError when it is none; nothing is fetched for a `$ref`."""
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                json.loads(schema), validate_formats=True, pattern_options=_PATTERNS
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            raise ValueError("not a JSON Schema") from error

    def faults(self, body: Json) -> list[FaultFound]:
        """Return what the schema says against `body`, naming places and rules, never values."""
        found: list[FaultFound] = []
        for error in self._validator.iter_errors(body):
            where = "".join(f"/{part}" for part in error.instance_path)
            rule = str(error.schema_path[-1]) if error.schema_path else "schema"
            if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
                found.append(
                    FaultFound(
                        f"body{where}/{error.kind.property}", "thiếu thành phần bắt buộc", "required and missing"
                    )
                )
            else:
                found.append(FaultFound(f"body{where}", f"không đúng quy tắc {rule}", f"breaks the rule {rule}"))
            if len(found) == MAX_FAULTS:
                break
        return found


def parse_body(raw: bytes) -> Json:
    """Return the value of a JSON text. Raises RequestInvalid for what I-JSON (RFC 7493) forbids.

    The event loop waits meanwhile, so the work per character is C's: what only an unusual text can get wrong is
    looked at when the text is unusual. A megabyte takes a tenth of a second, of nothing but brackets a quarter.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _refused("có BOM ở đầu", "starts with a byte order mark")
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _too_deep(raw):
        raise _refused(f"lồng sâu quá {MAX_DEPTH} tầng", f"is nested deeper than {MAX_DEPTH}")
    try:
        value: Json = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise _refused("không phải UTF-8", "is not UTF-8") from error
    except (ValueError, RecursionError) as error:  # more digits than int() reads are a ValueError
        raise _refused("không phải JSON", "is not JSON") from error
    if _UNUSUAL_NUMBER.search(raw):
        _check_numbers(raw)
    if _SURROGATE.search(raw):
        _check_characters(value)
    return value


def _outside_strings(raw: bytes) -> bytes:
    # In JSON a backslash stands in strings only; what is not JSON the parser refuses, whatever comes out here.
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(raw.split(b'"')[::2])


def _too_deep(raw: bytes) -> bool:
    # Before the parser recurses.
    levels = memoryview(_outside_strings(raw).translate(_LEVELS, _NOT_BRACKETS)).cast("b")
    return max(accumulate(levels), default=0) > MAX_DEPTH


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("có tên trùng lặp", "has a duplicate name")
    return members


def _constant(_: str) -> Never:
    raise _refused("có NaN hoặc Infinity", "has NaN or Infinity")


def _check_numbers(raw: bytes) -> None:
    for number in _UNUSUAL_NUMBER.findall(_outside_strings(raw)):
        whole = not any(mark in number for mark in b".eE")
        if whole and (len(number) > 17 or abs(int(number)) > _MAX_SAFE_INTEGER):
            raise _refused("có số nguyên quá lớn", "has an integer beyond 2^53")
        if not whole and (len(number) > 40 or math.isinf(float(number))):
            raise _refused("có số quá lớn", "has a number too large")


def _check_characters(value: Json) -> None:
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise _refused("có ký tự Unicode lẻ cặp", "has a lone surrogate") from error


def _refused(vi: str, en: str) -> RequestInvalid:
    return RequestInvalid([FaultFound("body", f"thân yêu cầu {vi}", f"the body {en}")])
