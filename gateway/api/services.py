"""Over which addresses are services published, deprecated and retired?"""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from catalog import databases, providers, services
from catalog.descriptions import ServiceDescription
from catalog.errors import ContentInvalid, Fault, NotThere
from gateway.api.control import Staff, Visit, control_of, document, read_document
from gateway.api.documents import DeprecationDocument, takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/services", tags=["services"])


@router.get("", summary="All service versions")
async def list_services(visit: Staff, database: str = "") -> Response:
    """Return all versions of all services, or of those of one database."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        found = await services.list_services(session, database=database)
    return document([services.without_bindings(view) for view in found])


@router.get("/{database}/{code}/v{version}", summary="One service version")
async def show_service(database: str, code: str, version: int, visit: Staff) -> Response:
    """Return one version of a service."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        found = await services.show_service(session, database, code, version=version)
    return document(services.without_bindings(found))


@router.post("", summary="Publish a service version", status_code=201, openapi_extra=takes(ServiceDescription))
async def publish_service(request: Request, visit: Staff) -> Response:
    """Publish one version of a service of a database that the caller's agency owns. It never changes afterwards.

    It is refused where its provider's adapter could not serve it beside the provider's other services.
    """
    service = await read_document(request, ServiceDescription)
    async with visit.reading() as session:
        owner = (await databases.show_database(session, service.database)).owner
        visit.require(Permission.SERVICE_PUBLISH, owner)
        if service.provider:
            says = await providers.show_provider(session, service.provider)
            others = await services.served_by(session, service.provider)
            if not visit.may(Permission.PROVIDER_READ, says.agency):
                raise NotThere("provider", service.provider)
    if service.provider:
        await control_of(request).workshop.check(says, [service, *others])
    change = await visit.change("publish", lambda session: services.publish_service(session, service, by=visit.actor))
    return document(change, status=201)


@router.post(
    "/{database}/{code}/v{version}/deprecate",
    summary="Say that a service version will end",
    openapi_extra=takes(DeprecationDocument),
)
async def deprecate_service(database: str, code: str, version: int, request: Request, visit: Staff) -> Response:
    """Let each answer of a version say that it will end; again with another date to change it."""
    await _require(visit, database)
    asked = await read_document(request, DeprecationDocument)
    change = await visit.change(
        "deprecate",
        lambda session: services.deprecate_service(
            session,
            database,
            code,
            version=version,
            sunset=aware(asked.sunset),
            successor=asked.successor,
            by=visit.actor,
        ),
    )
    return document(change)


@router.post("/{database}/{code}/v{version}/reinstate", summary="Take a deprecation back")
async def reinstate_service(database: str, code: str, version: int, visit: Staff) -> Response:
    """Let a version's answers say nothing of an end any more."""
    await _require(visit, database)
    change = await visit.change(
        "reinstate", lambda session: services.reinstate_service(session, database, code, version=version)
    )
    return document(change)


@router.post("/{database}/{code}/v{version}/retire", summary="Retire a service version")
async def retire_service(database: str, code: str, version: int, visit: Staff) -> Response:
    """Let nobody call a version any more."""
    await _require(visit, database)
    change = await visit.change(
        "retire", lambda session: services.retire_service(session, database, code, version=version)
    )
    return document(change)


async def _require(visit: Visit, database: str) -> None:
    async with visit.reading() as session:
        owner = (await databases.show_database(session, database)).owner
    visit.require(Permission.SERVICE_PUBLISH, owner)


def aware(moment: datetime | None) -> datetime | None:
    """Return `moment`. Raises ContentInvalid for one without an offset: nobody could say which it is."""
    if moment is not None and moment.tzinfo is None:
        raise ContentInvalid([Fault("sunset", "phải có múi giờ", "needs an offset, for example +07:00")])
    return moment
