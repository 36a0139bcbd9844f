"""What must be known about a SOAP operation to call it without its WSDL?

A `Plan` is made at publication (`adapters.soap.plan`), kept as JSON in the binding, and read when the adapter is
built. It holds no address: the provider's endpoint is a setting of the provider, never of a document.
"""

from enum import StrEnum

import msgspec


class SoapVersion(StrEnum):
    """Which envelope is spoken: SOAP 1.1 (W3C Note 2000-05-08) or SOAP 1.2 (W3C Recommendation 2007-04-27)."""

    SOAP_11 = "1.1"
    SOAP_12 = "1.2"


class Kind(StrEnum):
    """How a value is written in XML and in JSON. `COMPLEX` has members, described by a `Shape`."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    COMPLEX = "complex"


class Attribute(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An attribute: `tag` is its name in Clark notation (`{namespace}local`), `name` its member in JSON."""

    name: str
    tag: str
    kind: Kind
    required: bool = False


class Element(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An element where it stands in its parent: `many` becomes a JSON list, `shape` indexes `Plan.shapes`.

    `choice` is a number other than 0 that the alternatives of one `xs:choice` share; `branch` tells them apart.
    """

    name: str
    tag: str
    kind: Kind
    many: bool = False
    required: bool = False
    nillable: bool = False
    shape: int = -1
    choice: int = 0
    branch: int = 0


class Shape(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A complex type: attributes, then elements in the order of the schema, or `text` (simple content)."""

    attributes: tuple[Attribute, ...] = ()
    elements: tuple[Element, ...] = ()
    text: Kind | None = None


class Plan(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One document/literal operation. `request` and `response` are the children of the SOAP body.

    Shapes refer to each other by index, so a type may contain itself.
    """

    operation: str
    soap_version: SoapVersion
    action: str
    request: Element
    response: Element
    shapes: tuple[Shape, ...]

    def to_json(self) -> bytes:
        """Return the plan as it is kept in `Binding.config["plan"]`."""
        return msgspec.json.encode(self)


TEXT_MEMBER = "_text"  # where the text of an element with attributes goes in JSON


def check_plan(plan: Plan) -> Plan:
    """Return `plan` unchanged when every index in it leads to a shape. Raises `ValueError` otherwise."""
    members = (member for shape in plan.shapes for member in shape.elements)
    for element in (plan.request, plan.response, *members):
        if (element.kind is Kind.COMPLEX) != (0 <= element.shape < len(plan.shapes)):
            raise ValueError("plan: an element's `shape` does not fit its `kind`")
    return plan
