"""Does a row satisfy the row filter of an agreement?

A value that is missing or null never matches, nor does one of another kind than the condition's (a number is never
compared with a string, a truth value with neither). Numbers compare numerically, strings by code point.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import eq, ge, le, ne
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool | Decimal
Test: TypeAlias = Callable[[object], bool]


class RowCondition(Protocol):
    """One condition of a row filter. `operator` is one of eq, ne, in, prefix, gte, lte."""

    @property
    def field(self) -> str:
        """Where the value stands, relative to the row; dots for nesting."""
        ...

    @property
    def operator(self) -> str:
        """How it is compared."""
        ...

    @property
    def values(self) -> Sequence[str | int | float | bool]:
        """What it is compared with: one value, for `in` one or more."""
        ...


# Both sides are of one kind when these are asked, which the type checker cannot see.
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "gte": ge, "lte": le}


def compile_test(condition: RowCondition) -> Test:
    """Return the test that a row's value must pass. Raises `ValueError` for a condition that says nothing."""
    values = tuple(condition.values)
    operator = str(condition.operator)
    if not values or (operator != "in" and len(values) != 1):
        raise ValueError(f"the row condition on {condition.field} has the wrong number of values")
    if operator == "in":
        tests = tuple(_comparison("eq", value) for value in values)
        return lambda found: any(test(found) for test in tests)
    return _comparison(operator, values[0])


def _comparison(operator: str, wanted: Value) -> Test:
    kind, value = _kind(wanted), _exact(wanted)
    if operator == "prefix":
        if not isinstance(wanted, str):
            raise ValueError("a prefix is a string")
        return lambda found: isinstance(found, str) and found.startswith(wanted)
    compare = _COMPARISONS.get(operator)
    if compare is None or (kind == "truth" and operator in ("gte", "lte")):
        raise ValueError(f"{operator} cannot be asked of this value")
    if kind == "text":  # most filters: a text needs neither its kind named nor its digits kept
        return lambda found: isinstance(found, str) and compare(found, wanted)
    return lambda found: _kind(found) == kind and compare(_exact(found), value)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "text" if isinstance(value, str) else "none"


def _exact(value: object) -> object:
    # A float of an agreement is what was written, 0.1 and not its nearest binary neighbour.
    return Decimal(repr(value)) if isinstance(value, float) else value
