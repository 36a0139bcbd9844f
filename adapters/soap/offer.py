"""What could be published of a WSDL, told in plain values to those who know no SOAP?

The catalogue's importer makes a draft of it; here everything is said that it needs, and nothing that it would have to
understand: plans and JSON Schemas are already JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from adapters.contract import DeclaredField
from adapters.errors import BindingInvalid
from adapters.soap.documents import Documents
from adapters.soap.fields import NO_CONTENT_FIELD, answer_fields
from adapters.soap.jsonschemas import request_schema
from adapters.soap.plan import Compiled, CompiledWsdl, compile_wsdl
from adapters.soap.shapes import TYPE_MEMBER, Plan, check_plan
from adapters.soap.unserved import XSD, Remark, Unserved
from adapters.soap.wsdl import WSDL

MAX_PATH_LENGTH: Final = 300
MAX_FIELDS: Final = 5000
MAX_TURNS: Final = 8
MAX_TURNED_FIELDS: Final = 500
"""A type that contains itself is followed in an answer so often at most, as long as that makes no more fields."""


@dataclass(frozen=True, slots=True)
class OfferedField:
    """A leaf of an answer. A `structural` one tells nothing of a record: which type an object has."""

    path: str
    type: str
    structural: bool = False


@dataclass(frozen=True, slots=True)
class OfferedOperation:
    """An operation that can be served; `name` is the WSDL's, `documentation` what the WSDL says of it.

    `request_schema` is the JSON Schema of the request message (`null` where the message is empty and needs no body).
    """

    name: str
    documentation: str
    fields: tuple[OfferedField, ...]
    request_schema: bytes = field(repr=False)
    plan: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WsdlOffer:
    """What a WSDL offers: `documents` are the texts that it consists of, `root` the one to begin with."""

    root: str
    service: str
    port: str
    address: str
    documentation: str
    operations: tuple[OfferedOperation, ...]
    remarks: tuple[Remark, ...]
    documents: Mapping[str, str] = field(repr=False)


def offer_wsdl(documents: Mapping[str, bytes], root: str = "", *, service: str = "", port: str = "") -> WsdlOffer:
    """Return what the WSDL `root` of a bundle offers; without `root` the one that no other document imports.

    `service` and `port` (local names) choose among several. An operation that cannot be served is in `remarks`, named
    with the construct and its place. Raises `WsdlRefused` where there is no WSDL, or not enough of it to say that.
    """
    try:
        start = root or _find_root(documents)
        return _offer(compile_wsdl(documents, start, service=service, port=port), start)
    except Unserved as error:
        raise WsdlRefused(Remark(error.where, vi=error.vi, en=error.en, left_out=True)) from error


class WsdlRefused(BindingInvalid):
    """Nothing can be said of a WSDL but the one `remark` why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(f"{remark.where}: {remark.en}")
        self.remark = remark


def _offer(compiled: CompiledWsdl, root: str) -> WsdlOffer:
    remarks = list(compiled.remarks)
    operations: list[OfferedOperation] = []
    for one in compiled.operations:
        if one.plan is None:
            remarks.append(_refusal(one))
            continue
        remarks += one.remarks
        operations.append(_operation(one.plan, compiled, remarks))
    service, port = compiled.port.service, compiled.port.name
    return WsdlOffer(
        root=root,
        service=service,
        port=port,
        address=compiled.port.address,
        documentation=_documentation(compiled, service),
        operations=tuple(operations),
        remarks=tuple(dict.fromkeys(remarks)),
        documents=_consisting(compiled.documents, root),
    )


def _consisting(documents: Documents, root: str) -> dict[str, str]:
    """Return the documents that the WSDL `root` refers to, and they in turn: whatever else lies in the bundle stays."""
    found, open_ = {root: None}, [root]
    while open_:
        base = open_.pop()
        for node in documents.root(base).iter(f"{WSDL}import", f"{XSD}import", f"{XSD}include"):
            name = documents.resolve(base, node.get("location") or node.get("schemaLocation") or "")
            if name is not None and name not in found:
                found[name] = None
                open_.append(name)
    texts = documents.texts()
    return {name: texts[name] for name in texts if name in found}


def _refusal(one: Compiled) -> Remark:
    error = one.refusal
    where = "" if error is None else error.where
    vi, en = ("", "") if error is None else (error.vi, error.en)
    return Remark(
        f"{one.name}: {where}", vi=f"thao tác {one.name}: {vi}", en=f"the operation {one.name}: {en}", left_out=True
    )


