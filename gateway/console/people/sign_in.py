"""How does somebody sign in and out, set his password and device the first time, and prove again who he is?

Each step gives the browser a new cookie, so that nobody's session can be one that another laid out for him. Where
somebody is sent afterwards is a page of ours or the start page, whatever the address says.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import accounts
from catalog.accounts import Account
from catalog.changes import Change
from catalog.console_sessions import ConsoleSession
from catalog.errors import ContentInvalid, Fault
from gateway.api.control import Control, Visit, control_of
from gateway.console.desk import (
    Signed,
    Visitor,
    can_sign_in,
    cookie_name,
    give_cookie,
    is_by_sso,
    session_of,
    source_of,
    take_cookie,
)
from gateway.console.forms import CSRF_FIELD, NOTHING_REFUSED, Form, Refused, attempted, must_be_ours, read_fields
from gateway.console.frame import is_page_address, redirect, render, with_query
from gateway.console.people.devices import confirmed_step, device_page_values, new_codes, pending_secret
from gateway.console.people.passwords import new_password
from gateway.console.refusal import PROVE, SIGN_IN
from gateway.errors import PageForeign, SignInNeeded
from security.sessions import Method, NewCookie, Stage, form_token, is_form_token, new_cookie

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next")]
START = "/console"


@router.get(SIGN_IN)
async def show_sign_in(request: Request, desk: Visitor, back: Next = "") -> Response:
    """Ask for name and password."""
    if desk is not None:
        return redirect(way_back(back))
    return _entrance(request, back=back)


@router.post(SIGN_IN)
async def take_password(request: Request) -> Response:
    """Take name and password; ask for the second factor, or have both set."""
    form = await _read_entrance(request)
    back, control = form.text("next"), control_of(request)
    if not can_sign_in(control.issuer):
        return _entrance(request, back=back)
    opened = await attempted(
        control.sign_ins.with_password(form.text("name"), form.text("password"), source=source_of(request))
    )
    if isinstance(opened, Refused):
        return _entrance(request, back=back, form=form, refused=opened)
    step = "set-up" if opened.session.stage == Stage.SETTING_UP else "code"
    answer = redirect(with_query(f"{SIGN_IN}/{step}", next=back))
    give_cookie(answer, opened.cookie, issuer=control.issuer)
    return answer


@router.get(f"{SIGN_IN}/code")
async def show_code(request: Request, back: Next = "") -> Response:
    """Ask for the code of the device, or a recovery code."""
    await _begun(request, Stage.PASSWORD)
    return _code_page(request, back=back)


@router.post(f"{SIGN_IN}/code")
async def take_code(request: Request) -> Response:
    """Take the code and open the console."""
    begun = await _begun(request, Stage.PASSWORD)
    form, control = await _read_entrance(request), control_of(request)
    opened = await attempted(control.sign_ins.with_code(begun, form.text("code"), source=source_of(request)))
    if isinstance(opened, Refused):
        return _code_page(request, back=form.text("next"), refused=opened)
    back = form.text("next")
    unfinished = opened.session.stage == Stage.SETTING_UP
    answer = redirect(with_query(f"{SIGN_IN}/set-up", next=back) if unfinished else way_back(back))
    give_cookie(answer, opened.cookie, issuer=control.issuer)
    return answer


@router.get(f"{SIGN_IN}/set-up")
async def show_set_up(request: Request, back: Next = "") -> Response:
    """Have a password of his own and a device set by somebody who comes the first time."""
    begun = await _begun(request, Stage.SETTING_UP)
    return await _set_up_page(request, begun, back=back)


@router.post(f"{SIGN_IN}/set-up")
async def take_set_up(request: Request) -> Response:
    """Take password and device, show the recovery codes this once, and open the console."""
    begun = await _begun(request, Stage.SETTING_UP)
    form, control = await _read_entrance(request), control_of(request)
    account = await _account(request, begun)
    codes, onward = new_codes(), way_back(form.text("next"))
    done = await attempted(_set_up(request, account, begun, form, recovery=codes.digests))
    if isinstance(done, Refused):
        return await _set_up_page(request, begun, back=form.text("next"), form=form, refused=done)
    method = Method(begun.method or Method.TOTP)
    opened = await control.sign_ins.complete(begun.member, method=method, source=source_of(request))
    if account.totp_sealed is None:
        answer = render(request, "sign_in/recovery.html", codes=codes.clear, onward=onward, first_time=True)
    else:
        answer = redirect(onward)
    give_cookie(answer, opened.cookie, issuer=control.issuer)
    return answer


@router.post("/console/sign-out")
async def sign_out(request: Request, desk: Signed) -> Response:
    """End this session."""
    await desk.read_form(request)
    await desk.control.sign_ins.end(desk.session, source=source_of(request))
    answer = redirect(SIGN_IN)
    take_cookie(answer, issuer=desk.control.issuer)
    return answer


@router.get(PROVE)
async def show_prove(request: Request, desk: Signed, back: Next = "") -> Response:
    """Ask somebody who is signed in to prove again who he is."""
    return _prove_page(request, desk, back=back)


@router.post(PROVE)
async def take_prove(request: Request, desk: Signed) -> Response:
    """Take the proof and return to what needed it."""
    form = await desk.read_form(request)
    proof = desk.control.sign_ins.prove(
        desk.session, form.text("password"), form.text("code"), source=source_of(request)
    )
    refused = await attempted(proof)
    if refused is not None:
        return _prove_page(request, desk, back=form.text("next"), refused=refused)
    return redirect(way_back(form.text("next")))


# --- pages -----------------------------------------------------------------------------------------------------------


def _entrance(request: Request, *, back: str, form: Form | None = None, refused: Refused = NOTHING_REFUSED) -> Response:
    control = control_of(request)
    kept = request.cookies.get(cookie_name(control.issuer), "")
    cookie = NewCookie(kept, "") if kept else new_cookie()
    answer = render(
        request,
        "sign_in/entrance.html",
        status=401 if refused is not NOTHING_REFUSED else 200,
        csrf=form_token(cookie.clear),
        back=back if is_page_address(back) else "",
        form=form or Form(),
        refused=refused,
        secure=can_sign_in(control.issuer),
        sso=with_query(f"{SIGN_IN}/sso", next=back) if control.sso is not None else "",
    )
    if not kept:
        # Nothing stands behind it: it only ties the form to the browser that was given it (no login from elsewhere).
        give_cookie(answer, cookie, issuer=control.issuer)
    return answer


def _code_page(request: Request, *, back: str, refused: Refused = NOTHING_REFUSED) -> Response:
    status = 401 if refused is not NOTHING_REFUSED else 200
    return render(request, "sign_in/code.html", status=status, **_common(request, back), refused=refused)


async def _set_up_page(
    request: Request,
    begun: ConsoleSession,
    *,
    back: str,
    form: Form | None = None,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    account = await _account(request, begun)
    needs_device = account.totp_sealed is None
    secret = await pending_secret(control_of(request), begun) if needs_device else ""
    return render(
        request,
        "sign_in/set_up.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        **_common(request, back),
        **(device_page_values(begun.member.code, secret) if needs_device else {}),
        needs_device=needs_device,
        needs_password=account.password_initial,
        member=begun.member,
        form=form or Form(),
        refused=refused,
    )


def _prove_page(request: Request, desk: Signed, *, back: str, refused: Refused = NOTHING_REFUSED) -> Response:
    return render(
        request,
        "sign_in/prove.html",
        status=401 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        back=back if is_page_address(back) else "",
        sso=with_query(f"{PROVE}/sso", next=back) if is_by_sso(desk.session) else "",
        refused=refused,
    )


def _common(request: Request, back: str) -> Mapping[str, object]:
    cookie = request.cookies.get(cookie_name(control_of(request).issuer), "")
    return {"csrf": form_token(cookie), "back": back if is_page_address(back) else ""}


# --- steps -----------------------------------------------------------------------------------------------------------


async def _read_entrance(request: Request) -> Form:
    """Return what was typed by somebody not signed in, on a page that this browser was given. Raises PageForeign."""
    control = control_of(request)
    must_be_ours(request, issuer=control.issuer)
    form = await read_fields(request)
    cookie = request.cookies.get(cookie_name(control.issuer), "")
    if not cookie or not is_form_token(cookie, form.text(CSRF_FIELD)):
        raise PageForeign
    return form


async def _begun(request: Request, stage: Stage) -> ConsoleSession:
    """Return the session that has come to this stage. Raises SignInNeeded."""
    found = await session_of(request)
    if found is None or found.stage != stage:
        raise SignInNeeded
    return found


async def _account(request: Request, begun: ConsoleSession) -> Account:
    async with control_of(request).database.reading() as session:
        return await accounts.show_account(session, begun.member.code)


async def _set_up(
    request: Request, account: Account, begun: ConsoleSession, form: Form, *, recovery: tuple[str, ...]
) -> Change:
    """Set what is still to be set, in one change. Raises ContentInvalid with a fault at each field."""
    control = control_of(request)
    visit = Visit(control, begun.member, source=source_of(request), method="password")
    faults: list[Fault] = []
    step, hashed, sealed = 0, "", None
    try:
        if account.totp_sealed is None:
            secret = await pending_secret(control, begun)
            step = confirmed_step(secret, form.text("code"), now=visit.actor.at)
            sealed = control.sign_ins.seal_device(begun.member.code, secret)
    except ContentInvalid as error:
        faults += error.faults
    try:
        if account.password_initial:
            hashed = await _own_password(control, account, form)
    except ContentInvalid as error:
        faults += error.faults
    if faults:
        raise ContentInvalid(faults)

    async def work(session: AsyncSession) -> Change:
        return await accounts.set_up(
            session, begun.member.code, password_hash=hashed, sealed=sealed, recovery=recovery, step=step
        )

    return await visit.change("set-up", work)


async def _own_password(control: Control, account: Account, form: Form) -> str:
    """Return the hash of a new password that is not the one that somebody else knows. Raises ContentInvalid."""
    chosen = new_password(form, account.member)
    if await control.sign_ins.is_password(account, chosen):
        raise ContentInvalid([Fault("new_password", "phải khác mật khẩu ban đầu", "must differ from the initial one")])
    return await control.sign_ins.hash(chosen)


def way_back(back: str) -> str:
    """Return where somebody goes on: the page that he came for where it is ours, else the start page."""
    return back if is_page_address(back) else START
