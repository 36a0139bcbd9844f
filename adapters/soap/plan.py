"""How does a WSDL become plans that can be carried out without it?

Runs at publication only, on a bundle of bytes; nothing outside the bundle is opened (06-security). Document/literal,
wrapped or bare, and rpc/literal are served, with soap:header parts and one-way operations. Every other construct is
refused by name and place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from lxml import etree

from adapters.errors import BindingInvalid
from adapters.soap.documents import Documents
from adapters.soap.facets import NCNAME
from adapters.soap.reading import tags_of
from adapters.soap.schema import ShapeCompiler
from adapters.soap.schemas import SchemaSource
from adapters.soap.shapes import Element, Fault, Kind, Plan, Shape
from adapters.soap.unserved import Remark, Unserved, place
from adapters.soap.wsdl import MIME, SOAP, WSDL, BoundOperation, Definitions, Located, Port, read_definitions


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of an operation: its plan with what is left out of it, or the reason why it is not served."""

    name: str
    port: Port
    plan: Plan | None = None
    remarks: tuple[Remark, ...] = ()
    refusal: Unserved | None = None


@dataclass(frozen=True, slots=True)
class CompiledWsdl:
    """What became of a WSDL: the port that is served, its operations, what else is to be said, and all documents."""

    port: Port
    operations: tuple[Compiled, ...]
    remarks: tuple[Remark, ...]
    documents: Documents


def compile_operations(wsdl: bytes, bundle: Mapping[str, bytes], *, only: Sequence[str] = ()) -> dict[str, Plan]:
    """Return a plan for each operation of `wsdl`, by operation name, or for those named in `only`.

    `bundle` holds the documents that the WSDL imports, by the relative path or the full address with which they are
    imported. Raises `BindingInvalid` naming the document or the construct that cannot be served.
    """
    try:
        compiled = compile_wsdl({"": wsdl, **bundle}, "")
    except Unserved as error:
        raise BindingInvalid(str(error)) from error
    plans: dict[str, Plan] = {}
    for one in compiled.operations:
        if only and one.name not in only:
            continue
        if one.plan is None:
            raise BindingInvalid(f"operation {one.name!r} cannot be served: {one.refusal}")
        plans[one.name] = one.plan
    missing = [name for name in only if name not in plans]
    if missing:
        raise BindingInvalid(f"the WSDL has no SOAP operation {missing[0]!r}")
    return plans


def compile_wsdl(documents: Mapping[str, bytes], root: str, *, service: str = "", port: str = "") -> CompiledWsdl:
    """Return what becomes of the WSDL `root` of a bundle.

    One port is served: the one called `port` of `service` where they are given, else a SOAP 1.1 one where there is one.
    The operations of other ports with the same address are served too. Raises `Unserved` when there is nothing to serve
    operations from.
    """
    read = Documents(documents)
    try:
        definitions = read_definitions(read, root)
        every = sorted(definitions.ports(), key=lambda one: one.version)
        chosen = [one for one in every if service in ("", one.service) and port in ("", one.name)]
        ports = chosen[:1] + [one for one in every if one is not chosen[0]] if chosen else []
        if every and not chosen:
            named = ", ".join(f"{one.service}/{one.name}" for one in every)
            raise Unserved(
                root or "WSDL", vi=f"không có cổng này; có: {named}", en=f"has no such port; it has: {named}"
            )
        if not ports:
            raise Unserved(
                root or "WSDL", vi="không có cổng SOAP qua HTTP nào", en="has no port bound to SOAP over HTTP"
            )
        operations, elsewhere = _operations(definitions, ports)
    except RecursionError as error:
        raise Unserved(root or "WSDL", vi="lồng nhau quá sâu", en="is nested too deeply") from error
    if not operations:
        raise Unserved(root or "WSDL", vi="không có thao tác SOAP nào", en="has no operation bound to SOAP over HTTP")
    return CompiledWsdl(ports[0], tuple(operations), (*definitions.remarks, *elsewhere), read)


def _operations(definitions: Definitions, ports: Sequence[Port]) -> tuple[list[Compiled], list[Remark]]:
    compiled: dict[str, Compiled] = {}
    elsewhere: list[Remark] = []
    for port in ports:
        names: set[str] = set()
        for operation in definitions.operations(port):
            if operation.name in names:
                elsewhere.append(_remark(operation, vi="tên thao tác bị trùng", en="a second operation of this name"))
            elif operation.name in compiled:
                pass  # the same operation by another version of SOAP, or at another address
            elif port.address != ports[0].address:
                elsewhere.append(
                    _remark(
                        operation,
                        vi="ở địa chỉ khác với cổng được phục vụ: hãy công bố thành dịch vụ riêng",
                        en="is at another address than the port that is served: publish it as a service of its own",
                    )
                )
            else:
                compiled[operation.name] = _compile(definitions, operation)
            names.add(operation.name)
    return list(compiled.values()), elsewhere


