"""Do those who look after the platform get from signing in to what they came for, in a browser and in Vietnamese?

Owners and officers have theirs in test_first_day.py and test_agreement_path.py.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from browsers import Person, open_chromium, open_context
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY
from playwright.sync_api import Browser, Page, expect
from visitors import PASSWORD, Office
from walk import sign_in

from security.second_factor import step_at, totp_code
from security.staff import Role

OWN_PASSWORD = "một câu chỉ mình tôi biết"
NEW_NAME = "moi-den-lam"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


def arrive(browser: Browser, office: Office, role: Role, agency: str) -> Page:
    """Return the first page of somebody new who has just signed in."""
    clerk = office.new_clerk(role, agency)
    person = open_context(browser, office.gateway.url)
    sign_in(person, clerk.code, PASSWORD, clerk.secret)
    return person.page


def open_menu(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name=name, exact=True).click()


def test_an_administrator_adds_somebody_who_then_signs_in_the_first_time(browser: Browser, office: Office) -> None:
    page = arrive(browser, office, Role.PLATFORM_ADMIN, PROVIDER_AGENCY)
    password = add_somebody(page)

    newcomer = open_context(browser, office.gateway.url)
    come_the_first_time(newcomer, password)

    expect(newcomer.page).to_have_url(re.compile("/console$"))
    expect(newcomer.page.get_by_role("banner")).to_contain_text("Người mới")
    page.goto("/console/staff?q=moi-den-lam")
    expect(page.get_by_role("main")).to_contain_text("Hoạt động")


def add_somebody(page: Page) -> str:
    """Add somebody, and return the initial password that is shown once."""
    open_menu(page, "Nhân sự")
    page.get_by_role("link", name="Thêm người").click()
    page.get_by_label("Tên đăng nhập").fill(NEW_NAME)
    page.get_by_label("Họ tên").fill("Người mới")
    page.get_by_label("Vai trò").select_option(label="Người theo dõi")
    page.get_by_label("Đơn vị").select_option(CONSUMER_AGENCY)
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mật khẩu ban đầu")
    return page.locator("main pre code").inner_text()


def come_the_first_time(person: Person, password: str) -> None:
    """Sign in with an initial password: set one of his own and a device, and keep the recovery codes."""
    page = person.go("/console")
    page.locator("[name=name]").fill(NEW_NAME)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Tiếp tục").click()
    secret = page.locator("code.key").inner_text().replace(" ", "")
    page.get_by_label("Mật khẩu mới", exact=False).first.fill(OWN_PASSWORD)
    page.get_by_label("Gõ lại mật khẩu mới").fill(OWN_PASSWORD)
    page.locator("[name=code]").fill(totp_code(secret, step_at(datetime.now(UTC))))
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("main")).to_contain_text("Mã dự phòng")
    page.locator("main .actions").get_by_role("link").first.click()


def test_an_observer_reads_a_report_and_takes_it_along(browser: Browser, office: Office) -> None:
    page = arrive(browser, office, Role.OBSERVER, CONSUMER_AGENCY)
    open_menu(page, "Báo cáo")
    page.get_by_role("link", name="Thỏa thuận", exact=True).last.click()

    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()

    assert coming.value.path().read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_auditor_comes_to_the_record(browser: Browser, office: Office) -> None:
    page = arrive(browser, office, Role.AUDITOR, CONSUMER_AGENCY)

    open_menu(page, "Nhật ký")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nhật ký")
    expect(page.get_by_role("main")).not_to_contain_text("Không có quyền")
