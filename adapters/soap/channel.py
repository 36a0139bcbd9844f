"""How does an envelope reach a provider, and what comes back: an answer, nothing, or a fault?"""

from dataclasses import dataclass

from lxml import etree

from adapters.errors import AdapterError, ProviderRefused
from adapters.http1 import HttpClient, Response, nonsense
from adapters.soap.extraction import FAULTS, AnswerMisshapen, body_of
from adapters.soap.faults import refusal
from adapters.soap.xml import XmlRefused, make_parser, parse_document


@dataclass(frozen=True, slots=True)
class SoapReply:
    """What stood in the SOAP body: `content` is its one element, `None` when it was empty."""

    content: etree._Element | None
    status: str


class SoapChannel:
    """Asks one SOAP endpoint. Owns the client and closes it."""

    def __init__(self, client: HttpClient, *, max_response_bytes: int) -> None:
        self._client = client
        self._target = client.origin.path or "/"
        self._max_bytes = max_response_bytes
        self._parser = make_parser()

    async def ask(
        self, envelope: bytes, *, headers: tuple[tuple[str, str], ...], deadline: float, safe: bool
    ) -> SoapReply:
        """Send `envelope` once and return what the body of the answer holds.

        Raises `ProviderRefused` for a fault, and for a status that refuses (4xx) without one. Anything else that is
        no envelope is `ProviderTalkedNonsense` for a safe call and `OutcomeUnknown` for an unsafe one. Otherwise as
        `HttpClient.request`.
        """
        response = await self._client.request(
            "POST", self._target, headers=headers, body=envelope, deadline=deadline, safe=safe
        )
        status = str(response.status)
        try:
            content = body_of(parse_document(response.body, self._parser, max_bytes=self._max_bytes))
        except (XmlRefused, AnswerMisshapen) as error:
            raise _no_envelope(response, error, safe=safe) from error
        if content is not None and content.tag in FAULTS:
            raise refusal(content, status=status)
        if response.status != 200:
            raise _no_envelope(response, AnswerMisshapen("the answer's status does not fit it"), safe=safe)
        return SoapReply(content, status)

    async def reach(self, deadline: float) -> None:
        """Return when the endpoint accepts a connection. Raises `ProviderUnreachable`."""
        await self._client.reach(deadline)

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._client.close()


def _no_envelope(response: Response, error: ValueError, *, safe: bool) -> AdapterError:
    status = str(response.status)
    if 400 <= response.status < 500:
        return ProviderRefused("the provider refused the request by its HTTP status", code=status)
    return nonsense(f"the provider's answer is no SOAP answer: {error}", safe=safe, provider_status=status)
