"""What do the header blocks of a message say to us? (SOAP 1.1, 4.2; SOAP 1.2 part 1, 5.2)

Ours say what REST callers say in HTTP header fields, for systems that cannot set any. `wsse:Security` proves who calls
(gateway/doors/soap/security.py). A block that the operation's WSDL declares belongs to its request. Whatever else is
addressed to us and must be understood is refused; the rest is passed over, as SOAP asks.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from lxml import etree

from adapters.soap.shapes import SoapVersion
from gateway.doors.soap.envelope import Envelope, invalid
from gateway.doors.soap.names import ENVELOPES, OURS
from gateway.doors.soap.security import SECURITY
from gateway.errors import HeaderNotUnderstood

FIELDS: Final = "fields"
HEADER_FIELDS: Final = {
    f"{{{OURS}}}Agreement": "agreement",
    f"{{{OURS}}}Purpose": "purpose",
    f"{{{OURS}}}CaseFile": "case-file",
    f"{{{OURS}}}Officer": "officer",
    f"{{{OURS}}}IdempotencyKey": "idempotency-key",
    f"{{{OURS}}}Fields": FIELDS,
}
"""The HTTP header field that each block of ours stands for; `fields` is the query parameter of that name."""

_TRUE: Final = ("1", "true")
_MAX_CHARS: Final = 4000
_OTHERS: Final = {  # roles that are not ours
    SoapVersion.SOAP_11: frozenset[str](),
    SoapVersion.SOAP_12: frozenset({"http://www.w3.org/2003/05/soap-envelope/role/none"}),
}
_OURS: Final = {
    SoapVersion.SOAP_11: frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}),
    SoapVersion.SOAP_12: frozenset(
        {
            "",
            "http://www.w3.org/2003/05/soap-envelope/role/next",
            "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
        }
    ),
}


def header_fields(envelope: Envelope, known: Sequence[str]) -> dict[str, str]:
    """Return what our blocks say, by the names of `HEADER_FIELDS`. `known` are the tags that the operation declares.

    Raises HeaderNotUnderstood, and RequestInvalid for a block of ours that stands twice, or is not text.
    """
    said: dict[str, str] = {}
    for block in envelope.blocks:
        name = HEADER_FIELDS.get(str(block.tag))
        if name is not None:
            if name in said or len(block) or len(block.text or "") > _MAX_CHARS:
                raise invalid("lặp lại hoặc không phải văn bản", "given more than once, or no text", name)
            said[name] = _field(block.text or "", name)
        elif block.tag != SECURITY and block.tag not in known and _must_be_understood(block, envelope.version):
            raise HeaderNotUnderstood(str(block.tag)[:200])
    return said


def with_blocks(headers: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """Return the HTTP header fields with what the blocks say beside them.

    Raises RequestInvalid where both say something, and not the same.
    """
    merged = dict(headers)
    for name, value in said.items():
        if name == FIELDS:
            continue
        if merged.setdefault(name, value) != value:
            raise invalid("tiêu đề HTTP và tiêu đề SOAP khác nhau", "the HTTP and the SOAP header differ", name)
    return merged


def _field(text: str, name: str) -> str:
    value = text.strip()
    if not value.isprintable():
        raise invalid("chứa ký tự điều khiển", "contains a control character", name)
    return value


def _must_be_understood(block: etree._Element, version: SoapVersion) -> bool:
    namespace = ENVELOPES[version]
    if block.get(f"{{{namespace}}}mustUnderstand", "0").strip() not in _TRUE:
        return False
    role = block.get(f"{{{namespace}}}{'actor' if version is SoapVersion.SOAP_11 else 'role'}", "").strip()
    return role in _OURS[version]
