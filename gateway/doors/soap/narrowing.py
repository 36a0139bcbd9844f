"""What becomes of an imported contract where an agreement withholds what its schema makes mandatory?

A mandatory element that is nillable is written empty with `xsi:nil`, and the provider's own schema stays true. Any
other one is left out, and the schema that is valid for that agreement (`?wsdl&agreement=`) makes it optional. The same
rule decides here for the codec's shapes and in `relaxing.py` for the documents.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from adapters.soap.shapes import Attribute, Element, Kind, Order, Particle, Plan, Shape
from adapters.soap.writing import MessageWriter
from catalog.descriptions import OperationDescription

_MOST_WRITERS = 64


class Released:
    """The members of an answer on the way to a released leaf, by their dotted paths without `[]`."""

    def __init__(self, fields: Iterable[str], *, emptied: str = "") -> None:
        """`emptied` is the path of rows that a row filter may take away altogether."""
        plain = [path.replace("[]", "").strip(".") for path in fields]
        self._paths = frozenset(
            ".".join(steps[: count + 1]) for steps in (path.split(".") for path in plain) for count in range(len(steps))
        )
        self._emptied = emptied.replace("[]", "")

    def has(self, path: str) -> bool:
        """Tell whether a leaf at or below `path` is released."""
        return path in self._paths

    def may_be_empty(self, path: str) -> bool:
        """Tell whether the list at `path` may lose all of its items to a row filter."""
        return bool(self._emptied) and path == self._emptied

    def names_below(self, path: str) -> frozenset[str]:
        """Return the names of the members on the way to a leaf, one or two steps below `path`."""
        start = f"{path}." if path else ""
        below = [one[len(start) :].split(".") for one in self._paths if one.startswith(start)]
        return frozenset(name for steps in below for name in steps[:2])


@dataclass(frozen=True, slots=True)
class _Missing:
    """What of a shape may be missing in an answer: positions of elements and of attributes."""

    elements: frozenset[int]
    attributes: frozenset[int]


def released_of(operation: OperationDescription, fields: Iterable[str], *, filtered: bool) -> Released:
    """Return what an answer with `fields` has: these and what is structural; `filtered` when rows may be withheld."""
    structural = (leaf.path for leaf in operation.fields if leaf.structural)
    emptied = operation.rows if filtered and operation.rows.endswith("[]") else ""
    return Released((*fields, *structural), emptied=emptied)


def narrowed_shapes(plan: Plan, released: Released) -> tuple[Shape, ...]:
    """Return the plan's shapes with what is withheld made optional, unless `xsi:nil` can stand for it."""
    missing: dict[int, _Missing] = {}
    for index, found in _missing(plan, plan.response, "", released):
        known = missing.get(index, _Missing(frozenset(), frozenset()))
        missing[index] = _Missing(known.elements | found.elements, known.attributes | found.attributes)
    return tuple(
        _relaxed(shape, missing[index]) if index in missing else shape for index, shape in enumerate(plan.shapes)
    )


def forcing_fields(operation: OperationDescription, plan: Plan) -> tuple[str, ...]:
    """Return the declared fields each of which an agreement can withhold only with a schema of its own."""
    leaves: dict[str, list[str]] = {}
    for leaf in operation.fields:
        steps = leaf.path.replace("[]", "").strip(".").split(".")
        for count in range(len(steps)):
            leaves.setdefault(".".join(steps[: count + 1]), []).append(leaf.path)
    found = {leaves[path][0] for path in _mandatory(plan, plan.response, "", leaves) if len(leaves[path]) == 1}
    return tuple(leaf.path for leaf in operation.fields if leaf.path in found)


