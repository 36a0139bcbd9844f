"""Can people ask for an agreement, decide it, and end it on pages, without script, and nobody beyond his part?"""

import asyncio
import re
import uuid
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from conftest import in_a_thread
from gateways import AGREEMENT, CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM, WRITER, parcel_service
from visitors import Office, Visitor

from catalog import databases, services
from catalog.descriptions import DatabaseDescription, SharingMode
from gateway.db import Database

HERE = "/console/agreements"
SERVICE = "datdai/thua-dat/v1"
GRANT = "grants[0]"
LIMITS = {
    f"{GRANT}.rate.requests": "10",
    f"{GRANT}.rate.per_seconds": "1",
    f"{GRANT}.rate.burst": "20",
    f"{GRANT}.daily_quota": "1.000",
    f"{GRANT}.hours": "always",
    f"{GRANT}.networks": "any",
    f"{GRANT}.rows": "all",
}
STEPS = {
    "operations": {"operations": "thua-dat/v1/get"},
    "fields": {f"{GRANT}.fields": ["DienTich", "SoGCN"]},
    "why": {"purposes": "giai-quyet-tthc", "legal_basis[0].document": "278/2025/NĐ-CP"},
    "limits": LIMITS,
    "term": {"valid_from": "2026-01-01", "valid_until": "2099-12-31", "review_on": "2027-01-01"},
}


@pytest.fixture(scope="module")
def office(own_office: Office) -> Office:
    """An office of its own: agreements of its systems come and go here."""
    return own_office


def begin(visitor: Visitor) -> str:
    """Begin a preparation and return its address without the step."""
    visitor.go(f"{HERE}/new?service={SERVICE}")
    answer = visitor.send(f"{HERE}/new", {"service": SERVICE})
    assert answer.status_code == 303, visitor.text
    return answer.headers["location"].removesuffix("/who")


def write(visitor: Visitor, preparation: str, code: str, **other: dict[str, object]) -> None:
    """Fill in every step but the last."""
    for step, values in {"who": {"code": code, "systems": SYSTEM}, **STEPS, **other}.items():
        visitor.go(f"{preparation}/{step}")
        answer = visitor.send(f"{preparation}/{step}", {**values, "go": "next"})
        assert answer.status_code == 303, (step, visitor.text)


def ask(visitor: Visitor) -> str:
    """Ask for an agreement, from the choice of a service to the last button; return its code."""
    code, preparation = f"TT-{uuid.uuid4().hex[:8]}", begin(visitor)
    write(visitor, preparation, code)
    visitor.go(f"{preparation}/review")
    answer = visitor.send(f"{preparation}/review", {"go": "send"})
    assert answer.status_code == 303, visitor.text
    return code


def act(visitor: Visitor, code: str, what: str, version: int = 1, **values: str) -> int:
    """Open the page of an act, confirm it, and show the agreement after it; return the status of the answer."""
    visitor.go(f"{HERE}/{code}/act/{what}?version={version}")
    answer = visitor.send(f"{HERE}/{code}/act/{what}", {"version": str(version), **values})
    if answer.status_code == 303:
        visitor.go(answer.headers["location"])
    return answer.status_code


def press(visitor: Visitor, code: str, what: str, **values: str) -> int:
    """Press a button on the page of an agreement, and show the agreement after it."""
    visitor.go(f"{HERE}/{code}")
    answer = visitor.send(f"{HERE}/{code}/{what}", values)
    if answer.status_code == 303:
        visitor.go(answer.headers["location"])
    return answer.status_code


def test_a_request_becomes_an_agreement_by_two_people(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)

    approved = act(owner, code, "approve", note="Đồng ý")
    activated = press(owner, code, "activate", version="1")
    officer.go(f"{HERE}/{code}")

    assert (approved, activated) == (303, 303)
    assert "Phiên bản 1 Đang có hiệu lực" in officer.text
    assert officer.page.count("Hợp lệ") == 3
    assert "2 trường được cấp" in officer.text


def test_a_preparation_is_kept_when_somebody_goes_away(office: Office) -> None:
    officer = office.visitor("dau-moi")
    preparation = begin(officer)
    officer.go(f"{preparation}/why")
    officer.send(f"{preparation}/why", {"legal_basis[0].document": "Quyết định 12", "go": "later"})

    another = office.visitor("dau-moi")
    another.go(HERE)

    assert f'href="{preparation}/who"' in another.page
    another.go(f"{preparation}/why")
    assert 'value="Quyết định 12"' in another.page


