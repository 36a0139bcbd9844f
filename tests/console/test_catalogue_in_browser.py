"""Does anybody come from a word to a call that he can copy, in a real Chromium, with script and without?"""

from collections.abc import Iterator

import pytest
from browsers import Person, open_chromium, open_context
from playwright.sync_api import Browser, Locator, Page
from visitors import Office
from walk import Walk, kind_by_shape

START = "/catalogue"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


def follow(page: Page, what: Locator) -> None:
    """Click what leads to another page, and wait until it is there."""
    with page.expect_navigation():
        what.click()


def seek(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    follow(page, page.get_by_role("button", name="Tìm", exact=True))


def faults(person: Person) -> list[str]:
    return Walk(kind_by_shape).look(person, 200, "catalogue")


@pytest.mark.parametrize("script", [True, False])
def test_from_a_word_to_a_call_to_copy(office: Office, browser: Browser, script: bool) -> None:
    person = open_context(browser, office.gateway.url, script=script)
    page = person.go(START)

    seek(page, "dat dai")
    marked = page.locator("mark").all_inner_texts()
    follow(page, page.get_by_role("link", name="Đất đai", exact=True).first)
    follow(page, page.get_by_role("link", name="Thửa đất", exact=True))
    follow(page, page.locator("#op-create").get_by_role("link", name="Mã gọi mẫu"))
    page.get_by_text("Python 3").click()

    assert {"Đất", "đai"} <= set(marked)
    assert page.get_by_text("import urllib.request").is_visible()
    assert page.get_by_role("button", name="Sao chép").first.is_visible() is script


def test_a_facet_narrows_and_is_taken_back(office: Office, browser: Browser) -> None:
    page = open_context(browser, office.gateway.url).go(START)
    narrow = page.get_by_role("complementary", name="Thu hẹp")

    follow(page, narrow.get_by_role("link", name="Dịch vụ REST"))
    chosen = narrow.locator("[aria-current]").all_inner_texts()
    follow(page, page.get_by_role("link", name="Dịch vụ (1)"))
    follow(page, narrow.get_by_role("link", name="Bỏ tất cả điều kiện"))

    assert len(chosen) == 1
    assert narrow.locator("[aria-current]").count() == 0
    assert page.get_by_role("row").count() == 2


@pytest.mark.parametrize(
    "path",
    [
        "/catalogue?q=thua",
        "/catalogue/datdai",
        "/catalogue/datdai/fields",
        "/catalogue/datdai/thua-dat/v1",
        "/catalogue/datdai/thua-dat/v1/calls/create",
        "/problems",
        "/problems/token-missing",
    ],
)
def test_a_page_reads_well_on_both_screens_and_for_everybody(office: Office, browser: Browser, path: str) -> None:
    person = open_context(browser, office.gateway.url)
    person.go(path)

    assert faults(person) == []
