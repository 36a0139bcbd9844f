"""Does an agreement in force allow this call?"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from catalog.codes import is_officer_code
from gateway.errors import FaultFound, MethodNotAllowed, PathUnknown, RequestInvalid
from gateway.parameters import decode_component, read_query
from gateway.snapshot import CompiledGrant, CompiledOperation, CompiledService, Snapshot
from gateway.states import Authorized, Identified
from security.errors import AccessRefused
from security.policy import Request, permit, standing_problem

FIELDS_PARAMETER = "fields"
"""The query parameter by which a caller asks for fewer fields than agreed; no operation may declare it."""
_MAX_HEADER_TEXT = 200
_MISLEADING = re.compile(r"[/\\%;\x00]")


class Addressed(msgspec.Struct, frozen=True, gc=False):
    """Which operation a path means, and the values that stand in it."""

    operation: CompiledOperation
    path_values: Mapping[str, str]


def authorize(identified: Identified, *, now: datetime, zone: ZoneInfo) -> Authorized:
    """Return the operation and the grant under which the call may be made.

    Raises PathUnknown, MethodNotAllowed, RequestInvalid, or AccessRefused with the slug of the check that did not pass.
    """
    received = identified.received
    addressed = find_operation(identified.snapshot, received.method, received.raw_path)
    query = read_query(received.raw_query)
    compared = addressed.operation.compared
    fields = _fields_asked(query.pop(FIELDS_PARAMETER, ""))
    case_file = _header_text(received.headers, "case-file")
    officer = _officer_code(received.headers)
    grant = find_grant(identified, addressed.operation, now=now)
    purpose = permit(
        grant,
        Request(
            source=received.source,
            purpose=_header_text(received.headers, "purpose"),
            case_file=case_file,
            officer=officer,
            fields=fields,
            compared=tuple(compared[name] for name in query if name in compared) if compared and query else (),
        ),
        now=now,
        zone=zone,
    )
    if addressed.operation.description.officer_needed and not officer:
        raise AccessRefused("officer-required")
    return Authorized(
        identified=identified,
        operation=addressed.operation,
        grant=grant,
        path_values=addressed.path_values,
        query_values=query,
        purpose=purpose,
        case_file=case_file,
        officer=officer,
        fields=grant.narrowed(fields) if fields else grant.fields,
    )


def find_operation(snapshot: Snapshot, method: str, raw_path: str) -> Addressed:
    """Return what `/x/{database}/{service}/v{n}/…` means.

    Segments are split before they are decoded (RFC 3986, 2.4) and a segment that would climb or split again when
    decoded names nothing. Raises PathUnknown, MethodNotAllowed, or AccessRefused for a service that nobody can call.
    """
    parts = raw_path.split("/")
    if len(parts) < 5 or parts[1] != "x":
        raise PathUnknown
    # The codes of what is published need no percent-encoding, so they are compared as they came.
    place = (parts[2], parts[3], parts[4])
    service = snapshot.services.get(place)
    if service is None:
        raise _gone(snapshot, place)
    if not service.specified:
        raise AccessRefused("service-unspecified")
    return _match(service, method, parts[5:])


def _gone(snapshot: Snapshot, place: tuple[str, str, str]) -> Exception:
    successor = snapshot.retired.get(place)
    if successor is None:
        return PathUnknown()
    return AccessRefused("service-retired", **({"successor": successor} if successor else {}))


def _match(service: CompiledService, method: str, parts: Sequence[str]) -> Addressed:
    allowed: list[str] = []
    for operation in service.operations.get(len(parts), ()):
        values = _values(operation.segments, parts)
        if values is None:
            continue
        if operation.description.method == method:
            return Addressed(operation, values)
        allowed.append(operation.description.method)
    raise MethodNotAllowed(allowed) if allowed else PathUnknown


def _values(template: Sequence[str], parts: Sequence[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for expected, part in zip(template, parts, strict=True):
        if expected[0] == "{":
            values[expected[1:-1]] = _segment(part)
        elif expected != part and expected != _segment(part):
            return None
    return values


def _segment(part: str) -> str:
    if part.isalnum() and part.isascii():
        return part
    text = decode_component(part)
    # What a provider or a proxy might read as another path names no operation of ours (also once decoded again).
    if text in ("", ".", "..") or _MISLEADING.search(text) or not text.isprintable():
        raise PathUnknown
    return text


def find_grant(identified: Identified, operation: CompiledOperation, *, now: datetime) -> CompiledGrant:
    """Return the one grant that the call is made under.

    Only agreements in force count when there are several; the `Agreement` header chooses among them, and a token that
    is narrowed to some (RFC 9396) is good for those only. When none is in
    force, the refusal is that of the one that comes nearest to it. Raises AccessRefused.
    """
    system, received = identified.caller.system, identified.received
    grants = identified.snapshot.grants.get((system.code, operation.key), ())
    if narrowed := identified.caller.agreements:
        grants = tuple(grant for grant in grants if grant.agreement in narrowed)
    named = _header_text(received.headers, "agreement")
    if named:
        grants = tuple(grant for grant in grants if grant.agreement == named)
    if not grants:
        reached = (system.code, operation.database, operation.service) in identified.snapshot.reach
        raise AccessRefused("operation-not-agreed" if reached and not named and not narrowed else "agreement-missing")
    if len(grants) == 1:
        return grants[0]
    in_force = [grant for grant in grants if not standing_problem(grant, now=now)]
    if len(in_force) > 1:
        raise AccessRefused("agreement-ambiguous")
    return in_force[0] if in_force else grants[-1]


def _fields_asked(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in text.split(",") if part)) if text else ()


def _officer_code(headers: Mapping[str, str]) -> str:
    """Return by which code the agency names the officer: recorded as it is, so never a person's number or name."""
    code = _header_text(headers, "officer")
    if code and not is_officer_code(code):
        raise RequestInvalid(
            [
                FaultFound(
                    "officer",
                    "phải là mã cán bộ của cơ quan, không phải số định danh hay họ tên",
                    "must be the agency's code of the officer, neither an identity number nor a name",
                )
            ]
        )
    return code


def _header_text(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name, "")
    if len(text) > _MAX_HEADER_TEXT:
        raise RequestInvalid([FaultFound(name, "dài quá 200 ký tự", "longer than 200 characters")])
    return text
