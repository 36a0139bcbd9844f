"""How does a test look at a page as people do: in a real Chromium, on the screens that communes have?"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.cookiejar import Cookie
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves the machine
)


class NoChromium(RuntimeError):
    """There is no Chromium on this machine; the text says how to get one."""


def chromium_path() -> str:
    """Return where Chromium is. Raises NoChromium."""
    for name in (os.environ.get("LIENTHONG_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NoChromium("the pages are tested in Chromium: sudo apt-get install chromium (or set LIENTHONG_TEST_CHROMIUM)")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Yield a browser. While it is open no event loop can run in this thread: keep it to one module of plain tests."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


def open_context(browser: Browser, base_url: str, *, screen: dict[str, int] = DESK, script: bool = True) -> "Person":
    """Return a person with a browser of his own, who knows nobody's cookies."""
    context = browser.new_context(
        base_url=base_url, viewport=screen, java_script_enabled=script, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
    )
    context.set_default_timeout(20_000)
    return Person(context, base_url)


class Person:
    """Somebody in front of a browser. `foreign` holds the addresses that a page wanted from another host."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.context = context
        self.base_url = base_url
        self.foreign: list[str] = []
        self.errors: list[str] = []
        # Not by a route, which asks us about each request, and has the browser forget style sheets from page to page.
        context.on("request", self._note_foreign)
        self.page: Page = context.new_page()
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str) -> Page:
        """Open an address of the platform."""
        self.page.goto(path)
        return self.page

    def enter(self, cookies: Iterable[Cookie]) -> None:
        """Take somebody's cookies: he has signed in already."""
        self.context.add_cookies(
            [{"name": one.name, "value": one.value or "", "url": self.base_url} for one in cookies]
        )

    def _note_foreign(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.base_url).netloc:
            self.foreign.append(request.url)
