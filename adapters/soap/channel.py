"""How does an envelope reach a provider, and what comes back: an answer, nothing, or a fault?"""

from dataclasses import dataclass

from lxml import etree

from adapters.errors import AdapterError, ProviderRefused
from adapters.http1 import HttpClient, Response, nonsense
from adapters.soap.envelope import FAULTS, body_of, header_blocks_of
from adapters.soap.faults import refusal
from adapters.soap.multipart import is_multipart, put_back, split_parts
from adapters.soap.reading import MessageMisshapen
from adapters.soap.xml import XmlRefused, make_parser, parse_document


@dataclass(frozen=True, slots=True)
class SoapReply:
    """What stood in the SOAP body: `content` is its one element, `None` when it was empty; and the header's blocks."""

    content: etree._Element | None
    status: str
    blocks: tuple[etree._Element, ...] = ()


class SoapChannel:
    """Asks one SOAP endpoint. Owns the client and closes it."""

    def __init__(self, client: HttpClient, *, max_response_bytes: int) -> None:
        self._client = client
        self._target = client.origin.path or "/"
        self._max_bytes = max_response_bytes
        self._parser = make_parser()

    async def ask(
        self,
        envelope: bytes,
        *,
        headers: tuple[tuple[str, str], ...],
        deadline: float,
        safe: bool,
        one_way: bool = False,
    ) -> SoapReply:
        """Send `envelope` once and return what the body of the answer holds.

        The provider of a `one_way` operation may answer with a status alone (Basic Profile 1.1, R2714, R2750).
        Raises `ProviderRefused` for a fault, and for a status that refuses (4xx) without one. Anything else that is
        no envelope is `ProviderTalkedNonsense` for a safe call and `OutcomeUnknown` for an unsafe one. Otherwise as
        `HttpClient.request`.
        """
        response = await self._client.request(
            "POST", self._target, headers=headers, body=envelope, deadline=deadline, safe=safe
        )
        status = str(response.status)
        if one_way and not response.body.strip() and 200 <= response.status < 300:
            return SoapReply(None, status)
        try:
            root = self._parsed(response)
            content = body_of(root)
        except (XmlRefused, MessageMisshapen) as error:
            raise _no_envelope(response, error, safe=safe) from error
        if content is not None and content.tag in FAULTS:
            raise refusal(content, status=status)
        if response.status != 200 and not (one_way and response.status == 202):
            raise _no_envelope(response, MessageMisshapen("the answer's status does not fit it"), safe=safe)
        return SoapReply(content, status, tuple(header_blocks_of(root)))

    def _parsed(self, response: Response) -> etree._Element:
        content_type = response.header("content-type")
        if not is_multipart(content_type):
            return parse_document(response.body, self._parser, max_bytes=self._max_bytes)
        envelope, parts = split_parts(content_type, response.body)
        root = parse_document(envelope, self._parser, max_bytes=self._max_bytes)
        put_back(root, parts, max_bytes=self._max_bytes)
        return root

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
