"""Which namespaces and identifiers has X-Road's SOAP (PR-MESS, 2.1), and how is an identifier written in them?"""

from typing import Final
from xml.sax.saxutils import quoteattr

from gateway.doors.xroad.errors import xml_text
from gateway.xroaddirectory import XRoadId

XROAD_NS: Final = "http://x-road.eu/xsd/xroad.xsd"
ID_NS: Final = "http://x-road.eu/xsd/identifiers"
REPRESENTATION_NS: Final = "http://x-road.eu/xsd/representation.xsd"
SOAP_NS: Final = "http://schemas.xmlsoap.org/soap/envelope/"
MONITORING_NS: Final = "http://x-road.eu/xsd/op-monitoring.xsd"
ENDPOINT: Final = "http://example.org/xroad-endpoint"
"""What every WSDL names as its address (PR-META, 4): clients reach it through their security server, which is us."""


def kind_of(named: XRoadId) -> str:
    """Return the object type of a member or a subsystem."""
    return "SUBSYSTEM" if named.subsystem else "MEMBER"


def identifier_xml(name: str, kind: str, named: XRoadId, *, service: str = "", version: str = "") -> str:
    """Return an identifier as an element; the prefixes `xroad` and `id` MUST be declared around it."""
    parts = (
        ("xRoadInstance", named.instance),
        ("memberClass", named.member_class),
        ("memberCode", named.member_code),
        ("subsystemCode", named.subsystem),
        ("serviceCode", service),
        ("serviceVersion", version),
    )
    inner = "".join(f"<id:{tag}>{xml_text(text)}</id:{tag}>" for tag, text in parts if text)
    return f"<{name} id:objectType={quoteattr(kind)}>{inner}</{name}>"
