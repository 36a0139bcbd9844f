"""What does the WSDL of a generated contract say? WSDL 1.1 with its schema inline, for SOAP 1.1 and 1.2."""

from collections.abc import Iterable, Sequence
from typing import Final

from lxml import etree

from adapters.soap.lexical import NOT_XML
from adapters.soap.shapes import Kind, SoapVersion
from gateway.doors.soap.generated import Messages, Model, action_of
from gateway.doors.soap.model import Member
from gateway.doors.soap.names import OURS, operation_name

XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP: Final = {
    SoapVersion.SOAP_11: "http://schemas.xmlsoap.org/wsdl/soap/",
    SoapVersion.SOAP_12: "http://schemas.xmlsoap.org/wsdl/soap12/",
}
OVER_HTTP: Final = "http://schemas.xmlsoap.org/soap/http"
PROBLEM: Final = "problem"

_XSD_TYPES: Final = {
    Kind.TEXT: "xs:string",
    Kind.INTEGER: "xs:integer",
    Kind.DECIMAL: "xs:decimal",
    Kind.FLOAT: "xs:double",
    Kind.BOOLEAN: "xs:boolean",
    Kind.DATE: "xs:date",
    Kind.DATETIME: "xs:dateTime",
}
# The members of a problem (gateway/doors/soap/faults.py), with their types and how often they stand.
PROBLEM_MEMBERS: Final = (
    ("type", "xs:anyURI", "1", "1"),
    ("title", "xs:string", "1", "1"),
    ("status", "xs:int", "1", "1"),
    ("detail", "xs:string", "1", "1"),
    ("instance", "xs:anyURI", "1", "1"),
    ("correlationId", "xs:string", "1", "1"),
    ("side", "xs:string", "1", "1"),
    ("next", "xs:string", "1", "1"),
    ("retryAfterSeconds", "xs:int", "0", "1"),
    ("providerCode", "xs:string", "0", "1"),
    ("error", "lt:Error", "0", "unbounded"),
    ("english", "lt:English", "1", "1"),
)
_ERROR: Final = tuple((name, "xs:string", "1", "1") for name in ("where", "vi", "en"))
_ENGLISH: Final = tuple((name, "xs:string", "1", "1") for name in ("title", "detail", "next"))


def wsdl_of(model: Model, *, address: str) -> bytes:
    """Return the WSDL of a generated contract, whose ports are at `address`."""
    namespace = model.types.namespace
    root = etree.Element(
        f"{{{WSDL}}}definitions",
        nsmap={
            "wsdl": WSDL,
            "soap": WSDL_SOAP[SoapVersion.SOAP_11],
            "soap12": WSDL_SOAP[SoapVersion.SOAP_12],
            "xs": XSD,
            "lt": OURS,
            "tns": namespace,
        },
        targetNamespace=namespace,
        name=_service_name(model),
    )
    service = model.service
    _document(root, WSDL, (service.title_vi, service.title_en, service.summary_vi, *_left_out(model)))
    types = etree.SubElement(root, f"{{{WSDL}}}types")
    _problem_schema(types)
    _schema(types, model)
    for one in model.messages:
        _message(root, f"{one.name}Request", f"tns:{one.request.tag}")
        _message(root, f"{one.name}Response", f"tns:{one.response.tag}")
    _message(root, "Problem", f"lt:{PROBLEM}")
    _port_type(root, model.messages)
    for version in SoapVersion:
        _binding(root, model, version)
    _service(root, model, address)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _service_name(model: Model) -> str:
    service = model.service
    return operation_name(f"{service.database}-{service.code}-v{service.version}")


def _left_out(model: Model) -> tuple[str, ...]:
    return tuple(f"Không có qua SOAP: {code} ({error.vi}; {error.en})." for code, error in model.refused.items())


def _schema(types: etree._Element, model: Model) -> None:
    schema = _add(types, "schema", targetNamespace=model.types.namespace, elementFormDefault="qualified")
    roots = {one.type_name for message in model.messages for one in (message.request, message.response)}
    for message in model.messages:
        for root in (message.request, message.response):
            element = _add(schema, "element", name=root.tag)
            _annotate(element, root.documentation)
            _members(_add(element, "complexType"), model.types.members[root.type_name])
    for name, members in model.types.members.items():
        if name not in roots:
            _members(_add(schema, "complexType", name=name), members)


