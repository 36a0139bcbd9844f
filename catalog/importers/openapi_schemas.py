"""Which leaves has a value that a schema describes?

A `Merged` is everything that a schema says of one value, wherever it says it: behind references, in `allOf`, in the
alternatives of `oneOf` and `anyOf`. Alternatives are united: what a value may have is declared.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from catalog.descriptions import FieldType
from catalog.importers.openapi_reading import Json
from catalog.importers.openapi_references import Library, Notes, Spot, Unusable

MAX_LEAVES: Final = 1000
_MAX_LOOKS: Final = 3000
MAX_STEPS: Final = 16
_MAX_PATH: Final = 300
_REPEATS: Final = 2
"""How often a schema may stand in itself before it is cut: a unit, its parent unit, and no further."""
_TOGETHER: Final = ("allOf", "oneOf", "anyOf")
_STEP: Final = re.compile(r"[^\s.\[\]{}/\x00-\x1f]+")  # catalog/paths.py
_OF_OBJECTS: Final = frozenset({"properties", "patternProperties", "required", "maxProperties", "minProperties"})
_OF_LISTS: Final = frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"})
_OF_TEXTS: Final = frozenset({"pattern", "minLength", "maxLength", "format"})
_OF_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
SCALARS: Final = {
    "string": FieldType.STRING,
    "integer": FieldType.INTEGER,
    "number": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
}


@dataclass(slots=True)
class Merged:
    """What is said of one value. `entry` are the schemas themselves, behind their references."""

    entry: tuple[Spot, ...]
    types: set[str] = field(default_factory=set)
    properties: dict[str, list[Spot]] = field(default_factory=dict)
    elements: list[Spot] = field(default_factory=list)
    maps: list[Spot] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)
    title: str = ""
    write_only: bool = False

    @property
    def kinds(self) -> set[str]:
        """Return which of `object`, `array` and `scalar` it may be."""
        return {one if one in ("object", "array") else "scalar" for one in self.types - {"null"}}

    @property
    def scalar(self) -> FieldType | None:
        """Return the type of a leaf; a text when alternatives differ; None when it is none."""
        types = self.types - {"null"}
        if not types or not types <= set(SCALARS):
            return None
        if types == {"string"}:
            return {frozenset({"date"}): FieldType.DATE, frozenset({"date-time"}): FieldType.DATETIME}.get(
                frozenset(self.formats), FieldType.STRING
            )
        if types == {"integer", "number"}:
            return FieldType.NUMBER
        return SCALARS[next(iter(types))] if len(types) == 1 else FieldType.STRING


def merge(library: Library, spots: Sequence[Spot]) -> Merged:
    """Return all that the schemas say of one value. Raises Unusable for a reference that cannot be followed."""
    key = tuple(spots)
    known = library.merged.get(key)
    if isinstance(known, Merged):
        return known
    merged = Merged(entry=tuple(_behind(library, spot) for spot in key))
    seen: set[Spot] = set()
    for spot in key:
        _merge_one(library, spot, merged, seen)
    library.merged[key] = merged
    return merged


def _behind(library: Library, spot: Spot) -> Spot:
    return library.follow(spot) if spot.text("$ref") else spot


def _merge_one(library: Library, spot: Spot, merged: Merged, seen: set[Spot]) -> None:
    waiting = [spot]
    while waiting:
        spot = waiting.pop()
        if spot in seen:
            continue
        seen.add(spot)
        if spot.text("$ref"):
            waiting.append(library.target(spot, spot.text("$ref")))
            if not library.modern:
                continue  # OpenAPI 3.0.4, 4.8.23: what stands beside a reference is ignored
        if spot.text("$dynamicRef"):
            waiting.append(library.dynamic(spot, spot.text("$dynamicRef")))
        if spot.text("$recursiveRef"):
            raise spot.unusable("$recursiveRef không được hỗ trợ", "$recursiveRef is not supported")
        _take(spot, merged)
        inner = [element for keyword in _TOGETHER for element in spot.at(keyword).elements()]
        inner += [spot.at(keyword) for keyword in ("then", "else") if spot.has(keyword)]
        inner += [schema for _, schema in spot.at("dependentSchemas").members()]
        inner += _mapped(library, spot)
        waiting.extend(reversed(inner))


def _mapped(library: Library, spot: Spot) -> list[Spot]:
    """Return the schemas that a discriminator names: a value that is one of them has their members too."""
    found: list[Spot] = []
    for _, one in spot.at("discriminator", "mapping").members():
        if not isinstance(one.value, str):
            continue
        plain = re.fullmatch(r"[A-Za-z0-9._-]+", one.value) is not None
        reference = f"#/components/schemas/{one.value}" if plain else one.value
        try:
            found.append(library.target(library.root if plain else one, reference))
        except Unusable:
            continue  # a mapping is a hint: what it means is said by the schemas themselves
    return found


def _take(spot: Spot, merged: Merged) -> None:
    if not isinstance(spot.value, dict):
        return
    merged.title = merged.title or spot.text("title") or _first_line(spot.text("description"))
    merged.write_only |= spot.value.get("writeOnly") is True
    merged.types |= types_of(spot.value)
    if spot.text("format"):
        merged.formats.add(spot.text("format"))
    for name, schema in spot.at("properties").members():
        if schema.value is not False:
            merged.properties.setdefault(name, []).append(schema)
    items = spot.at("items")
    merged.elements += [items] if isinstance(items.value, dict) else list(items.elements())
    merged.elements += list(spot.at("prefixItems").elements())
    for keyword in ("additionalProperties", "patternProperties", "unevaluatedProperties"):
        if isinstance(spot.value.get(keyword), dict) and spot.value[keyword]:
            merged.maps.append(spot.at(keyword))


def types_of(schema: dict[str, Json]) -> set[str]:
    """Return the JSON types that a schema names, or those that its other keywords are about."""
    said = schema.get("type")
    if isinstance(said, str):
        return {said} | ({"null"} if schema.get("nullable") is True else set())
    if isinstance(said, list):
        return {one for one in said if isinstance(one, str)}
    values = schema.get("enum")
    if "const" in schema:
        values = [schema["const"]]
    if isinstance(values, list) and values:
        return {_type_of(value) for value in values}
    keywords = set(schema)
    for type_, about in (("object", _OF_OBJECTS), ("array", _OF_LISTS), ("string", _OF_TEXTS), ("number", _OF_NUMBERS)):
        if keywords & about:
            return {type_}
    return {"object"} if isinstance(schema.get("additionalProperties"), dict) else set()


def _type_of(value: Json) -> str:
    if value is None:
        return "null"
    for type_, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, type_):
            return name
    return "object"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of an answer. `order` is its place in the documents, for a reader."""

    path: str
    type: FieldType
    title: str
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Stand:
    """A value that is still to be looked at, and the schemas that it stands in."""

    spots: tuple[Spot, ...]
    path: str
    order: tuple[int, ...]
    above: tuple[frozenset[Spot], ...]


