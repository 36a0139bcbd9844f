"""How do two processes on one machine hand values to each other over a pair of sockets?

A frame is its length (four bytes, big-endian) and MessagePack. Both ends are ours, started from one installation.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

_LENGTH_BYTES = 4


def frame(content: bytes) -> bytes:
    """Return `content` as it goes over the wire."""
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


class FrameEnd(asyncio.Protocol):
    """One end: hands each whole frame to `take`, and says once, by `lost`, that no more will come.

    With its socket, a non-blocking one, a frame leaves when it is sent: a transport lets it wait for the end of the
    loop's turn, and the other process waits that long too.
    """

    def __init__(
        self, take: Callable[[bytes], None], lost: Callable[[], None], channel: socket.socket | None = None
    ) -> None:
        self._take = take
        self._lost = lost
        self._channel = channel
        self._come = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Take what came, frame by frame."""
        come = self._come
        come += data
        at = 0
        while len(come) >= at + _LENGTH_BYTES:
            end = at + _LENGTH_BYTES + int.from_bytes(come[at : at + _LENGTH_BYTES], "big")
            if len(come) < end:
                break
            self._take(bytes(come[at + _LENGTH_BYTES : end]))
            at = end
        del come[:at]

    def eof_received(self) -> bool:
        """Say that no more will come; what is still to be sent may go."""
        lost, self._lost = self._lost, _nothing
        lost()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that no more will come."""
        del exc
        self.eof_received()

    def send(self, content: bytes) -> None:
        """Send a frame; nothing when the other end is gone."""
        if self._transport is None or self._transport.is_closing():
            return
        rest = frame(content)
        if self._channel is not None and self._transport.get_write_buffer_size() == 0:  # nothing waits before it
            with suppress(OSError):  # full, or gone: the transport waits, or tells
                rest = rest[self._channel.send(rest) :]
        if rest:
            self._transport.write(rest)

    def finish(self) -> None:
        """Say that no more will be sent. Idempotent."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Let go of the connection. Idempotent."""
        if self._transport is not None:
            self._transport.close()


def _nothing() -> None:
    pass
