"""What may anybody know of the catalogue, without an account?"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from catalog import databases, search, services
from catalog.descriptions import DatabaseDescription, ServiceDescription
from gateway.api.control import control_of, document

router = APIRouter(prefix="/catalog/v1", tags=["catalogue"])


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service version in a list."""

    database: str
    code: str
    version: int
    title_vi: str
    title_en: str
    summary_vi: str
    specified: bool
    state: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatabasePage:
    """A database and the services that it has."""

    database: DatabaseDescription
    services: tuple[ServiceLine, ...]


@router.get("/databases", summary="All shared databases")
async def list_databases(request: Request) -> Response:
    """Return the province's nineteen databases by number, then the others that it may reach."""
    async with control_of(request).database.reading() as session:
        return document(await databases.list_databases(session))


@router.get("/databases/{code}", summary="One database and its services")
async def show_database(code: str, request: Request) -> Response:
    """Return a database with the services that it has."""
    async with control_of(request).database.reading() as session:
        database = await databases.show_database(session, code)
        found = await services.list_services(session, database=code)
    return document(DatabasePage(database, tuple(_line(view.service, view.state) for view in found)))


@router.get("/services", summary="All services")
async def list_services(request: Request) -> Response:
    """Return all versions of all services, in lines."""
    async with control_of(request).database.reading() as session:
        found = await services.list_services(session)
    return document([_line(view.service, view.state) for view in found])


@router.get("/databases/{database}/services/{code}/v{version}", summary="One service version in full")
async def show_service(database: str, code: str, version: int, request: Request) -> Response:
    """Return one version of a service: operations, parameters and fields with their classes and dictionary terms."""
    async with control_of(request).database.reading() as session:
        found = await services.show_service(session, database, code, version=version)
    return document(services.without_bindings(found))


@router.get("/search", summary="Search; Vietnamese marks may be left out")
async def search_catalogue(request: Request, q: str = "") -> Response:
    """Return the databases and services that speak of all the words of `q`: "dat dai" finds "Đất đai"."""
    async with control_of(request).database.reading() as session:
        found = await search.search(session, q)
    return document({"databases": found.databases, "services": [_line(service, "") for service in found.services]})


def _line(service: ServiceDescription, state: str) -> ServiceLine:
    return ServiceLine(
        database=service.database,
        code=service.code,
        version=service.version,
        title_vi=service.title_vi,
        title_en=service.title_en,
        summary_vi=service.summary_vi,
        specified=service.specified,
        state=state,
        operations=tuple(f"{operation.method} {operation.path}" for operation in service.operations),
    )
