"""Which values does a caller give for an operation of an OpenAPI document, and where do they go at the provider?

All that a caller gives stands in our path or query; the binding says where the provider wants it. A name that is none
of ours (`filter[name]`, `X-Token`) becomes one that is.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from catalog.descriptions import FieldType, ParameterDescription, Place
from catalog.importers.openapi_reading import Json
from catalog.importers.openapi_references import Library, Notes, Spot
from catalog.importers.openapi_schemas import Merged, merge
from catalog.patterns import Pattern, PatternRefused
from catalog.service_faults import RESERVED_PARAMETERS

IGNORED_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3.0.4, 4.8.12.2
REFUSED_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"accept-encoding", "proxy-authorization", "exchange-id", "traceparent", "idempotency-key", "cookie"}
)  # adapters/templates.py, and what the gateway itself sends
KEY_HEADERS: Final = frozenset({"x-api-key", "api-key", "apikey", "x-apikey", "ocp-apim-subscription-key"})
_LIST_STYLES: Final = {
    "form": "comma", "simple": "comma", "spaceDelimited": "space", "pipeDelimited": "pipe",
    "csv": "comma", "ssv": "space", "tsv": "tab", "pipes": "pipe", "multi": "repeat",
}  # fmt: skip
_LONG: Final = 2000
_OF_HEADERS: Final = r"[!-~](?:[ -~]*[!-~])?"  # RFC 9110, 5.5, without obsolete characters
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(slots=True)
class Placed:
    """What the caller gives, and where it goes: `paths` are what stands for `{name}` in the provider's path."""

    parameters: list[ParameterDescription] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    query: dict[str, Json] = field(default_factory=dict)
    headers: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, Json] = field(default_factory=dict)
    key_header: str = ""
    body: Spot | None = None

    def name_for(self, wanted: str, *, in_path: bool = False) -> str:
        """Return a name that is no other parameter's and may be one of ours."""
        allowed = r"[^A-Za-z0-9_]+" if in_path else r"[^A-Za-z0-9_.-]+"
        name = re.sub(allowed, "_" if in_path else ".", wanted).strip("." if not in_path else "") or "value"
        if not re.match(r"[A-Za-z_]", name):
            name = f"p_{name}"
        name = name[:90]
        taken = {parameter.name for parameter in self.parameters} | RESERVED_PARAMETERS
        if name not in taken:
            return name
        return next(found for number in range(2, 10_000) if (found := f"{name}_{number}") not in taken)


def place_parameters(library: Library, item: Spot, operation: Spot, *, secrets: frozenset[str], notes: Notes) -> Placed:
    """Return the parameters of an operation, those of its path item included.

    `secrets` are the names (lower case) of headers and query parameters that credentials of the provider stand in.
    Raises Unusable when a required one cannot be given.
    """
    placed = Placed()
    for spot in _declared(library, item, operation):
        name, where = spot.text("name"), spot.text("in")
        if where == "body":
            placed.body = spot
        elif name.lower() in secrets and where in ("header", "query"):
            continue
        elif where == "header" and name.lower() in IGNORED_HEADERS:
            notes.add(spot, "tiêu đề này do nền tảng đặt", "this header is set by the platform", left_out=True)
        elif where == "header" and name.lower() in KEY_HEADERS:
            placed.key_header = name
            notes.add(
                spot,
                "khóa của bên cung cấp: lấy từ bí mật api_key, người gọi không gửi",
                "a key of the provider: it comes from the secret api_key, callers do not send it",
            )
        elif where in ("path", "query", "header") and name:
            _place(library, spot, placed, notes)
        else:
            _leave_out(spot, notes, f"tham số {where or '?'} không được hỗ trợ", f"a parameter in {where or '?'}")
    return placed


def _declared(library: Library, item: Spot, operation: Spot) -> Iterator[Spot]:
    found: dict[tuple[str, str], Spot] = {}
    for spot in (*item.at("parameters").elements(), *operation.at("parameters").elements()):
        real = library.follow(spot)
        found[(real.text("name"), real.text("in"))] = real
    return iter(found.values())


