"""Does an auditor get from the list of the record to a bundle that is checked offline, with nothing of ours at hand?"""

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from browsers import PHONE, open_chromium, open_context
from exported import alone, pinned, work
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, SYSTEM, token
from playwright.sync_api import Browser, Download, Page, expect
from visitors import PASSWORD, Office
from walk import sign_in

from security.staff import Role


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def exchange_id(office: Office) -> str:
    """A call of the consumer's system, recorded, listed and in the signed log."""
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": "H32-26-0003"}
    answer = httpx2.get(f"{office.gateway.url}{PARCEL.format('CD3')}", headers=headers, timeout=20, verify=NO_TLS)
    work(office.gateway)
    return str(answer.headers["exchange-id"])


def arrive(browser: Browser, office: Office) -> Page:
    """Return the first page of an auditor who has just signed in."""
    clerk = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    person = open_context(browser, office.gateway.url)
    sign_in(person, clerk.code, PASSWORD, clerk.secret)
    return person.page


def taken(page: Page, office: Office) -> Download:
    """Ask for the export whose form is open, wait for the worker, and take it along."""
    page.get_by_role("button", name="Xuất", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Tiến trình nền đang làm")
    work(office.gateway)
    page.get_by_role("link", name="Xem lại").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Tải về").click()
    return waiting.value


def checked(bundle: Path, office: Office, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Check a bundle with the one file that lies in it, in an empty environment, by keys that came another way."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("verify_bundle.py", directory)
    trusted = pinned(office.gateway.directory)
    (directory / "jwks.json").write_text(trusted.platform_keys)
    keys = ["--log-key", trusted.log_keys[0], "--platform-keys", str(directory / "jwks.json")]
    return alone(directory / "verify_bundle.py", str(bundle), *keys)


def test_an_auditor_takes_what_he_found_along_and_it_is_checked_offline(
    browser: Browser, office: Office, exchange_id: str, tmp_path: Path
) -> None:
    page = arrive(browser, office)
    page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Nhật ký", exact=True).click()
    page.get_by_text("Thêm điều kiện").click()
    page.get_by_label("Mã hệ thống").fill(SYSTEM)
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("link", name="Xuất bằng chứng").click()
    expect(page.get_by_role("main")).to_contain_text("Một cửa")

    download = taken(page, office)
    download.save_as(tmp_path / "bundle.zip")
    answer = checked(tmp_path / "bundle.zip", office, tmp_path)

    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "whole"), answer.stdout + answer.stderr
    assert "ATTENTION" not in answer.stdout
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert exchange_id in archive.read("records.jsonl").decode()


def test_one_exchange_leads_to_a_bundle_of_it_alone(
    browser: Browser, office: Office, exchange_id: str, tmp_path: Path
) -> None:
    page = arrive(browser, office)
    page.goto(f"/console/record/{exchange_id}")
    page.get_by_role("link", name="Xuất bằng chứng").click()

    download = taken(page, office)
    download.save_as(tmp_path / "bundle.zip")
    answer = checked(tmp_path / "bundle.zip", office, tmp_path)

    assert answer.returncode == 0, answer.stdout
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
