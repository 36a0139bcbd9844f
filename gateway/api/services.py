"""Over which addresses are services published and retired?"""

from fastapi import APIRouter, Request, Response

from catalog import databases, providers, services
from catalog.descriptions import ServiceDescription
from catalog.errors import NotThere
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import takes
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
    """Publish one version of a service of a database that the caller's agency owns. It never changes afterwards."""
    service = await read_document(request, ServiceDescription)
    async with visit.reading() as session:
        owner = (await databases.show_database(session, service.database)).owner
        visit.require(Permission.SERVICE_PUBLISH, owner)
        if service.provider:
            asked = (await providers.show_provider(session, service.provider)).agency
            if not visit.may(Permission.PROVIDER_READ, asked):
                raise NotThere("provider", service.provider)
    change = await visit.change("publish", lambda session: services.publish_service(session, service, by=visit.actor))
    return document(change, status=201)


@router.post("/{database}/{code}/v{version}/retire", summary="Retire a service version")
async def retire_service(database: str, code: str, version: int, visit: Staff) -> Response:
    """Let nobody call a version any more."""
    async with visit.reading() as session:
        owner = (await databases.show_database(session, database)).owner
    visit.require(Permission.SERVICE_PUBLISH, owner)
    change = await visit.change(
        "retire", lambda session: services.retire_service(session, database, code, version=version)
    )
    return document(change)
