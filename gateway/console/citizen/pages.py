"""How does a citizen sign in, see in plain words who has used his data, and leave again?

He signs in where the operator named (OpenID Connect) and nowhere here. His cookie is his own, not the staff's, and is
good for fifteen minutes; only that cookie opens what the database keeps of his session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response

from catalog import citizen_sessions
from catalog.sso_visits import SsoVisit, keep_visit, take_visit
from gateway.api.control import Control, control_of
from gateway.citizens.proving import CALLBACK, CitizenProof
from gateway.citizens.usage import Named, Result, Use
from gateway.citizens.view import Citizen, Looker, UsagePage
from gateway.console.desk import can_sign_in
from gateway.console.forms import CSRF_FIELD, NOTHING_REFUSED, Refused, must_be_ours, read_fields, refused
from gateway.console.frame import PROVINCE_ZONE, redirect, render, with_query
from gateway.console.listing import asked_of
from gateway.console.words import Language, Status, Tone, Words
from gateway.errors import CitizenUnproven, PageForeign, RequestInvalid
from gateway.exchangeids import EXCHANGE_ID
from gateway.sso import VISIT_LASTS
from security.citizens import LASTS, is_over, open_number, seal_number
from security.sessions import NewCookie, cookie_digest, form_token, is_form_token, new_cookie

router = APIRouter(prefix="/citizen", include_in_schema=False)
Returned = Annotated[str, Query(max_length=2_000)]
HERE = "/citizen"
_COOKIE = "lienthong-citizen"
_SHOWN = 50
RESULTS = {
    Result.ANSWERED: Status(Words("đã trả dữ liệu", "data was released"), Tone.GOOD),
    Result.REFUSED: Status(Words("bị từ chối, không trả dữ liệu", "refused, nothing was released"), Tone.QUIET),
    Result.UNKNOWN: Status(Words("chưa rõ kết quả", "outcome unknown"), Tone.WAITING),
}


@dataclass(frozen=True, slots=True)
class SignedCitizen:
    """A citizen who is signed in, until when, and the token of his forms."""

    citizen: Citizen
    cookie: str = field(repr=False)
    until: datetime
    csrf: str = field(repr=False)


@router.get("")
async def show_usage(request: Request) -> Response:
    """Show a citizen who has used his data, or how he signs in, or that he cannot here."""
    control = control_of(request)
    if _open_proof(control) is None:
        return render(request, "citizen/closed.html", contact=control.settings.citizen_complaints)
    signed = await _signed(request)
    if signed is None:
        return render(request, "citizen/entrance.html", contact=control.settings.citizen_complaints)
    asked = asked_of(request, sorts=(), filters=("since", "until", "before"))
    wrong: Refused = NOTHING_REFUSED
    page: UsagePage | None = None
    try:
        period = control.citizens.period(asked.filters.get("since", ""), asked.filters.get("until", ""))
    except RequestInvalid as error:
        wrong = refused(error)
    else:
        before = asked.filters.get("before", "")
        page = await control.citizens.look(
            signed.citizen,
            period,
            before=before if EXCHANGE_ID.match(before) else "",
            most=_SHOWN,
            looker=Looker(),
        )
    chosen = {name: asked.filters.get(name, "") for name in ("since", "until")}
    return render(
        request,
        "citizen/usage.html",
        status=200 if page is not None else 400,
        signed=signed,
        refused=wrong,
        page=page,
        days=[] if page is None else by_day(page.uses),
        results=RESULTS,
        chosen=chosen,
        is_first=not asked.filters.get("before"),
        older=with_query(HERE, **chosen, before=page.next) if page is not None and page.next else "",
        newest=with_query(HERE, **chosen),
        contact=control.settings.citizen_complaints,
        in_sentence=in_sentence,
        said_fields=said_fields,
    )


@router.get("/sign-in")
async def leave(request: Request) -> Response:
    """Send a citizen's browser to where he signs in."""
    control = control_of(request)
    proof = _open_proof(control)
    if proof is None or await _signed(request) is not None:
        return redirect(HERE)
    departure, cookie = await proof.begin(), new_cookie()
    visit = SsoVisit(
        state=_state_digest(departure.state),
        browser=cookie.digest,
        nonce=departure.nonce,
        verifier=departure.verifier,
        back="",
        staff="",
        created_at=control.clock(),
    )
    async with control.database.transaction() as session:
        await keep_visit(session, visit)
    answer = redirect(departure.address)
    _give(answer, cookie, issuer=control.issuer)
    return answer


