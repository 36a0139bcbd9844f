"""Do pages and control API go on in the archive where months were removed, and say so where they cannot?"""

import duckdb
import httpx2
import pytest
from gateways import NO_TLS
from visitors import Office

OCTOBER_PAGE = "/console/record?since=2026-10-01T00:00&until=2026-10-31T00:00"


@pytest.fixture(scope="module")
def own_office(archived_office: Office) -> Office:
    """The office of this module."""
    return archived_office


@pytest.fixture(scope="module")
def exchange_id(archived_office: Office) -> str:
    """A call of October, which stands in the archive only."""
    path = next((archived_office.gateway.directory / "archive").glob("record-2026-10*.parquet"))
    with duckdb.connect() as database:
        found = database.execute(f"SELECT max(exchange_id) FROM read_parquet('{path}')").fetchone()
    assert found is not None
    return str(found[0])


def with_archive(office: Office) -> None:
    """Start the gateway anew with the setting."""
    office.gateway.stop()
    office.gateway.environment["LIENTHONG_ARCHIVE_DIR"] = str(office.gateway.directory / "archive")
    office.gateway.start()


def test_months_that_cannot_be_shown_are_named_until_the_gateway_is_told_where_they_lie(
    own_office: Office, exchange_id: str
) -> None:
    auditor = own_office.visitor("thanh-tra")
    auditor.go(OCTOBER_PAGE)
    named, listed = auditor.text, auditor.page
    file = auditor.go(f"{OCTOBER_PAGE}&format=csv")
    gone = auditor.go(f"/console/record/{exchange_id}")

    with_archive(own_office)
    auditor = own_office.visitor("thanh-tra")
    auditor.go(OCTOBER_PAGE)

    assert "2026-10 đã chuyển sang kho lưu trữ" in named
    assert exchange_id not in listed
    assert (file.status_code, gone.status_code) == (503, 404)
    assert "kho lưu trữ" not in auditor.text
    assert f"/console/record/{exchange_id}" in auditor.page
    assert exchange_id in auditor.go(f"{OCTOBER_PAGE}&format=csv").text


def test_an_exchange_is_shown_from_the_archive(own_office: Office, exchange_id: str) -> None:
    with_archive(own_office)
    auditor = own_office.visitor("thanh-tra")
    page = auditor.go(f"/console/record/{exchange_id}")
    token = own_office.clerks["thanh-tra"].token
    with httpx2.Client(base_url=own_office.gateway.url, verify=NO_TLS, timeout=30) as client:
        headers = {"authorization": f"Bearer {token}"}
        answer = client.get(f"/api/v1/record/exchanges/{exchange_id}", headers=headers)

    assert page.status_code == 200
    assert "Ghi trước khi trả kết quả" in auditor.text
    assert [one["kind"] for one in answer.json()["records"]] == ["INTENT", "OUTCOME"]


def test_who_asked_under_a_case_file_is_found_in_the_archive_too(own_office: Office, exchange_id: str) -> None:
    with_archive(own_office)
    auditor = own_office.visitor("thanh-tra")
    auditor.go("/console/record/person")

    answer = auditor.send("/console/record/person", {"kind": "case-file", "number": "H01-26-0001"})

    assert answer.status_code == 200
    assert f"/console/record/{exchange_id}" in auditor.page
    assert "kho lưu trữ" not in auditor.text


def test_another_agency_sees_nothing_of_it_in_the_archive_either(own_office: Office, exchange_id: str) -> None:
    with_archive(own_office)
    officer = own_office.visitor("dau-moi")
    page = officer.go(f"/console/record/{exchange_id}")
    officer.go(f"{OCTOBER_PAGE}&happened=all")

    assert page.status_code == 404
    assert exchange_id not in officer.page
