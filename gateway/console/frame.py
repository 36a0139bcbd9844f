"""How does a page come to be written, in the reader's language, with nothing in it that could run?

Templates escape everything and stop at an unknown name. Nothing on a page is inline and nothing comes from elsewhere,
so that the content security policy can be the strictest there is.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.console.menu import is_here, menu_of
from gateway.console.words import Language, Status, Words

LANGUAGE_COOKIE = "language"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Under `no-referrer` a browser says `Origin: null` of our own forms, which could then not be told from another's.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}
PROVINCE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_LOCALES = {Language.VI: "vi_VN", Language.EN: "en_GB"}
_ADDRESSES_OF_PAGES = ("/console", "/catalogue", "/problems", "/explain", "/citizen")


def language_of(request: Request) -> Language:
    """Return the language that the reader chose, or the browser asks for; Vietnamese comes first."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in (Language.VI, Language.EN):
        return Language(chosen)
    return Language.VI


def options_of(choices: Iterable[tuple[str, Words]], request: Request) -> list[tuple[str, str]]:
    """Return choices of a form in the reader's language; one without a word in English keeps the Vietnamese one."""
    language = language_of(request)
    return [(value, words.in_language(language) or words.vi) for value, words in choices]


def is_page_address(address: str) -> bool:
    """Tell whether this is a path to one of our pages: where somebody may be sent after signing in."""
    parts = urlsplit(address)
    inside = parts.path in _ADDRESSES_OF_PAGES or parts.path.startswith(tuple(f"{one}/" for one in _ADDRESSES_OF_PAGES))
    # A browser reads "\" as "/" and drops control characters.
    return inside and not parts.scheme and not parts.netloc and address.isprintable() and "\\" not in address


def redirect(to: str) -> Response:
    """Return the answer that sends a browser to a page after something was done (303)."""
    return RedirectResponse(to, status_code=303, headers={"cache-control": "no-store"})


def render(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """Return the page that `template` makes of `values`.

    Beside them a template has: `t` (both languages, or Words), `language`, `desk` (None: nobody is signed in), `path`
    (of this page), `here` (path with query), `parts` (templates/parts.html), and the filters of this module.
    """
    language = language_of(request)
    told = values if "desk" in values else {**values, "desk": None}
    text = (
        environment(language)
        .get_template(template)
        .render(
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            **told,
        )
    )
    return HTMLResponse(text, status_code=status, headers={**HEADERS, "content-language": language})


@lru_cache(maxsize=len(Language))
def environment(language: Language) -> Environment:
    """Return the templates with everything that they may use, in one language."""
    made = Environment(
        loader=PackageLoader("gateway.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speech = Speech(language)
    made.globals.update(
        t=speech.say,
        language=language,
        asset=asset_address,
        query=with_query,
        field_id=field_id,
        menu=menu_of,
        is_here=is_here,
    )
    made.filters.update(
        moment=speech.moment,
        day=speech.day,
        number=speech.number,
        percent=speech.percent,
        status=speech.status,
        words=speech.say,
        size=speech.size,
    )
    return made


class Speech:
    """Says things in one language: what templates call."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = _LOCALES[language]

    def say(self, vi: str | Words, en: str = "") -> str:
        """Return the text: `say("Đơn vị", "Agency")` or `say(words)`."""
        if isinstance(vi, Words):
            return vi.in_language(self.language)
        return vi if self.language is Language.VI else en

    def moment(self, at: datetime | None) -> Markup:
        """Return `dd/MM/yyyy HH:mm` in the province's time, with the exact instant for machines and on hover."""
        if at is None:
            return Markup('<span class="none">–</span>')
        exact = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        shown = at.astimezone(PROVINCE_ZONE).strftime("%d/%m/%Y %H:%M")
        return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, shown)

    def day(self, day: date | None) -> Markup:
        """Return `dd/MM/yyyy`."""
        if day is None:
            return Markup('<span class="none">–</span>')
        shown = format_date(day, "dd/MM/yyyy", locale=self._locale)
        return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), shown)

    def number(self, value: float | Decimal | None) -> str:
        """Return a number with the language's separators: 1.234,5."""
        return "–" if value is None else str(format_decimal(value, locale=self._locale))

    def percent(self, share: float | None) -> str:
        """Return a share of 1 as a percentage with one digit."""
        return "–" if share is None else str(format_percent(share, format="#,##0.0 %", locale=self._locale))

    def size(self, octets: int) -> str:
        """Return a size in kB, MB or GB."""
        if octets < 1_000_000:
            return f"{self.number(round(octets / 1000, 1))} kB"
        if octets < 1_000_000_000:
            return f"{self.number(round(octets / 1_000_000, 1))} MB"
        return f"{self.number(round(octets / 1_000_000_000, 1))} GB"

    def status(self, status: Status) -> Markup:
        """Return a state as a word in its colour."""
        return Markup('<span class="status {}">{}</span>').format(status.tone, self.say(status.words))


def with_query(path: str, **members: object) -> str:
    """Return the path with a query of those members that are not None and not empty."""
    told = {name: value for name, value in members.items() if value is not None and value != ""}
    return f"{path}?{urlencode(told, doseq=True)}" if told else path


def field_id(name: str) -> str:
    """Return the id under which the field of this name stands on a page: `grants[0].fields` is `f-grants-0-fields`."""
    return f"f-{re.sub(r'[^0-9A-Za-z]+', '-', name).strip('-')}"


@lru_cache(maxsize=64)
def asset_address(name: str) -> str:
    """Return the address of a file of ours, which changes when the file does, so that browsers may keep it."""
    digest = hashlib.sha256(files("gateway.console").joinpath("static", name).read_bytes()).hexdigest()[:12]
    return str(escape(f"/console/static/{digest}/{name}"))
