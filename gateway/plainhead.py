"""Which request's head is so plain that it needs no parser, and what does it say?

The head of a GET below `/x/`, come whole and alone. RFC 9112, 2.1 and 5, without anything that it leaves to a
recipient's leniency: what is in doubt is left to the parser. A caller says the same of itself in each call over a
connection, so what it repeats is not read again.
"""

import re

import msgspec

from gateway.doors.arrival import read_headers
from gateway.errors import RequestInvalid
from gateway.guard import MAX_HEADER_BYTES, MAX_HEADERS, is_target, malformed_fields

NOT_PLAIN = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"proxy-connection"))
"""Header fields with which a request is more than a plain one."""

_BEGINNING = b"GET /x/"
_END_OF_LINE = b" HTTP/1.1"
_END_OF_HEAD = b"\r\n\r\n"
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")  # RFC 9110, 5.6.2
_MOST_NAMES = 256


class FieldNames:
    """Names of header fields in lower case, each checked once (RFC 9110, 5.1); as many are kept as callers use."""

    def __init__(self) -> None:
        """Know none."""
        self._known: dict[bytes, bytes] = {}

    def lower(self, name: bytes) -> bytes:
        """Return `name` in lower case; empty when it is not a name."""
        known = self._known.get(name)
        if known is None:
            known = name.lower() if _TOKEN.match(name) else b""
            if len(self._known) < _MOST_NAMES:
                self._known[name] = known
        return known


class PlainFields(msgspec.Struct, frozen=True, gc=False):
    """The header fields of a plain head, as they came (names in lower case) and by name. MUST NOT be changed."""

    pairs: list[tuple[bytes, bytes]]
    headers: dict[str, str]
    keep_alive: bool


class HeadReader:
    """Reads the plain heads of one connection; `names` may serve many."""

    __slots__ = ("_fields", "_names", "_said")

    def __init__(self, names: FieldNames) -> None:
        """Have heard nothing yet."""
        self._names = names
        self._said = b""
        self._fields: PlainFields | None = None

    def read(self, data: bytes) -> tuple[bytes, PlainFields] | None:
        """Return target and header fields when `data` is just the head of a plain call; None in every other case."""
        if data[:7] != _BEGINNING or data[-4:] != _END_OF_HEAD or len(data) > MAX_HEADER_BYTES:
            return None
        line, _, said = data.partition(b"\r\n")
        target = line[4:-9]
        if line[-9:] != _END_OF_LINE or not is_target(target):
            return None
        if said != self._said or self._fields is None:
            fields = _read_fields(said, self._names)
            if fields is None:
                return None
            self._said, self._fields = said, fields
        return target, self._fields


def _read_fields(said: bytes, names: FieldNames) -> PlainFields | None:
    lines = said[:-4].split(b"\r\n")
    if len(lines) >= MAX_HEADERS:
        return None
    pairs = []
    for field in lines:
        name, colon, value = field.partition(b":")
        name = names.lower(name)
        if not name or not colon or name in NOT_PLAIN:
            return None
        value = value.strip(b" \t")
        if name == b"connection" and value not in (b"keep-alive", b"close"):
            return None
        pairs.append((name, value))
    if malformed_fields(pairs, http_version="1.1"):
        return None
    try:
        headers = read_headers(pairs)
    except RequestInvalid:
        return None
    return PlainFields(pairs, headers, keep_alive=(b"connection", b"close") not in pairs)
