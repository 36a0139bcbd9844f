"""Which JSON that one JSON Schema takes would another refuse?

For bodies of requests (JSON Schema 2020-12). Not a proof system: known keywords are compared, and a difference in any
other breaks, because nobody could say that it does not.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from catalog.canonical import JsonValue
from catalog.errors import Fault

Schema: TypeAlias = JsonValue

_SAID_ELSEWHERE = frozenset(
    {"title", "description", "examples", "example", "default", "$comment", "$schema", "$id", "$defs", "definitions",
     "deprecated", "readOnly", "writeOnly", "xml", "externalDocs"}
)  # fmt: skip
_LOWER = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
_UPPER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
_COMPARED = frozenset(
    {"type", "properties", "required", "items", "enum", "additionalProperties", "nullable", *_LOWER, *_UPPER}
)
_MOST_DEPTH = 40


def narrowed_schema(before: Schema, after: Schema, *, where: str) -> Iterator[Fault]:
    """Yield what `before` takes and `after` refuses, by its place. Raises nothing: both are JSON."""
    yield from _compare(before, after, where, roots=(before, after), depth=0)


def _compare(before: Schema, after: Schema, where: str, *, roots: tuple[Schema, Schema], depth: int) -> Iterator[Fault]:
    before, after = _resolved(before, roots[0]), _resolved(after, roots[1])
    if before == after and not _refers(before):
        return
    if depth > _MOST_DEPTH:  # a recursive schema, all of whose rounds were alike so far
        return
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield Fault(where, "đổi cấu trúc", "its schema changes")
        return
    yield from _types(before, after, where)
    yield from _members(before, after, where, roots=roots, depth=depth)
    yield from _bounds(before, after, where)
    if "items" in after:
        yield from _compare(before.get("items", True), after["items"], f"{where}[]", roots=roots, depth=depth + 1)
    for keyword in sorted((before.keys() | after.keys()) - _COMPARED - _SAID_ELSEWHERE):
        if keyword in after and before.get(keyword) != after[keyword]:
            yield Fault(where, f"đổi điều kiện {keyword}", f"{keyword} is added or changes")


def _types(before: Mapping[str, Schema], after: Mapping[str, Schema], where: str) -> Iterator[Fault]:
    old, new = _type_names(before), _type_names(after)
    if new and (not old or (old - new - ({"integer"} if "number" in new else set()))):
        yield Fault(where, "đổi kiểu", f"its type changes: {_said(old)} → {_said(new)}")
    allowed, offered = after.get("enum"), before.get("enum")
    if isinstance(allowed, list) and (not isinstance(offered, list) or any(value not in allowed for value in offered)):
        yield Fault(where, "ít lựa chọn hơn", "there are fewer choices")


def _members(
    before: Mapping[str, Schema], after: Mapping[str, Schema], where: str, *, roots: tuple[Schema, Schema], depth: int
) -> Iterator[Fault]:
    old, new = _object(before, "properties"), _object(after, "properties")
    closed = after.get("additionalProperties") is False
    for name, schema in old.items():
        if name in new:
            yield from _compare(schema, new[name], f"{where}.{name}", roots=roots, depth=depth + 1)
        elif closed:
            yield Fault(f"{where}.{name}", "bỏ thành phần", "the member is removed")
    for name in _names(after) - _names(before):
        yield Fault(f"{where}.{name}", "nay là bắt buộc", "it becomes required")
    if closed and before.get("additionalProperties") is not False and (old or new):
        yield Fault(where, "không còn nhận thành phần khác", "other members are not taken any more")


def _bounds(before: Mapping[str, Schema], after: Mapping[str, Schema], where: str) -> Iterator[Fault]:
    for keyword in (*_LOWER, *_UPPER):
        bound, held = after.get(keyword), before.get(keyword)
        if bound is None or bound == held:
            continue
        if isinstance(bound, int | float) and isinstance(held, int | float):
            looser = bound < held if keyword in _LOWER else bound > held
            if looser:
                continue
        yield Fault(where, f"giới hạn hẹp hơn: {keyword}", f"{keyword} narrows")


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Return the schema to which local references (`#/$defs/…`) lead; one that leads nowhere stays."""
    for _ in range(_MOST_DEPTH):
        if not isinstance(schema, Mapping) or not isinstance(reference := schema.get("$ref"), str):
            break
        found: Schema = root
        for part in reference.removeprefix("#").strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            break
        schema = found
    return schema


def _refers(schema: Schema) -> bool:
    if isinstance(schema, Mapping):
        return "$ref" in schema or any(_refers(member) for member in schema.values())
    return isinstance(schema, list) and any(_refers(element) for element in schema)


def _type_names(schema: Mapping[str, Schema]) -> set[str]:
    said = schema.get("type")
    several = said if isinstance(said, list) else [said]
    names = {name for name in several if isinstance(name, str)}
    return names | ({"null"} if schema.get("nullable") is True and names else set())


def _object(schema: Mapping[str, Schema], keyword: str) -> Mapping[str, Schema]:
    found = schema.get(keyword)
    return found if isinstance(found, Mapping) else {}


def _names(schema: Mapping[str, Schema]) -> set[str]:
    found = schema.get("required")
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def _said(names: set[str]) -> str:
    return " | ".join(sorted(names)) or "any"
