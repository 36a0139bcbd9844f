"""How do the complex types of a message become shapes that refer to each other? (XML Schema 1.0 part 1)

Runs at publication only. What JSON cannot carry (`xs:any`, `xs:anyType`, mixed content, SOAP-encoded arrays) makes the
operation unserved, naming the construct and its place; where the schema lets it be left out, it is left out with a
remark instead: nothing of it is sent or read.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from adapters.soap.facets import NCNAME
from adapters.soap.members import Members
from adapters.soap.names import XML_NAMESPACE
from adapters.soap.schemas import ENCODINGS, Component, SchemaSet, SchemaSource, base_of
from adapters.soap.shapes import Attribute, Derived, Element, Kind, Particle, Shape, Simple
from adapters.soap.simpletypes import SimpleTypes, plain
from adapters.soap.unserved import XSD, Remark, Unserved, place

MAX_STEPS: Final = 20_000
_MAX_CHAIN: Final = 50

_ANY_TYPES: Final = frozenset({f"{XSD}anyType"})
_KNOWN_ATTRIBUTES: Final = {
    f"{{{XML_NAMESPACE}}}lang": Simple(kind=Kind.TEXT),
    f"{{{XML_NAMESPACE}}}space": Simple(kind=Kind.TEXT, lexical="NCName", choices=("default", "preserve")),
    f"{{{XML_NAMESPACE}}}base": Simple(kind=Kind.TEXT, lexical="anyURI"),
    f"{{{XML_NAMESPACE}}}id": Simple(kind=Kind.TEXT, lexical="NCName"),
    "{http://www.w3.org/2005/05/xmlmime}contentType": Simple(kind=Kind.TEXT),
    "{http://www.w3.org/2005/05/xmlmime}expectedContentTypes": Simple(kind=Kind.TEXT),
}
"""What everybody may refer to without having it in the bundle (XML 1.0, 2.10, 2.12; XML Base; xml:id; XMLMIME)."""


class ShapeCompiler:
    """Collects the shapes of one operation. A type met a second time becomes a reference to the first."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._simple = SimpleTypes(schemas)
        self._shapes: list[Shape | None] = []
        self._known: dict[etree._Element, int] = {}
        self._steps = 0
        self.remarks: list[Remark] = []

    def element(self, name: str, *, at: etree._Element, source: SchemaSource) -> Element:
        """Return the element declared as `name`, to which `at` refers. Raises `Unserved`."""
        component = self._schemas.need("element", name, at=at, source=source)
        return self.declared(component.node, component.source, name=name)

    def typed(self, tag: str, name: str, *, at: etree._Element, source: SchemaSource) -> Element:
        """Return an element `tag` of the type called `name`: a part of an rpc message. Raises `Unserved`."""
        _check_name(at, source, tag)
        kind, simple, shape = self._type(name, at=at, source=source)
        local = tag.rpartition("}")[2]
        return Element(name=json_name(local), tag=tag, kind=kind, simple=simple, shape=shape, required=True)

    def group(self, elements: list[Element], *, name: str) -> int:
        """Return the index of a shape that has just `elements`: an rpc wrapper, an empty body."""
        self._shapes.append(Shape(name=name, elements=tuple(elements)))
        return len(self._shapes) - 1

    def choice(self, elements: tuple[Element, ...], model: Particle | None, *, name: str) -> int:
        """Return the index of the shape of one turn of elements that substitute each other."""
        self._shapes.append(Shape(name=name, elements=elements, content=model))
        return len(self._shapes) - 1

    def shapes(self) -> tuple[Shape, ...]:
        """Return all shapes met so far, in the order of their indexes."""
        return tuple(shape for shape in self._shapes if shape is not None)

    def declared(self, node: etree._Element, source: SchemaSource, *, name: str) -> Element:
        """Return what an `xs:element` declares, to stand once, under its Clark `name`. Raises `Unserved`."""
        self.spend(node, source)
        _check_name(node, source, name)
        kind, simple, shape = self._declared_type(node, source)
        return Element(
            name=json_name(node.get("name", "")),
            tag=name,
            kind=kind,
            simple=simple,
            shape=shape,
            required=True,
            nillable=node.get("nillable") in ("true", "1"),
            fixed=node.get("fixed"),
            default=node.get("default"),
        )

    def spend(self, node: etree._Element, source: SchemaSource) -> None:
        """Count one more step. A small schema can unfold to any size. Raises `Unserved`."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise Unserved(
                place(source.document, node),
                vi=f"lược đồ khai triển ra hơn {MAX_STEPS} thành phần",
                en=f"the schema unfolds to more than {MAX_STEPS} components",
            )

    def turns(self, content: etree._Element, source: SchemaSource, *, name: str) -> int:
        """Return the index of the shape that one turn of a repeated group has. Raises `Unserved`."""
        if content not in self._known:
            index = self._take_place(content)
            members = Members(self, self._schemas, taken=set())
            with _Undoing(self, index):
                model = members.needed(members.group(content, source))
                self._shapes[index] = Shape(name=name, elements=members.elements(), content=model)
        return self._known[content]

    def _declared_type(self, node: etree._Element, source: SchemaSource) -> tuple[Kind, Simple | None, int]:
        if node.get("type"):
            return self._type(source.name(node, node.get("type", "")), at=node, source=source)
        inline = node.find(f"{XSD}complexType")
        if inline is not None:
            return Kind.COMPLEX, None, self._shape(Component(inline, source), name=node.get("name", ""))
        inline = node.find(f"{XSD}simpleType")
        if inline is not None:
            simple = self._simple.defined(Component(inline, source))
            return simple.kind, plain(simple), -1
        if node.get("substitutionGroup"):
            head = self._schemas.need(
                "element", source.name(node, node.get("substitutionGroup", "")), at=node, source=source
            )
            return self._declared_type(head.node, head.source)
        raise Unserved(
            place(source.document, node),
            vi="không khai báo kiểu, tức là xs:anyType: không thể viết thành JSON",
            en="declares no type, which means xs:anyType: JSON cannot carry just anything",
        )

    def _type(self, name: str, *, at: etree._Element, source: SchemaSource) -> tuple[Kind, Simple | None, int]:
        if name in _ANY_TYPES:
            where = place(source.document, at)
            raise Unserved(
                where, vi="kiểu xs:anyType: không thể viết thành JSON", en="is of xs:anyType, which JSON cannot carry"
            )
        if name[1:].partition("}")[0] in ENCODINGS:
            raise _encoded(source, at)
        component = None if name.startswith(XSD) else self._schemas.need("type", name, at=at, source=source)
        if component is not None and component.node.tag == f"{XSD}complexType":
            return Kind.COMPLEX, None, self._shape(component, name=component.node.get("name", ""))
        simple = self._simple.named(name, at=at, source=source)
        return simple.kind, plain(simple), -1

    # --- complex types ------------------------------------------------------------------------------------------------

    def _shape(self, type_: Component, *, name: str) -> int:
        if type_.node not in self._known:
            index = self._take_place(type_.node)
            with _Undoing(self, index):
                shape = self._members(type_, name)
                self._shapes[index] = shape  # the derived types may refer to this very one
                derived = tuple(self._derived(type_))
                if shape.abstract and not derived:
                    raise Unserved(
                        place(type_.source.document, type_.node),
                        vi="kiểu trừu tượng mà không có kiểu dẫn xuất nào",
                        en="is an abstract type from which none that can be served derives",
                    )
                self._shapes[index] = _with_derived(shape, derived)
        return self._known[type_.node]

    def _take_place(self, node: etree._Element) -> int:
        index = self._known[node] = len(self._shapes)
        self._shapes.append(None)  # the place is taken before the members are met: a member may be of this type
        return index

    def forget_from(self, index: int) -> None:
        """Drop every shape met since the one at `index`: it is unserved, and they may refer to it."""
        del self._shapes[index:]
        self._known = {node: known for node, known in self._known.items() if known < index}

    def _members(self, type_: Component, name: str) -> Shape:
        node, source = type_.node, type_.source
        simple = self._simple_content(type_)
        taken: set[str] = set()
        members = Members(self, self._schemas, taken=taken)
        models = [] if simple is not None else list(self._models(type_, members, 0))
        model = members.needed(models[0] if len(models) == 1 else members.sequence(models))
        elements = members.elements()
        if simple is None and members.reserved():
            raise Unserved(place(source.document, node), vi="tên trùng với tên dành riêng", en="uses a reserved name")
        taken |= {element.name for element in elements}
        return Shape(
            name=name,
            attributes=tuple(self._attributes(type_, taken)),
            elements=elements,
            text=None if simple is None else simple.kind,
            text_simple=None if simple is None else plain(simple),
            content=model,
            abstract=node.get("abstract") in ("true", "1"),
        )

    def _models(self, type_: Component, members: Members, depth: int) -> Iterator[Particle]:
        """Yield the content models of the type: an extension's base comes first (3.4.2)."""
        node, source = type_.node, type_.source
        self.spend(node, source)
        if depth > _MAX_CHAIN:
            where = place(source.document, node)
            raise Unserved(
                where, vi="chuỗi dẫn xuất quá dài", en="derives from a type in too long a chain, or from itself"
            )
        inner = node.find(f"{XSD}complexContent")
        if "true" in (node.get("mixed"), "" if inner is None else inner.get("mixed")):
            where = place(source.document, node)
            raise Unserved(
                where,
                vi='nội dung hỗn hợp (mixed="true"): không thể viết thành JSON',
                en='has mixed content (mixed="true"), which JSON cannot carry',
            )
        holder = node
        if inner is not None:
            derivation = base_of(node)
            if derivation is None:
                return
            base_name = source.name(derivation, derivation.get("base", ""))
            if base_name[1:].partition("}")[0] in ENCODINGS:
                raise _encoded(source, derivation)
            if derivation.tag == f"{XSD}extension" and base_name not in _ANY_TYPES:
                base = self._schemas.need("type", base_name, at=derivation, source=source)
                yield from self._models(base, members, depth + 1)
            holder = derivation
        for child in holder.iterchildren("*"):
            if etree.QName(child).localname in ("sequence", "choice", "all", "group"):
                model = members.particle(child, source)
                if model is not None:
                    yield model

    def _simple_content(self, type_: Component, depth: int = 0) -> Simple | None:
        """Return the type of the text of a complex type with simple content (3.4.2), `None` for any other."""
        node, source = type_.node, type_.source
        inner = node.find(f"{XSD}simpleContent")
        derivation = None if inner is None else base_of(node)
        if derivation is None or depth > 50:
            return None
        base_name = source.name(derivation, derivation.get("base", ""))
        base = self._schemas.find("type", base_name)
        if base is not None and base.node.tag == f"{XSD}complexType":
            start = self._simple_content(base, depth + 1)
        else:
            start = self._simple.named(base_name, at=derivation, source=source)
        if derivation.tag == f"{XSD}extension":
            return start
        inline = derivation.find(f"{XSD}simpleType")
        if inline is not None:
            start = self._simple.defined(Component(inline, source))
        return self._simple.restricted(derivation, source, base=start)

    def _derived(self, type_: Component) -> Iterator[Derived]:
        if not type_.node.get("name") or type_.node.getparent().tag != f"{XSD}schema":  # type: ignore[union-attr]  # it has one
            return
        names: set[str] = set()
        for one in self._schemas.derived(type_.source.own(type_.node.get("name", ""))):
            local = one.node.get("name", "")
            if one.node.get("abstract") in ("true", "1"):
                continue
            try:
                index = self._shape(one, name=local)
            except Unserved as error:
                self.left_out(error)
                continue
            name = _numbered(json_name(local), names)
            yield Derived(name=name, tag=one.source.own(local), shape=index)

    def left_out(self, error: Unserved) -> None:
        """Remember that something is left out, and why."""
        self.remarks.append(Remark(where=error.where, vi=error.vi, en=error.en, left_out=True))

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _attributes(self, type_: Component, taken: set[str]) -> Iterator[Attribute]:
        found: dict[str, tuple[etree._Element, SchemaSource]] = {}
        self._gather(type_, found, 0)
        for tag, (node, source) in found.items():
            if node.get("use") == "prohibited":
                continue
            _check_name(node, source, tag)
            name = json_name(tag.rpartition("}")[2])
            name = _numbered(f"{name}_attr" if name in taken else name, taken)
            yield self._attribute(node, source, name=name, tag=tag)

    def _attribute(self, node: etree._Element, source: SchemaSource, *, name: str, tag: str) -> Attribute:
        declared, simple = node, _KNOWN_ATTRIBUTES.get(tag)
        if node.get("ref") and (simple is None or self._schemas.find("attribute", tag) is not None):
            component = self._schemas.need("attribute", tag, at=node, source=source)
            declared, simple = component.node, self._attribute_type(component.node, component.source)
        elif simple is None:
            simple = self._attribute_type(node, source)
        return Attribute(
            name=name,
            tag=tag,
            kind=simple.kind,
            required=node.get("use") == "required",
            simple=plain(simple),
            fixed=node.get("fixed", declared.get("fixed")),
            default=node.get("default", declared.get("default")),
        )

    def _attribute_type(self, node: etree._Element, source: SchemaSource) -> Simple:
        inline = node.find(f"{XSD}simpleType")
        if inline is not None:
            return self._simple.defined(Component(inline, source))
        if not node.get("type"):
            return Simple(kind=Kind.TEXT)
        return self._simple.named(source.name(node, node.get("type", "")), at=node, source=source)

    def _gather(self, type_: Component, found: dict[str, tuple[etree._Element, SchemaSource]], depth: int) -> None:
        """Collect the attribute uses of a type: its base's, then its own in their place (3.4.2)."""
        node, source = type_.node, type_.source
        derivation = base_of(node)
        if derivation is not None and depth < 50:
            base = self._schemas.find("type", source.name(derivation, derivation.get("base", "")))
            if base is not None and base.node.tag == f"{XSD}complexType":
                self._gather(base, found, depth + 1)
        self._own(node if derivation is None else derivation, source, found, depth)

    def _own(
        self,
        holder: etree._Element,
        source: SchemaSource,
        found: dict[str, tuple[etree._Element, SchemaSource]],
        depth: int,
    ) -> None:
        for child in holder.iterchildren("*"):
            self.spend(child, source)
            if child.tag == f"{XSD}attribute":
                found[_attribute_tag(child, source)] = (child, source)
            elif child.tag == f"{XSD}attributeGroup" and depth < 50:
                name = source.name(child, child.get("ref", ""))
                group = self._schemas.need("attributeGroup", name, at=child, source=source)
                self._own(group.node, group.source, found, depth + 1)
            elif child.tag == f"{XSD}anyAttribute":
                self.remarks.append(
                    Remark(
                        place(source.document, child),
                        vi="thuộc tính mở rộng (xs:anyAttribute) không được gửi và không được đọc",
                        en="further attributes (xs:anyAttribute) are neither sent nor read",
                        left_out=True,
                    )
                )


