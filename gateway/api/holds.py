"""Over which addresses is the record held, and a hold lifted?"""

from fastapi import APIRouter, Request, Response

from gateway.api.control import Staff, document, read_document
from gateway.api.documents import NoteDocument, takes
from gateway.retention import holds
from gateway.retention.holds import HoldDescription
from security.staff import Permission

router = APIRouter(prefix="/api/v1/record/holds", tags=["record"])


@router.get("", summary="The legal holds, those that stand first")
async def list_holds(visit: Staff) -> Response:
    """Return every hold."""
    visit.require(Permission.RECORD_HOLD)
    async with visit.reading() as session:
        return document(await holds.list_holds(await session.connection()))


@router.post("", summary="Set a hold", status_code=201, openapi_extra=takes(HoldDescription))
async def set_hold(request: Request, visit: Staff) -> Response:
    """Let nothing of some months be removed or erased."""
    visit.require(Permission.RECORD_HOLD)
    asked = await read_document(request, HoldDescription)
    change = await visit.change("record.hold", lambda session: holds.set_hold(session, asked, by=visit.actor))
    return document(change, status=201)


@router.post("/{code}/lift", summary="Lift a hold", openapi_extra=takes(NoteDocument))
async def lift_hold(code: str, request: Request, visit: Staff) -> Response:
    """Lift a hold that somebody else has set; `note` says why."""
    visit.require(Permission.RECORD_HOLD)
    asked = await read_document(request, NoteDocument)
    change = await visit.change(
        "record.lift", lambda session: holds.lift_hold(session, code, why=asked.note, by=visit.actor)
    )
    return document(change)
