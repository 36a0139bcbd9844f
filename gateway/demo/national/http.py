"""How does a simulator read a request and write an answer, as a plain ASGI application?"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from adapters.contract import Json

# ASGI 3.0 leaves the values of its messages open; these three names are the specification's.
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request; `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    content: bytes
    media_type: str


def json_reply(value: Json, status: int = 200) -> Reply:
    """Return an answer in JSON, with Vietnamese letters as they are."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode("utf-8"), "application/json; charset=utf-8")


def members_of(body: bytes) -> dict[str, Json]:
    """Return the members of a JSON object, none when the body is none."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def as_asgi(answer: Callable[[Request], Reply]) -> AsgiApp:
    """Return `answer` as an ASGI application; also speaks the lifespan protocol, with nothing to do."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            reply = answer(await _read(scope, receive))
            headers = [(b"content-type", reply.media_type.encode("ascii"))]
            headers.append((b"content-length", str(len(reply.content)).encode("ascii")))
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": reply.content})

    return app


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if len(body) <= MAX_BODY_BYTES:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    raw = scope.get("raw_path") or scope["path"].encode("utf-8")
    return Request(
        method=scope["method"],
        path=unquote(raw.decode("ascii", "replace")),
        query=dict(parse_qsl(scope["query_string"].decode("ascii", "replace"))),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=bytes(body),
    )
