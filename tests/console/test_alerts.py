"""Do auditors see what looks like misuse, and is what they say of it on record?"""

import asyncio
import html
from datetime import UTC, datetime

import httpx2
import pytest
from conftest import in_a_thread
from exported import readings_of
from gateways import CONSUMER_AGENCY, NO_TLS, SYSTEM
from visitors import Office, Visitor

from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from security.audit.encode import microseconds
from security.misuse.alerts import keep_findings
from security.misuse.findings import Finding, Rule
from security.staff import Role

HERE = "/console/alerts"


@pytest.fixture(scope="module")
def office(own_office: Office) -> Office:
    """An office with an alert of each rule."""
    keep(own_office, [made(rule) for rule in Rule])
    return own_office


def made(rule: Rule, **more: object) -> Finding:
    at = microseconds(datetime.now(UTC))
    said: dict[str, object] = {
        "rule": rule, "key": f"{rule}/{new_exchange_id()}", "first_us": at, "last_us": at, "measure": 71, "limit": 50,
        "agency": CONSUMER_AGENCY, "system": SYSTEM, "officer": "cb-07", "total": 3, "explained": 1,
        "exchanges": (new_exchange_id(),), "facts": {"what": "one-case"},
    }  # fmt: skip
    return Finding(**{**said, **more})  # type: ignore[arg-type]  # the members of a finding


def keep(office: Office, findings: list[Finding]) -> None:
    async def run() -> None:
        database = Database.open(office.gateway.database_url)
        async with database.transaction() as session:
            now_us = microseconds(datetime.now(UTC))
            await keep_findings(await session.connection(), findings, now_us=now_us, new_id=new_exchange_id)
        await database.close()

    in_a_thread(lambda: asyncio.run(run()))


def auditor(office: Office) -> Visitor:
    return office.visitor(office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY).code)


def first_of(visitor: Visitor, rule: Rule) -> str:
    visitor.go(f"{HERE}?rule={rule.value}")
    return visitor.page.split(f'href="{HERE}/0', 1)[1].split('"', 1)[0].join(("0", ""))


def test_the_unexplained_come_first(office: Office) -> None:
    keep(
        office,
        [made(Rule.OFF_HOURS, officer="co-ho-so", explained=3), made(Rule.OFF_HOURS, officer="khong-co", explained=0)],
    )
    visitor = auditor(office)
    visitor.go(f"{HERE}?rule=R4")

    places = [visitor.page.index(one) for one in ("khong-co", "cb-07", "co-ho-so")]
    assert places == sorted(places)


@pytest.mark.parametrize("rule", list(Rule))
def test_each_rule_says_what_it_means_and_what_may_be_behind_it(office: Office, rule: Rule) -> None:
    visitor = auditor(office)
    answer = visitor.go(f"{HERE}/{first_of(visitor, rule)}")

    assert answer.status_code == 200
    assert f"{rule.value} · " in visitor.page
    assert "Xuất bằng chứng" in visitor.page


@pytest.mark.parametrize(
    ("step", "state"), [("explain", "Đã giải trình"), ("call-misuse", "Sử dụng sai"), ("call-false", "Báo nhầm")]
)
def test_what_is_said_of_an_alert_stays_and_is_on_record(office: Office, step: str, state: str) -> None:
    keep(office, [made(Rule.NEW_PLACE, officer=f"cb-{step}")])
    visitor = auditor(office)
    visitor.go(f"{HERE}?rule=R7&state=open")
    alert = first_of(visitor, Rule.NEW_PLACE)
    visitor.go(f"{HERE}/{alert}")
    said = visitor.send(f"{HERE}/{alert}", {"step": step, "note": "Đã hỏi trưởng phòng <b>"})
    office.catch_up()
    visitor.go(f"{HERE}/{alert}")

    assert said.status_code == 303
    assert state in visitor.page
    assert "Đã hỏi trưởng phòng &lt;b&gt;" in visitor.page
    assert f'<option value="{step}"' not in visitor.page
    assert html.unescape(visitor.page).count("Kết luận: ") == 1


