"""How are requests decided, and agreements put into force, suspended, resumed and ended, by people?

Each act has a page that says what will happen and asks for what the law or the other side needs to know; what can be
undone by another click has a button only. What was looked at is what is decided: the version travels with the form.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import assert_never

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreements
from catalog.agreement_differences import differences
from catalog.agreement_views import AgreementView
from catalog.changes import Change
from catalog.errors import ContentInvalid, Fault
from catalog.states import Side
from gateway import agreement_deeds as deeds
from gateway.api.agreements import SUSPEND
from gateway.console.agreements.pages import HERE, ShownAgreement, read_agreement
from gateway.console.agreements.rights import rights_of
from gateway.console.agreements.wording import DIRECTIONS, GROUNDS, SIDE_NAMES
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import options_of, redirect, render, with_query
from gateway.console.words import AGREEMENT_STATES
from gateway.errors import StaffForbidden
from security.staff import Permission

router = APIRouter(prefix=HERE, include_in_schema=False)
Work = Callable[[AsyncSession], Awaitable[Change]]


class Act(StrEnum):
    """What has a page of its own before it is done."""

    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    SUSPEND = "suspend"
    END = "end"


@router.get("/{code}/act/{act}")
async def ask(code: str, act: Act, request: Request, desk: Signed) -> Response:
    """Show what an act will do, and ask for what it needs."""
    shown = await read_agreement(desk, code, request.query_params.get("version", ""))
    _require(desk, shown.view, act, side=None)
    return _page(request, desk, shown, act)


@router.post("/{code}/act/{act}")
async def do(code: str, act: Act, request: Request, desk: Signed) -> Response:
    """Do what was confirmed."""
    form = await desk.read_form(request)
    shown = await read_agreement(desk, code, form.text("version"))
    side = Side(form.text("side")) if form.text("side") in set(Side) else None
    _require(desk, shown.view, act, side=side)
    done = await attempted(_do(desk, shown, act, form, side))
    if isinstance(done, Refused):
        return _page(request, desk, shown, act, form=form, refused=done)
    return redirect(with_query(f"{HERE}/{code}", done=act.value, version=_next_look(act, shown)))


@router.post("/{code}/submit")
async def submit(code: str, request: Request, desk: Signed) -> Response:
    """Ask the provider to decide about the draft."""
    form = await desk.read_form(request)
    shown = await read_agreement(desk, code, form.text("version"))
    desk.require(Permission.AGREEMENT_REQUEST, shown.view.consumer_agency)
    version = shown.version.version
    return await _plain(request, desk, shown, "submit", lambda s: deeds.submit(s, code, version=version, pen=desk.pen))


@router.post("/{code}/activate")
async def activate(code: str, request: Request, desk: Signed) -> Response:
    """Put the approved version into force."""
    form = await desk.read_form(request)
    shown = await read_agreement(desk, code, form.text("version"))
    desk.require(Permission.AGREEMENT_ACTIVATE, shown.view.provider_agency)
    version = shown.version.version
    return await _plain(
        request, desk, shown, "activate", lambda s: deeds.activate(s, code, version=version, pen=desk.pen)
    )


@router.post("/{code}/resume")
async def resume(code: str, request: Request, desk: Signed) -> Response:
    """Lift one side's suspension."""
    form = await desk.read_form(request)
    if form.text("side") not in set(Side):
        raise ContentInvalid([Fault("side", "chưa chọn bên", "choose a side")])
    shown, side = await read_agreement(desk, code), Side(form.text("side"))
    _require_side(desk, shown.view, side)
    return await _plain(request, desk, shown, "resume", lambda s: agreements.resume(s, code, side=side, by=desk.actor))


async def _plain(request: Request, desk: Desk, shown: ShownAgreement, action: str, work: Work) -> Response:
    """Do what a button asks for; where it cannot be done, say so on the page of confirmation's frame."""
    done = await attempted(desk.change(action, work))
    if isinstance(done, Refused):
        return render(
            request, "agreements/refused.html", status=409, desk=desk, shown=shown, refused=done, back=_back(shown)
        )
    return redirect(with_query(_back(shown), done=action))


