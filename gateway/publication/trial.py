"""What does the provider answer to one real call, before anybody has an agreement?

The call is made by the adapter that would serve the draft, under the same limits, by a person who answers for it; no
system's agreement is used. What comes back is judged by the code that will cut answers to agreements. Identifiers that
were asked for are neither logged nor kept.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from adapters.contract import Answer, Call, Json, Officer
from adapters.errors import AdapterError
from catalog.descriptions import OperationDescription
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.importers.draft import Draft
from gateway.compilation import operation_key
from gateway.exchangeids import new_exchange_id
from gateway.jsonbody import BodyCheck, parse_body
from gateway.parameters import compile_rule, read_parameters
from gateway.problems import problem_of
from gateway.publication.bodies import body_of
from gateway.publication.preview import masked
from gateway.publication.workshop import Workshop
from security.errors import AnswerUnreadable, RowWithheld
from security.minimize import compile_mask

_MOST_NAMES = 60
_NUMBERS = re.compile(r"\d{6,}")
ANSWERED = "answered"


class TrialDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which operation is tried, with which values (text, as callers give them) and which body.

    Without `body`, `parameters` that the operation does not have are its body's values, by dotted path.

    An operation that changes something is tried only with `changes_data`: it really does.
    """

    operation: str
    parameters: dict[str, str] = {}
    body: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))
    officer: str = ""
    case_file: str = ""
    changes_data: bool = False


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """A declared field: how often it came, and one value (masked where it is a person's)."""

    path: str
    class_: str
    times: int
    sample: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trial:
    """How one try ended. `outcome` is `answered` or the problem that a caller would get.

    `undeclared` are the names of members that the provider sent and nobody would get; `missing` are declared fields
    that did not come.
    """

    operation: str
    outcome: str
    says_vi: str
    says_en: str
    provider_status: str
    milliseconds: int
    rows: int
    fields: tuple[FieldSeen, ...]
    missing: tuple[str, ...]
    undeclared: tuple[str, ...]


def check_trial(draft: Draft, asked: TrialDocument) -> OperationDescription:
    """Return the operation that is tried.

    Raises NotThere, RequestInvalid for values that callers could not give, and ContentInvalid for one that changes
    data without leave.
    """
    operation = next((one for one in draft.service.operations if one.code == asked.operation), None)
    if operation is None:
        raise NotThere("operation", asked.operation)
    if not operation.safe and not asked.changes_data:
        raise ContentInvalid(
            [
                Fault(
                    f"operation.{operation.code}",
                    "thao tác làm thay đổi dữ liệu thật: thử với changes_data; nếu nó chỉ đọc, đặt safe=true trước",
                    "it changes data: try it with changes_data; where it only reads, set safe=true before",
                )
            ]
        )
    _parameters(operation, asked)
    return operation


async def try_operation(draft: Draft, asked: TrialDocument, *, workshop: Workshop) -> Trial:
    """Ask the provider once and return what came. Raises as `check_trial`, and ContentInvalid where nothing can ask.

    What the provider does wrong is no error here: it is what the person wants to see.
    """
    operation = check_trial(draft, asked)
    call = _call(draft, operation, asked, workshop=workshop)
    adapter = workshop.adapter(draft)
    began = time.monotonic()
    try:
        answer = await adapter.call(call)
        return _judged(operation, answer, milliseconds=_since(began))
    except (AdapterError, AnswerUnreadable, RowWithheld) as error:
        refusal = problem_of(error)
        return Trial(
            operation=operation.code,
            outcome=refusal.slug,
            says_vi=refusal.type.detail_vi,
            says_en=f"{refusal.type.detail_en} ({error})",
            provider_status=error.provider_status if isinstance(error, AdapterError) else "",
            milliseconds=_since(began),
            rows=0,
            fields=(),
            missing=(),
            undeclared=(),
        )
    finally:
        await adapter.close()


def undeclared_names(body: Json, declared: frozenset[str]) -> tuple[str, ...]:
    """Return the paths in `body` that are neither declared nor lead to what is, at most 60, the topmost only.

    A name that holds a long number is shown without it: some providers use people's numbers as names.
    """
    found = dict.fromkeys(_undeclared(body, "", declared))
    return tuple(_NUMBERS.sub("…", path) for path in list(found)[:_MOST_NAMES])


