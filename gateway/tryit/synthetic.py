"""What would an operation answer if it had data about nobody?

An adapter that asks nobody: its answers are generated from what the operation declares, withheld fields included, so
that they are cut to the agreement like real ones. The same question gets the same answer. Values look like what they
stand for and are recognisable: people are called "mẫu", identity numbers begin with 000, which no province has.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from adapters.contract import Answer, Call, Condition, Json, Operator, Scalar
from catalog.descriptions import FieldDescription, FieldType, OperationDescription
from catalog.folding import fold
from security.shapes import ELEMENT, Node, build_shape, split_path

STATUS: Final = "synthetic"
"""What stands in the record where a provider's status would."""
ROWS: Final = 3
_INNER_ELEMENTS: Final = 2
_FIRST_DAY: Final = date(1980, 1, 1)
_DAYS: Final = 15_000

Steps = tuple[str, ...]


class SyntheticProvider:
    """Answers one operation. Satisfies `adapters.contract.Adapter`."""

    def __init__(self, operation: OperationDescription) -> None:
        """Raise ValueError when the operation's fields contradict each other."""
        self._shape = build_shape(operation.fields, frozenset())
        self._rows = split_path(operation.rows)
        self._leaves = {split_path(leaf.path): leaf for leaf in operation.fields}

    async def call(self, call: Call) -> Answer:
        """Return rows that the agreement's row filter releases, and one that it does not where it has conditions."""
        writing = _Writing(self._leaves, self._rows, call)
        body = msgspec.json.encode(writing.value(self._shape, (), 0))
        return Answer(body=body, provider_status=STATUS)

    async def check(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """Nothing is held."""


class _Writing:
    """One answer in the making."""

    def __init__(self, leaves: Mapping[Steps, FieldDescription], rows: Steps, call: Call) -> None:
        self._leaves = leaves
        self._rows = rows
        self._conditions = {(*rows, *split_path(one.field)): one for one in call.rows}
        self._asked = {name: value for name, value in call.parameters.items() if not isinstance(value, list | dict)}
        self._seed = f"{call.operation}|{sorted(self._asked.items(), key=str)}"

    def value(self, node: Node, steps: Steps, number: int) -> Json:
        """Return what stands at a place, in the row or element of this number."""
        if node.type:
            return self._leaf(steps, number)
        if node.is_list:
            inside = (*steps, ELEMENT)
            return [
                self.value(node.members[ELEMENT], inside, number * 10 + element)
                for element in range(self._elements(inside))
            ]
        return {name: self.value(member, (*steps, name), number) for name, member in node.members.items()}

    def _elements(self, inside: Steps) -> int:
        if inside != self._rows:
            return _INNER_ELEMENTS
        return ROWS + bool(self._conditions)

    def _leaf(self, steps: Steps, number: int) -> Json:
        leaf, condition = self._leaves[steps], self._conditions.get(steps)
        if leaf.structural:
            return ROWS if leaf.type is FieldType.INTEGER else None
        plain = self._asked.get(steps[-1]) if steps else None
        if plain is None or condition is not None:
            plain = self._plain(leaf, steps, number)
        if condition is None:
            return plain
        is_outside = self._rows[-1:] == (ELEMENT,) and number % 10 == ROWS
        return _outside(condition) if is_outside else _inside(condition, plain)

    def _plain(self, leaf: FieldDescription, steps: Steps, number: int) -> Scalar:
        drawn = int.from_bytes(hashlib.sha256(f"{self._seed}|{steps}|{number}".encode()).digest()[:6], "big")
        day = _FIRST_DAY + timedelta(days=drawn % _DAYS)
        match leaf.type:
            case FieldType.INTEGER:
                return drawn % 1000
            case FieldType.NUMBER:
                return drawn % 10_000 / 10
            case FieldType.BOOLEAN:
                return drawn % 2 == 0
            case FieldType.DATE:
                return day.isoformat()
            case FieldType.DATETIME:
                return f"{day.isoformat()}T08:00:00+07:00"
            case FieldType.STRING:
                return _text(leaf, steps, drawn)


def _text(leaf: FieldDescription, steps: Steps, drawn: int) -> str:
    name = fold(steps[-1] if steps[-1] != ELEMENT else "".join(steps)).lower().replace("_", "").replace(" ", "")
    if any(part in name for part in ("dinhdanh", "cccd", "cmnd")):
        return f"000{drawn % 10**9:09d}"
    if any(part in name for part in ("dienthoai", "phone")):
        return f"0000{drawn % 10**6:06d}"
    if any(part in name for part in ("hoten", "hovaten", "hodem", "fullname")):
        return f"Người mẫu {drawn % 1000}"
    return f"{leaf.title_vi or steps[-1]} (mẫu {drawn % 1000})"


def _inside(condition: Condition, plain: Json) -> Json:
    """Return a value that the condition releases."""
    first = condition.values[0]
    match condition.operator:
        case Operator.NE:
            return plain if plain not in condition.values else f"{plain} khác"
        case Operator.PREFIX:
            return f"{first}001"
        case _:
            return first


def _outside(condition: Condition) -> Json:
    """Return a value that the condition withholds; null never matches (`adapters.contract.Condition`)."""
    return condition.values[0] if condition.operator is Operator.NE else None
