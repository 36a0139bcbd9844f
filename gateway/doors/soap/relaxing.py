"""Which declarations of a schema must become optional, so that an answer without what is withheld is valid?

The walk goes over the documents as `narrowing.py` goes over the shapes. Where a name cannot be told for certain (a
repeated group, a member with a second namesake) it relaxes: a schema that allows more is never broken by an answer.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from adapters.soap.schemas import Component, SchemaSource, base_of
from adapters.soap.unserved import XSD
from adapters.soap.wsdl import WSDL, BoundOperation, Definitions, Located
from gateway.doors.soap.narrowing import Released

_GROUPS: Final = (f"{XSD}sequence", f"{XSD}choice", f"{XSD}all")
_MAX_DEPTH: Final = 64


class Relaxer:
    """Changes the schemas of one set of documents in place."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._schemas = definitions.schemas

    def relax(self, operation: BoundOperation, released: Released) -> None:
        """Make optional what an answer of `operation` may be without."""
        if operation.output is None:
            return
        source = operation.abstract.source
        name = source.name(operation.output, operation.output.get("message", ""))
        message = self._definitions.find("message", name, at=Located(operation.output, source))
        for part in message.node.iterchildren(f"{WSDL}part"):
            if part.get("element"):
                found = self._schemas.find("element", message.source.name(part, part.get("element", "")))
                if found is not None:
                    self._element(found.node, found.source, "", released, 0)
            else:
                self._named(message.source.name(part, part.get("type", "")), part.get("name", ""), released, 0)

    def _element(self, node: etree._Element, source: SchemaSource, at: str, released: Released, depth: int) -> None:
        """Go into the type of an element whose members stand at `at`."""
        if depth > _MAX_DEPTH:
            return
        for one in self._schemas.substitutes(source.own(node.get("name", ""))):
            self._element(one.node, one.source, at, released, depth + 1)
        inline = node.find(f"{XSD}complexType")
        if inline is not None:
            self._type(inline, source, at, released, depth)
        elif node.get("type"):
            self._named(source.name(node, node.get("type", "")), at, released, depth)

    def _named(self, name: str, at: str, released: Released, depth: int) -> None:
        found = self._schemas.find("type", name)
        if found is not None:
            for one in (found, *self._schemas.derived(name)):
                self._type(one.node, one.source, at, released, depth)

    def _type(self, node: etree._Element, source: SchemaSource, at: str, released: Released, depth: int) -> None:
        base = base_of(node)
        holder = node if base is None else base
        if base is not None and base.get("base"):
            found = self._schemas.find("type", source.name(base, base.get("base", "")))
            if found is not None and depth <= _MAX_DEPTH:
                self._type(found.node, found.source, at, released, depth + 1)
        self._attributes(holder, source, at, released)
        self._content(holder, source, at, released, depth)

    def _attributes(self, holder: etree._Element, source: SchemaSource, at: str, released: Released) -> None:
        for attribute in holder.iterchildren(f"{XSD}attribute"):
            name = (attribute.get("name") or attribute.get("ref") or "").rpartition(":")[2]
            if attribute.get("use") == "required" and not released.has(_path(at, name)):
                attribute.set("use", "optional")
        for reference in holder.iterchildren(f"{XSD}attributeGroup"):
            found = self._schemas.find("attributeGroup", source.name(reference, reference.get("ref", "")))
            if found is not None:
                self._attributes(found.node, found.source, at, released)

    def _content(self, holder: etree._Element, source: SchemaSource, at: str, released: Released, depth: int) -> None:
        for group, group_source in self._groups(holder, source):
            self._group(group, group_source, at, released, depth)

    def _groups(self, holder: etree._Element, source: SchemaSource) -> Iterator[tuple[etree._Element, SchemaSource]]:
        for child in holder:
            if child.tag in _GROUPS:
                yield child, source
            elif child.tag == f"{XSD}group" and child.get("ref"):
                found = self._schemas.find("group", source.name(child, child.get("ref", "")))
                if found is not None:
                    yield from self._groups(found.node, found.source)

    def _group(self, group: etree._Element, source: SchemaSource, at: str, released: Released, depth: int) -> None:
        repeated = group.get("maxOccurs", "1") not in ("0", "1")
        is_choice = group.tag == f"{XSD}choice"
        for child in group.iterchildren(f"{XSD}element"):
            declared = self._declared(child, source)
            name = declared.node.get("name", "")
            there = name in released.names_below(at) if repeated else released.has(_path(at, name))
            if there and not released.may_be_empty(_path(at, name)):
                inner = _path(at, name)
                self._element(declared.node, declared.source, inner, released, depth + 1)
            elif is_choice:
                group.set("minOccurs", "0")
            elif declared.node.get("nillable") not in ("true", "1") or child.get("maxOccurs", "1") not in ("0", "1"):
                child.set("minOccurs", "0")
                if there:
                    self._element(declared.node, declared.source, _path(at, name), released, depth + 1)
        for inner_group, inner_source in self._groups(group, source):
            self._group(inner_group, inner_source, at, released, depth)

    def _declared(self, node: etree._Element, source: SchemaSource) -> Component:
        found = self._schemas.find("element", source.name(node, node.get("ref", ""))) if node.get("ref") else None
        return found if found is not None else Component(node, source)


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
