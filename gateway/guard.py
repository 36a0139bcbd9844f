"""Is this a well-formed HTTP/1.1 request, before anything else reads it?

uvicorn's parser takes two Host headers, header blocks of any size and the absolute form; any of them lets two
machines on the way read one message differently. `malformation` is the rule (RFC 9112), `GuardedProtocol` applies it:
a bad message gets one answer, is recorded like any refusal, and its connection is closed. It also bounds what a
connection may send, and for how long, before it has said what it wants. The absolute form is how clients ask a proxy:
X-Road's do, so for X-Road's addresses alone it is taken, and made the origin form before anything else looks at it.
"""

import asyncio
import re
from collections.abc import Sequence

import httptools
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEADER_BYTES = 16 * 1024
MAX_HEADERS = 100
MAX_TARGET_BYTES = 8 * 1024
MAX_UNREAD_BYTES = 64 * 1024
"""How much the parser may swallow without giving anything back: it would keep a header without an end for ever."""

HEAD_SECONDS = 20.0
"""How long a connection may take to say what it wants, from its first byte or from being made."""

MALFORMED = "lienthong.malformed"
"""The key of an ASGI scope's extensions under which the reason stands; the application refuses such a scope at once."""

_TARGET = re.compile(rb"/[!-~]*\Z")
# RFC 9110, 7.2: a name or an address, an IPv6 one in brackets, and perhaps a port.
_HOST = re.compile(rb"(?:[A-Za-z0-9._\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?\Z")
# RFC 9112, 3.2.2, with the userinfo of RFC 3986 left out (RFC 9110, 4.2.4).
_ABSOLUTE = re.compile(rb"(?i:https?)://((?:[A-Za-z0-9._\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?)(/[!-~]*|)\Z")
_FIELD_BYTES = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))  # RFC 9110, 5.5


def malformation(target: bytes, headers: Sequence[tuple[bytes, bytes]], *, http_version: str) -> str:
    """Return a slug for what is wrong with a request's head, or an empty string. `headers` have lower-case names.

    Follows RFC 9112: 3.2 (one Host, origin form), 5 (no folding, no control characters), 6.1 (no
    Transfer-Encoding from HTTP/1.0), 6.3 (one body length).
    """
    return malformed_fields(headers, http_version=http_version) if is_target(target) else "target"


def is_target(target: bytes) -> bool:
    """Tell whether a request may ask for `target`: in origin form (RFC 9112, 3.2.1), and not longer than we read."""
    return len(target) <= MAX_TARGET_BYTES and _TARGET.match(target) is not None and b"#" not in target


def malformed_fields(headers: Sequence[tuple[bytes, bytes]], *, http_version: str) -> str:
    """Return a slug for what is wrong with the header fields alone, or an empty string. See `malformation`."""
    # One pass at the speed of memory: a regular expression takes fifteen times as long over a token.
    if b"".join([value for _, value in headers]).translate(None, _FIELD_BYTES):
        return "control-character"
    hosts = lengths = encodings = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _HOST.match(value):
                return "host"
        elif name == b"content-length":
            lengths += 1
            if not value.isdigit():
                return "content-length"
        elif name == b"transfer-encoding":
            encodings += 1
            if value.strip().lower() != b"chunked":
                return "transfer-encoding"
    if hosts != 1:
        return "host-count"
    if lengths + encodings > 1:
        return "body-length-ambiguous"
    if encodings and http_version == "1.0":
        return "transfer-encoding"
    return "http-version" if http_version not in ("1.1", "1.0") else ""


