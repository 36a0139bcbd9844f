"""How do the XML Schema types of a message become shapes that refer to each other?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec
from zeep import xsd
from zeep.xsd.elements import Any as XsdAny
from zeep.xsd.elements.attribute import Attribute as XsdAttribute
from zeep.xsd.elements.base import Base
from zeep.xsd.elements.indicators import Group, OrderIndicator
from zeep.xsd.types.base import Type
from zeep.xsd.types.builtins import Boolean, Date, DateTime, Decimal, Double, Float, Integer
from zeep.xsd.types.simple import AnySimpleType

from adapters.errors import BindingInvalid
from adapters.soap.shapes import TEXT_MEMBER, Attribute, Element, Kind, Shape

# The first that fits wins: Integer is a Decimal to zeep.
_KINDS: tuple[tuple[type[AnySimpleType], Kind], ...] = (
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (Decimal, Kind.DECIMAL),
    (Float, Kind.FLOAT),
    (Double, Kind.FLOAT),
    (Date, Kind.DATE),
    (DateTime, Kind.DATETIME),
)


@dataclass(frozen=True, slots=True)
class _Where:
    """The groups around an element: does one repeat, may one be left out, is one a choice?"""

    required: bool = True
    repeated: bool = False
    choice: int = 0
    branch: int = 0


class ShapeCompiler:
    """Collects the shapes of one operation. A type met a second time becomes a reference to the first."""

    def __init__(self, refused: str) -> None:
        """`refused` begins the sentence of every refusal."""
        self._refused = refused
        self._shapes: list[Shape | None] = []
        self._known: dict[tuple[bool, str | int], int] = {}
        self._kept: list[Type] = []  # keeps types alive, so that an id() means one type
        self._choices = 0

    def request(self, element: xsd.Element) -> Element:
        """Return the request's root. Raises `BindingInvalid` for what cannot be written from named values."""
        return self._element(element, _Where(), writing=True)

    def response(self, element: xsd.Element) -> Element:
        """Return the response's root."""
        return self._element(element, _Where(), writing=False)

    def shapes(self) -> tuple[Shape, ...]:
        """Return all shapes met so far, in the order of their indexes."""
        return tuple(shape for shape in self._shapes if shape is not None)

    def _element(self, element: xsd.Element, where: _Where, *, writing: bool) -> Element:
        kind = _kind(element.type)
        return Element(
            name=str(element.name),
            tag=str(element.qname.text),
            kind=kind,
            many=where.repeated or element.max_occurs != 1,
            required=where.required and element.min_occurs != 0,
            nillable=bool(element.nillable),
            shape=self._shape(element.type, writing=writing) if kind is Kind.COMPLEX else -1,
            choice=where.choice,
            branch=where.branch,
        )

    def _shape(self, type_: xsd.ComplexType, *, writing: bool) -> int:
        if type_._array_type:  # noqa: SLF001  (zeep names it nowhere else)
            raise BindingInvalid(f"{self._refused}it uses a SOAP-encoded array (soapenc:arrayType)")
        key = (writing, str(type_.qname.text) if type_.is_global and type_.qname is not None else id(type_))
        if key not in self._known:
            index = self._known[key] = len(self._shapes)
            self._kept.append(type_)
            self._shapes.append(None)  # the place is taken before the members are met: a member may be this type
            self._shapes[index] = self._members(type_, writing=writing)
        return self._known[key]

    def _members(self, type_: xsd.ComplexType, *, writing: bool) -> Shape:
        declared = type_._attributes_unwrapped  # noqa: SLF001  (the public property renames what collides)
        attributes = [attribute for attribute in declared if isinstance(attribute, XsdAttribute)]
        content = type_._element  # noqa: SLF001  (the public property drops choices and groups)
        if isinstance(content, xsd.Element) and isinstance(content.type, AnySimpleType):
            return Shape(attributes=_attributes(attributes, taken={TEXT_MEMBER}), text=_kind(content.type))
        elements: dict[str, Element] = {}
        for element, where in self._flat(content, _Where(), writing=writing):
            if element.max_occurs != 0:
                _add(elements, self._element(element, where, writing=writing))
        taken = {element.name for element in elements.values()}
        return Shape(attributes=_attributes(attributes, taken=taken), elements=tuple(elements.values()))

    def _flat(self, node: Base | None, where: _Where, *, writing: bool) -> Iterator[tuple[xsd.Element, _Where]]:
        if node is None or isinstance(node, XsdAny):
            return  # xs:any: nothing can be said about it, so nothing of it is sent or read
        if isinstance(node, xsd.Element):
            yield node, where
            return
        if not isinstance(node, OrderIndicator | Group):
            raise BindingInvalid(f"{self._refused}its schema uses {type(node).__name__}")
        children = list(node)
        inner = replace(
            where,
            required=where.required and node.min_occurs != 0,
            repeated=where.repeated or node.max_occurs != 1,
        )
        if writing and node.max_occurs != 1 and len(children) > 1:
            raise BindingInvalid(f"{self._refused}its request repeats a group of several elements")
        if isinstance(node, xsd.Choice):
            self._choices += 1
            inner = replace(inner, required=False, choice=self._choices)
        for branch, child in enumerate(children):
            yield from self._flat(child, replace(inner, branch=branch) if inner.choice else inner, writing=writing)


def _kind(type_: Type | None) -> Kind:
    if isinstance(type_, xsd.ComplexType):
        return Kind.COMPLEX
    return next((kind for class_, kind in _KINDS if isinstance(type_, class_)), Kind.TEXT)


def _attributes(attributes: list[XsdAttribute], *, taken: set[str]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            name=f"{attribute.name}_attr" if attribute.name in taken else str(attribute.name),
            tag=str(attribute.qname.text),
            kind=_kind(attribute.type),
            required=bool(attribute.required),
        )
        for attribute in attributes
    )


def _add(elements: dict[str, Element], element: Element) -> None:
    """Add a member; the same element in a second place makes a list, another namespace's namesake gets a number."""
    present = elements.get(element.tag)
    if present is not None:
        exclusive = present.choice == element.choice != 0 and present.branch != element.branch
        many = present.many or element.many or not exclusive
        elements[element.tag] = msgspec.structs.replace(present, many=many, required=False, choice=0, branch=0)
        return
    names = {member.name for member in elements.values()}
    number = 2
    name = element.name
    while name in names:
        name = f"{element.name}_{number}"
        number += 1
    elements[element.tag] = msgspec.structs.replace(element, name=name)
