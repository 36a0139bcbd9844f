"""What does the OpenAPI 3.1 document of a service say, to anybody and to one caller?

Pure. To anybody it shows every operation and every field with its class; to a system only what its agreements in force
allow, and the headers that they ask for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from catalog.descriptions import FieldDescription, OperationDescription, Place, ServiceDescription
from catalog.openapi_refusals import Platform, problem_schema, refusal_responses, refused
from catalog.openapi_values import (
    Document,
    Json,
    answer_example,
    answer_schema,
    body_example,
    parameter_example,
    parameter_schema,
    read_schema,
    said,
)

VERSION: Final = "3.1.1"
SECURITY: Final = "lienthong"
# RFC 9110, 5.5: what a header can hold and every client can send.
_HEADER_TEXT: Final[Document] = {"type": "string", "pattern": "^[!-~]([ -~]{0,198}[!-~])?$"}
_RATE: Final = "Hạn mức trong ngày của thỏa thuận / The agreement's calls for today"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one agreement in force allows a system to do with one operation."""

    agreement: str
    version: int
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    case_file_required: bool
    officer_required: bool
    daily_quota: int
    rows_filtered: bool
    valid_until: str


def describe_service(
    service: ServiceDescription,
    place: Platform,
    *,
    agreed: Mapping[str, Sequence[Agreed]] | None = None,
    deprecated: bool = False,
    sunset: datetime | None = None,
) -> Document:
    """Return the OpenAPI 3.1 document of a service; a version that ends says until when, if that is known.

    `agreed` are what the caller's agreements in force allow, by operation code; None shows all to anybody. A field
    that several agreements allow is shown once; `x-lienthong-agreements` says which agreement allows what.
    """
    paths: dict[str, Json] = {}
    schemas: Document = {"Problem": problem_schema()}
    for operation in service.operations:
        held = None if agreed is None else tuple(agreed.get(operation.code, ()))
        if held is not None and not held:
            continue
        item = paths.setdefault(operation.path, {})
        if isinstance(item, dict):
            item[operation.method.lower()] = _operation(
                operation, place, held=held, schemas=schemas, deprecated=deprecated
            )
    document: Document = {
        "openapi": VERSION,
        "info": _info(service, per_caller=agreed is not None, sunset=sunset),
        "servers": [{"url": f"{place.public_url}/x/{service.database}/{service.code}/v{service.version}"}],
        "security": [{SECURITY: []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": dict(refusal_responses(place)),
            "headers": _headers(),
            "securitySchemes": {SECURITY: _security(place)},
        },
    }
    return document


def _info(service: ServiceDescription, *, per_caller: bool, sunset: datetime | None) -> Document:
    seen = (
        "Chỉ gồm thao tác và trường mà các thỏa thuận đang có hiệu lực của hệ thống gọi cho phép. / "
        "Only the operations and fields that the calling system's agreements in force allow."
        if per_caller
        else "Toàn bộ thao tác và trường; muốn gọi phải có thỏa thuận. / "
        "All operations and fields; a call needs an agreement."
    )
    unspecified = "" if service.specified else "\n\nDịch vụ chưa có đặc tả. / The service has no specification yet."
    summary = f"{service.summary_vi}\n\n" if service.summary_vi else ""
    until = {} if sunset is None else {"x-lienthong-sunset": sunset.isoformat()}
    return {
        **until,
        "title": said(service.title_vi, service.title_en),
        "version": f"v{service.version}",
        "description": f"{summary}{seen}{unspecified}",
        "x-lienthong-database": service.database,
        "x-lienthong-service": service.code,
    }


def _operation(
    operation: OperationDescription,
    place: Platform,
    *,
    held: tuple[Agreed, ...] | None,
    schemas: Document,
    deprecated: bool,
) -> Document:
    fields = _seen(operation, held)
    answer = f"{operation.code}.answer"
    schemas[answer] = answer_schema(fields)
    described: Document = {
        "operationId": operation.code,
        "summary": said(operation.title_vi, operation.title_en),
        "parameters": [*_parameters(operation), _fields_parameter(fields), *_asked(operation, held)],
        "responses": {"200": _answer(operation, answer, answer_example(operation, fields)), **refused(place)},
    }
    if operation.takes_body:
        described["requestBody"] = _body(operation, schemas)
    if deprecated:
        described["deprecated"] = True
    if operation.rows:
        described["x-lienthong-rows"] = operation.rows
    if held is not None:
        described["x-lienthong-agreements"] = [_agreement(one) for one in held]
    return described


def _seen(operation: OperationDescription, held: tuple[Agreed, ...] | None) -> list[FieldDescription]:
    if held is None:
        return list(operation.fields)
    allowed = {path for one in held for path in one.fields}
    return [field for field in operation.fields if field.structural or field.path in allowed]


def _agreement(one: Agreed) -> Document:
    return {
        "agreement": one.agreement,
        "version": one.version,
        "fields": list(one.fields),
        "purposes": list(one.purposes),
        "case_file_required": one.case_file_required,
        "officer_required": one.officer_required,
        "daily_quota": one.daily_quota,
        "rows_filtered": one.rows_filtered,
        "valid_until": one.valid_until,
    }


# --- what is asked ----------------------------------------------------------------------------------------------------


def _parameters(operation: OperationDescription) -> Iterable[Json]:
    for parameter in operation.parameters:
        described: Document = {
            "name": parameter.name,
            "in": parameter.place.value,
            "required": parameter.required or parameter.place is Place.PATH,
            "schema": parameter_schema(parameter),
        }
        title = said(parameter.title_vi, parameter.title_en)
        if title:
            described["description"] = title
        example = parameter_example(parameter)
        if example is not None:
            described["example"] = example
        yield described


def _fields_parameter(fields: Sequence[FieldDescription]) -> Document:
    paths: list[Json] = [field.path for field in fields if not field.structural]
    return {
        "name": "fields",
        "in": "query",
        "required": False,
        "style": "form",
        "explode": False,
        "description": "Chỉ trả các trường này / Answer with these fields only",
        "schema": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "enum": paths}},
        "example": paths[:1],
    }


