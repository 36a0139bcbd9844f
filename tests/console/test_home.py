"""Does everybody see first what concerns him, and those who run the platform how it does?"""

import re
from pathlib import Path

import pytest
from nursery import run_command
from visitors import Office

from gateway import worker
from gateway.console.platform import JOBS
from gateway.platform_state import settings_in_force
from gateway.settings import Settings
from gateway.siem.stream import FILE, TLS

ROLES = {
    "quan-tri": "Quản trị nền tảng",
    "chu-quan": "Chủ quản dữ liệu",
    "dau-moi": "Cán bộ đầu mối",
    "thanh-tra": "Kiểm tra, giám sát",
    "quan-sat": "Người theo dõi",
}


@pytest.mark.parametrize("code", ROLES)
def test_the_first_page_says_who_one_is_and_what_waits(office: Office, code: str) -> None:
    visitor = office.visitor(code)

    answer = visitor.go("/console")

    assert answer.status_code == 200
    assert f"Xin chào, Người {code} {ROLES[code]}" in visitor.text
    assert "Việc chờ bạn" in visitor.text


@pytest.mark.parametrize(
    ("code", "whose"),
    [("quan-tri", "Toàn nền tảng"), ("chu-quan", "Đơn vị cung cấp"), ("dau-moi", "Đơn vị khai thác")],
)
def test_the_figures_of_today_are_those_of_the_reader(office: Office, code: str, whose: str) -> None:
    visitor = office.visitor(code)

    visitor.go("/console")

    assert f"Hôm nay {whose}" in visitor.text


@pytest.mark.parametrize(("code", "sees"), [("quan-tri", True), ("chu-quan", True), ("dau-moi", False)])
def test_providers_are_shown_to_those_who_keep_them(office: Office, code: str, sees: bool) -> None:
    visitor = office.visitor(code)

    visitor.go("/console")

    assert ("Nguồn dữ liệu" in visitor.text) is sees


@pytest.mark.parametrize(
    ("code", "status"), [("quan-tri", 200), ("thanh-tra", 200), ("chu-quan", 403), ("dau-moi", 403), ("quan-sat", 403)]
)
def test_the_state_of_the_platform_is_for_those_who_run_or_check_it(office: Office, code: str, status: int) -> None:
    assert office.visitor(code).go("/console/platform").status_code == status


def test_the_state_of_the_platform_tells_of_this_node(office: Office) -> None:
    visitor = office.visitor("quan-tri")

    visitor.go("/console/platform")

    assert "Cơ sở dữ liệu của nền tảng: Bình thường" in visitor.text
    assert "Cổng (nhận lời gọi) Đang chạy" in visitor.text


def test_the_last_backup_is_told(office: Office, tmp_path: Path) -> None:
    settings = {
        "LIENTHONG_DATABASE_URL": office.gateway.database_url,
        "LIENTHONG_KEYS_DIR": str(office.gateway.directory / "keys"),
        "LIENTHONG_VAR_DIR": str(tmp_path),
    }
    code, said = run_command(
        ["backup", str(tmp_path / "ban-sao"), "--by", "quan-tri"], settings=settings, directory=tmp_path
    )
    assert code == 0, said
    office.catch_up()

    visitor = office.visitor("quan-tri")
    visitor.go("/console/platform")

    assert "Lần gần nhất: " in visitor.text
    assert "Chưa có bản sao lưu nào" not in visitor.text


def test_every_job_of_the_worker_has_words() -> None:
    source = Path(worker.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'Job\(\s*"([a-z-]+)"', source)) | {f"siem-{name}" for name in (TLS, FILE)}

    assert len(names) > 15
    assert names - set(JOBS) == set()


def test_settings_leave_as_a_file(office: Office) -> None:
    rows = office.visitor("quan-tri").go("/console/platform?format=json").json()

    assert {"variable": "LIENTHONG_TIMEZONE", "value": "Asia/Ho_Chi_Minh", "origin": "mặc định"} in rows


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://nguoi:mat-khau@may/kho?password=mat-khau", "postgresql://…@may/kho"),
        ("postgresql://may/kho", "postgresql://may/kho"),
        ("sqlite:///var/lienthong.db", "sqlite:///var/lienthong.db"),
    ],
)
def test_a_setting_is_shown_without_its_password(url: str, shown: str) -> None:
    told = {one.variable: one for one in settings_in_force(Settings(database_url=url, redis_url=""))}

    assert told["LIENTHONG_DATABASE_URL"].value == shown
