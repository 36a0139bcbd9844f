"""How is XML that others wrote read without letting it read, fetch or fill anything of ours?

The only place in the adapters that makes an XML parser. No document type, hence no entity of any kind; no network;
no file; bounded in bytes and in depth; comments and processing instructions dropped while reading, so that no text
can be cut in two by one (06-security, abuse case 10).
"""

import re
from typing import Final

from lxml import etree

MAX_DEPTH: Final = 64
MAX_DOCUMENT_BYTES: Final = 8 * 1024 * 1024

_DECLARATION = re.compile(rb"""\A<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "windows-1258"})
_TOO_DEEP = etree.XPath("boolean(/" + "/".join("*" * (MAX_DEPTH + 1)) + ")")


class XmlRefused(ValueError):
    """A document that is not read: it is malformed, too large, too deep, or declares a document type."""


def make_parser(*, keep_instructions: bool = False) -> etree.XMLParser:
    """Return a new hardened parser; one parser serves one thread.

    With `keep_instructions` processing instructions stay in the tree, for a reader who refuses them.
    """
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=not keep_instructions,
    )


def parse_document(content: bytes, parser: etree.XMLParser, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> etree._Element:
    """Return the root element of `content`.

    Raises `XmlRefused`, whose text never quotes the document.
    """
    if len(content) > max_bytes:
        raise XmlRefused(f"the document is larger than {max_bytes} bytes")
    _refuse_unreadable_start(content)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise XmlRefused(f"not well-formed XML, or beyond the parser's limits (line {error.lineno})") from None
    except ValueError:
        raise XmlRefused("not well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("the document declares a document type (DTD)")
    if _TOO_DEEP(root):
        raise XmlRefused(f"the document is nested deeper than {MAX_DEPTH} elements")
    return root


def _refuse_unreadable_start(content: bytes) -> None:
    # A document type is looked for in the bytes, before libxml2 acts on one. That holds only for encodings in which
    # "<!DOCTYPE" is these very bytes, so every other encoding is refused; the tree is checked again afterwards.
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<") or b"\x00" in start:
        raise XmlRefused("the document does not begin with an element in an encoding that we read")
    declared = _DECLARATION.match(start)
    if declared is not None and declared[1].decode("ascii").lower() not in _ENCODINGS:
        raise XmlRefused("the document is in an encoding that we do not read")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise XmlRefused("the document declares a document type (DTD)")
