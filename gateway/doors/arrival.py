"""How does a request become `Received`, whatever protocol it is written in?

Every door begins here: one place knows the deadline, the limits of a body and which header may stand only once.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias

from msgspec.structs import replace

from gateway.doors.asgi import CallerGone, Receive, Scope, read_body
from gateway.errors import FaultFound, RequestInvalid, RequestMalformed, RequestTimedOut
from gateway.exchangeids import ExchangeIds
from gateway.patience import Patience
from gateway.states import Door, Received, Rendition

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Header fields as they came, names in lower case."""
# Each may stand once in a call: two values would let two readers understand two calls.
_SINGLE = frozenset(
    ("authorization", "agreement", "purpose", "case-file", "officer", "idempotency-key", "traceparent", "content-type")
)
# W3C Trace Context, 3.2: version 00 and a trace id and parent id that are not all zero.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Arrivals:
    """Makes the first value of exchanges. Each has `deadline_seconds` from its arrival to its answer."""

    def __init__(self, *, deadline_seconds: float, most_body_bytes: int) -> None:
        """Take the limits of every door."""
        self._deadline_seconds = deadline_seconds
        self._most_body_bytes = most_body_bytes
        self._ids = ExchangeIds()
        self._patience = Patience()

    def arrive(
        self,
        method: str,
        raw_path: str,
        raw_query: str,
        *,
        source: str,
        door: Door,
        rendition: Rendition,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Received:
        """Return a request without a body, from this moment on; without `headers` only its first line is known."""
        started = time.monotonic()
        return Received(
            exchange_id=self._ids.new(),
            at=datetime.now(UTC),
            started=started,
            deadline=started + self._deadline_seconds,
            door=door,
            method=method,
            raw_path=raw_path,
            raw_query=raw_query,
            headers=headers,
            body=b"",
            source=source,
            traceparent=_trace_of(headers) if headers else "",
            rendition=rendition,
        )

    def arrive_by(self, scope: Scope, *, door: Door, rendition: Rendition) -> Received:
        """Return the request of an ASGI scope, of which only the first line is known."""
        client = scope.get("client")
        return self.arrive(
            str(scope["method"]),
            _text(scope["raw_path"]),
            _text(scope["query_string"]),
            source=str(client[0]) if isinstance(client, tuple | list) else "",
            door=door,
            rendition=rendition,
        )

    async def complete(self, arrived: Received, headers: RawHeaders, receive: Receive) -> Received:
        """Return the request with its headers and its whole body.

        Raises RequestInvalid, RequestTooLarge, RequestTimedOut; or CallerGone, and then nobody waits for an answer.
        After any of them the connection MUST be closed: what is left of the body would be read as the next request.
        """
        read = read_headers(headers)
        if "content-length" not in read and "transfer-encoding" not in read:
            return with_headers(arrived, read)
        task = self._patience.begin(arrived.deadline)
        try:
            body = await read_body(read, receive, most_bytes=self._most_body_bytes)
        except asyncio.CancelledError as cancelled:
            if not self._patience.is_lost(task):
                raise
            raise RequestTimedOut from cancelled
        finally:
            self._patience.end(task)
        return replace(with_headers(arrived, read), body=body)


def with_headers(arrived: Received, headers: dict[str, str]) -> Received:
    """Return the request with its headers, and the trace that they name."""
    return replace(arrived, headers=headers, traceparent=_trace_of(headers))


def keyed(headers: Mapping[str, str], exchange_id: str) -> dict[str, str]:
    """Return the headers with an Idempotency-Key; where none was sent, one that no other call has.

    For doors whose clients were written before we were: they cannot send one. Such a call still reaches the provider
    at most once; only a client that sends the same message again makes a second call, as it always did.
    """
    return {"idempotency-key": exchange_id, **headers}


def read_headers(pairs: RawHeaders) -> dict[str, str]:
    """Return the header fields by name. Raises RequestInvalid when one stands twice that may stand once."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in pairs:
        name = name_bytes.decode("latin-1")
        if name in headers and name in _SINGLE:
            raise RequestInvalid([FaultFound(name, "tiêu đề lặp lại", "given more than once")])
        headers[name] = value_bytes.decode("latin-1")
    return headers


def gone() -> RequestMalformed:
    """Return what is recorded of a caller who went away before its request was whole."""
    return RequestMalformed("the caller went away before its request was whole")


def _trace_of(headers: Mapping[str, str]) -> str:
    traceparent = headers.get("traceparent", "")
    return traceparent if traceparent and _TRACEPARENT.match(traceparent) else ""


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


__all__ = ["Arrivals", "CallerGone", "RawHeaders", "gone", "keyed", "read_headers", "with_headers"]
