"""How does a plain call reach its door without ASGI's ceremony, and its answer the wire in one write?

A GET without a body to `/x/…`, on a connection with nothing else under way, is handed to the REST door by the
protocol itself. Everything else goes the usual way, to the same door and the same pipeline: the lane saves work and
decides nothing.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.doors.rest import RestDoor, headers_of
from gateway.guard import GuardedProtocol
from gateway.states import Answered, Refused

_PREFIX = b"/x/"


class _Turn:
    """One call on the lane: what uvicorn's protocol looks at of a request under way, and nothing more."""

    __slots__ = ("body", "disconnected", "keep_alive", "more_body", "response_complete", "response_started")

    def __init__(self, *, keep_alive: bool) -> None:
        self.body = bytearray()
        self.disconnected = False
        self.keep_alive = keep_alive
        self.more_body = True
        self.response_complete = False
        self.response_started = False

    @property
    def message_event(self) -> "_Turn":
        """Stand in for the event that says that more came: nobody waits for more."""
        return self

    def set(self) -> None:
        """Wake nobody."""


def laned_protocol(door: RestDoor) -> type[GuardedProtocol]:
    """Return the protocol class whose lane leads to `door`."""

    class LanedProtocol(GuardedProtocol):
        """The guarded protocol, with a lane for plain calls."""

        def serve_request(self) -> None:
            """Hand a plain call to its door, anything else to the application."""
            if not self.url.startswith(_PREFIX) or self.parser.get_method() != b"GET" or self._is_busy():
                super().serve_request()
                return
            for name, _ in self.headers:
                if name in (b"content-length", b"transfer-encoding", b"expect"):
                    super().serve_request()
                    return
            keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
            turn = _Turn(keep_alive=keep_alive)
            self.cycle = turn  # type: ignore[assignment]  # uvicorn looks at these attributes only
            task = self.loop.create_task(self._take(turn, self.url, self.headers))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

        def _is_busy(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        async def _take(self, turn: _Turn, target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
            path, _, query = target.partition(b"?")
            source = self.client[0] if self.client else ""
            try:
                end = await door.answer(
                    door.arrive("GET", path.decode("ascii"), query.decode("ascii"), source=source), headers
                )
                if self.flow.write_paused:
                    await self.flow.drain()
                if not turn.disconnected:
                    turn.response_started = turn.response_complete = True
                    self.transport.write(self._render(end, keep_alive=turn.keep_alive))
            finally:
                if not turn.response_complete or not turn.keep_alive:
                    self.transport.close()  # also when something was cancelled half-way: no call waits for nothing
            self.on_response_complete()

        def _render(self, end: Answered | Refused, *, keep_alive: bool) -> bytes:
            status, fields = headers_of(end)
            parts = [STATUS_LINE[status]]
            for name, value in (*self.server_state.default_headers, *fields):
                parts += (name, b": ", value, b"\r\n")
            if not keep_alive:
                parts.append(b"connection: close\r\n")
            parts += (b"content-length: %d\r\n\r\n" % len(end.body), end.body)
            return b"".join(parts)

    return LanedProtocol
