"""How does a REST call become an exchange, and an exchange's end a REST answer?"""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from msgspec.structs import replace

from gateway.doors.asgi import CallerGone, Headers, Receive, Scope, Send, read_body, write
from gateway.errors import FaultFound, RequestInvalid, RequestMalformed, RequestTimedOut, RequestTooLarge
from gateway.exchange import Exchange
from gateway.exchangeids import new_exchange_id
from gateway.guard import MALFORMED
from gateway.states import Answered, Door, Received, Refused

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Header fields as they came, names in lower case."""
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
            headers = _headers(scope["headers"])
            body = b""
            if "content-length" in headers or "transfer-encoding" in headers:
                async with asyncio.timeout_at(arrived.deadline):
                    body = await read_body(headers, receive, most_bytes=self._most_body_bytes)
        except CallerGone:
            await self._exchange.refuse(arrived, RequestMalformed("the caller went away before its request was whole"))
            return
        except TimeoutError:
            await _send(send, await self._exchange.refuse(arrived, RequestTimedOut()), close=True)
            return
        except (RequestInvalid, RequestTooLarge) as error:
            await _send(send, await self._exchange.refuse(arrived, error), close=True)
            return
        await _send(send, await self._carry(arrived, headers, body))

    async def answer(self, arrived: Received, headers: RawHeaders) -> Answered | Refused:
        """Return the end of a call that has no body."""
        try:
            read = _headers(headers)
        except RequestInvalid as error:
            return await self._exchange.refuse(arrived, error)
        return await self._carry(arrived, read, b"")

    async def _carry(self, arrived: Received, headers: dict[str, str], body: bytes) -> Answered | Refused:
        traceparent = headers.get("traceparent", "")
        if traceparent and not _TRACEPARENT.match(traceparent):
            traceparent = ""
        return await self._exchange.carry(replace(arrived, headers=headers, body=body, traceparent=traceparent))

    async def refuse_malformed(self, scope: Scope, send: Send) -> None:
        """Answer what is not HTTP, once; the server closes the connection."""
        await _send(send, await self._exchange.refuse(self._arrive(scope), RequestMalformed()), close=True)

    def arrive(self, method: str, raw_path: str, raw_query: str, *, source: str) -> Received:
        """Return a request of which only the first line is known, from this moment on."""
        started = time.monotonic()
        return Received(
            exchange_id=new_exchange_id(),
            at=datetime.now(UTC),
            started=started,
            deadline=started + self._deadline_seconds,
            door=Door.REST,
            method=method,
            raw_path=raw_path,
            raw_query=raw_query,
            headers={},
            body=b"",
            source=source,
            traceparent="",
        )

    def _arrive(self, scope: Scope) -> Received:
        client = scope.get("client")
        return self.arrive(
            str(scope["method"]),
            _text(scope["raw_path"]),
            _text(scope["query_string"]),
            source=str(client[0]) if isinstance(client, tuple | list) else "",
        )


def is_malformed(scope: Scope) -> bool:
    """Tell whether the guard has refused this request already."""
    extensions = scope.get("extensions")
    return isinstance(extensions, dict) and MALFORMED in extensions


def _headers(pairs: RawHeaders) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in pairs:
        name = name_bytes.decode("latin-1")
        if name in headers and name in _SINGLE:
            raise RequestInvalid([FaultFound(name, "tiêu đề lặp lại", "given more than once")])
        headers[name] = value_bytes.decode("latin-1")
    return headers


def headers_of(end: Answered | Refused) -> tuple[int, Headers]:
    """Return status and header fields of the end of a call, all but its length."""
    if isinstance(end, Answered):
        quota, left = end.quota
        return end.status, [
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"exchange-id", end.exchange_id.encode()),
            (b"ratelimit-policy", b'"day";q=%d;w=86400' % quota),
            (b"ratelimit", b'"day";r=%d' % left),
        ]
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"content-language", b"vi"),
        (b"exchange-id", end.exchange_id.encode()),
    ]
    if end.problem.retry_after is not None:
        headers.append((b"retry-after", b"%d" % end.problem.retry_after_seconds))
    if end.problem.status == 401:
        # RFC 6750, 3: the error code only where a token was presented.
        missing = end.problem.slug == "token-missing"
        challenge = b'Bearer realm="lienthong"' + (b"" if missing else b', error="invalid_token"')
        headers.append((b"www-authenticate", challenge))
    if allowed := end.problem.facts.get("allow"):
        headers.append((b"allow", allowed.encode()))
    return end.problem.status, headers


async def _send(send: Send, end: Answered | Refused, *, close: bool = False) -> None:
    status, headers = headers_of(end)
    if close:
        headers.append((b"connection", b"close"))
    await write(send, status, headers, end.body)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
