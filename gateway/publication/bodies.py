"""Which values does an operation's JSON body take, and how is one made of `name=value` texts?

Whoever tries a draft from a terminal types a few values; a WSDL's request message is a body, too. Lists and choices are
left to a whole document (`--body`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.contract import Json
from catalog.errors import ContentInvalid, Fault

_DEEPEST: Final = 6
_BARE: Final = frozenset({"integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class BodyValue:
    """A single value in a body: its dotted path, the JSON types that it may have, and whether it must be there.

    `choices` are the texts that it may be (none: any), `format` and `title` what the schema says of it.
    """

    path: str
    types: tuple[str, ...]
    required: bool
    choices: tuple[str, ...] = ()
    format: str = ""
    title: str = ""


def body_values(schema: bytes) -> tuple[BodyValue, ...]:
    """Return the single values of the objects that a JSON Schema describes, in its order; lists are not among them."""
    whole: Json = msgspec.json.decode(schema)
    return tuple(_walk(whole, whole, "", required=True, depth=0))


def body_of(schema: bytes, texts: Mapping[str, str]) -> Json:
    """Return the body with these values, texts read by the schema's types. Raises ContentInvalid naming an unknown."""
    known = {one.path: one for one in body_values(schema)}
    body: dict[str, Json] = {}
    faults = []
    for path, text in texts.items():
        if path not in known:
            listed = ", ".join(list(known)[:20])
            vi, en = f"nội dung không có giá trị này; có: {listed}", f"no such value of the body; there are: {listed}"
            faults.append(Fault(path, vi, en))
            continue
        *parents, leaf = path.split(".")
        place = body
        for parent in parents:
            inner = place.setdefault(parent, {})
            place = inner if isinstance(inner, dict) else {}
        place[leaf] = _read(text, known[path].types)
    if faults:
        raise ContentInvalid(faults)
    return body


def _walk(whole: Json, schema: Json, path: str, *, required: bool, depth: int) -> Iterator[BodyValue]:
    schema = _resolved(whole, schema)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    types = _types(schema)
    members = schema.get("properties")
    if "object" in types and isinstance(members, dict):
        needed = schema.get("required")
        for name, member in members.items():
            inner = f"{path}.{name}" if path else name
            must = required and isinstance(needed, list) and name in needed
            yield from _walk(whole, member, inner, required=must, depth=depth + 1)
    elif path and "array" not in types and "object" not in types:
        choices = schema.get("enum")
        yield BodyValue(
            path,
            types or ("string",),
            required,
            choices=tuple(one for one in choices if isinstance(one, str)) if isinstance(choices, list) else (),
            format=str(schema.get("format", "")),
            title=str(schema.get("title") or schema.get("description") or ""),
        )


def _resolved(whole: Json, schema: Json) -> Json:
    """Return what a schema is, its own reference into `$defs` followed."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
            return schema
        found: Json = whole
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found.get(part) if isinstance(found, dict) else None
        schema = found
    return None


def _types(schema: Mapping[str, Json]) -> tuple[str, ...]:
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    return tuple(one for one in said if isinstance(one, str)) if isinstance(said, list) else ()


def _read(text: str, types: tuple[str, ...]) -> Json:
    if _BARE.isdisjoint(types):
        return text
    try:
        return msgspec.json.decode(text, type=int | float | bool)
    except msgspec.MsgspecError:
        return text
