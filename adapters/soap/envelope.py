"""What stands in a SOAP envelope: what do we put in, and what do we find in one?"""

from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from adapters.contract import Json
from adapters.errors import CallUnacceptable
from adapters.soap.lexical import NOT_XML
from adapters.soap.reading import MessageMisshapen
from adapters.soap.shapes import HEADER_MEMBER, Plan, SoapVersion
from adapters.soap.writing import BlockWriter, MessageWriter, ValueUnfit

ENVELOPE_NAMESPACES: Final = {
    SoapVersion.SOAP_11: "http://schemas.xmlsoap.org/soap/envelope/",
    SoapVersion.SOAP_12: "http://www.w3.org/2003/05/soap-envelope",
}
FAULTS: Final = tuple(f"{{{uri}}}Fault" for uri in ENVELOPE_NAMESPACES.values())

_HEADERS: Final = tuple(f"{{{uri}}}Header" for uri in ENVELOPE_NAMESPACES.values())
_BODIES: Final = tuple(f"{{{uri}}}Body" for uri in ENVELOPE_NAMESPACES.values())
_ENVELOPES: Final = tuple(f"{{{uri}}}Envelope" for uri in ENVELOPE_NAMESPACES.values())
_WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"


class EnvelopeWriter:
    """Writes the envelopes of one operation. Everything that does not depend on the call is made once."""

    def __init__(self, plan: Plan, version: SoapVersion) -> None:
        """`version` may differ from the plan's: a provider's setting wins over its WSDL."""
        self._writer = MessageWriter(plan.request, plan.shapes)
        self._blocks = BlockWriter(plan.headers, plan.shapes) if plan.headers else None
        self._start = f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE_NAMESPACES[version]}">'

    def write(self, values: Json, *, header: str = "") -> bytes:
        """Return the envelope with `values` (a JSON object in the request's shape) and the header blocks `header`.

        A member `_header` of `values` holds the header blocks that the WSDL declares. Raises `CallUnacceptable` naming
        the member that has no element, no value where one must be, or a value that the element's type or XML itself
        does not allow.
        """
        try:
            if self._blocks is not None and isinstance(values, dict) and HEADER_MEMBER in values:
                header += self._declared_blocks(values[HEADER_MEMBER])
                values = {name: value for name, value in values.items() if name != HEADER_MEMBER}
            body = self._writer.write(values)
        except ValueUnfit as error:
            raise unacceptable(error) from error
        opened = f"<s:Header>{header}</s:Header><s:Body>" if header else "<s:Body>"
        return f"{self._start}{opened}{body}</s:Body></s:Envelope>".encode()

    def _declared_blocks(self, value: Json) -> str:
        try:
            return self._blocks.write(value) if self._blocks is not None else ""
        except ValueUnfit as error:
            raise error.below(HEADER_MEMBER) from error


def header_blocks_of(envelope: etree._Element) -> list[etree._Element]:
    """Return the blocks in the envelope's header."""
    return [block for child in envelope if child.tag in _HEADERS for block in child]


def body_of(envelope: etree._Element) -> etree._Element | None:
    """Return the one element in the SOAP body, `None` when the body is empty. Raises `MessageMisshapen`."""
    if envelope.tag not in _ENVELOPES:
        raise MessageMisshapen("the answer is no SOAP envelope")
    bodies = [child for child in envelope if child.tag in _BODIES]
    if len(bodies) != 1:
        raise MessageMisshapen("the envelope has no body, or more than one")
    if len(bodies[0]) > 1:
        raise MessageMisshapen("the body holds more than one element")
    return bodies[0][0] if len(bodies[0]) else None


def username_token(username: str, password: str) -> str:
    """Return a WS-Security header with a UsernameToken, password in text (OASIS UsernameToken Profile 1.1, 3.1)."""
    kind = f"{_WSSE}username-token-profile-1.0#PasswordText"
    return (
        f'<wsse:Security xmlns:wsse="{_WSSE}wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{kind}">{escape(password)}</wsse:Password>'
        "</wsse:UsernameToken></wsse:Security>"
    )


def content_headers(plan: Plan, version: SoapVersion) -> tuple[tuple[str, str], ...]:
    """Return the HTTP headers that SOAP asks for (SOAP 1.1, 6.1.1: SOAPAction; SOAP 1.2 part 2, 7.1.4: action)."""
    if version is SoapVersion.SOAP_11:
        return ("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", f'"{plan.action}"')
    action = f'; action="{plan.action}"' if plan.action else ""
    return (("Content-Type", f"application/soap+xml; charset=utf-8{action}"),)


def refuse_what_is_not_xml(value: str, where: str) -> None:
    """Raise `CallUnacceptable` when `value` holds a character that XML 1.0 cannot carry."""
    if NOT_XML.search(value):
        raise CallUnacceptable(where, vi=f"{where} chứa ký tự điều khiển.", en=f"{where} contains a control character.")


def unacceptable(error: ValueUnfit) -> CallUnacceptable:
    """Return what a caller is told of a value that cannot be written."""
    name = error.where or "body"
    return CallUnacceptable(name, vi=f"{name} {error.vi}.", en=f"{name} {error.en}.")
