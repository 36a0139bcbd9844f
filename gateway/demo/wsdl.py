"""What contract does a demo SOAP provider publish? A WSDL 1.1 (document/literal wrapped) and its schema."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from catalog.descriptions import FieldType
from gateway.demo.databases.form import Column, Database, DataObject, ProviderOperation

XSD = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
OVER_HTTP = "http://schemas.xmlsoap.org/soap/http"
FAULT_ELEMENT = "LoiDichVu"

_XSD_TYPES = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "long",
    FieldType.NUMBER: "decimal",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "dateTime",
}
_WHOLE_NUMBERS = ("TuThu", "SoLuong")
_DAYS = ("TuNgay", "DenNgay")


@dataclass(slots=True)
class Node:
    """An element of a record: a leaf with a column, or one with elements below it."""

    name: str
    many: bool = False
    column: Column | None = None
    below: list["Node"] = field(default_factory=list)


def tree_of(columns: Sequence[Column]) -> list[Node]:
    """Turn dotted paths into elements, in their order."""
    top: list[Node] = []
    for column in columns:
        *above, leaf = column.field.split(".")
        level = top
        for step in above:
            level = _node(level, step).below
        _node(level, leaf).column = column
    return top


def _node(level: list[Node], step: str) -> Node:
    """The element of this step, which is made when it is not yet there."""
    name = step.removesuffix("[]")
    for one in level:
        if one.name == name:
            return one
    level.append(Node(name=name, many=step.endswith("[]")))
    return level[-1]


def row_name(operation: ProviderOperation) -> str:
    """The element that holds one record of the operation's answer."""
    return operation.rows.removesuffix("[]")


def operations_of(database: Database) -> list[tuple[DataObject, ProviderOperation]]:
    """All operations of a SOAP database, with the object that each answers."""
    return [(one, operation) for one in database.objects for operation in one.operations]


def schema_document(database: Database) -> bytes:
    """The XML Schema of a SOAP database: requests, answers, the types of its records, and the detail of a fault."""
    schema = etree.Element(
        f"{{{XSD}}}schema",
        nsmap={"xsd": XSD, "tns": database.namespace},
        targetNamespace=database.namespace,
        elementFormDefault="qualified",
    )
    made: set[str] = set()
    for one, operation in operations_of(database):
        _request(schema, operation)
        _answer(schema, operation)
        name = f"{row_name(operation)}Type"
        if name not in made:
            made.add(name)
            _complex(schema, name, tree_of(one.columns), one.title_vi)
    fault = _sequence(_add(schema, "element", name=FAULT_ELEMENT))
    _add(fault, "element", name="MaLoi", type="xsd:string")
    _add(fault, "element", name="MoTa", type="xsd:string")
    return _written(schema)


def wsdl_document(database: Database, *, address: str, schema_location: str) -> bytes:
    """The WSDL of a SOAP database, which imports its schema from `schema_location`; `address` is the endpoint."""
    root = etree.Element(
        f"{{{WSDL}}}definitions",
        nsmap={"wsdl": WSDL, "soap": WSDL_SOAP, "xsd": XSD, "tns": database.namespace},
        targetNamespace=database.namespace,
        name=database.code,
    )
    inline = etree.SubElement(etree.SubElement(root, f"{{{WSDL}}}types"), f"{{{XSD}}}schema")
    etree.SubElement(inline, f"{{{XSD}}}import", namespace=database.namespace, schemaLocation=schema_location)
    found = operations_of(database)
    for _, operation in found:
        _message(root, f"{operation.path}Request", operation.path)
        _message(root, f"{operation.path}Response", f"{operation.path}Response")
    _message(root, "Fault", FAULT_ELEMENT)
    port = etree.SubElement(root, f"{{{WSDL}}}portType", name="DichVu")
    binding = etree.SubElement(root, f"{{{WSDL}}}binding", name="DichVuSoap", type="tns:DichVu")
    etree.SubElement(binding, f"{{{WSDL_SOAP}}}binding", style="document", transport=OVER_HTTP)
    for _, operation in found:
        _abstract(port, operation)
        _concrete(binding, operation, database.namespace)
    service = etree.SubElement(root, f"{{{WSDL}}}service", name=f"DichVu{database.code.capitalize()}")
    end = etree.SubElement(service, f"{{{WSDL}}}port", name="DichVuSoap", binding="tns:DichVuSoap")
    etree.SubElement(end, f"{{{WSDL_SOAP}}}address", location=address)
    return _written(root)


