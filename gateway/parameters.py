"""Are the values of a call what the operation declares?

A `ParameterRule` is compiled once per published parameter; checking is pure and gathers every fault, so that a
developer sees all that is wrong at once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import unquote_to_bytes

from adapters.contract import Json
from catalog import formats
from catalog.descriptions import FieldType, ParameterDescription, Place
from catalog.patterns import Pattern
from gateway.errors import FaultFound, RequestInvalid

MAX_FAULTS = 20
QUERY = "query"
"""Where a fault lies whose parameter nobody declared: a name of the caller's own would stand in the record."""

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})\Z", re.ASCII)
# Python reads more forms of ISO 8601 (weeks, any separator) than the providers behind us.
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)  # RFC 3339, 5.6
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """One declared parameter, with its pattern compiled and the reader of its type found."""

    description: ParameterDescription
    pattern: Pattern | None
    reader: Callable[[str], Json]
    in_path: bool

    def read(self, text: str) -> Json:
        """Return the typed value of `text`. Raises `_Unfit` saying what is wrong, never the value."""
        says = self.description
        if len(text) > says.max_length:
            raise _Unfit(f"dài quá {says.max_length} ký tự", f"longer than {says.max_length} characters")
        if not text.isprintable() and _CONTROL.search(text):
            raise _Unfit("chứa ký tự điều khiển", "contains a control character")
        value = self.reader(text)
        if says.choices and text not in says.choices:
            raise _Unfit(
                "không thuộc các giá trị cho phép: " + ", ".join(says.choices), "not one of: " + ", ".join(says.choices)
            )
        if self.pattern is not None and not self.pattern.fits(text):
            raise _Unfit(f"không khớp mẫu {says.pattern}", f"does not match {says.pattern}")
        if says.format and (fault := formats.check(says.format, text)) is not None:
            raise _Unfit(fault.vi, fault.en)
        if isinstance(value, int | float):
            _check_bounds(value, says)
        return value


class _Unfit(Exception):
    """A value does not fit; never leaves this module."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


def compile_rule(description: ParameterDescription) -> ParameterRule:
    """Return the rule of a declared parameter."""
    return ParameterRule(
        description,
        Pattern(description.pattern) if description.pattern else None,
        _READERS[description.type],
        in_path=description.place is Place.PATH,
    )


def read_parameters(
    rules: Mapping[str, ParameterRule], path_values: Mapping[str, str], query_values: Mapping[str, str]
) -> dict[str, Json]:
    """Return the typed values by name, without those not given.

    Raises RequestInvalid with every fault: a value that does not fit, a required one missing, one that nobody declared.
    """
    faults: list[FaultFound] = []
    values: dict[str, Json] = {}
    for name, text in (*path_values.items(), *query_values.items()):
        rule = rules.get(name)
        if rule is None or rule.in_path != (name in path_values):
            faults.append(
                FaultFound(
                    QUERY,
                    f"tham số {printable(name)} không được khai báo",
                    f"{printable(name)} is not a declared parameter",
                )
            )
            continue
        try:
            values[name] = rule.read(text)
        except _Unfit as unfit:
            faults.append(FaultFound(name, unfit.vi, unfit.en))
    if len(values) < len(rules):
        for name, rule in rules.items():
            if rule.description.required and name not in path_values and name not in query_values:
                faults.append(FaultFound(name, "thiếu tham số bắt buộc", "required and missing"))
    if faults:
        raise RequestInvalid(faults[:MAX_FAULTS])
    return values


def read_query(raw_query: str) -> dict[str, str]:
    """Return the decoded members of a query string. Raises RequestInvalid on a repeated name or bad UTF-8."""
    if not raw_query:
        return {}
    members: dict[str, str] = {}
    for part in raw_query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        key = decode_component(name.replace("+", " "))
        if key in members:
            name = printable(key)
            raise RequestInvalid([FaultFound(QUERY, f"tham số {name} lặp lại", f"{name} is given more than once")])
        members[key] = decode_component(value.replace("+", " "))
    return members


def decode_component(text: str) -> str:
    """Return `text` without percent-encoding (RFC 3986, 2.1). Raises RequestInvalid when it is not UTF-8."""
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        fault = FaultFound("query", "mã hóa phần trăm không phải UTF-8", "percent-encoding is not UTF-8")
        raise RequestInvalid([fault]) from error


def printable(name: str) -> str:
    """Return a caller's own parameter name cut and cleaned for an answer; a name, never a value."""
    return _CONTROL.sub("?", name)[:60]


def _check_bounds(value: int | float, says: ParameterDescription) -> None:
    if says.minimum is not None and value < says.minimum:
        raise _Unfit(f"nhỏ hơn {says.minimum}", f"less than {says.minimum}")
    if says.maximum is not None and value > says.maximum:
        raise _Unfit(f"lớn hơn {says.maximum}", f"greater than {says.maximum}")


def _string(text: str) -> Json:
    return text


def _integer(text: str) -> Json:
    if not _INTEGER.match(text):
        raise _Unfit("không phải số nguyên", "not an integer")
    return int(text)


def _number(text: str) -> Json:
    if not _NUMBER.match(text):
        raise _Unfit("không phải số", "not a number")
    return float(text) if "." in text else int(text)


def _boolean(text: str) -> Json:
    if text not in ("true", "false"):
        raise _Unfit("không phải true hoặc false", "neither true nor false")
    return text == "true"


def _date(text: str) -> Json:
    try:
        if not _DATE.match(text):
            raise ValueError("another form of ISO 8601")
        date.fromisoformat(text)
    except ValueError as error:
        raise _Unfit("không phải ngày dạng YYYY-MM-DD", "not a date of the form YYYY-MM-DD") from error
    return text


def _datetime(text: str) -> Json:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and not _MOMENT.match(text):
            raise ValueError("another form of ISO 8601")
    except ValueError as error:
        raise _Unfit("không phải thời điểm RFC 3339", "not an RFC 3339 moment") from error
    if moment.tzinfo is None:
        raise _Unfit("thời điểm thiếu múi giờ", "moment without a time zone")
    return text


_READERS: Mapping[FieldType, Callable[[str], Json]] = {
    FieldType.STRING: _string,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}


def subject_values(names: Iterable[str], values: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the identifiers of the people that a call names, from its parameters, in the order declared."""
    return tuple(str(values[name]) for name in names if values.get(name) not in (None, ""))
