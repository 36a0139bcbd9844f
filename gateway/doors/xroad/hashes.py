"""Which hash binds an answer to the request that it answers?

SHA-512, Base64. The message protocol for REST takes method, address, the kept headers and the body (PR-REST, 4.3); the
message protocol for SOAP takes the bytes of the message (PR-MESS, 2.2).
"""

import base64
import hashlib
from collections.abc import Sequence

SHA512_URI = "http://www.w3.org/2001/04/xmlenc#sha512"
"""How `requestHash/@algorithmId` names it (XML Encryption, 5.8)."""

# PR-REST, 4.3: hop by hop, telling of the host behind, or handled on the way; and what is made anew for each message.
_NOT_KEPT = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"host", b"user-agent", b"server", b"expect", b"content-length",
        b"x-road-request-id", b"x-road-request-hash",
    )
)  # fmt: skip


def rest_hash(method: str, target: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> str:
    """Return the hash of a REST request: of its head, and where there is a body of the hashes of both.

    `target` is the raw path with the raw query. `headers` come in their order, names in lower case: field names have no
    case (RFC 9110, 5.1), and no two machines on the way agree on how they write them.
    """
    head = [method.encode(), b"\r\n", target, b"\r\n"]
    for name, value in headers:
        if name not in _NOT_KEPT:
            head += [name, b":", value, b"\r\n"]
    digest = hashlib.sha512(b"".join(head)).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode("ascii")


def soap_hash(message: bytes) -> str:
    """Return the hash of a SOAP request: of the very bytes of its envelope."""
    return base64.b64encode(hashlib.sha512(message).digest()).decode("ascii")
