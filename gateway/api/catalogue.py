"""What may anybody know of the catalogue, without an account?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from catalog import databases, search, services
from catalog.descriptions import DatabaseDescription, ServiceDescription
from catalog.holdings import SLICE, read_all_versions
from catalog.services import ServiceView
from gateway.api.control import control_of, document
from gateway.db import Database
from gateway.doors.soap.offers import SoapOffer, soap_offer

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
    deprecated_at: datetime | None
    sunset_at: datetime | None
    successor: int | None
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatabasePage:
    """A database and the services that it has."""

    database: DatabaseDescription
    services: tuple[ServiceLine, ...]


@dataclass(frozen=True, slots=True)
class ServicePage(ServiceView):
    """A service version in full, and what SOAP callers are offered of it."""

    soap: SoapOffer | None = None


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
    return document(DatabasePage(database, tuple(_line(view.service, view) for view in found)))


@router.get("/services", summary="All services")
async def list_services(request: Request) -> Response:
    """Return all versions of all services, in lines, written while they are read."""
    lines = write_lines(control_of(request).database)
    return StreamingResponse(lines, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/databases/{database}/services/{code}/v{version}", summary="One service version in full")
async def show_service(database: str, code: str, version: int, request: Request) -> Response:
    """Return one version of a service: operations, parameters and fields with their classes and dictionary terms."""
    async with control_of(request).database.reading() as session:
        found = await services.show_service(session, database, code, version=version)
    offer = soap_offer(found.service)
    shown = services.without_bindings(found)
    return document(ServicePage(**{one.name: getattr(shown, one.name) for one in fields(ServiceView)}, soap=offer))


@router.get("/search", summary="Search; Vietnamese marks may be left out")
async def search_catalogue(request: Request, q: str = "") -> Response:
    """Return the databases and services that speak of all the words of `q`: "dat dai" finds "Đất đai"."""
    async with control_of(request).database.reading() as session:
        found = await search.search(session, q)
    return document({"databases": found.databases, "services": [_line(service) for service in found.services]})


async def write_lines(database: Database, *, at_once: int = SLICE) -> AsyncIterator[bytes]:
    """Yield the JSON list of all versions in parts; no session is open while a part is on its way."""
    views: list[ServiceView] = []
    yield b"["
    while True:
        before = views[-1] if views else None
        async with database.reading() as session:
            views = await read_all_versions(session, after=before, limit=at_once)
        lines = b",".join(msgspec.json.encode(_line(view.service, view)) for view in views)
        yield b"," + lines if lines and before is not None else lines
        if len(views) < at_once:
            break
    yield b"]"


def _line(service: ServiceDescription, view: ServiceView | None = None) -> ServiceLine:
    return ServiceLine(
        database=service.database,
        code=service.code,
        version=service.version,
        title_vi=service.title_vi,
        title_en=service.title_en,
        summary_vi=service.summary_vi,
        specified=service.specified,
        state="" if view is None else view.state,
        deprecated_at=None if view is None else view.deprecated_at,
        sunset_at=None if view is None else view.sunset_at,
        successor=None if view is None else view.successor,
        operations=tuple(f"{operation.method} {operation.path}" for operation in service.operations),
    )
