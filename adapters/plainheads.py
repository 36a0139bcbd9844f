"""What does the head of a plain answer say, and was it said before?

Plain is an answer with a body of stated length on a connection that stays: nearly every one. A provider's answers have
the same head, but for a clock that moves once a second, so a head is read once and known again by its bytes.
"""

import re
from typing import Final

import msgspec

MAX_HEAD_FIELDS: Final = 100
_MOST_REMEMBERED: Final = 16

# An answer with a body, and no status of which the protocol says that it has none (RFC 9112, 6.3).
_PLAIN_STATUS: Final = re.compile(rb"HTTP/1\.1 (20[0-35-9]|4\d\d|5\d\d)(?: |\Z)")
_PLAIN_NAME: Final = re.compile(rb"[a-z0-9_-]+\Z")
# llhttp reads Proxy-Connection as it does Connection.
_NOT_PLAIN: Final = frozenset((b"transfer-encoding", b"content-encoding", b"upgrade", b"trailer", b"proxy-connection"))
_FIELD_BYTES: Final = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))  # RFC 9110, 5.5


class PlainHead(msgspec.Struct, frozen=True, gc=False):
    """A plain head. `headers` as they came, names in lower case; MUST NOT be changed: many answers share them."""

    status: int
    headers: list[tuple[bytes, bytes]]
    length: int


class PlainHeads:
    """Reads heads, and remembers the last few of one provider."""

    def __init__(self) -> None:
        self._known: dict[bytes, PlainHead] = {}

    def read(self, head: bytes) -> PlainHead | None:
        """Return what `head` (without its empty line) says; None when it is not plain in every way."""
        known = self._known.get(head)
        if known is None:
            known = read_plain_head(head)
            if known is not None:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[head] = known
        return known


def read_plain_head(head: bytes) -> PlainHead | None:
    """Return what `head` (without its empty line) says; None when it is not plain in every way."""
    lines = head.split(b"\r\n")
    found = _PLAIN_STATUS.match(lines[0])
    if (
        found is None
        or len(lines) > MAX_HEAD_FIELDS
        or head.translate(None, _FIELD_BYTES) != b"\r\n" * (len(lines) - 1)
    ):
        return None
    headers: list[tuple[bytes, bytes]] = []
    length = b""
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        plain = name.lower()
        if not colon or not _PLAIN_NAME.match(plain) or plain in _NOT_PLAIN or (plain == b"content-length" and length):
            return None
        if plain == b"content-length":
            length = value
        elif plain == b"connection" and value.lower() != b"keep-alive":
            return None
        headers.append((plain, value))
    if not length.isdigit() or len(length) > 19:
        return None
    return PlainHead(int(found[1]), headers, int(length))
