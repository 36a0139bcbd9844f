"""Which WSDL do X-Road's clients get of an operation?

That of its service as the SOAP door shows it, for SOAP 1.1 and at X-Road's endpoint, with X-Road's header blocks in
each message (PR-MESS, 3.2). Their schemas stand in the document itself: it refers to nothing outside.
"""

from typing import Final, cast

from lxml import etree

from adapters.soap.shapes import SoapVersion
from adapters.soap.unserved import Unserved
from adapters.soap.xml import make_parser, parse_document
from catalog.descriptions import ServiceDescription
from gateway.doors.soap.contract import WSDL, WSDL_SOAP, XSD, wsdl_of
from gateway.doors.soap.face import Face
from gateway.doors.soap.generated import model_of
from gateway.doors.soap.rewriting import rewritten
from gateway.doors.xroad.names import ENDPOINT, ID_NS, XROAD_NS
from gateway.errors import PathUnknown

_SOAP: Final = WSDL_SOAP[SoapVersion.SOAP_11]
_HEADER_PARTS: Final = ("client", "service", "userId", "id", "issue", "protocolVersion")
_HEADER_MESSAGE: Final = "xroadHeader"
_PREFIX: Final = "xroadheader"
_MOST_DOCUMENTS: Final = 128
_CLIENT_PARTS: Final = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
_SERVICE_PARTS: Final = (*_CLIENT_PARTS, "serviceCode", "serviceVersion")
_OPTIONAL: Final = frozenset({"subsystemCode", "serviceVersion"})


class XRoadContracts:
    """Makes the WSDL of each version of a service once, and keeps those last made."""

    def __init__(self, *, public_url: str) -> None:
        """Take where the parts of an imported WSDL can be read."""
        self._public_url = public_url
        self._made: dict[tuple[str, str, int], tuple[ServiceDescription, bytes]] = {}

    def of(self, face: Face) -> bytes:
        """Return the WSDL of the service behind a face. Raises PathUnknown when it cannot be written."""
        service = face.service
        key = (service.database, service.code, service.version)
        held = self._made.get(key)
        if held is None or held[0] is not service:
            if len(self._made) >= _MOST_DOCUMENTS:
                del self._made[next(iter(self._made))]
            held = self._made[key] = (service, _for_xroad(self._document(face), service.version))
        return held[1]

    def _document(self, face: Face) -> bytes:
        service = face.service
        if service.wsdl is None:
            return wsdl_of(model_of(service), address=ENDPOINT)
        address = f"{self._public_url}/soap/{service.database}/{service.code}/v{service.version}"
        try:
            documents = rewritten(service.wsdl, address=address, operations={one.name for one in face.operations})
        except Unserved as error:
            raise PathUnknown from error
        return documents[service.wsdl.root]


def _for_xroad(document: bytes, version: int) -> bytes:
    root = parse_document(document, make_parser())
    _keep_soap_11(root)
    for address in root.iter(f"{{{_SOAP}}}address"):
        address.set("location", ENDPOINT)
    if not any(part.get("element", "").endswith(":client") for part in root.iter(f"{{{WSDL}}}part")):
        root = _with_headers(root, version)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _keep_soap_11(root: etree._Element) -> None:
    kept = {
        binding.get("name", "")
        for binding in root.iterfind(f"{{{WSDL}}}binding")
        if binding.find(f"{{{_SOAP}}}binding") is not None
    }
    for binding in root.findall(f"{{{WSDL}}}binding"):
        if binding.get("name", "") not in kept:
            root.remove(binding)
    for service in root.iterfind(f"{{{WSDL}}}service"):
        for port in service.findall(f"{{{WSDL}}}port"):
            if port.get("binding", "").rpartition(":")[2] not in kept:
                service.remove(port)


def _with_headers(root: etree._Element, version: int) -> etree._Element:
    """Return the document with X-Road's header blocks declared for every message of its bindings."""
    # A prefix of the document's own stays as it is: names in its attributes are written with it.
    prefixes = cast(dict[str, str], {**root.nsmap, _PREFIX: XROAD_NS})
    declared = etree.Element(root.tag, {str(name): str(text) for name, text in root.items()}, nsmap=prefixes)
    declared.extend(list(root))
    types = declared.find(f"{{{WSDL}}}types")
    if types is None:
        raise PathUnknown
    types.insert(0, _header_schema())
    types.insert(0, _identifier_schema())
    message = etree.Element(f"{{{WSDL}}}message", name=_HEADER_MESSAGE)
    for name in _HEADER_PARTS:
        etree.SubElement(message, f"{{{WSDL}}}part", name=name, element=f"{_PREFIX}:{name}")
    types.addnext(message)
    ours = next(prefix for prefix, uri in declared.nsmap.items() if uri == declared.get("targetNamespace"))
    named = f"{ours}:{_HEADER_MESSAGE}" if ours else _HEADER_MESSAGE
    for operation in declared.iterfind(f"{{{WSDL}}}binding/{{{WSDL}}}operation"):
        binding = operation.find(f"{{{_SOAP}}}operation")
        if binding is not None:
            told = etree.Element(f"{{{XROAD_NS}}}version")
            told.text = f"v{version}"
            binding.addnext(told)
        for side in ("input", "output"):
            for found in operation.iterfind(f"{{{WSDL}}}{side}"):
                for name in _HEADER_PARTS:
                    etree.SubElement(found, f"{{{_SOAP}}}header", message=named, part=name, use="literal")
    return declared


def _identifier_schema() -> etree._Element:
    schema = etree.Element(
        f"{{{XSD}}}schema", nsmap={"xs": XSD, "xid": ID_NS}, targetNamespace=ID_NS, elementFormDefault="qualified"
    )
    etree.SubElement(schema, f"{{{XSD}}}attribute", name="objectType", type="xs:string")
    for name, parts in (("Client", _CLIENT_PARTS), ("Service", _SERVICE_PARTS)):
        kind = etree.SubElement(schema, f"{{{XSD}}}complexType", name=f"XRoad{name}IdentifierType")
        sequence = etree.SubElement(kind, f"{{{XSD}}}sequence")
        for part in parts:
            element = etree.SubElement(sequence, f"{{{XSD}}}element", name=part, type="xs:string")
            if part in _OPTIONAL:
                element.set("minOccurs", "0")
        etree.SubElement(kind, f"{{{XSD}}}attribute", ref="xid:objectType", use="required")
    return schema


def _header_schema() -> etree._Element:
    schema = etree.Element(
        f"{{{XSD}}}schema", nsmap={"xs": XSD, "xid": ID_NS}, targetNamespace=XROAD_NS, elementFormDefault="qualified"
    )
    etree.SubElement(schema, f"{{{XSD}}}import", namespace=ID_NS)
    for name in _HEADER_PARTS:
        kinds = {"client": "xid:XRoadClientIdentifierType", "service": "xid:XRoadServiceIdentifierType"}
        etree.SubElement(schema, f"{{{XSD}}}element", name=name, type=kinds.get(name, "xs:string"))
    return schema