async def _do(desk: Desk, shown: ShownAgreement, act: Act, form: Form, side: Side | None) -> Change:
    return await desk.change(act.value, _work(desk, shown, act, form, side))


def _work(desk: Desk, shown: ShownAgreement, act: Act, form: Form, side: Side | None) -> Work:
    code, version, note = shown.view.code, shown.version.version, form.text("note")
    match act:
        case Act.APPROVE:
            return lambda s: deeds.approve(s, code, version=version, pen=desk.pen, note=note)
        case Act.RETURN:
            return lambda s: agreements.return_for_changes(s, code, version=version, note=note, by=desk.actor)
        case Act.REFUSE:
            ground = form.text("legal_ground") or form.text("known_ground")
            return lambda s: agreements.refuse(s, code, version=version, note=note, legal_ground=ground, by=desk.actor)
        case Act.WITHDRAW:
            return lambda s: agreements.withdraw(s, code, version=version, by=desk.actor)
        case Act.SUSPEND:
            if side is None:
                raise ContentInvalid([Fault("side", "chưa chọn bên", "choose a side")])
            return lambda s: agreements.suspend(s, code, side=side, reason=form.text("reason"), by=desk.actor)
        case Act.END:
            if not note:
                raise ContentInvalid([Fault("note", "không được để trống", "must not be empty")])
            return lambda s: agreements.end(s, code, by=desk.actor, note=note)
        case _:
            assert_never(act)


def _page(
    request: Request,
    desk: Desk,
    shown: ShownAgreement,
    act: Act,
    *,
    form: Form | None = None,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    rights = rights_of(desk, shown.view)
    held = shown.in_force
    compared = held is not None and held.version != shown.version.version and act is Act.APPROVE
    return render(
        request,
        "agreements/decide.html",
        status=200 if refused is NOTHING_REFUSED else 422,
        desk=desk,
        shown=shown,
        act=act.value,
        form=form or Form(),
        refused=refused,
        back=_back(shown),
        ground_options=options_of(((one.vi, one) for one in GROUNDS), request),
        own_request=rights.own_request,
        side_options=options_of(((side, SIDE_NAMES[side]) for side in rights.suspend), request),
        differences=differences(held.terms, shown.version.terms) if compared and held is not None else (),
        compared=compared,
        directions=DIRECTIONS,
        states=AGREEMENT_STATES,
    )


def _require(desk: Desk, view: AgreementView, act: Act, *, side: Side | None) -> None:
    match act:
        case Act.APPROVE:
            desk.require(Permission.AGREEMENT_APPROVE, view.provider_agency)
        case Act.RETURN | Act.REFUSE:
            desk.require(Permission.AGREEMENT_DECIDE, view.provider_agency)
        case Act.WITHDRAW:
            desk.require(Permission.AGREEMENT_REQUEST, view.consumer_agency)
        case Act.END:
            if not any(desk.may(Permission.AGREEMENT_END, one) for one in (view.consumer_agency, view.provider_agency)):
                raise StaffForbidden
        case Act.SUSPEND:
            if side is not None:
                _require_side(desk, view, side)
            elif not any(desk.may(SUSPEND[one], _agency(view, one)) for one in Side):
                raise StaffForbidden
        case _:
            assert_never(act)


def _require_side(desk: Desk, view: AgreementView, side: Side) -> None:
    desk.require(SUSPEND[side], _agency(view, side))


def _agency(view: AgreementView, side: Side) -> str:
    return {Side.CONSUMER: view.consumer_agency, Side.PROVIDER: view.provider_agency, Side.PLATFORM: ""}[side]


def _next_look(act: Act, shown: ShownAgreement) -> str:
    """A version that is closed by the act is shown still: so is the letter that goes with it."""
    return str(shown.version.version) if act in (Act.REFUSE, Act.WITHDRAW) else ""


def _back(shown: ShownAgreement) -> str:
    return f"{HERE}/{shown.view.code}"