def test_a_step_that_is_not_complete_says_so_at_its_field_and_keeps_what_was_typed(office: Office) -> None:
    officer = office.visitor("dau-moi")
    preparation = begin(officer)
    write(officer, preparation, "TT-X")
    officer.go(f"{preparation}/limits")

    answer = officer.send(f"{preparation}/limits", {**LIMITS, f"{GRANT}.daily_quota": "nhiều", "go": "next"})

    assert answer.status_code == 422
    assert 'value="nhiều"' in officer.page
    assert 'id="f-grants-0-daily-quota-fault"' in officer.page


def test_people_are_told_later_only_with_a_law_that_says_so(office: Office) -> None:
    officer = office.visitor("dau-moi")
    preparation = begin(officer)
    write(officer, preparation, "TT-Y")
    officer.go(f"{preparation}/term")

    answer = officer.send(f"{preparation}/term", {**STEPS["term"], "disclosure.after_days": "90", "go": "next"})

    assert answer.status_code == 422
    assert 'id="f-disclosure-legal-basis-document-fault"' in officer.page


def test_when_people_are_told_is_said_wherever_an_agreement_is_read(office: Office) -> None:
    officer, code = office.visitor("dau-moi"), f"TT-{uuid.uuid4().hex[:8]}"
    later = {"disclosure.after_days": "90", "disclosure.legal_basis.document": "Luật Thanh tra"}
    preparation = begin(officer)
    write(officer, preparation, code, term={**STEPS["term"], **later})
    officer.go(f"{preparation}/review")
    assert "Người dân được xem sau 90 ngày, theo Luật Thanh tra" in officer.text
    officer.send(f"{preparation}/review", {"go": "send"})

    for page in (f"{HERE}/{code}", f"{HERE}/{code}/print"):
        officer.go(page)
        assert "sau 90 ngày, theo Luật Thanh tra" in officer.text
    officer.go(f"{HERE}/{AGREEMENT}")
    assert "Người dân được xem ngay" in officer.text
    owner = office.visitor("chu-quan")
    owner.go(f"{HERE}/{code}/act/approve?version=1")
    assert "chỉ được xem các lượt khai thác này sau 90 ngày, theo Luật Thanh tra" in owner.text


def test_going_back_loses_nothing_that_is_not_complete_yet(office: Office) -> None:
    officer = office.visitor("dau-moi")
    preparation = begin(officer)
    officer.go(f"{preparation}/why")

    answer = officer.send(f"{preparation}/why", {"legal_basis[1].article": "Điều 5", "go": "back"})
    officer.go(f"{preparation}/why")

    assert answer.headers["location"] == f"{preparation}/fields"
    assert 'value="Điều 5"' in officer.page


def test_the_last_step_tells_what_is_missing_and_where(office: Office) -> None:
    officer = office.visitor("dau-moi")
    preparation = begin(officer)
    officer.go(f"{preparation}/review")

    assert f'href="{preparation}/operations"' in officer.page
    assert 'value="send"' not in officer.page
    assert officer.send(f"{preparation}/review", {"go": "send"}).status_code == 422


