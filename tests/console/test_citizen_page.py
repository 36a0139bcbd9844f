"""Does a citizen see in plain words who used his data, only he, and only as long as he is signed in?"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import open_chromium, open_context
from citizens import ASKED_FOR, CLAIM, COMPLAINTS, OWNER, STRANGE_NAME, CitizenProvince, open_citizen_province
from gateways import NO_TLS
from playwright.sync_api import Browser, expect
from providers.single_sign_on import Claims
from visitors import Office, Visitor
from walk import AXE

pytestmark = pytest.mark.xdist_group("citizens")
COOKIE = "lienthong-citizen"


def with_claims(**members: object) -> Callable[[Claims], Claims]:
    """Return what changes the claims of a token; None leaves one out."""
    return lambda claims: {name: value for name, value in {**claims, **members}.items() if value is not None}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CitizenProvince]:
    with open_citizen_province(tmp_path_factory.mktemp("citizen-page")) as province:
        yield province


@pytest.fixture
def province(opened: CitizenProvince) -> Iterator[CitizenProvince]:
    """The province, whose issuer names the owner of the parcels."""
    opened.issuer.change = with_claims(**{CLAIM: OWNER})
    yield opened
    opened.issuer.change = lambda claims: claims


def leave(province: CitizenProvince, visitor: Visitor) -> str:
    """Go to sign in, and return the address to which the issuer sends the browser back."""
    away = visitor.go("/citizen/sign-in")
    assert away.status_code == 303, visitor.text
    with httpx2.Client(verify=NO_TLS, timeout=10) as client:
        back = urlsplit(client.get(away.headers["location"]).headers["location"])
    return f"{back.path}?{back.query}"


def signed_in(province: CitizenProvince, number: str = OWNER) -> Visitor:
    province.issuer.change = with_claims(**{CLAIM: number})
    visitor = Visitor(province.gateway.url)
    answer = visitor.go(leave(province, visitor))
    assert (answer.status_code, answer.headers["location"]) == (303, "/citizen"), visitor.text
    visitor.go("/citizen")
    return visitor


def test_where_no_issuer_is_set_the_page_says_so(office: Office) -> None:
    visitor = Visitor(office.gateway.url)

    assert visitor.go("/citizen").status_code == 200
    assert "Chưa thiết lập đăng nhập cho công dân" in visitor.text
    assert visitor.go("/citizen/sign-in").headers["location"] == "/citizen"
    assert visitor.go("/citizen/signed-in?state=x&code=y").headers["location"] == "/citizen"


def test_who_is_not_signed_in_is_told_how(province: CitizenProvince) -> None:
    visitor = Visitor(province.gateway.url)
    visitor.go("/citizen")

    assert 'href="/citizen/sign-in"' in visitor.page
    assert COMPLAINTS in visitor.text
    assert province.uses[OWNER][0] not in visitor.page


def test_he_reads_in_plain_words_who_used_his_data(province: CitizenProvince) -> None:
    visitor = signed_in(province)

    today = (datetime.now(UTC) + timedelta(hours=7)).strftime("%d/%m/%Y")
    assert f"Ngày {today}" in visitor.text
    assert "(qua Một cửa) đã xem : soGCN, chuSoHuu.HoVaTen" in visitor.text.replace("xem:", "xem :")
    assert "từ Đất đai của Sở 000.00.02.H32, để giải quyết TTHC, căn cứ NĐ 278/2025/NĐ-CP." in visitor.text
    assert "có nêu hồ sơ" in visitor.text
    assert COMPLAINTS in visitor.text


@pytest.mark.parametrize(("number", "other"), [(OWNER, ASKED_FOR), (ASKED_FOR, OWNER)])
def test_he_sees_his_own_only_and_nothing_that_is_told_later(
    province: CitizenProvince, number: str, other: str
) -> None:
    page = signed_in(province, number).page

    assert page.count('href="/explain/') == len(province.uses[number])
    assert [one for one in province.uses[number] if one not in page] == []
    assert [one for one in province.uses[other] if one in page] == []
    assert "Thanh tra</" not in page


def test_no_number_case_file_or_address_is_on_the_page(province: CitizenProvince) -> None:
    page = signed_in(province).page

    assert [word for word in (OWNER, ASKED_FOR, "H32-26-0001") if word in page] == []


def test_markup_in_a_name_is_shown_as_text(province: CitizenProvince) -> None:
    visitor = signed_in(province)

    assert "<script>alert" not in visitor.page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;Y&lt;/b&gt;" in visitor.page


def test_the_same_can_be_read_in_english(province: CitizenProvince) -> None:
    visitor = signed_in(province)
    visitor.cookies.set("language", "en")
    visitor.go("/citizen")

    assert "Who used my data" in visitor.text
    assert "(through Một cửa) saw" in visitor.text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("since=2020-01-01&until=2020-12-31", 200, "Không có lượt nào được cho xem"),
        ("since=2026-02-02&until=2026-02-01", 400, "phải trước thời điểm cuối"),
        ("since=x", 400, "phải là một ngày"),
        ("before=x", 200, "Ngày "),
    ],
)
def test_he_chooses_a_time(province: CitizenProvince, query: str, status: int, said: str) -> None:
    visitor = signed_in(province)

    assert visitor.go(f"/citizen?{query}").status_code == status
    assert said in visitor.text


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1_700_000_000},
        {CLAIM: None},
        {CLAIM: "12345"},
    ],
)
def test_a_token_that_does_not_say_what_it_must_opens_nothing(
    province: CitizenProvince, claims: dict[str, object]
) -> None:
    province.issuer.change = with_claims(**{CLAIM: OWNER, **claims})
    visitor = Visitor(province.gateway.url)

    assert visitor.go(leave(province, visitor)).status_code == 401
    assert "Chưa xác thực được công dân" in visitor.text
    visitor.go("/citizen")
    assert 'href="/citizen/sign-in"' in visitor.page


def test_who_comes_back_twice_or_in_another_browser_is_not_let_in(province: CitizenProvince) -> None:
    visitor, other = Visitor(province.gateway.url), Visitor(province.gateway.url)
    back = leave(province, visitor)
    leave(province, other)

    assert other.go(back).status_code == 403
    assert visitor.go(back).status_code == 403  # it was taken, by whoever it was


def test_what_citizens_begin_the_staff_cannot_finish(province: CitizenProvince) -> None:
    visitor = Visitor(province.gateway.url)
    back = leave(province, visitor).replace("/citizen/signed-in", "/console/sign-in/sso/callback")

    assert visitor.go(back).status_code == 404
    assert visitor.go("/console").headers["location"].startswith("/console/sign-in")


def test_after_signing_out_the_cookie_opens_nothing(province: CitizenProvince) -> None:
    visitor = signed_in(province)
    kept = visitor.cookies[COOKIE]
    assert visitor.send("/citizen/sign-out").status_code == 303

    visitor.cookies.set(COOKIE, kept)
    visitor.go("/citizen")

    assert 'href="/citizen/sign-in"' in visitor.page


def test_another_site_cannot_sign_him_out(province: CitizenProvince) -> None:
    visitor = signed_in(province)

    assert visitor.send("/citizen/sign-out", {"csrf": "0" * 64}).status_code == 403
    assert visitor.send("/citizen/sign-out", origin="https://elsewhere.example").status_code == 403
    visitor.go("/citizen")
    assert 'action="/citizen/sign-out"' in visitor.page


def test_a_session_ends_after_a_quarter_of_an_hour(province: CitizenProvince) -> None:
    visitor = signed_in(province)
    with closing(sqlite3.connect(database_of(province))) as connection, connection:
        connection.execute("UPDATE citizen_sessions SET created_at = datetime(created_at, '-15 minutes')")

    visitor.go("/citizen")

    assert 'href="/citizen/sign-in"' in visitor.page


def test_the_database_does_not_know_who_is_signed_in(province: CitizenProvince) -> None:
    stranger = "056099654321"
    visitor = signed_in(province, stranger)

    path = database_of(province)
    kept = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    assert stranger.encode() not in kept
    assert visitor.cookies[COOKIE].encode() not in kept
    assert stranger not in province.gateway.log()


def test_the_staffs_cookie_is_not_a_citizens(province: CitizenProvince) -> None:
    visitor = signed_in(province)
    visitor.cookies.set("lienthong", visitor.cookies[COOKIE])

    assert visitor.go("/console").headers["location"].startswith("/console/sign-in")


def database_of(province: CitizenProvince) -> Path:
    return Path(province.gateway.database_url.removeprefix("sqlite:///"))


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as chromium:
        yield chromium


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_a_citizen_signs_in_reads_and_leaves(
    browser: Browser, province: CitizenProvince, tmp_path: Path, width: int, height: int
) -> None:
    person = open_context(browser, province.gateway.url, screen={"width": width, "height": height})
    person.context.unroute("**/*")  # the issuer is another host
    page = person.go("/citizen")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Đăng nhập bằng tài khoản định danh").click()

    expect(page.get_by_role("main")).to_contain_text(STRANGE_NAME)
    expect(page.locator(".uses > li")).to_have_count(len(province.uses[OWNER]))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page, options=AXE).response["violations"] == []
    page.screenshot(path=str(tmp_path / f"citizen-{width}.png"), full_page=True)

    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("link", name="Đăng nhập bằng tài khoản định danh")).to_be_visible()
    assert person.errors == []
