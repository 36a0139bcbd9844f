"""A JSON/HTTP provider that does as its script says: answers, hangs, drips, cuts the line, talks nonsense."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def raw(data: bytes, *, close: bool = False) -> Behaviour:
    """Send these very bytes, and close the connection if told so."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return behave


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer in order, with a length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return raw(head.encode() + body)


async def hang(writer: asyncio.StreamWriter) -> None:
    """Say nothing until the connection is gone."""
    while not writer.is_closing():
        await asyncio.sleep(0.05)


async def drip(writer: asyncio.StreamWriter) -> None:
    """Answer one byte at a time, never to the end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.02)


async def cut(writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()


async def reset_midway(writer: asyncio.StreamWriter) -> None:
    """Begin to answer and reset the connection."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"a":')
    await writer.drain()
    writer.transport.abort()


@dataclass
class ScriptedProvider:
    """Serves `script` (path without query → behaviours, the last one again and again) and keeps what it was sent."""

    script: dict[str, list[Behaviour]] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "ScriptedProvider":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        while self._open:
            await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                self.requests.append(head + await reader.readexactly(length))
                path = head.split(b" ", 2)[1].decode().partition("?")[0]
                behaviours = self.script.get(path, [answer(b"{}", status="404 Not Found")])
                await (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