def origin_of(target: bytes) -> tuple[bytes, bytes]:
    """Return the origin form of a target in absolute form, and its authority; both empty when it is no such target."""
    found = _ABSOLUTE.match(target)
    if found is None or b"#" in target:
        return b"", b""
    return found[2] or b"/", found[1]


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with every request's head checked before a task is made for it."""

    head_bytes = 0
    unread_bytes = 0
    begun = False
    finished = False
    head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Give the connection its time for a first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._head_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start counting a new head."""
        super().on_message_begin()
        self.head_bytes = self.unread_bytes = 0
        self.begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what a head takes, and stop reading one that is too large."""
        self.head_bytes += len(name) + len(value) + 4
        if self.head_bytes > MAX_HEADER_BYTES or len(self.headers) >= MAX_HEADERS:
            raise httptools.HttpParserError("head too large")
        self.unread_bytes = 0
        # RFC 9110, 5.5: blanks around a value are no part of it. llhttp leaves those behind it.
        name, value = name.lower(), value.strip(b" \t")
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def takes_absolute(self, path: bytes) -> bool:
        """Tell whether `path` may be asked for in absolute form. None may, unless a subclass says so."""
        del path
        return False

    def _in_origin_form(self) -> bytes:
        """Return the target, in origin form where it is in absolute form and may be."""
        if self.url.startswith(b"/"):
            return self.url
        origin, _ = origin_of(self.url)
        return origin if origin and self.takes_absolute(origin.partition(b"?")[0]) else self.url

    def on_headers_complete(self) -> None:
        """Check the head before a task is made for the request."""
        target = self._in_origin_form()
        reason = malformation(target, self.headers, http_version=self.parser.get_http_version())
        if reason:
            # Raising ends the parse: not one further byte of this connection is read as a request.
            raise httptools.HttpParserError(reason)
        if target is not self.url:
            # RFC 9112, 3.2.2: the host is that of the target, whatever the Host field says.
            _, authority = origin_of(self.url)
            self.headers[:] = [(name, authority if name == b"host" else value) for name, value in self.headers]
            self.url = target
        self._head_came()
        self.serve_request()

    def serve_request(self) -> None:
        """Hand the request, whose head is whole and checked, to the application."""
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self.unread_bytes = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Let a caller whose request was answered early send the rest of it, unheard, for a while."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and self.head_timer is None:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless this connection has already been refused."""
        self._unset_keepalive_if_required()
        while data and not self.finished:
            self.unread_bytes += len(data)
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # RFC 9110, 7.8: an upgrade may be ignored, and then what follows is the next request like any other.
                data = data[int(upgrade.args[0]) :]
                continue
            except httptools.HttpParserError as error:
                self.send_400_response(str(error))
            else:
                if self.unread_bytes > MAX_UNREAD_BYTES:
                    self.send_400_response("nothing to be made of it")
                elif self.begun and self.head_timer is None:
                    self._await_head()
            return

    def _await_head(self) -> None:
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_came(self) -> None:
        self.begun = False
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _give_up(self) -> None:
        self.head_timer = None
        if self.transport.is_closing():
            return
        if self.begun:
            self.send_400_response("the head takes too long")
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the name is uvicorn's
        """Answer an unreadable message once, through the application, so that it is a problem and is recorded."""
        self.finished = True
        self._head_came()
        under_way = self.cycle
        waits = under_way is not None and not under_way.response_complete
        if waits and under_way.more_body and self.pipeline:
            # The newest of those that wait their turn became unreadable: it is not started, this takes its place.
            self.pipeline.popleft()
        elif waits and under_way.more_body:
            # The body of a request under way became unreadable: what it waits for will not come.
            under_way.disconnected = True
            under_way.message_event.set()
            if under_way.response_started:
                self.transport.close()
                return
            waits = False
        self.cycle = RequestResponseCycle(
            scope=self._scope_of_unreadable(),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        if waits:
            # Whole requests were sent before this one: their answers come first (RFC 9112, 9.3.2).
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _scope_of_unreadable(self) -> HTTPScope:
        # Nothing of the message is trusted: path, query and headers stay out of the scope.
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": "GET",
            "root_path": "",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [],
            "state": self.app_state.copy(),
            "extensions": {MALFORMED: {}},
        }
