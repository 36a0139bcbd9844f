"""Over which addresses do agreements come into force, rest and end?

Both parties of an agreement see it; to anybody else it is not there. What each side may do follows from its permissions
over its own agency's part.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreement_lists, agreement_views, agreements
from catalog.agreement_views import AgreementView
from catalog.changes import Change
from catalog.errors import ContentInvalid, Fault
from catalog.states import Side
from catalog.terms import AgreementTerms
from gateway import agreement_deeds as deeds
from gateway.api.agreement_queries import asked_of, visible_to
from gateway.api.control import Staff, Visit, document, read_document
from gateway.api.documents import NoteDocument, RefusalDocument, ResumptionDocument, SuspensionDocument, takes
from gateway.errors import StaffForbidden
from security.staff import Permission

router = APIRouter(prefix="/api/v1/agreements", tags=["agreements"])
VERSION = "/{code}/versions/{version}"

SUSPEND = {
    Side.CONSUMER: Permission.AGREEMENT_SUSPEND_CONSUMER,
    Side.PROVIDER: Permission.AGREEMENT_SUSPEND_PROVIDER,
    Side.PLATFORM: Permission.AGREEMENT_SUSPEND_PLATFORM,
}


@router.get("", summary="The agreements that you may see")
async def list_agreements(request: Request, visit: Staff) -> Response:
    """Return the agreements that the caller's agency is a party to, or all for those who work for the platform.

    The address may choose (`q`, `state`, `database`, `agency`, `side`, `expiring_days`), sort (`sort=-changed`) and cut
    (`limit`, at most 1000, and `offset`). `Link` leads to the next part (RFC 8288), `Total-Count` says how many.
    """
    asked = asked_of(request)
    wanted = visible_to(visit, asked.wanted)
    async with visit.reading() as session:
        found = await agreement_lists.list_agreements(
            session,
            wanted,
            order=asked.order,
            descending=asked.descending,
            limit=asked.limit,
            offset=asked.offset,
        )
        total = await agreement_lists.count_agreements(session, wanted)
    answer = document(found)
    answer.headers["total-count"] = str(total)
    if asked.offset + len(found) < total:
        following = request.url.include_query_params(limit=asked.limit, offset=asked.offset + len(found))
        answer.headers["link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer


@router.get("/{code}", summary="One agreement")
async def show_agreement(code: str, visit: Staff) -> Response:
    """Return an agreement with all its versions."""
    return document(await seen_agreement(visit, code))


@router.post("", summary="Draft an agreement", status_code=201, openapi_extra=takes(AgreementTerms))
async def create_draft(request: Request, visit: Staff) -> Response:
    """Draft an agreement for the caller's agency."""
    terms = await read_document(request, AgreementTerms)
    visit.require(Permission.AGREEMENT_REQUEST, terms.consumer_agency)
    change = await visit.change("draft", lambda session: agreements.create_draft(session, terms, by=visit.actor))
    return document(change, status=201)


@router.post("/{code}/versions", summary="Write a new version", status_code=201, openapi_extra=takes(AgreementTerms))
async def new_version(code: str, request: Request, visit: Staff) -> Response:
    """Write the next version: a narrower one is in force at once, any other is a draft."""
    view = await seen_agreement(visit, code)
    terms = await read_document(request, AgreementTerms)
    if terms.code != code:
        raise ContentInvalid([Fault("code", "khác với mã trong địa chỉ", "differs from the code in the address")])
    visit.require(Permission.AGREEMENT_REQUEST, view.consumer_agency)
    change = await visit.change("new-version", lambda session: deeds.new_version(session, terms, pen=visit.pen))
    return document(change, status=201)


@router.post(f"{VERSION}/submit", summary="Ask for approval")
async def submit(code: str, version: int, visit: Staff) -> Response:
    """Ask the provider to decide."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_REQUEST, view.consumer_agency)
    return await _change(visit, "submit", lambda s: deeds.submit(s, code, version=version, pen=visit.pen))


@router.post(f"{VERSION}/return", summary="Hand back for changes", openapi_extra=takes(NoteDocument))
async def return_for_changes(code: str, version: int, request: Request, visit: Staff) -> Response:
    """Hand a submitted version back, saying what is missing."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_DECIDE, view.provider_agency)
    said = await read_document(request, NoteDocument)
    return await _change(
        visit,
        "return",
        lambda s: agreements.return_for_changes(s, code, version=version, note=said.note, by=visit.actor),
    )


