"""How does a call of the X-Road message protocol for REST become an exchange (PR-REST)?

`/r1/{instance}/{class}/{member}/{subsystem}/{service}/v{n}/…`: the subsystem is a database, the service code a service
of it, and what follows is the path that the REST door takes, version first, as it came.
"""

from dataclasses import dataclass, replace

import msgspec

from catalog.codes import code_fault
from gateway.doors.arrival import Arrivals, CallerGone, RawHeaders, gone
from gateway.doors.asgi import Headers, Receive, Scope, Send, write
from gateway.doors.xroad.answers import JSON, Echo, RestRendition, head_of, wants_xml
from gateway.doors.xroad.callers import Callers
from gateway.doors.xroad.hashes import rest_hash
from gateway.doors.xroad.headers import in_our_terms, refuse_repeated
from gateway.doors.xroad.identifiers import ServiceAddress, read_address, read_client, write_id
from gateway.doors.xroad.restmeta import REST_METASERVICES, RestMetaservices
from gateway.errors import GatewayError, MethodNotAllowed, PathUnknown
from gateway.exchange import Exchange
from gateway.states import Answered, Door, Identified, Received, Refused
from gateway.xroaddirectory import XRoadDirectory, XRoadId
from security.errors import SecurityError

_NOWHERE = "/x/"
"""An address of the REST door at which there is nothing: who calls is judged before what is called."""


@dataclass(frozen=True, slots=True)
class Described:
    """The answer of a metaservice."""

    body: bytes
    media_type: bytes = JSON


@dataclass(frozen=True, slots=True)
class RestCall:
    """A request that is one of the protocol: what it asks of whom, on whose behalf."""

    received: Received
    address: ServiceAddress
    client: XRoadId


class RestCalls:
    """The ASGI application of `/r1/…`."""

    def __init__(
        self, exchange: Exchange, arrivals: Arrivals, *, callers: Callers, metaservices: RestMetaservices
    ) -> None:
        """Hand calls to `exchange`."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._callers = callers
        self._metaservices = metaservices

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        rendition = RestRendition(xml=wants_xml(_accept(scope)))
        arrived = self._arrivals.arrive_by(scope, door=Door.XROAD, rendition=rendition)
        echo = Echo(request_id=arrived.exchange_id, message_id=arrived.exchange_id)
        end: Answered | Refused | Described
        try:
            received = await self._arrivals.complete(arrived, scope["headers"], receive)
        except CallerGone:
            await self._exchange.refuse(arrived, gone())
            return
        except GatewayError as error:
            end = await self._exchange.refuse(arrived, error)
            await _send(send, end, echo, rendition, close=True)
            return
        target = received.raw_path + (f"?{received.raw_query}" if received.raw_query else "")
        hashed = rest_hash(received.method, target.encode("latin-1"), scope["headers"], received.body)
        echo = replace(echo, request_hash=hashed)
        try:
            call = read_call(received, scope["headers"])
        except GatewayError as error:
            end = await self._exchange.refuse(received, error)
        else:
            echo = replace(
                echo,
                client=write_id(call.client),
                service=write_id(call.address.provider, call.address.service),
                message_id=received.headers.get("x-road-id") or echo.message_id,
            )
            end = await self._answer(call)
        await _send(send, end, echo, rendition)

    async def _answer(self, call: RestCall) -> Answered | Refused | Described:
        reached: Received | Identified = call.received
        try:
            reached = claimed = await self._callers.claim(call.received, call.client)
            if call.address.service in REST_METASERVICES:
                reached = identified = self._callers.identify(claimed)
                return Described(self._describe(identified, call.address))
        except (GatewayError, SecurityError) as error:
            return await self._exchange.refuse(reached, error)
        path = service_path(call.address, self._callers.directory)
        return await self._exchange.carry(msgspec.structs.replace(claimed, raw_path=path))

    def _describe(self, identified: Identified, address: ServiceAddress) -> bytes:
        received = identified.received
        database = self._callers.directory.databases.get(address.provider)
        if database is None or address.rest:
            raise PathUnknown
        if received.method != "GET":
            raise MethodNotAllowed(["GET"])
        return self._metaservices.answer(identified, address, database=database)


def read_call(received: Received, headers: RawHeaders) -> RestCall:
    """Return what a request asks, its headers in our terms too. Raises RequestInvalid."""
    refuse_repeated(headers)
    address = read_address(received.raw_path)
    client = read_client(received.headers.get("x-road-client", ""))
    both = in_our_terms(received.headers, client)
    return RestCall(msgspec.structs.replace(received, headers=both), address, client)


def service_path(address: ServiceAddress, directory: XRoadDirectory) -> str:
    """Return the address of the REST door that an X-Road address means: for no service one at which nothing is."""
    database = directory.databases.get(address.provider)
    if database is None or code_fault("", address.service) is not None:
        return _NOWHERE
    return f"/x/{database}/{address.service}{address.rest}"


def _accept(scope: Scope) -> str:
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")


async def _send(
    send: Send, end: Answered | Refused | Described, echo: Echo, rendition: RestRendition, *, close: bool = False
) -> None:
    if isinstance(end, Described):
        described: Headers = [(b"content-type", end.media_type), (b"cache-control", b"no-store"), *echo.headers()]
        await write(send, 200, described, end.body)
        return
    status, headers = head_of(end, echo, refused_type=rendition.media_type)
    if close:
        headers.append((b"connection", b"close"))
    await write(send, status, headers, end.body)