@router.get(CALLBACK.removeprefix(HERE))
async def come_back(
    request: Request, state: Returned = "", code: Returned = "", iss: Returned = "", error: Returned = ""
) -> Response:
    """Take whom the issuer names, once and only into the browser that left. Raises PageForeign, CitizenUnproven."""
    control = control_of(request)
    proof = _open_proof(control)
    if proof is None:
        return redirect(HERE)
    async with control.database.transaction() as session:
        visit = await take_visit(session, _state_digest(state))
    browser = cookie_digest(_cookie_of(request))
    if visit is None or visit.browser != browser or control.clock() - visit.created_at >= VISIT_LASTS:
        raise PageForeign
    if error or not code or (iss and iss != proof.issuer):  # RFC 6749, 4.1.2.1; RFC 9207, 2.4
        raise CitizenUnproven("returned-error")
    number = await proof.finish(code, nonce=visit.nonce, verifier=visit.verifier)
    cookie = new_cookie()
    async with control.database.transaction() as session:
        sealed = seal_number(cookie.clear, number)
        await citizen_sessions.open_session(session, digest=cookie.digest, sealed=sealed, at=control.clock())
    answer = redirect(HERE)
    _give(answer, cookie, issuer=control.issuer)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session of him who sent this form. Raises PageForeign."""
    control, cookie = control_of(request), _cookie_of(request)
    must_be_ours(request, issuer=control.issuer)
    form = await read_fields(request)
    if not cookie or not is_form_token(cookie, form.text(CSRF_FIELD)):
        raise PageForeign
    async with control.database.transaction() as session:
        await citizen_sessions.end_session(session, cookie_digest(cookie))
    answer = redirect(HERE)
    answer.delete_cookie(
        _cookie_name(control.issuer), path="/", secure=_is_https(control.issuer), httponly=True, samesite="lax"
    )
    return answer


def by_day(uses: Sequence[Use]) -> list[tuple[date, list[Use]]]:
    """Return uses, the newest first, under the days of the province on which they were made."""
    days = groupby(uses, lambda use: use.at.astimezone(PROVINCE_ZONE).date())
    return [(day, list(found)) for day, found in days]


def in_sentence(text: str) -> str:
    """Return a title as it stands within a sentence: its first letter small, unless it begins an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def said_fields(fields: Sequence[Named], language: Language) -> str:
    """Return the names of fields in words, each name once."""
    named = (one.title_vi if language is Language.VI else one.title_en for one in fields)
    return ", ".join(dict.fromkeys(in_sentence(one) for one in named))


def _open_proof(control: Control) -> CitizenProof | None:
    """Return what proves citizens at this page, None where they cannot sign in here."""
    proof = control.citizens.proof
    return proof if proof is not None and proof.signs_in and can_sign_in(control.issuer) else None


async def _signed(request: Request) -> SignedCitizen | None:
    control, cookie = control_of(request), _cookie_of(request)
    if not cookie:
        return None
    async with control.database.reading() as session:
        found = await citizen_sessions.find_session(session, cookie_digest(cookie))
    if found is None or is_over(found[1], now=control.clock()):
        return None
    number = open_number(cookie, found[0])
    return None if number is None else SignedCitizen(Citizen(number), cookie, found[1] + LASTS, form_token(cookie))


def _state_digest(state: str) -> str:
    # Visits of the staff lie in the same table: what one begins, the other must not be able to finish.
    return cookie_digest(f"citizen\n{state}")


def _give(answer: Response, cookie: NewCookie, *, issuer: str) -> None:
    answer.set_cookie(
        _cookie_name(issuer), cookie.clear, path="/", secure=_is_https(issuer), httponly=True, samesite="lax"
    )


def _cookie_of(request: Request) -> str:
    return request.cookies.get(_cookie_name(control_of(request).issuer), "")


def _cookie_name(issuer: str) -> str:
    return f"__Host-{_COOKIE}" if _is_https(issuer) else _COOKIE


def _is_https(issuer: str) -> bool:
    return urlsplit(issuer).scheme == "https"
