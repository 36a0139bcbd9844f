"""Can administrators and officers keep agencies, systems, keys and staff on pages, and does a change bite at once?"""

import io
import re
import uuid
from pathlib import Path

import openpyxl
import pytest
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY, SECRET
from joserfc.jwk import ECKey
from visitors import PASSWORD, Office, Visitor

import gateway
from gateway.console.history import DEEDS
from security.staff import Role

STRANGE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def office(own_office: Office) -> Office:
    """An office of its own: systems of its agencies come, rest and go here."""
    return own_office


def new_code(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def workbook(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Mã", "Tên", "Mã cấp trên"), *rows):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def lines_of(visitor: Visitor) -> str:
    """Return what the preview carries, as a browser would send it."""
    found = re.search(r'name="lines" value="([^"]*)"', visitor.page)
    assert found is not None, visitor.text
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def system_of(visitor: Visitor, agency: str) -> str:
    """Add a system on its page, and return its code."""
    code = new_code("he-thong")
    visitor.go("/console/systems/new")
    answer = visitor.send("/console/systems/new", {"agency": agency, "code": code, "name_vi": "Hệ thống thử"})
    assert answer.headers["location"] == f"/console/systems/{code}", visitor.text
    return code


# --- agencies --------------------------------------------------------------------------------------------------------


def test_a_name_that_would_run_is_shown_as_it_was_typed(office: Office) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/agencies/new")

    visitor.send("/console/agencies/new", {"code": "000.00.81.H32", "name_vi": STRANGE})
    visitor.go("/console/agencies?q=script")

    assert STRANGE not in visitor.page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in visitor.page


def test_a_refused_form_keeps_what_was_typed(office: Office) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/agencies/new")

    answer = visitor.send("/console/agencies/new", {"code": "sai mã", "name_vi": "Sở Thử nghiệm"})

    assert answer.status_code == 422
    assert 'value="Sở Thử nghiệm"' in visitor.page
    assert 'id="f-code-fault"' in visitor.page


def test_a_spreadsheet_is_seen_before_it_is_taken(office: Office) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/agencies/import")
    file = workbook(("000.00.82.H32", "Sở Nạp"), ("000.00.83.H32", "Phòng Nạp", "000.00.82.H32"))

    visitor.upload("/console/agencies/import", {}, "list", "don-vi.xlsx", file)
    before = visitor.text
    answer = visitor.send("/console/agencies/import/take", {"lines": lines_of(visitor)})
    visitor.go("/console/agencies/000.00.83.H32")

    assert "Thêm mới 2 dòng" in before
    assert answer.status_code == 303
    assert "Sở Nạp" in visitor.text


def test_a_spreadsheet_with_a_wrong_line_is_not_taken(office: Office) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/agencies/import")
    file = "Mã;Tên\n000.00.84.H32;Sở Đúng\nsai;Sở Sai\n".encode()

    visitor.upload("/console/agencies/import", {}, "list", "don-vi.csv", file)

    assert "mã định danh cơ quan không đúng dạng" in visitor.text
    assert "Lưu danh sách" not in visitor.text


@pytest.mark.parametrize(("name", "content"), [("x.pdf", b"x"), ("x.xlsx", b"no workbook"), ("x.csv", b"A;B\n1;2\n")])
def test_what_is_no_list_is_refused_at_its_field(office: Office, name: str, content: bytes) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/agencies/import")

    answer = visitor.upload("/console/agencies/import", {}, "list", name, content)

    assert answer.status_code == 422
    assert 'id="f-list-fault"' in visitor.page


def test_a_list_leaves_as_a_file(office: Office) -> None:
    answer = office.visitor("quan-sat").go("/console/agencies?format=csv")

    assert answer.headers["content-disposition"] == 'attachment; filename="don-vi.csv"'
    assert answer.text.startswith("\ufeffMã định danh,Tên,")


# --- systems and keys ------------------------------------------------------------------------------------------------


def test_an_officer_adds_a_system_and_its_key_and_revokes_it(office: Office) -> None:
    visitor = office.visitor("dau-moi")
    code, key = system_of(visitor, CONSUMER_AGENCY), ECKey.generate_key("P-256")
    visitor.go(f"/console/systems/{code}/keys/new")

    added = visitor.send(
        f"/console/systems/{code}/keys/new",
        {"public_key": key.as_pem(private=False).decode(), "expires_on": "2027-11-30", "old": "keep"},
    )
    visitor.go(f"/console/systems/{code}")
    shown = visitor.text
    visitor.go(f"/console/systems/{code}/keys/{key.thumbprint()}/revoke")
    visitor.send(f"/console/systems/{code}/keys/{key.thumbprint()}/revoke")
    visitor.go(f"/console/systems/{code}")

    assert added.status_code == 303
    assert f"{key.thumbprint()} Đang dùng được" in shown
    assert f"{key.thumbprint()} Đã thu hồi" in visitor.text


def test_a_private_key_is_refused_and_not_shown_again_elsewhere(office: Office) -> None:
    visitor = office.visitor("dau-moi")
    code = system_of(visitor, CONSUMER_AGENCY)
    visitor.go(f"/console/systems/{code}/keys/new")
    private = ECKey.generate_key("P-256").as_pem(private=True).decode()

    answer = visitor.send(
        f"/console/systems/{code}/keys/new", {"public_key": private, "expires_on": "2027-11-30", "old": "keep"}
    )

    assert answer.status_code == 422
    assert "đây là khóa bí mật" in visitor.text


@pytest.mark.parametrize("day", ["", "hôm qua", "2020-01-01", "2099-01-01"])
def test_a_key_ends_within_three_years(office: Office, day: str) -> None:
    visitor = office.visitor("dau-moi")
    code = system_of(visitor, CONSUMER_AGENCY)
    visitor.go(f"/console/systems/{code}/keys/new")
    key = ECKey.generate_key("P-256").as_pem(private=False).decode()

    answer = visitor.send(f"/console/systems/{code}/keys/new", {"public_key": key, "expires_on": day, "old": "keep"})

    assert answer.status_code == 422
    assert 'id="f-expires-on-fault"' in visitor.page


def test_a_secret_is_shown_once_and_kept_nowhere(office: Office) -> None:
    administrator = office.visitor("quan-tri")
    code = system_of(administrator, CONSUMER_AGENCY)
    administrator.go(f"/console/systems/{code}/legacy")
    administrator.send(f"/console/systems/{code}/legacy", {"legacy": "yes"})
    visitor = office.visitor("dau-moi")
    visitor.go(f"/console/systems/{code}/secret")

    visitor.send(f"/console/systems/{code}/secret", {"old": "0"})
    found = re.search(r"<code>([A-Za-z0-9_-]{43})</code>", visitor.page)
    visitor.go(f"/console/systems/{code}")

    assert found is not None
    assert found[1] not in visitor.page
    assert len(found[1]) == len(SECRET)


def test_an_officer_cannot_mark_a_system_as_legacy_by_sending_the_field(office: Office) -> None:
    visitor = office.visitor("dau-moi")
    visitor.go("/console/systems/new")

    answer = visitor.send(
        "/console/systems/new",
        {"agency": CONSUMER_AGENCY, "code": new_code("x"), "name_vi": "X", "legacy": "on"},
    )

    assert answer.status_code == 403


def test_what_needs_a_recent_proof_asks_for_it_and_goes_on(office: Office) -> None:
    clerk = office.new_clerk(Role.AGENCY_OFFICER, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code, proven_minutes_ago=11)
    address = "/console/systems/motcua/keys/new"

    sent_on = visitor.go(address)
    visitor.go(sent_on.headers["location"])
    answer = visitor.send("/console/prove", {"password": PASSWORD, "code": clerk.totp(), "next": address})

    assert sent_on.headers["location"] == "/console/prove?next=%2Fconsole%2Fsystems%2Fmotcua%2Fkeys%2Fnew"
    assert answer.headers["location"] == address
    assert visitor.go(address).status_code == 200


def test_a_form_sent_without_a_recent_proof_changes_nothing(office: Office) -> None:
    visitor = office.visitor("dau-moi", proven_minutes_ago=11)
    visitor.go("/console/systems/motcua")

    answer = visitor.send("/console/systems/motcua/suspend")
    visitor.go("/console/systems/motcua")

    assert answer.headers["location"].startswith("/console/prove")
    assert "Hoạt động" in visitor.text


# --- staff -----------------------------------------------------------------------------------------------------------


def test_somebody_new_gets_an_initial_password_that_opens_only_the_way_to_his_own(office: Office) -> None:
    visitor, code = office.visitor("quan-tri"), new_code("moi")
    visitor.go("/console/staff/new")
    told = {"code": code, "name": "Người Mới", "role": "observer", "agency": CONSUMER_AGENCY, "email": "moi@vi-du.vn"}

    visitor.send("/console/staff/new", told)
    password = re.search(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", visitor.page)
    assert password is not None
    newcomer = Visitor(office.gateway.url)
    newcomer.go("/console/sign-in")
    answer = newcomer.send("/console/sign-in", {"name": code, "password": password[1]})

    assert answer.headers["location"] == "/console/sign-in/set-up"
    assert newcomer.go("/console/account").headers["location"].startswith("/console/sign-in")


def test_whoever_is_deactivated_is_out_at_the_next_click(office: Office) -> None:
    clerk, administrator = office.new_clerk(Role.DATA_OWNER, PROVIDER_AGENCY), office.visitor("quan-tri")
    visitor = office.visitor(clerk.code)
    before = visitor.go("/console/account").status_code
    administrator.go(f"/console/staff/{clerk.code}/deactivate")

    administrator.send(f"/console/staff/{clerk.code}/deactivate")

    assert before == 200
    assert visitor.go("/console/account").status_code == 303


def test_another_role_is_in_force_at_the_next_sign_in_and_the_old_one_at_once_no_more(office: Office) -> None:
    clerk, administrator = office.new_clerk(Role.PLATFORM_ADMIN, PROVIDER_AGENCY), office.visitor("quan-tri")
    visitor = office.visitor(clerk.code)
    administrator.go(f"/console/staff/{clerk.code}/edit")
    told = {"name": "Người Đổi", "role": "observer", "agency": PROVIDER_AGENCY}

    administrator.send(f"/console/staff/{clerk.code}/edit", told)
    after = visitor.go("/console/staff").status_code

    assert after == 303
    assert office.visitor(clerk.code).go("/console/staff").status_code == 403


def test_nobody_raises_or_removes_himself(office: Office) -> None:
    visitor = office.visitor("quan-tri")
    visitor.go("/console/staff/quan-tri/edit")

    raised = visitor.send("/console/staff/quan-tri/edit", {"name": "Tôi", "role": "auditor", "agency": PROVIDER_AGENCY})
    removed = visitor.send("/console/staff/quan-tri/deactivate")

    assert (raised.status_code, removed.status_code) == (422, 409)


def test_fields_that_a_form_does_not_have_change_nothing(office: Office) -> None:
    clerk, administrator = office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY), office.visitor("quan-tri")
    administrator.go(f"/console/staff/{clerk.code}/edit")
    told = {"name": "Người Thường", "role": "observer", "agency": CONSUMER_AGENCY}

    administrator.send(
        f"/console/staff/{clerk.code}/edit", {**told, "code": "quan-tri", "password_hash": "x", "token_hash": "y"}
    )
    administrator.go(f"/console/staff/{clerk.code}")

    assert f"Tên đăng nhập {clerk.code}" in administrator.text
    assert "Mật khẩu đã đặt" in administrator.text


# --- one's own account -----------------------------------------------------------------------------------------------


def test_a_new_password_signs_out_everywhere_else(office: Office) -> None:
    clerk = office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY)
    here, there = office.visitor(clerk.code), office.visitor(clerk.code)
    here.go("/console/account/password")

    answer = here.send(
        "/console/account/password", {"new_password": "câu mới của riêng tôi", "repeated": "câu mới của riêng tôi"}
    )

    assert answer.status_code == 303
    assert here.go("/console/account").status_code == 200
    assert there.go("/console/account").status_code == 303


def test_a_session_elsewhere_is_ended_by_its_holder_and_by_nobody_else(office: Office) -> None:
    clerk = office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY)
    here, there, stranger = office.visitor(clerk.code), office.visitor(clerk.code), office.visitor("thanh-tra")
    here.go("/console/account")
    named = re.search(r'name="session" value="([0-9a-f]+)"', here.page)
    assert named is not None
    stranger.go("/console/account")

    stranger.send("/console/account/sessions/end", {"session": named[1]})
    still = there.go("/console/account").status_code
    here.send("/console/account/sessions/end", {"session": named[1]})

    assert still == 200
    assert there.go("/console/account").status_code == 303


