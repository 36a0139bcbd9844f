"""Which leaves has an operation's answer, so that a publisher can class them one by one?"""

from collections.abc import Iterator

from adapters.contract import DeclaredField
from adapters.soap.shapes import TEXT_MEMBER, Attribute, Element, Kind, Plan

_JSON_TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "number",
    Kind.FLOAT: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "datetime",
}


def answer_fields(plan: Plan, *, answer_at: str = "") -> tuple[DeclaredField, ...]:
    """Return the leaves of the answer, below the dotted path `answer_at`, in the order of the schema.

    A type that contains itself is followed once: what lies deeper can be published only by declaring it by hand.
    """
    response = plan.response
    start = [DeclaredField(path=path, type=type_) for path, type_ in _leaves(plan, response, "", ())]
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


def _leaves(plan: Plan, element: Element, at: str, above: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if element.kind is not Kind.COMPLEX:
        yield (at or element.name), _JSON_TYPES[element.kind]
        return
    if element.shape in above:
        return
    shape = plan.shapes[element.shape]
    prefix = f"{at}." if at else ""
    if shape.text is not None:
        yield f"{prefix}{TEXT_MEMBER}", _JSON_TYPES[shape.text]
    member: Attribute | Element
    for member in shape.attributes:
        yield f"{prefix}{member.name}", _JSON_TYPES[member.kind]
    for member in shape.elements:
        path = f"{prefix}{member.name}{'[]' if member.many else ''}"
        yield from _leaves(plan, member, path, (*above, element.shape))
