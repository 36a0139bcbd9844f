"""Which JSON Schema (2020-12) has the JSON of a message?

It says what its XML Schema says as far as JSON Schema can: names, types, what is required, enumerations, lengths,
bounds and patterns. What it cannot say (which of several members exclude each other) is said when a message is written.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.contract import Json
from adapters.soap.models import is_emptiable
from adapters.soap.shapes import (
    HEADER_MEMBER,
    TEXT_MEMBER,
    TYPE_MEMBER,
    Element,
    Kind,
    Order,
    Particle,
    Plan,
    Shape,
    Simple,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_Schema = dict[str, Json]
_LIMIT: Final = 2**53  # JSON readers agree on integers below (RFC 7493, 2.2), and a description must be readable to all
_WHOLE_TEXT: Final = r"^[+-]?[0-9]+$"
_DATETIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$"
# XML Schema's own escapes, subtraction of classes and blocks, and what only other dialects see as anchors.
_FOREIGN: Final = re.compile(r"\\[iIcC]|-\[|\\[pP]\{Is|[\^$]|\(\?")


def request_schema(plan: Plan) -> _Schema:
    """Return the JSON Schema of what a caller sends: the request message, and `_header` where header blocks exist."""
    schemas = _Schemas(plan.shapes)
    schema = schemas.root(plan.request)
    if plan.headers:
        blocks: _Schema = {block.name: schemas.element(block) for block in plan.headers}
        header: _Schema = {"type": "object", "properties": blocks, "additionalProperties": False}
        properties = schema.get("properties")
        if isinstance(properties, dict):
            schema = {**schema, "properties": {**properties, HEADER_MEMBER: header}}
        elif isinstance(alternatives := schema.get("oneOf"), list):
            schema = {"oneOf": [_with(one, header) for one in alternatives]}
    return {"$schema": DIALECT, **schema, **({"$defs": schemas.definitions()} if schemas.definitions() else {})}


def message_schema(root: Element, shapes: Sequence[Shape]) -> _Schema:
    """Return the JSON Schema of a message whose root is `root`."""
    schemas = _Schemas(shapes)
    schema = schemas.root(root)
    return {"$schema": DIALECT, **schema, **({"$defs": schemas.definitions()} if schemas.definitions() else {})}


class _Schemas:
    """Collects the schemas of the shapes that a message refers to."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes
        self._names: dict[int, str] = {}
        self._defined: dict[str, Json] = {}

    def definitions(self) -> dict[str, Json]:
        """Return the schemas by their names."""
        return self._defined

    def root(self, element: Element) -> _Schema:
        """Return the schema of the whole message."""
        if element.kind not in (Kind.COMPLEX, Kind.GROUP):
            return _closed({element.name: self.element(element)}, [element.name])
        return self._shape(element.shape)

    def element(self, element: Element) -> Json:
        """Return the schema of one element, or of the list of them."""
        if element.kind in (Kind.COMPLEX, Kind.GROUP):
            one: _Schema = {"$ref": f"#/$defs/{self._define(element.shape)}"}
        else:
            one = simple_schema(element.kind, element.simple)
            if element.fixed is not None and element.kind is Kind.TEXT:
                one = {"const": element.fixed}
            if element.default is not None:
                one["default"] = element.default
        if element.nillable:
            one = {"anyOf": [one, {"type": "null"}]}
        if not element.many:
            return one
        many: _Schema = {"type": "array", "items": one}
        least = max(element.least, 1 if element.required else 0)
        if least:
            many["minItems"] = least
        if element.most:
            many["maxItems"] = element.most
        return many

    def _define(self, index: int) -> str:
        if index not in self._names:
            plain = re.sub(r"[^A-Za-z0-9_.-]", "_", self._shapes[index].name) or "type"
            name, number = plain, 2
            while name in self._names.values():
                name = f"{plain}-{number}"
                number += 1
            self._names[index] = name
            self._defined[name] = True  # the place is taken before the members are met: a member may be of this type
            self._defined[name] = self._shape(index)
        return self._names[index]

    def _shape(self, index: int) -> _Schema:
        shape = self._shapes[index]
        alternatives: list[Json] = [] if shape.abstract else [self._members(shape, "")]
        alternatives += [self._members(self._shapes[one.shape], one.name) for one in shape.derived]
        only = alternatives[0] if len(alternatives) == 1 else None
        return only if isinstance(only, dict) else {"oneOf": alternatives}

    def _members(self, shape: Shape, type_name: str) -> _Schema:
        properties: _Schema = {}
        required: list[Json] = []
        if type_name:
            properties[TYPE_MEMBER] = {"const": type_name}
            required.append(TYPE_MEMBER)
        for attribute in shape.attributes:
            properties[attribute.name] = _attribute_schema(attribute.kind, attribute.simple, attribute.fixed)
            if attribute.required and attribute.fixed is None:
                required.append(attribute.name)
        if shape.text is not None:
            properties[TEXT_MEMBER] = simple_schema(shape.text, shape.text_simple)
        for element in shape.elements:
            properties[element.name] = self.element(element)
            if element.required and element.fixed is None and not self._may_be_missing(element):
                required.append(element.name)
        schema = _closed(properties, required)
        choices = _needed_choices(shape)
        return {**schema, "allOf": choices} if choices else schema

    def _may_be_missing(self, element: Element) -> bool:
        """Tell whether an element is written even when it is not given: nil, or of a type that may be empty."""
        if element.many:
            return False
        return element.nillable or (element.kind is Kind.COMPLEX and self._is_emptiable(element.shape, ()))

    def _is_emptiable(self, index: int, above: tuple[int, ...]) -> bool:
        shape = self._shapes[index]
        if index in above or shape.abstract or shape.text is not None or any(one.required for one in shape.attributes):
            return False
        if shape.content is not None:
            return is_emptiable(shape.content)
        return not any(one.required for one in shape.elements)


