"""How is a request refused that is not an exchange?"""

import hashlib

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from gateway.console.refusal import refusal_page, wants_page, way_on
from gateway.errors import (
    CitizenUnproven,
    FaultFound,
    MediaTypeUnsupported,
    MethodNotAllowed,
    PathUnknown,
    RequestInvalid,
    RequestTooLarge,
)
from gateway.exchange import clock
from gateway.exchangeids import new_exchange_id
from gateway.problems import Fault, Problem, problem, problem_of
from gateway.telemetry import Logger
from security.audit.denials import Denials
from security.audit.record import Decision, Entry, Kind, Outcome, What, Who
from security.errors import RecordUnavailable

_CONTENT = "application/problem+json"


class Refuser:
    """Turns whatever was raised into a recorded problem. FastAPI calls it as its exception handler."""

    def __init__(self, denials: Denials, *, public_url: str, log: Logger) -> None:
        """Record refusals through `denials`."""
        self._denials = denials
        self._public_url = public_url
        self._log = log

    async def __call__(self, request: Request, error: Exception) -> Response:
        """Return the response of a refusal, once it is recorded.

        A browser that only has to sign in first, or again, is not refused: it is sent there.
        """
        if wants_page(request) and (elsewhere := way_on(request, error)) is not None:
            return elsewhere
        refusal = _problem_of(error, request)
        exchange_id = new_exchange_id()
        if refusal.slug == "internal":
            self._log.error("control.failed", exchange_id=exchange_id, error=type(error).__name__, exc_info=error)
        answer = self._answer(request, refusal, exchange_id)
        try:
            entry = _entry(exchange_id, request, refusal, bytes(answer.body), cause=_cause_of(error))
            shared, receipt = await self._denials.refuse(entry)
        except RecordUnavailable as unavailable:
            return self._answer(request, problem_of(unavailable), exchange_id)
        if shared != exchange_id:
            answer = self._answer(request, refusal, shared)
        if receipt:
            answer.headers["exchange-receipt"] = receipt.decode()
        return answer

    def _answer(self, request: Request, refusal: Problem, exchange_id: str) -> Response:
        if wants_page(request):
            answer = refusal_page(request, refusal, exchange_id)
        else:
            body = refusal.body(exchange_id, public_url=self._public_url)
            answer = Response(body, status_code=refusal.status, media_type=_CONTENT, headers={"content-language": "vi"})
        answer.headers.update(_headers(refusal, exchange_id))
        return answer


def _problem_of(error: Exception, request: Request) -> Problem:
    if isinstance(error, RequestValidationError):
        faults = [
            Fault(".".join(str(part) for part in found["loc"])[:100], "không đúng mô tả", str(found["msg"])[:200])
            for found in error.errors()
        ]
        return problem("content-invalid", *faults)
    if isinstance(error, HTTPException):
        match error.status_code:
            case 404:
                return problem_of(PathUnknown())
            case 405:
                return problem_of(MethodNotAllowed((error.headers or {}).get("Allow", "").split(", ")))
            case 413:
                return problem_of(RequestTooLarge())
            case 415:
                return problem_of(MediaTypeUnsupported())
            case 400 | 422:
                fault = FaultFound(request.method, "yêu cầu không đọc được", "the request cannot be read")
                return problem_of(RequestInvalid([fault]))
    return problem_of(error)


def _cause_of(error: Exception) -> str:
    """Return what stands in the record only: who asks is not told which check failed."""
    return error.reason if isinstance(error, CitizenUnproven) else ""


def _entry(exchange_id: str, request: Request, refusal: Problem, body: bytes, *, cause: str) -> Entry:
    asked = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    return Entry(
        kind=Kind.DENY,
        exchange_id=exchange_id,
        at=clock(),
        who=Who(source=request.client.host if request.client is not None else ""),
        what=What(door="control", request_digest=hashlib.sha256(asked).hexdigest()),
        decision=Decision(allowed=False, reason=refusal.slug),
        outcome=Outcome(
            status=refusal.status, response_digest=hashlib.sha256(body).hexdigest(), response_bytes=len(body)
        ),
        notes={"cause": cause} if cause else None,
    )


def _headers(refusal: Problem, exchange_id: str) -> dict[str, str]:
    headers = {"exchange-id": exchange_id, "cache-control": "no-store"}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after_seconds)
    if refusal.status == 401:
        headers["www-authenticate"] = 'Bearer realm="lienthong"'
    if allowed := refusal.facts.get("allow"):
        headers["allow"] = allowed
    return headers