def _place(library: Library, spot: Spot, placed: Placed, notes: Notes) -> None:
    where = spot.text("in")
    if where == "header" and (not _HEADER.fullmatch(spot.text("name")) or spot.text("name").lower() in REFUSED_HEADERS):
        _leave_out(spot, notes, "tiêu đề này không được đặt", "this header cannot be set")
        return
    schema = _schema_of(spot)
    merged = merge(library, [schema])
    style, explode = _style(spot, where)
    kinds = merged.kinds
    if spot.has("content") or not kinds or (len(kinds) > 1 and "scalar" in kinds):
        _place_one(spot, merged, FieldType.STRING, placed, notes)
    elif len(kinds) > 1:
        _leave_out(spot, notes, "có nhiều dạng", "it is of several forms")
    elif kinds == {"scalar"}:
        _place_one(spot, merged, merged.scalar or FieldType.STRING, placed, notes)
    elif kinds == {"array"}:
        _place_list(library, spot, merged, "repeat" if explode and where == "query" else style, placed, notes=notes)
    else:
        _place_object(library, spot, merged, style, explode, placed=placed, notes=notes)


def _schema_of(spot: Spot) -> Spot:
    if spot.has("schema"):
        return spot.at("schema")
    for _, media in spot.at("content").members():
        return media.at("schema")
    return spot  # OpenAPI 2.0: the parameter is its own schema


def _style(spot: Spot, where: str) -> tuple[str, bool]:
    said = spot.text("style") or spot.text("collectionFormat") or ("form" if where == "query" else "simple")
    if spot.text("collectionFormat") or spot.has("type"):
        return said if said in _LIST_STYLES or not spot.has("type") else "csv", said == "multi"
    explode = spot.at("explode").value
    return said, explode if isinstance(explode, bool) else said == "form"


def _place_one(
    spot: Spot, merged: Merged, type_: FieldType, placed: Placed, notes: Notes, *, example: str = ""
) -> None:
    name, where = spot.text("name"), spot.text("in")
    required = where == "path" or spot.at("required").value is True
    choices = _choices(merged)
    if required and len(choices) == 1 and where != "path":
        target = placed.query if where == "query" else placed.headers
        target[name] = choices[0].replace("{", "").replace("}", "")
        notes.add(spot, f"luôn gửi giá trị {choices[0]}", f"always sent as {choices[0]}")
        return
    ours = placed.name_for(name, in_path=where == "path")
    if ours != name:
        notes.add(spot, f"tên ở nền tảng: {ours}", f"is called {ours} here")
    describing = _Describing(spot, merged, type_, notes)
    placed.parameters.append(
        ParameterDescription(
            name=ours,
            place=Place.PATH if where == "path" else Place.QUERY,
            type=type_,
            required=required,
            title_vi=describing.title,
            title_en=describing.title,
            pattern=describing.pattern,
            choices=choices,
            max_length=describing.longest,
            minimum=describing.bound("minimum", 1),
            maximum=describing.bound("maximum", -1),
            example=example or describing.example,
        )
    )
    _bind(spot, ours, placed)


def _bind(spot: Spot, ours: str, placed: Placed) -> None:
    name = spot.text("name")
    match spot.text("in"):
        case "path":
            prefix = {"label": ".", "matrix": f";{name}="}.get(spot.text("style"), "")
            placed.paths[name] = f"{prefix}{{{ours}}}"
        case "header":
            placed.headers[name] = f"{{{ours}}}"
        case _:
            placed.query[name] = f"{{{ours}}}"


