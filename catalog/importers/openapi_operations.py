"""Which operation of ours is made of an operation of an OpenAPI document?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote

import msgspec

from catalog.descriptions import (
    FieldClass,
    FieldDescription,
    FieldType,
    OperationDescription,
    ParameterDescription,
    Place,
    no_schema,
)
from catalog.importers.openapi_bodies import body_schema
from catalog.importers.openapi_parameters import Placed, place_parameters
from catalog.importers.openapi_reading import Json
from catalog.importers.openapi_references import Library, Notes, Spot
from catalog.importers.openapi_schemas import Leaf, leaves_of, merge
from catalog.paths import template_shape

METHODS: Final = ("get", "post", "put", "patch", "delete")
OTHER_METHODS: Final = ("head", "options", "trace", "query", "additionalOperations")
DONE: Final = "done"
VALUE: Final = "value"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_MARKED: Final = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answers: its leaves, the proposed row, and what the binding must do to it."""

    leaves: list[Leaf]
    rows: str = ""
    binding: dict[str, Json] = field(default_factory=dict)
    accept: str = ""


@dataclass(slots=True)
class Taken:
    """What is taken among the operations of one service: codes, and addresses of ours."""

    codes: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)


def make_operation(
    library: Library, path: str, item: Spot, operation: Spot, *, secrets: frozenset[str], taken: Taken, notes: Notes
) -> tuple[OperationDescription, str]:
    """Return the operation, and the header that carries a key of the provider if it declares one as a parameter.

    Raises Unusable naming the construct for which it cannot be offered.
    """
    method = operation.pointer[-1].upper()
    if "#" in path:
        raise operation.unusable("đường dẫn có dấu #", "its path holds a #, which no request has")
    placed = place_parameters(library, item, operation, secrets=secrets, notes=notes)
    plain, _, fixed = path.partition("?")
    for name, value in parse_qsl(fixed, keep_blank_values=True):
        placed.query.setdefault(name, value.replace("{", "").replace("}", ""))
    provider_path = _provider_path(plain, operation, placed, notes)
    binding: dict[str, Json] = {"method": method, "path": provider_path}
    schema = _body(library, operation, placed, binding, method=method, notes=notes)
    answer = _answer(library, operation, notes)
    binding |= answer.binding
    if answer.accept:
        placed.headers["Accept"] = answer.accept
    for name, given in (("query", placed.query), ("headers", placed.headers), ("lists", placed.lists)):
        if given:
            binding[name] = given
    code = _code(plain, operation, taken)
    title = _title(operation, code)
    made = OperationDescription(
        code=code,
        method=method,
        path=_our_path(plain, placed, method, code=code, taken=taken),
        title_vi=title,
        title_en="" if _MARKED.search(title) else title,
        safe=method == "GET",
        parameters=tuple(placed.parameters),
        body_schema=schema,
        fields=tuple(_field(leaf) for leaf in answer.leaves),
        rows=answer.rows,
        binding=msgspec.Raw(msgspec.json.encode(binding)),
    )
    if method == "POST":
        notes.add(
            operation,
            "coi là thao tác làm thay đổi dữ liệu; nếu chỉ đọc, đặt safe",
            "is taken to change something; set safe where it only reads",
        )
    return made, placed.key_header


# --- where ------------------------------------------------------------------------------------------------------------


def _provider_path(path: str, operation: Spot, placed: Placed, notes: Notes) -> str:
    """Return the binding's template: fixed parts percent-encoded, every `{name}` a parameter of ours."""
    parts = re.split(r"\{([^{}]*)\}", path)
    written: list[str] = []
    for number, part in enumerate(parts):
        if number % 2 == 0:
            if "{" in part or "}" in part or not part.isprintable():
                raise operation.unusable("đường dẫn không đúng dạng", "its path is malformed")
            written.append(quote(part, safe="/:@!$&'()*+,;=~%-._"))
            continue
        if part not in placed.paths:
            notes.add(operation, f"tham số đường dẫn {part} không được khai", f"its path names {part}: not declared")
            ours = placed.name_for(part, in_path=True)
            placed.parameters.append(
                ParameterDescription(name=ours, place=Place.PATH, type=FieldType.STRING, required=True, title_vi=part)
            )
            placed.paths[part] = f"{{{ours}}}"
        written.append(placed.paths[part])
    for name in placed.paths.keys() - set(parts[1::2]):
        ours = placed.paths.pop(name)[:-1].rsplit("{", 1)[-1]
        placed.parameters = [one for one in placed.parameters if one.name != ours]
        notes.add(operation, f"tham số {name} không có trong đường dẫn", f"{name} is not in its path", left_out=True)
    whole = "".join(written)
    if not whole.startswith("/") or any(segment in (".", "..") for segment in whole.split("/")):
        raise operation.unusable("đường dẫn không đúng dạng", "its path is malformed")
    return whole


