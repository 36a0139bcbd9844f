"""What does one connection to a provider understand of what comes over it?

An answer that came whole and is plain is read here, any other by httptools. Whatever is more than the limits, or is not
one answer to one request, is refused: a second answer could be taken for the next request's.
"""

import asyncio
from typing import Final, cast

import httptools

from adapters.plainheads import MAX_HEAD_FIELDS, PlainHeads

MAX_HEAD_BYTES: Final = 64 * 1024
_TIMER_SLACK_SECONDS: Final = 0.001
"""Loops count whole milliseconds: a timer may ring that much before its time."""


class Connection(asyncio.Protocol):
    """One connection and at most one request on it. `refusal` says why what arrived is no answer."""

    __slots__ = (
        "born", "chunked", "chunks", "closed", "coded", "deadline", "done", "freed", "headers", "headers_done", "heads",
        "keep_alive", "length_known", "loop", "max_bytes", "parser", "raw_bytes", "refusal", "requests", "rings_at",
        "size", "status", "timed_out", "timer", "transport", "waiter",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, max_bytes: int, heads: PlainHeads) -> None:
        """`heads` are the provider's, shared by its connections."""
        self.loop = loop
        self.heads = heads
        self.max_bytes = max_bytes
        self.born = self.freed = loop.time()
        self.transport: asyncio.Transport | None = None
        self.waiter: asyncio.Future[None] | None = None
        self.closed = False
        self.requests = 0
        self.timer: asyncio.TimerHandle | None = None
        self.rings_at = self.deadline = 0.0
        self.parser = httptools.HttpResponseParser(self)
        self._forget()

    def _forget(self) -> None:
        self.chunks: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.status = self.size = self.raw_bytes = 0
        self.headers_done = self.length_known = self.chunked = self.coded = False
        self.done = self.timed_out = self.keep_alive = False
        self.refusal = ""

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)  # create_connection promises it; uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Take what came; wake whoever waits when the answer is whole, or no answer."""
        if self.waiter is None or self.done:
            self.abort()  # an answer to nothing: whatever follows could be taken for the next request's answer
            return
        if not self.raw_bytes and self._take_whole(data):
            self._wake()
            return
        self.raw_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refusal = "the provider switched protocols"
        except httptools.HttpParserError:
            self.refusal = self.refusal or "the provider's answer is not HTTP"
        # Also the parts that are neither header nor body (chunk extensions, trailers, interim answers) have an end.
        if self.raw_bytes > MAX_HEAD_BYTES + (2 * self.max_bytes if self.headers_done else 0) and not self.done:
            self.refusal = "the provider's answer is too large"
        if self.refusal or self.done:
            self._wake()

    def _take_whole(self, data: bytes) -> bool:
        """Take an answer that came whole and is plain in every way; leave anything else to the parser.

        Nearly every answer is such a one. The parser never sees it, and so stands where the next answer begins.
        """
        head, end, body = data.partition(b"\r\n\r\n")
        said = self.heads.read(head) if end else None
        if said is None or said.length != len(body) or len(data) > self.max_bytes:
            return False
        self.raw_bytes, self.size = len(data), len(body)
        self.status, self.headers, self.chunks = said.status, said.headers, [body]
        self.headers_done = self.length_known = self.done = self.keep_alive = True
        return True

    def eof_received(self) -> bool:
        """Let the transport close."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, which is also the end of an answer without a length."""
        self.closed = True
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        # RFC 9112, 6.3 (8): without a length the answer ends when the provider closes, if it closes in order.
        if self.headers_done and not self.length_known and not self.chunked and exc is None:
            self.done = True
        self._wake()

    # --- httptools callbacks ---

    def on_message_begin(self) -> None:
        """Refuse a second answer."""
        if self.done:
            self.refusal = "the provider answered twice"

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field, and note what it says of the body."""
        # RFC 9110, 5.5: blanks around a value are no part of it. llhttp leaves those behind it.
        name, value = name.lower(), value.strip(b" \t")
        if name == b"content-length":
            self.length_known = True
            if len(value) > 19 or not value.isdigit() or int(value) > self.max_bytes:
                self.refusal = "the provider's answer is too large"
        elif name == b"transfer-encoding":
            self.chunked = True
            if value.strip().lower() != b"chunked":
                self.refusal = "the provider's transfer coding is not known"
        elif name == b"content-encoding":
            self.coded = True
        self.headers.append((name, value))
        if len(self.headers) > MAX_HEAD_FIELDS:
            self.refusal = "the provider's headers are too many"

    def on_headers_complete(self) -> None:
        """Keep the status."""
        self.status = self.parser.get_status_code()
        self.headers_done = True
        if self.status in (204, 304):  # no body whatever the headers say (RFC 9112, 6.3 (1))
            self.length_known = True

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, within the limit."""
        self.size += len(body)
        if self.size > self.max_bytes:
            self.refusal = "the provider's answer is too large"
        else:
            self.chunks.append(body)

    def on_message_complete(self) -> None:
        """Note that the answer is whole; an interim one is forgotten."""
        if self.status < 200:  # RFC 9110, 15.2: an interim answer, the real one follows
            self.headers.clear()
            self.headers_done = self.length_known = self.chunked = self.coded = False
            if self.status == 101:
                self.refusal = "the provider switched protocols"
        else:
            self.done = True
            self.keep_alive = self.parser.should_keep_alive()  # llhttp forgets it right after this callback

    # --- one request ---

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _expire_at(self, deadline: float) -> None:
        # Deadlines come in order nearly always: the timer of an earlier request looks again when it rings, so that
        # hardly any request makes and cancels one of its own.
        self.deadline = deadline
        if self.timer is not None:
            if self.rings_at <= deadline:
                return
            self.timer.cancel()
        self.rings_at = deadline
        self.timer = self.loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self.timer = None
        if self.waiter is None:
            return
        if self.loop.time() + _TIMER_SLACK_SECONDS < self.deadline:
            self._expire_at(self.deadline)
            return
        self.timed_out = True
        self._wake()

    def ask(self, request: bytes, deadline: float) -> asyncio.Future[None]:
        """Send `request`. The result is done when there is an answer, a refusal, a deadline or a closed connection.

        Whoever waits for it MUST call `rest` afterwards, whatever happened, and `abort` when he was cancelled.
        """
        self._forget()
        self.requests += 1
        waiter = self.waiter = self.loop.create_future()
        if self.transport is None or self.closed or self.transport.is_closing():
            self.closed = True
            waiter.set_result(None)
        else:
            self._expire_at(deadline)
            self.transport.write(request)
        return waiter

    def rest(self) -> None:
        """Expect nothing more."""
        self.waiter = None

    @property
    def reusable(self) -> bool:
        """Whether the next request may go over this connection."""
        return (
            self.done and not self.refusal and not self.closed and (self.length_known or self.chunked)
            and self.keep_alive
        )  # fmt: skip

    def abort(self) -> None:
        """Close at once, without sending what is still buffered. Idempotent."""
        self.closed = True
        if self.transport is not None:
            self.transport.abort()
