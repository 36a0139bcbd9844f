"""Which face has a service that was imported from a WSDL?

Its own: each operation reads and writes the messages of the plan that was compiled at publication
(`adapters.soap.plan`), so that an existing client only changes the address.
"""

import msgspec

from adapters.soap.reading import MessageReader
from adapters.soap.shapes import Plan, check_plan
from adapters.soap.writing import MessageWriter
from catalog.descriptions import OperationDescription, ServiceDescription
from gateway.doors.soap.bodies import FaceRefused
from gateway.doors.soap.declared import Blocks
from gateway.doors.soap.face import Face, FaceOperation, face_of
from gateway.doors.soap.narrowing import NarrowWriters


class _Bound(msgspec.Struct, frozen=True):
    """What of the SOAP adapter's configuration of an operation the door needs."""

    plan: Plan
    answer_at: str = ""


def imported_face(service: ServiceDescription) -> Face:
    """Return the face of a service whose operations carry the plans of its WSDL."""
    operations: list[FaceOperation] = []
    refused: dict[str, FaceRefused] = {}
    for description in service.operations:
        try:
            operations.append(_operation(description))
        except FaceRefused as error:
            refused[description.code] = error
    return face_of(service, tuple(operations), refused)


def plan_of(description: OperationDescription) -> Plan:
    """Return the plan of an imported operation. Raises FaceRefused where it has none, or not of the whole answer."""
    try:
        bound = msgspec.json.decode(description.binding, type=_Bound)
        plan = check_plan(bound.plan)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FaceRefused(vi="không có kế hoạch thông điệp của WSDL", en="it has no plan of its WSDL") from error
    if bound.answer_at:
        raise FaceRefused(vi="câu trả lời chỉ là một phần thông điệp", en="its answer is a part of the message only")
    return plan


def _operation(description: OperationDescription) -> FaceOperation:
    plan = plan_of(description)
    return FaceOperation(
        description=description,
        name=description.wsdl_operation or plan.operation,
        action=plan.action,
        request=plan.request,
        response=plan.response,
        shapes=plan.shapes,
        reader=MessageReader(plan.request, plan.shapes, strict=True),
        writer=MessageWriter(plan.response, plan.shapes),
        narrow=NarrowWriters(description, plan),
        blocks=Blocks(plan) if plan.headers or plan.answer_headers else None,
        one_way=plan.one_way,
    )
