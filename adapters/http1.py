"""How do we ask an HTTP/1.1 provider, quickly, once, and without believing anything it says?

One client per origin (scheme, host, port). A connection carries one request at a time and is used again, last in
first out; it keeps one timer of the loop for the deadlines of all its requests, and no task is made. The client
never follows a redirect, never reads the environment, and connects only to addresses that egress allows.
"""

import asyncio
import re
import ssl
import time
import zlib
from collections.abc import Sequence
from typing import Final

from adapters.connection import Connection
from adapters.contract import Egress
from adapters.errors import (
    AdapterError,
    CallUnacceptable,
    OutcomeUnknown,
    ProviderCutTheLine,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from adapters.origins import TARGET, Origin
from adapters.plainheads import PlainHeads

IDLE_SECONDS: Final = 15.0
"""A connection idle for longer is closed instead of used: common servers close theirs after 15 to 75 seconds."""
IDLE_SECONDS_UNSAFE: Final = 1.0
"""An unsafe request may not be sent again, so it only takes a connection that was in use a moment ago."""
MAX_AGE_SECONDS: Final = 300.0
"""A connection is not used for longer than this, so that a change of address or of egress rules takes effect."""

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
BODILESS: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class Response:
    """A complete answer: `status`, `headers` as they came (names in lower case), and the decoded `body`."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name: str) -> str:
        """Return the value of the header `name` (lower case), several joined with a comma, empty when absent."""
        key = name.encode("ascii")
        return ", ".join(value.decode("latin-1") for found, value in self.headers if found == key)


class HttpClient:
    """Asks one origin. Keep one per provider and close it with `close`."""

    def __init__(self, origin: Origin, *, egress: Egress, max_response_bytes: int, max_idle: int = 32) -> None:
        self.origin = origin
        self._egress = egress
        self._max_bytes = max_response_bytes
        self._max_idle = max_idle
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._constant = f"\r\nHost: {origin.authority}\r\nAccept-Encoding: identity\r\n"
        self._closed = False
        self._names: set[str] = set()
        self._heads = PlainHeads()

    async def request(
        self, method: str, target: str, *, headers: Sequence[tuple[str, str]], body: bytes, deadline: float, safe: bool
    ) -> Response:
        """Ask once and return the whole answer, whatever its status (a redirect is an answer).

        `target` begins with a slash, already percent-encoded, and replaces nothing of the origin's own path: give
        it whole. `deadline` is `loop.time()` seconds. A safe request goes out a second time when a connection
        that had been idle turns out to be closed.
        Raises `CallUnacceptable` (a value that no header can carry; nothing was sent), `ProviderUnreachable` (nothing
        was sent), `ProviderTimedOut`, `ProviderCutTheLine` and `ProviderTalkedNonsense` (safe only), and
        `OutcomeUnknown` (an unsafe request was sent and there is no usable answer).
        """
        message = self._compose(method, target, headers, body)
        connection = self._take_idle(safe)
        while True:
            reused = connection is not None
            if connection is None:
                connection = await self.connect(deadline)
            self._busy.add(connection)
            try:
                await connection.ask(message, deadline)
            except asyncio.CancelledError:
                connection.abort()
                raise
            finally:
                connection.rest()
                self._busy.discard(connection)
            if connection.done and not connection.refusal:
                return self._finish(connection, safe)
            untouched = reused and connection.closed and not connection.raw_bytes and not connection.refusal
            failure = _failure_of(connection, safe=safe)
            connection.abort()
            if not (untouched and safe):
                raise failure
            connection = None

    async def connect(self, deadline: float) -> Connection:
        """Open a connection to an allowed address. Raises `ProviderUnreachable`."""
        if self._closed:
            raise ProviderUnreachable("the adapter is closed", attempts=0)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._connect_first(loop)
        except TimeoutError as error:
            raise ProviderUnreachable("no connection to the provider before the deadline") from error

    async def _connect_first(self, loop: asyncio.AbstractEventLoop) -> Connection:
        origin = self.origin
        reason: OSError | None = None
        for address, port in await self._egress.resolve(origin.host, origin.port):
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._max_bytes, self._heads), address, port,
                    ssl=origin.tls, server_hostname=origin.host if origin.tls else None,
                )  # fmt: skip
            except OSError as error:  # ssl.SSLError is one
                reason = error
            else:
                return connection
        if isinstance(reason, ssl.SSLError):
            raise ProviderUnreachable("no trusted TLS connection to the provider") from reason
        raise ProviderUnreachable("no connection to the provider") from reason

    async def reach(self, deadline: float) -> None:
        """Return when the origin accepts a connection, TLS included. Raises `ProviderUnreachable`."""
        (await self.connect(deadline)).abort()

    async def close(self) -> None:
        """Close every connection, also those in use. Idempotent."""
        self._closed = True
        for connection in (*self._idle, *self._busy):
            connection.abort()
        self._idle.clear()

    def _compose(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
        if TARGET.fullmatch(target) is None or not self._is_token(method):
            raise CallUnacceptable(
                "path", vi="đường dẫn chứa ký tự không hợp lệ", en="the path holds an invalid character"
            )
        lines = [f"{method} {target} HTTP/1.1{self._constant}"]
        names = self._names
        for name, value in headers:
            # RFC 9110, 5.5: CR, LF and NUL end a header, or start another.
            if not (value.isascii() and value.isprintable() and (name in names or self._is_token(name))):
                raise CallUnacceptable(
                    name, vi="giá trị chứa ký tự không gửi được", en="the value holds a character that cannot be sent"
                )
            lines.append(f"{name}: {value}\r\n")
        if body or method not in BODILESS:
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        message = "".join(lines).encode("ascii")
        return message + body if body else message

    def _is_token(self, name: str) -> bool:
        known = name in self._names
        if not known and TOKEN.fullmatch(name) is not None:  # they come from configuration, so they are few
            self._names.add(name)
            known = True
        return known

    def _take_idle(self, safe: bool) -> Connection | None:
        idle = self._idle
        if not idle:
            return None
        now = time.monotonic()  # the loop's clock, without asking for the loop
        patience = IDLE_SECONDS if safe else IDLE_SECONDS_UNSAFE
        while idle:
            connection = idle.pop()
            if not connection.closed and now - connection.freed < patience and now - connection.born < MAX_AGE_SECONDS:
                return connection
            connection.abort()
        return None

    def _finish(self, connection: Connection, safe: bool) -> Response:
        chunks = connection.chunks
        response = Response(connection.status, connection.headers, chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if connection.reusable and len(self._idle) < self._max_idle and not self._closed:
            connection.freed = connection.loop.time()
            self._idle.append(connection)
        else:
            connection.abort()
        if connection.coded:
            coding = response.header("content-encoding").strip().lower()
            if coding and coding != "identity":
                response.body = _decompress(response, coding, self._max_bytes, safe=safe)
        return response


def _decompress(response: Response, coding: str, max_bytes: int, *, safe: bool) -> bytes:
    """Decode an answer that is compressed although we asked for `identity`; never beyond `max_bytes`."""
    reason = "the provider's content coding is not known"
    if coding in ("gzip", "x-gzip", "deflate"):
        decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            body = decoder.decompress(response.body, max_bytes + 1)
        except zlib.error:
            reason = "the provider's answer cannot be decompressed"
        else:
            if decoder.eof and len(body) <= max_bytes and not decoder.unused_data:
                return body
            reason = "the provider's answer is too large or damaged when decompressed"
    raise nonsense(reason, safe=safe, provider_status=str(response.status))


def nonsense(reason: str, *, safe: bool, provider_status: str = "") -> AdapterError:
    """Return the error for an answer that cannot be used: after an unsafe request nobody knows what took effect."""
    kind = ProviderTalkedNonsense if safe else OutcomeUnknown
    return kind(reason, provider_status=provider_status)


def _failure_of(connection: Connection, *, safe: bool) -> AdapterError:
    status = str(connection.status) if connection.headers_done else ""
    if connection.refusal:
        return nonsense(connection.refusal, safe=safe, provider_status=status)
    if connection.timed_out:
        kind: type[AdapterError] = ProviderTimedOut if safe else OutcomeUnknown
        return kind("the provider did not answer before the deadline", provider_status=status)
    kind = ProviderCutTheLine if safe else OutcomeUnknown
    return kind("the provider closed the connection before its answer was complete", provider_status=status)
