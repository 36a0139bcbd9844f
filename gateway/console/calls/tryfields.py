"""Which fields does the form of an operation have, and which call do they make when they are filled in?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.contract import Json
from catalog import formats
from catalog.descriptions import FieldType, ParameterDescription
from catalog.errors import ContentInvalid, Fault
from gateway.console.forms import Form
from gateway.console.words import FIELD_TYPES, Words
from gateway.problems import Problem
from gateway.publication.bodies import BodyValue, body_of, body_values
from gateway.snapshot import CompiledGrant, CompiledOperation
from gateway.tryit.attempt import Attempt

PARAMETER, BODY = "p.", "b."
"""How the names of parameters' fields begin, and of those of a body's values."""
WHOLE_BODY: Final = "body"
_KINDS: Final = {FieldType.DATE: "date"}
_NUMERIC: Final = {FieldType.INTEGER: "numeric", FieldType.NUMBER: "decimal"}
_BODY_TYPES: Final = {
    "integer": FIELD_TYPES[FieldType.INTEGER],
    "number": FIELD_TYPES[FieldType.NUMBER],
    "boolean": FIELD_TYPES[FieldType.BOOLEAN],
    "string": FIELD_TYPES[FieldType.STRING],
}
_YES_NO: Final = (("true", Words("đúng (true)", "yes (true)")), ("false", Words("sai (false)", "no (false)")))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. With `options` it is a choice. `code` is what the value is called in the call."""

    name: str
    code: str
    title: Words
    help: Words
    required: bool
    kind: str = "text"
    options: Sequence[tuple[str, Words]] = ()
    inputmode: str = ""
    pattern: str = ""
    maxlength: int = 200
    example: str = ""


def parameter_fields(operation: CompiledOperation) -> Sequence[Field]:
    """Return the fields of an operation's parameters, those that must be given first."""
    told = sorted(operation.description.parameters, key=lambda one: not one.required)
    return [_parameter(one) for one in told]


def body_fields(operation: CompiledOperation) -> Sequence[Field]:
    """Return the fields of a body's single values; lists are left to the whole document."""
    if operation.body_check is None:
        return ()
    return [_body_value(one) for one in body_values(bytes(operation.description.body_schema))]


def attempt_of(
    form: Form, grant: CompiledGrant, operation: CompiledOperation, *, system: str, idempotency_key: str
) -> Attempt:
    """Return the try that a form asks for. Raises ContentInvalid naming the field of a body that is none."""
    values = {one.name: form.text(f"{PARAMETER}{one.name}") for one in operation.description.parameters}
    ticked = form.all("field")
    return Attempt(
        system=system,
        agreement=grant.agreement,
        operation=operation,
        values={name: value for name, value in values.items() if value},
        body=_body(form, operation),
        purpose=form.text("purpose"),
        case_file=form.text("case_file"),
        officer=form.text("officer"),
        # All of them, or none: what is agreed.
        fields=() if len(ticked) in (0, len(grant.fields)) else tuple(ticked),
        as_if_from=form.text("as_if_from"),
        idempotency_key="" if operation.description.safe else idempotency_key,
    )


def faults_at_fields(problem: Problem) -> tuple[Fault, ...]:
    """Return what a problem says is wrong, each fault at the name of its field in the form."""
    return tuple(Fault(_field_name(fault.where), fault.vi, fault.en) for fault in problem.faults)


def missing_field(problem: Problem) -> str:
    """Return the field that a refusal asks for, empty where it is about none."""
    named = {"case-file-required": "case_file", "officer-required": "officer"}
    if problem.slug.startswith("purpose-"):
        return "purpose"
    return named.get(problem.slug, "")


def _field_name(where: str) -> str:
    if where in ("officer", "purpose", "query", ""):
        return where
    if where == "case-file":
        return "case_file"
    if where == "body" or where.startswith("body/"):
        inside = where.removeprefix("body").strip("/").replace("/", ".")
        return f"{BODY}{inside}" if inside else WHOLE_BODY
    return f"{PARAMETER}{where}"


def _parameter(one: ParameterDescription) -> Field:
    options: Sequence[tuple[str, Words]] = [(choice, Words(choice, choice)) for choice in one.choices]
    if one.type is FieldType.BOOLEAN and not options:
        options = _YES_NO
    return Field(
        name=f"{PARAMETER}{one.name}",
        code=one.name,
        title=Words(one.title_vi or one.name, one.title_en or one.title_vi or one.name),
        help=_help(one),
        required=one.required,
        kind=_KINDS.get(one.type, "text"),
        options=options,
        inputmode=_NUMERIC.get(one.type, ""),
        maxlength=one.max_length,
        example=one.example,
    )


def _help(one: ParameterDescription) -> Words:
    vi, en = [FIELD_TYPES[one.type].vi], [FIELD_TYPES[one.type].en]
    if one.format and (said := formats.check(one.format, "")) is not None:
        vi, en = [said.vi], [said.en]
    if one.type is FieldType.DATETIME:
        vi.append("có múi giờ, như 2026-11-26T08:00:00+07:00")
        en.append("with its zone, as in 2026-11-26T08:00:00+07:00")
    if one.pattern:
        vi.append(f"theo mẫu {one.pattern}")
        en.append(f"of the form {one.pattern}")
    if one.minimum is not None:
        vi.append(f"từ {one.minimum}")
        en.append(f"from {one.minimum}")
    if one.maximum is not None:
        vi.append(f"đến {one.maximum}")
        en.append(f"to {one.maximum}")
    if one.example:
        vi.append(f"ví dụ {one.example}")
        en.append(f"e.g. {one.example}")
    return Words("; ".join(vi), "; ".join(en))


def _body_value(one: BodyValue) -> Field:
    options: Sequence[tuple[str, Words]] = [(choice, Words(choice, choice)) for choice in one.choices]
    if "boolean" in one.types and not options:
        options = _YES_NO
    told = next((_BODY_TYPES[kind] for kind in one.types if kind in _BODY_TYPES), _BODY_TYPES["string"])
    return Field(
        name=f"{BODY}{one.path}",
        code=one.path,
        title=Words(one.title or one.path, one.title or one.path),
        help=told,
        required=one.required,
        kind="date" if one.format == "date" else "text",
        options=options,
        inputmode="decimal" if {"integer", "number"} & set(one.types) else "",
        maxlength=2000,
    )


def _body(form: Form, operation: CompiledOperation) -> bytes:
    """Return the body: the whole document where one was written, else the one that the fields make."""
    if operation.body_check is None:
        return b""
    if written := form.text(WHOLE_BODY):
        return written.encode("utf-8", "replace")
    schema = bytes(operation.description.body_schema)
    texts = {one.path: form.text(f"{BODY}{one.path}") for one in body_values(schema)}
    try:
        return msgspec.json.encode(body_of(schema, {path: text for path, text in texts.items() if text}))
    except ContentInvalid as error:
        raise ContentInvalid([Fault(f"{BODY}{fault.where}", fault.vi, fault.en) for fault in error.faults]) from error


def pretty(body: bytes, *, most_chars: int) -> tuple[str, bool]:
    """Return a JSON answer in lines, cut after `most_chars`, and whether it was cut."""
    try:
        value: Json = msgspec.json.decode(body)
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except msgspec.MsgspecError:
        text = body.decode("utf-8", "replace")
    return text[:most_chars], len(text) > most_chars


def paths_of(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return the names under which a form shows faults at fields."""
    return (*(field.name for field in fields), "purpose", "case_file", "officer", "as_if_from", WHOLE_BODY)
