"""How does somebody sign in, or prove again who he is, at the province's single sign-on?

He goes there by a link and comes back by a redirect. What comes back is taken once, only into the browser that left,
and only for somebody whom an administrator has entered: nobody gets an account by himself.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from catalog import accounts
from catalog.accounts import Account
from catalog.sso_visits import SsoVisit, keep_visit, take_visit
from gateway.api.control import Control, control_of
from gateway.console.desk import Signed, can_sign_in, cookie_name, give_cookie, session_of, source_of
from gateway.console.frame import is_page_address, redirect
from gateway.console.people.sign_in import Next, way_back
from gateway.console.refusal import PROVE, SIGN_IN
from gateway.errors import PageForeign, PathUnknown, SignInNeeded
from gateway.sso import CALLBACK, VISIT_LASTS, SingleSignOn
from security.errors import IdTokenRefused
from security.idtokens import Identity
from security.sessions import Method, cookie_digest

router = APIRouter(include_in_schema=False)
Returned = Annotated[str, Query(max_length=2_000)]


@router.get(f"{SIGN_IN}/sso")
async def leave_to_sign_in(request: Request, back: Next = "") -> Response:
    """Send the browser to the single sign-on."""
    control = control_of(request)
    return await _leave(request, control, _sso(control), back=back, staff="")


@router.get(f"{PROVE}/sso")
async def leave_to_prove(request: Request, desk: Signed, back: Next = "") -> Response:
    """Send the browser of somebody who is signed in to the single sign-on, to be asked there once more."""
    return await _leave(request, desk.control, _sso(desk.control), back=back, staff=desk.member.code)


@router.get(CALLBACK)
async def come_back(
    request: Request, state: Returned = "", code: Returned = "", iss: Returned = "", error: Returned = ""
) -> Response:
    """Take whom the single sign-on names, and open the console for him."""
    control = control_of(request)
    sso, source = _sso(control), source_of(request)
    visit = await _taken(request, control, state)
    if error or not code or (iss and iss != sso.issuer):  # RFC 6749, 4.1.2.1; RFC 9207, 2.4
        raise await control.sign_ins.refuse_sso(None, "returned-error", source=source)
    since = visit.created_at if visit.staff else None
    try:
        identity = await sso.finish(code, nonce=visit.nonce, verifier=visit.verifier, proven_since=since)
    except IdTokenRefused as refused:
        raise await control.sign_ins.refuse_sso(None, refused.reason, source=source) from refused
    account = await _account_of(control, identity)
    if account is None:
        raise await control.sign_ins.refuse_sso(None, "unknown-person", source=source)
    if visit.staff:
        return await _prove(request, control, visit, account)
    opened = await control.sign_ins.complete(account.member, method=Method.OIDC, source=source)
    answer = redirect(way_back(visit.back))
    give_cookie(answer, opened.cookie, issuer=control.issuer)
    return answer


async def _leave(request: Request, control: Control, sso: SingleSignOn, *, back: str, staff: str) -> Response:
    cookie = request.cookies.get(cookie_name(control.issuer), "")
    if not cookie or not can_sign_in(control.issuer):
        return redirect(SIGN_IN)  # that page gives the browser a cookie, to which the way back is tied
    departure = await sso.begin(prove_again=bool(staff))
    visit = SsoVisit(
        state=cookie_digest(departure.state),
        browser=cookie_digest(cookie),
        nonce=departure.nonce,
        verifier=departure.verifier,
        back=back if is_page_address(back) else "",
        staff=staff,
        created_at=control.clock(),
    )
    async with control.database.transaction() as session:
        await keep_visit(session, visit)
    return redirect(departure.address)


async def _taken(request: Request, control: Control, state: str) -> SsoVisit:
    """Return the visit that comes back, once, into the browser that left. Raises PageForeign."""
    async with control.database.transaction() as session:
        visit = await take_visit(session, cookie_digest(state))
    cookie = request.cookies.get(cookie_name(control.issuer), "")
    if visit is None or visit.browser != cookie_digest(cookie) or _is_over(visit, control.clock()):
        raise PageForeign
    return visit


def _is_over(visit: SsoVisit, now: datetime) -> bool:
    return now - visit.created_at >= VISIT_LASTS


async def _account_of(control: Control, identity: Identity) -> Account | None:
    async with control.database.reading() as session:
        return await accounts.account_by_identity(session, issuer=identity.issuer, subject=identity.subject)


async def _prove(request: Request, control: Control, visit: SsoVisit, account: Account) -> Response:
    """Note the proof when he who came back is he who left. Raises SignInNeeded, SignInRefused."""
    current = await session_of(request)
    if current is None:
        raise SignInNeeded
    if not visit.staff == account.member.code == current.member.code:
        raise await control.sign_ins.refuse_sso(current.member, "another-person", source=source_of(request))
    await control.sign_ins.proven(current, method=Method.OIDC, source=source_of(request))
    return redirect(way_back(visit.back))


def _sso(control: Control) -> SingleSignOn:
    if control.sso is None:
        raise PathUnknown
    return control.sso
