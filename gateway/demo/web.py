"""What do the demo providers need of HTTP? A request read whole, and a reply."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl

import orjson

from adapters.contract import Json
from gateway.demo.draw import Record

# The ASGI specification's own shapes; `object` because each message has members of its own.
Scope: TypeAlias = MutableMapping[str, object]
Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request, read whole. `path` is below the provider's mount; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: Json | Record, *, status: int = 200) -> Reply:
    """A reply in JSON."""
    return Reply(status=status, body=orjson.dumps(value))


def error_reply(status: int, code: str, message: str) -> Reply:
    """A refusal as these providers word it."""
    return json_reply({"maLoi": code, "thongBao": message}, status=status)


async def read_request(scope: Scope, receive: Receive, *, below: str = "") -> Request | None:
    """Read the request whole; None when it is larger than a provider takes or the other side has gone."""
    raw = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw} if isinstance(raw, list) else {}
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        body += part if isinstance(part, bytes) else b""
        if len(body) > MOST_BYTES:
            return None
        more = bool(message.get("more_body", False))
    query = scope.get("query_string", b"")
    text = query.decode("latin-1") if isinstance(query, bytes) else ""
    path = str(scope["path"])
    return Request(
        method=str(scope["method"]),
        path=path.removeprefix(below) or "/",
        query=dict(parse_qsl(text, keep_blank_values=True)) or ({text: ""} if text else {}),
        headers=headers,
        body=body,
        address=f"http://{headers.get('host', '127.0.0.1')}{below}",
    )


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a reply whole."""
    headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
    await send({"type": "http.response.body", "body": reply.body})
