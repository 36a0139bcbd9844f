"""Can an owner keep what he shares on pages: databases, sources, the end of a version; and nobody another's?"""

import uuid

import pytest
from gateways import AGREEMENT, CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM
from publishing_pages import DATABASE, NEWER, OTHERS_SECRET, new_code, publish, upload
from visitors import Office, Visitor

SERVICE = "/console/databases/datdai/services/thua-dat/v1"

pytestmark = pytest.mark.xdist_group("workplace")


def test_a_registered_database_is_in_the_list_and_in_the_catalogue(owner: Visitor, database: str) -> None:
    owner.go(f"/console/databases?q={database}&whose=own")
    assert "Tàu cá" in owner.text

    assert owner.go(f"/catalogue/{database}").status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title_vi": ""}, "phải nêu"),
        ({"domain_vi": ""}, "phải nêu"),
        ({"sharing": "thich-thi-cho"}, "phải nêu"),
        ({"code": "mã có dấu"}, "chữ cái không dấu"),
        ({"code": "datdai"}, "đã có"),
        ({"contact": "x" * 501}, "không quá 500 ký tự"),
    ],
)
def test_a_refused_database_keeps_what_was_typed(owner: Visitor, typed: dict[str, str], said: str) -> None:
    owner.go("/console/databases/new")
    answer = owner.send(
        "/console/databases/new",
        {**DATABASE, "code": new_code(), "title_en": "Kept <b>", "owner": PROVIDER_AGENCY, **typed},
    )

    assert answer.status_code == 422
    assert said in owner.text.lower()
    assert 'value="Kept &lt;b&gt;"' in owner.page


def test_a_code_is_made_from_the_title(owner: Visitor) -> None:
    title = f"Vùng trồng Đợt {uuid.uuid4().hex[:6]}"
    owner.go("/console/databases/new")

    answer = owner.send("/console/databases/new", {**DATABASE, "title_vi": title, "owner": PROVIDER_AGENCY})

    assert answer.headers["location"].startswith("/console/databases/vung-trong-dot-")


def test_an_owner_registers_for_his_own_agency_only(owner: Visitor) -> None:
    owner.go("/console/databases/new")
    answer = owner.send("/console/databases/new", {**DATABASE, "code": new_code(), "owner": CONSUMER_AGENCY})

    assert answer.status_code in (403, 422)
    assert "Không có quyền" in owner.text or "không được" in owner.text.lower()


def test_what_is_said_of_a_database_is_corrected(owner: Visitor, database: str) -> None:
    owner.go(f"/console/databases/{database}/edit")
    owner.send(
        f"/console/databases/{database}/edit", {**DATABASE, "title_vi": "Tàu cá và ngư cụ", "contact": "Chi cục"}
    )

    owner.go(f"/console/databases/{database}")
    assert "Tàu cá và ngư cụ" in owner.text
    assert "Chi cục" in owner.text


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv"), ("json", "application/json"), ("xlsx", "spreadsheet")])
@pytest.mark.parametrize(
    "path", ["/console/databases", "/console/publishing", "/console/providers", "/console/databases/datdai/dependents"]
)
def test_each_list_leaves_as_a_file(owner: Visitor, path: str, form: str, kind: str) -> None:
    answer = owner.go(f"{path}?format={form}")

    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]


# --- providers --------------------------------------------------------------------------------


@pytest.fixture
def provider(owner: Visitor, database: str) -> str:
    """A provider that serves an uploaded file."""
    publish(owner, upload(owner, database))
    return f"/console/providers/{database}-tau-ca"


def replace_file(owner: Visitor, provider: str, content: str) -> int:
    owner.go(f"{provider}/file")
    answer = owner.upload(f"{provider}/file", {}, "file", "moi.csv", content.encode())
    owner.page = answer.text
    return answer.status_code


def test_a_newer_file_is_taken_and_a_broken_one_refused(owner: Visitor, provider: str) -> None:
    broken = replace_file(owner, provider, NEWER.replace("80", "tám mươi"))
    told = owner.text
    taken = replace_file(owner, provider, NEWER)

    assert (broken, taken) == (422, 303)
    assert "dòng 4, cột “Công suất”: không phải số nguyên" in told


def test_a_provider_is_checked_and_tells_how_it_does(owner: Visitor, provider: str) -> None:
    owner.go(provider)
    before = owner.text
    owner.send(f"{provider}/check")

    assert "Tình trạng" in before
    assert "Kiểm tra vừa xong: nguồn trả lời tốt." in owner.text


