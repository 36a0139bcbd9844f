"""How does a REST call become an exchange, and an exchange's end a REST answer?"""

from collections.abc import Awaitable, Mapping

from gateway.doors.arrival import Arrivals, CallerGone, gone
from gateway.doors.asgi import Application, Headers, Message, Receive, Scope, Send, write
from gateway.doors.challenges import challenges
from gateway.errors import RequestInvalid, RequestMalformed, RequestTimedOut, RequestTooLarge
from gateway.exchange import Exchange
from gateway.guard import MALFORMED
from gateway.problems import Problem
from gateway.states import Answered, Authorized, Door, Refused


class Plain:
    """The REST door's rendition: the answer as it is, a refusal as a problem document (RFC 9457)."""

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return `body` unchanged."""
        del authorized
        return body

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return the `application/problem+json` document."""
        return refusal.body(correlation_id, public_url=public_url)


PLAIN = Plain()


class RestDoor:
    """The ASGI application of `/x/…`: the hot path, reached before any framework's routing and middleware."""

    def __init__(self, exchange: Exchange, arrivals: Arrivals) -> None:
        """Hand calls to `exchange`."""
        self._exchange = exchange
        self._arrivals = arrivals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        arrived = self._arrivals.arrive_by(scope, door=Door.REST, rendition=PLAIN)
        try:
            received = await self._arrivals.complete(arrived, scope["headers"], receive)
        except CallerGone:
            await self._exchange.refuse(arrived, gone())
        except (RequestInvalid, RequestTooLarge, RequestTimedOut) as error:
            await _send(send, await self._exchange.refuse(arrived, error), close=True)
        else:
            await _send(send, await self._exchange.carry(received))

    def answer(self, target: bytes, headers: Mapping[str, str], *, source: str) -> Awaitable[Answered | Refused]:
        """Return what becomes the end of a GET without a body, which arrives in this moment."""
        path, _, query = target.decode("ascii").partition("?")
        arrived = self._arrivals.arrive(
            "GET", path, query, source=source, door=Door.REST, rendition=PLAIN, headers=headers
        )
        return self._exchange.carry(arrived)

    async def sheltered(self, door: Application, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `door` answer; what it raises that nobody foresaw is recorded and refused, if it has said nothing yet."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        error = await self._exchange.witness(door(scope, receive, noted))
        if error is not None and not begun:
            arrived = self._arrivals.arrive_by(scope, door=Door.REST, rendition=PLAIN)
            await _send(send, await self._exchange.refuse(arrived, error), close=True)

    async def refuse_malformed(self, scope: Scope, send: Send) -> None:
        """Answer what is not HTTP, once; the server closes the connection."""
        arrived = self._arrivals.arrive_by(scope, door=Door.REST, rendition=PLAIN)
        await _send(send, await self._exchange.refuse(arrived, RequestMalformed()), close=True)


def is_malformed(scope: Scope) -> bool:
    """Tell whether the guard has refused this request already."""
    extensions = scope.get("extensions")
    return isinstance(extensions, dict) and MALFORMED in extensions


def headers_of(end: Answered | Refused, *, basic: bool = False) -> tuple[int, Headers]:
    """Return status and header fields of the end of a call, all but its length; the first is the content type.

    `basic` says whether the door takes HTTP Basic, so that a caller who proved nothing hears of it.
    """
    if isinstance(end, Answered):
        quota, left = end.quota
        return end.status, [
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"exchange-id", end.exchange_id.encode()),
            (b"exchange-receipt", end.receipt),
            (b"ratelimit-policy", b'"day";q=%d;w=86400' % quota),
            (b"ratelimit", b'"day";r=%d' % left),
            *end.lifecycle,
        ]
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"content-language", b"vi"),
        (b"exchange-id", end.exchange_id.encode()),
    ]
    if end.receipt:  # what could not be recorded promises nothing
        headers.append((b"exchange-receipt", end.receipt))
    if end.problem.retry_after is not None:
        headers.append((b"retry-after", b"%d" % end.problem.retry_after_seconds))
    headers += challenges(end.problem, basic=basic)
    if allowed := end.problem.facts.get("allow"):
        headers.append((b"allow", allowed.encode()))
    return end.problem.status, headers


async def _send(send: Send, end: Answered | Refused, *, close: bool = False) -> None:
    status, headers = headers_of(end)
    if close:
        headers.append((b"connection", b"close"))
    await write(send, status, headers, end.body)