class _Undoing:
    """Forgets the shapes of a type that turns out to be unserved."""

    def __init__(self, compiler: ShapeCompiler, index: int) -> None:
        self._compiler = compiler
        self._index = index

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Forget everything from the index on when something was raised."""
        if error is not None:
            self._compiler.forget_from(self._index)


def json_name(local: str) -> str:
    """Return the JSON member for an XML name: a dot would end a step of a field's path."""
    return local.replace(".", "_")


def _check_name(node: etree._Element, source: SchemaSource, tag: str) -> None:
    """Refuse a name that is none: it would be written into messages as it stands."""
    if not NCNAME.match(tag.rpartition("}")[2]):
        where = place(source.document, node)
        raise Unserved(where, vi="tên không hợp lệ trong XML", en="has a name that XML does not allow (NCName)")


def _numbered(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    taken.add(free)
    return free


def _with_derived(shape: Shape, derived: tuple[Derived, ...]) -> Shape:
    return Shape(
        name=shape.name,
        attributes=shape.attributes,
        elements=shape.elements,
        text=shape.text,
        text_simple=shape.text_simple,
        content=shape.content,
        derived=derived,
        abstract=shape.abstract,
    )


def _attribute_tag(node: etree._Element, source: SchemaSource) -> str:
    if node.get("ref"):
        return source.name(node, node.get("ref", ""))
    qualified = node.get("form", "qualified" if source.qualified_attributes else "unqualified") == "qualified"
    top = etree.QName(node.getparent()).localname == "schema"
    return source.own(node.get("name", "")) if qualified or top else node.get("name", "")


def _encoded(source: SchemaSource, node: etree._Element) -> Unserved:
    return Unserved(
        place(source.document, node),
        vi="dùng mảng mã hóa SOAP (soapenc:Array), không được hỗ trợ",
        en="uses a SOAP-encoded type (soapenc:Array), and only literal XML is served",
    )
