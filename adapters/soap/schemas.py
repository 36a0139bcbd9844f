"""What do the schemas of a bundle declare, and which declaration does a name mean?

XML Schema 1.0 part 1, 4.2: schemas include (also into the namespace of whoever includes: chameleon) and import each
other; their components are found by kind and by name in Clark notation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from adapters.soap.documents import Documents
from adapters.soap.names import XML_NAMESPACE
from adapters.soap.unserved import XSD, Remark, Unserved, place, shown

XSD_NAMESPACE: Final = XSD[1:-1]
ENCODINGS: Final = frozenset({"http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding"})
_KNOWN: Final = ENCODINGS | {
    XML_NAMESPACE,
    XSD_NAMESPACE,
    "http://www.w3.org/2004/08/xop/include",
    "http://www.w3.org/2005/05/xmlmime",
    "http://schemas.xmlsoap.org/wsdl/",
    "http://ws-i.org/profiles/basic/1.1/xsd",
}
_KINDS: Final = {
    "element": "element",
    "attribute": "attribute",
    "complexType": "type",
    "simpleType": "type",
    "group": "group",
    "attributeGroup": "attributeGroup",
}


@dataclass(frozen=True, slots=True)
class SchemaSource:
    """Where a component comes from, and what its schema says for all of its components."""

    document: str
    namespace: str
    chameleon: bool
    qualified_elements: bool
    qualified_attributes: bool

    def name(self, node: etree._Element, text: str) -> str:
        """Return in Clark notation the name that the QName `text` has at `node`. Raises `Unserved`."""
        prefix, _, local = text.strip().rpartition(":")
        if prefix == "xml":
            return f"{{{XML_NAMESPACE}}}{local}"
        if prefix and prefix not in node.nsmap:
            where = place(self.document, node)
            raise Unserved(
                where, vi=f"tiền tố {shown(prefix)} chưa khai báo", en=f"the prefix {shown(prefix)} is not declared"
            )
        namespace = node.nsmap.get(prefix or None) or ""
        if not namespace and not prefix and self.chameleon:
            namespace = self.namespace
        return f"{{{namespace}}}{local}" if namespace else local

    def own(self, local: str) -> str:
        """Return the Clark notation of a name in the target namespace."""
        return f"{{{self.namespace}}}{local}" if self.namespace else local


@dataclass(frozen=True, slots=True)
class Component:
    """A declaration or definition at the top of a schema."""

    node: etree._Element
    source: SchemaSource


class SchemaSet:
    """All components of the schemas that have been added."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._components: dict[tuple[str, str], Component] = {}
        self._read: set[tuple[str, str]] = set()
        self._imported: list[tuple[str, etree._Element]] = []
        self._namespaces: set[str] = set()
        self._substitutes: dict[str, list[Component]] = {}
        self._derived: dict[str, list[Component]] = {}
        self.remarks: list[Remark] = []

    def add(self, schema: etree._Element, document: str) -> None:
        """Add the `xs:schema` element of a WSDL or of a document. Raises `Unserved` for what a schema may not do."""
        self._add(schema, document, schema.get("targetNamespace", ""), chameleon=False)

    def finish(self) -> None:
        """Check that what was imported is there, and learn who stands for whom. Call once, after the last `add`."""
        for document, node in self._imported:
            namespace = node.get("namespace", "")
            if namespace not in self._namespaces and namespace not in _KNOWN and node.get("schemaLocation"):
                location = shown(node.get("schemaLocation", ""))
                raise Unserved(
                    place(document, node),
                    vi=f"nhập {location}, tệp này không có trong gói",
                    en=f"imports {location}, which is not in the bundle",
                )
        for (kind, _), component in self._components.items():
            node, source = component.node, component.source
            if kind == "element" and node.get("substitutionGroup"):
                head = source.name(node, node.get("substitutionGroup", ""))
                self._substitutes.setdefault(head, []).append(component)
            elif kind == "type" and node.tag == f"{XSD}complexType":
                base = base_of(node)
                if base is not None:
                    self._derived.setdefault(source.name(base, base.get("base", "")), []).append(component)

    def find(self, kind: str, name: str) -> Component | None:
        """Return the component called `name`; `kind` is `element`, `attribute`, `type`, `group`, `attributeGroup`."""
        return self._components.get((kind, name))

    def need(self, kind: str, name: str, *, at: etree._Element, source: SchemaSource) -> Component:
        """Return the component that `at` refers to. Raises `Unserved` when it is not there."""
        found = self.find(kind, name)
        if found is None:
            raise Unserved(
                place(source.document, at),
                vi=f"tham chiếu {shown(name)} ({kind}) không có trong gói",
                en=f"refers to the {kind} {shown(name)}, which is not in the bundle",
            )
        return found

    def substitutes(self, head: str) -> list[Component]:
        """Return the elements that may stand for `head`, however far, in the order in which they were declared."""
        return _closure(self._substitutes, head)

    def derived(self, name: str) -> list[Component]:
        """Return the complex types that derive from the type `name`, however far."""
        return _closure(self._derived, name)

    def _add(self, schema: etree._Element, document: str, namespace: str, *, chameleon: bool) -> None:
        source = SchemaSource(
            document=document,
            namespace=namespace,
            chameleon=chameleon,
            qualified_elements=schema.get("elementFormDefault") == "qualified",
            qualified_attributes=schema.get("attributeFormDefault") == "qualified",
        )
        self._namespaces.add(namespace)
        for node in schema.iterchildren("*"):
            local = etree.QName(node).localname
            if local in ("redefine", "override"):
                raise Unserved(
                    place(document, node), vi=f"xs:{local} không được hỗ trợ", en=f"xs:{local} is not served"
                )
            if local in ("include", "import"):
                self._follow(node, source)
            elif local in _KINDS and node.tag.startswith(XSD):
                self._components.setdefault((_KINDS[local], source.own(node.get("name", ""))), Component(node, source))

    def _follow(self, node: etree._Element, source: SchemaSource) -> None:
        location = node.get("schemaLocation", "")
        is_import = node.tag == f"{XSD}import"
        name = self._documents.resolve(source.document, location) if location else None
        if name is None:
            if is_import:
                self._imported.append((source.document, node))
                return
            raise Unserved(
                place(source.document, node),
                vi=f"gộp {shown(location)}, tệp này không có trong gói",
                en=f"includes {shown(location)}, which is not in the bundle",
            )
        root = self._documents.root(name)
        if root.tag != f"{XSD}schema":
            raise Unserved(shown(name), vi="không phải lược đồ XML (XSD)", en="is no XML Schema")
        own = root.get("targetNamespace", "")
        chameleon = not is_import and not own and bool(source.namespace)
        key = (name, source.namespace if chameleon else own)
        if key not in self._read:
            self._read.add(key)
            self._add(root, name, key[1], chameleon=chameleon)


def _closure(below: Mapping[str, Sequence[Component]], name: str) -> list[Component]:
    found: dict[str, Component] = {}
    waiting = [*below.get(name, ())]
    while waiting:
        one = waiting.pop(0)
        own = one.source.own(one.node.get("name", ""))
        if own != name and own not in found:
            found[own] = one
            waiting = [*below.get(own, ()), *waiting]
    return list(found.values())


def base_of(node: etree._Element) -> etree._Element | None:
    """Return the `xs:extension` or `xs:restriction` by which a complex type derives from another."""
    for content in ("complexContent", "simpleContent"):
        inner = node.find(f"{XSD}{content}")
        if inner is not None:
            extension = inner.find(f"{XSD}extension")
            return extension if extension is not None else inner.find(f"{XSD}restriction")
    return None
