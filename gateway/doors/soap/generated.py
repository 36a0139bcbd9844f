"""Which contract do SOAP callers get of a service that has no WSDL of its own?

The request element of an operation has a child per parameter, and the members of the JSON body where it takes one. The
response element holds the declared fields, each of them optional and nillable: whatever an agreement releases is valid.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.soap.reading import MessageReader
from adapters.soap.shapes import Kind, Simple
from adapters.soap.writing import MessageWriter
from catalog.descriptions import FieldDescription, OperationDescription, ParameterDescription, ServiceDescription
from gateway.doors.soap.bodies import BodyMembers, FaceRefused
from gateway.doors.soap.face import Asked, Face, FaceOperation, face_of
from gateway.doors.soap.model import KINDS, Member, Types
from gateway.doors.soap.names import namespace_of, operation_name, unused, xml_name

LIST_ITEM = "item"
"""The element of one row where the whole answer is a list."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The two messages of one operation: their elements, and the types that hold the elements' children."""

    operation: OperationDescription
    name: str
    request: Member
    response: Member
    asked: tuple[Asked, ...]
    item: str


@dataclass(frozen=True, slots=True)
class Model:
    """The messages of a whole service, from which its face and its contract are made."""

    service: ServiceDescription
    types: Types
    messages: tuple[Messages, ...]
    refused: dict[str, FaceRefused]


def model_of(service: ServiceDescription) -> Model:
    """Return what SOAP callers are offered of `service`."""
    types = Types(namespace_of(service))
    taken: set[str] = set()
    messages: list[Messages] = []
    refused: dict[str, FaceRefused] = {}
    for operation in service.operations:
        try:
            messages.append(_messages(operation, types, unused(operation_name(operation.code), taken)))
        except FaceRefused as error:
            refused[operation.code] = error
    return Model(service, types, tuple(messages), refused)


def generated_face(service: ServiceDescription) -> Face:
    """Return the face of a service that has no WSDL of its own."""
    model = model_of(service)
    shapes = model.types.shapes()
    operations: list[FaceOperation] = []
    for one in model.messages:
        request, response = model.types.element(one.request), model.types.element(one.response)
        operations.append(
            FaceOperation(
                description=one.operation,
                name=one.name,
                action=action_of(model.types.namespace, one.name),
                request=request,
                response=response,
                shapes=shapes,
                reader=MessageReader(request, shapes, strict=True),
                writer=MessageWriter(response, shapes),
                asked=one.asked,
                item=one.item,
            )
        )
    return face_of(service, tuple(operations), model.refused)


def action_of(namespace: str, name: str) -> str:
    """Return the SOAPAction of an operation in a generated contract."""
    return f"{namespace}#{name}"


def _messages(operation: OperationDescription, types: Types, name: str) -> Messages:
    known = len(types.members)
    try:
        request, asked = _request(operation, types, name)
        response, item = _response(operation, types, name)
    except FaceRefused:
        for left in list(types.members)[known:]:  # nothing refers to them
            del types.members[left]
        raise
    return Messages(operation, name, request, response, asked, item)


def _request(operation: OperationDescription, types: Types, name: str) -> tuple[Member, tuple[Asked, ...]]:
    taken: set[str] = set()
    children: list[Member] = []
    asked: list[Asked] = []
    for parameter in operation.parameters:
        tag = unused(xml_name(parameter.name), taken)
        children.append(_parameter(parameter, tag))
        asked.append(Asked(tag, parameter.place, parameter.name))
    type_name = types.new(name)
    if operation.takes_body:
        body = BodyMembers(bytes(operation.body_schema), types, prefix=f"{name}Request.")
        for member, target in body.members(taken):
            children.append(member)
            asked.append(Asked(member.name, None, target))
    types.members[type_name] = children
    return _root(name, type_name, operation), tuple(asked)


def _root(tag: str, type_name: str, operation: OperationDescription) -> Member:
    return Member(
        name=tag,
        tag=tag,
        kind=Kind.COMPLEX,
        documentation=(operation.title_vi, operation.title_en),
        required=True,
        type_name=type_name,
    )


def _parameter(parameter: ParameterDescription, tag: str) -> Member:
    kind = KINDS[parameter.type]
    simple = None
    if parameter.choices and kind is Kind.TEXT:
        simple = Simple(kind=kind, choices=parameter.choices)
    example = f"Ví dụ: {parameter.example}" if parameter.example else ""
    pattern = f"Mẫu: {parameter.pattern}" if parameter.pattern else ""
    return Member(
        name=tag,
        tag=tag,
        kind=kind,
        documentation=(parameter.title_vi, parameter.title_en, pattern, example),
        required=parameter.required,
        simple=simple,
    )


def _response(operation: OperationDescription, types: Types, name: str) -> tuple[Member, str]:
    whole_list = [leaf.path.startswith("[]") for leaf in operation.fields]
    if any(whole_list) and not all(whole_list):
        raise FaceRefused(vi="câu trả lời vừa là danh sách vừa là đối tượng", en="the answer is a list and an object")
    tree = _Tree(types, f"{name}Response")
    for leaf in operation.fields:
        tree.add(leaf, f"{LIST_ITEM}{leaf.path}" if leaf.path.startswith("[]") else leaf.path)
    return _root(f"{name}Response", tree.root, operation), LIST_ITEM if any(whole_list) else ""


class _Tree:
    """Grows the types of a response, leaf by leaf."""

    def __init__(self, types: Types, root: str) -> None:
        self.root = types.new(root)
        self._types = types
        self._below: dict[str, str] = {"": self.root}
        self._tags: dict[str, set[str]] = {}

    def add(self, leaf: FieldDescription, path: str) -> None:
        """Add a leaf and what stands around it. Raises FaceRefused for a list of lists."""
        *above, last = path.split(".")
        place = ""
        for step in above:
            place = self._enter(place, step, path)
        documentation = (leaf.title_vi, leaf.title_en, f"Thuật ngữ: {leaf.term}" if leaf.term else "")
        self._put(place, last, path, kind=KINDS[leaf.type], documentation=documentation)

    def _enter(self, place: str, step: str, path: str) -> str:
        inner = f"{place}.{step}"
        if inner not in self._below:
            name = step.removesuffix("[]")
            made = self._types.new(f"{self._below[place]}.{xml_name(name)}")
            self._below[inner] = made
            self._put(place, step, path, kind=Kind.COMPLEX, type_name=made)
        return inner

    def _put(
        self,
        place: str,
        step: str,
        path: str,
        *,
        kind: Kind,
        documentation: Iterable[str] = (),
        type_name: str = "",
    ) -> None:
        name = step.removesuffix("[]")
        if name.endswith("[]"):
            raise FaceRefused(vi=f"{path} là danh sách của danh sách", en=f"{path} is a list of lists")
        parent = self._below[place]
        tag = unused(xml_name(name), self._tags.setdefault(parent, set()))
        self._types.members[parent].append(
            Member(
                name=name,
                tag=tag,
                kind=kind,
                documentation=tuple(documentation),
                many=step.endswith("[]"),
                nillable=True,
                type_name=type_name,
            )
        )