def test_a_file_is_uploaded_and_comes_with_the_agreement(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    preparation, code = begin(officer), f"TT-{uuid.uuid4().hex[:8]}"
    write(officer, preparation, code)
    officer.go(f"{preparation}/term")
    officer.upload(f"{preparation}/term", STEPS["term"] | {"go": "stay"}, "file", "công văn.pdf", b"%PDF-1.7 x")
    officer.go(f"{preparation}/review")
    officer.send(f"{preparation}/review", {"go": "send"})

    owner.go(f"{HERE}/{code}")
    link = re.search(rf'href="({HERE}/{code}/attachments/[0-9a-f]+)"', owner.page)
    assert link
    found = owner.go(link[1])

    assert (found.content, found.headers["content-type"]) == (b"%PDF-1.7 x", "application/pdf")
    assert found.headers["content-disposition"].startswith("attachment")


def test_whoever_asked_is_told_that_somebody_else_approves(office: Office) -> None:
    administrator = office.visitor("quan-tri")
    administrator.go(f"{HERE}/new?service={SERVICE}")
    answer = administrator.send(f"{HERE}/new", {"service": SERVICE, "agency": CONSUMER_AGENCY})
    preparation, code = answer.headers["location"].removesuffix("/who"), f"TT-{uuid.uuid4().hex[:8]}"
    write(administrator, preparation, code)
    administrator.go(f"{preparation}/review")
    administrator.send(f"{preparation}/review", {"go": "send"})

    administrator.go(f"{HERE}/{code}")
    assert "Bạn là người đề nghị" in administrator.text
    assert act(administrator, code, "approve") == 422
    assert "người khác" in administrator.text


def test_a_refusal_needs_its_legal_ground_and_makes_a_letter(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)

    without = act(owner, code, "refuse", note="Không thuộc nhiệm vụ")
    kept = "Không thuộc nhiệm vụ" in owner.page
    refused = act(owner, code, "refuse", note="Không thuộc nhiệm vụ", legal_ground="Điều 7 Luật X")
    officer.go(f"{HERE}/{code}/letter")

    assert (without, kept, refused) == (422, True, 303)
    assert "Không thuộc nhiệm vụ" in officer.text
    assert "Điều 7 Luật X" in officer.text
    assert "Điều 16 Nghị định số 194/2025/NĐ-CP" in officer.text


def test_what_was_returned_is_changed_and_sent_again(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)
    act(owner, code, "return", note="Nêu rõ thời hạn")
    officer.go(f"{HERE}/{code}")
    told = "Nêu rõ thời hạn" in officer.text
    answer = officer.send(f"{HERE}/{code}/prepare", {"version": "1"})
    preparation = answer.headers["location"].removesuffix("/who")
    officer.go(f"{preparation}/term")
    officer.send(f"{preparation}/term", STEPS["term"] | {"valid_until": "2030-12-31", "go": "next"})
    officer.go(f"{preparation}/review")
    sent = officer.send(f"{preparation}/review", {"go": "send"})
    owner.go(f"{HERE}/{code}/compare?from=1&to=2")

    assert (told, sent.status_code) == (True, 303)
    assert "Hẹp hơn" in owner.text
    assert "31/12/2099" in owner.text
    assert "31/12/2030" in owner.text


def test_each_side_suspends_for_itself_and_says_why(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)
    act(owner, code, "approve")
    press(owner, code, "activate", version="1")

    silent = act(owner, code, "suspend", side="provider")
    foreign = act(owner, code, "suspend", side="consumer", reason="Rà soát")
    done = act(owner, code, "suspend", side="provider", reason="Rà soát an toàn")
    officer.go(f"{HERE}/{code}")
    told = "Rà soát an toàn" in officer.text
    resumed = press(officer, code, "resume", side="provider")
    press(owner, code, "resume", side="provider")

    assert (silent, foreign, done, told, resumed) == (422, 403, 303, True, 403)
    assert "Phiên bản 1 Đang có hiệu lực" in owner.text


def test_an_agreement_is_ended_after_a_question_and_a_reason(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)
    act(owner, code, "approve")
    press(owner, code, "activate", version="1")

    assert act(officer, code, "end") == 422
    assert act(officer, code, "end", note="Không còn nhiệm vụ") == 303
    assert "Đã chấm dứt" in officer.text
    assert "Không còn nhiệm vụ" in officer.text


def test_what_nobody_uses_is_proposed_to_go(office: Office) -> None:
    officer, owner = office.visitor("dau-moi"), office.visitor("chu-quan")
    code = ask(officer)
    act(owner, code, "approve")
    press(owner, code, "activate", version="1")
    owner.go(f"{HERE}/{code}/unused?days=30")

    assert "thua-dat/v1/get" in owner.text
    assert "nên chấm dứt" in owner.text


def test_a_request_waits_for_those_who_decide_it(office: Office) -> None:
    code = ask(office.visitor("dau-moi"))
    owner, officer = office.visitor("chu-quan"), office.visitor("dau-moi")
    owner.go(f"{HERE}?waiting=1&q={code}")
    officer.go(f"{HERE}?waiting=1&q={code}")

    assert f'href="{HERE}/{code}"' in owner.page
    assert f'href="{HERE}/{code}"' not in officer.page


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv"), ("json", "application/json"), ("xlsx", "spreadsheet")])
def test_the_list_leaves_as_a_file(office: Office, form: str, kind: str) -> None:
    answer = office.visitor("thanh-tra").go(f"{HERE}?q={AGREEMENT}&format={form}")

    assert kind in answer.headers["content-type"]
    assert answer.content


@pytest.mark.parametrize(
    ("code", "path", "status"),
    [
        ("quan-sat", f"/{AGREEMENT}", 200),
        ("thanh-tra", f"/{AGREEMENT}/print", 200),
        ("thanh-tra", f"/{AGREEMENT}/upgrade", 200),
        ("quan-sat", f"/{AGREEMENT}/act/end", 403),
        ("dau-moi", f"/{AGREEMENT}/act/approve", 403),
        ("chu-quan", f"/{AGREEMENT}/act/withdraw", 403),
        ("thanh-tra", f"/{AGREEMENT}/act/suspend", 403),
        ("dau-moi", "/KHONG-CO", 404),
        ("dau-moi", f"/{AGREEMENT}/letter", 404),
        ("dau-moi", f"/{AGREEMENT}?version=99", 404),
        ("dau-moi", "/preparations/khong-co/who", 404),
        ("dau-moi", "/new?service=datdai/khong-co/v1", 404),
    ],
)
def test_each_page_shows_itself_to_those_it_is_for(office: Office, code: str, path: str, status: int) -> None:
    assert office.visitor(code).go(f"{HERE}{path}").status_code == status


def test_another_agencys_preparation_is_not_there(office: Office) -> None:
    preparation = begin(office.visitor("dau-moi"))

    assert office.visitor("chu-quan").go(f"{preparation}/who").status_code == 404


@pytest.mark.parametrize("what", ["submit", "activate", "resume", "prepare", "act/end"])
def test_a_form_of_another_site_does_nothing(office: Office, what: str) -> None:
    owner = office.visitor("chu-quan")
    owner.go(f"{HERE}/{AGREEMENT}")

    assert (
        owner.send(f"{HERE}/{AGREEMENT}/{what}", {"version": "1"}, origin="https://elsewhere.example").status_code
        == 403
    )


def test_the_address_after_an_act_says_what_was_done(office: Office) -> None:
    officer = office.visitor("dau-moi")
    code = ask(officer)
    officer.go(f"{HERE}/{code}")
    answer = officer.send(f"{HERE}/{code}/act/withdraw", {"version": "1"})

    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"done": ["withdraw"], "version": ["1"]}