def _members(parent: etree._Element, members: Iterable[Member]) -> None:
    sequence = _add(parent, "sequence")
    for member in members:
        element = _add(sequence, "element", name=member.tag)
        choices = member.simple.choices if member.simple is not None else ()
        if member.kind is Kind.COMPLEX:
            element.set("type", f"tns:{member.type_name}")
        elif not choices:
            element.set("type", _XSD_TYPES[member.kind])
        if not member.required:
            element.set("minOccurs", "0")
        if member.many:
            element.set("maxOccurs", "unbounded")
        if member.nillable:
            element.set("nillable", "true")
        _annotate(element, member.documentation)
        if choices:
            restriction = _add(_add(element, "simpleType"), "restriction", base="xs:string")
            for choice in choices:
                _add(restriction, "enumeration", value=choice)


def _problem_schema(types: etree._Element) -> None:
    schema = _add(types, "schema", targetNamespace=OURS, elementFormDefault="qualified")
    for name, rows in (("Problem", PROBLEM_MEMBERS), ("Error", _ERROR), ("English", _ENGLISH)):
        sequence = _add(_add(schema, "complexType", name=name), "sequence")
        for member, type_, least, most in rows:
            _add(sequence, "element", name=member, type=type_, minOccurs=least, maxOccurs=most)
    _add(schema, "element", name=PROBLEM, type="lt:Problem")


def _message(root: etree._Element, name: str, element: str) -> None:
    message = etree.SubElement(root, f"{{{WSDL}}}message", name=name)
    etree.SubElement(message, f"{{{WSDL}}}part", name="parameters", element=element)


def _port_type(root: etree._Element, messages: Sequence[Messages]) -> None:
    port_type = etree.SubElement(root, f"{{{WSDL}}}portType", name="Port")
    for one in messages:
        operation = etree.SubElement(port_type, f"{{{WSDL}}}operation", name=one.name)
        _document(operation, WSDL, (one.operation.title_vi, one.operation.title_en))
        etree.SubElement(operation, f"{{{WSDL}}}input", message=f"tns:{one.name}Request")
        etree.SubElement(operation, f"{{{WSDL}}}output", message=f"tns:{one.name}Response")
        etree.SubElement(operation, f"{{{WSDL}}}fault", name="Problem", message="tns:Problem")


def _binding(root: etree._Element, model: Model, version: SoapVersion) -> None:
    soap = WSDL_SOAP[version]
    binding = etree.SubElement(root, f"{{{WSDL}}}binding", name=_binding_name(version), type="tns:Port")
    etree.SubElement(binding, f"{{{soap}}}binding", style="document", transport=OVER_HTTP)
    for one in model.messages:
        operation = etree.SubElement(binding, f"{{{WSDL}}}operation", name=one.name)
        etree.SubElement(
            operation, f"{{{soap}}}operation", soapAction=action_of(model.types.namespace, one.name), style="document"
        )
        for side in ("input", "output"):
            etree.SubElement(etree.SubElement(operation, f"{{{WSDL}}}{side}"), f"{{{soap}}}body", use="literal")
        fault = etree.SubElement(operation, f"{{{WSDL}}}fault", name="Problem")
        etree.SubElement(fault, f"{{{soap}}}fault", name="Problem", use="literal")


def _service(root: etree._Element, model: Model, address: str) -> None:
    service = etree.SubElement(root, f"{{{WSDL}}}service", name=_service_name(model))
    for version in SoapVersion:
        name = _binding_name(version)
        port = etree.SubElement(service, f"{{{WSDL}}}port", name=name, binding=f"tns:{name}")
        etree.SubElement(port, f"{{{WSDL_SOAP[version]}}}address", location=address)


def _binding_name(version: SoapVersion) -> str:
    return "Soap11" if version is SoapVersion.SOAP_11 else "Soap12"


def _add(parent: etree._Element, kind: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XSD}}}{kind}", attributes)


def _annotate(element: etree._Element, texts: Iterable[str]) -> None:
    if text := _text_of(texts):
        _add(_add(element, "annotation"), "documentation").text = text


def _document(element: etree._Element, namespace: str, texts: Iterable[str]) -> None:
    if text := _text_of(texts):
        etree.SubElement(element, f"{{{namespace}}}documentation").text = text


def _text_of(texts: Iterable[str]) -> str:
    return NOT_XML.sub("?", "\n".join(text for text in texts if text))
