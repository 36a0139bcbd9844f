"""Over which addresses are shared databases kept?"""

from fastapi import APIRouter, Request, Response

from catalog import databases
from catalog.descriptions import DatabaseDescription
from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/databases", tags=["databases"])


@router.get("", summary="All databases")
async def list_databases(visit: Staff) -> Response:
    """Return all databases: the province's nineteen by number, then the others by code."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        return document(await databases.list_databases(session))


@router.get("/{code}", summary="One database")
async def show_database(code: str, visit: Staff) -> Response:
    """Return a database."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        return document(await databases.show_database(session, code))


@router.post("", summary="Add a database", status_code=201, openapi_extra=takes(DatabaseDescription))
async def add_database(request: Request, visit: Staff) -> Response:
    """Add a shared database; a data owner adds those of his own agency."""
    database = await read_document(request, DatabaseDescription)
    visit.require(Permission.DATABASE_CREATE, database.owner)
    change = await visit.change("add", lambda session: databases.add_database(session, database, by=visit.actor))
    return document(change, status=201)


@router.put("/{code}", summary="Replace what is said about a database", openapi_extra=takes(DatabaseDescription))
async def replace_database(code: str, request: Request, visit: Staff) -> Response:
    """Replace a database's description; its owner and its place among the nineteen stay."""
    async with visit.reading() as session:
        held = await databases.show_database(session, code)
    visit.require(Permission.DATABASE_CHANGE, held.owner)
    database = await read_document(request, DatabaseDescription)
    if database.code != code:
        raise ContentInvalid([Fault("code", "khác với mã trong địa chỉ", "differs from the code in the address")])
    change = await visit.change("replace", lambda session: databases.replace_database(session, database))
    return document(change)