def _operation(plan: Plan, compiled: CompiledWsdl, remarks: list[Remark]) -> OfferedOperation:
    check_plan(plan)
    takes_nothing = plan.request.tag == "" and not plan.headers
    schema = None if takes_nothing else request_schema(plan)
    return OfferedOperation(
        name=plan.operation,
        documentation=_operation_documentation(compiled, plan.operation),
        fields=tuple(_fields(plan, remarks)),
        request_schema=msgspec.json.encode(schema),
        plan=plan.to_json(),
    )


def _fields(plan: Plan, remarks: list[Remark]) -> Sequence[OfferedField]:
    fields: dict[str, OfferedField] = {}
    for declared in _unfolded(plan, remarks):
        too_many = len(fields) >= MAX_FIELDS
        if len(declared.path) > MAX_PATH_LENGTH or too_many:
            why = f"hơn {MAX_FIELDS} trường" if too_many else "đường dẫn quá dài"
            why_en = f"more than {MAX_FIELDS} fields" if too_many else "too long a path"
            remarks.append(
                Remark(
                    f"{plan.operation}: {declared.path[:MAX_PATH_LENGTH]}",
                    vi=f"trường này không được khai báo: {why}",
                    en=f"the field is not declared: {why_en}",
                    left_out=True,
                )
            )
            if too_many:
                break
            continue
        structural = declared.path.rpartition(".")[2] == TYPE_MEMBER
        fields[declared.path] = OfferedField(declared.path, declared.type, structural)
    containers = {path[:end] for path in fields for end in _ends(path)}
    kept = [one for path, one in fields.items() if path not in containers]
    return kept or [OfferedField(NO_CONTENT_FIELD, "boolean")]


def _unfolded(plan: Plan, remarks: list[Remark]) -> Sequence[DeclaredField]:
    """Return the leaves of the answer; a remark says where a type that contains itself is followed no further."""
    cut: list[str] = []
    found: Sequence[DeclaredField] = ()
    for turns in range(MAX_TURNS, 0, -1):
        cut = []
        found = answer_fields(plan, most=MAX_FIELDS + 1, turns=turns, cut=cut)
        if not cut or len(found) <= MAX_TURNED_FIELDS:
            break
    if cut:
        remarks.append(
            Remark(
                f"{plan.operation}: {cut[0][:MAX_PATH_LENGTH]}",
                vi="kiểu chứa chính nó: phần sâu hơn của câu trả lời không được khai báo",
                en="a type that contains itself: what lies deeper in the answer is not declared",
                left_out=True,
            )
        )
    return found


def _ends(path: str) -> list[int]:
    """Return where each container on the way to the leaf at `path` ends, with and without its `[]`."""
    return [position for position, char in enumerate(path) if char in ".[" and position]


def _find_root(documents: Mapping[str, bytes]) -> str:
    read = Documents(documents)
    wsdls = [name for name in read.names() if read.root(name).tag == f"{WSDL}definitions"]
    imported = {
        read.resolve(name, node.get("location", ""))
        for name in wsdls
        for node in read.root(name).iterchildren(f"{WSDL}import")
    }
    roots = wsdls if len(wsdls) == 1 else [name for name in wsdls if name not in imported]
    if len(roots) == 1:
        return roots[0]
    if not wsdls and len(documents) == 1:
        return next(iter(documents))  # it is refused with what it is instead
    shown = ", ".join(sorted(roots or wsdls)[:10])
    if not shown:
        raise Unserved("WSDL", vi="trong gói không có tài liệu WSDL nào", en="there is no WSDL document in the bundle")
    raise Unserved(
        shown,
        vi="có nhiều tài liệu WSDL: hãy chọn tài liệu gốc",
        en="are several WSDL documents: say which one is meant",
    )


def _documentation(compiled: CompiledWsdl, service: str) -> str:
    for name in compiled.documents.names():
        for node in compiled.documents.root(name).iter(f"{WSDL}service"):
            if node.get("name") == service:
                return _said(node.findtext(f"{WSDL}documentation"))
    return ""


def _operation_documentation(compiled: CompiledWsdl, operation: str) -> str:
    for name in compiled.documents.names():
        for node in compiled.documents.root(name).iter(f"{WSDL}operation"):
            parent = node.getparent()
            if node.get("name") == operation and parent is not None and parent.tag == f"{WSDL}portType":
                return _said(node.findtext(f"{WSDL}documentation"))
    return ""


def _said(text: str | None) -> str:
    return " ".join((text or "").split())[:300]
