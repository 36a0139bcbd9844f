"""Is a body written as a record is, do the columns beside it say the same, and if not, where is that?

Where msgspec is installed, it reads the bodies, which takes a third of the time; a body that it would not write just as
it stands is judged by the standard library.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

MAX_BODY_BYTES = 8192

# stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf
RecordRow: TypeAlias = tuple[str, int, int, str, str, str, str, str, bytes, bytes]

_COLUMNS = ("stream", "seq", "at_us", "kind", "exchange_id", "agency", "system", "grant_key")


@dataclass(frozen=True, slots=True)
class Finding:
    """The first bad place: which stream, which number, what is wrong there."""

    stream: str
    seq: int
    what: str


class BadPlace(Exception):
    """Carries the first finding out of the passes."""

    def __init__(self, stream: str, seq: int, what: str) -> None:
        super().__init__(f"{stream} {seq}: {what}")
        self.finding = Finding(stream, seq, what)


class _NotAsWritten(ValueError):
    """The body is JSON, but not as a record is written."""


def _refuse_number(text: str) -> NoReturn:
    raise _NotAsWritten(f"a number that is no integer: {text[:20]}")


def _sorted_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if list(members) != sorted(members) or len(members) != len(pairs):
        raise _NotAsWritten("keys are not sorted or not unique")
    return members


_decode_text: Callable[[str], object] = json.JSONDecoder(
    object_pairs_hook=_sorted_members, parse_float=_refuse_number, parse_constant=_refuse_number
).decode


def read_strictly(body: bytes) -> object:
    """Return what a body says, with nothing but the standard library. Raises ValueError, RecursionError."""
    return _decode_text(body.decode())


def _read_fast(fast: ModuleType) -> Callable[[bytes], object]:
    """Return a way to read bodies that is faster, and accepts no body that the strict one would not."""
    read = fast.json.Decoder(float_hook=_refuse_number).decode
    write = fast.json.Encoder(order="deterministic").encode

    def read_body(body: bytes) -> object:
        try:
            members: object = read(body)
            if write(members) == body:  # so its keys are sorted, and none is there twice
                return members
        except (ValueError, RecursionError):
            pass
        return read_strictly(body)

    return read_body


def _reader() -> Callable[[bytes], object]:
    try:
        return _read_fast(import_module("msgspec"))
    except ImportError:
        return read_strictly


read_body: Callable[[bytes], object] = _reader()
"""Returns just what `read_strictly` does, and sooner where msgspec is installed."""


def parse_body(stream: str, seq: int, body: bytes) -> dict[str, object]:
    """Return the members of a body. Raises BadPlace: it is not written as a record is."""
    if len(body) > MAX_BODY_BYTES:
        raise BadPlace(stream, seq, f"the body is longer than {MAX_BODY_BYTES} bytes")
    try:
        members = read_body(body)
    except (ValueError, RecursionError) as error:
        raise BadPlace(stream, seq, f"the body is not a record: {error}") from error
    if not isinstance(members, dict):
        raise BadPlace(stream, seq, "the body is not a JSON object")
    return members


def read_record(row: RecordRow) -> tuple[object, object]:
    """Return which leaf was before (`prev`), and the notes, as a body says that says the same as its columns.

    Raises BadPlace: it does not, or it is not written as a record is.
    """
    body = row[8]
    seen = _mirrored(body) if len(body) <= MAX_BODY_BYTES else None
    if seen is None:
        members = parse_body(row[0], row[1], body)
        check_columns(row, members)
        return members.get("prev"), members.get("notes")
    who = seen.who
    agency, system = (who.agency, who.system) if who is not None else ("", "")
    columns = (seen.stream, seen.seq, seen.at_us, seen.kind, seen.exchange, agency, system, seen.grant)
    if row[:8] != columns:
        _refuse_columns(row, columns)
    return seen.prev, seen.notes


def _mirror() -> Callable[[bytes], Any]:
    try:
        found: Callable[[bytes], Any] = import_module("security.audit.verify_fast").mirrored
    except ImportError:
        return lambda _: None
    return found


_mirrored: Callable[[bytes], Any] = _mirror()
"""Returns the body of nearly every record, sooner than `read_body`; None where msgspec is not installed."""


def _columns_of(members: dict[str, object]) -> tuple[object, ...]:
    who = members.get("who")
    seen = who if isinstance(who, dict) else {}
    says, sees = members.get, seen.get
    begun = (says("stream"), says("seq"), says("at_us"), says("kind"), says("exchange", ""))
    return (*begun, sees("agency", ""), sees("system", ""), says("grant", ""))


def check_columns(row: RecordRow, members: dict[str, object]) -> None:
    """Return when the columns say what the members of the body say. Raises BadPlace."""
    columns = _columns_of(members)
    if row[:8] != columns:
        _refuse_columns(row, columns)


def _refuse_columns(row: RecordRow, columns: tuple[object, ...]) -> NoReturn:
    differs = next(name for name, value, said in zip(_COLUMNS, row, columns, strict=False) if value != said)
    raise BadPlace(row[0], row[1], f"the column {differs} is not what the body says")
