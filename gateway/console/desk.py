"""Who sits before the console, what may he do, and is this form really from him?

A page asks for `Signed` and gets the desk of somebody whose sign-in is complete, or nobody sees it. A form is read with
`Desk.read_form`, which takes it only from a page that this very session was given.
"""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from catalog import console_sessions
from catalog.console_sessions import ConsoleSession
from gateway.api.control import Control, Visit, control_of
from gateway.console.forms import CSRF_FIELD, MAX_FORM_BYTES, Form, must_be_ours, read_fields
from gateway.errors import PageForeign, SignInNeeded, StepUpNeeded
from gateway.notifications.outbox import count_unread
from security.sessions import (
    SEEN_EVERY,
    Method,
    NewCookie,
    Stage,
    cookie_digest,
    form_token,
    is_form_token,
    is_fresh,
)
from security.staff import PERMISSIONS, Permission, Role

_COOKIE = "lienthong"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Desk(Visit):
    """The visit of somebody who is signed in: one request, with his permissions, his session and its forms' token.

    `unread` is how many notifications wait for him.
    """

    def __init__(self, control: Control, session: ConsoleSession, cookie: str, *, source: str) -> None:
        super().__init__(control, session.member, source=source, method=session.method)
        self.session = session
        self.unread = 0
        self.csrf = form_token(cookie)
        self._cookie = cookie

    @property
    def now(self) -> datetime:
        """Return the aware UTC moment of this request."""
        return self.actor.at

    @property
    def role(self) -> Role:
        """Return what he is."""
        return Role(self.member.role)

    @property
    def control(self) -> Control:
        """Return what the pages work with."""
        return self._control

    def may_anywhere(self, permission: Permission) -> bool:
        """Tell whether the permission is his over anything at all."""
        return permission in PERMISSIONS[self.role]

    def require_recent_proof(self) -> None:
        """Raise StepUpNeeded unless he has proven who he is some minutes ago.

        A page calls it where it shows the form of what needs it, and again where it takes the form: nobody should type
        something that is then lost.
        """
        if not is_fresh(self.session.proven_at, now=self.now):
            raise StepUpNeeded

    async def read_form(self, request: Request, *, most_bytes: int = MAX_FORM_BYTES) -> Form:
        """Return what was typed on a page of this session.

        Raises PageForeign for a form of another site or session, RequestTooLarge, ContentInvalid.
        """
        must_be_ours(request, issuer=self._control.issuer)
        form = await read_fields(request, most_bytes=most_bytes)
        if not is_form_token(self._cookie, form.text(CSRF_FIELD)):
            raise PageForeign
        return form


async def visitor_of(request: Request) -> Desk | None:
    """Return the desk of whoever is signed in, None where nobody is: for pages that everybody may see."""
    control = control_of(request)
    cookie = request.cookies.get(cookie_name(control.issuer), "")
    found = await session_of(request)
    if found is None or found.stage != Stage.COMPLETE:
        return None
    desk = Desk(control, found, cookie, source=source_of(request))
    async with control.database.reading() as reading:
        desk.unread = await count_unread(reading, found.member.code)
    request.state.desk = desk  # a page of refusal has the same frame
    if desk.now - found.seen_at >= SEEN_EVERY:
        async with control.database.transaction() as session:
            await console_sessions.note_seen(session, found.digest, at=desk.now)
    return desk


async def desk_of(request: Request) -> Desk:
    """Return the desk of whoever is signed in. Raises SignInNeeded."""
    desk = await visitor_of(request)
    if desk is None:
        raise SignInNeeded
    return desk


Visitor = Annotated[Desk | None, Depends(visitor_of)]
Signed = Annotated[Desk, Depends(desk_of)]


async def session_of(request: Request) -> ConsoleSession | None:
    """Return the session that the request's cookie opens, whatever its stage, while it lasts."""
    control = control_of(request)
    cookie = request.cookies.get(cookie_name(control.issuer), "")
    return await control.sign_ins.current(cookie_digest(cookie)) if cookie else None


def give_cookie(answer: Response, cookie: NewCookie, *, issuer: str) -> None:
    """Let the browser keep a session's cookie until it is closed; how long it opens anything is ours to say."""
    answer.set_cookie(
        cookie_name(issuer), cookie.clear, path="/", secure=_is_https(issuer), httponly=True, samesite="lax"
    )


def take_cookie(answer: Response, *, issuer: str) -> None:
    """Let the browser forget its cookie."""
    answer.delete_cookie(cookie_name(issuer), path="/", secure=_is_https(issuer), httponly=True, samesite="lax")


def cookie_name(issuer: str) -> str:
    """Return what the cookie is called. `__Host-` binds it to this host and to https (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{_COOKIE}" if _is_https(issuer) else _COOKIE


def can_sign_in(issuer: str) -> bool:
    """Tell whether passwords may be typed here: over https, or on this very machine."""
    return _is_https(issuer) or urlsplit(issuer).hostname in _LOOPBACK


def source_of(request: Request) -> str:
    """Return the address that the request came from."""
    return request.client.host if request.client else ""


def is_by_sso(session: ConsoleSession) -> bool:
    """Tell whether the single sign-on, and not a password of ours, proved who this is."""
    return session.method == Method.OIDC


def _is_https(issuer: str) -> bool:
    return urlsplit(issuer).scheme == "https"
