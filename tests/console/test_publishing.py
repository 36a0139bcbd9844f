"""Can a data owner publish from any source on pages, without script, and nobody touch what is another's?"""

import io
import sqlite3
import zipfile
from contextlib import closing

import pytest
from publishing_desk import OPENAPI
from publishing_pages import CSV, OTHERS_SECRET, fields_of, publish, register, upload
from soap_province import WSDL, XSD
from visitors import Office, Visitor

pytestmark = pytest.mark.xdist_group("workplace")


def test_a_file_is_previewed_with_people_masked_and_published(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    shown = owner.text
    page = publish(owner, draft)

    assert "số định danh, số giấy tờ tùy thân" in shown
    assert "KH-1" in shown
    assert "Nguyễn Văn An" not in shown
    assert "056099000001" not in shown
    assert "Đang phục vụ" in owner.text or owner.go(page).status_code == 200


def test_corrections_are_what_differs(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    typed = fields_of(owner.page)
    del typed["f1.keep"]
    typed |= {"f3.class": "open", "f3.title_vi": "Công suất máy", "then": "stay"}

    answer = owner.send(f"/console/publishing/{draft}", typed)
    owner.go(answer.headers["location"])

    assert answer.status_code == 303, owner.text
    assert "ChuSoHuu" not in owner.text
    assert "Công suất máy" in owner.page
    assert "người công bố quyết định" in owner.text


def test_a_draft_that_somebody_else_changed_is_not_overwritten(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    typed = fields_of(owner.page) | {"f3.title_vi": "Một", "then": "stay"}
    owner.send(f"/console/publishing/{draft}", typed)

    answer = owner.send(f"/console/publishing/{draft}", typed | {"f3.title_vi": "Hai"})

    assert answer.status_code == 422
    assert "có người đã sửa bản nháp này" in owner.text


def test_rows_of_the_source_are_seen_again_masked(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    owner.go(f"/console/publishing/{draft}")
    before = owner.text

    owner.send(f"/console/publishing/{draft}/rows")

    assert "KH-2" not in before
    assert "KH-2" in owner.text
    assert "056099000002" not in owner.page


def test_another_key_is_taken_or_refused(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    refused = owner.send(f"/console/publishing/{draft}/key", {"key": "Không có cột này"})
    owner.go(f"/console/publishing/{draft}")
    taken = owner.send(f"/console/publishing/{draft}/key", {"key": "Số định danh"})

    assert (refused.status_code, taken.status_code) == (422, 201)
    assert "/chi-tiet/{SoDinhDanh}" in owner.text


def test_a_try_shows_what_came_with_people_masked(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    owner.go(f"/console/publishing/{draft}/try?operation=chi-tiet")

    owner.send(f"/console/publishing/{draft}/try", {"operation": "chi-tiet", "parameters.SoDangKy": "KH-2"})

    assert "Nơi cung cấp đã trả lời đúng mô tả. 1 dòng" in owner.text
    assert "KH-2" in owner.text
    assert "056099000002" not in owner.page


def test_a_try_says_at_its_field_what_is_wrong(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    owner.go(f"/console/publishing/{draft}/try")
    answer = owner.send(f"/console/publishing/{draft}/try", {"operation": "danh-sach", "parameters.limit": "nhiều"})

    assert answer.status_code == 422
    assert 'id="f-parameters-limit-fault"' in owner.page


def test_a_table_of_the_operators_directory_is_published(workplace: Office, owner: Visitor, database: str) -> None:
    share = workplace.gateway.directory / "nguon"
    share.mkdir(exist_ok=True)
    with closing(sqlite3.connect(share / "a.db")) as connection:
        connection.executescript(
            "CREATE TABLE IF NOT EXISTS ho (ma VARCHAR(9) PRIMARY KEY, ten VARCHAR(50));"
            "INSERT OR IGNORE INTO ho VALUES ('H1', 'An');"
        )
    owner.go("/console/publishing/new/table")
    owner.send(
        "/console/publishing/new/table",
        {"database": database, "title_vi": "Hộ", "endpoint": f"sqlite:///{share}/a.db", "table": "ho"},
    )
    assert f"{database}.ho.v1" in owner.page, owner.text
    owner.send(f"/console/publishing/{database}.ho.v1/rows")
    assert "H1" in owner.text
    publish(owner, f"{database}.ho.v1")


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"endpoint": "sqlite:////etc/hosts"}, "endpoint"),
        ({"endpoint": "postgresql://u@127.0.0.1/d", "secrets": f"password = env:{OTHERS_SECRET}"}, "secrets"),
        ({"endpoint": "postgresql://u@127.0.0.1/d", "secrets": "password = file:/etc/passwd"}, "secrets"),
        ({"endpoint": "postgresql://u@127.0.0.1/d", "secrets": "mật khẩu của tôi"}, "secrets"),
        ({"endpoint": ""}, "endpoint"),
    ],
)
def test_what_is_not_the_agencys_is_refused_at_its_field(
    owner: Visitor, database: str, members: dict[str, str], where: str
) -> None:
    owner.go("/console/publishing/new/table")
    answer = owner.send(
        "/console/publishing/new/table", {"database": database, "title_vi": "Hộ", "table": "ho", **members}
    )

    assert answer.status_code == 422
    assert f'id="f-{where}-fault"' in owner.page


def test_an_openapi_document_is_published(owner: Visitor, database: str) -> None:
    owner.go("/console/publishing/new/openapi")
    answer = owner.upload(
        "/console/publishing/new/openapi",
        {"database": database, "title_vi": "Thửa đất"},
        "file",
        "a.yaml",
        OPENAPI.encode(),
    )

    assert answer.status_code == 201
    assert "ChuSoHuu.SoDinhDanh" in answer.text
    publish(owner, f"{database}.thua-dat.v1")


def test_a_zip_with_a_wsdl_and_what_it_imports_is_published(owner: Visitor, database: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ho.wsdl", WSDL)
        archive.writestr("ho.xsd", XSD)
    owner.go("/console/publishing/new/wsdl")
    answer = owner.upload(
        "/console/publishing/new/wsdl",
        {"database": database, "title_vi": "Hộ gia đình", "endpoint": "http://127.0.0.1:9"},
        "file",
        "ho.zip",
        packed.getvalue(),
    )

    assert answer.status_code == 201
    assert "Ho.ChuHo" in answer.text
    publish(owner, f"{database}.ho-gia-dinh.v1")


@pytest.mark.parametrize(("kind", "name"), [("openapi", "a.yaml"), ("wsdl", "a.wsdl"), ("file", "a.csv")])
def test_what_cannot_be_read_is_refused_in_words(owner: Visitor, database: str, kind: str, name: str) -> None:
    owner.go(f"/console/publishing/new/{kind}")
    answer = owner.upload(
        f"/console/publishing/new/{kind}",
        {"database": database, "title_vi": "X"},
        "file",
        name,
        b"\xff\xfe\x00nonsense",
    )

    assert answer.status_code == 422
    assert "Nội dung không hợp lệ" in answer.text


def test_what_breaks_callers_gets_the_next_number(owner: Visitor, database: str) -> None:
    publish(owner, upload(owner, database))
    less = CSV.replace(",Công suất", "").replace(",120", "").replace(",90", "")
    draft = upload(owner, database, less, service="tau-ca", version="1")
    owner.go(f"/console/publishing/{draft}/release")
    told = owner.text

    answer = owner.send(f"/console/publishing/{draft}/next-version")
    location = answer.headers["location"]

    assert "phải công bố thành phiên bản 2" in told
    assert "CongSuat" in told
    assert location == f"/console/publishing/{database}.tau-ca.v2/release"
    assert publish(owner, f"{database}.tau-ca.v2").endswith("/tau-ca/v2")


def test_a_draft_is_given_up_after_a_question(owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    owner.go(f"/console/publishing/{draft}/drop")
    assert owner.send(f"/console/publishing/{draft}/drop").status_code == 303

    owner.go(f"/console/publishing/{draft}/release")
    assert owner.send(f"/console/publishing/{draft}/release").status_code in (409, 422)


def test_publishing_needs_a_recent_proof(workplace: Office, owner: Visitor, database: str) -> None:
    draft = upload(owner, database)
    tired = workplace.visitor("chu-quan", proven_minutes_ago=60)

    answer = tired.go(f"/console/publishing/{draft}/release")

    assert answer.headers["location"].startswith("/console/prove?next=%2Fconsole%2Fpublishing%2F")


@pytest.fixture(scope="module")
def kept(workplace: Office) -> str:
    """A draft that stands for the whole module."""
    owner = workplace.visitor("chu-quan")
    return upload(owner, register(owner))


@pytest.mark.parametrize("path", ["", "/try", "/release", "/drop"])
@pytest.mark.parametrize("code", ["chu-khac", "dau-moi", "quan-sat"])
def test_another_agencys_draft_is_not_there(workplace: Office, kept: str, path: str, code: str) -> None:
    assert workplace.visitor(code).go(f"/console/publishing/{kept}{path}").status_code == 404


@pytest.mark.parametrize(("path", "status"), [("", 200), ("/try", 200), ("/release", 403), ("/drop", 403)])
def test_an_auditor_looks_at_a_draft_and_changes_nothing(workplace: Office, kept: str, path: str, status: int) -> None:
    assert workplace.visitor("thanh-tra").go(f"/console/publishing/{kept}{path}").status_code == status