@pytest.mark.parametrize(
    "typed", [{"step": "explain", "note": ""}, {"step": "", "note": "vì vậy"}, {"step": "drop", "note": "vì vậy"}]
)
def test_nothing_is_said_without_why(office: Office, typed: dict[str, str]) -> None:
    visitor = auditor(office)
    alert = first_of(visitor, Rule.DORMANT)
    visitor.go(f"{HERE}/{alert}")

    assert visitor.send(f"{HERE}/{alert}", typed).status_code == 422
    visitor.go(f"{HERE}/{alert}")
    assert "Chưa xem xét" in visitor.page


def test_who_looks_is_on_record(office: Office) -> None:
    clerk = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code)
    alert = first_of(visitor, Rule.REVEAL)
    visitor.go(f"{HERE}/{alert}")
    visitor.go(f"{HERE}?format=csv")

    assert [one["what"] for one in readings_of(office.gateway, clerk.code)] == ["alert", "alerts"]


def test_a_number_put_on_the_list_is_on_no_page(office: Office) -> None:
    visitor = auditor(office)
    visitor.go(f"{HERE}/people")
    number = "056099777777"
    sent = visitor.send(f"{HERE}/people", {"kind": "flagged", "number": number, "reason": "Đang được bảo vệ"})
    visitor.go(f"{HERE}/people")
    listed = visitor.page
    person = listed.split(f"{HERE}/people/", 1)[1].split("/remove", 1)[0]
    removed = visitor.send(f"{HERE}/people/{person}/remove", {})
    visitor.go(f"{HERE}/people")

    assert (sent.status_code, removed.status_code) == (303, 303)
    assert "Đang được bảo vệ" in listed
    assert number not in listed
    assert "Đang được bảo vệ" not in visitor.page


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "flagged", "number": "", "reason": "x"},
        {"kind": "flagged", "number": "056099777777", "reason": ""},
        {"kind": "officer", "number": "056099777777", "reason": "x", "officer": "cb-1"},
        {"kind": "flagged", "number": "0" * 41, "reason": "x"},
    ],
)
def test_half_an_entry_is_refused_and_the_number_not_shown_again(office: Office, typed: dict[str, str]) -> None:
    visitor = auditor(office)
    visitor.go(f"{HERE}/people")

    assert visitor.send(f"{HERE}/people", typed).status_code == 422
    assert "056099777777" not in visitor.page


@pytest.mark.parametrize(
    ("officer", "agency", "status"),
    [
        ("cb-1", CONSUMER_AGENCY, 303),
        ("056099777777", CONSUMER_AGENCY, 422),
        ("Nguyễn Văn Thử", CONSUMER_AGENCY, 422),
        ("cb-1", "056099777777", 422),
    ],
)
def test_an_officer_is_listed_by_codes_that_say_nothing(office: Office, officer: str, agency: str, status: int) -> None:
    visitor = auditor(office)
    visitor.go(f"{HERE}/people")
    typed = {"kind": "officer", "number": "056099888888", "reason": "x", "officer": officer, "agency": agency}

    assert visitor.send(f"{HERE}/people", typed).status_code == status


@pytest.mark.parametrize("week", ["", "?of=2026-W01", "?of=khong-phai-tuan"])
def test_the_week_is_summed_up(office: Office, week: str) -> None:
    visitor = auditor(office)

    assert visitor.go(f"{HERE}/week{week}").status_code == 200
    assert ("R17 · " in visitor.page) == (week != "?of=2026-W01")


def test_programs_read_and_judge_alerts_too(office: Office) -> None:
    clerk = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    with httpx2.Client(
        base_url=office.gateway.url, headers={"authorization": f"Bearer {clerk.token}"}, verify=NO_TLS
    ) as client:
        found = client.get("/api/v1/alerts?rule=R9").json()
        place = f"/api/v1/alerts/{found[0]['id']}"
        said = client.post(f"{place}/triage", json={"step": "explain", "note": "đồng hồ lệch"})
        again = client.post(f"{place}/triage", json={"step": "explain", "note": "đồng hồ lệch"})
        shown = client.get(place).json()
        wrong = [client.get(f"/api/v1/alerts?{one}").status_code for one in ("rule=R99", "state=x", "offset=-1")]

    assert [one["rule"] for one in found] == ["R9"]
    assert (said.status_code, again.status_code, shown["state"]) == (200, 409, "explained")
    assert wrong == [422, 422, 422]