def leaves_of(library: Library, spots: Iterable[Spot], notes: Notes) -> list[Leaf]:
    """Return the leaves of a value that is one of several, with dotted paths and `[]`, in the documents' order.

    What has no declared members, or is now a value and now an object, is left out with a note, and so is what lies
    deeper than a schema that contains itself twice. Shallow leaves come first when there are too many.
    """
    level = [_Stand(tuple(spots), "", (), ())]
    leaves: list[Leaf] = []
    looks = 0
    while level:
        following: list[_Stand] = []
        for stand in level:
            looks += 1
            if len(leaves) >= MAX_LEAVES or looks > _MAX_LOOKS:
                notes.add(
                    stand.spots[0],
                    f"câu trả lời có hơn {MAX_LEAVES} trường, phần còn lại bị bỏ",
                    f"the answer has more than {MAX_LEAVES} fields; the rest is left out",
                    left_out=True,
                )
                return sorted(leaves, key=lambda leaf: leaf.order)
            try:
                _look(library, stand, notes, leaves, following)
            except Unusable as refusal:
                notes.keep(refusal.note)
        level = following
    return sorted(leaves, key=lambda leaf: leaf.order)


def _look(library: Library, stand: _Stand, notes: Notes, leaves: list[Leaf], following: list[_Stand]) -> None:
    merged = merge(library, stand.spots)
    spot = stand.spots[0]
    if merged.write_only:
        notes.add(spot, "chỉ để ghi (writeOnly)", "is only written (writeOnly)", left_out=True)
        return
    if len(merged.kinds) > 1:
        notes.add(
            spot,
            f"khi là {' khi là '.join(sorted(merged.kinds))}",
            f"is now {' and now '.join(sorted(merged.kinds))}",
            left_out=True,
        )
        return
    match next(iter(merged.kinds), ""):
        case "object":
            _look_inside(merged, stand, notes, following)
        case "array":
            _look_at_elements(merged, stand, notes, following)
        case "scalar" if merged.scalar is not None and stand.path:
            if len(merged.types - {"null"}) > 1 and merged.scalar is FieldType.STRING:
                notes.add(spot, "có nhiều kiểu, khai là string", "has several types, declared as string")
            title = merged.title or stand.path.rsplit(".", 1)[-1].removesuffix("[]")
            leaves.append(Leaf(stand.path, merged.scalar, title[:300], stand.order))
        case _:
            what = ", ".join(sorted(merged.types)) or "—"
            notes.add(
                spot,
                f"không khai kiểu dùng được ({what})",
                f"declares no type that can be released ({what})",
                left_out=True,
            )


