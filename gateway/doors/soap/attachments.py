"""How does a message come, and an answer leave, with its binary values beside it? (MTOM and XOP, W3C 2005-01-25)

A multipart request is put together again before anything else reads it: each `xop:Include` becomes the base64 that it
stands for, so that every check is the same. A part that the message does not include is refused, never passed over. An
answer leaves in parts when its caller sent parts, or asks for them in `Accept`.
"""

import base64
from collections.abc import Sequence
from email.message import Message
from typing import Final

from lxml import etree

from adapters.soap.multipart import is_multipart, put_back, split_parts
from adapters.soap.shapes import Element, Kind, Shape, SoapVersion
from adapters.soap.xml import XmlRefused
from gateway.doors.soap.envelope import invalid

WHERE: Final = "attachments"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
MEDIA_TYPE: Final = "application/xop+xml"
BOUNDARY: Final = "lienthong-mtom"
_ROOT: Final = "envelope@lienthong"
_START_INFO: Final = {SoapVersion.SOAP_11: "text/xml", SoapVersion.SOAP_12: "application/soap+xml"}
_LEAST_BYTES: Final = 512
"""Smaller values stay in the envelope: a part costs more than its base64."""


class Parted:
    """What came: the envelope's bytes and media type, and the parts beside it."""

    def __init__(self, content_type: str, envelope: bytes, parts: dict[str, bytes]) -> None:
        self.content_type = content_type
        self.envelope = envelope
        self._parts = parts

    def put_back(self, root: etree._Element, *, most_bytes: int) -> None:
        """Put the parts into the message. Raises RequestInvalid for one that is not included, or not there."""
        wanted = len({one.get("href", "") for one in root.iter(f"{{{XOP}}}Include")})
        if wanted != len(self._parts):
            raise invalid(
                "có phần đính kèm mà thông điệp không dẫn tới, hoặc thiếu phần được dẫn tới (chỉ nhận MTOM/XOP)",
                "a part is not included by the message, or an included one is missing (only MTOM/XOP is read)",
                WHERE,
            )
        try:
            put_back(root, self._parts, max_bytes=most_bytes)
        except XmlRefused as error:
            raise invalid("phần đính kèm không đọc được", str(error), WHERE) from error


def taken_apart(content_type: str, body: bytes) -> Parted | None:
    """Return a multipart request in its parts, None for one that has none. Raises RequestInvalid."""
    if not is_multipart(content_type):
        return None
    described = Message()
    described["Content-Type"] = content_type
    kind, inner = described.get_param("type"), described.get_param("start-info")
    try:
        envelope, parts = split_parts(content_type, body)
    except XmlRefused as error:
        raise invalid("multipart/related không đọc được", str(error), WHERE) from error
    beside = {name: part for name, part in parts.items() if part is not envelope}
    boundary = str(described.get_param("boundary")).encode("utf-8", "replace")
    if len(beside) + 1 != (b"\r\n" + body).partition(b"\r\n--" + boundary + b"--")[0].count(b"\r\n--" + boundary):
        raise invalid(
            "có phần đính kèm không có Content-ID, hoặc trùng", "a part has no Content-ID, or another's", WHERE
        )
    said = inner if str(kind).lower() == MEDIA_TYPE and isinstance(inner, str) else kind
    return Parted(str(said or ""), envelope, beside)


def wants_parts(accept: str, content_type: str) -> bool:
    """Tell whether the caller reads answers in parts."""
    return MEDIA_TYPE in accept.lower() or (is_multipart(content_type) and MEDIA_TYPE in content_type.lower())


def answer_type(version: SoapVersion) -> bytes:
    """Return the media type of an answer in parts."""
    return (
        f'multipart/related; type="{MEDIA_TYPE}"; boundary="{BOUNDARY}"; start="<{_ROOT}>"; '
        f'start-info="{_START_INFO[version]}"'
    ).encode()


def in_parts(envelope: bytes, version: SoapVersion, root: Element, shapes: Sequence[Shape]) -> bytes:
    """Return an answer of ours with its larger base64 values in parts."""
    tree = etree.fromstring(envelope)  # written by us a moment ago
    found: list[bytes] = []
    for content in tree[-1]:
        _take_out(content, root, shapes, found)
    pieces = [_part(_ROOT, f'{MEDIA_TYPE}; charset=utf-8; type="{_START_INFO[version]}"', etree.tostring(tree))]
    pieces += [_part(f"{number}@lienthong", "application/octet-stream", part) for number, part in enumerate(found)]
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


def _take_out(node: etree._Element, element: Element, shapes: Sequence[Shape], found: list[bytes]) -> None:
    if element.kind is Kind.BASE64:
        content = base64.b64decode(node.text or "")
        if len(content) >= _LEAST_BYTES and BOUNDARY.encode() not in content:
            node.text = None
            etree.SubElement(node, f"{{{XOP}}}Include", {"href": f"cid:{len(found)}@lienthong"}, nsmap={"xop": XOP})
            found.append(content)
    elif element.kind in (Kind.COMPLEX, Kind.GROUP):
        members = dict(_members(element.shape, shapes, frozenset()))
        for child in node:
            if child.tag in members:
                _take_out(child, members[str(child.tag)], shapes, found)


def _members(index: int, shapes: Sequence[Shape], above: frozenset[int]) -> list[tuple[str, Element]]:
    """Return the elements that may stand in a type, by tag: also those in its groups and of types derived from it."""
    if index in above:
        return []
    shape, inside = shapes[index], above | {index}
    found: list[tuple[str, Element]] = []
    for derived in shape.derived:
        found += _members(derived.shape, shapes, inside)
    for member in shape.elements:
        found += _members(member.shape, shapes, inside) if member.kind is Kind.GROUP else [(member.tag, member)]
    return found


def _part(name: str, media_type: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{name}>"
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"
