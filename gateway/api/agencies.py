"""Over which addresses are agencies kept?"""

from fastapi import APIRouter, Request, Response

from catalog import agencies
from catalog.descriptions import AgencyDescription
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/agencies", tags=["agencies"])


@router.get("", summary="All agencies")
async def list_agencies(visit: Staff) -> Response:
    """Return all agencies by code."""
    visit.require(Permission.AGENCY_READ)
    async with visit.reading() as session:
        return document(await agencies.list_agencies(session))


@router.get("/{code}", summary="One agency")
async def show_agency(code: str, visit: Staff) -> Response:
    """Return an agency."""
    visit.require(Permission.AGENCY_READ)
    async with visit.reading() as session:
        return document(await agencies.show_agency(session, code))


@router.post("", summary="Add an agency", status_code=201, openapi_extra=takes(AgencyDescription))
async def add_agency(request: Request, visit: Staff) -> Response:
    """Add an agency."""
    visit.require(Permission.AGENCY_CREATE)
    agency = await read_document(request, AgencyDescription)
    change = await visit.change("add", lambda session: agencies.add_agency(session, agency, by=visit.actor))
    return document(change, status=201)
