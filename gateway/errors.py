"""What can be wrong with a request or with the gateway itself, before or beside what the bricks find?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class GatewayError(Exception):
    """A door or a stage cannot go on. No text here holds a value that the caller sent."""


@dataclass(frozen=True, slots=True)
class FaultFound:
    """One thing wrong with a request: where, and what, in both languages."""

    where: str
    vi: str
    en: str


class RequestMalformed(GatewayError):
    """The bytes are not an HTTP request that we read (RFC 9112): the connection is closed after the answer."""


class RequestInvalid(GatewayError):
    """The request is HTTP, but a parameter, a header or the body is not what the operation declares."""

    def __init__(self, faults: Sequence[FaultFound]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.en}" for fault in faults))
        self.faults = tuple(faults)


class RequestTooLarge(GatewayError):
    """The body is larger than the gateway takes."""


class RequestTimedOut(GatewayError):
    """The body did not come in time: the connection is closed after the answer."""


class MediaTypeUnsupported(GatewayError):
    """The body is not `application/json`."""


class PathUnknown(GatewayError):
    """No published operation has this path."""


class MethodNotAllowed(GatewayError):
    """The path is published, but not for this method; `allowed` are those it is published for."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("method not allowed")
        self.allowed = ", ".join(sorted(set(allowed)))


class EnvelopeVersionUnknown(GatewayError):
    """The message is of a version of SOAP that we do not speak, or of another than its Content-Type says."""


class HeaderNotUnderstood(GatewayError):
    """A SOAP header block that must be understood is not one that we know; `tag` is its name in Clark notation."""

    def __init__(self, tag: str) -> None:
        super().__init__("a header block that must be understood is not known")
        self.tag = tag


class OperationUnclear(GatewayError):
    """The element in the SOAP body means no operation of the service, or several, and the action does not tell."""


class IdempotencyKeyRequired(GatewayError):
    """An operation that changes something needs an `Idempotency-Key`."""


class IdempotencyConflict(GatewayError):
    """The same `Idempotency-Key` was used for another request."""


class IdempotencyInProgress(GatewayError):
    """The first request with this `Idempotency-Key` is still under way."""


class Overloaded(GatewayError):
    """As many exchanges are under way as the gateway carries."""


class LogBehind(GatewayError):
    """What was recorded has waited for its proofs for too long: nothing more is exchanged until the log catches up."""


class DataKeyUnusable(GatewayError):
    """A data key of the record is missing or unreadable, and nobody has erased it.

    The text is told to who asked: it names the key's file, month and database, and nothing of what is sealed.
    """


class PolicyUnavailable(GatewayError):
    """The policy in force cannot be read, so nothing can be allowed."""


class StaffUnauthorized(GatewayError):
    """The control API was called without a good staff token."""


class StaffForbidden(GatewayError):
    """The staff member's role does not allow this."""


class SignInNeeded(GatewayError):
    """A page of the console is asked for by somebody who is not signed in: he is sent to where he can be."""


class StepUpNeeded(GatewayError):
    """What is asked for needs a proof of who it is that is minutes old: he is asked for it again (design 06)."""


class PageForeign(GatewayError):
    """A form was sent by another site, or not from a page that this session was given (cross-site request forgery)."""


class SignInRefused(GatewayError):
    """Name, password or code is not right, or the account takes none for now: which of these is never said."""


class SsoFailed(GatewayError):
    """The single sign-on of the province does not answer, or not as it must. The text is for our log."""


class CitizenUnproven(GatewayError):
    """Nothing says, from the named issuer and to whom it was said, which citizen asks. `reason` is a slug for our log.

    What is asked about oneself is answered to nobody else, so this is one refusal, whatever is wrong.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the citizen is not proven: {reason}")
        self.reason = reason


class PortalNotAllowed(GatewayError):
    """The system is none through which citizens ask about themselves: the operator names those (none: nobody may)."""


class CitizenAsksTooOften(GatewayError):
    """One citizen's use was asked for too often; `retry_after` is when it is answered again."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("one citizen's use is asked for too often")
        self.retry_after = retry_after
