"""Which elements does the JSON Schema of a body become?

JSON Schema 2020-12 as publishers write it: `$ref` within the document, `allOf`, `anyOf`/`oneOf` (every alternative's
members, none of them mandatory: the schema itself is checked by the exchange), `enum`, `null`. What has no names of its
own (an object of any members, a list of lists) cannot be an element and is refused with its place.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from adapters.contract import Json
from adapters.soap.shapes import Kind, Simple
from gateway.doors.soap.model import Member, Types
from gateway.doors.soap.names import unused, xml_name

_SIMPLE: Final = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.DECIMAL,
    "boolean": Kind.BOOLEAN,
}
_STRINGS: Final = {"date": Kind.DATE, "date-time": Kind.DATETIME}
_MAX_DEPTH: Final = 32

Schema = Mapping[str, Json]


class FaceRefused(ValueError):
    """An operation that SOAP callers cannot be offered; `vi` and `en` say which construct and where."""

    def __init__(self, *, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi = vi
        self.en = en


class BodyMembers:
    """Turns the schema of one operation's body into members. `whole` is the document that `$ref` points into."""

    def __init__(self, whole: bytes, types: Types, *, prefix: str) -> None:
        """`prefix` begins the names of the types that are made."""
        self._whole: Json = msgspec.json.decode(whole)
        self._types = types
        self._prefix = prefix
        self._by_ref: dict[str, str] = {}

    def members(self, taken: set[str]) -> list[tuple[Member, str]]:
        """Return the children that the body adds to the request, each with its JSON member, "" for the whole body.

        Raises FaceRefused.
        """
        schema, _, _ = self._resolved(self._whole, "body", 0)
        if _type_of(schema) == "object":
            return [
                (member, str(name))
                for (name, _), member in zip(
                    _properties(schema), self._of_object(schema, "body", 0, taken=taken), strict=True
                )
            ]
        return [(self._member("body", self._whole, "body", depth=0, required=True, taken=taken), "")]

    def _of_object(self, schema: Schema, where: str, depth: int, *, taken: set[str] | None = None) -> list[Member]:
        required = _strings(schema.get("required"))
        names: set[str] = set() if taken is None else taken
        found = [
            self._member(name, inner, f"{where}.{name}", depth=depth + 1, required=name in required, taken=names)
            for name, inner in _properties(schema)
        ]
        if not found:
            raise FaceRefused(
                vi=f"{where} là đối tượng không khai tên thành phần", en=f"{where} is an object of any members"
            )
        return found

    def _member(self, name: str, schema: Json, where: str, *, depth: int, required: bool, taken: set[str]) -> Member:
        resolved, ref, nillable = self._resolved(schema, where, depth)
        many = _type_of(resolved) == "array"
        if many:
            resolved, ref, inner_nillable = self._resolved(resolved.get("items", True), where, depth)
            nillable = nillable or inner_nillable
        kind, simple = _simple(resolved, where)
        tag = unused(xml_name(name), taken)
        return Member(
            name=tag if depth <= 1 else name,  # beside parameters, which may have the same names
            tag=tag,
            kind=kind,
            documentation=_documentation(resolved),
            many=many,
            required=required and not many,
            nillable=nillable,
            type_name=self._type(resolved, ref, name, where=where, depth=depth) if kind is Kind.COMPLEX else "",
            simple=simple,
        )

    def _type(self, schema: Schema, ref: str, name: str, *, where: str, depth: int) -> str:
        if ref and ref in self._by_ref:
            return self._by_ref[ref]
        made = self._types.new(f"{self._prefix}{xml_name(ref.rpartition('/')[2].strip('#') or name)}")
        if ref:
            self._by_ref[ref] = made  # before its members are met: one of them may be of this type
        self._types.members[made] = self._of_object(schema, where, depth)
        return made

    def _resolved(self, schema: Json, where: str, depth: int) -> tuple[Schema, str, bool]:
        """Return a schema without references or alternatives, the reference that it came by, and whether it has null.

        Raises FaceRefused.
        """
        if depth > _MAX_DEPTH:
            raise FaceRefused(vi=f"{where} lồng nhau quá sâu", en=f"{where} is nested too deeply")
        if not isinstance(schema, dict):
            raise FaceRefused(vi=f"{where} nhận giá trị bất kỳ", en=f"{where} takes any value")
        ref = ""
        while isinstance(schema.get("$ref"), str):
            ref = str(schema["$ref"])
            schema = {**self._at(ref, where), **{name: value for name, value in schema.items() if name != "$ref"}}
            depth += 1
            if depth > _MAX_DEPTH:
                raise FaceRefused(vi=f"{where} tham chiếu vòng", en=f"{where} refers to itself")
        return self._merged(schema, where, depth, ref)

    def _merged(self, schema: dict[str, Json], where: str, depth: int, ref: str) -> tuple[Schema, str, bool]:
        merged: dict[str, Json] = {
            key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")
        }
        nillable = _has_null(schema)
        for part in _list(schema.get("allOf")):
            inner, _, _ = self._resolved(part, where, depth + 1)
            _merge(merged, inner, keep_required=True)
        for keyword in ("anyOf", "oneOf"):
            alternatives = _list(schema.get(keyword))
            real = [one for one in alternatives if not (isinstance(one, dict) and one.get("type") == "null")]
            nillable = nillable or len(real) < len(alternatives)
            for one in real:
                inner, inner_ref, inner_nillable = self._resolved(one, where, depth + 1)
                nillable = nillable or inner_nillable
                ref = inner_ref if len(real) == 1 and not ref else ref
                if merged.get("type", inner.get("type")) != inner.get("type"):
                    raise FaceRefused(
                        vi=f"{where} nhận nhiều kiểu khác nhau", en=f"{where} takes values of several types"
                    )
                _merge(merged, inner, keep_required=len(real) == 1)
        return merged, ref, nillable

    def _at(self, ref: str, where: str) -> dict[str, Json]:
        """Return what a `$ref` within the document points at (RFC 6901). Raises FaceRefused."""
        found = self._whole
        if not ref.startswith("#"):
            raise FaceRefused(vi=f"{where} tham chiếu tài liệu khác", en=f"{where} refers to another document")
        for part in ref.removeprefix("#").split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise FaceRefused(vi=f"{where} tham chiếu tới nơi không có", en=f"{where} refers to what is not there")
        return found