def _add(parent: etree._Element, kind: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XSD}}}{kind}", attributes)


def _sequence(element: etree._Element) -> etree._Element:
    return _add(_add(element, "complexType"), "sequence")


def parameter_type(name: str) -> str:
    """The XML Schema type of a request's element, by its name."""
    return "xsd:int" if name in _WHOLE_NUMBERS else "xsd:date" if name in _DAYS else "xsd:string"


def _request(schema: etree._Element, operation: ProviderOperation) -> None:
    sequence = _sequence(_add(schema, "element", name=operation.path))
    for name in operation.parameters:
        least = "1" if name in operation.required else "0"
        _add(sequence, "element", name=name, type=parameter_type(name), minOccurs=least)


def _answer(schema: etree._Element, operation: ProviderOperation) -> None:
    sequence = _sequence(_add(schema, "element", name=f"{operation.path}Response"))
    for name, type_ in operation.envelope:
        _add(sequence, "element", name=name, type=f"xsd:{_XSD_TYPES[type_]}")
    most = "unbounded" if operation.rows.endswith("[]") else "1"
    name = row_name(operation)
    _add(sequence, "element", name=name, type=f"tns:{name}Type", minOccurs="0", maxOccurs=most)


def _complex(schema: etree._Element, name: str, nodes: Sequence[Node], title: str) -> None:
    kind = _add(schema, "complexType", name=name)
    _add(_add(kind, "annotation"), "documentation").text = title
    sequence = _add(kind, "sequence")
    for node in nodes:
        element = _add(sequence, "element", name=node.name)
        if node.column is not None:
            element.set("type", f"xsd:{_XSD_TYPES[node.column.type]}")
        else:
            inner = f"{name.removesuffix('Type')}{node.name}Type"
            element.set("type", f"tns:{inner}")
            _complex(schema, inner, node.below, f"{title}: {node.name}")
        if node.column is None or not node.column.key:
            element.set("minOccurs", "0")
            element.set("nillable", "true")
        if node.many:
            element.set("maxOccurs", "unbounded")


def _message(root: etree._Element, name: str, element: str) -> None:
    message = etree.SubElement(root, f"{{{WSDL}}}message", name=name)
    etree.SubElement(message, f"{{{WSDL}}}part", name="parameters", element=f"tns:{element}")


def _abstract(port: etree._Element, operation: ProviderOperation) -> None:
    one = etree.SubElement(port, f"{{{WSDL}}}operation", name=operation.path)
    etree.SubElement(one, f"{{{WSDL}}}documentation").text = operation.title_vi
    etree.SubElement(one, f"{{{WSDL}}}input", message=f"tns:{operation.path}Request")
    etree.SubElement(one, f"{{{WSDL}}}output", message=f"tns:{operation.path}Response")
    etree.SubElement(one, f"{{{WSDL}}}fault", name="Fault", message="tns:Fault")


def _concrete(binding: etree._Element, operation: ProviderOperation, namespace: str) -> None:
    one = etree.SubElement(binding, f"{{{WSDL}}}operation", name=operation.path)
    etree.SubElement(one, f"{{{WSDL_SOAP}}}operation", soapAction=f"{namespace}:{operation.path}")
    for side in ("input", "output"):
        etree.SubElement(etree.SubElement(one, f"{{{WSDL}}}{side}"), f"{{{WSDL_SOAP}}}body", use="literal")
    fault = etree.SubElement(one, f"{{{WSDL}}}fault", name="Fault")
    etree.SubElement(fault, f"{{{WSDL_SOAP}}}fault", name="Fault", use="literal")


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
