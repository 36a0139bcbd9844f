"""How does a plain call reach its door without ASGI's ceremony, and its answer the wire in one write?

A GET without a body to `/x/…`, on a connection with nothing else under way, is handed to the REST door by the
protocol itself; when its whole head came at once, no parser reads it (`gateway/plainhead.py`). Everything else goes the
usual way, to the same door and the same pipeline: the lane saves work and decides nothing, and what it is in doubt of
it leaves to the parser.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.doors.arrival import read_headers
from gateway.doors.rest import RestDoor, headers_of
from gateway.errors import RequestInvalid
from gateway.guard import GuardedProtocol
from gateway.plainhead import NOT_PLAIN, FieldNames, HeadReader
from gateway.states import Answered, Refused

_PREFIX = b"/x/"


class _Turn:
    """One call on the lane: what uvicorn's protocol looks at of a request under way, and nothing more."""

    __slots__ = ("body", "disconnected", "keep_alive", "more_body", "response_complete", "response_started", "task")

    task: asyncio.Task[None]

    def __init__(self, *, keep_alive: bool, more_body: bool) -> None:
        self.body = b""
        self.disconnected = False
        self.keep_alive = keep_alive
        self.more_body = more_body
        self.response_complete = False
        self.response_started = False

    @property
    def message_event(self) -> "_Turn":
        """Stand in for the event that says that more came: nobody waits for more."""
        return self

    def set(self) -> None:
        """Wake nobody."""


class _AnswerHeads:
    """How answers begin: their status line and the fields that the server adds to all, written once a second."""

    def __init__(self) -> None:
        self._fields: Sequence[tuple[bytes, bytes]] = ()
        self._written: dict[int, bytes] = {}

    def beginning(self, status: int, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return the first lines of an answer. `fields` MUST be another object when they say something else."""
        if fields is not self._fields:
            self._fields, self._written = fields, {}
        written = self._written.get(status)
        if written is None:
            written = STATUS_LINE[status] + b"".join([b"%b: %b\r\n" % field for field in fields])
            self._written[status] = written
        return written


def laned_protocol(door: RestDoor, *, takes_absolute: Callable[[bytes], bool]) -> type[GuardedProtocol]:
    """Return the protocol class whose lane leads to `door`.

    `takes_absolute` says of a path whether it may be asked for in absolute form (RFC 9112, 3.2.2).
    """
    names = FieldNames()
    answers = _AnswerHeads()

    class LanedProtocol(GuardedProtocol):
        """The guarded protocol, with a lane for plain calls."""

        idle_since = 0.0
        source = ""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
            """Know who calls, and be ready to read its heads."""
            super().connection_made(transport)
            self.reader = HeadReader(names)
            self.source = self.client[0] if self.client else ""

        def data_received(self, data: bytes) -> None:
            """Take a plain call whose head came whole; give the parser anything else."""
            if not self.begun and not self.unread_bytes and not self.finished and self._is_free():
                head = self.reader.read(data)
                if head is not None:
                    if self.head_timer is not None:
                        self._head_came()
                    target, fields = head
                    self._begin(target, fields.headers, keep_alive=fields.keep_alive, more_body=False)
                    return
            super().data_received(data)

        def takes_absolute(self, path: bytes) -> bool:
            """Ask whoever knows."""
            return takes_absolute(path)

        def serve_request(self) -> None:
            """Hand a plain call to its door, anything else to the application."""
            if (
                not self.url.startswith(_PREFIX)
                or self.parser.get_method() != b"GET"
                or not (self.cycle is None or self.cycle.response_complete)
                or any(name in NOT_PLAIN for name, _ in self.headers)
            ):
                super().serve_request()
                return
            try:
                headers = read_headers(self.headers)
            except RequestInvalid:
                super().serve_request()  # to be refused there
                return
            keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
            self._begin(self.url, headers, keep_alive=keep_alive, more_body=True)

        def _is_free(self) -> bool:
            # With more of an answered request's body to come, what comes is not a head.
            cycle = self.cycle
            return cycle is None or (cycle.response_complete and not cycle.more_body)

        def _begin(self, target: bytes, headers: Mapping[str, str], *, keep_alive: bool, more_body: bool) -> None:
            turn = _Turn(keep_alive=keep_alive, more_body=more_body)
            self.cycle = turn  # type: ignore[assignment]  # uvicorn looks at these attributes only
            turn.task = self.loop.create_task(self._take(turn, target, headers))
            self.tasks.add(turn.task)

        async def _take(self, turn: _Turn, target: bytes, headers: Mapping[str, str]) -> None:
            try:
                end = await door.answer(target, headers, source=self.source)
                if self.flow.write_paused:
                    await self.flow.drain()
                if not turn.disconnected:
                    turn.response_started = turn.response_complete = True
                    self.transport.write(self._render(end, keep_alive=turn.keep_alive))
            finally:
                self.tasks.discard(turn.task)
                if not turn.response_complete or not turn.keep_alive:
                    self.transport.close()  # also when something was cancelled half-way: no call waits for nothing
            self._rest()

        def _rest(self) -> None:
            """Wait for the next request, as uvicorn does, but with one timer for many requests."""
            if self.pipeline or self.flow.read_paused or self.cycle.more_body or self.transport.is_closing():
                self.on_response_complete()
                return
            self.server_state.total_requests += 1
            self.idle_since = time.monotonic()
            if self.timeout_keep_alive_task is None:
                self._close_when_idle(self.timeout_keep_alive)

        def _close_when_idle(self, seconds: float) -> None:
            self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

        def timeout_keep_alive_handler(self) -> None:
            """Close the connection, if it has been idle for as long as it may."""
            left = self.timeout_keep_alive - (time.monotonic() - self.idle_since)
            if left > 0.001 or not self._is_free():
                self._close_when_idle(max(left, 1.0))
            else:
                super().timeout_keep_alive_handler()

        def _render(self, end: Answered | Refused, *, keep_alive: bool) -> bytes:
            status, fields = headers_of(end)
            parts = [answers.beginning(status, self.server_state.default_headers)]
            parts += [b"%b: %b\r\n" % field for field in fields]
            if not keep_alive:
                parts.append(b"connection: close\r\n")
            parts.append(b"content-length: %d\r\n\r\n%b" % (len(end.body), end.body))
            return b"".join(parts)

    return LanedProtocol