def _simple(schema: Schema, where: str) -> tuple[Kind, Simple | None]:
    kind = _type_of(schema)
    if kind == "object":
        return Kind.COMPLEX, None
    if kind == "array":
        raise FaceRefused(vi=f"{where} là danh sách của danh sách", en=f"{where} is a list of lists")
    if kind not in _SIMPLE:
        raise FaceRefused(vi=f"{where} nhận giá trị bất kỳ", en=f"{where} takes any value")
    if kind == "string":
        found = _STRINGS.get(str(schema.get("format", "")), Kind.TEXT)
        choices = tuple(one for one in _list(schema.get("enum")) if isinstance(one, str))
        return found, Simple(kind=found, choices=choices) if choices and found is Kind.TEXT else None
    return _SIMPLE[kind], None


def _type_of(schema: Schema) -> str:
    said = schema.get("type")
    if isinstance(said, list):
        said = next((one for one in said if one != "null"), None) if len(said) - ("null" in said) == 1 else None
    if isinstance(said, str):
        return said
    if "properties" in schema:
        return "object"
    values = _list(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
    return "string" if values and all(isinstance(one, str) for one in values) else ""


def _has_null(schema: Schema) -> bool:
    said = schema.get("type")
    return (isinstance(said, list) and "null" in said) or schema.get("nullable") is True


def _merge(merged: dict[str, Json], inner: Schema, *, keep_required: bool) -> None:
    properties = {**_object(merged.get("properties")), **_object(inner.get("properties"))}
    required = [*_list(merged.get("required")), *(_list(inner.get("required")) if keep_required else [])]
    for key, value in inner.items():
        merged.setdefault(key, value)
    if properties:
        merged["properties"] = properties
    merged["required"] = required


def _documentation(schema: Schema) -> tuple[str, ...]:
    texts = [schema.get("title"), schema.get("description")]
    return tuple(text for text in texts if isinstance(text, str) and text)


def _properties(schema: Schema) -> list[tuple[str, Json]]:
    return list(_object(schema.get("properties")).items())


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _strings(value: Json) -> Sequence[str]:
    return [one for one in _list(value) if isinstance(one, str)]