def simple_schema(kind: Kind, simple: Simple | None) -> _Schema:
    """Return the JSON Schema of a value of a simple type."""
    if simple is None:
        return dict(_PLAIN[kind])
    if kind is Kind.LIST and simple.item is not None:
        listed: _Schema = {"type": "array", "items": simple_schema(simple.item.kind, simple.item)}
        return listed | _present(minItems=simple.least_length or None, maxItems=simple.most_length)
    if simple.members:
        members = [simple_schema(one.kind, one) for one in simple.members]
        schema: _Schema = {"anyOf": list(members)}
    else:
        schema = dict(_PLAIN[kind])
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT) and not simple.members:
        return schema | _bounds(simple, whole=kind is Kind.INTEGER)
    if simple.choices and kind is not Kind.BOOLEAN:
        return {"enum": list(simple.choices)}
    if kind is Kind.TEXT:
        schema |= _present(minLength=simple.least_length or None, maxLength=simple.most_length)
        patterns: list[Json] = [{"pattern": f"^(?:{one})$"} for one in simple.patterns if not _FOREIGN.search(one)]
        if patterns:
            schema["allOf"] = patterns
    return schema


_PLAIN: Final[dict[Kind, _Schema]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": ["integer", "string"], "pattern": _WHOLE_TEXT},
    Kind.DECIMAL: {"type": ["number", "string"], "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"},
    Kind.FLOAT: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "pattern": _DATETIME},
    Kind.BASE64: {"type": "string", "contentEncoding": "base64"},
    Kind.HEX: {"type": "string", "pattern": "^([0-9A-Fa-f]{2})*$"},
    Kind.LIST: {"type": "array"},
}


def _attribute_schema(kind: Kind, simple: Simple | None, fixed: str | None) -> Json:
    return {"const": fixed} if fixed is not None and kind is Kind.TEXT else simple_schema(kind, simple)


def _bounds(simple: Simple, *, whole: bool) -> _Schema:
    bounds: _Schema = {}
    for keyword, text in (
        ("minimum", simple.minimum),
        ("maximum", simple.maximum),
        ("exclusiveMinimum", simple.above),
        ("exclusiveMaximum", simple.below),
    ):
        value = _number(text, whole=whole)
        if value is not None:
            bounds[keyword] = value
    choices = [_number(one, whole=whole) for one in simple.choices]
    if choices and None not in choices:
        bounds["enum"] = list(choices)
    elif whole and _fits_exactly(simple):
        bounds["type"] = "integer"
    return bounds


def _number(text: str, *, whole: bool) -> int | float | None:
    """Return a number that a JSON Schema may name; for a greater one only the message's writer knows the bound."""
    if not text:
        return None
    value = int(text) if whole and text.lstrip("+-").isdigit() else float(text)
    return value if -_LIMIT < value < _LIMIT else None


def _fits_exactly(simple: Simple) -> bool:
    """Tell whether every value is an integer that JSON readers agree on (RFC 7493, 2.2); else it may be a string."""
    return bool(simple.minimum and simple.maximum) and int(simple.minimum) > -_LIMIT and int(simple.maximum) < _LIMIT


def _needed_choices(shape: Shape) -> list[Json]:
    """Return what says of each choice that must be made that one of its elements must stand."""
    content = shape.content
    if content is None:
        return []
    choices = [content] if content.order is Order.CHOICE else list(content.inside)
    needed: list[Json] = []
    for choice in choices:
        if choice.order is Order.CHOICE and not is_emptiable(choice) and (choice is content or content.least):
            branches = [_first_needed(one, shape) for one in choice.inside]
            if all(branches):
                needed.append({"anyOf": [{"required": [name]} for name in dict.fromkeys(branches)]})
    return needed


def _first_needed(branch: Particle, shape: Shape) -> str:
    """Return the name of an element that stands whenever the branch is chosen, empty when no one does."""
    if branch.order is Order.ELEMENT:
        element = shape.elements[branch.member]
        return element.name
    return next((name for one in branch.inside if one.least and (name := _first_needed(one, shape))), "")


def _closed(properties: Mapping[str, Json], required: Sequence[Json]) -> _Schema:
    schema: _Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _with(alternative: Json, header: _Schema) -> Json:
    if not isinstance(alternative, dict) or not isinstance(alternative.get("properties"), dict):
        return alternative
    properties = alternative["properties"]
    assert isinstance(properties, dict)
    return {**alternative, "properties": {**properties, HEADER_MEMBER: header}}


def _present(**keywords: int | None) -> _Schema:
    return {name: value for name, value in keywords.items() if value is not None and value < _LIMIT}