def _mandatory(plan: Plan, element: Element, at: str, leaves: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the paths, among those in `leaves`, of what stands in every answer and cannot be nil."""
    if element.kind not in (Kind.COMPLEX, Kind.GROUP):
        return
    for index in (element.shape, *(derived.shape for derived in plan.shapes[element.shape].derived)):
        shape = plan.shapes[index]
        everything = frozenset(range(len(shape.elements)))
        relaxed = _relaxed(shape, _Missing(everything, frozenset(range(len(shape.attributes)))))
        for attribute in shape.attributes:
            path = f"{at}.{attribute.name}" if at else attribute.name
            if attribute.required and path in leaves:
                yield path
        for position, member in enumerate(shape.elements):
            path = f"{at}.{member.name}" if at else member.name
            if path not in leaves:
                continue
            in_choice = shape.content is not None and _in_choice(shape.content, position)
            stands = in_choice or member != relaxed.elements[position] or _least(shape.content, position) > 0
            if stands and not _can_be_nil(member, shape, position):
                yield path
            yield from _mandatory(plan, member, path, leaves)


def _least(content: Particle | None, position: int) -> int:
    if content is None:
        return 0
    if content.order is Order.ELEMENT:
        return content.least if content.member == position else 0
    return max((_least(one, position) for one in content.inside), default=0)


class NarrowWriters:
    """Writers of one operation's answers, one for each set of released fields that was asked for; the last are kept."""

    def __init__(self, operation: OperationDescription, plan: Plan) -> None:
        self._operation = operation
        self._plan = plan
        self._made: dict[tuple[tuple[str, ...], bool], MessageWriter] = {}

    def writer(self, fields: tuple[str, ...], *, filtered: bool) -> MessageWriter:
        """Return what writes an answer that has just `fields`."""
        key = (fields, filtered)
        found = self._made.get(key)
        if found is None:
            shapes = narrowed_shapes(self._plan, released_of(self._operation, fields, filtered=filtered))
            found = MessageWriter(self._plan.response, shapes)
            if len(self._made) >= _MOST_WRITERS:
                del self._made[next(iter(self._made))]
            self._made[key] = found
        return found


def _missing(plan: Plan, element: Element, at: str, released: Released) -> Iterator[tuple[int, _Missing]]:
    if element.kind not in (Kind.COMPLEX, Kind.GROUP):
        return
    yield from _missing_in(plan, element.shape, at, released)
    for derived in plan.shapes[element.shape].derived:
        yield from _missing_in(plan, derived.shape, at, released)


def _missing_in(plan: Plan, index: int, at: str, released: Released) -> Iterator[tuple[int, _Missing]]:
    shape = plan.shapes[index]
    paths = [f"{at}.{member.name}" if at else member.name for member in shape.elements]
    withheld = frozenset(
        position
        for position, member in enumerate(shape.elements)
        if released.may_be_empty(paths[position])
        or (not released.has(paths[position]) and not _can_be_nil(member, shape, position))
    )
    attributes = frozenset(
        position
        for position, attribute in enumerate(shape.attributes)
        if attribute.required and not released.has(f"{at}.{attribute.name}" if at else attribute.name)
    )
    yield index, _Missing(withheld, attributes)
    for position, member in enumerate(shape.elements):
        if released.has(paths[position]):
            yield from _missing(plan, member, paths[position], released)


def _can_be_nil(member: Element, shape: Shape, position: int) -> bool:
    return (
        member.nillable and not member.many and not (shape.content is not None and _in_choice(shape.content, position))
    )


def _in_choice(particle: Particle, position: int) -> bool:
    if particle.order is Order.ELEMENT:
        return False
    inside = [one for one in particle.inside if position in _members(one)]
    return bool(inside) and (particle.order is Order.CHOICE or any(_in_choice(one, position) for one in inside))


def _members(particle: Particle) -> Collection[int]:
    if particle.order is Order.ELEMENT:
        return (particle.member,)
    return [member for one in particle.inside for member in _members(one)]


def _relaxed(shape: Shape, missing: _Missing) -> Shape:
    elements: Sequence[Element] = [
        replace(member, required=False, least=0) if position in missing.elements else member
        for position, member in enumerate(shape.elements)
    ]
    attributes: Sequence[Attribute] = [
        replace(attribute, required=False) if position in missing.attributes else attribute
        for position, attribute in enumerate(shape.attributes)
    ]
    content = None if shape.content is None else _relaxed_content(shape.content, missing.elements)
    return replace(shape, elements=tuple(elements), attributes=tuple(attributes), content=content)


def _relaxed_content(particle: Particle, missing: frozenset[int]) -> Particle:
    if particle.order is Order.ELEMENT:
        return replace(particle, least=0) if particle.member in missing else particle
    inside = tuple(_relaxed_content(one, missing) for one in particle.inside)
    empty = particle.order is Order.CHOICE and bool(missing & frozenset(_members(particle)))
    return replace(particle, inside=inside, least=0 if empty else particle.least)