def _asked(operation: OperationDescription, held: tuple[Agreed, ...] | None) -> Iterable[Json]:
    """Yield the headers of our own that a call has; one is required when every agreement requires it."""
    agreements = held or ()
    purposes = tuple(dict.fromkeys(purpose for one in agreements for purpose in one.purposes))
    several = bool(agreements) and all(len(one.purposes) > 1 for one in agreements)
    if held is None or len(agreements) > 1:
        codes = tuple(one.agreement for one in agreements)
        yield _header(
            "Agreement", "Thỏa thuận, khi có nhiều / The agreement, where there are several", codes, bool(held)
        )
    yield _header(
        "Purpose", "Mục đích, khi thỏa thuận có nhiều / The purpose, where there are several", purposes, several
    )
    case_file = bool(agreements) and all(one.case_file_required for one in agreements)
    yield _header("Case-File", "Mã hồ sơ đang giải quyết / The case file in hand", (), case_file)
    officer = operation.officer_needed or (bool(agreements) and all(one.officer_required for one in agreements))
    yield {
        **_header("Officer", "Mã cán bộ thực hiện / The officer's code", (), officer),
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._@/-]{0,63}$"},
    }
    if not operation.safe:
        yield _header(
            "Idempotency-Key", "Gửi lại cùng khóa: không làm lại / Sent again, nothing is done twice", (), required=True
        )


def _header(name: str, description: str, choices: tuple[str, ...], required: bool) -> Document:  # a row
    schema: Document = dict(_HEADER_TEXT)
    if choices:
        schema = {"type": "string", "enum": list(choices)}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def _body(operation: OperationDescription, schemas: Document) -> Document:
    name = f"{operation.code}.body"
    schema = read_schema(operation.body_schema)
    moved = _moved(schema, f"#/components/schemas/{name}")
    schemas[name] = moved
    content: Document = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    example = body_example(schema)
    if example is not None:
        content["example"] = example
    return {"required": True, "content": {"application/json": content}}


def _moved(value: Json, to: str, *, named: bool = False) -> Json:
    """Return a schema whose references lead into itself where it stands now. `named`: its names are no keywords."""
    if isinstance(value, list):
        return [_moved(one, to) for one in value]
    if not isinstance(value, dict):
        return value
    moved: Document = {}
    for name, inner in value.items():
        if name == "$ref" and not named and isinstance(inner, str) and inner.startswith("#"):
            moved[name] = to + inner[1:]
        elif name in ("enum", "const", "example", "examples", "default") and not named:
            moved[name] = inner
        else:
            moved[name] = _moved(inner, to, named=not named and name in ("properties", "patternProperties", "$defs"))
    return moved


# --- what is answered -------------------------------------------------------------------------------------------------


def _answer(operation: OperationDescription, schema: str, example: Json) -> Document:
    headers = ("Exchange-Id", "RateLimit-Policy", "RateLimit")
    described: Document = {
        "description": "Chỉ gồm các trường đã thỏa thuận / Only the agreed fields",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}},
    }
    cursor = next((field.path for field in operation.fields if field.structural and "[]" not in field.path), "")
    if cursor and any(parameter.name == "after" for parameter in operation.parameters):
        pointer = "/".join(cursor.split("."))
        described["links"] = {
            "next": {
                "operationId": operation.code,
                "parameters": {"query.after": f"$response.body#/{pointer}"},
                "description": "Trang sau; hết khi giá trị là null / The next page; null when there is none",
            }
        }
    return described


def _headers() -> Document:
    text: Document = {"type": "string"}
    return {
        "Exchange-Id": {
            "description": "Mã tra cứu, không cần tài khoản / Looks up, without an account",
            "schema": text,
        },
        "RateLimit-Policy": {"description": _RATE, "schema": text},
        "RateLimit": {"description": _RATE, "schema": text},
    }


def _security(place: Platform) -> Document:
    return {
        "type": "oauth2",
        "description": "private_key_jwt (RFC 7523); client_secret chỉ cho hệ thống cũ / for legacy systems only",
        "flows": {"clientCredentials": {"tokenUrl": place.token_url, "scopes": {}}},
    }