def _look_inside(merged: Merged, stand: _Stand, notes: Notes, following: list[_Stand]) -> None:
    above = _entered(merged, stand, notes)
    if above is None:
        return
    for one in merged.maps:
        notes.add(
            one,
            "các tên không khai trước (map) không được trả ra",
            "names that nobody declared stay inside",
            left_out=True,
        )
    if not merged.properties and not merged.maps:
        notes.add(
            merged.entry[0], "đối tượng không khai thành phần nào", "an object that declares no member", left_out=True
        )
    for number, (name, spots) in enumerate(merged.properties.items()):
        path = f"{stand.path}.{name}" if stand.path else name
        if not _STEP.fullmatch(name) or len(path) > _MAX_PATH:
            notes.add(spots[0], "tên không dùng làm trường được", "its name cannot be a field's", left_out=True)
            continue
        following.append(_Stand(tuple(spots), path, (*stand.order, number), above))


def _look_at_elements(merged: Merged, stand: _Stand, notes: Notes, following: list[_Stand]) -> None:
    above = _entered(merged, stand, notes)
    if above is None:
        return
    if not merged.elements:
        notes.add(merged.entry[0], "danh sách không khai phần tử", "a list that declares no element", left_out=True)
        return
    if stand.path.endswith("[]") and "." not in stand.path and stand.path.strip("[]") == "":
        notes.add(merged.entry[0], "danh sách trong danh sách ở gốc", "a list of lists at the top", left_out=True)
        return
    following.append(_Stand(tuple(merged.elements), f"{stand.path}[]", stand.order, above))


def _entered(merged: Merged, stand: _Stand, notes: Notes) -> tuple[frozenset[Spot], ...] | None:
    """Return what this value's members stand in; None where the schemas have come round, or lie too deep."""
    own = frozenset(merged.entry)
    if stand.above.count(own) >= _REPEATS or len(stand.above) >= MAX_STEPS:
        notes.add(
            stand.spots[0],
            "lặp lại chính nó hoặc quá sâu; chỉ giữ các tầng đầu",
            "contains itself, or lies too deep; its first levels are kept",
            left_out=True,
        )
        return None
    return (*stand.above, own)


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].strip()[:300]
