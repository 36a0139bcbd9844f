"""Which documents does a WSDL consist of, and to which of them does an import lead?

All that is ever read is the bundle: names and bytes that somebody else has collected. No path and no address is
opened, whatever a document asks for; each document passes the one hardened parser before anything of it is used.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree

from adapters.soap.unserved import Unserved, shown
from adapters.soap.xml import XmlRefused, make_parser, parse_document

MAX_BUNDLE_BYTES: Final = 32 * 1024 * 1024

_READABLE: Final = (".wsdl", ".xsd", ".xml")
_BOMS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")


class Documents:
    """The vetted documents of one bundle, by name; `""` may be the name of the one to begin with."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        """Raises `Unserved` for a bundle too large, and for a document among WSDL and XSD that cannot be read."""
        if sum(map(len, contents.values())) > MAX_BUNDLE_BYTES:
            raise Unserved(
                "WSDL",
                vi=f"gói lớn hơn {MAX_BUNDLE_BYTES} byte",
                en=f"the bundle is larger than {MAX_BUNDLE_BYTES} bytes",
            )
        self._contents = contents
        self._parser = make_parser()
        self._roots: dict[str, etree._Element] = {}
        for name in contents:
            if not name or name.lower().endswith(_READABLE):
                self.root(name)

    def root(self, name: str) -> etree._Element:
        """Return the root of a document. Raises `Unserved` when it is not there, is no XML or has a DTD."""
        if name not in self._roots:
            if name not in self._contents:
                raise Unserved(shown(name), vi="không có trong gói", en="is not in the bundle")
            try:
                self._roots[name] = parse_document(_as_utf8(self._contents[name]), self._parser)
            except XmlRefused as error:
                raise Unserved(shown(name) or "WSDL", vi=f"không đọc được: {error}", en=str(error)) from error
        return self._roots[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of the documents that have been read."""
        return tuple(self._roots)

    def texts(self) -> dict[str, str]:
        """Return the documents that have been read as text, without an XML declaration."""
        return {name: etree.tostring(root, encoding="unicode") for name, root in self._roots.items()}

    def resolve(self, base: str, location: str) -> str | None:
        """Return the name of the document to which `location` leads from the document `base`, `None` for none.

        A location is a path relative to the document, a name of the bundle as it is, or an address of which the last
        segment, or a value in the query (also without its extension), is such a name.
        """
        plain = unquote(location.strip())
        candidates = [_joined(base, plain), plain, location.strip()]
        parts = urlsplit(plain)
        for _, named in parse_qsl(
            parts.query
        ):  # as .NET, JAX-WS and we ourselves name them: `?xsd=xsd0`, `?wsdl=wsdl0`
            candidates += [named, f"{named}.xsd", f"{named}.wsdl"]
        if parts.scheme in ("http", "https") or "?" in plain:
            candidates.append(parts.path.rsplit("/", 1)[-1])
        elif not parts.scheme and not plain.startswith("/"):
            candidates.append(plain.rsplit("/", 1)[-1])
        return next((one for one in candidates if one and one in self._contents), None)


def _joined(base: str, location: str) -> str:
    parts = base.split("/")[:-1]
    for part in location.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "" if location.startswith("/") else "/".join(parts)


def _as_utf8(content: bytes) -> bytes:
    """Return a UTF-16 document in UTF-8: the hardened parser looks for a DTD in bytes, and reads no UTF-16."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            try:
                text = content[len(bom) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise XmlRefused("not well-formed XML: its UTF-16 is broken") from error
            return _DECLARATION.sub("", text, count=1).encode()
    return content
