"""How does a REST call become an exchange, and an exchange's end a REST answer?"""

import asyncio
import re
from datetime import UTC, datetime

from msgspec.structs import replace

from gateway.doors.asgi import CallerGone, Headers, Receive, Scope, Send, read_body, write
from gateway.errors import FaultFound, RequestInvalid, RequestMalformed, RequestTimedOut, RequestTooLarge
from gateway.exchange import Exchange
from gateway.exchangeids import new_exchange_id
from gateway.guard import MALFORMED
from gateway.states import Answered, Door, Received, Refused

PREFIX = "/x/"
# Each may stand once in a call: two values would let two readers understand two calls.
_SINGLE = frozenset(
    ("authorization", "agreement", "purpose", "case-file", "officer", "idempotency-key", "traceparent", "content-type")
)
# W3C Trace Context, 3.2: version 00 and a trace id and parent id that are not all zero.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


class RestDoor:
    """The ASGI application of `/x/…`: the hot path, reached before any framework's routing and middleware."""

    def __init__(self, exchange: Exchange, *, deadline_seconds: float, most_body_bytes: int) -> None:
        """Hand calls to `exchange`, each with `deadline_seconds` from its arrival to its answer."""
        self._exchange = exchange
        self._deadline_seconds = deadline_seconds
        self._most_body_bytes = most_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        arrived = self._arrive(scope)
        try:
            headers = _headers(scope)
            body = b""
            if "content-length" in headers or "transfer-encoding" in headers:
                async with asyncio.timeout_at(arrived.deadline):
                    body = await read_body(headers, receive, most_bytes=self._most_body_bytes)
        except CallerGone:
            await self._exchange.refuse(arrived, RequestMalformed("the caller went away before its request was whole"))
            return
        except TimeoutError:
            await _refuse(send, await self._exchange.refuse(arrived, RequestTimedOut()), close=True)
            return
        except (RequestInvalid, RequestTooLarge) as error:
            await _refuse(send, await self._exchange.refuse(arrived, error), close=True)
            return
        traceparent = headers.get("traceparent", "")
        received = replace(
            arrived,
            headers=headers,
            body=body,
            traceparent=traceparent if _TRACEPARENT.match(traceparent) else "",
        )
        end = await self._exchange.carry(received)
        if isinstance(end, Answered):
            await _answer(send, end)
        else:
            await _refuse(send, end)

    async def refuse_malformed(self, scope: Scope, send: Send) -> None:
        """Answer what is not HTTP, once; the server closes the connection."""
        await _refuse(send, await self._exchange.refuse(self._arrive(scope), RequestMalformed()), close=True)

    def _arrive(self, scope: Scope) -> Received:
        started = asyncio.get_running_loop().time()
        client = scope.get("client")
        return Received(
            exchange_id=new_exchange_id(),
            at=datetime.now(UTC),
            started=started,
            deadline=started + self._deadline_seconds,
            door=Door.REST,
            method=str(scope["method"]),
            raw_path=_text(scope["raw_path"]),
            raw_query=_text(scope["query_string"]),
            headers={},
            body=b"",
            source=str(client[0]) if isinstance(client, tuple | list) else "",
            traceparent="",
        )


def is_malformed(scope: Scope) -> bool:
    """Tell whether the guard has refused this request already."""
    extensions = scope.get("extensions")
    return isinstance(extensions, dict) and MALFORMED in extensions


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in scope["headers"]:
        name = name_bytes.decode("latin-1")
        if name in headers and name in _SINGLE:
            raise RequestInvalid([FaultFound(name, "tiêu đề lặp lại", "given more than once")])
        headers[name] = value_bytes.decode("latin-1")
    return headers


async def _answer(send: Send, answered: Answered) -> None:
    quota, left = answered.quota
    headers: Headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"exchange-id", answered.exchange_id.encode()),
        (b"ratelimit-policy", b'"day";q=%d;w=86400' % quota),
        (b"ratelimit", b'"day";r=%d' % left),
    ]
    await write(send, answered.status, headers, answered.body)


async def _refuse(send: Send, refused: Refused, *, close: bool = False) -> None:
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"content-language", b"vi"),
        (b"exchange-id", refused.exchange_id.encode()),
    ]
    if refused.problem.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refused.problem.retry_after_seconds))
    if refused.problem.status == 401:
        # RFC 6750, 3: the error code only where a token was presented.
        challenge = b'Bearer realm="lienthong"'
        headers.append(
            (
                b"www-authenticate",
                challenge if refused.problem.slug == "token-missing" else challenge + b', error="invalid_token"',
            )
        )
    if allowed := refused.problem.facts.get("allow"):
        headers.append((b"allow", allowed.encode()))
    if close:
        headers.append((b"connection", b"close"))
    await write(send, refused.problem.status, headers, refused.body)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
