"""What does a SOAP provider of the demo answer? SOAP 1.1, document/literal wrapped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from lxml import etree

from adapters.contract import Json
from gateway.demo.databases.form import Database, ProviderOperation
from gateway.demo.draw import Record, Records
from gateway.demo.proofs import Doorkeeper
from gateway.demo.web import Reply, Request
from gateway.demo.wsdl import (
    FAULT_ELEMENT,
    Node,
    operations_of,
    parameter_type,
    row_name,
    schema_document,
    tree_of,
    wsdl_document,
)

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MOST_ROWS = 200
Select: TypeAlias = Callable[[str, Mapping[str, str], Records], Sequence[Record]]


class Fault(Exception):
    """The request cannot be answered. `side` is Client or Server, `code` the provider's own."""

    def __init__(self, side: str, code: str, text: str) -> None:
        super().__init__(text)
        self.side = side
        self.code = code
        self.text = text


class SoapProvider:
    """Answers the operations of one SOAP database from its records, and serves its WSDL and schema."""

    def __init__(self, database: Database, records: Records, select: Select, *, door: Doorkeeper) -> None:
        self._database = database
        self._records = records
        self._select = select
        self._door = door
        self._operations = {operation.path: (one, operation) for one, operation in operations_of(database)}
        self._trees = {operation.path: tree_of(one.columns) for one, operation in operations_of(database)}

    def answer(self, request: Request) -> Reply:
        """Serve `?wsdl` and `?xsd` without proof; carry out an envelope; a fault is an HTTP 500 (SOAP 1.1, 6.2)."""
        if request.method == "GET":
            return self._contract(request)
        try:
            return _xml_reply(self._carry_out(request))
        except Fault as fault:
            return _xml_reply(self._fault(fault), status=500)

    def _contract(self, request: Request) -> Reply:
        asked = {name.lower() for name in request.query}
        if "xsd" in asked:
            return _xml_reply(schema_document(self._database))
        if "wsdl" in asked:
            location = f"{request.address}?xsd=1"
            return _xml_reply(wsdl_document(self._database, address=request.address, schema_location=location))
        return _xml_reply(self._fault(Fault("Client", "SAI_PHUONG_THUC", "Cần POST một thông điệp SOAP.")), status=405)

    def _carry_out(self, request: Request) -> bytes:
        if not self._door.admits(request):
            raise Fault("Client", "XAC_THUC", "Sai thông tin xác thực.")
        envelope = _parsed(request.body)
        if not self._door.admits_envelope(envelope):
            raise Fault("Client", "XAC_THUC", "Sai thông tin xác thực.")
        body = envelope.find(f"{{{SOAP}}}Body")
        asked = body[0] if body is not None and len(body) else None
        name = etree.QName(asked).localname if asked is not None else ""
        if asked is None or name not in self._operations or asked.tag != f"{{{self._database.namespace}}}{name}":
            raise Fault("Client", "KHONG_CO_DICH_VU", "Không có thao tác này.")
        _, operation = self._operations[name]
        return self._found(operation, _arguments(asked, operation, self._database.namespace))

    def _found(self, operation: ProviderOperation, asked: Mapping[str, str]) -> bytes:
        rows = self._select(operation.path, asked, self._records)
        namespace = self._database.namespace
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "ns": namespace, "xsi": XSI})
        body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
        answer = etree.SubElement(body, f"{{{namespace}}}{operation.path}Response")
        for name, _ in operation.envelope:
            etree.SubElement(answer, f"{{{namespace}}}{name}").text = str(len(rows))
        start, size = int(asked.get("TuThu") or 0), int(asked.get("SoLuong") or 50)
        most = min(size, MOST_ROWS) if operation.rows.endswith("[]") else 1
        for row in rows[start : start + most]:
            element = etree.SubElement(answer, f"{{{namespace}}}{row_name(operation)}")
            _fill(element, self._trees[operation.path], dict(row), namespace)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def _fault(self, fault: Fault) -> bytes:
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "ns": self._database.namespace})
        made = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
        etree.SubElement(made, "faultcode").text = f"soapenv:{fault.side}"
        etree.SubElement(made, "faultstring").text = fault.text
        detail = etree.SubElement(etree.SubElement(made, "detail"), f"{{{self._database.namespace}}}{FAULT_ELEMENT}")
        etree.SubElement(detail, f"{{{self._database.namespace}}}MaLoi").text = fault.code
        etree.SubElement(detail, f"{{{self._database.namespace}}}MoTa").text = fault.text
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _xml_reply(body: bytes, *, status: int = 200) -> Reply:
    return Reply(status=status, body=body, content_type="text/xml; charset=utf-8")


def _parsed(body: bytes) -> etree._Element:
    """The envelope; entities and outside resources are never followed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Fault("Client", "SAI_XML", "Thông điệp không phải XML hợp lệ.") from error
    if root.tag != f"{{{SOAP}}}Envelope" or root.getroottree().docinfo.internalDTD is not None:
        raise Fault("Client", "SAI_XML", "Thông điệp không phải SOAP 1.1.")
    return root


def _arguments(asked: etree._Element, operation: ProviderOperation, namespace: str) -> Mapping[str, str]:
    """The request's elements by name. Raises `Fault` for a missing, unknown or misshapen one."""
    given: dict[str, str] = {}
    for element in asked.iterchildren("*"):
        tag = etree.QName(element)
        if tag.namespace != namespace or tag.localname not in operation.parameters:
            raise Fault("Client", "SAI_THAM_SO", "Thông điệp có phần tử lạ.")
        given[tag.localname] = (element.text or "").strip()
    for required in operation.required:
        if not given.get(required):
            raise Fault("Client", "THIEU_THAM_SO", f"Thiếu {required}.")
    if not any(given.values()):
        raise Fault("Client", "THIEU_THAM_SO", "Cần ít nhất một tham số.")
    for name, value in given.items():
        if value and not _fits(parameter_type(name), value):
            raise Fault("Client", "SAI_THAM_SO", f"{name} sai kiểu dữ liệu.")
    return given


def _fits(kind: str, value: str) -> bool:
    if kind == "xsd:int":
        return value.isdecimal() and len(value) < 9
    if kind == "xsd:date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _fill(parent: etree._Element, nodes: Sequence[Node], value: Mapping[str, Json], namespace: str) -> None:
    """Add the elements of one record in the order of the schema; what is null or empty is left out."""
    for node in nodes:
        held = value.get(node.name)
        for one in held if isinstance(held, list) else [] if held is None else [held]:
            element = etree.SubElement(parent, f"{{{namespace}}}{node.name}")
            if isinstance(one, dict):
                _fill(element, node.below, one, namespace)
            else:
                element.text = ("true" if one else "false") if isinstance(one, bool) else str(one)
