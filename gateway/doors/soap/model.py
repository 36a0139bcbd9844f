"""Of what are the messages of a generated contract made, before they are shapes and a schema?"""

from dataclasses import dataclass, field
from typing import Final

from adapters.soap.shapes import Attribute, Element, Kind, Shape, Simple
from catalog.descriptions import FieldType

KINDS: Final = {
    FieldType.STRING: Kind.TEXT,
    FieldType.INTEGER: Kind.INTEGER,
    FieldType.NUMBER: Kind.DECIMAL,
    FieldType.BOOLEAN: Kind.BOOLEAN,
    FieldType.DATE: Kind.DATE,
    FieldType.DATETIME: Kind.DATETIME,
}


@dataclass(frozen=True, slots=True)
class Member:
    """An element. `name` is its member in JSON, `tag` its local name; `type_name` a type of `Types`, if it has members.

    `documentation` are sentences for the reader of the schema.
    """

    name: str
    tag: str
    kind: Kind
    documentation: tuple[str, ...] = ()
    many: bool = False
    required: bool = False
    nillable: bool = False
    type_name: str = ""
    simple: Simple | None = None


@dataclass(slots=True)
class Types:
    """The complex types of a contract by their names; a type may contain itself."""

    namespace: str
    members: dict[str, list[Member]] = field(default_factory=dict)

    def new(self, name: str) -> str:
        """Return the name under which a new, empty type is kept: `name`, or one like it that is free."""
        found, number = name, 2
        while found in self.members:
            found = f"{name}{number}"
            number += 1
        self.members[found] = []
        return found

    def element(self, member: Member) -> Element:
        """Return a member as the codec knows it."""
        return Element(
            name=member.name,
            tag=f"{{{self.namespace}}}{member.tag}",
            kind=member.kind,
            many=member.many,
            required=member.required,
            nillable=member.nillable,
            shape=list(self.members).index(member.type_name) if member.kind is Kind.COMPLEX else -1,
            simple=member.simple,
        )

    def shapes(self) -> tuple[Shape, ...]:
        """Return all types as the codec knows them, in the order of `members`."""
        no_attributes: tuple[Attribute, ...] = ()
        return tuple(
            Shape(attributes=no_attributes, elements=tuple(self.element(member) for member in members))
            for members in self.members.values()
        )