def _undeclared(value: Json, path: str, declared: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for element in value:
            yield from _undeclared(element, f"{path}[]", declared)
    elif isinstance(value, dict):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            if inner in declared:
                continue
            if any(known.startswith((f"{inner}.", f"{inner}[]")) for known in declared):
                yield from _undeclared(member, inner, declared)
            else:
                yield inner


def _call(draft: Draft, operation: OperationDescription, asked: TrialDocument, *, workshop: Workshop) -> Call:
    exchange_id = new_exchange_id()
    return Call(
        operation=operation_key(draft.service, operation),
        exchange_id=exchange_id,
        parameters=_parameters(operation, asked),
        body=_body(operation, asked, most_bytes=workshop.max_json_bytes),
        fields=tuple(leaf.path for leaf in operation.fields if not leaf.structural),
        rows=(),
        deadline=asyncio.get_running_loop().time() + workshop.deadline_seconds,
        officer=Officer(code=asked.officer) if asked.officer else None,
        case_file=asked.case_file,
        idempotency_key="" if operation.safe else exchange_id,
    )


def _parameters(operation: OperationDescription, asked: TrialDocument) -> dict[str, Json]:
    rules = {parameter.name: compile_rule(parameter) for parameter in operation.parameters}
    in_path = {one.name for one in operation.parameters if one.place == "path"}
    beside = _beside(operation, asked)
    return read_parameters(
        rules,
        {name: text for name, text in asked.parameters.items() if name in in_path},
        {name: text for name, text in asked.parameters.items() if name not in in_path and name not in beside},
    )


def _body(operation: OperationDescription, asked: TrialDocument, *, most_bytes: int) -> Json:
    if not operation.takes_body:
        return None
    if len(bytes(asked.body)) > most_bytes:
        raise ContentInvalid([Fault("body", "quá lớn", "is too large")])
    beside = _beside(operation, asked)
    body = body_of(bytes(operation.body_schema), beside) if _without_body(asked) else parse_body(bytes(asked.body))
    faults = BodyCheck(bytes(operation.body_schema)).faults(body)
    if faults:
        vi, en = "; nội dung cho bằng tên=giá trị hoặc một tệp JSON", "; give the body by name=value, or a JSON file"
        raise ContentInvalid([Fault(f"body.{one.where}", one.vi + vi, one.en + en) for one in faults])
    return body


def _without_body(asked: TrialDocument) -> bool:
    return bytes(asked.body).strip() == b"null"


def _beside(operation: OperationDescription, asked: TrialDocument) -> dict[str, str]:
    """Return the values that are no parameters: the body's, where it is given by them."""
    if not operation.takes_body or not _without_body(asked):
        return {}
    declared = {parameter.name for parameter in operation.parameters}
    return {name: text for name, text in asked.parameters.items() if name not in declared}


def _judged(operation: OperationDescription, answer: Answer, *, milliseconds: int) -> Trial:
    """Return what an answer holds, as the agreement's mask would read it. Raises AnswerUnreadable."""
    leaves = tuple(leaf.path for leaf in operation.fields if not leaf.structural)
    mask = compile_mask(operation.fields, leaves, rows=operation.rows, conditions=(), subjects=())
    released = mask.apply(answer.body, rows_applied=answer.rows_applied)
    whole: Json = msgspec.json.decode(answer.body)
    seen: dict[str, list[str]] = {}
    for path, text in _leaves(msgspec.json.decode(released.body), ""):
        seen.setdefault(path, []).append(text)
    return Trial(
        operation=operation.code,
        outcome=ANSWERED,
        says_vi="Nơi cung cấp đã trả lời đúng mô tả.",
        says_en="The provider answered as described.",
        provider_status=answer.provider_status,
        milliseconds=milliseconds,
        rows=released.rows_released,
        fields=tuple(
            FieldSeen(leaf.path, leaf.class_, len(seen[leaf.path]), masked(seen[leaf.path][0], leaf.class_) or "")
            for leaf in operation.fields
            if leaf.path in seen and not leaf.structural
        ),
        missing=tuple(path for path in leaves if path not in seen),
        undeclared=undeclared_names(whole, frozenset(leaf.path for leaf in operation.fields)),
    )


def _leaves(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for element in value:
            yield from _leaves(element, f"{path}[]")
    elif value is not None:
        yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