def test_a_new_token_is_shown_once_and_opens_the_control_api(office: Office) -> None:
    clerk = office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code)
    visitor.go("/console/account/token")

    visitor.send("/console/account/token")
    token = re.search(r"<code>([A-Za-z0-9_-]{43})</code>", visitor.page)

    assert token is not None
    assert visitor.go("/api/v1/purposes", authorization=f"Bearer {token[1]}").status_code == 200
    assert visitor.go("/api/v1/purposes", authorization=f"Bearer {clerk.token}").status_code == 401


# --- history of changes ----------------------------------------------------------------------------------------------


def history_of(visitor: Visitor, address: str) -> str:
    """Return what a page says below its last heading but one word: the history of what it shows."""
    visitor.go(address)
    return visitor.text.rpartition("Lịch sử thay đổi")[2]


def test_a_page_tells_who_changed_what_it_shows(office: Office) -> None:
    visitor = office.visitor("dau-moi")
    code = system_of(visitor, CONSUMER_AGENCY)
    visitor.go(f"/console/systems/{code}/edit")
    visitor.send(f"/console/systems/{code}/edit", {"name_vi": "Hệ thống đã đổi tên"})
    before = history_of(visitor, f"/console/systems/{code}")
    office.catch_up()

    after = history_of(visitor, f"/console/systems/{code}")
    record = re.search(r'href="(/console/record/[0-9a-f-]{36})"', visitor.page)

    assert "Chưa có thay đổi nào trong nhật ký" in before
    assert re.search(r"Sửa thông tin dau-moi .* Thêm dau-moi", after), after
    assert record is not None, visitor.page
    assert visitor.go(record[1]).status_code == 200


