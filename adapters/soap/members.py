"""Which elements has a complex type, in which order, and which of them must stand? (XML Schema 1.0 part 1, 3.8, 3.9)

A group that may stand several times becomes one member, a list with an object for each turn; the elements of any
other group become members of the type itself, and the content model keeps what their order alone does not say.
"""

from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from adapters.soap.models import leaves
from adapters.soap.schemas import SchemaSet, SchemaSource
from adapters.soap.shapes import HEADER_MEMBER, TEXT_MEMBER, TYPE_MEMBER, Element, Kind, Order, Particle
from adapters.soap.simpletypes import OUT_OF_REACH
from adapters.soap.unserved import XSD, Unserved, place

if TYPE_CHECKING:
    from adapters.soap.schema import ShapeCompiler

_ORDERS = {"sequence": Order.SEQUENCE, "choice": Order.CHOICE, "all": Order.ALL}
_EMPTY = Particle(order=Order.SEQUENCE)
RESERVED = frozenset({TEXT_MEMBER, TYPE_MEMBER, HEADER_MEMBER})


class Members:
    """Gathers the elements of one complex type, or of one turn of a repeated group."""

    def __init__(self, compiler: "ShapeCompiler", schemas: SchemaSet, *, taken: set[str]) -> None:
        self._compiler = compiler
        self._schemas = schemas
        self._elements: list[Element] = []
        self._names = taken
        self._open: list[str] = []  # the groups being followed: a group that contains itself is none

    def elements(self) -> tuple[Element, ...]:
        """Return the members, in the order of the schema."""
        return tuple(self._elements)

    def reserved(self) -> bool:
        """Tell whether a member has a name that JSON needs for something else."""
        return any(element.name in RESERVED for element in self._elements)

    def sequence(self, models: list[Particle]) -> Particle:
        """Return the content model in which `models` follow each other."""
        return Particle(order=Order.SEQUENCE, inside=tuple(models))

    def needed(self, model: Particle) -> Particle | None:
        """Return `model` when the order of the elements alone does not say it; mark what it requires.

        An element that stands in two places, in a choice or in a group that may be missing is not required by itself.
        """
        required: set[int] = set()
        is_flat = _flat(model, required)
        seen = [leaf.member for leaf in _leaf_particles(model)]
        is_flat = is_flat and len(seen) == len(set(seen))
        bounds = {leaf.member: leaf for leaf in _leaf_particles(model)}
        for number, element in enumerate(self._elements):
            leaf = bounds.get(number, _EMPTY)
            if seen.count(number) > 1:  # in branches that exclude each other it still stands once
                element = msgspec.structs.replace(element, many=_most(model, number) != 1)
            self._elements[number] = msgspec.structs.replace(
                element,
                required=number in required,
                least=leaf.least if element.many and seen.count(number) == 1 and number in required else 0,
                most=leaf.most if element.many and seen.count(number) == 1 else 0,
            )
        return None if is_flat else model

    def particle(self, node: etree._Element, source: SchemaSource) -> Particle | None:
        """Return what an `xs:sequence`, `xs:choice`, `xs:all`, `xs:group`, `xs:element` or `xs:any` allows.

        `None` when nothing of it can stand. Raises `Unserved`.
        """
        self._compiler.spend(node, source)
        least, most = _occurs(node, source)
        local = etree.QName(node).localname
        if most == 0 and node.get("maxOccurs") == "0":
            return None
        try:
            if local == "any":
                raise _any(node, source)
            if local == "element":
                return self._element(node, source, least=least, most=most)
            if most != 1:
                return self._repeated(node, source, least=least, most=most)
            return self._once(node, source, least=least)
        except Unserved as error:
            if least != 0:
                raise
            self._compiler.left_out(error)
            return None

    def group(self, node: etree._Element, source: SchemaSource) -> Particle:
        """Return the content of one turn of an `xs:sequence`, `xs:choice`, `xs:all` or `xs:group`."""
        return self._once(node, source, least=1) or _EMPTY

    def _once(self, node: etree._Element, source: SchemaSource, *, least: int) -> Particle | None:
        if node.tag == f"{XSD}group":
            return self._referred(node, source, least=least)
        order = _ORDERS[etree.QName(node).localname]
        kept, failed = len(self._elements), None
        inside: list[Particle] = []
        for child in node.iterchildren("*"):
            if child.tag == f"{XSD}annotation":
                continue
            try:
                one = self.particle(child, source)
            except Unserved as error:
                if order is not Order.CHOICE:
                    self._drop(kept)
                    raise
                failed = error
                self._compiler.left_out(error)
                continue
            if one is not None:
                inside.append(one)
        if failed is not None and not inside:
            raise failed
        if not inside:
            return None
        return Particle(order=order, least=min(least, 1), inside=tuple(inside))

    def _referred(self, node: etree._Element, source: SchemaSource, *, least: int) -> Particle | None:
        name = source.name(node, node.get("ref", ""))
        component = self._schemas.need("group", name, at=node, source=source)
        if name in self._open or len(self._open) > 20:
            raise Unserved(
                place(source.document, node), vi="nhóm tự chứa chính nó", en="is a group that contains itself"
            )
        self._open.append(name)
        try:
            for child in component.node.iterchildren("*"):
                if etree.QName(child).localname in _ORDERS:
                    return self._once(child, component.source, least=least)
        finally:
            self._open.pop()
        return None

    def _repeated(self, node: etree._Element, source: SchemaSource, *, least: int, most: int) -> Particle | None:
        content, content_source = node, source
        if node.tag == f"{XSD}group":
            component = self._schemas.need("group", source.name(node, node.get("ref", "")), at=node, source=source)
            found = [one for one in component.node.iterchildren("*") if etree.QName(one).localname in _ORDERS]
            if not found:
                return None
            content, content_source = found[0], component.source
        alone = _only_child(content)
        if alone is not None and alone.tag == f"{XSD}element":
            inner_least, inner_most = _occurs(alone, content_source)
            # (a{i,j}){m,n} is a{im,jn} wherever i is at most 1 or j has no bound; else JSON would allow too much.
            if inner_least <= 1 or inner_most == 0:
                whole = 0 if 0 in (most, inner_most) else most * inner_most
                return self._element(alone, content_source, least=least * inner_least, most=whole)
        local = node.get("ref", "").rpartition(":")[2] or f"_{etree.QName(content).localname}"
        return self._turns(content, content_source, name=local.replace(".", "_"), least=least, most=most)

    def _turns(
        self, content: etree._Element, source: SchemaSource, *, name: str, least: int, most: int
    ) -> Particle | None:
        shape = self._compiler.turns(content, source, name=name)
        return self._take(Element(name=name, tag="", kind=Kind.GROUP, many=True, shape=shape), least=least, most=most)

    def _element(self, node: etree._Element, source: SchemaSource, *, least: int, most: int) -> Particle | None:
        if not node.get("ref"):
            form = node.get("form", "qualified" if source.qualified_elements else "unqualified")
            local = node.get("name", "")
            name = source.own(local) if form == "qualified" else local
            return self._take(self._compiler.declared(node, source, name=name), least=least, most=most)
        head = source.name(node, node.get("ref", ""))
        component = self._schemas.need("element", head, at=node, source=source)
        substitutes = self._schemas.substitutes(head)
        choices = [one for one in (component, *substitutes) if one.node.get("abstract") not in ("true", "1")]
        if not choices:
            raise Unserved(
                place(source.document, node),
                vi="phần tử trừu tượng mà không có phần tử thay thế nào",
                en="refers to an abstract element for which no other may stand",
            )
        declared: list[Element] = []
        for one in choices:
            try:
                tag = one.source.own(one.node.get("name", ""))
                declared.append(self._compiler.declared(one.node, one.source, name=tag))
            except Unserved as error:
                if len(choices) == 1:
                    raise
                self._compiler.left_out(error)
        if len(declared) == 1:
            return self._take(declared[0], least=least, most=most)
        if most != 1:
            return self._substituted_turns(head, declared, least=least, most=most)
        inside = tuple(self._take(one, least=1, most=1) for one in declared)
        return Particle(order=Order.CHOICE, least=least, inside=inside)

    def _substituted_turns(self, head: str, declared: list[Element], *, least: int, most: int) -> Particle:
        turn = Members(self._compiler, self._schemas, taken=set())
        inside = tuple(turn._take(one, least=1, most=1) for one in declared)
        model = turn.needed(Particle(order=Order.CHOICE, inside=inside))
        local = head.rpartition("}")[2].replace(".", "_")
        shape = self._compiler.choice(turn.elements(), model, name=local)
        return self._take(Element(name=local, tag="", kind=Kind.GROUP, many=True, shape=shape), least=least, most=most)

    def _take(self, element: Element, *, least: int, most: int) -> Particle:
        """Add an element where it stands; the same element in a second place is the same member."""
        many = most != 1
        for number, present in enumerate(self._elements):
            if present.tag == element.tag and element.tag:
                self._elements[number] = msgspec.structs.replace(present, many=present.many or many)
                return Particle(order=Order.ELEMENT, member=number, least=least, most=most)
        name, number = element.name, 2
        while name in self._names:
            name = f"{element.name}_{number}"
            number += 1
        self._names.add(name)
        self._elements.append(msgspec.structs.replace(element, name=name, many=many or element.many))
        return Particle(order=Order.ELEMENT, member=len(self._elements) - 1, least=least, most=most)

    def _drop(self, count: int) -> None:
        for element in self._elements[count:]:
            self._names.discard(element.name)
        del self._elements[count:]


