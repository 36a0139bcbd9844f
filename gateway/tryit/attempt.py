"""What does somebody want to try, and which REST call is that?

Pure. The call is the very one that the system would send: path, query, headers and body, so that what is shown to be
copied (`curl`) is what was carried.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from catalog.descriptions import Place
from catalog.errors import ContentInvalid, Fault
from gateway.snapshot import CompiledOperation
from gateway.stages.authorize import FIELDS_PARAMETER

_MOST_HEADER_CHARS: Final = 200
HEADERS: Final = ("Agreement", "Purpose", "Case-File", "Officer")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to try for `system`, under `agreement`. `values` are the parameters by name, as texts; not given: left
    out. `fields` empty asks for all that are agreed.

    `as_if_from` is an address that the call pretends to come from, in the sandbox only. `idempotency_key` is ours.
    """

    system: str
    agreement: str
    operation: CompiledOperation
    values: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    purpose: str = ""
    case_file: str = field(default="", repr=False)
    officer: str = ""
    fields: tuple[str, ...] = ()
    as_if_from: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """The call as it is sent: header names as people write them."""

    method: str
    raw_path: str
    raw_query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.raw_path}?{self.raw_query}" if self.raw_query else self.raw_path


def request_of(attempt: Attempt) -> Request:
    """Return the call. Raises ContentInvalid where a value of a header cannot stand in one, or a path would have a gap.

    Whether values fit what the operation declares is asked by the pipeline, as of every call.
    """
    operation = attempt.operation
    _check(attempt)
    in_path = {rule.description.name for rule in operation.rules.values() if rule.description.place is Place.PATH}
    segments = [
        quote(attempt.values.get(part[1:-1], ""), safe="") if part.startswith("{") else part
        for part in operation.segments
    ]
    query = [(name, value) for name, value in attempt.values.items() if name not in in_path]
    if attempt.fields:
        query.append((FIELDS_PARAMETER, ",".join(attempt.fields)))
    place = f"/x/{operation.database}/{operation.service}/v{operation.version}"
    return Request(
        method=operation.description.method,
        raw_path="/".join((place, *segments)),
        raw_query=urlencode(query),
        headers=_headers(attempt),
        body=attempt.body,
    )


def curl(request: Request, *, public_url: str) -> str:
    """Return a command for a shell (POSIX) that makes the same call, with the system's own token in `$TOKEN`."""
    lines = [f"curl -X {request.method} {shlex.quote(public_url + request.address)}"]
    lines += ['-H "Authorization: Bearer $TOKEN"']
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    if request.body:
        lines.append(f"--data-binary {shlex.quote(request.body.decode('utf-8', 'replace'))}")
    return " \\\n  ".join(lines)


def _check(attempt: Attempt) -> None:
    faults = [
        Fault(name, "chỉ gồm chữ không dấu, số và dấu câu, tối đa 200 ký tự", "plain ASCII, at most 200 characters")
        for name, value in (
            ("purpose", attempt.purpose),
            ("case_file", attempt.case_file),
            ("officer", attempt.officer),
        )
        # A line break would begin another header at the provider.
        if not (value.isascii() and (value.isprintable() or not value)) or len(value) > _MOST_HEADER_CHARS
    ]
    faults += [
        Fault(f"p.{rule.description.name}", "bắt buộc", "required")
        for rule in attempt.operation.rules.values()
        if rule.description.place is Place.PATH and not attempt.values.get(rule.description.name)
    ]
    if faults:
        raise ContentInvalid(faults)


def _headers(attempt: Attempt) -> dict[str, str]:
    told = dict(zip(HEADERS, (attempt.agreement, attempt.purpose, attempt.case_file, attempt.officer), strict=True)) | {
        "Idempotency-Key": attempt.idempotency_key,
        "Content-Type": "application/json" if attempt.body else "",
    }
    return {name: value for name, value in told.items() if value}