def test_only_who_may_read_the_record_is_led_to_it(office: Office) -> None:
    visitor = office.visitor("quan-tri")  # runs the platform, and reads no record
    code = system_of(office.visitor("dau-moi"), CONSUMER_AGENCY)
    office.catch_up()

    shown = history_of(visitor, f"/console/systems/{code}")

    assert "Thêm dau-moi –" in shown
    assert "/console/record/" not in visitor.page


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("quan-tri", f"/console/agencies/{CONSUMER_AGENCY}"),
        ("quan-tri", "/console/staff/dau-moi"),
        ("chu-quan", "/console/databases/datdai"),
        ("chu-quan", "/console/databases/datdai/services/thua-dat/v1"),
        ("chu-quan", "/console/providers/so-nnmt"),
    ],
)
def test_every_page_of_a_thing_has_its_history(office: Office, who: str, address: str) -> None:
    visitor = office.visitor(who)

    assert visitor.go(address).status_code == 200
    assert "<h2>Lịch sử thay đổi</h2>" in visitor.page


def test_every_deed_of_these_pages_has_words() -> None:
    """What the console, the control API and the commands record of the things that have a page, by reading the code."""
    sources = [*Path(gateway.__file__).parent.rglob("*.py")]
    changing = re.compile(
        r"\bchange\(\s*\"([a-z-]+)\"[^\"]*?\b(agencies|systems|databases|services|providers|staff|staffing|accounts|nouns)\."
    )
    found = {match[1] for path in sources for match in changing.finditer(path.read_text(encoding="utf-8"))}

    assert {"add", "revise", "add-key", "suspend", "retire", "unlock"} <= found, "nothing is read any more"
    assert found - set(DEEDS) - OF_AGREEMENTS == set()


# Deeds whose page has a history of its own.
OF_AGREEMENTS = {"draft", "submit", "approve", "activate", "end", "request", "new-version", "refuse", "return"}
