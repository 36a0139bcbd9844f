"""What must somebody know who wants to call a service: operations, fields, contracts, until when it is served?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from catalog.descriptions import FieldDescription, OperationDescription, Place, ServiceDescription
from catalog.errors import NotThere
from catalog.holdings import Lifetime, read_lifetimes, show_holding
from catalog.openapi_values import answer_example, body_example, parameter_example, read_schema
from catalog.policy import read_xroad_members, read_xroad_subsystems
from catalog.services import show_service
from catalog.states import ServiceState
from gateway.api.control import control_of
from gateway.console.catalogue.told import SERVICE_STATES, UNSPECIFIED, named
from gateway.console.desk import Visitor
from gateway.console.frame import redirect, render
from gateway.console.words import FIELD_CLASSES, FIELD_TYPES, Words
from gateway.doors.soap.offers import soap_offer

router = APIRouter(prefix="/catalogue", include_in_schema=False)

PLACES = {Place.PATH: Words("trong đường dẫn", "in the path"), Place.QUERY: Words("trong truy vấn", "in the query")}


@dataclass(frozen=True, slots=True)
class ShownParameter:
    """A value that the caller gives, and an example of it."""

    name: str
    place: Words
    type: Words
    title: Words
    required: bool
    rules: Sequence[Words]
    example: str


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """An operation with everything that its caller gives and gets. `body` is the schema, `sent` an example of it."""

    description: OperationDescription
    title: Words
    address: str
    parameters: Sequence[ShownParameter]
    fields: Sequence[FieldDescription]
    body: str
    sent: str
    answer: str
    soap_refusal: str


@router.get("/{database}/{service}")
async def find_newest(database: str, service: str, request: Request) -> Response:
    """Lead to the newest version that is served, else to the newest there was."""
    async with control_of(request).database.reading() as session:
        lifetimes = (await read_lifetimes(session, database, [service])).get(service, ())
    if not lifetimes:
        raise NotThere("service", f"{database}/{service}")
    served = [one for one in lifetimes if one.state is not ServiceState.RETIRED]
    return redirect(f"/catalogue/{database}/{service}/v{(served or lifetimes)[0].version}")


@router.get("/{database}/{code}/v{version}")
async def show_version(database: str, code: str, version: int, request: Request, desk: Visitor) -> Response:
    """Return the page of a version of a service."""
    control = control_of(request)
    async with control.database.reading() as session:
        view = await show_service(session, database, code, version=version)
        holding = await show_holding(session, database)
        lifetimes = (await read_lifetimes(session, database, [code])).get(code, ())
        subsystems = [one for one in await read_xroad_subsystems(session) if one.database == database]
        members = {one.agency: one for one in await read_xroad_members(session)}
    service, offer = view.service, soap_offer(view.service)
    left_out = {} if offer is None else dict(offer.left_out)
    return render(
        request,
        "catalogue/service.html",
        desk=desk,
        service=service,
        view=view,
        title=named(service.title_vi, service.title_en),
        database=holding.database,
        database_title=named(holding.database.title_vi, holding.database.title_en),
        owner=named(holding.owner.name_vi, holding.owner.name_en),
        standing=SERVICE_STATES[view.state] if service.specified else UNSPECIFIED,
        states=SERVICE_STATES,
        lifetimes=lifetimes,
        retired=view.state is ServiceState.RETIRED,
        newer=_newer(lifetimes, version),
        operations=[_shown(one, service, left_out.get(one.code, "")) for one in service.operations],
        classes=FIELD_CLASSES,
        types=FIELD_TYPES,
        public_url=control.issuer,
        soap=offer,
        xroad=[
            "/".join(part for part in (member.instance, member.member_class, member.member_code, one.code) if part)
            for one in subsystems
            if (member := members.get(one.agency)) is not None
        ],
    )


def _newer(lifetimes: Sequence[Lifetime], version: int) -> int | None:
    served = [one.version for one in lifetimes if one.state is not ServiceState.RETIRED and one.version > version]
    return max(served, default=None)


def _shown(operation: OperationDescription, service: ServiceDescription, soap_refusal: str) -> ShownOperation:
    schema = read_schema(operation.body_schema) if operation.takes_body else None
    sent = body_example(schema) if schema is not None else None
    return ShownOperation(
        description=operation,
        title=named(operation.title_vi, operation.title_en),
        address=f"/x/{service.database}/{service.code}/v{service.version}{operation.path}",
        parameters=[_parameter(operation, place) for place in range(len(operation.parameters))],
        fields=operation.fields,
        body="" if schema is None else _pretty(schema),
        sent="" if sent is None else _pretty(sent),
        answer=_pretty(answer_example(operation, operation.fields)),
        soap_refusal=soap_refusal,
    )


def _parameter(operation: OperationDescription, place: int) -> ShownParameter:
    parameter = operation.parameters[place]
    example = parameter_example(parameter)
    rules: list[Words] = []
    if parameter.choices:
        rules.append(named(", ".join(parameter.choices), ""))
    if parameter.format:
        rules.append(Words(f"định dạng {parameter.format}", f"format {parameter.format}"))
    if parameter.pattern:
        rules.append(Words(f"theo mẫu {parameter.pattern}", f"pattern {parameter.pattern}"))
    if parameter.minimum is not None:
        rules.append(Words(f"từ {parameter.minimum}", f"from {parameter.minimum}"))
    if parameter.maximum is not None:
        rules.append(Words(f"đến {parameter.maximum}", f"to {parameter.maximum}"))
    return ShownParameter(
        name=parameter.name,
        place=PLACES[parameter.place],
        type=FIELD_TYPES[parameter.type],
        title=named(parameter.title_vi, parameter.title_en),
        required=parameter.required or parameter.place is Place.PATH,
        rules=rules,
        example="" if example is None else str(example),
    )


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
