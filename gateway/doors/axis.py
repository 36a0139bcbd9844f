"""How does a call written for the national data axis (WSO2) become an exchange, and its end what such a client reads?

`{prefix}/{apiName}/{version}/{resource}` is the service that was published under this name, asked by its own path. The
door exists for published names only: anything else is answered as if there were no such door.
"""

from msgspec.structs import replace

from gateway.doors.arrival import Arrivals, CallerGone, gone, keyed
from gateway.doors.asgi import Application, Receive, Scope, Send, write
from gateway.doors.axisfaults import fault_document
from gateway.doors.rest import headers_of
from gateway.errors import RequestInvalid, RequestTimedOut, RequestTooLarge
from gateway.exchange import Exchange, clock
from gateway.problems import Problem
from gateway.proofs import UNPROVEN, Prover
from gateway.snapshot import Snapshot
from gateway.states import Answered, Authorized, Door, Received, Refused

_JSON, _PROBLEM = b"application/json", b"application/problem+json"


class AxisRendition:
    """The answer as it is; a refusal as WSO2 writes it, with the problem's members beside its own."""

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return `body` unchanged."""
        del authorized
        return body

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return one JSON document that both kinds of clients read."""
        return fault_document(refusal, correlation_id, public_url=public_url)


AXIS = AxisRendition()


class AxisDoor:
    """The ASGI application of the names of the axis; what is none goes to `otherwise`."""

    def __init__(
        self, exchange: Exchange, arrivals: Arrivals, *, prover: Prover, prefix: str, otherwise: Application
    ) -> None:
        """`prefix` begins with `/` and does not end with one, or is empty."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._prover = prover
        self._prefix = prefix.encode("ascii")
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = rest_path(scope["raw_path"], prefix=self._prefix, snapshot=self._exchange.policy.current)
        if path is None:
            await self._otherwise(scope, receive, send)
            return
        arrived = replace(self._arrivals.arrive_by(scope, door=Door.AXIS, rendition=AXIS), raw_path=path)
        try:
            received = await self._arrivals.complete(arrived, scope["headers"], receive)
        except CallerGone:
            await self._exchange.refuse(arrived, gone())
        except (RequestInvalid, RequestTooLarge, RequestTimedOut) as error:
            await _send(send, await self._exchange.refuse(arrived, error), accept="", close=True)
        else:
            await _send(send, await self._carry(received), accept=received.headers.get("accept", ""))

    async def _carry(self, received: Received) -> Answered | Refused:
        try:
            proven = await self._prover.prove(received.headers, now=clock())
        except UNPROVEN as error:
            return await self._exchange.refuse(received, error)
        return await self._exchange.carry(
            replace(received, proven=proven, headers=keyed(received.headers, received.exchange_id))
        )


def rest_path(raw_path: bytes, *, prefix: bytes, snapshot: Snapshot) -> str | None:
    """Return the path by which the REST door knows a call, None when no published name is asked for.

    Names are compared as they were sent: an encoded one is none.
    """
    if not raw_path.startswith(prefix + b"/"):
        return None
    api, _, below = raw_path.removeprefix(prefix + b"/").decode("latin-1").partition("/")
    version, slash, resource = below.partition("/")
    if version and (place := snapshot.axis.get((api, version))):
        return f"{place}{slash}{resource}"
    if place := snapshot.axis.get((api, "")):
        return f"{place}/{below}"
    return None


async def _send(send: Send, end: Answered | Refused, *, accept: str, close: bool = False) -> None:
    status, headers = headers_of(end, basic=True)
    if isinstance(end, Refused):
        # A client of the axis may read nothing but application/json; one that knows RFC 9457 says so.
        headers[0] = (b"content-type", _PROBLEM if "application/problem+json" in accept.lower() else _JSON)
    if close:
        headers.append((b"connection", b"close"))
    await write(send, status, headers, end.body)