@pytest.fixture(scope="module")
def shared(office: Office) -> str:
    """A database of the owner's that is shared by default, with the parcels' service in it."""
    code = "macdinh"

    async def add() -> None:
        database = Database.open(office.gateway.database_url)
        says = DatabaseDescription(
            code=code, title_vi="Dùng chung mặc định", title_en="", owner=PROVIDER_AGENCY, domain_vi="Đất đai",
            sharing=SharingMode.DEFAULT,
        )  # fmt: skip
        async with database.transaction() as session:
            await databases.add_database(session, says, by=WRITER)
            await services.publish_service(
                session, msgspec.structs.replace(parcel_service(), database=code, axis=None, wsdl=None), by=WRITER
            )
        await database.close()

    in_a_thread(lambda: asyncio.run(add()))
    return code


def test_an_owner_declares_standard_terms_and_takes_them_back(office: Office, shared: str) -> None:
    owner, page = office.visitor("chu-quan"), f"{HERE}/standard/{shared}"
    name = "thua-dat/v1/get"
    said = {
        "operations": name,
        f"fields:{name}": ["DienTich", "SoGCN"],
        "purposes": "giai-quyet-tthc",
        "document0": "278/2025/NĐ-CP",
        "requests": "10",
        "per_seconds": "1",
        "burst": "20",
        "daily_quota": "1.000",
        "most_days": "365",
    }
    owner.go(page)
    without = owner.send(page, said | {"purposes": []}).status_code
    kept = 'value="278/2025/NĐ-CP"' in owner.page
    declared = owner.send(page, said).status_code
    owner.go(f"{HERE}/standard")
    told = "Đã công bố" in owner.text
    owner.go(f"{page}/withdraw")
    withdrawn = owner.send(f"{page}/withdraw").status_code
    owner.go(f"{HERE}/standard")

    assert (without, kept, declared, told, withdrawn) == (422, True, 303, True, 303)
    assert "Đã công bố" not in owner.text


def test_only_owners_declare_and_a_database_on_request_says_why_not(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go(f"{HERE}/standard/datdai")

    assert "theo yêu cầu đặc thù" in owner.text
    assert office.visitor("dau-moi").go(f"{HERE}/standard").status_code == 403
    assert office.visitor("dau-moi").go(f"{HERE}/standard/datdai").status_code == 404


def test_an_agreement_is_downloaded_as_odrl(office: Office) -> None:
    answer = office.visitor("thanh-tra").go(f"{HERE}/{AGREEMENT}/odrl.jsonld")

    assert answer.headers["content-type"].startswith("application/ld+json")
    assert answer.json()["@type"] == "Agreement"
