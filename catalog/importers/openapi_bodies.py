"""Which JSON Schema 2020-12 says what an OpenAPI document says of a request's body?

OpenAPI 2.0 and 3.0 have a dialect of their own (`nullable`, a boolean `exclusiveMinimum`, references whose siblings are
ignored). What comes out stands alone: every reference leads into its own `$defs`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import jsonschema_rs
import msgspec

from catalog.importers.openapi_reading import Json
from catalog.importers.openapi_references import Library, Notes, Spot

_MAX_SCHEMAS: Final = 5000
_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE: Final = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties"}
)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _are_texts(value: Json) -> bool:
    return (
        isinstance(value, list) and all(isinstance(one, str) for one in value) and len({*map(str, value)}) == len(value)
    )


_TYPES: Final = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_PLAIN: Final[Mapping[str, Callable[[Json], bool]]] = {
    "type": lambda value: value in _TYPES if isinstance(value, str) else _are_texts(value) and set(value) <= _TYPES,  # type: ignore[arg-type]  # a list of texts, as _are_texts says
    "enum": lambda value: isinstance(value, list) and bool(value),
    "const": lambda _: True,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    "multipleOf": lambda value: _is_number(value) and value > 0,  # type: ignore[operator]  # a number, as said
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(("minContains", "maxContains"), _is_count),
    **dict.fromkeys(("format", "title", "description"), _is_text),
    "uniqueItems": lambda value: isinstance(value, bool),
    "required": _are_texts,
}


def body_schema(library: Library, spot: Spot, notes: Notes) -> msgspec.Raw:
    """Return the schema of a body as the catalogue keeps it.

    Raises Unusable for a reference that cannot be followed, or when no JSON Schema can be made of it.
    """
    writer = _Writer(library, notes)
    root = writer.schema(spot)
    while writer.waiting:
        target, name = writer.waiting.pop()
        writer.definitions[name] = writer.schema(target)
    schema: dict[str, Json] = root if isinstance(root, dict) else ({} if root else {"not": {}})
    if writer.definitions:
        schema = {**schema, "$defs": writer.definitions}
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, OverflowError) as error:
        raise spot.unusable("lược đồ nội dung không dùng được", "the body's schema cannot be used") from error
    return msgspec.Raw(msgspec.json.encode(schema))


class _Writer:
    """Writes schemas, and keeps those that references lead to."""

    def __init__(self, library: Library, notes: Notes) -> None:
        self._library = library
        self._notes = notes
        self._names: dict[Spot, str] = {}
        self._count = 0
        self.definitions: dict[str, Json] = {}
        self.waiting: list[tuple[Spot, str]] = []

    def schema(self, spot: Spot) -> Json:
        """Return one schema in the dialect of 2020-12."""
        self._count += 1
        if self._count > _MAX_SCHEMAS:
            raise spot.unusable("lược đồ nội dung quá lớn", "the body's schema is too large")
        if isinstance(spot.value, bool):
            return spot.value
        if not isinstance(spot.value, dict):
            raise spot.unusable("không phải lược đồ", "is no schema")
        if spot.text("$ref"):
            reference = self._refer(self._library.target(spot, spot.text("$ref")))
            if not self._library.modern or len(spot.value) == 1:
                return reference
            beside = self._keywords(spot)
            return {"allOf": [reference, beside]} if beside else reference
        if spot.text("$dynamicRef"):
            return self._refer(self._library.dynamic(spot, spot.text("$dynamicRef")))
        return self._nullable(spot, self._bounds(spot, self._keywords(spot)))

    def _refer(self, target: Spot) -> dict[str, Json]:
        name = self._names.get(target)
        if name is None:
            last = re.sub(r"[^A-Za-z0-9_.-]", "_", target.pointer[-1] if target.pointer else "root")
            name = last if last not in self._names.values() else f"{last}-{len(self._names)}"
            self._names[target] = name
            self.waiting.append((target, name))
        return {"$ref": f"#/$defs/{name}"}

    def _keywords(self, spot: Spot) -> dict[str, Json]:
        written: dict[str, Json] = {}
        for keyword, inner in spot.members():
            if keyword in _MAPS:
                written[keyword] = {name: self.schema(schema) for name, schema in inner.members()}
            elif keyword in _LISTS or (keyword == "items" and isinstance(inner.value, list)):
                if inner.value:
                    written["prefixItems" if keyword == "items" else keyword] = [
                        self.schema(schema) for schema in inner.elements()
                    ]
            elif keyword in _SINGLE:
                written[keyword] = self.schema(inner)
            elif keyword == "pattern":
                self._pattern(inner, written)
            elif (rule := _PLAIN.get(keyword)) is not None:
                self._plain(inner, rule, written)
        self._drop_read_only(spot, written)
        return written

    def _plain(self, inner: Spot, rule: Callable[[Json], bool], written: dict[str, Json]) -> None:
        keyword = inner.pointer[-1]
        if rule(inner.value):
            written[keyword] = inner.value
        elif not isinstance(inner.value, bool) or keyword == "uniqueItems":  # true: what 3.0 and draft 3 write
            self._notes.add(inner, "giá trị không hợp lệ, bị bỏ qua", "is not a value of this keyword: ignored")

    def _pattern(self, inner: Spot, written: dict[str, Json]) -> None:
        try:
            jsonschema_rs.Draft202012Validator({"pattern": inner.value})
        except (jsonschema_rs.ValidationError, ValueError):
            self._notes.add(
                inner, "biểu thức không dùng được, bị bỏ qua", "is not a pattern that can be checked: ignored"
            )
        else:
            written["pattern"] = inner.value

    def _drop_read_only(self, spot: Spot, written: dict[str, Json]) -> None:
        # OpenAPI 3.0.4, 4.8.24: what is read-only should not be sent, and being required holds of answers only.
        required = written.get("required")
        if not isinstance(required, list):
            return
        sent: list[Json] = [name for name in required if spot.at("properties", str(name), "readOnly").value is not True]
        written["required"] = sent

    def _bounds(self, spot: Spot, written: dict[str, Json]) -> dict[str, Json]:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if spot.at(exclusive).value is True and bound in written:
                written[exclusive] = written.pop(bound)
        return written

    def _nullable(self, spot: Spot, written: dict[str, Json]) -> dict[str, Json]:
        said = spot.at("nullable").value is True or spot.at("x-nullable").value is True
        return {"anyOf": [written, {"type": "null"}]} if said and not self._library.modern else written
