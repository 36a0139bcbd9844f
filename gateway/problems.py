"""Which refusals are there, and which of them does an error become?

The one place that makes problems (RFC 9457): one type, one status, everywhere. `PROBLEMS` is the table (its texts
stand in `gateway/problem_texts.py`), `problem_of` the one function from an error to a problem. Each slug has a page
in docs/problems/.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from adapters import errors as provider_side
from catalog import errors as catalogue_side
from catalog.importers.draft import ImportRefused
from gateway import errors as gateway_side
from gateway.problem_texts import PROBLEMS, ProblemType, Side
from security import errors as security_side

__all__ = ["PROBLEMS", "Fault", "Problem", "ProblemType", "Side", "problem", "problem_of"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: `where` names a parameter, header or body member, never its value."""

    where: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal of one request, ready to be written in any door's form."""

    type: ProblemType
    faults: tuple[Fault, ...] = ()
    retry_after: timedelta | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The last part of the type's URI."""
        return self.type.slug

    @property
    def status(self) -> int:
        """The HTTP status, always the same for a type."""
        return self.type.status

    def document(self, correlation_id: str, *, public_url: str) -> dict[str, object]:
        """Return the members of RFC 9457, 3 and our own: side, next (what to do), en, errors, correlation_id."""
        kind = self.type
        members: dict[str, object] = {
            "type": f"{public_url}/problems/{kind.slug}",
            "title": kind.title_vi,
            "status": kind.status,
            "detail": kind.detail_vi,
            "instance": f"{public_url}/explain/{correlation_id}",
            "correlation_id": correlation_id,
            "side": kind.side.value,
            "next": kind.next_vi,
            "en": {"title": kind.title_en, "detail": kind.detail_en, "next": kind.next_en},
        }
        if self.faults:
            members["errors"] = [{"where": f.where, "vi": f.vi, "en": f.en} for f in self.faults]
        if self.retry_after is not None:
            members["retry_after_seconds"] = self.retry_after_seconds
        members.update(self.facts)
        return members

    def body(self, correlation_id: str, *, public_url: str) -> bytes:
        """Return the `application/problem+json` body."""
        return orjson.dumps(self.document(correlation_id, public_url=public_url))

    @property
    def retry_after_seconds(self) -> int:
        """Whole seconds for `Retry-After` (RFC 9110, 10.2.3), at least 1 where there is a time to wait, else 0."""
        if self.retry_after is None:
            return 0
        return max(1, math.ceil(self.retry_after.total_seconds()))


def problem(slug: str, *faults: Fault, retry_after: timedelta | None = None, **facts: str) -> Problem:
    """Return the problem of this type; a slug that is not in the table is a bug and raises KeyError."""
    return Problem(type=PROBLEMS[slug], faults=faults, retry_after=retry_after, facts=facts)


_RETRY_SOON = timedelta(seconds=2)
_RETRY_WHEN_MENDED = timedelta(minutes=10)  # by people