def _place_list(library: Library, spot: Spot, merged: Merged, style: str, placed: Placed, *, notes: Notes) -> None:
    inner = merge(library, merged.elements) if merged.elements else None
    if inner is not None and inner.kinds - {"scalar"}:
        _leave_out(spot, notes, "danh sách các đối tượng", "a list of objects")
        return
    where = spot.text("in")
    joined = style if style == "repeat" else _LIST_STYLES.get(style, "")
    if not joined or (where != "query" and joined == "repeat"):
        _leave_out(spot, notes, f"kiểu {style} không được hỗ trợ", f"the style {style} is not supported")
        return
    name = spot.text("name")
    required = where == "path" or spot.at("required").value is True
    ours = placed.name_for(name, in_path=where == "path")
    notes.add(
        spot, "danh sách: các giá trị cách nhau bằng dấu phẩy", "a list: its values are given with commas between"
    )
    describing = _Describing(spot, inner or merged, FieldType.STRING, notes, of_list=True)
    allowed = _choices(inner) if inner is not None else ()
    placed.parameters.append(
        ParameterDescription(
            name=ours,
            place=Place.PATH if where == "path" else Place.QUERY,
            type=FieldType.STRING,
            required=required,
            title_vi=describing.title,
            title_en=describing.title,
            pattern=_list_pattern(allowed, inner.scalar if inner is not None else None),
            max_length=_LONG,
            example=describing.example or ",".join(allowed[:1]) or _one_of(inner),
        )
    )
    if where == "query":
        placed.lists[ours] = joined
    _bind(spot, ours, placed)


_ELEMENTS: Final[Mapping[FieldType, str]] = {
    FieldType.INTEGER: r"-?[0-9]+",
    FieldType.NUMBER: r"-?[0-9]+(?:\.[0-9]+)?",
    FieldType.BOOLEAN: "true|false",
    FieldType.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}


def _one_of(inner: Merged | None) -> str:
    return {FieldType.INTEGER: "1", FieldType.NUMBER: "1", FieldType.BOOLEAN: "true", FieldType.DATE: "2026-01-31"}.get(
        (inner.scalar if inner is not None else None) or FieldType.STRING, ""
    )


def _list_pattern(allowed: Sequence[str], type_: FieldType | None) -> str:
    one = "|".join(re.escape(value) for value in allowed) if not any("," in value for value in allowed) else ""
    one = one or (_ELEMENTS.get(type_, "") if type_ is not None else "")
    return f"(?:{one})(?:,(?:{one}))*" if one and len(one) <= _LONG else ""


def _place_object(
    library: Library, spot: Spot, merged: Merged, style: str, explode: bool, *, placed: Placed, notes: Notes
) -> None:
    deep = style == "deepObject"
    if spot.text("in") != "query" or not (deep or (style == "form" and explode)) or not merged.properties:
        _leave_out(spot, notes, "đối tượng không khai dùng được ở đây", "an object that cannot be given here")
        return
    for name, spots in merged.properties.items():
        inner = merge(library, spots)
        if inner.scalar is None:
            notes.add(spots[0], "thành phần không phải giá trị đơn", "a member that is no single value", left_out=True)
            continue
        sent = f"{spot.text('name')}[{name}]" if deep else name
        members: dict[str, Json] = {**_object(spots[0].value), "name": sent, "in": "query", "required": False}
        flat = Spot(spots[0].document, spots[0].pointer, members)
        _place_one(flat, inner, inner.scalar, placed, notes)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _leave_out(spot: Spot, notes: Notes, vi: str, en: str) -> None:
    if spot.text("in") == "path" or spot.at("required").value is True:
        raise spot.unusable(f"tham số bắt buộc: {vi}", f"a required parameter cannot be given: {en}")
    notes.add(spot, vi, en, left_out=True)


def _choices(merged: Merged) -> tuple[str, ...]:
    found: list[str] = []
    for spot in merged.entry:
        values = [spot.at("const").value] if spot.has("const") else [one.value for one in spot.at("enum").elements()]
        found += [text for value in values if value is not None and (text := text_of(value))]
    if merged.scalar in (FieldType.BOOLEAN, None) or len(found) > 500:
        return ()
    return tuple(dict.fromkeys(found))