def _our_path(path: str, placed: Placed, method: str, *, code: str, taken: Taken) -> str:
    segments: list[str] = []
    for segment in path.split("/"):
        for part in re.split(r"(\{[^{}]*\})", segment):
            if part.startswith("{"):
                segments.append(f"{{{placed.paths[part[1:-1]][:-1].rsplit('{', 1)[-1]}}}")
            else:
                literal = re.sub(r"[^A-Za-z0-9._~-]+", "-", part).strip(".-")
                segments += [literal] if literal else []
    for found in ("/" + "/".join(segments), f"/{code}/" + "/".join(s for s in segments if s.startswith("{"))):
        ours = found.rstrip("/") or "/"
        address = f"{method} {template_shape(ours)}"
        if address not in taken.addresses and len(ours) <= 500:
            taken.addresses.add(address)
            return ours
    return f"/{code}"


def _code(path: str, operation: Spot, taken: Taken) -> str:
    said = operation.text("operationId") or f"{operation.pointer[-1]}{path}"
    code = re.sub(r"[^A-Za-z0-9_-]+", "-", said).strip("-_")[:90] or f"operation-{len(taken.codes) + 1}"
    if code in taken.codes:
        code = next(one for number in range(2, 100_000) if (one := f"{code}-{number}") not in taken.codes)
    taken.codes.add(code)
    return code


def _title(operation: Spot, code: str) -> str:
    said = operation.text("summary") or operation.text("description")
    return said.strip().split("\n", 1)[0].strip()[:300] or code


# --- what is sent -----------------------------------------------------------------------------------------------------


def _body(
    library: Library, operation: Spot, placed: Placed, binding: dict[str, Json], *, method: str, notes: Notes
) -> msgspec.Raw:
    body, media, schema = _body_declared(library, operation, placed)
    if body is None:
        return no_schema()
    required = body.at("required").value is True
    problem: tuple[str, str] | None = None
    if method not in _WITH_BODY:
        problem = f"{method} không có nội dung ở nền tảng", f"a {method} has no body here"
    elif media is None:
        kinds = ", ".join(name for name, _ in body.at("content").members()) or "form"
        problem = f"nội dung không phải JSON ({kinds})", f"its body is not JSON ({kinds})"
    if problem is not None:
        if required or method in _WITH_BODY:
            raise body.unusable(*problem)
        notes.add(body, *problem, left_out=True)
        return no_schema()
    if not required:
        notes.add(body, "nội dung bắt buộc ở nền tảng", "its body is optional there and required here")
    binding["send_body"] = True
    if media and media != "application/json":
        binding["content_type"] = media
    return body_schema(library, schema, notes) if schema.value is not None else msgspec.Raw(b"{}")


def _body_declared(library: Library, operation: Spot, placed: Placed) -> tuple[Spot | None, str | None, Spot]:
    if placed.body is not None:
        consumed = _media_types(library, operation, "consumes")
        media = next((one for one in consumed if is_json(one)), None) if consumed else "application/json"
        return placed.body, media, placed.body.at("schema")
    body = library.follow(operation.at("requestBody"))
    if body.value is None:
        return None, None, body
    for name, media_spot in body.at("content").members():
        if is_json(name):
            plain = name.partition(";")[0].strip()
            return body, "application/json" if "*" in plain else plain, media_spot.at("schema")
    return body, None, body


def _media_types(library: Library, operation: Spot, keyword: str) -> list[str]:
    spot = operation.at(keyword) if operation.has(keyword) else library.root.at(keyword)
    return [str(one.value) for one in spot.elements()]


