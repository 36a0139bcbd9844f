"""Is a request's body JSON of which every reader would say the same?

RFC 8259 leaves duplicate names, huge numbers and depth to the reader, and two readers that differ are a way round
every check: so they are refused here (RFC 7493, I-JSON).
"""

import json
import re
from collections.abc import Sequence
from typing import Never

import jsonschema_rs

from adapters.contract import Json
from gateway.errors import FaultFound, RequestInvalid

MAX_DEPTH = 32
MAX_FAULTS = 20
_MAX_SAFE_INTEGER = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
# Possessive and never failing at a quote, so that no text takes more than one pass.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")


class BodyCheck:
    """The JSON Schema of one operation's body, compiled once."""

    def __init__(self, schema: bytes) -> None:
        """Compile a JSON Schema (2020-12). Raises ValueError when it is none; nothing is fetched for a `$ref`."""
        try:
            self._validator = jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)
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
    """Return the value of a JSON text. Raises RequestInvalid for what I-JSON (RFC 7493) forbids."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _refused("có BOM ở đầu", "starts with a byte order mark")
    if _too_deep(raw):
        raise _refused(f"lồng sâu quá {MAX_DEPTH} tầng", f"is nested deeper than {MAX_DEPTH}")
    try:
        value: Json = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise _refused("không phải UTF-8", "is not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise _refused("không phải JSON", "is not JSON") from error
    if b"\\u" in raw and _has_lone_surrogate(value):
        raise _refused("có ký tự Unicode lẻ cặp", "has a lone surrogate")
    return value


def _too_deep(raw: bytes) -> bool:
    # Before the parser recurses: each round takes the innermost level away. What is left over is deeper, or no JSON.
    brackets = _STRING.sub(b"", raw).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    return brackets.startswith(b"[" * (MAX_DEPTH + 1)) or b"[]" in brackets


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("có tên trùng lặp", "has a duplicate name")
    return members


def _has_lone_surrogate(value: Json) -> bool:
    match value:
        case str():
            return _SURROGATE.search(value) is not None
        case dict():
            return any(_SURROGATE.search(name) or _has_lone_surrogate(inner) for name, inner in value.items())
        case list():
            return any(_has_lone_surrogate(inner) for inner in value)
    return False


def _constant(_: str) -> Never:
    raise _refused("có NaN hoặc Infinity", "has NaN or Infinity")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _MAX_SAFE_INTEGER:
        raise _refused("có số nguyên quá lớn", "has an integer beyond 2^53")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if len(text) > 40 or value in (float("inf"), float("-inf")):
        raise _refused("có số quá lớn", "has a number too large")
    return value


def _refused(vi: str, en: str) -> RequestInvalid:
    return RequestInvalid([FaultFound("body", f"thân yêu cầu {vi}", f"the body {en}")])