def text_of(value: Json) -> str:
    """Return a single value as it stands in a query; empty for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


class _Describing:
    """What a schema says of one parameter, in the catalogue's terms."""

    def __init__(self, spot: Spot, merged: Merged, type_: FieldType, notes: Notes, *, of_list: bool = False) -> None:
        self._spot = spot
        self._schemas = [*merged.entry] or [spot]
        self._type = type_
        self._notes = notes
        text = (spot.text("description").strip().split("\n", 1)[0] or merged.title or spot.text("name"))[:300]
        self.title = text
        for schema in () if of_list else {spot: None, **dict.fromkeys(self._schemas)}:
            self._check_default(schema)

    @property
    def pattern(self) -> str:
        """Return the pattern as a whole value must match it; ECMA-262's matches anywhere."""
        said = self._said_pattern
        return said or (_OF_HEADERS if self._spot.text("in") == "header" and self._type is FieldType.STRING else "")

    @property
    def _said_pattern(self) -> str:
        for schema in self._schemas:
            said = schema.text("pattern")
            if not said or self._type is not FieldType.STRING:
                continue
            anchored = said.startswith("^") and said.endswith("$") and "|" not in said
            whole = said if anchored else rf"[\s\S]*(?:{said})[\s\S]*"
            try:
                Pattern(said)
                Pattern(whole)
            except PatternRefused:
                self._notes.add(
                    schema,
                    "biểu thức không kiểm tra được trong thời gian tuyến tính, bị bỏ qua",
                    "its pattern cannot be checked in linear time: ignored",
                )
                continue
            return whole
        shortest = max((_count(schema.at("minLength").value) for schema in self._schemas), default=0)
        return rf"[\s\S]{{{shortest},}}" if shortest > 1 and self._type is FieldType.STRING else ""

    @property
    def longest(self) -> int:
        for schema in self._schemas:
            said = schema.at("maxLength").value
            if isinstance(said, int) and 1 <= said <= 100_000 and not isinstance(said, bool):
                return said
        return 200

    def bound(self, keyword: str, step: int) -> int | None:
        """Return a bound as a whole number; an exclusive one moves by `step`."""
        if self._type not in (FieldType.INTEGER, FieldType.NUMBER):
            return None
        exclusive = "exclusive" + keyword.capitalize()
        for schema in self._schemas:
            said, strict = schema.at(keyword).value, schema.at(exclusive).value
            moved = strict is True and _is_number(said)
            if _is_number(strict):
                said, moved = strict, True
            if not _is_number(said):
                continue
            if not isinstance(said, int | float) or not math.isfinite(said) or said != int(said):
                self._notes.add(schema.at(keyword), "giới hạn lẻ, bị bỏ qua", "not a whole number: ignored")
                continue
            return int(said) + (step if moved and self._type is FieldType.INTEGER else 0)
        return None

    @property
    def example(self) -> str:
        for schema in (self._spot, *self._schemas):
            named = [one.at("value").value for _, one in schema.at("examples").members()]
            for value in (schema.at("example").value, *named, *(o.value for o in schema.at("examples").elements())):
                given = ",".join(text_of(one) for one in value) if isinstance(value, list) else text_of(value)
                if given and len(given) <= 200:
                    return given
        return ""

    def _check_default(self, schema: Spot) -> None:
        """Note a default that its own schema does not allow; a default is the provider's business otherwise."""
        said = schema.at("type").value
        if not schema.has("default") or not isinstance(said, str) or schema.at("nullable").value is True:
            return
        default = schema.at("default").value
        fits: dict[str, type | tuple[type, ...]] = {
            "string": str,
            "integer": int,
            "number": (int, float),
            "boolean": bool,
            "array": list,
            "object": dict,
        }
        wrong = isinstance(default, bool) and said != "boolean"
        if said in fits and (wrong or not isinstance(default, fits[said])):
            self._notes.add(
                schema.at("default"),
                f"giá trị mặc định không phải {said}, bị bỏ qua",
                f"is not of type {said}: ignored",
            )


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 200 else 0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
