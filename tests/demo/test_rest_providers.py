"""Do the REST providers answer over real HTTP, and only to who proves itself?"""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

# Writing a demo takes ten seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("demo")

CLOSED = ["dmdc/Category/DVHC", "tthc/ho-so", "pakn/phan-anh", "dulich/huong-dan-vien"]
FEEDBACK = {"LinhVuc": "Giao thông", "MaDVHC": "22366", "TieuDe": "Ổ gà", "NoiDung": "Đường hỏng"}


def secret(demo: Path, name: str) -> str:
    return (demo / "secrets" / name).read_text()


@pytest.fixture
def bearer(providers: str, demo: Path) -> dict[str, str]:
    pair = f"{secret(demo, 'tthc.client_id')}:{secret(demo, 'tthc.client_secret')}"
    answer = requests.post(
        f"{providers}/tthc/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
        timeout=10,
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def pakn(demo: Path) -> requests.Session:
    session = requests.Session()
    session.auth = (secret(demo, "pakn.user"), secret(demo, "pakn.password"))
    return session


@pytest.mark.parametrize("path", CLOSED)
def test_a_provider_refuses_who_does_not_prove_itself(path: str, providers: str) -> None:
    assert requests.get(f"{providers}/{path}", timeout=10).status_code == 401


@pytest.mark.parametrize("database", ["dmdc", "tthc", "pakn", "dulich", "ktxh", "thunghiem", "soap/yte"])
def test_a_provider_tells_its_health(database: str, providers: str) -> None:
    assert requests.get(f"{providers}/{database}/health", timeout=10).json() == {"status": "ok"}


def test_open_figures_need_no_proof_and_are_filtered(providers: str) -> None:
    answer = requests.get(f"{providers}/ktxh/so-lieu", params={"MaChiTieu": "GRDP", "MaDVHC": "56"}, timeout=10).json()
    assert answer["count"] == 11
    assert {row["MaChiTieu"] for row in answer["data"]} == {"GRDP"}


def test_a_category_is_a_bare_list(providers: str, demo: Path) -> None:
    key = {"ApiKey": secret(demo, "dmdc.api_key")}
    answer = requests.get(f"{providers}/dmdc/Category/DVHC?MaDVHC=22366", headers=key, timeout=10).json()
    assert [row["TenDVHC"] for row in answer] == ["Phường Nha Trang"]


def test_a_case_file_holds_more_than_anybody_needs(providers: str, bearer: dict[str, str]) -> None:
    first = requests.get(f"{providers}/tthc/ho-so", headers=bearer, timeout=10).json()["duLieu"][0]["MaHoSo"]
    answer = requests.get(f"{providers}/tthc/ho-so/{first}", headers=bearer, timeout=10).json()
    assert answer["MaHoSo"] == first
    assert {"SoDinhDanh", "DanToc", "TaiKhoanNganHang"} <= set(answer["NguoiNop"])


def test_pages_follow_each_other(providers: str, bearer: dict[str, str]) -> None:
    pages = [
        requests.get(f"{providers}/tthc/ho-so?trang={n}&kichThuoc=5", headers=bearer, timeout=10).json() for n in (1, 2)
    ]
    assert len({row["MaHoSo"] for page in pages for row in page["duLieu"]}) == 10


def test_a_missing_case_file_is_not_found(providers: str, bearer: dict[str, str]) -> None:
    assert requests.get(f"{providers}/tthc/ho-so/H32.none", headers=bearer, timeout=10).status_code == 404


def test_a_feedback_sent_twice_is_kept_once(providers: str, pakn: requests.Session) -> None:
    sent = [
        pakn.post(f"{providers}/pakn/phan-anh", json=FEEDBACK, headers={"Idempotency-Key": "k-1"}, timeout=10)
        for _ in range(2)
    ]
    assert [one.status_code for one in sent] == [201, 200]
    assert sent[0].json()["MaPhanAnh"] == sent[1].json()["MaPhanAnh"]


def test_a_key_is_not_used_for_another_feedback(providers: str, pakn: requests.Session) -> None:
    pakn.post(f"{providers}/pakn/phan-anh", json=FEEDBACK, headers={"Idempotency-Key": "k-2"}, timeout=10)
    other = {**FEEDBACK, "TieuDe": "Khác"}
    answer = pakn.post(f"{providers}/pakn/phan-anh", json=other, headers={"Idempotency-Key": "k-2"}, timeout=10)
    assert answer.status_code == 409


def test_a_sent_feedback_can_be_read(providers: str, pakn: requests.Session) -> None:
    sent = pakn.post(f"{providers}/pakn/phan-anh", json=FEEDBACK, headers={"Idempotency-Key": "k-3"}, timeout=10)
    code = sent.json()["MaPhanAnh"]
    assert pakn.get(f"{providers}/pakn/phan-anh/{code}", timeout=10).json()["TieuDe"] == "Ổ gà"


@pytest.mark.parametrize("content", [{}, {**FEEDBACK, "La": "x"}, {**FEEDBACK, "MaDVHC": "00000"}, {"TieuDe": 1}])
def test_a_feedback_of_another_shape_is_refused(
    content: dict[str, object], providers: str, pakn: requests.Session
) -> None:
    answer = pakn.post(f"{providers}/pakn/phan-anh", json=content, headers={"Idempotency-Key": "k-4"}, timeout=10)
    assert answer.status_code == 422


@pytest.mark.parametrize(("path", "status"), [("binh-thuong", 200), ("tuchoi", 403), ("hong", 500), ("khong-co", 404)])
def test_the_test_service_answers_as_asked(path: str, status: int, providers: str) -> None:
    assert requests.get(f"{providers}/thunghiem/{path}", timeout=10).status_code == status


def test_the_test_service_talks_nonsense(providers: str) -> None:
    answer = requests.get(f"{providers}/thunghiem/rac", timeout=10)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_the_test_service_cuts_the_connection(providers: str) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{providers}/thunghiem/ngat", timeout=10)


def test_a_slow_answer_can_be_given_up(providers: str) -> None:
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{providers}/thunghiem/cham", timeout=0.3)


def test_what_is_written_without_an_answer_is_written_once(providers: str, demo: Path) -> None:
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(f"{providers}/thunghiem/ghi-roi-ngat", json={"NoiDung": "mot-lan"}, timeout=0.5)
    with closing(sqlite3.connect(demo / "state" / "thunghiem.sqlite")) as connection:
        written = connection.execute("SELECT count(*) FROM ghi WHERE noi_dung LIKE '%mot-lan%'").fetchone()[0]
    assert written == 1


def test_the_national_services_know_the_same_people(providers: str, demo: Path) -> None:
    pair = (secret(demo, "national.client_id"), secret(demo, "national.client_secret"))
    form = {"grant_type": "client_credentials"}
    token = requests.post(f"{providers}/national/token", data=form, auth=pair, timeout=10).json()["access_token"]
    with closing(sqlite3.connect(demo / "sql" / "doanhnghiep.sqlite")) as connection:
        number, name = connection.execute("SELECT msdn, ten FROM doanh_nghiep LIMIT 1").fetchone()
    answer = requests.get(
        f"{providers}/national/apiCSDLDKDN/1.0/chiTietDoanhNghiep",
        params={"msdn": number},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.json()["Data"]["MainInformation"]["NAME"] == name
