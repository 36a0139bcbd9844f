"""What exactly will the provider be asked?"""

from collections.abc import Mapping

from adapters.contract import Call, Json, Officer
from gateway.errors import IdempotencyKeyRequired, MediaTypeUnsupported, RequestInvalid, RequestTooLarge
from gateway.jsonbody import parse_body
from gateway.parameters import read_parameters, subject_values
from gateway.snapshot import CompiledOperation
from gateway.states import Limited, Prepared, Received


def transform(limited: Limited) -> Prepared:
    """Return the call with its values checked and typed, and the people that it names.

    Raises RequestInvalid, RequestTooLarge, MediaTypeUnsupported or IdempotencyKeyRequired. Nothing of the request
    reaches the provider but what is declared: parameters by name, and a body that its schema has passed.
    """
    authorized = limited.authorized
    operation, received = authorized.operation, authorized.identified.received
    parameters = read_parameters(operation.rules, authorized.path_values, authorized.query_values)
    body = _read_body(operation, received)
    key = received.headers.get("idempotency-key", "")
    if not operation.description.safe and not key:
        raise IdempotencyKeyRequired
    call = Call(
        operation=operation.key,
        exchange_id=received.exchange_id,
        parameters=parameters,
        body=body,
        fields=authorized.fields,
        rows=authorized.grant.conditions,
        deadline=received.deadline,
        needed=operation.subject_answer_paths,
        traceparent=received.traceparent,
        officer=Officer(code=authorized.officer) if authorized.officer else None,
        case_file=authorized.case_file,
        purpose=authorized.purpose,
        idempotency_key=key,
    )
    named = subject_values(operation.subject_parameters, parameters)
    if operation.subject_body_paths:
        named += tuple(s for path in operation.subject_body_paths for s in _at(body, path.split(".")))
    return Prepared(limited=limited, call=call, subjects=named)


def _read_body(operation: CompiledOperation, received: Received) -> Json:
    if operation.body_check is None:
        return None
    media_type = received.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise MediaTypeUnsupported
    if len(received.body) > operation.max_json_bytes:
        raise RequestTooLarge
    body = parse_body(received.body)
    if faults := operation.body_check.faults(body):
        raise RequestInvalid(faults)
    return body


def _at(body: Json, path: list[str]) -> tuple[str, ...]:
    if not path:
        return (str(body),) if isinstance(body, str | int) else ()
    name, many = (path[0].removesuffix("[]"), path[0].endswith("[]"))
    inner: Json = body.get(name) if isinstance(body, Mapping) else None
    if many:
        return tuple(s for element in (inner if isinstance(inner, list) else []) for s in _at(element, path[1:]))
    return _at(inner, path[1:])
