"""What stands around an answer of this door: which headers, and which body for a refusal?"""

from dataclasses import dataclass

from gateway.doors.asgi import Headers
from gateway.doors.rest import headers_of
from gateway.doors.xroad.errors import error_json, error_type, error_xml
from gateway.problems import Problem
from gateway.states import Answered, Authorized, Refused

JSON = b"application/json;charset=utf-8"
XML = b"text/xml;charset=utf-8"


@dataclass(frozen=True, slots=True)
class RestRendition:
    """An answer as it is; a refusal as X-Road writes it, in XML where the caller asks for it."""

    xml: bool

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return `body` unchanged."""
        del authorized
        return body

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return the error document (PR-REST, 4.6)."""
        del public_url
        return error_xml(refusal, correlation_id) if self.xml else error_json(refusal, correlation_id)

    @property
    def media_type(self) -> bytes:
        """The type of a refusal's body."""
        return XML if self.xml else JSON


@dataclass(frozen=True, slots=True)
class Echo:
    """What every answer repeats of its request (PR-REST, 4.3); empty where it could not be read."""

    client: str = ""
    service: str = ""
    message_id: str = ""
    request_id: str = ""
    request_hash: str = ""

    def headers(self) -> Headers:
        """Return the header fields."""
        fields = (
            (b"x-road-id", self.message_id),
            (b"x-road-client", self.client),
            (b"x-road-service", self.service),
            (b"x-road-request-id", self.request_id),
            (b"x-road-request-hash", self.request_hash),
        )
        return [(name, value.encode("ascii")) for name, value in fields if value]


def wants_xml(accept: str) -> bool:
    """Tell whether `Accept` names XML before JSON; nothing said means JSON (PR-REST, 4.3)."""
    for part in accept.lower().split(","):
        media_type = part.partition(";")[0].strip()
        if media_type in ("application/json", "application/*", "*/*"):
            return False
        if media_type in ("application/xml", "text/xml", "text/*"):
            return True
    return False


def head_of(end: Answered | Refused, echo: Echo, *, refused_type: bytes) -> tuple[int, Headers]:
    """Return status and header fields of the end of a REST call, all but its length: ours, and X-Road's beside them."""
    status, ours = headers_of(end, basic=True)
    fields = [(name, value) for name, value in ours if name not in (b"content-type", b"content-language")]
    if isinstance(end, Answered):
        return status, [(b"content-type", JSON), *fields, *echo.headers()]
    error = (b"x-road-error", error_type(end.problem).encode())
    return status, [(b"content-type", refused_type), error, *fields, *echo.headers()]
