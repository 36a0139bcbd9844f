"""How does a message of X-Road's protocol for SOAP become an exchange (PR-MESS)?

The header names client and service, the body is the message that the SOAP door reads and writes for the same operation.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from adapters.soap.shapes import SoapVersion
from gateway.doors.arrival import Arrivals, CallerGone, gone
from gateway.doors.asgi import Headers, Receive, Scope, Send, write
from gateway.doors.rest import headers_of
from gateway.doors.soap.blocks import FIELDS, header_fields, with_blocks
from gateway.doors.soap.envelope import Envelope, EnvelopeReader
from gateway.doors.soap.requests import rest_call
from gateway.doors.soap.security import username_token
from gateway.doors.xroad.callers import Callers
from gateway.doors.xroad.headers import in_our_terms, refuse_another_party, refuse_repeated
from gateway.doors.xroad.soapanswers import Faults, SoapAnswers, around
from gateway.doors.xroad.soapheaders import TAGS, SoapHeader, read_header
from gateway.doors.xroad.soapmeta import SOAP_METASERVICES, Message, SoapMetaservices
from gateway.doors.xroad.soapoffers import SoapOffers, asked_by
from gateway.errors import (
    EnvelopeVersionUnknown,
    GatewayError,
    MediaTypeUnsupported,
    MethodNotAllowed,
    PathUnknown,
)
from gateway.exchange import Exchange
from gateway.states import Answered, Door, Identified, Received, Refused
from security.errors import SecurityError

_XML = b"text/xml;charset=utf-8"


@dataclass(frozen=True, slots=True)
class SoapCall:
    """A message that is one of the protocol, as a call of the client that it names."""

    received: Received
    envelope: Envelope
    header: SoapHeader
    fields: str


class SoapCalls:
    """The ASGI application of X-Road's SOAP endpoint."""

    def __init__(
        self,
        exchange: Exchange,
        arrivals: Arrivals,
        *,
        callers: Callers,
        offers: SoapOffers,
        metaservices: SoapMetaservices,
        max_envelope_bytes: int,
    ) -> None:
        """Hand calls to `exchange`."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._callers = callers
        self._offers = offers
        self._metaservices = metaservices
        self._reader = EnvelopeReader(most_bytes=max_envelope_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one message."""
        arrived = self._arrivals.arrive_by(scope, door=Door.XROAD, rendition=Faults())
        end: Answered | Refused | Message
        try:
            received = await self._arrivals.complete(arrived, scope["headers"], receive)
        except CallerGone:
            await self._exchange.refuse(arrived, gone())
            return
        except GatewayError as error:
            await _send(send, await self._exchange.refuse(arrived, error), close=True)
            return
        try:
            refuse_repeated(scope["headers"])
            call = self._read(received)
        except (GatewayError, SecurityError) as error:
            end = await self._exchange.refuse(received, error)
        else:
            end = await self._answer(call)
        await _send(send, end)

    def _read(self, received: Received) -> SoapCall:
        """Return the call that a message is. Raises a GatewayError or a SecurityError."""
        if received.method != "POST":
            raise MethodNotAllowed(["POST"])
        # PR-MESS, 2: SOAP 1.1. Attachments (2.4) belong to no operation that we publish.
        if received.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/xml":
            raise MediaTypeUnsupported
        envelope = self._reader.read(received.body)
        if envelope.version is not SoapVersion.SOAP_11:
            raise EnvelopeVersionUnknown("X-Road speaks SOAP 1.1")
        header = read_header(envelope)
        said = header_fields(envelope, TAGS)
        theirs = {"x-road-id": header.message_id, "x-road-userid": header.user_id, "x-road-issue": header.issue}
        headers = in_our_terms(with_blocks(received.headers, said) | theirs, header.client)
        if header.party[1]:
            refuse_another_party(*header.party, client=header.client)
        headers["content-type"] = "application/json"
        return SoapCall(replace(received, headers=headers), envelope, header, said.get(FIELDS, ""))

    async def _answer(self, call: SoapCall) -> Answered | Refused | Message:
        reached: Received | Identified = call.received
        try:
            token = username_token(call.envelope, now=call.received.at)
            reached = claimed = await self._callers.claim(call.received, call.header.client, token)
            reached = identified = self._callers.identify(claimed)
            if call.header.service in SOAP_METASERVICES:
                return await self._metaservices.answer(identified, call.envelope, call.header)
            translated = self._translated(claimed, identified, call)
        except (GatewayError, SecurityError) as error:
            return await self._exchange.refuse(reached, error)
        return await self._exchange.carry(translated)

    def _translated(self, claimed: Received, identified: Identified, call: SoapCall) -> Received:
        header = call.header
        offers = self._offers.named(
            identified.snapshot, self._database(call), code=header.service, version=header.version, now=claimed.at
        )
        content = call.envelope.content
        offer = asked_by(offers, "" if content is None else str(content.tag))
        asked = rest_call(offer.face.service, offer.operation, call.envelope, fields=call.fields)
        return replace(
            claimed,
            method=asked.method,
            raw_path=asked.raw_path,
            raw_query=asked.raw_query,
            body=asked.body,
            rendition=SoapAnswers(offer.operation, around(call.envelope, claimed.body)),
        )

    def _database(self, call: SoapCall) -> str:
        database = self._callers.directory.databases.get(call.header.provider)
        if database is None:
            raise PathUnknown
        return database


async def _send(send: Send, end: Answered | Refused | Message, *, close: bool = False) -> None:
    """A fault is HTTP 200 as well: X-Road's clients read the code of the fault."""
    headers: Headers = [(b"content-type", end.media_type if isinstance(end, Message) else _XML)]
    if isinstance(end, Message):
        headers.append((b"cache-control", b"no-store"))
    else:
        headers += headers_of(end)[1][1:]
    if close:
        headers.append((b"connection", b"close"))
    await write(send, 200, headers, end.body)