def is_json(media_type: str) -> bool:
    """Tell whether a media type is JSON (RFC 6839, 3.1), or stands for any."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in ("application/json", "text/json", "*/*", "application/*") or (
        plain.startswith("application/") and plain.endswith("+json")
    )


# --- what comes back --------------------------------------------------------------------------------------------------


def _answer(library: Library, operation: Spot, notes: Notes) -> Answer:
    schemas: list[Spot] = []
    other: list[str] = []
    accept = ""
    for response in _good_responses(library, operation, notes):
        for media, schema in _contents(library, operation, response):
            if not is_json(media):
                other.append(media)
            elif schema.value is not None and schema.text("type") != "file":
                schemas.append(schema)
                plain = media.partition(";")[0].strip()
                accept = accept or ("" if "*" in plain or plain == "application/json" else plain)
    if not schemas and other:
        kinds = ", ".join(dict.fromkeys(other))
        raise operation.unusable(f"câu trả lời không phải JSON ({kinds})", f"it answers {kinds} and no JSON")
    if not schemas and operation.pointer[-1] == "get":
        raise operation.unusable(
            "không khai câu trả lời: chỉ trường đã khai mới được trả ra",
            "declares no answer, and only what is declared may leave",
        )
    if not schemas:
        notes.add(
            operation,
            f"không trả nội dung: nền tảng trả {DONE} = true khi bên cung cấp nhận",
            f"answers nothing that is declared: here it answers {DONE} = true when the provider accepts",
        )
        done = Leaf(DONE, FieldType.BOOLEAN, "Đã thực hiện", ())
        return Answer([done], binding={"answer_is": {DONE: True}})
    return _leaves(library, operation, schemas, accept, notes=notes)


def _leaves(library: Library, operation: Spot, schemas: list[Spot], accept: str, *, notes: Notes) -> Answer:
    merged = merge(library, schemas)
    if merged.kinds == {"scalar"} and merged.scalar is not None:
        leaf = Leaf(VALUE, merged.scalar, merged.title or VALUE, ())
        notes.add(schemas[0], f"giá trị đơn, nằm trong {VALUE}", f"a single value: it is given as {VALUE}")
        return Answer([leaf], binding={"wrap_as": VALUE}, accept=accept)
    leaves = leaves_of(library, schemas, notes)
    if not leaves:
        raise operation.unusable(
            "câu trả lời không khai trường nào dùng được", "its answer declares no field that can be released"
        )
    return Answer(leaves, rows=_rows([leaf.path for leaf in leaves]), accept=accept)


def _rows(paths: list[str]) -> str:
    """Return the list of objects in which most of the leaves lie, when it is more than half of them."""
    lists: dict[str, int] = {}
    for path in paths:
        head, many, rest = path.partition("[]")
        if many and rest.startswith("."):
            lists[f"{head}[]"] = lists.get(f"{head}[]", 0) + 1
    best = max(lists, key=lambda one: lists[one], default="")
    return best if best and 2 * lists[best] > len(paths) else ""


def _good_responses(library: Library, operation: Spot, notes: Notes) -> Iterator[Spot]:
    declared = dict(operation.at("responses").members())
    good = [code for code in declared if re.fullmatch(r"2([0-9][0-9]|XX|xx)", code)]
    if not good and "default" in declared and not any(code.startswith("3") for code in declared):
        notes.add(declared["default"], "coi là câu trả lời khi thành công", "is taken as the answer of success")
        good = ["default"]
    for code in sorted(good):
        yield library.follow(declared[code])


def _contents(library: Library, operation: Spot, response: Spot) -> Iterator[tuple[str, Spot]]:
    if response.has("content"):
        for media, spot in response.at("content").members():
            yield media, spot.at("schema")
    elif response.has("schema"):
        produced = _media_types(library, operation, "produces") or ["application/json"]
        json_first = next((one for one in produced if is_json(one)), produced[0])
        yield json_first, library.follow(response.at("schema"))


def _field(leaf: Leaf) -> FieldDescription:
    title = leaf.title.strip() or leaf.path
    return FieldDescription(
        path=leaf.path,
        type=leaf.type,
        class_=FieldClass.INTERNAL,
        title_vi=title,
        title_en="" if _MARKED.search(title) else title,
    )
