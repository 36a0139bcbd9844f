"""How do SOAP callers see a service, and which of its operations does a message mean?

A `Face` is compiled once per version of a service, at its first use, and then asked for every message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from adapters.contract import Json
from adapters.soap.reading import MessageReader
from adapters.soap.shapes import Element, Kind, Shape
from adapters.soap.writing import MessageWriter
from catalog.descriptions import OperationDescription, Place, ServiceDescription
from gateway.doors.soap.bodies import FaceRefused
from gateway.doors.soap.declared import Blocks
from gateway.doors.soap.narrowing import NarrowWriters
from gateway.errors import OperationUnclear

EMPTY_BODY: Final = ""
"""The tag of what stands in an empty body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a child of a generated request goes: to the parameter or body member `name`; "" is the whole body."""

    member: str
    place: Place | None
    name: str


@dataclass(frozen=True, slots=True)
class FaceOperation:
    """One operation as SOAP callers see it.

    `asked` says where the children of the request go; None where the whole message is the body of the REST call.
    `item` is the member that stands around an answer that is a list, "" where there is none; `blocks` are the header
    blocks that the operation's own WSDL declares. Nothing is answered to a `one_way` message.
    """

    description: OperationDescription
    name: str
    action: str
    request: Element
    response: Element
    shapes: tuple[Shape, ...] = field(repr=False)
    reader: MessageReader = field(repr=False)
    writer: MessageWriter = field(repr=False)
    narrow: NarrowWriters | None = field(default=None, repr=False)
    blocks: Blocks | None = field(default=None, repr=False)
    one_way: bool = False
    asked: tuple[Asked, ...] | None = None
    item: str = ""

    @property
    def has_binary(self) -> bool:
        """Tell whether a message of the operation may hold base64."""
        return any(member.kind is Kind.BASE64 for shape in self.shapes for member in shape.elements)

    def writer_of(self, fields: tuple[str, ...], *, filtered: bool) -> MessageWriter:
        """Return what writes an answer that has just `fields`; `filtered` when an agreement withholds rows."""
        return self.writer if self.narrow is None else self.narrow.writer(fields, filtered=filtered)

    def wrapped(self, answer: Json) -> Json:
        """Return a REST answer as the value of the response element."""
        return {self.item: answer} if self.item else answer


@dataclass(frozen=True, slots=True)
class Face:
    """One version of a service. `refused` are the operations that SOAP callers are not offered, with the reason."""

    service: ServiceDescription
    operations: tuple[FaceOperation, ...]
    refused: Mapping[str, FaceRefused]
    by_tag: Mapping[str, tuple[FaceOperation, ...]] = field(repr=False)

    def find(self, content: etree._Element | None, action: str) -> FaceOperation:
        """Return the operation that the body's element means; `action` decides among several with the same element.

        Raises OperationUnclear.
        """
        found = self.by_tag.get(EMPTY_BODY if content is None else str(content.tag), ())
        if len(found) > 1:
            found = tuple(one for one in found if one.action == action)
        if len(found) != 1:
            raise OperationUnclear("the body's element means no operation, or several")
        return found[0]


def face_of(
    service: ServiceDescription,
    operations: tuple[FaceOperation, ...],
    refused: Mapping[str, FaceRefused],
) -> Face:
    """Return the face of these operations."""
    by_tag: dict[str, tuple[FaceOperation, ...]] = {}
    for operation in operations:
        by_tag[operation.request.tag] = (*by_tag.get(operation.request.tag, ()), operation)
    return Face(service=service, operations=operations, refused=refused, by_tag=by_tag)
