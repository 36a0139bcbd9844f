"""How is an answer read that came as multipart/related, with its binary values beside the envelope?

MTOM (W3C Recommendation 2005-01-25) puts each base64 value into a part of its own and an `xop:Include` in its place;
SOAP with Attachments puts parts beside an envelope that need not mention them. Here every included part goes back into
the tree as base64, and the other parts are passed over.
"""

import base64
import re
from email.message import Message
from typing import Final
from urllib.parse import unquote

from lxml import etree

from adapters.soap.xml import XmlRefused

MAX_PARTS: Final = 100

_INCLUDE: Final = "{http://www.w3.org/2004/08/xop/include}Include"
_HEADER: Final = re.compile(rb"([!-9;-~]+):[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")


def is_multipart(content_type: str) -> bool:
    """Tell whether an answer of this media type has parts."""
    return content_type.lstrip().lower().startswith("multipart/related")


def split_parts(content_type: str, body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return the part that holds the envelope, and the others by their Content-ID (RFC 2387).

    Raises `XmlRefused` when the body is not what its media type says, or has too many parts.
    """
    described = Message()
    described["Content-Type"] = content_type
    boundary = described.get_param("boundary")
    if not isinstance(boundary, str) or not 1 <= len(boundary) <= 70:
        raise XmlRefused("the answer has parts and does not say what is between them")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("utf-8", "replace"))
    if len(pieces) > MAX_PARTS + 2:
        raise XmlRefused(f"the answer has more than {MAX_PARTS} parts")
    parts: list[tuple[str, bytes]] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        head, separator, content = piece.partition(b"\r\n\r\n")
        if not separator:
            raise XmlRefused("a part of the answer has no end to its headers")
        parts.append(_described(head, content))
    start = described.get_param("start")
    wanted = start.strip("<>") if isinstance(start, str) else ""
    if not parts:
        raise XmlRefused("the answer says that it has parts, and has none")
    root = next((content for name, content in parts if wanted and name == wanted), parts[0][1])
    return root, {name: content for name, content in parts if name}


def put_back(root: etree._Element, parts: dict[str, bytes], *, max_bytes: int) -> None:
    """Replace each `xop:Include` in the tree by its part as base64 (XOP, 3.2). Raises `XmlRefused`."""
    left = max_bytes
    for include in list(root.iter(_INCLUDE)):
        name = unquote(include.get("href", "").removeprefix("cid:"))
        parent = include.getparent()
        if name not in parts or parent is None:
            raise XmlRefused("the answer includes a part that it does not have")
        left -= len(parts[name]) * 4 // 3  # the same part may be included a thousand times
        if left < 0:
            raise XmlRefused(f"the answer with its parts is larger than {max_bytes} bytes")
        parent.remove(include)
        parent.text = base64.b64encode(parts[name]).decode("ascii")


def _described(head: bytes, content: bytes) -> tuple[str, bytes]:
    headers = {name.lower(): value for name, value in _HEADER.findall(head)}
    encoding = headers.get(b"content-transfer-encoding", b"binary").strip().lower()
    if encoding == b"base64":
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except ValueError as error:
            raise XmlRefused("a part of the answer is not the base64 that it says") from error
    elif encoding not in (b"binary", b"8bit", b"7bit"):
        raise XmlRefused("a part of the answer is encoded in a way that is not read")
    name = headers.get(b"content-id", b"").strip().strip(b"<>").decode("utf-8", "replace")
    return name, content