def test_a_provider_that_cannot_be_reached_says_why(owner: Visitor) -> None:
    owner.go("/console/providers/so-nnmt")
    owner.send("/console/providers/so-nnmt/check")

    assert "Kiểm tra vừa xong:" in owner.text
    assert "nguồn trả lời tốt" not in owner.text


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"secrets": f"password = env:{OTHERS_SECRET}"}, "secrets"),
        ({"timeout_seconds": "nhanh"}, "timeout_seconds"),
        ({"timeout_seconds": "0"}, "timeout_seconds"),
        ({"options": "{"}, "options"),
    ],
)
def test_a_change_of_a_provider_is_refused_at_its_field(owner: Visitor, typed: dict[str, str], where: str) -> None:
    provider = "/console/providers/so-nnmt"
    owner.go(f"{provider}/edit")
    as_shown = {
        "endpoint": "http://127.0.0.1:9",
        "timeout_seconds": "10",
        "max_concurrency": "32",
        "max_response_bytes": "8388608",
    }
    answer = owner.send(f"{provider}/edit", {**as_shown, "options": "{}", **typed})

    assert answer.status_code == 422
    assert f'id="f-{where.replace("_", "-")}-fault"' in owner.page


def test_a_version_is_deprecated_and_retired(owner: Visitor, database: str) -> None:
    page = publish(owner, upload(owner, database))
    owner.go(f"{page}/deprecate")
    owner.send(f"{page}/deprecate", {"sunset": "2099-06-30", "successor": ""})
    owner.go(page)
    deprecated = owner.text
    owner.go(f"{page}/retire")
    retired = owner.send(f"{page}/retire")
    owner.go(page)

    assert "01/07/2099 00:00" in deprecated
    assert retired.status_code == 303
    assert "Báo sẽ ngừng" not in owner.text


@pytest.mark.parametrize("path", ["", "/retire"])
def test_who_may_call_a_version_stands_on_its_pages(owner: Visitor, path: str) -> None:
    owner.go(f"{SERVICE}{path}")

    assert AGREEMENT in owner.text
    assert SYSTEM in owner.text


@pytest.mark.parametrize("sunset", ["hôm nào đó", "2020-01-01"])
def test_a_last_day_that_cannot_be_is_refused_at_its_field(owner: Visitor, database: str, sunset: str) -> None:
    page = publish(owner, upload(owner, database))
    owner.go(f"{page}/deprecate")
    answer = owner.send(f"{page}/deprecate", {"sunset": sunset})

    assert answer.status_code == 422
    assert 'id="f-sunset-fault"' in owner.page


PAGES = {
    "/console/databases": "all",
    "/console/databases/datdai": "all",
    SERVICE: "all",
    "/console/databases/khong-co": "none",
    f"{SERVICE[:-1]}9": "none",
    "/console/databases/new": "owners",
    "/console/databases/datdai/edit": "own",
    f"{SERVICE}/deprecate": "own",
    f"{SERVICE}/retire": "own",
    "/console/publishing": "readers",
    "/console/publishing/new": "owners",
    "/console/publishing/new/file": "owners",
    "/console/publishing/new/mind": "none",
    "/console/publishing/khong-co": "none",
    "/console/providers": "readers",
    "/console/providers/so-nnmt": "seen",
    "/console/providers/so-nnmt/edit": "changed",
}
ALLOWED = {
    "all": {"quan-tri", "chu-quan", "chu-khac", "dau-moi", "thanh-tra", "quan-sat"},
    "none": set(),
    "owners": {"quan-tri", "chu-quan", "chu-khac"},
    "own": {"quan-tri", "chu-quan"},
    "readers": {"quan-tri", "chu-quan", "chu-khac", "thanh-tra"},
    "seen": {"quan-tri", "chu-quan", "thanh-tra"},
    "changed": {"quan-tri", "chu-quan"},
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("code", sorted(ALLOWED["all"]))
def test_each_page_shows_itself_to_those_it_is_for(workplace: Office, code: str, path: str) -> None:
    status = workplace.visitor(code).go(path).status_code

    assert (status == 200) == (code in ALLOWED[PAGES[path]]), status
    assert status in (200, 403, 404, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/console/databases/new",
        "/console/databases/datdai/edit",
        "/console/publishing/new/table",
        "/console/providers/so-nnmt/check",
        "/console/providers/so-nnmt/edit",
        f"{SERVICE}/deprecate",
        f"{SERVICE}/reinstate",
        f"{SERVICE}/retire",
    ],
)
def test_a_form_of_another_site_does_nothing(owner: Visitor, path: str) -> None:
    owner.go("/console/databases/datdai/edit")

    assert owner.send(path, {}, origin="https://elsewhere.example").status_code == 403
    assert owner.send(path, {"csrf": ""}).status_code == 403


def test_what_is_typed_is_shown_and_never_run(owner: Visitor) -> None:
    code = new_code()
    owner.go("/console/databases/new")
    owner.send(
        "/console/databases/new",
        {**DATABASE, "title_vi": "<script>alert(1)</script>", "code": code, "owner": PROVIDER_AGENCY},
    )
    owner.go(f"/console/databases/{code}")

    assert "<script>alert" not in owner.page
    assert "&lt;script&gt;alert(1)" in owner.page
