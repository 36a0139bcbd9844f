"""Over which addresses are X-Road identifiers kept?"""

from fastapi import APIRouter, Request, Response

from catalog import xroad
from catalog.descriptions import XRoadMember, XRoadSubsystem
from gateway.api.control import Staff, document, read_document
from gateway.api.documents import XRoadMemberName, XRoadSubsystemName, takes
from security.staff import Permission

router = APIRouter(prefix="/api/v1/xroad", tags=["xroad"])


@router.get("", summary="The X-Road members and subsystems that you may see")
async def list_identifiers(visit: Staff) -> Response:
    """Return the identifiers of the agencies whose systems the caller may see."""
    async with visit.reading() as session:
        members, subsystems = await xroad.list_members(session), await xroad.list_subsystems(session)
    return document(
        {
            "members": [one for one in members if visit.may(Permission.SYSTEM_READ, one.agency)],
            "subsystems": [one for one in subsystems if visit.may(Permission.SYSTEM_READ, one.agency)],
        }
    )


@router.post("/members", summary="Let an agency be a member", openapi_extra=takes(XRoadMember))
async def set_member(request: Request, visit: Staff) -> Response:
    """Give an agency its X-Road identifier, instead of the one that it had. The first one opens the X-Road door."""
    visit.require(Permission.XROAD_CHANGE)
    member = await read_document(request, XRoadMember)
    return document(await visit.change("set", lambda session: xroad.set_member(session, member, by=visit.actor)))


@router.post("/members/remove", summary="Let an agency be no member", openapi_extra=takes(XRoadMemberName))
async def remove_member(request: Request, visit: Staff) -> Response:
    """Take an agency's X-Road identifier from it; its subsystems go first."""
    visit.require(Permission.XROAD_CHANGE)
    named = await read_document(request, XRoadMemberName)
    return document(await visit.change("remove", lambda session: xroad.remove_member(session, named.agency)))


@router.post("/subsystems", summary="Let a subsystem call, or be called", openapi_extra=takes(XRoadSubsystem))
async def set_subsystem(request: Request, visit: Staff) -> Response:
    """Let a subsystem stand for a system, a database, or both, instead of what it stood for."""
    visit.require(Permission.XROAD_CHANGE)
    subsystem = await read_document(request, XRoadSubsystem)
    change = await visit.change("set", lambda session: xroad.set_subsystem(session, subsystem, by=visit.actor))
    return document(change)


@router.post("/subsystems/remove", summary="Remove a subsystem", openapi_extra=takes(XRoadSubsystemName))
async def remove_subsystem(request: Request, visit: Staff) -> Response:
    """Let nobody call or be called by a subsystem any more."""
    visit.require(Permission.XROAD_CHANGE)
    named = await read_document(request, XRoadSubsystemName)
    change = await visit.change("remove", lambda session: xroad.remove_subsystem(session, named.agency, named.code))
    return document(change)
