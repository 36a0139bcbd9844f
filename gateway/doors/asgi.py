"""What are the few things of ASGI that every door needs?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

from gateway.errors import RequestTooLarge

# The server's own dictionaries; what stands in them is for the ASGI specification to say (HTTP, 2.3).
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_DISCARD_SECONDS = 5.0


class CallerGone(Exception):
    """The caller went away before its request was whole."""


async def read_body(headers: Mapping[str, str], receive: Receive, *, most_bytes: int) -> bytes:
    """Return the body. Raises RequestTooLarge as soon as it is known to be larger than `most_bytes`, or CallerGone."""
    length = headers.get("content-length")
    if length is None and "transfer-encoding" not in headers:
        return b""
    if length is not None and int(length) > most_bytes:
        if int(length) <= 2 * most_bytes and "expect" not in headers:
            await _discard(receive, most_bytes=2 * most_bytes)
        raise RequestTooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise CallerGone
        part = message.get("body", b"")
        if isinstance(part, bytes) and part:
            size += len(part)
            if size > most_bytes:
                await _discard(receive, most_bytes=most_bytes)
                raise RequestTooLarge
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _discard(receive: Receive, *, most_bytes: int) -> None:
    """Read on and keep nothing, for a while: who is cut off while sending sees a reset and never the refusal."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while size <= most_bytes:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                size += len(message.get("body", b""))


async def write(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send one whole response."""
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
