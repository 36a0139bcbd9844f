"""Does an agreement go its whole way in two browsers: asked for, decided, called under, suspended, and then refused?

Two people in real Chromium, one of each agency, and the consumer's system with a real token at the gateway between
their clicks. Without script the same way is walked in `test_agreements.py`.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from http.cookiejar import Cookie

import pytest
from browsers import Person, open_chromium, open_context
from conftest import in_a_thread, migrate
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM, GatewayProcess, RestProvider, ask, settle_province
from playwright.sync_api import Browser, Locator, Page
from visitors import Clerk, Office, settle_clerks

from security.staff import Role

CODE = "TT-DUONG-DI"


@pytest.fixture(scope="module")
def provider() -> Iterator[RestProvider]:
    server = RestProvider()
    yield server
    server.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, provider: RestProvider) -> Iterator[Office]:
    """An office whose provider answers."""
    directory = tmp_path_factory.mktemp("agreement-office")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    clerks = [
        Clerk("chu-quan", Role.DATA_OWNER, PROVIDER_AGENCY),
        Clerk("dau-moi", Role.AGENCY_OFFICER, CONSUMER_AGENCY),
    ]

    async def settle() -> None:
        await settle_province(url, provider.url)
        await settle_clerks(url, directory / "keys", clerks)

    in_a_thread(lambda: asyncio.run(settle()))
    process = GatewayProcess(directory, url)
    process.start()
    yield Office(process, {one.code: one for one in clerks})
    process.stop()


@pytest.fixture(scope="module")
def jars(office: Office) -> dict[str, list[Cookie]]:
    """The cookies of both people who have signed in; laid down before the browser takes the thread."""
    return {code: list(office.visitor(code).cookies.jar) for code in ("dau-moi", "chu-quan")}


@pytest.fixture(scope="module")
def browser(jars: dict[str, list[Cookie]]) -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


def sit_down(browser: Browser, office: Office, jar: list[Cookie]) -> Person:
    """Return somebody with a browser of his own who is signed in."""
    person = open_context(browser, office.gateway.url)
    person.enter(jar)
    return person


def follow(page: Page, what: Locator) -> None:
    """Click what leads to another page, and wait until it is there."""
    with page.expect_navigation():
        what.click()


def go_on(page: Page) -> None:
    follow(page, page.get_by_role("button", name="Lưu và tiếp tục"))


def ask_for_agreement(page: Page) -> None:
    """Walk through the seven steps, from the service's page in the catalogue."""
    page.goto("/catalogue/datdai/thua-dat/v1")
    page.get_by_role("link", name="Đề nghị khai thác").first.click()
    follow(page, page.get_by_role("button", name="Bắt đầu"))
    page.get_by_label(re.compile("^Mã thỏa thuận")).fill(CODE)
    page.get_by_label(f"({SYSTEM})").check()
    go_on(page)
    page.get_by_label("Thửa đất: Một thửa đất").check()
    go_on(page)
    for title in ("ChuSoHuu.HoVaTen", "ChuSoHuu.SoDinhDanh", "ChuSoHuu.DienThoai"):
        page.get_by_label(title, exact=True).uncheck()
    go_on(page)
    page.get_by_label("Giải quyết TTHC").check()
    page.get_by_label("Số, tên văn bản 1").fill("278/2025/NĐ-CP")
    go_on(page)
    go_on(page)
    go_on(page)
    follow(page, page.locator("main").get_by_role("button", name="Gửi", exact=True))


def when_heard_of(call: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Return the answer once the gateway has read of the activation, as it does at its next look (half a second)."""
    deadline = time.monotonic() + 20
    while (answer := call())[0] == 403 and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def test_from_the_request_to_the_refused_call(
    office: Office, provider: RestProvider, browser: Browser, jars: dict[str, list[Cookie]]
) -> None:
    officer, owner = (sit_down(browser, office, jars[code]) for code in ("dau-moi", "chu-quan"))

    def call() -> tuple[int, str]:
        answer = ask(office.gateway, "/x/datdai/thua-dat/v1/thua-dat/CD1", agreement=CODE, purpose="giai-quyet-tthc")
        return answer.status_code, answer.text

    ask_for_agreement(officer.page)
    assert "Đã gửi đề nghị" in officer.page.inner_text("main")
    before = call()

    owner.go("/console/agreements?waiting=1")
    follow(owner.page, owner.page.get_by_role("link", name=CODE))
    follow(owner.page, owner.page.get_by_role("link", name="Duyệt…"))
    follow(owner.page, owner.page.get_by_role("button", name="Duyệt", exact=True))
    follow(owner.page, owner.page.get_by_role("button", name="Cho có hiệu lực"))
    in_force = when_heard_of(call)

    officer.go(f"/console/agreements/{CODE}")
    follow(officer.page, officer.page.get_by_role("link", name="Tạm dừng…"))
    officer.page.get_by_label(re.compile("^Lý do tạm dừng")).fill("Rà soát an toàn thông tin")
    follow(officer.page, officer.page.get_by_role("button", name="Tạm dừng", exact=True))
    asked = len(provider.calls)
    suspended = call()
    owner.go(f"/console/agreements/{CODE}")

    assert before[0] == 403
    assert in_force[0] == 200
    assert "DienTich" in in_force[1]
    assert "HoVaTen" not in in_force[1]
    assert (suspended[0], "agreement-suspended" in suspended[1]) == (403, True)
    assert len(provider.calls) == asked
    assert "Rà soát an toàn thông tin" in owner.page.inner_text("main")
    assert (officer.foreign, officer.errors, owner.foreign, owner.errors) == ([], [], [], [])
