"""What are the few things of ASGI that every door needs?"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from gateway.errors import RequestTooLarge

# The server's own dictionaries; what stands in them is for the ASGI specification to say (HTTP, 2.3).
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


class CallerGone(Exception):
    """The caller went away before its request was whole."""


async def read_body(headers: Mapping[str, str], receive: Receive, *, most_bytes: int) -> bytes:
    """Return the body. Raises RequestTooLarge as soon as it is known to be larger than `most_bytes`, or CallerGone."""
    length = headers.get("content-length")
    if length is None and "transfer-encoding" not in headers:
        return b""
    if length is not None and int(length) > most_bytes:
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
                raise RequestTooLarge
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def write(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send one whole response."""
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
