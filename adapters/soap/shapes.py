"""What must be known about a SOAP operation to carry it without its WSDL, in either direction?

A `Plan` is made at publication (`adapters.soap.plan`), kept as JSON in the binding, and read when an adapter or a door
is built. It holds no address: the provider's endpoint is a setting of the provider, never of a document.
"""

from enum import StrEnum

import msgspec


class SoapVersion(StrEnum):
    """Which envelope is spoken: SOAP 1.1 (W3C Note 2000-05-08) or SOAP 1.2 (W3C Recommendation 2007-04-27)."""

    SOAP_11 = "1.1"
    SOAP_12 = "1.2"


class Kind(StrEnum):
    """How a value is written in XML and in JSON.

    `COMPLEX` has members, described by a `Shape`; so has `GROUP`, whose members stand in XML without an element around
    them (a repeated `xs:choice` or `xs:sequence`: a JSON list with one object for each turn). `LIST` is `xs:list`.
    """

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    BASE64 = "base64"
    HEX = "hex"
    LIST = "list"
    COMPLEX = "complex"
    GROUP = "group"


class Simple(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """What a simple type demands beyond its kind (XML Schema 1.0 part 2, 4.3).

    `lexical` names the built-in type whose form the text has (`NCName`, `time`). `item` is the type of a list's items,
    `members` are the alternatives of a union. Bounds are written as the schema writes them.
    """

    kind: Kind
    lexical: str = ""
    choices: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    least_length: int = 0
    most_length: int | None = None
    minimum: str = ""
    maximum: str = ""
    above: str = ""
    below: str = ""
    digits: int = 0
    decimals: int | None = None
    item: "Simple | None" = None
    members: tuple["Simple", ...] = ()


class Attribute(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An attribute: `tag` is its name in Clark notation (`{namespace}local`), `name` its member in JSON."""

    name: str
    tag: str
    kind: Kind
    required: bool = False
    simple: Simple | None = None
    fixed: str | None = None
    default: str | None = None


class Element(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """An element where it stands in its parent: `many` becomes a JSON list, `shape` indexes `Plan.shapes`.

    `least` and `most` bound the list of a `many` (`most=0`: no bound). `choice` is a number other than 0 that the
    alternatives of one `xs:choice` share; `branch` tells them apart.
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
    least: int = 0
    most: int = 0
    simple: Simple | None = None
    fixed: str | None = None
    default: str | None = None


class Order(StrEnum):
    """How the particles of a model group follow each other; `ELEMENT` is a leaf."""

    ELEMENT = "element"
    SEQUENCE = "sequence"
    CHOICE = "choice"
    ALL = "all"


class Particle(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A content model (XML Schema 1.0 part 1, 3.9): a group that stands at most once, or a leaf.

    A leaf is `Shape.elements[member]`, `least` to `most` times (`most=0`: no bound).
    """

    order: Order
    least: int = 1
    most: int = 1
    member: int = -1
    inside: tuple["Particle", ...] = ()


class Derived(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A type that may stand instead of another by `xsi:type`: `name` is the JSON member `_type`, `tag` its QName."""

    name: str
    tag: str
    shape: int


class Shape(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A complex type: attributes, then elements in the order of the schema, or `text` (simple content).

    `content` is there where that order alone does not say what is valid (choices, optional groups, an element in two
    places). `derived` are the types that `xsi:type` may name; an `abstract` one needs one of them. `name` is the
    type's in the schema, else the name of the element that it was declared for.
    """

    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    elements: tuple[Element, ...] = ()
    text: Kind | None = None
    text_simple: Simple | None = None
    content: Particle | None = None
    derived: tuple[Derived, ...] = ()
    abstract: bool = False


class Fault(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """A fault that the WSDL declares: `detail` is the element in the SOAP fault's detail."""

    name: str
    detail: Element


class Plan(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """One operation. `request` and `response` are the children of the SOAP body; of kind `GROUP` when it stays empty.

    Shapes refer to each other by index, so a type may contain itself. `headers` and `answer_headers` are the blocks
    that the WSDL declares with soap:header, members of `HEADER_MEMBER` in JSON. A `one_way` operation has no answer.
    """

    operation: str
    soap_version: SoapVersion
    action: str
    request: Element
    response: Element
    shapes: tuple[Shape, ...]
    headers: tuple[Element, ...] = ()
    answer_headers: tuple[Element, ...] = ()
    faults: tuple[Fault, ...] = ()
    one_way: bool = False

    def to_json(self) -> bytes:
        """Return the plan as it is kept in `Binding.config["plan"]`."""
        return msgspec.json.encode(self)


TEXT_MEMBER = "_text"  # where the text of an element with attributes goes in JSON
TYPE_MEMBER = "_type"  # which derived type an object has (xsi:type)
HEADER_MEMBER = "_header"  # where the declared header blocks of a message go in JSON
ANY = 0  # `most` without a bound


def check_plan(plan: Plan) -> Plan:
    """Return `plan` unchanged when every index in it leads to a shape. Raises `ValueError` otherwise."""
    members = [member for shape in plan.shapes for member in shape.elements]
    members += [plan.request, plan.response, *plan.headers, *plan.answer_headers]
    members += [fault.detail for fault in plan.faults]
    for element in members:
        if (element.kind in (Kind.COMPLEX, Kind.GROUP)) != (0 <= element.shape < len(plan.shapes)):
            raise ValueError("plan: an element's `shape` does not fit its `kind`")
    for shape in plan.shapes:
        if not all(0 <= one.shape < len(plan.shapes) for one in shape.derived):
            raise ValueError("plan: a derived type leads to no shape")
        if shape.content is not None and not _fits(shape.content, len(shape.elements)):
            raise ValueError("plan: a content model leads to no element")
    return plan


def _fits(particle: Particle, count: int) -> bool:
    if particle.order is Order.ELEMENT:
        return 0 <= particle.member < count
    return all(_fits(one, count) for one in particle.inside)
