"""Does an officer come from the menu to an answer, a refusal and its reason by clicks, in a real Chromium?"""

from collections.abc import Iterator

import pytest
from browsers import Person, open_chromium, open_context
from gateways import AGREEMENT, SYSTEM
from playwright.sync_api import Browser, Locator, Page
from visitors import Office
from walk import Walk, kind_by_shape

GET = f"/console/try?system={SYSTEM}&agreement={AGREEMENT}&operation=datdai/thua-dat/v1/get"
CREATE = f"/console/try?system={SYSTEM}&agreement={AGREEMENT}&operation=datdai/thua-dat/v1/create"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


def officer(office: Office, browser: Browser, cookies: list[object], *, script: bool = True) -> Person:
    person = open_context(browser, office.gateway.url, script=script)
    person.enter(cookies)  # type: ignore[arg-type] # a jar of cookies
    return person


@pytest.fixture(scope="module")
def jar(office: Office) -> list[object]:
    """The cookies of an officer who has signed in; laid down before the browser takes the thread."""
    return list(office.visitor("dau-moi").cookies.jar)


def follow(page: Page, what: Locator) -> None:
    """Click what leads to another page, and wait until it is there."""
    with page.expect_navigation():
        what.click()


def faults(person: Person) -> list[str]:
    return Walk(kind_by_shape).look(person, 200, "calls")


def test_from_the_menu_to_an_answer_its_record_and_back(office: Office, jar: list[object], browser: Browser) -> None:
    person = officer(office, browser, jar)
    page = person.go("/console/account")
    follow(page, page.get_by_role("link", name="Thử gọi"))
    found = faults(person)
    follow(page, page.get_by_role("link", name="Một thửa đất", exact=True))
    found += faults(person)
    page.get_by_role("textbox", name="SoGCN").fill("CD1")
    follow(page, page.get_by_role("button", name="Gọi", exact=True))
    found += faults(person)

    assert "Người mẫu" in page.get_by_label("Câu trả lời", exact=True).inner_text()
    follow(page, page.locator("a[href^='/console/record/01']"))
    found += faults(person)
    assert "Thử trong hộp cát" in page.inner_text("main") or "Hộp cát" in page.inner_text("main")
    assert found == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_refused_try_leads_to_the_link_that_broke(
    office: Office, jar: list[object], browser: Browser, script: bool
) -> None:
    person = officer(office, browser, jar, script=script)
    page = person.go(GET)
    page.get_by_role("textbox", name="SoGCN").fill("sai")
    follow(page, page.get_by_role("button", name="Gọi", exact=True))
    found = faults(person) if script else []
    shown = page.get_by_role("textbox", name="SoGCN").input_value()
    follow(page, page.get_by_role("link", name="Vì sao bị từ chối? Xem từng mắt xích"))
    found += faults(person) if script else []

    assert shown == "sai"
    assert "Nội dung yêu cầu: không đạt" in page.inner_text("main")
    assert found == []


def test_what_changes_something_is_confirmed_on_a_page_of_its_own(
    office: Office, jar: list[object], browser: Browser
) -> None:
    person = officer(office, browser, jar)
    page = person.go(CREATE)
    page.get_by_label("Gọi thật").check()
    page.get_by_label("DienTich").fill("12.5")
    follow(page, page.get_by_role("button", name="Gọi", exact=True))
    found = faults(person)
    follow(page, page.get_by_role("button", name="Gọi thật"))

    assert "502 Bị từ chối" in page.inner_text("main")
    assert found == []


def test_a_pasted_token_and_a_supposed_call_are_judged(office: Office, jar: list[object], browser: Browser) -> None:
    person = officer(office, browser, jar)
    page = person.go("/console/why")
    found = faults(person)
    page.get_by_label("Dán JWT vào đây").fill("a.b.c")
    follow(page, page.get_by_role("button", name="Xét"))
    found += faults(person)
    assert "Đọc được (JWT ba phần): không đạt" in page.inner_text("main")

    page = person.go(GET)
    follow(page, page.get_by_role("link", name="Có gọi được không?"))
    found += faults(person)
    assert "Mọi mắt xích đều đạt." in page.inner_text("main")
    assert found == []


def test_the_record_is_searched_and_one_exchange_opened(office: Office, jar: list[object], browser: Browser) -> None:
    person = officer(office, browser, jar)
    page = person.go("/console/record?happened=all")
    found = faults(person)
    person.go("/console/record?agreement=khong-co")
    found += faults(person)

    assert "Mở rộng khoảng thời gian" in page.inner_text("main")
    assert found == []
