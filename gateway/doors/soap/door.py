"""How does a SOAP call become an exchange, and an exchange's end a SOAP answer?

The door translates and decides nothing: whether a call may be made is asked by the exchange, as of every door.
"""

import re
from typing import Final

from msgspec.structs import replace

from adapters.soap.shapes import SoapVersion
from gateway.doors.arrival import Arrivals, CallerGone, gone, keyed
from gateway.doors.asgi import Receive, Scope, Send, write
from gateway.doors.rest import headers_of
from gateway.doors.soap.attachments import taken_apart, wants_parts
from gateway.doors.soap.blocks import FIELDS, header_fields, with_blocks
from gateway.doors.soap.contracts import Contracts
from gateway.doors.soap.envelope import EnvelopeReader
from gateway.doors.soap.faces import Faces
from gateway.doors.soap.rendition import SoapRendition
from gateway.doors.soap.requests import rest_call
from gateway.doors.soap.security import username_token
from gateway.errors import (
    EnvelopeVersionUnknown,
    GatewayError,
    MediaTypeUnsupported,
    MethodNotAllowed,
    RequestInvalid,
    RequestTimedOut,
    RequestTooLarge,
)
from gateway.exchange import Exchange, clock
from gateway.proofs import Prover
from gateway.states import Answered, Door, Received, Refused
from security.errors import SecurityError

_VERSIONS: Final = {"text/xml": SoapVersion.SOAP_11, "application/soap+xml": SoapVersion.SOAP_12}
_ACTION: Final = re.compile(r';\s*action\s*=\s*("[^"]*"|[^;\s]*)', re.IGNORECASE)
_ALLOWED: Final = ("GET", "POST")


class SoapDoor:
    """The ASGI application of `/soap/…`."""

    def __init__(
        self,
        exchange: Exchange,
        arrivals: Arrivals,
        *,
        prover: Prover,
        faces: Faces,
        max_envelope_bytes: int,
        max_part_bytes: int,
    ) -> None:
        """Hand calls to `exchange`; `prover` judges secrets and UsernameTokens."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._prover = prover
        self._faces = faces
        self._contracts = Contracts(exchange, faces, prover=prover, arrivals=arrivals)
        self._reader = EnvelopeReader(most_bytes=max_envelope_bytes, most_part_bytes=max_part_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a message, or a question for the contract."""
        if scope["method"] in ("GET", "HEAD"):
            await self._contracts.answer(scope, send)
            return
        rendition = SoapRendition(_announced(scope))
        arrived = self._arrivals.arrive_by(scope, door=Door.SOAP, rendition=rendition)
        try:
            received = await self._arrivals.complete(arrived, scope["headers"], receive)
        except CallerGone:
            await self._exchange.refuse(arrived, gone())
        except (RequestInvalid, RequestTooLarge, RequestTimedOut) as error:
            await _send(send, await self._exchange.refuse(arrived, error), rendition, close=True)
        else:
            await self._carry(received, rendition, send)

    async def _carry(self, received: Received, rendition: SoapRendition, send: Send) -> None:
        try:
            translated, rendition = await self._translated(received)
        except (GatewayError, SecurityError) as error:
            await _send(send, await self._exchange.refuse(received, error), rendition)
        else:
            await _send(send, await self._exchange.carry(translated), rendition)

    async def _translated(self, received: Received) -> tuple[Received, SoapRendition]:
        """Return the call in the terms of the REST door, and how its answer is written.

        Raises a GatewayError or a SecurityError.
        """
        if received.method != "POST":
            raise MethodNotAllowed(_ALLOWED)
        face = self._faces.find(self._exchange.policy.current, received.raw_path)
        content_type = received.headers.get("content-type", "")
        parted = taken_apart(content_type, received.body)
        announced = _version(content_type if parted is None else parted.content_type)
        if announced is None:
            raise MediaTypeUnsupported
        envelope = self._reader.read(received.body if parted is None else parted.envelope, parted)
        if envelope.version is not announced:
            raise EnvelopeVersionUnknown("the Envelope is of another version than its Content-Type")
        operation = face.find(envelope.content, _action(received.headers.get("soapaction", ""), content_type))
        said = header_fields(envelope, operation.blocks.tags if operation.blocks is not None else ())
        headers = with_blocks(received.headers, said)
        now = clock()
        proven = await self._prover.prove(received.headers, username_token(envelope, now=now), now=now)
        call = rest_call(face.service, operation, envelope, fields=said.get(FIELDS, ""))
        headers["content-type"] = "application/json"
        if face.service.wsdl is not None:
            headers = keyed(headers, received.exchange_id)
        parts = wants_parts(received.headers.get("accept", ""), content_type)
        answering = SoapRendition(envelope.version, operation, parts=parts)
        return (
            replace(
                received,
                method=call.method,
                raw_path=call.raw_path,
                raw_query=call.raw_query,
                headers=headers,
                body=call.body,
                rendition=answering,
                proven=proven,
            ),
            answering,
        )


def _announced(scope: Scope) -> SoapVersion:
    """Return in which version a refusal is written of what nobody has read yet."""
    is_12 = any(b"application/soap+xml" in value.lower() for name, value in scope["headers"] if name == b"content-type")
    return SoapVersion.SOAP_12 if is_12 else SoapVersion.SOAP_11


def _version(content_type: str) -> SoapVersion | None:
    return _VERSIONS.get(content_type.partition(";")[0].strip().lower())


def _action(header: str, content_type: str) -> str:
    """Return what the call is for: SOAPAction (SOAP 1.1, 6.1.1), or the media type's action (RFC 3902)."""
    if header:
        return header.strip().strip('"')
    found = _ACTION.search(content_type)
    return found[1].strip('"') if found else ""


async def _send(send: Send, end: Answered | Refused, rendition: SoapRendition, *, close: bool = False) -> None:
    _, headers = headers_of(end, basic=True)
    status = rendition.status(end.problem) if isinstance(end, Refused) else rendition.answered_status
    headers[0] = (b"content-type", rendition.content_type if isinstance(end, Refused) else rendition.answer_type)
    if close:
        headers.append((b"connection", b"close"))
    await write(send, status, headers, end.body)
