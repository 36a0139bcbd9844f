"""Is this a well-formed HTTP/1.1 request, before anything else reads it?

uvicorn's parser takes two Host headers, header blocks of any size and the absolute form; any of them lets two
machines on the way read one message differently. `malformation` is the rule (RFC 9112), `GuardedProtocol` applies it:
a bad message gets one answer, is recorded like any refusal, and its connection is closed.
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

MALFORMED = "lienthong.malformed"
"""The key of an ASGI scope's extensions under which the reason stands; the application refuses such a scope at once."""

_TARGET = re.compile(rb"/[!-~]*\Z")
_HOST = re.compile(rb"[A-Za-z0-9._\-:\[\]]{1,255}\Z")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def malformation(target: bytes, headers: Sequence[tuple[bytes, bytes]], *, http_version: str) -> str:
    """Return a slug for what is wrong with a request's head, or an empty string. `headers` have lower-case names.

    Follows RFC 9112: 3.2 (one Host, origin form only), 5 (no folding, no control characters), 6.3 (one body length).
    """
    if len(target) > MAX_TARGET_BYTES or not _TARGET.match(target) or b"#" in target:
        return "target"
    hosts = lengths = encodings = 0
    for name, value in headers:
        if _CONTROL.search(value):
            return "control-character"
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
    return "http-version" if http_version not in ("1.1", "1.0") else ""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with every request's head checked before a task is made for it."""

    head_bytes = 0
    finished = False

    def on_message_begin(self) -> None:
        """Start counting a new head."""
        super().on_message_begin()
        self.head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what a head takes, and stop reading one that is too large."""
        self.head_bytes += len(name) + len(value) + 4
        if self.head_bytes > MAX_HEADER_BYTES or len(self.headers) >= MAX_HEADERS:
            raise httptools.HttpParserError("head too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Check the head before a task is made for the request."""
        reason = malformation(self.url, self.headers, http_version=self.parser.get_http_version())
        if reason:
            # Raising ends the parse: not one further byte of this connection is read as a request.
            raise httptools.HttpParserError(reason)
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless this connection has already been refused."""
        if not self.finished:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the name is uvicorn's
        """Answer an unreadable message once, through the application, so that it is a problem and is recorded."""
        self.finished = True
        under_way = self.cycle
        if under_way is not None and not under_way.response_complete:
            # The body of a request under way became unreadable: what it waits for will not come.
            under_way.disconnected = True
            under_way.message_event.set()
            if under_way.response_started or self.pipeline:
                self.transport.close()
                return
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
