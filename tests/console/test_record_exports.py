"""Does a part of the record leave with whoever may have it, and is each step on record?"""

import io
import zipfile
from pathlib import Path

import httpx2
import pytest
from exported import readings_of, work
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, SYSTEM, token
from visitors import Office

from security.audit.verify_bundle import OK, Trusted, verify
from security.staff import Role


@pytest.fixture(scope="module")
def exchange_id(office: Office) -> str:
    """A call of the consumer's system, recorded, listed, and in the signed log."""
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": "H32-26-0002"}
    answer = httpx2.get(f"{office.gateway.url}{PARCEL.format('CD2')}", headers=headers, timeout=20, verify=NO_TLS)
    work(office.gateway)
    return str(answer.headers["exchange-id"])


def exported(office: Office, code: str, values: dict[str, str], *, query: str = "") -> tuple[str, httpx2.Response]:
    """Ask on the page, let the worker work, and take the file; return the page's address too."""
    visitor = office.visitor(code)
    visitor.go(f"/console/record/export{query}")
    asked = visitor.send("/console/record/export", values)
    assert asked.status_code == 303, visitor.text
    work(office.gateway)
    return asked.headers["location"], visitor.go(f"{asked.headers['location']}/file")


@pytest.mark.parametrize("form", ["bundle", "csv", "parquet"])
def test_an_auditor_takes_what_he_saw_along(office: Office, exchange_id: str, form: str, tmp_path: Path) -> None:
    values = {"form": form, "since": "2026-01-01T00:00", "system": SYSTEM, "happened": "call"}
    _, answer = exported(office, "thanh-tra", values)

    (tmp_path / "bundle.zip").write_bytes(answer.content)
    assert answer.headers["content-type"] == "application/zip"
    assert verify(tmp_path / "bundle.zip", Trusted()).verdict == OK


def test_one_exchange_is_exported_from_its_page(office: Office, exchange_id: str) -> None:
    officer = office.visitor("dau-moi")
    officer.go(f"/console/record/{exchange_id}")
    assert f"/console/record/export?exchange={exchange_id}" in officer.page

    _, answer = exported(office, "dau-moi", {"exchanges": exchange_id}, query=f"?exchange={exchange_id}")
    records = zipfile.ZipFile(io.BytesIO(answer.content)).read("records.jsonl").decode().splitlines()
    assert len(records) >= 2
    assert all(exchange_id in record for record in records)


def test_another_agency_gets_nothing_of_it(office: Office, exchange_id: str) -> None:
    stranger = office.new_clerk(Role.AGENCY_OFFICER, "000.00.02.H32")
    page, answer = exported(office, stranger.code, {"exchanges": exchange_id})
    visitor = office.visitor(stranger.code)
    visitor.go(page)

    assert answer.status_code == 404
    assert "Không có bản ghi nào khớp" in visitor.text


def test_nobody_sees_or_takes_anothers_export(office: Office, exchange_id: str) -> None:
    page, answer = exported(office, "thanh-tra", {"exchanges": exchange_id})
    other = office.visitor(office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY).code)

    assert answer.status_code == 200
    assert (other.go(page).status_code, other.go(f"{page}/file").status_code) == (404, 404)


def test_asking_making_and_taking_are_on_record(office: Office, exchange_id: str) -> None:
    auditor = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    exported(office, auditor.code, {"exchanges": exchange_id})

    noted = readings_of(office.gateway, auditor.code)
    assert [one["what"] for one in noted] == ["export", "export-made", "export-taken"]
    assert int(str(noted[1]["records"])) >= 2
    assert noted[1]["digest"] == noted[2]["digest"]


@pytest.mark.parametrize("typed", ["không phải mã", "0193f0a2"])
def test_what_is_no_correlation_id_is_shown_at_its_field(office: Office, typed: str) -> None:
    visitor = office.visitor("thanh-tra")
    visitor.go("/console/record/export")

    assert visitor.send("/console/record/export", {"exchanges": typed}).status_code == 422
    assert "có mã không phải mã tra cứu" in visitor.text
    assert typed in visitor.page


def test_the_list_shows_what_was_exported_and_leaves_as_a_file(office: Office, exchange_id: str) -> None:
    page, _ = exported(office, "thanh-tra", {"exchanges": exchange_id})
    visitor = office.visitor("thanh-tra")
    visitor.go("/console/record/exports?state=ready&form=bundle")

    assert page in visitor.page
    assert visitor.go("/console/record/exports?format=csv").headers["content-type"].startswith("text/csv")


def test_a_program_asks_waits_and_takes(office: Office, exchange_id: str) -> None:
    headers = {"authorization": f"Bearer {office.clerks['thanh-tra'].token}"}
    with httpx2.Client(base_url=office.gateway.url, headers=headers, verify=NO_TLS, timeout=20) as client:
        asked = client.post("/api/v1/record/exports", json={"form": "jsonl", "exchanges": [exchange_id]})
        early = client.get(f"{asked.headers['location']}/file")
        work(office.gateway)
        shown = client.get(asked.headers["location"]).json()
        taken = client.get(shown["file"])

    assert (asked.status_code, early.status_code, shown["state"], taken.status_code) == (202, 404, "ready", 200)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"exchanges": ["x"]},
        {"search": {"since": "2026-01-01T00:00:00", "until": "2026-02-01T00:00:00"}},
        {"search": {"since": "2020-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}},
        {"form": "xlsx", "exchanges": []},
    ],
)
def test_an_order_that_says_too_little_or_too_much_is_refused(office: Office, document: dict[str, object]) -> None:
    headers = {"authorization": f"Bearer {office.clerks['thanh-tra'].token}"}
    url = f"{office.gateway.url}/api/v1/record/exports"
    answer = httpx2.post(url, json=document, headers=headers, verify=NO_TLS, timeout=20)

    assert answer.json()["type"].endswith("/content-invalid")