def _remark(operation: BoundOperation, *, vi: str, en: str) -> Remark:
    return Remark(operation.bound.place(), vi=vi, en=en, left_out=True)


def _compile(definitions: Definitions, operation: BoundOperation) -> Compiled:
    compiler = ShapeCompiler(definitions.schemas)
    try:
        plan = _OperationCompiler(definitions, operation, compiler).plan()
        _refuse_ambiguous(plan.shapes, operation)
    except (Unserved, RecursionError) as error:
        if isinstance(error, RecursionError):
            error = Unserved(operation.bound.place(), vi="kiểu lồng nhau quá sâu", en="its types are nested too deeply")
        return Compiled(operation.name, operation.port, refusal=error)
    return Compiled(operation.name, operation.port, plan=plan, remarks=tuple(dict.fromkeys(compiler.remarks)))


class _OperationCompiler:
    """Makes the plan of one operation."""

    def __init__(self, definitions: Definitions, operation: BoundOperation, compiler: ShapeCompiler) -> None:
        self._definitions = definitions
        self._operation = operation
        self._compiler = compiler
        self._soap = operation.port.soap

    def plan(self) -> Plan:
        """Return the plan. Raises `Unserved`."""
        operation = self._operation
        if operation.style not in ("document", "rpc"):
            raise self._unserved(vi="kiểu gắn kết không xác định", en=f"is bound in {operation.style} style")
        for node in operation.bound.node.iter("*"):
            if node.get("use", "literal") != "literal":
                raise self._unserved(
                    vi=f'thông điệp kiểu {operation.style} dùng use="encoded"; chỉ hỗ trợ literal',
                    en=f'is bound as {operation.style} with use="encoded", and only literal is served',
                )
            if node.tag.startswith(MIME):
                raise self._unserved(vi="có phần đính kèm MIME", en="has MIME attachments (mime:multipartRelated)")
        if not NCNAME.match(operation.name):
            raise self._unserved(vi="tên không hợp lệ trong XML", en="has a name that XML does not allow (NCName)")
        if operation.input is None:
            raise self._unserved(vi="không có thông điệp vào", en="has no input: it is a notification")
        request = self._body("input", operation.input)
        response = self._empty("") if operation.output is None else self._body("output", operation.output)
        headers = tuple(self._headers("input"))
        answer_headers = tuple(self._headers("output"))
        faults = tuple(self._faults())
        return Plan(
            operation=operation.name,
            soap_version=operation.port.version,
            action=operation.action,
            request=request,
            response=response,
            headers=headers,
            answer_headers=answer_headers,
            faults=faults,
            one_way=operation.output is None,
            shapes=self._compiler.shapes(),
        )

    def _body(self, direction: str, abstract: etree._Element) -> Element:
        message = self._message(abstract, self._operation.abstract)
        bound = self._operation.bound.node.find(f"{WSDL}{direction}")
        body = None if bound is None else bound.find(f"{self._soap}body")
        parts = {part.get("name", ""): part for part in message.node.iterchildren(f"{WSDL}part")}
        in_headers = set(self._header_parts(direction, message))
        named = None if body is None else body.get("parts")
        names = [name for name in parts if name not in in_headers] if named is None else named.split()
        missing = [name for name in names if name not in parts]
        if missing:
            raise Unserved(message.place(), vi="thiếu phần của thân", en="lacks a part that soap:body names")
        if self._operation.style == "rpc":
            namespace = "" if body is None else body.get("namespace", "")
            return self._wrapper(direction, namespace, [Located(parts[name], message.source) for name in names])
        if not names:
            return self._empty(direction)
        if len(names) != 1:
            raise Unserved(
                message.place(),
                vi=f"có {len(names)} phần trong thân; document/literal có đúng một",
                en=f"has {len(names)} body parts, and document/literal has exactly one (WS-I R2201)",
            )
        part = parts[names[0]]
        if not part.get("element"):
            raise Unserved(
                place(message.source.document, part),
                vi="khai báo bằng type=; document/literal khai báo bằng element=",
                en="declares its part by type=, and document/literal declares it by element= (WS-I R2204)",
            )
        return self._compiler.element(
            message.source.name(part, part.get("element", "")), at=part, source=message.source
        )

    def _wrapper(self, direction: str, namespace: str, parts: Sequence[Located]) -> Element:
        """Return the wrapper of an rpc message (WSDL 1.1, 3.5; Basic Profile 1.1, R2729, R2735)."""
        accessors = []
        for part in parts:
            if not part.node.get("type"):
                raise Unserved(
                    part.place(),
                    vi="khai báo bằng element=; rpc/literal khai báo bằng type=",
                    en="declares its part by element=, and rpc/literal declares it by type= (WS-I R2203)",
                )
            type_ = part.source.name(part.node, part.node.get("type", ""))
            accessors.append(self._compiler.typed(part.node.get("name", ""), type_, at=part.node, source=part.source))
        local = self._operation.name + ("Response" if direction == "output" else "")
        index = self._compiler.group(accessors, name=local)
        tag = f"{{{namespace}}}{local}" if namespace else local
        return Element(name=local, tag=tag, kind=Kind.COMPLEX, shape=index, required=True)

    def _empty(self, direction: str) -> Element:
        index = self._compiler.group([], name=direction)
        return Element(name=self._operation.name, tag="", kind=Kind.GROUP, shape=index)

    def _message(self, abstract: etree._Element, at: Located) -> Located:
        name = at.source.name(abstract, abstract.get("message", ""))
        return self._definitions.find("message", name, at=Located(abstract, at.source))

    def _header_nodes(self, direction: str) -> Iterator[tuple[etree._Element, Located]]:
        bound = self._operation.bound.node.find(f"{WSDL}{direction}")
        for soap in SOAP:
            for node in () if bound is None else bound.iterchildren(f"{soap}header"):
                yield node, self._message(node, self._operation.bound)

    def _header_parts(self, direction: str, message: Located) -> Iterator[str]:
        for node, header_message in self._header_nodes(direction):
            if header_message.node is message.node:
                yield node.get("part", "")

    def _headers(self, direction: str) -> Iterator[Element]:
        seen: set[str] = set()
        for node, message in self._header_nodes(direction):
            parts = [one for one in message.node.iterchildren(f"{WSDL}part") if one.get("name") == node.get("part")]
            source: SchemaSource = message.source
            try:
                if not parts or not parts[0].get("element"):
                    raise Unserved(
                        place(self._operation.bound.source.document, node),
                        vi="phần đầu (soap:header) không khai báo bằng element=",
                        en="is a soap:header whose part is not declared by element= (WS-I R2205)",
                    )
                element = self._compiler.element(
                    source.name(parts[0], parts[0].get("element", "")), at=parts[0], source=source
                )
            except Unserved as error:
                if direction == "input":
                    raise
                self._compiler.left_out(error)
                continue
            if element.name not in seen:
                seen.add(element.name)
                yield msgspec.structs.replace(element, required=False)

    def _faults(self) -> Iterator[Fault]:
        for node in self._operation.abstract.node.iterchildren(f"{WSDL}fault"):
            try:
                message = self._message(node, self._operation.abstract)
                for part in message.node.iterchildren(f"{WSDL}part"):
                    name = message.source.name(part, part.get("element", ""))
                    if part.get("element"):
                        detail = self._compiler.element(name, at=part, source=message.source)
                        yield Fault(name=node.get("name", ""), detail=detail)
            except Unserved as error:
                self._compiler.left_out(error)

    def _unserved(self, *, vi: str, en: str) -> Unserved:
        return Unserved(self._operation.bound.place(), vi=vi, en=en)


def _refuse_ambiguous(shapes: Sequence[Shape], operation: BoundOperation) -> None:
    """Refuse an element that stands in a repeated group and beside it: which turn it belongs to cannot be told."""
    for shape in shapes:
        groups = [tags_of(one.shape, shapes) for one in shape.elements if one.kind is Kind.GROUP]
        beside = [one.tag for one in shape.elements if one.kind is not Kind.GROUP]
        tags = [*beside, *(tag for group in groups for tag in set(group))]
        if groups and len(tags) != len(set(tags)):
            raise Unserved(
                f"{operation.bound.place()}: {shape.name}",
                vi="một phần tử vừa nằm trong nhóm lặp vừa nằm ngoài",
                en="has an element both in a repeated group and beside it",
            )