# An error's class decides its type. Subclasses are found by walking the class's ancestors.
_BY_CLASS: dict[type[Exception], str] = {
    security_side.TokenMissing: "token-missing",
    security_side.TokenInvalid: "token-invalid",
    security_side.TokenExpired: "token-expired",
    security_side.ClientRefused: "client-unknown",
    security_side.LimitsUnavailable: "limits-unavailable",
    security_side.AnswerUnreadable: "provider-nonsense",
    security_side.RowWithheld: "not-found",
    security_side.RecordUnavailable: "record-unavailable",
    provider_side.OfficerMissing: "officer-required",
    provider_side.ProviderHasNone: "not-found",
    provider_side.ProviderRefused: "provider-refused",
    provider_side.ProviderTimedOut: "provider-timeout",
    provider_side.ProviderUnreachable: "provider-unreachable",
    provider_side.ProviderTalkedNonsense: "provider-nonsense",
    provider_side.ProviderSaturated: "provider-saturated",
    provider_side.OutcomeUnknown: "outcome-unknown",
    catalogue_side.NotThere: "not-found",
    catalogue_side.AlreadyThere: "already-there",
    catalogue_side.StateForbids: "state-forbids",
    catalogue_side.FourEyes: "four-eyes",
    catalogue_side.NotYours: "not-found",
    gateway_side.RequestMalformed: "request-malformed",
    gateway_side.RequestTooLarge: "request-too-large",
    gateway_side.RequestTimedOut: "request-timeout",
    gateway_side.MediaTypeUnsupported: "media-type-unsupported",
    gateway_side.PathUnknown: "path-unknown",
    gateway_side.EnvelopeVersionUnknown: "soap-version-unknown",
    gateway_side.HeaderNotUnderstood: "soap-header-unknown",
    gateway_side.OperationUnclear: "soap-operation-unclear",
    gateway_side.IdempotencyKeyRequired: "idempotency-key-required",
    gateway_side.IdempotencyConflict: "idempotency-conflict",
    gateway_side.IdempotencyInProgress: "idempotency-in-progress",
    gateway_side.Overloaded: "overloaded",
    gateway_side.LogBehind: "log-behind",
    gateway_side.PolicyUnavailable: "policy-unavailable",
    gateway_side.StaffUnauthorized: "staff-unauthorized",
    gateway_side.StaffForbidden: "staff-forbidden",
    gateway_side.SignInNeeded: "staff-unauthorized",
    gateway_side.SignInRefused: "sign-in-refused",
    gateway_side.SsoFailed: "sso-failed",
    gateway_side.StepUpNeeded: "proof-needed",
    gateway_side.PageForeign: "form-foreign",
    gateway_side.CitizenUnproven: "citizen-unproven",
    gateway_side.PortalNotAllowed: "portal-not-allowed",
}


def problem_of(error: BaseException) -> Problem:
    """Return the problem that an error becomes. An error that nobody foresaw is `internal`; its text stays with us."""
    match error:
        case security_side.AccessRefused():
            return Problem(type=PROBLEMS[error.slug], facts=error.facts)
        case security_side.RateExceeded():
            return problem("rate-exceeded", retry_after=error.retry_after)
        case security_side.QuotaExceeded():
            return problem("quota-exceeded", retry_after=error.retry_after)
        case gateway_side.CitizenAsksTooOften():
            return problem("citizen-too-often", retry_after=error.retry_after)
        case provider_side.CallUnacceptable():
            return problem("request-invalid", Fault(error.where, error.vi, error.en))
        case provider_side.ProviderRefused():
            return problem("provider-refused", provider_code=error.code)
        case gateway_side.DataKeyUnusable():
            fault = Fault("keys", f"khóa dữ liệu: {error}", f"data key: {error}")
            return problem("data-key-unusable", fault, retry_after=_RETRY_WHEN_MENDED)
        case gateway_side.MethodNotAllowed():
            return problem("method-not-allowed", allow=error.allowed)
        case gateway_side.RequestInvalid():
            return problem("request-invalid", *(Fault(f.where, f.vi, f.en) for f in error.faults))
        case ImportRefused():
            return problem("content-invalid", *(Fault(note.where, note.vi, note.en) for note in error.notes))
        case catalogue_side.ContentInvalid():
            return problem("content-invalid", *(Fault(f.where, f.vi, f.en) for f in error.faults))
    known = problem_type_of(type(error))
    return Problem(type=known, retry_after=_RETRY_SOON if known.status == 503 else None)


def problem_type_of(kind: type[BaseException]) -> ProblemType:
    """Return the type of the problem that an error of this class becomes, where nothing of the error itself decides."""
    known = (_BY_CLASS[ancestor] for ancestor in kind.__mro__ if ancestor in _BY_CLASS)
    return PROBLEMS[next(known, "internal")]
