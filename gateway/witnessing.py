"""How does another agency vouch for our log? (C2SP tlog-witness)

`lienthong witness`: a small server with a key and a file of its own, that needs nothing of the platform but the log's
public key. It signs a checkpoint only when everything that it has signed before is its beginning.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from security.audit.notes import KeyKind, NoteKey, NoteWrong, cosign, key_of, read_checkpoint, signature_line
from security.audit.witness import (
    MAX_REQUEST_BYTES,
    Asked,
    NotConsistent,
    NotSigned,
    OriginUnknown,
    RequestUnfit,
    SizeDiffers,
    judge,
    read_request,
)
from security.audit.witness_book import WitnessBook

_REQUEST_SECONDS: Final = 10.0
_STATUS: Mapping[type[Exception], int] = {
    RequestUnfit: 400,
    NoteWrong: 400,
    NotSigned: 403,
    OriginUnknown: 404,
    NotConsistent: 422,
}


@dataclass(frozen=True, slots=True)
class WitnessDesk:
    """What a witness works with: its name and key, the logs whose keys it knows, by origin, and its book."""

    name: str
    private: Ed25519PrivateKey
    logs: Mapping[str, Sequence[NoteKey]]
    book: WitnessBook
    clock: Callable[[], datetime]

    @property
    def key(self) -> NoteKey:
        """The key as others know it."""
        return key_of(self.private, self.name, kind=KeyKind.COSIGNATURE)

    def sign(self, asked: Asked) -> str:
        """Return the signature line of a checkpoint that follows what was signed before; it blocks.

        Raises RequestUnfit, NotSigned, OriginUnknown, SizeDiffers, NotConsistent.
        """
        origin = read_checkpoint(asked.note.text).origin
        self.book.sign_next(origin, lambda seen: judge(asked, seen, logs=self.logs), written=asked.note.written())
        at_seconds = int(self.clock().timestamp())
        return signature_line(*cosign(asked.note.text, self.key, self.private, at_seconds=at_seconds))


def witness_application(desk: WitnessDesk) -> Starlette:
    """Return the server of a witness: `POST /add-checkpoint`, and `GET /key` for whoever has to name it."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            asked = read_request(await _body(request))
            return PlainTextResponse(await asyncio.to_thread(desk.sign, asked))
        except SizeDiffers as error:
            # Exactly this type: Starlette would add a charset.
            return Response(f"{error.size}\n", 409, headers={"content-type": "text/x.tlog.size"})
        except tuple(_STATUS) as error:
            return PlainTextResponse(f"{error}\n", _STATUS[type(error)])

    async def show_key(_: Request) -> Response:
        return PlainTextResponse(f"{desk.key.written()}\n")

    return Starlette(
        routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/key", show_key, methods=["GET"])]
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_REQUEST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_REQUEST_BYTES:
                    raise RequestUnfit("the request is too large")
    except (TimeoutError, ClientDisconnect) as error:
        raise RequestUnfit("the request did not come in time, or not whole") from error
    return bytes(body)
