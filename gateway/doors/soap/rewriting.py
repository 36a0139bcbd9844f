"""How does the WSDL that a service was imported from become ours?

The same documents, names, types and order: only addresses change, to ours, and what is not published is left out. With
an agreement, what it withholds is optional (gateway/doors/soap/relaxing.py).
"""

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

from lxml import etree

from adapters.soap.documents import Documents
from adapters.soap.unserved import XSD, Unserved
from adapters.soap.wsdl import SOAP, WSDL, Port, read_definitions
from catalog.descriptions import WsdlContract
from gateway.doors.soap.narrowing import Released
from gateway.doors.soap.relaxing import Relaxer

_POINTERS: Final = (f"{WSDL}import", f"{XSD}import", f"{XSD}include")


def rewritten(
    contract: WsdlContract,
    *,
    address: str,
    operations: Collection[str],
    more: str = "",
    released: Mapping[str, Released] | None = None,
) -> dict[str, bytes]:
    """Return the documents of `contract` by name, with `operations` at `address`.

    `released` says by operation what an answer has under one agreement; `more` is the end of the query string by which
    one document refers to another. Raises Unserved where the documents are not
    those that were imported once.
    """
    documents = Documents({name: text.encode() for name, text in contract.documents.items()})
    definitions = read_definitions(documents, contract.root)
    ports = [port for port in definitions.ports() if contract.service in ("", port.service)]
    chosen = _chosen(contract, ports)
    if released is not None:
        relaxer = Relaxer(definitions)
        for bound in definitions.operations(chosen):
            if bound.name in released:
                relaxer.relax(bound, released[bound.name])
    kept = {(port.service, port.name) for port in ports if _port_type(port) == _port_type(chosen)}
    for name in documents.names():
        root = documents.root(name)
        _point_to_us(root, name, documents, address, more)
        _keep_ports(root, kept, address)
        _keep_operations(root, operations)
    return {
        name: etree.tostring(documents.root(name), xml_declaration=True, encoding="UTF-8") for name in documents.names()
    }


def _chosen(contract: WsdlContract, ports: list[Port]) -> Port:
    named = [port for port in ports if contract.port in ("", port.name)]
    if not named:
        raise Unserved("WSDL", vi="không có cổng đã chọn", en="has not the port that was chosen")
    return named[0]


def _port_type(port: Port) -> str:
    binding = port.binding
    return binding.source.name(binding.node, binding.node.get("type", ""))


def _point_to_us(root: etree._Element, name: str, documents: Documents, address: str, more: str) -> None:
    for node in root.iter(*_POINTERS):
        attribute = "location" if node.tag.startswith(WSDL) else "schemaLocation"
        if attribute not in node.attrib:
            continue
        found = documents.resolve(name, node.get(attribute, ""))
        if found is None:
            del node.attrib[attribute]  # nobody needs it: the import was served without
        else:
            kind = "wsdl" if documents.root(found).tag == f"{WSDL}definitions" else "xsd"
            node.set(attribute, f"{address}?{kind}={quote(found, safe='')}{more}")


def _keep_ports(root: etree._Element, kept: Collection[tuple[str, str]], address: str) -> None:
    for service in root.findall(f"{WSDL}service"):
        for port in service.findall(f"{WSDL}port"):
            if (service.get("name", ""), port.get("name", "")) not in kept:
                service.remove(port)
                continue
            for soap in SOAP:
                for node in port.iterchildren(f"{soap}address"):
                    node.set("location", address)
        if service.find(f"{WSDL}port") is None:
            root.remove(service)


def _keep_operations(root: etree._Element, operations: Collection[str]) -> None:
    for kind in ("portType", "binding"):
        for parent in root.findall(f"{WSDL}{kind}"):
            for operation in parent.findall(f"{WSDL}operation"):
                if operation.get("name", "") not in operations:
                    parent.remove(operation)
