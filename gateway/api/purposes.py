"""Over which addresses are purposes kept?"""

from fastapi import APIRouter, Request, Response

from catalog import purposes
from catalog.descriptions import PurposeDescription
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/purposes", tags=["purposes"])


@router.get("", summary="All purposes")
async def list_purposes(visit: Staff) -> Response:
    """Return all purposes by code."""
    visit.require(Permission.CATALOGUE_READ)
    async with visit.reading() as session:
        return document(await purposes.list_purposes(session))


@router.post("", summary="Add a purpose", status_code=201, openapi_extra=takes(PurposeDescription))
async def add_purpose(request: Request, visit: Staff) -> Response:
    """Add a purpose for which data may be asked."""
    visit.require(Permission.PURPOSE_CREATE)
    purpose = await read_document(request, PurposeDescription)
    return document(await visit.change("add", lambda session: purposes.add_purpose(session, purpose)), status=201)
