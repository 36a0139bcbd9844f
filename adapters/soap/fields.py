"""Which leaves has an operation's answer, so that a publisher can class them one by one?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from adapters.contract import DeclaredField
from adapters.soap.shapes import HEADER_MEMBER, TEXT_MEMBER, TYPE_MEMBER, Element, Kind, Plan, Simple

MAX_LEAVES = 20_000
NO_CONTENT_FIELD = "_none"
"""Stands for the fields of an answer that has none: what is called has at least one field in the catalogue."""

_JSON_TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "number",
    Kind.FLOAT: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "datetime",
    Kind.BASE64: "string",
    Kind.HEX: "string",
}


def answer_fields(
    plan: Plan, *, answer_at: str = "", most: int = MAX_LEAVES, turns: int = 1, cut: list[str] | None = None
) -> tuple[DeclaredField, ...]:
    """Return the leaves of the answer, below the dotted path `answer_at`, in the order of the schema, the first `most`.

    A type that contains itself is followed `turns` times; `cut` is given the places below which more lies, that can be
    published only by declaring it by hand. The members of derived types stand beside those of the type that they derive
    from.
    """
    found: dict[str, str] = {}
    walk = _Walk(plan, turns, [] if cut is None else cut)
    blocks = (walk.leaves(block, f"{HEADER_MEMBER}.{block.name}", ()) for block in plan.answer_headers)
    # A small schema can unfold to any number of leaves.
    for path, type_ in islice(chain(walk.leaves(plan.response, "", ()), *blocks), most):
        found.setdefault(path, type_)
    start = [DeclaredField(path=path, type=type_) for path, type_ in found.items()]
    if not answer_at:
        return tuple(start)
    kept = []
    for field in start:
        plain = field.path.replace("[]", "")
        if plain.startswith(f"{answer_at}."):
            kept.append(DeclaredField(path=_below(field.path, answer_at.count(".") + 1), type=field.type))
    return tuple(kept)


def _below(path: str, steps: int) -> str:
    parts = path.split(".")
    is_list = parts[steps - 1].endswith("[]")
    rest = ".".join(parts[steps:])
    return f"[].{rest}" if is_list else rest


@dataclass(frozen=True, slots=True)
class _Walk:
    """A way through the shapes of a plan."""

    plan: Plan
    turns: int
    cut: list[str]

    def leaves(self, element: Element, at: str, above: tuple[int, ...]) -> Iterator[tuple[str, str]]:
        if element.kind in (Kind.COMPLEX, Kind.GROUP):
            yield from self._members(element.shape, at, above)
        else:
            yield _leaf(at or element.name, element.kind, element.simple)

    def _members(self, index: int, at: str, above: tuple[int, ...]) -> Iterator[tuple[str, str]]:
        if above.count(index) >= self.turns:
            self.cut.append(at)
            return
        shape = self.plan.shapes[index]
        prefix = f"{at}." if at else ""
        inside = (*above, index)
        if shape.derived:
            yield f"{prefix}{TYPE_MEMBER}", "string"
        if shape.text is not None:
            yield _leaf(f"{prefix}{TEXT_MEMBER}", shape.text, shape.text_simple)
        for attribute in shape.attributes:
            yield _leaf(f"{prefix}{attribute.name}", attribute.kind, attribute.simple)
        for member in shape.elements:
            yield from self.leaves(member, f"{prefix}{member.name}{'[]' if member.many else ''}", inside)
        for one in shape.derived:
            yield from self._members(one.shape, at, inside)


def _leaf(path: str, kind: Kind, simple: Simple | None) -> tuple[str, str]:
    if kind is Kind.LIST and simple is not None and simple.item is not None:
        return _leaf(f"{path}[]", simple.item.kind, simple.item)
    return path, _JSON_TYPES.get(kind, "string")
