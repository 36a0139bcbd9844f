"""Over which addresses is the staff kept?"""

import msgspec
from fastapi import APIRouter, Request, Response

from catalog import staff
from catalog.changes import Change
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import StaffDocument, takes
from security.staff import Permission, new_token

router = APIRouter(prefix="/api/v1/staff", tags=["staff"])


class NewAccess(msgspec.Struct, frozen=True):
    """A token, shown this once."""

    code: str
    token: str
    change: Change


@router.get("", summary="The staff that you may see")
async def list_members(visit: Staff) -> Response:
    """Return the members of the staff whom the caller may see, by code."""
    async with visit.reading() as session:
        found = await staff.list_members(session)
    return document([one for one in found if visit.may(Permission.STAFF_READ, one.agency)])


@router.post("", summary="Add a member of the staff", status_code=201, openapi_extra=takes(StaffDocument))
async def add_member(request: Request, visit: Staff) -> Response:
    """Add a member of the staff and show the token this once."""
    asked = await read_document(request, StaffDocument)
    visit.require(Permission.STAFF_CHANGE, asked.agency)
    member = staff.StaffMember(asked.code, asked.name, asked.role, asked.agency, has_access=True)
    token = new_token()
    change = await visit.change(
        "add", lambda session: staff.add_member(session, member, token_hash=token.digest, by=visit.actor)
    )
    return document(NewAccess(member.code, token.clear, change), status=201)


@router.post("/{code}/token", summary="Give a member a new token")
async def replace_token(code: str, visit: Staff) -> Response:
    """Replace a member's token and show the new one this once."""
    await _require_change(visit, code)
    token = new_token()
    change = await visit.change(
        "replace-token", lambda session: staff.replace_token(session, code, token_hash=token.digest)
    )
    return document(NewAccess(code, token.clear, change))


@router.delete("/{code}/token", summary="Take a member's access away")
async def withdraw_token(code: str, visit: Staff) -> Response:
    """Let a member in no more."""
    await _require_change(visit, code)
    change = await visit.change("withdraw-token", lambda session: staff.replace_token(session, code, token_hash=None))
    return document(change)


async def _require_change(visit: Staff, code: str) -> None:
    async with visit.reading() as session:
        member = await staff.show_member(session, code)
    visit.require_sight(Permission.STAFF_READ, member.agency)
    visit.require(Permission.STAFF_CHANGE, member.agency)
