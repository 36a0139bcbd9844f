"""What is wrong with any page that somebody can reach by clicking?

Starts where a person starts and follows every link to a page of another kind than those seen, looks at each on both
screens, and says what is wrong: something wider than the screen, a word of the code, a violation of WCAG 2.2 levels
A and AA, what needs script, a request to another host, an error in the browser. As a program it walks through a
running platform and keeps a picture of every page:

    python tests/walk.py http://127.0.0.1:8000 FOLDER [NAME PASSWORD SECRET]
"""

import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from browsers import DESK, PHONE, Person, open_chromium, open_context
from playwright.sync_api import Error, Page, Response

from security.second_factor import step_at, totp_code

AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# Words of the code and of templates: none of them is ever said to a person outside <code>.
WORDS_OF_CODE = re.compile(
    r"\b(?:None|undefined|NaN|null|Traceback|TODO|lorem ipsum|on-request|platform-admin|data-owner|agency-officer"
    r"|StrEnum|Words|Markup)\b|\{\{|\}\}|\{%|<\w+ object at"
)
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SAID = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("code, pre, script, textarea, [translate=no]").forEach((one) => one.remove());
  document.body.append(copy); const said = copy.innerText; copy.remove(); return said;
}"""
_HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"
# What nobody could do with script switched off: a button outside of a form (a copying one appears by script alone), a
# form that goes nowhere, a link that does, a handler written into the page.
_NEEDS_SCRIPT = """() => [...document.querySelectorAll(
    "button:not(form button):not([form]):not([data-copy]), form:not([action]):not([method]), form[method=dialog], "
    + "a[href^='javascript:'], a[href='#'], [onclick], [onchange], [onsubmit], [onload], script:not([src])")]
  .map((one) => one.outerHTML.slice(0, 160))"""
_LEFT_ALONE = re.compile(r"^/console/(?:language|sign-out|static|reports/pack)|[?&]format=(?:csv|xlsx|json)\b")


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that was looked at, and what is wrong with it."""

    address: str
    kind: str
    faults: Sequence[str]


@dataclass(slots=True)
class Walk:
    """A walk of one person after the other; `kinds` are the kinds of pages that somebody has seen.

    Where `for_each`, every person's links to pages that others have looked at are tried too.
    """

    kind_of: Callable[[str], str]
    pictures: Path | None = None
    most: int = 150
    for_each: bool = False
    kinds: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)

    def go(self, person: Person, start: str, *, name: str) -> None:
        """Look at every page of a kind not seen before that the person can reach from `start`."""
        waiting, known, opened = deque([start]), {start: start}, set[str]()
        while waiting and len(self.seen) < self.most:
            address = waiting.popleft()
            kind = self.kind_of(address)
            if kind in self.kinds and address != start:
                continue
            answer = _open(person.page, address)
            if answer is None or not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            self.kinds.add(kind)
            opened.add(kind)
            self.seen.append(Seen(address, kind, self.look(person, answer.status, f"{name}-{len(self.seen):03d}")))
            for found in self._links(person.page):
                if found not in known:
                    known[found] = address
                    waiting.append(found)
        if self.for_each:
            self._try_others(person, known, opened)

    def _try_others(self, person: Person, known: dict[str, str], opened: set[str]) -> None:
        """Ask for a page of each kind that somebody else has looked at: no link may lead this person to a refusal."""
        waiting = deque(known)
        while waiting:
            address = waiting.popleft()
            kind = self.kind_of(address)
            if kind in opened:
                continue
            opened.add(kind)
            answer = person.page.request.get(address, headers={"accept": "text/html"})
            if answer.status >= 400:
                fault = f"links to {address}, which answers {answer.status}"
                self.seen.append(Seen(known[address], self.kind_of(known[address]), [fault]))
            elif answer.headers.get("content-type", "").startswith("text/html"):
                for found in _ours(answer.url, map(unescape, _HREF.findall(answer.text()))):
                    if found not in known:
                        known[found] = address
                        waiting.append(found)

    def look(self, person: Person, status: int, picture: str) -> list[str]:
        """Return what is wrong with the page that stands before the person, on both screens."""
        page, faults = person.page, [] if status < 400 else [f"answers {status}"]
        for screen, size in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(size)
            wide = page.evaluate(_TOO_WIDE)
            if wide > 0:
                faults.append(f"{wide} pixels too wide on the {screen}")
            if self.pictures is not None:
                page.screenshot(path=self.pictures / f"{picture}-{screen}.png", full_page=True)
        page.set_viewport_size(DESK)
        faults += [f"says {word!r}" for word in sorted(set(WORDS_OF_CODE.findall(page.evaluate(_SAID))))]
        if page.locator("h1").count() != 1:
            faults.append(f"has {page.locator('h1').count()} headings of the first level")
        faults += [f"needs script: {one}" for one in page.evaluate(_NEEDS_SCRIPT)]
        for one in Axe().run(page, options=AXE).response["violations"]:
            faults.append(f"axe {one['id']}: {one['nodes'][0]['html'][:160]}")
        faults += [f"asks another host: {one}" for one in person.foreign]
        faults += [f"the browser says: {one}" for one in person.errors]
        person.foreign.clear()
        person.errors.clear()
        return faults

    def _links(self, page: Page) -> list[str]:
        return _ours(page.url, page.evaluate(_LINKS))


def _ours(shown_on: str, links: Iterable[str]) -> list[str]:
    """Return where links to pages of ours lead, without what is no page to look at."""
    base, found = urlsplit(shown_on), []
    for link in links:
        parts = urlsplit(urljoin(shown_on, link))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        ours = parts.netloc == base.netloc and parts.path.startswith(
            ("/console", "/catalogue", "/problems", "/explain", "/log/receipt", "/citizen")
        )
        if ours and not _LEFT_ALONE.search(path):
            found.append(path)
    return found


def _open(page: Page, address: str) -> Response | None:
    """Return the answer of a page, None for a file that the browser keeps instead of showing it."""
    try:
        return page.goto(address)
    except Error as error:
        if "Download is starting" in str(error):
            return None
        raise


def kind_by_shape(address: str) -> str:
    """Return the kind of a page where the routes are not at hand: its path, with what looks like a code replaced."""
    parts = urlsplit(address)
    steps = [
        "*" if re.search(r"[\dA-Z]", step) or number > 2 else step for number, step in enumerate(parts.path.split("/"))
    ]
    return "/".join(steps) + "?" + ",".join(sorted(one.split("=")[0] for one in parts.query.split("&") if one))


def main() -> int:
    """Walk through the platform at the given address; return how many pages have faults."""
    base, folder, *credentials = sys.argv[1:]
    pictures = Path(folder)
    pictures.mkdir(parents=True, exist_ok=True)
    walk = Walk(kind_by_shape, pictures)
    with open_chromium() as browser:
        person = open_context(browser, base)
        if credentials:
            sign_in(person, *credentials)
        walk.go(person, "/console" if credentials else "/catalogue", name=credentials[0] if credentials else "public")
    for one in walk.seen:
        print(one.address, one.faults or "")
    return sum(bool(one.faults) for one in walk.seen)


def sign_in(person: Person, name: str, password: str, secret: str) -> None:
    """Sign in as a person does, with the code of the second factor."""
    page = person.go("/console/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.locator("[name=code]").fill(totp_code(secret, step_at(datetime.now(UTC))))
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile(r"/console/?$"))


if __name__ == "__main__":
    sys.exit(main())
