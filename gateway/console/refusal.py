"""How does a refusal look to somebody in front of a browser: sent to where it can be mended, or told on a page?"""

from urllib.parse import urlsplit

from fastapi import Request, Response

from gateway.console.desk import Desk
from gateway.console.frame import is_page_address, language_of, redirect, render, with_query
from gateway.console.words import Words
from gateway.errors import SignInNeeded, StepUpNeeded
from gateway.problems import Problem

SIGN_IN, PROVE = "/console/sign-in", "/console/prove"
_PAGES = ("/console", "/catalogue", "/problems", "/explain", "/citizen")


def wants_page(request: Request) -> bool:
    """Tell whether a browser asked for one of our pages, and not a program for a document."""
    path = request.url.path
    inside = path in _PAGES or path.startswith(tuple(f"{one}/" for one in _PAGES))
    return inside and "text/html" in request.headers.get("accept", "")


def way_on(request: Request, error: Exception) -> Response | None:
    """Return where a browser is sent to sign in, or to prove again who it is that asks; None for any other error."""
    if isinstance(error, SignInNeeded):
        return redirect(with_query(SIGN_IN, next=_came_for(request)))
    if isinstance(error, StepUpNeeded):
        return redirect(with_query(PROVE, next=_came_for(request)))
    return None


def refusal_page(request: Request, refusal: Problem, exchange_id: str) -> Response:
    """Return the page that says a refusal in the reader's language, in the frame that he knows."""
    kind, language = refusal.type, language_of(request)
    desk = getattr(request.state, "desk", None)
    return render(
        request,
        "told.html",
        status=refusal.status,
        desk=desk if isinstance(desk, Desk) else None,
        title=Words(kind.title_vi, kind.title_en).in_language(language),
        detail=Words(kind.detail_vi, kind.detail_en).in_language(language),
        next=Words(kind.next_vi, kind.next_en).in_language(language),
        facts=[Words(fault.vi, fault.en).in_language(language) for fault in refusal.faults],
        id=exchange_id,
    )


def _came_for(request: Request) -> str:
    """Return the page to come back to: the one asked for, or for a form the one on which it stood."""
    if request.method in ("GET", "HEAD"):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        parts = urlsplit(request.headers.get("referer", ""))
        here = parts.path + (f"?{parts.query}" if parts.query else "")
    return here if is_page_address(here) and not here.startswith((SIGN_IN, PROVE)) else ""
