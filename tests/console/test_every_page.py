"""Can every page that anybody reaches by clicking be read, on both screens, by everybody, and does it stay with us?

Whoever adds a page need not come here: the walk finds it. LIENTHONG_TEST_PICTURES=1 keeps pictures in .cache/pages.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import open_chromium, open_context
from starlette.routing import Match, Route
from visitors import Office
from walk import Seen, Walk

from gateway.console.routers import ROUTERS

PICTURES = Path(__file__).parent.parent.parent / ".cache" / "pages"
WALKERS = ("quan-tri", "chu-quan", "dau-moi", "thanh-tra", "quan-sat")
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]


def kind_of(address: str) -> str:
    """Return the route that answers an address: pages of one route are alike. Others are told apart by themselves."""
    path = urlsplit(address).path
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return next((route.path for route in ROUTES if route.matches(scope)[0] is Match.FULL), path)


@pytest.fixture(scope="module")
def walk(office: Office) -> Walk:
    """Everybody's walk, the public's first."""
    pictures = PICTURES if os.environ.get("LIENTHONG_TEST_PICTURES") else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    found = Walk(kind_of, pictures, for_each=True)
    with open_chromium() as browser:
        stranger = open_context(browser, office.gateway.url)
        found.go(stranger, "/catalogue", name="ai-cung-xem")
        found.go(stranger, "/console/sign-in", name="ai-cung-xem")
        for code in WALKERS:
            person = open_context(browser, office.gateway.url)
            person.enter(office.visitor(code).cookies.jar)
            found.go(person, "/console", name=code)
            person.context.close()
    return found


def test_nothing_is_wrong_with_any_page(walk: Walk) -> None:
    assert [describe(one) for one in walk.seen if one.faults] == []


def test_the_walk_met_every_kind_of_page(walk: Walk) -> None:
    seen = {one.kind for one in walk.seen}

    assert {route.path for route in ROUTES if is_plain_page(route)} - seen == set()


def is_plain_page(route: Route) -> bool:
    """Tell whether a page can be reached without anything having been done before: its path names nothing."""
    methods = route.methods or set()
    return "GET" in methods and "{" not in route.path and route.path != "/" and not route.path.startswith(NOT_WALKED)


# Steps of signing in, which need one begun, and files.
NOT_WALKED = (
    "/console/sign-in/",
    "/console/prove",
    "/console/static",
    "/console/record/manifest",
    "/console/language",
    "/console/reports/pack",
    "/citizen/sign",
)


@pytest.mark.parametrize("address", ["/console/none", "/catalogue/none"])
def test_a_page_that_is_not_there_says_so_to_a_person(office: Office, address: str) -> None:
    answer = office.visitor("quan-sat").go(address)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_the_faults_of_a_page_are_found() -> None:
    """The walk itself: a page with every fault that it looks for."""
    page = "<html lang=vi><body><h1>None</h1><h1>x</h1><img src=/a><div style='width:3000px'>platform-admin</div>"
    page += "<button>x</button>"
    with open_chromium() as browser:
        person = open_context(browser, "http://127.0.0.1:9")
        person.context.route("**/bad", lambda route: route.fulfill(body=page, content_type="text/html"))
        bad = Walk(lambda address: address)
        bad.go(person, "http://127.0.0.1:9/bad", name="x")

    found = " ".join(bad.seen[0].faults if bad.seen else ())
    for fault in (
        "pixels too wide on the phone",
        "'None'",
        "'platform-admin'",
        "2 headings",
        "axe image-alt",
        "needs script: <button>",
    ):
        assert fault in found


def describe(one: Seen) -> str:
    """Return a page and its faults in a line."""
    return f"{one.address}: {'; '.join(one.faults)}"