def _flat(model: Particle, required: set[int], *, must: bool = True) -> bool:
    """Tell whether writing the elements in their order, each by its own bounds, is valid; gather what is required."""
    if model.order is Order.ELEMENT:
        if must and model.least:
            required.add(model.member)
        return must or model.least <= 1
    must = must and model.least > 0
    is_flat = True
    for one in model.inside:
        inner = must and (model.order is not Order.CHOICE or len(model.inside) == 1)
        is_flat = _flat(one, required, must=inner) and is_flat
    if model.order is Order.CHOICE:
        return is_flat and len(model.inside) == 1
    return is_flat and (model.least > 0 or len(leaves(model)) <= 1)


def _most(model: Particle, member: int) -> float:
    """Return how often an element may stand in a content model."""
    if model.order is Order.ELEMENT:
        return 0 if model.member != member else model.most or float("inf")
    counts = [_most(one, member) for one in model.inside]
    return max(counts, default=0) if model.order is Order.CHOICE else sum(counts)


def _leaf_particles(model: Particle) -> list[Particle]:
    if model.order is Order.ELEMENT:
        return [model]
    return [leaf for one in model.inside for leaf in _leaf_particles(one)]


def _occurs(node: etree._Element, source: SchemaSource) -> tuple[int, int]:
    """Return minOccurs and maxOccurs, the latter 0 for `unbounded`."""
    try:
        least = int(node.get("minOccurs", "1"))
        text = node.get("maxOccurs", "1")
        most = 0 if text == "unbounded" else int(text)
        if least < 0 or least >= OUT_OF_REACH or (text != "unbounded" and most < least):
            raise ValueError
        if most >= OUT_OF_REACH:
            most = 0
    except ValueError as error:
        raise Unserved(
            place(source.document, node), vi="số lần không hợp lệ", en="occurs a number that is none"
        ) from error
    return least, most


def _only_child(node: etree._Element) -> etree._Element | None:
    children = [child for child in node.iterchildren("*") if child.tag != f"{XSD}annotation"]
    return children[0] if len(children) == 1 else None


def _any(node: etree._Element, source: SchemaSource) -> Unserved:
    return Unserved(
        place(source.document, node),
        vi="xs:any cho phép nội dung bất kỳ: không được gửi và không được đọc",
        en="allows any element at all (xs:any), which JSON cannot carry",
    )
