"""Do auditors find every exchange and agencies their own, and is each look itself on record?"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, SYSTEM, token
from visitors import Office

from security.staff import Role


@pytest.fixture(scope="module")
def exchange_id(office: Office) -> str:
    """A refused call of the consumer's system, recorded and listed: nobody serves the province's provider."""
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": "H32-26-0001"}
    answer = httpx2.get(f"{office.gateway.url}{PARCEL.format('CD1')}", headers=headers, timeout=20, verify=NO_TLS)
    office.catch_up()
    return str(answer.headers["exchange-id"])


def readings(office: Office, member: str) -> list[dict[str, object]]:
    """Return the notes of what a member has read."""
    path = Path(office.gateway.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT body FROM record WHERE kind = 'READ' ORDER BY at_us").fetchall()
    bodies = [json.loads(row[0]) for row in rows]
    return [body["notes"] for body in bodies if body["who"].get("officer") == member]


@pytest.mark.parametrize(
    ("code", "query", "found"),
    [
        ("thanh-tra", "", True),
        ("thanh-tra", "?agency=000.00.01.H32", True),
        ("thanh-tra", "?agency=000.00.02.H32", False),
        ("thanh-tra", "?agency=000.00.02.H32&side=provider", True),
        ("thanh-tra", "?reason=provider-unreachable&system=motcua", True),
        ("thanh-tra", "?reason=outside-hours", False),
        ("thanh-tra", "?until=2026-01-01T00:00", False),
        ("dau-moi", "", True),
        ("dau-moi", "?agreement=TT-1&ending=refused", True),
        ("dau-moi", "?side=provider", False),
        ("chu-quan", "", True),
        ("chu-quan", "?side=consumer", False),
        ("chu-quan", "?side=consumer&agency=000.00.01.H32", False),
    ],
)
def test_each_finds_what_is_his(office: Office, exchange_id: str, code: str, query: str, found: bool) -> None:
    visitor = office.visitor(code)

    answer = visitor.go(f"/console/record{query}")

    assert answer.status_code == 200
    assert (f"/console/record/{exchange_id}" in visitor.page) == found


@pytest.mark.parametrize("code", ["quan-tri", "quan-sat"])
def test_who_may_not_read_the_record_does_not(office: Office, exchange_id: str, code: str) -> None:
    visitor = office.visitor(code)

    assert visitor.go("/console/record").status_code == 403
    assert visitor.go(f"/console/record/{exchange_id}").status_code == 403


def test_one_exchange_is_shown_with_its_entries(office: Office, exchange_id: str) -> None:
    officer = office.visitor("dau-moi")
    officer.go(f"/console/record/{exchange_id}")

    assert "Không tới được bên cung cấp" in officer.text
    assert "Ghi trước khi hỏi bên cung cấp" in officer.text
    assert "có, đã niêm phong" in officer.text
    assert "H32-26-0001" not in officer.page
    assert "127.0.0.1" in officer.text


def test_the_provider_sees_who_asked_and_not_by_which_key(office: Office, exchange_id: str) -> None:
    owner = office.visitor("chu-quan")
    owner.go(f"/console/record/{exchange_id}")

    assert "Một cửa" in owner.text
    assert "Nguyên văn" not in owner.text
    assert "Dấu vân khóa" not in owner.text
    assert "127.0.0.1" not in owner.text


def test_another_agencys_exchange_is_not_there_and_the_attempt_is_recorded(office: Office, exchange_id: str) -> None:
    stranger = office.new_clerk(Role.AGENCY_OFFICER, "000.00.02.H32")
    visitor = office.visitor(stranger.code)
    change = visitor.go("/console/record/01a216c6-0b27-7cc4-9b68-ee7bc1e95d13").status_code

    assert change == 404
    assert [notes["what"] for notes in readings(office, stranger.code)] == ["exchange"]


def test_each_search_and_export_is_recorded_with_what_was_asked(office: Office, exchange_id: str) -> None:
    auditor = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    visitor = office.visitor(auditor.code)
    visitor.go("/console/record?system=motcua")
    visitor.go("/console/record?system=motcua&format=csv")
    visitor.go(f"/console/record/{exchange_id}")

    noted = readings(office, auditor.code)
    assert [(one["what"], one.get("system"), one.get("format")) for one in noted] == [
        ("search", "motcua", None),
        ("export", "motcua", "csv"),
        ("exchange", None, None),
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_what_is_found_can_be_taken_along(office: Office, exchange_id: str, form: str) -> None:
    answer = office.visitor("thanh-tra").go(f"/console/record?system={SYSTEM}&format={form}")

    assert answer.headers["content-disposition"] == f'attachment; filename="nhat-ky.{form}"'
    assert form == "xlsx" or exchange_id in answer.text


def test_a_correlation_id_leads_to_its_exchange(office: Office, exchange_id: str) -> None:
    answer = office.visitor("thanh-tra").go(f"/console/record?q={exchange_id}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/record/{exchange_id}")


@pytest.mark.parametrize(
    "query",
    [
        "since=x&until=y",
        "since=0001-01-01T00:00&until=9999-12-31T23:59",
        "side=x&happened=x&ending=x&reason=x",
        "before=x",
        "q=khong-phai-ma",
        "since=2026-11-27T00:00&until=2026-11-26T00:00",
    ],
)
def test_an_address_that_makes_no_sense_breaks_nothing(office: Office, query: str) -> None:
    assert office.visitor("thanh-tra").go(f"/console/record?{query}").status_code == 200


def test_nothing_found_says_what_to_do(office: Office) -> None:
    visitor = office.visitor("dau-moi")
    visitor.go("/console/record?agreement=khong-co")

    assert "Mở rộng khoảng thời gian" in visitor.text


def test_a_change_and_a_reading_are_found_too(office: Office, exchange_id: str) -> None:
    visitor = office.visitor("thanh-tra")
    visitor.go(f"/console/record/{exchange_id}")
    office.catch_up()
    visitor.go("/console/record?happened=reading")

    assert "Xem nhật ký" in visitor.text
    assert "thanh-tra" in visitor.text
