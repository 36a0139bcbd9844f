"""Does a data owner who has never seen the platform share an Excel file, and another agency use it, by clicks alone?

Two people in two browsers, from signing in to the answer of the first call. Nothing is set up for them but the office.
Their browsers run no script: every page that the two write on works without.
"""

import datetime
import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
from browsers import Person, open_chromium, open_context
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM
from playwright.sync_api import Browser, Locator, Page, expect
from visitors import PASSWORD, Office
from walk import sign_in

from security.staff import Role

HEADINGS = ("Số đăng ký", "Chủ sở hữu", "Số định danh", "Dân tộc", "Ngày cấp", "Công suất (CV)")
WANTED = ("Số đăng ký", "Ngày cấp", "Công suất (CV)")
LEFT_OUT = "Dân tộc"
TITLE = "Tàu cá đã đăng ký"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pytestmark = pytest.mark.xdist_group("workplace")


def workbook() -> bytes:
    """The file as a department keeps it: a title above the headings, three boats."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Danh sách tàu cá tháng 11"])
    sheet.append(list(HEADINGS))
    for number, name in enumerate(("Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Cường"), start=1):
        day = datetime.date(2020, 1, number)
        sheet.append([f"KH-9000{number}-TS", name, f"05609900000{number}", "Kinh", day, 90 + number])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


def arrive(browser: Browser, office: Office, role: Role, agency: str) -> Person:
    """Return somebody new, in a browser of his own, who has just signed in and looks at the catalogue."""
    clerk = office.new_clerk(role, agency)
    person = open_context(browser, office.gateway.url, script=False)
    sign_in(person, clerk.code, PASSWORD, clerk.secret)
    person.go("/catalogue")
    return person


def main_of(page: Page) -> Locator:
    return page.get_by_role("main")


def press(page: Page, name: str) -> None:
    """Press the button of this name and wait for the page that follows."""
    with page.expect_navigation():
        main_of(page).get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        main_of(page).get_by_role("link", name=name, exact=True).first.click()


def register_database(page: Page) -> None:
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Cơ sở dữ liệu").click()
    follow(page, "Đăng ký cơ sở dữ liệu")
    page.get_by_label("Tên cơ sở dữ liệu").fill("Tàu cá")
    page.get_by_label("Lĩnh vực").fill("Thủy sản")
    page.get_by_label("Căn cứ pháp lý").fill("Quyết định 12/QĐ-SNNMT")
    press(page, "Đăng ký")


def publish_file(page: Page) -> None:
    follow(page, "Công bố dịch vụ")
    follow(page, "Tệp dữ liệu")
    page.get_by_label("Tên dịch vụ").fill(TITLE)
    page.get_by_label("Tệp dữ liệu").set_input_files({"name": "Tàu cá.xlsx", "mimeType": XLSX, "buffer": workbook()})
    press(page, "Xem trước")
    expect(main_of(page)).to_contain_text("nguồn gốc dân tộc")
    page.get_by_label("Giữ trường DanToc").uncheck()
    press(page, "Lưu và gọi thử")
    press(page, "Gọi thử")
    expect(main_of(page)).to_contain_text("Nơi cung cấp đã trả lời đúng mô tả. 3 dòng")
    follow(page, "Tiếp: công bố")
    press(page, "Công bố")


def ask_for_three_fields(page: Page) -> str:
    """Ask for an agreement from the public catalogue on, and return its code."""
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Thỏa thuận").click()
    follow(page, "Đề nghị thỏa thuận mới")
    page.get_by_label("Tìm dịch vụ").fill("tau ca da dang ky")
    press(page, "Tìm")
    follow(page, TITLE)
    press(page, "Bắt đầu")
    code = page.get_by_label("Mã thỏa thuận").input_value()
    page.get_by_label(re.compile(rf"\({SYSTEM}\)")).check()
    press(page, "Lưu và tiếp tục")
    page.get_by_label(f"{TITLE}: Danh sách: {TITLE}").check()
    press(page, "Lưu và tiếp tục")
    for title in HEADINGS:
        if title != LEFT_OUT:
            main_of(page).get_by_role("checkbox", name=title, exact=True).set_checked(title in WANTED)
    press(page, "Lưu và tiếp tục")
    main_of(page).get_by_role("checkbox", name="Giải quyết TTHC").check()
    page.get_by_label("Số, tên văn bản 1").fill("Nghị định 194/2025/NĐ-CP")
    press(page, "Lưu và tiếp tục")
    press(page, "Lưu và tiếp tục")
    press(page, "Lưu và tiếp tục")
    press(page, "Gửi")
    return code


def approve(page: Page, code: str) -> None:
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Thỏa thuận").click()
    follow(page, code)
    follow(page, "Duyệt…")
    press(page, "Duyệt")
    press(page, "Cho có hiệu lực")


def call(page: Page) -> None:
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Thử gọi").click()
    if page.get_by_label("Gọi như hệ thống").count():
        page.get_by_label("Gọi như hệ thống").select_option(SYSTEM)
        press(page, "Xem")
    follow(page, f"Danh sách: {TITLE}")
    page.get_by_label(re.compile("Gọi thật")).check()
    press(page, "Gọi")


def test_from_an_excel_file_to_the_first_call_by_clicks_alone(browser: Browser, workplace: Office) -> None:
    owner = arrive(browser, workplace, Role.DATA_OWNER, PROVIDER_AGENCY)
    officer = arrive(browser, workplace, Role.AGENCY_OFFICER, CONSUMER_AGENCY)

    register_database(owner.page)
    publish_file(owner.page)
    code = ask_for_three_fields(officer.page)
    approve(owner.page, code)
    call(officer.page)

    answer = officer.page.get_by_label("Câu trả lời", exact=True)
    expect(answer).to_contain_text("KH-90001-TS")
    expect(answer).to_contain_text("2020-01-03")
    expect(answer).not_to_contain_text("Nguyễn Văn An")
    expect(answer).not_to_contain_text("056099000001")
    assert (owner.foreign, officer.foreign) == ([], [])
