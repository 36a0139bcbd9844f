"""What does a WSDL 1.1 bind to SOAP: which operations, with which messages, in which style?

W3C Note WSDL 1.1 (2001-03-15) and WS-I Basic Profile 1.1. Only the documents of the bundle are read. Nothing is decided
here about what can be served, except where a document is no WSDL 1.1 at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters.soap.documents import Documents
from adapters.soap.schemas import SchemaSet, SchemaSource
from adapters.soap.shapes import SoapVersion
from adapters.soap.unserved import XSD, Remark, Unserved, place, shown

WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
MIME: Final = "{http://schemas.xmlsoap.org/wsdl/mime/}"
SOAP: Final = {
    "{http://schemas.xmlsoap.org/wsdl/soap/}": SoapVersion.SOAP_11,
    "{http://schemas.xmlsoap.org/wsdl/soap12/}": SoapVersion.SOAP_12,
}

_WSDL_20: Final = "{http://www.w3.org/ns/wsdl}description"
_OVER_HTTP: Final = frozenset(
    {"http://schemas.xmlsoap.org/soap/http", "http://www.w3.org/2003/05/soap/bindings/HTTP/", ""}
)


@dataclass(frozen=True, slots=True)
class Located:
    """An element of a WSDL, and the names of the document in which it stands."""

    node: etree._Element
    source: SchemaSource

    def place(self) -> str:
        """Return where it stands."""
        return place(self.source.document, self.node)


@dataclass(frozen=True, slots=True)
class Port:
    """A port bound to SOAP over HTTP."""

    service: str
    name: str
    version: SoapVersion
    address: str
    style: str
    binding: Located
    soap: str  # the namespace of its SOAP elements, in braces


@dataclass(frozen=True, slots=True)
class BoundOperation:
    """An operation as a port binds it; `output` is `None` for a one-way operation."""

    name: str
    port: Port
    bound: Located
    abstract: Located
    style: str
    action: str
    input: etree._Element | None
    output: etree._Element | None


@dataclass(slots=True)
class Definitions:
    """All definitions of a WSDL and of those that it imports."""

    documents: Documents
    schemas: SchemaSet
    remarks: list[Remark] = field(default_factory=list)
    _named: dict[tuple[str, str], Located] = field(default_factory=dict)
    _services: list[Located] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)

    def find(self, kind: str, name: str, *, at: Located) -> Located:
        """Return the `message`, `portType` or `binding` called `name`. Raises `Unserved` when it is not there."""
        found = self._named.get((kind, name))
        if found is None:
            raise Unserved(
                at.place(),
                vi=f"tham chiếu {kind} {shown(name)} không có trong WSDL",
                en=f"refers to the {kind} {shown(name)}, which is not in the WSDL",
            )
        return found

    def read(self, name: str) -> None:
        """Read the document `name` and what it imports. Raises `Unserved`."""
        if name in self._read:
            return
        self._read.add(name)
        root = self.documents.root(name)
        _refuse_other_languages(name, root)
        source = SchemaSource(name, root.get("targetNamespace", ""), False, False, False)
        for node in root.iterchildren("*"):
            local = etree.QName(node).localname
            if node.tag == f"{WSDL}import":
                self._import(node, source)
            elif node.tag == f"{WSDL}types":
                for schema in node.iterchildren(f"{XSD}schema"):
                    self.schemas.add(schema, name)
            elif node.tag == f"{WSDL}service":
                self._services.append(Located(node, source))
            elif node.tag.startswith(WSDL) and node.get("name"):
                self._named.setdefault((local, source.own(node.get("name", ""))), Located(node, source))

    def ports(self) -> Iterator[Port]:
        """Yield the ports bound to SOAP over HTTP, in the order of the document; remark the others."""
        for service in self._services:
            for node in service.node.iterchildren(f"{WSDL}port"):
                at = Located(node, service.source)
                binding = self.find("binding", service.source.name(node, node.get("binding", "")), at=at)
                port = _port(service.node.get("name", ""), node, binding)
                if port is not None:
                    yield port
                else:
                    self.remarks.append(
                        Remark(
                            at.place(),
                            vi="cổng này không gắn với SOAP qua HTTP",
                            en="the port is not bound to SOAP over HTTP",
                            left_out=True,
                        )
                    )

    def operations(self, port: Port) -> Iterator[BoundOperation]:
        """Yield what `port` binds. Raises `Unserved` when its portType is not there."""
        binding = port.binding
        name = binding.source.name(binding.node, binding.node.get("type", ""))
        port_type = self.find("portType", name, at=binding)
        for node in binding.node.iterchildren(f"{WSDL}operation"):
            local = node.get("name", "")
            found = [one for one in port_type.node.iterchildren(f"{WSDL}operation") if one.get("name") == local]
            abstract = found[0] if found else None
            if abstract is None:
                raise Unserved(
                    place(binding.source.document, node), vi="không có trong portType", en="is in no portType"
                )
            soap = node.find(f"{port.soap}operation")
            style = port.style if soap is None else soap.get("style", port.style)
            yield BoundOperation(
                name=local,
                port=port,
                bound=Located(node, binding.source),
                abstract=Located(abstract, port_type.source),
                style=style,
                action="" if soap is None else soap.get("soapAction", ""),
                input=abstract.find(f"{WSDL}input"),
                output=abstract.find(f"{WSDL}output"),
            )

    def _import(self, node: etree._Element, source: SchemaSource) -> None:
        location = node.get("location", "")
        name = self.documents.resolve(source.document, location)
        if name is None:
            raise Unserved(
                place(source.document, node),
                vi=f"nhập {shown(location)}, tệp này không có trong gói",
                en=f"imports {shown(location)}, which is not in the bundle",
            )
        root = self.documents.root(name)
        if root.tag == f"{XSD}schema":  # not allowed (Basic Profile 1.1, R2001), and done
            self.schemas.add(root, name)
        else:
            self.read(name)


def read_definitions(documents: Documents, root: str) -> Definitions:
    """Return the definitions of the WSDL called `root`. Raises `Unserved`."""
    found = Definitions(documents=documents, schemas=SchemaSet(documents))
    found.read(root)
    found.schemas.finish()
    return found


def _refuse_other_languages(name: str, root: etree._Element) -> None:
    if root.tag == f"{WSDL}definitions":
        return
    where = f"{name or 'WSDL'}:{root.sourceline} {shown(etree.QName(root).localname)}"
    if root.tag == _WSDL_20:
        raise Unserved(where, vi="là WSDL 2.0; chỉ hỗ trợ WSDL 1.1", en="is WSDL 2.0, and only WSDL 1.1 is served")
    raise Unserved(where, vi="không phải WSDL 1.1", en="is no WSDL 1.1 (wsdl:definitions)")


def _port(service: str, node: etree._Element, binding: Located) -> Port | None:
    for soap, version in SOAP.items():
        bound = binding.node.find(f"{soap}binding")
        if bound is None or bound.get("transport", "") not in _OVER_HTTP:
            continue
        address = node.find(f"{soap}address")
        return Port(
            service=service,
            name=node.get("name", ""),
            version=version,
            address="" if address is None else address.get("location", ""),
            style=bound.get("style", "document"),
            binding=binding,
            soap=soap,
        )
    return None
