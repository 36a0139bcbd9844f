"""Is this one SOAP message, and what stands in it? (SOAP 1.1, W3C Note 2000-05-08; SOAP 1.2 part 1, 5)

Strict where two readers could understand two messages: one Envelope, at most one Header before exactly one Body with at
most one element, no instruction, no text between them.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from lxml import etree

from adapters.soap.shapes import SoapVersion
from adapters.soap.xml import XmlRefused, make_parser, parse_document
from gateway.doors.soap.names import ENVELOPES
from gateway.errors import EnvelopeVersionUnknown, FaultFound, RequestInvalid

WHERE: Final = "envelope"
_VERSIONS: Final = {f"{{{uri}}}Envelope": version for version, uri in ENVELOPES.items()}
_XML_DECLARATION: Final = b"<?xml "


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message that was read. `blocks` are the children of its Header, `content` the one element in its Body."""

    version: SoapVersion
    blocks: tuple[etree._Element, ...]
    content: etree._Element | None


class Parts(Protocol):
    """What came beside the envelope."""

    def put_back(self, root: etree._Element, *, most_bytes: int) -> None:
        """Put it into the message. Raises RequestInvalid."""
        ...


class EnvelopeReader:
    """Reads envelopes of at most `most_bytes`, with the one hardened parser; belongs to one thread."""

    def __init__(self, *, most_bytes: int, most_part_bytes: int = 0) -> None:
        """`most_part_bytes` bounds what is put into a message from beside it."""
        self._parser = make_parser(keep_instructions=True)
        self._most_bytes = most_bytes
        self._most_part_bytes = most_part_bytes

    def read(self, content: bytes, parts: Parts | None = None) -> Envelope:
        """Return the message, `parts` put into it.

        Raises RequestInvalid and EnvelopeVersionUnknown; neither quotes the message.
        """
        try:
            root = parse_document(content, self._parser, max_bytes=self._most_bytes)
        except XmlRefused as error:
            raise invalid("không phải XML được chấp nhận", str(error)) from error
        _refuse_instructions(root, content)
        if parts is not None:
            parts.put_back(root, most_bytes=self._most_part_bytes)
        version = _VERSIONS.get(str(root.tag))
        if version is None:
            if etree.QName(root).localname == "Envelope":
                raise EnvelopeVersionUnknown("the Envelope is of no version that we speak")
            raise invalid("phần tử gốc không phải Envelope của SOAP", "the root element is no SOAP Envelope")
        header, body = _parts(root, ENVELOPES[version])
        return Envelope(
            version=version,
            blocks=tuple(header) if header is not None else (),
            content=body[0] if len(body) else None,
        )


def invalid(vi: str, en: str, where: str = WHERE) -> RequestInvalid:
    """Return the error of a message that is no SOAP message that we read."""
    return RequestInvalid([FaultFound(where, vi, en)])


def _refuse_instructions(root: etree._Element, content: bytes) -> None:
    # SOAP 1.1, 3 and SOAP 1.2 part 1, 5: none may stand in a message. What looks like one may be text, in CDATA.
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"<?" not in (start[2:] if start.startswith(_XML_DECLARATION) else start):
        return
    # Comments are gone: what stands beside the root is an instruction.
    around = (*root.itersiblings(preceding=True), *root.itersiblings())
    if around or any(True for _ in root.iter(etree.PI)):
        raise invalid("có chỉ thị xử lý (processing instruction)", "the message has a processing instruction")


def _parts(root: etree._Element, namespace: str) -> tuple[etree._Element | None, etree._Element]:
    header_tag, body_tag = f"{{{namespace}}}Header", f"{{{namespace}}}Body"
    tags = [child.tag for child in root]
    if tags.count(body_tag) != 1:
        raise invalid("phải có đúng một Body", "there must be exactly one Body")
    if tags not in ([body_tag], [header_tag, body_tag]):
        raise invalid(
            "Envelope chỉ được có một Header rồi tới một Body", "an Envelope has one Header at most, then one Body"
        )
    body = root[-1]
    if len(body) > 1:
        raise invalid("Body chỉ được có một phần tử", "the Body may hold one element")
    if any(text and text.strip() for text in (root.text, body.text, *(child.tail for child in (*root, *body)))):
        raise invalid("có chữ nằm ngoài các phần tử", "text stands outside the elements")
    return (root[0] if len(tags) == 2 else None), body
