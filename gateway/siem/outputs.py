"""When has an event arrived, at a receiver over TLS and in a file?

Syslog has no acknowledgment (RFC 5425, 4.3, and RFC 5424, 8.3): nobody tells that a receiver has kept what it read. We
go as far as can be gone: a batch counts as sent when the receiver's TCP has acknowledged its last byte. What a receiver
loses after that it can see itself, for the indexes have no gap. In a file an event has arrived when it is synced.
"""

import asyncio
import fcntl
import os
import socket
import ssl
import struct
import termios
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

import msgspec

from gateway.siem.events import Event
from gateway.siem.ocsf import line_of
from gateway.siem.syslog import framed, message

_PATIENCE_SECONDS: Final = 10.0
_GLANCE_SECONDS: Final = 0.01
_ESTABLISHED: Final = 1
"""TCP_ESTABLISHED, the first member of Linux's `tcp_info`."""
_LAST_LINE_BYTES: Final = 64 * 1024


class SiemFormat(StrEnum):
    """As what events go to the receiver."""

    SYSLOG = "syslog"
    """RFC 5424 with structured data, framed as in RFC 5425."""
    SYSLOG_OCSF = "syslog-ocsf"
    """The same with an OCSF event as its MSG."""
    OCSF = "ocsf"
    """OCSF events as JSON Lines, without a syslog header."""


class SiemUnreachable(OSError):
    """The receiver does not take events. The text says which step failed."""


@dataclass(slots=True)
class TlsOutput:
    """A receiver over TLS. One connection is kept; one that broke is made anew with the next batch."""

    host: str
    port: int
    context: ssl.SSLContext
    form: SiemFormat
    hostname: str
    _line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, init=False)

    async def send(self, events: Sequence[Event]) -> int:
        """Return how many events the receiver's machine has acknowledged: all. Raises SiemUnreachable."""
        content = b"".join(self._bytes(event) for event in events)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                writer = await self._connected()
                writer.write(content)
                await writer.drain()
                await _acknowledged(writer)
        except (OSError, TimeoutError) as error:
            await self.close()
            raise SiemUnreachable(f"{type(error).__name__} at {self.host}:{self.port}") from error
        return len(events)

    async def close(self) -> None:
        """Let go of the connection."""
        line, self._line = self._line, None
        if line is not None:
            line[1].close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await line[1].wait_closed()

    async def _connected(self) -> asyncio.StreamWriter:
        # A receiver never says anything: what can be read is that it has gone.
        if self._line is None or self._line[1].is_closing() or self._line[0].at_eof():
            await self.close()
            self._line = await asyncio.open_connection(
                self.host, self.port, ssl=self.context, server_hostname=self.host
            )
        return self._line[1]

    def _bytes(self, event: Event) -> bytes:
        match self.form:
            case SiemFormat.SYSLOG:
                return framed(message(event, self.hostname))
            case SiemFormat.SYSLOG_OCSF:
                return framed(message(event, self.hostname, line_of(event)))
            case SiemFormat.OCSF:
                return line_of(event) + b"\n"
            case _:
                assert_never(self.form)


@dataclass(slots=True)
class FileOutput:
    """A file of OCSF events as JSON Lines, that others may move away and read."""

    path: Path

    async def send(self, events: Sequence[Event]) -> int:
        """Return how many events were written and synced, without those that the file has already. Raises OSError."""
        return await asyncio.to_thread(self._append, events)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _append(self, events: Sequence[Event]) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            last = _mended(file.fileno())
            known = [place for place, event in enumerate(events) if event.uid == last]
            # A worker that died after writing and before saying so: what it wrote is there.
            new = events[known[0] + 1 :] if known else events
            file.write(b"".join(line_of(event) + b"\n" for event in new))
            file.flush()
            os.fsync(file.fileno())
        return len(new)


class _Known(msgspec.Struct):
    uid: str = ""


class _Line(msgspec.Struct):
    metadata: _Known = msgspec.field(default_factory=_Known)


def _mended(file: int) -> str:
    """Cut off a line that was not written to its end, and return by what the last whole event is known."""
    size = os.fstat(file).st_size
    start = max(0, size - _LAST_LINE_BYTES)
    tail = os.pread(file, size - start, start)
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        os.ftruncate(file, start + len(whole))
    lines = whole.splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=_Line).metadata.uid if lines else ""
    except msgspec.MsgspecError:
        return ""


async def _acknowledged(writer: asyncio.StreamWriter) -> None:
    """Return when the other side's TCP has acknowledged all that was written (Linux: SIOCOUTQ, tcp(7))."""
    plain = writer.get_extra_info("socket")
    while writer.transport.get_write_buffer_size() or _unacknowledged(plain):
        if writer.transport.is_closing():
            raise ConnectionResetError
        await asyncio.sleep(_GLANCE_SECONDS)
    # Nothing is left to acknowledge either when the other side has gone: then who knows what it has read?
    if writer.transport.is_closing() or plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED:
        raise ConnectionResetError


def _unacknowledged(plain: socket.socket) -> int:
    found = fcntl.ioctl(plain.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    (left,) = struct.unpack("i", found)
    return int(left)
