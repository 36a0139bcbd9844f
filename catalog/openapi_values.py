"""How do fields, parameters and bodies look as JSON Schema (2020-12), and what is an example of each?

An example is synthetic: the one that a publisher declared, or made of the type. It is given only when it is valid.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import jsonschema_rs
import msgspec

from catalog import formats
from catalog.descriptions import FieldDescription, FieldType, OperationDescription, ParameterDescription
from catalog.patterns import Pattern, PatternRefused

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Document: TypeAlias = dict[str, Json]

_TYPES: Final[Mapping[FieldType, Document]] = {
    FieldType.STRING: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
}
_EXAMPLES: Final[Mapping[FieldType, Json]] = {
    FieldType.STRING: "ví dụ",
    FieldType.INTEGER: 1,
    FieldType.NUMBER: 1.5,
    FieldType.BOOLEAN: True,
    FieldType.DATE: "2026-01-31",
    FieldType.DATETIME: "2026-01-31T08:30:00+07:00",
}
FORMAT_PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    "so-dinh-danh": ("^[0-9]{12}$", "001199000001"),
    "cmnd": ("^[0-9]{9}$", "012345678"),
    "so-dinh-danh-hoac-cmnd": ("^([0-9]{9}|[0-9]{12})$", "001199000001"),
    "msdn": ("^[0-9]{10}(-[0-9]{3})?$", "9900000129"),
    "mst": ("^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$", "9900000129"),
    "so-dinh-danh-hoac-msdn": ("^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$", "001199000001"),
    "bhxh": ("^[0-9]{10}$", "0123456789"),
    "ma-tinh": ("^[0-9]{2}$", "01"),
    "ma-xa": ("^[0-9]{5}$", "00001"),
    "ma-dvhc": ("^([0-9]{2}|[0-9]{5})$", "00001"),
    "ma-co-quan": ("^[0-9A-Z]+([.][0-9A-Z]+)*$", "000.00.00.H49"),
    "year-month": ("^[0-9]{4}-(0[1-9]|1[0-2])$", "2026-01"),
    "year": ("^[0-9]{4}$", "2026"),
}
"""What a JSON Schema can say of a format of `catalog/formats.py` (a check digit it cannot), and a made-up value."""


_OF_PATTERNS: Final = dict(FORMAT_PATTERNS.values())
_DEEP: Final = 6


def said(title_vi: str, title_en: str) -> str:
    """Return a title in both languages, as `Ngày cấp / Date of issue`."""
    return f"{title_vi} / {title_en}" if title_en and title_en != title_vi else title_vi


def parameter_schema(parameter: ParameterDescription) -> Document:
    """Return the schema of a parameter's value; `x-lienthong-format` names the rule that it must also keep."""
    schema: Document = dict(_TYPES[parameter.type])
    if parameter.format in FORMAT_PATTERNS:
        schema["pattern"] = FORMAT_PATTERNS[parameter.format][0]
    if parameter.format:
        schema["x-lienthong-format"] = parameter.format
    if parameter.pattern and not _is_ours(parameter.pattern):
        # Ours matches the whole value, ECMA-262's anywhere in it.
        schema["pattern"] = f"^(?:{parameter.pattern})$"
    if parameter.choices:
        schema["enum"] = [typed(choice, parameter.type) for choice in parameter.choices]
    if parameter.type in (FieldType.STRING, FieldType.DATE, FieldType.DATETIME):
        schema["maxLength"] = parameter.max_length
        if parameter.required:
            schema["minLength"] = 1
    if parameter.minimum is not None:
        schema["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        schema["maximum"] = parameter.maximum
    return schema


def parameter_example(parameter: ParameterDescription) -> Json:
    """Return a valid value of the parameter, None when none is known."""
    schema = parameter_schema(parameter)
    known = FORMAT_PATTERNS.get(parameter.format, ("", ""))[1]
    bounds = [
        typed(str(bound), parameter.type) for bound in (parameter.minimum, parameter.maximum) if bound is not None
    ]
    made = [typed(choice, parameter.type) for choice in parameter.choices] + [known or None, _EXAMPLES[parameter.type]]
    plain: Json = "vi-du" if parameter.type is FieldType.STRING else None  # where only ASCII can be sent
    for value in (typed(parameter.example, parameter.type), *made, plain, *bounds):
        text = str(value) if not isinstance(value, bool) else str(value).lower()
        if value is None or not is_valid(schema, value) or not _matches(parameter, text):
            continue
        if parameter.format and formats.check(parameter.format, text) is not None:
            continue
        return value
    return None


def typed(text: str, type_: FieldType) -> Json:
    """Return a text as a value of its type; None for one that is none."""
    if not text:
        return None
    try:
        match type_:
            case FieldType.INTEGER:
                return int(text)
            case FieldType.NUMBER:
                return float(text) if "." in text else int(text)
            case FieldType.BOOLEAN:
                return {"true": True, "false": False}.get(text)
            case _:
                return text
    except ValueError:
        return None


def answer_schema(fields: Iterable[FieldDescription]) -> Document:
    """Return the schema of an answer with just these leaves: each may be absent or null, and there are no others."""
    root: Document = {}
    for field in fields:
        place = root
        steps = steps_of(field.path)
        for number, step in enumerate(steps):
            nullable = number > 0  # the answer itself is there
            if step == "[]":
                place.setdefault("type", ["array", "null"] if nullable else "array")
                place = _below(place, "items")
            else:
                place.setdefault("type", ["object", "null"] if nullable else "object")
                place.setdefault("additionalProperties", False)
                place = _below(_below(place, "properties"), step)
        place.update(_leaf_schema(field))
    return root


def _below(place: Document, name: str) -> Document:
    inner = place.setdefault(name, {})
    if not isinstance(inner, dict):
        raise TypeError(f"{name} is no schema")
    return inner


def _leaf_schema(field: FieldDescription) -> Document:
    schema: Document = {**_TYPES[field.type]}
    schema["type"] = [str(schema["type"]), "null"]
    schema["title"] = field.title_vi
    if field.title_en:
        schema["description"] = field.title_en
    schema["x-lienthong-class"] = field.class_.value
    if field.term:
        schema["x-lienthong-term"] = field.term
    if field.structural:
        schema["x-lienthong-structural"] = True
    return schema


def steps_of(path: str) -> list[str]:
    """Return the steps of a field's path, `[]` as a step of its own."""
    steps: list[str] = []
    for part in path.split("."):
        name = part.rstrip("[]")
        steps += ([name] if name else []) + ["[]"] * part.count("[]")
    return steps


def answer_example(operation: OperationDescription, fields: Iterable[FieldDescription]) -> Json:
    """Return an answer with one row. A field named like a parameter has the parameter's example."""
    known = {parameter.name: parameter_example(parameter) for parameter in operation.parameters}
    root: Json = None
    for field in fields:
        steps = steps_of(field.path)
        value = known.get(steps[-1]) if known.get(steps[-1]) is not None else _EXAMPLES[field.type]
        if not is_valid(_TYPES[field.type], value):
            value = _EXAMPLES[field.type]
        if field.structural and field.type is FieldType.STRING:
            value = None  # the last page has no cursor
        root = _put(root, steps, value)
    return root


def _put(place: Json, steps: list[str], value: Json) -> Json:
    if not steps:
        return value
    if steps[0] == "[]":
        return [_put(place[0] if isinstance(place, list) and place else None, steps[1:], value)]
    members = place if isinstance(place, dict) else {}
    return {**members, steps[0]: _put(members.get(steps[0]), steps[1:], value)}


def body_example(schema: Document) -> Json:
    """Return a body that the schema allows, None when none was found."""
    for deepest in (_DEEP, 0):  # with members that may be left out, else without
        value = _made(schema, schema, depth=0, deepest=deepest)
        if value is not None and is_valid(schema, value):
            return value
    return None


def _made(schema: Json, root: Document, *, depth: int, deepest: int) -> Json:  # one line a keyword
    if not isinstance(schema, dict) or depth > 12:
        return None
    for keyword in ("example", "default", "const"):
        if keyword in schema:
            return schema[keyword]
    for keyword in ("examples", "enum"):
        values = schema.get(keyword)
        if isinstance(values, list) and values:
            return values[0]
    if isinstance(reference := schema.get("$ref"), str):
        return _made(_pointed(root, reference), root, depth=depth + 1, deepest=deepest)
    for keyword in ("oneOf", "anyOf"):
        options = schema.get(keyword)
        if isinstance(options, list) and options and "properties" not in schema:
            return _made(options[0], root, depth=depth + 1, deepest=deepest)
    parts = schema.get("allOf")
    whole: Document = {}
    for part in parts if isinstance(parts, list) else []:
        made = _made(part, root, depth=depth + 1, deepest=deepest)
        if not isinstance(made, dict):
            return made
        whole |= made
    return _of_type({**schema}, whole, root, depth=depth, deepest=deepest)


def _of_type(schema: Document, whole: Document, root: Document, *, depth: int, deepest: int) -> Json:
    type_ = schema.get("type")
    type_ = next((one for one in type_ if one != "null"), "null") if isinstance(type_, list) else type_
    if type_ == "object" or "properties" in schema or whole:
        properties, required = schema.get("properties"), schema.get("required")
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            if depth >= deepest and not (isinstance(required, list) and name in required):
                continue
            made = _made(inner, root, depth=depth + 1, deepest=deepest)
            if made is not None or (isinstance(required, list) and name in required):
                whole[name] = made
        return whole
    if type_ == "array" or "items" in schema:
        made = _made(schema.get("items"), root, depth=depth + 1, deepest=deepest)
        least = schema.get("minItems")
        return [made] * max(1, least if isinstance(least, int) and least < 20 else 1) if made is not None else []
    if type_ in ("integer", "number"):
        known = (schema.get("minimum"), schema.get("multipleOf"), schema.get("maximum"))
        return next((one for one in known if isinstance(one, int | float)), 1)
    if type_ == "boolean":
        return True
    return _text(schema) if type_ == "string" else None


def _text(schema: Document) -> str:
    known: dict[str, str] = {
        "date": "2026-01-31",
        "date-time": "2026-01-31T08:30:00+07:00",
        "email": "vidu@example.vn",
        "uuid": "019a0000-0000-7000-8000-000000000001",
        "uri": "https://example.vn/",
        "time": "08:30:00+07:00",
    }
    if (pattern := schema.get("pattern")) in _OF_PATTERNS:
        return _OF_PATTERNS[str(pattern)]
    least, most = schema.get("minLength"), schema.get("maxLength")
    text = known.get(str(schema.get("format")), "ví dụ")
    text = text.ljust(least if isinstance(least, int) and least < 5000 else 0, "x")
    return text[:most] if isinstance(most, int) else text


def _pointed(root: Document, reference: str) -> Json:
    value: Json = root
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value.get(name) if isinstance(value, dict) else None
    return value


def is_valid(schema: Document, value: Json) -> bool:
    """Tell whether a value keeps a schema, its formats too."""
    try:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return False


def _matches(parameter: ParameterDescription, text: str) -> bool:
    if not parameter.pattern or len(text) > parameter.max_length:
        return len(text) <= parameter.max_length
    try:
        return Pattern(parameter.pattern).fits(text)
    except PatternRefused:
        return False


def _is_ours(pattern: str) -> bool:
    """Tell whether a pattern is Python's alone, so that a JSON Schema cannot say it."""
    return not jsonschema_rs.is_valid({"type": "string", "format": "regex"}, pattern, validate_formats=True)


def read_schema(raw: msgspec.Raw) -> Document:
    """Return a body's schema as it was published."""
    decoded: Document = msgspec.json.decode(raw)
    return decoded
