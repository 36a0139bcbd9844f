"""Does an auditor get from an alert to a bundle of evidence that is checked offline, with nothing of ours at hand?"""

import asyncio
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from browsers import PHONE, open_chromium, open_context
from conftest import in_a_thread
from exported import alone, pinned, work
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, token
from playwright.sync_api import expect
from visitors import PASSWORD, Office
from walk import sign_in

from gateway.db import Database
from gateway.misuse.watching import MisuseWatch
from security.audit.record import Committed, Entry
from security.misuse.limits import Limits
from security.staff import Role


class _Nowhere:
    """The worker's record, which nothing is written to here."""

    async def append(self, entry: Entry) -> Committed:
        raise AssertionError(entry)


@pytest.fixture(scope="module")
def office(own_office: Office) -> Office:
    """An office in which nobody else probes."""
    return own_office


def probe(office: Office) -> set[str]:
    """Ask eleven times for a field that is not agreed; return the correlation ids."""
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": "H32-26-0009"}
    address = f"{office.gateway.url}{PARCEL.format('CD1')}?fields=ChuSoHuu.SoDinhDanh"
    answers = [httpx2.get(address, headers=headers, timeout=20, verify=NO_TLS) for _ in range(11)]
    return {answer.headers["exchange-id"] for answer in answers}


def watch(office: Office) -> None:
    """Do what the worker does: look at the record for misuse."""

    async def run() -> None:
        database = Database.open(office.gateway.database_url)
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        await MisuseWatch(database, _Nowhere(), Limits(), zone, lambda: datetime.now(UTC)).take_turn(datetime.now(UTC))
        await database.close()

    in_a_thread(lambda: asyncio.run(run()))


def test_an_auditor_goes_from_an_alert_to_evidence_that_is_checked_offline(office: Office, tmp_path: Path) -> None:
    asked = probe(office)
    work(office.gateway)
    watch(office)
    clerk = office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    with open_chromium() as browser:
        person = open_context(browser, office.gateway.url)
        sign_in(person, clerk.code, PASSWORD, clerk.secret)
        page = person.page
        page.get_by_role("navigation", name="Trình đơn").get_by_role("link", name="Cảnh báo", exact=True).click()
        row = page.get_by_role("row").filter(has_text="Liên tục xin điều chưa thỏa thuận")
        expect(row).to_contain_text("Một cửa")
        row.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("R8")
        page.get_by_role("link", name="Xuất bằng chứng").click()
        page.get_by_role("button", name="Xuất", exact=True).click()
        work(office.gateway)
        page.get_by_role("link", name="Xem lại").click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Tải về").click()
        waiting.value.save_as(tmp_path / "bundle.zip")
        page.goto("/console/alerts")
        page.get_by_role("row").filter(has_text="R8").get_by_role("link").click()
        page.get_by_label("Sử dụng sai").check()
        page.get_by_label("Lý do, ai đã giải trình").fill("Đơn vị xác nhận phần mềm dò trường dữ liệu")
        page.get_by_role("button", name="Ghi kết luận").click()
        expect(page.get_by_role("main")).to_contain_text("Đơn vị xác nhận phần mềm dò trường dữ liệu")
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    answer = checked(tmp_path / "bundle.zip", office, tmp_path)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        records = archive.read("records.jsonl").decode()

    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "whole"), answer.stdout + answer.stderr
    assert sum(one in records for one in asked) >= 1
    assert wide <= 0


def checked(bundle: Path, office: Office, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Check a bundle with the one file that lies in it, in an empty environment, by keys that came another way."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("verify_bundle.py", directory)
    trusted = pinned(office.gateway.directory)
    (directory / "jwks.json").write_text(trusted.platform_keys)
    keys = ["--log-key", trusted.log_keys[0], "--platform-keys", str(directory / "jwks.json")]
    return alone(directory / "verify_bundle.py", str(bundle), *keys)
