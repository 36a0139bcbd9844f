"""Does everybody read the figures that are his to read, on pages and in files?"""

import asyncio
import io
import re
import uuid
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import in_a_thread
from gateways import AGREEMENT, CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM
from openpyxl import load_workbook
from recorded import entry, writing
from visitors import Office

from gateway.console.reports.pages import CONNECTIONS, REPORTS
from gateway.db import Database
from gateway.figures.rollup import roll_up
from security.audit.record import Decision, Kind, Outcome, What, Who, Why

WHAT = What(database="datdai", service="thua-dat", version=1, operation="xem", door="rest")
WHO = Who(agency=CONSUMER_AGENCY, system=SYSTEM)
ANSWER = Outcome(status=200, latency_us=30_000, fields_withheld=("ChuSoHuu.DienThoai",))
TIMED_OUT = (Outcome(status=504, latency_us=10), Decision(allowed=False, reason="provider-timeout"))


@pytest.fixture(scope="module")
def counted_office(own_office: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office of its own, after three answers and a failure of the land database, counted."""
    url = own_office.gateway.database_url

    async def fill() -> None:
        async with writing(url, tmp_path_factory.mktemp("figures"), node="elsewhere") as record:
            for outcome, decision in [(ANSWER, Decision(allowed=True))] * 3 + [TIMED_OUT]:
                exchange_id, why = str(uuid.uuid4()), Why(agreement=AGREEMENT, case_file="H1")
                await record.append(entry(Kind.INTENT, exchange_id, who=WHO, what=WHAT, why=why))
                await record.append(
                    entry(Kind.OUTCOME, exchange_id, who=WHO, what=None, why=None, outcome=outcome, decision=decision)
                )
        database = Database.open(url)
        await roll_up(database, zone=ZoneInfo("Asia/Ho_Chi_Minh"))
        await database.close()

    in_a_thread(lambda: asyncio.run(fill()))
    return own_office


def row_of(page: str, key: str) -> list[str]:
    """Return the cells of the first row of a page that says `key`."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    found = next(row for row in rows if key in row)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found, re.DOTALL)]


@pytest.mark.parametrize("key", ["", *(one.key for one in (*REPORTS, CONNECTIONS))])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_report_is_shown(counted_office: Office, key: str, language: str) -> None:
    visitor = counted_office.visitor("quan-tri")
    visitor.cookies.set("language", language)

    answer = visitor.go(f"/console/reports/{key}".rstrip("/"))

    assert answer.status_code == 200
    assert ("Báo cáo" if language == "vi" else "Reports") in visitor.text


def test_an_operation_is_told_with_its_numbers(counted_office: Office) -> None:
    visitor = counted_office.visitor("thanh-tra")
    visitor.go("/console/reports/operations?period=7-days")

    cells = row_of(visitor.page, "datdai/thua-dat/v1/xem")

    assert cells[3:9] == ["4", "3", "0", "1", "0", "75,0 %"]


def test_a_refusal_is_told_in_words_with_the_side_it_is_on(counted_office: Office) -> None:
    visitor = counted_office.visitor("quan-sat")
    visitor.go("/console/reports/refusals?period=7-days")

    assert row_of(visitor.page, "provider-timeout")[2] == "Bên cung cấp dữ liệu"


def test_a_connection_is_told_with_its_last_use(counted_office: Office) -> None:
    visitor = counted_office.visitor("quan-tri")
    visitor.go("/console/reports/connections")

    cells = row_of(visitor.page, AGREEMENT)

    assert cells[3] == "Đang có hiệu lực"
    assert cells[5:7] == ["3", "1"]


@pytest.mark.parametrize(
    ("code", "asked", "exchanges"),
    [
        ("dau-moi", "", "4"),  # what his agency asked for
        ("dau-moi", "&side=provider", "0"),  # it has no database
        ("chu-quan", "", "4"),  # what was asked of his databases
        ("chu-quan", "&side=all", "4"),
        ("dau-moi", f"&side=provider&agency={PROVIDER_AGENCY}", "0"),  # another agency's are passed over
        ("quan-sat", f"&side=provider&agency={PROVIDER_AGENCY}", "4"),  # observers see every agency's
        ("quan-tri", f"&agency={PROVIDER_AGENCY}", "0"),
    ],
)
def test_an_agency_sees_its_own_figures_and_observers_all(
    counted_office: Office, code: str, asked: str, exchanges: str
) -> None:
    visitor = counted_office.visitor(code)
    visitor.go(f"/console/reports?period=7-days{asked}")

    assert re.findall(r'<p class="figure">([^<]+)</p>', visitor.page)[0] == exchanges


def test_a_report_leaves_as_a_workbook_with_all_its_rows(counted_office: Office) -> None:
    visitor = counted_office.visitor("quan-tri")

    answer = visitor.go("/console/reports/services?period=7-days&format=xlsx")

    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[2]][1:5] == ["datdai/thua-dat/v1", "Đất đai", 4, 3]


def test_a_report_leaves_as_json_with_numbers(counted_office: Office) -> None:
    visitor = counted_office.visitor("quan-tri")

    answer = visitor.go("/console/reports/indicators?period=7-days&format=json")

    by_name = {row["indicator"]: row for row in answer.json()}
    assert by_name["Lượt trao đổi thành công"]["value"] == 0.75


def test_all_reports_of_a_period_leave_in_one_file_without_secrets(counted_office: Office) -> None:
    answer = counted_office.visitor("thanh-tra").go("/console/reports/pack?period=year")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        names = set(pack.namelist())
        services, settings = (pack.read(name).decode("utf-8-sig") for name in ("services.csv", "settings.csv"))
    assert names == {"README.txt", "settings.csv", "connections.csv", *(f"{one.key}.csv" for one in REPORTS)}
    assert "datdai/thua-dat/v1" in services
    assert "LIENTHONG_TIMEZONE" in settings


@pytest.mark.parametrize("code", ["chu-quan", "dau-moi", "quan-sat"])
def test_the_whole_pack_is_for_those_who_run_or_check_the_platform(office: Office, code: str) -> None:
    assert office.visitor(code).go("/console/reports/pack").status_code == 403


def test_a_report_that_there_is_not_is_not_found(office: Office) -> None:
    assert office.visitor("quan-tri").go("/console/reports/no-such").status_code == 404


def test_nobody_reads_figures_without_signing_in(office: Office, tmp_path: Path) -> None:
    assert office.visitor().go("/console/reports").headers["location"].startswith("/console/sign-in")
