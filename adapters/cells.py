"""How does a value of a table become a value of JSON, and a value of JSON one that a table can be asked for?"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

import orjson

from adapters.contract import Json
from adapters.dialects import ColumnType, Value
from adapters.errors import CallUnacceptable

Cell: TypeAlias = str | int | float | bool | date | datetime | Decimal | bytes | None
Rendered: TypeAlias = str | int | float | bool | orjson.Fragment | None

INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST: Final = 2**63 - 1
MOST_DIGITS: Final = 400


class CellUnexpected(ValueError):
    """A column holds something else than its declared type. The text names no value."""


def _string(cell: Cell) -> Rendered:
    if isinstance(cell, str):
        return cell
    raise CellUnexpected


def _integer(cell: Cell) -> Rendered:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        raise CellUnexpected
    if not math.isfinite(cell) or cell != int(cell):
        raise CellUnexpected
    whole = int(cell)
    return whole if -LARGEST - 1 <= whole <= LARGEST else orjson.Fragment(str(whole))


def _number(cell: Cell) -> Rendered:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)) or not math.isfinite(cell):
        raise CellUnexpected
    if isinstance(cell, Decimal):
        if abs(cell.adjusted()) > MOST_DIGITS:
            raise CellUnexpected
        return orjson.Fragment(format(cell, "f"))  # every digit, which a float would not keep
    return _integer(cell) if isinstance(cell, int) else cell


def _boolean(cell: Cell) -> Rendered:
    if isinstance(cell, int) and cell in (0, 1):
        return bool(cell)
    raise CellUnexpected


def _date(cell: Cell) -> Rendered:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, str) and parse_date(cell) is not None:
        return cell
    raise CellUnexpected


def _datetime(cell: Cell) -> Rendered:
    moment = cell if isinstance(cell, datetime) else parse_datetime(cell) if isinstance(cell, str) else None
    if moment is None:
        raise CellUnexpected
    return moment.isoformat()


RENDERERS: Final[dict[ColumnType, Callable[[Cell], Rendered]]] = {
    ColumnType.STRING: _string,
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.DATETIME: _datetime,
}


def parse_date(text: str) -> date | None:
    """Return the day of `YYYY-MM-DD`, None for anything else."""
    if ISO_DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, with or without an offset; None for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def is_storable(text: str) -> bool:
    """Whether every engine can hold the text: no NUL, no half of a surrogate pair."""
    return not any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text)


def read_parameter(name: str, value: Json, type_: ColumnType) -> Value:
    """Return a caller's value as one that can be bound to a column. Raises `CallUnacceptable` naming the parameter."""
    found = _read(value, type_)
    if found is None:
        raise CallUnacceptable(name, vi=f"không phải giá trị kiểu {type_}", en=f"is not a value of type {type_}")
    return found


def _read(value: Json, type_: ColumnType) -> Value | None:
    if isinstance(value, str):
        return _read_text(value, type_)
    if isinstance(value, bool):
        return value if type_ is ColumnType.BOOLEAN else None
    if isinstance(value, (int, float)):
        return read_constant(value, type_)
    return None


def _read_text(text: str, type_: ColumnType) -> Value | None:
    match type_:
        case ColumnType.STRING:
            return text if is_storable(text) else None
        case ColumnType.INTEGER:
            return _within(int(text)) if INTEGER.fullmatch(text) else None
        case ColumnType.NUMBER:
            return Decimal(text) if NUMBER.fullmatch(text) else None
        case ColumnType.BOOLEAN:
            return {"true": True, "false": False}.get(text)
        case ColumnType.DATE:
            return parse_date(text)
        case ColumnType.DATETIME:
            return parse_datetime(text)


def _within(number: int) -> int | None:
    return number if -LARGEST <= number <= LARGEST else None


def read_constant(value: str | int | float | bool, type_: ColumnType) -> Value | None:
    """Return a condition's value when a column of this type can be asked for it exactly, else None."""
    if isinstance(value, str):
        if type_ is ColumnType.STRING:
            return value if is_storable(value) else None
        return parse_date(value) if type_ is ColumnType.DATE else None
    if isinstance(value, bool):
        return value if type_ is ColumnType.BOOLEAN else None
    if not math.isfinite(value):
        return None
    if type_ is ColumnType.INTEGER:
        return _within(int(value)) if value == int(value) else None
    if type_ is ColumnType.NUMBER:  # beyond 2^53 an engine that compares as doubles would be off
        return value if abs(value) <= 2**53 else None
    return None