@router.post(f"{VERSION}/refuse", summary="Refuse, with a legal ground", openapi_extra=takes(RefusalDocument))
async def refuse(code: str, version: int, request: Request, visit: Staff) -> Response:
    """Refuse a submitted version for good (NĐ 194/2025/NĐ-CP art. 16(2))."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_DECIDE, view.provider_agency)
    said = await read_document(request, RefusalDocument)
    return await _change(
        visit,
        "refuse",
        lambda s: agreements.refuse(
            s, code, version=version, note=said.note, legal_ground=said.legal_ground, by=visit.actor
        ),
    )


@router.post(f"{VERSION}/approve", summary="Approve: never the one who asked")
async def approve(code: str, version: int, visit: Staff) -> Response:
    """Approve a submitted version; whoever wrote or submitted it cannot."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_APPROVE, view.provider_agency)
    return await _change(visit, "approve", lambda s: deeds.approve(s, code, version=version, pen=visit.pen))


@router.post(f"{VERSION}/activate", summary="Put an approved version into force")
async def activate(code: str, version: int, visit: Staff) -> Response:
    """Put an approved version into force, instead of the one that is."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_ACTIVATE, view.provider_agency)
    return await _change(visit, "activate", lambda s: deeds.activate(s, code, version=version, pen=visit.pen))


@router.post(f"{VERSION}/withdraw", summary="Take a version back")
async def withdraw(code: str, version: int, visit: Staff) -> Response:
    """Take back a version that is not in force."""
    view = await seen_agreement(visit, code)
    visit.require(Permission.AGREEMENT_REQUEST, view.consumer_agency)
    return await _change(visit, "withdraw", lambda s: agreements.withdraw(s, code, version=version, by=visit.actor))


@router.post("/{code}/suspend", summary="Suspend, for one side", openapi_extra=takes(SuspensionDocument))
async def suspend(code: str, request: Request, visit: Staff) -> Response:
    """Let nobody call under the agreement, from the commit on, until this side resumes it."""
    view = await seen_agreement(visit, code)
    said = await read_document(request, SuspensionDocument)
    _require_side(visit, view, said.side)
    return await _change(
        visit,
        "suspend",
        lambda s: agreements.suspend(s, code, side=said.side, reason=said.reason, by=visit.actor),
    )


@router.post("/{code}/resume", summary="Resume, for one side", openapi_extra=takes(ResumptionDocument))
async def resume(code: str, request: Request, visit: Staff) -> Response:
    """Lift one side's suspension; calls go on when no other is left."""
    view = await seen_agreement(visit, code)
    said = await read_document(request, ResumptionDocument)
    _require_side(visit, view, said.side)
    return await _change(visit, "resume", lambda s: agreements.resume(s, code, side=said.side, by=visit.actor))


@router.post("/{code}/end", summary="End an agreement")
async def end(code: str, visit: Staff) -> Response:
    """End the agreement for good; either party may."""
    view = await seen_agreement(visit, code)
    if not any(visit.may(Permission.AGREEMENT_END, agency) for agency in (view.consumer_agency, view.provider_agency)):
        raise StaffForbidden
    return await _change(visit, "end", lambda s: agreements.end(s, code, by=visit.actor))


async def seen_agreement(visit: Visit, code: str) -> AgreementView:
    """Return an agreement that the visitor may see. Raises NotThere, NotYours."""
    async with visit.reading() as session:
        view = await agreement_views.show_agreement(session, code)
    visit.require_sight(Permission.AGREEMENT_READ, view.consumer_agency, view.provider_agency)
    return view


def _require_side(visit: Visit, view: AgreementView, side: Side) -> None:
    agency = {Side.CONSUMER: view.consumer_agency, Side.PROVIDER: view.provider_agency, Side.PLATFORM: ""}[side]
    visit.require(SUSPEND[side], agency)


async def _change(visit: Visit, action: str, work: Callable[[AsyncSession], Awaitable[Change]]) -> Response:
    return document(await visit.change(action, work))
