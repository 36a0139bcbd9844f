"""Does anybody find what there is, without an account, as a page, as a file and as a document?"""

import json

import httpx2
import pytest
from gateways import NO_TLS, PROVIDER_AGENCY
from visitors import Office

from catalog.folding import fold

BROWSER = {"accept": "text/html,*/*;q=0.8"}


def look(office: Office, path: str, *, program: bool = False, language: str = "vi") -> httpx2.Response:
    headers = ({} if program else BROWSER) | {"cookie": f"language={language}"}
    return httpx2.get(f"{office.gateway.url}{path}", headers=headers, timeout=20, verify=NO_TLS)


def test_words_without_marks_find_and_mark_what_has_them(office: Office) -> None:
    page = look(office, "/catalogue?q=dat+dai").text

    assert '<a href="/catalogue/datdai"><mark>Đất</mark> <mark>đai</mark></a>' in page


def test_a_word_that_only_services_have_shows_services(office: Office) -> None:
    page = look(office, "/catalogue?q=thua").text

    assert 'href="/catalogue/datdai/thua-dat/v1"><mark>Thửa</mark> đất</a>' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        (f"owner={PROVIDER_AGENCY}", True),
        ("technology=rest&sharing=on-request", True),
        ("quality=unmeasured", True),
        ("technology=soap", False),
        ("domain=khong-co", False),
        ("scope=%3Cscript%3Ealert(1)%3C/script%3E", False),
        ("kind=services&technology=rest", True),
        ("kind=services&scope=national", False),
        ("sort=nothing&page=-3&format=doc", True),
    ],
)
def test_facets_narrow_the_list(office: Office, query: str, found: bool) -> None:
    answer = look(office, f"/catalogue?{query}")

    assert answer.status_code == 200
    assert ('href="/catalogue/datdai' in answer.text) is found
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/catalogue", "Đất đai"),
        ("/catalogue?kind=services", "Thửa đất"),
        ("/catalogue/datdai", "Thửa đất"),
        ("/catalogue/datdai/fields?class=personal", "Cá nhân cơ bản"),
        ("/problems?q=thieu+ma", "Thiếu mã truy cập"),
    ],
)
def test_a_list_leaves_as_a_file(office: Office, path: str, named: str) -> None:
    joint = "&" if "?" in path else "?"

    rows = json.loads(look(office, f"{path}{joint}format=json").text)
    table = look(office, f"{path}{joint}format=csv")

    assert any(named in row.values() for row in rows)
    assert named in table.text
    assert table.headers["content-disposition"].endswith('.csv"')


@pytest.mark.parametrize(
    ("path", "language", "says"),
    [
        ("/catalogue/datdai", "vi", ("Đề nghị khai thác", "Căn cứ pháp lý", "/catalogue/datdai/thua-dat/v1")),
        ("/catalogue/datdai", "en", ("Request access", "Legal basis", "Not measured yet")),
        ("/catalogue/datdai/fields", "vi", ("ChuSoHuu.SoDinhDanh", "Cá nhân cơ bản", "0 trên 17 trường")),
        ("/catalogue/datdai/thua-dat/v1", "vi", ("/x/datdai/thua-dat/v1/thua-dat/{SoGCN}", "openapi.json", "?wsdl")),
        ("/catalogue/datdai/thua-dat/v1", "en", ("Idempotency-Key", "required", "Changes data")),
        ("/problems/token-missing", "en", ("Access token missing", "Thiếu mã truy cập", "the calling system")),
    ],
)
def test_a_page_says_what_must_be_known(office: Office, path: str, language: str, says: tuple[str, ...]) -> None:
    page = look(office, path, language=language).text

    assert [word for word in says if word.lower() not in page.lower()] == []


def test_a_service_without_a_version_leads_to_the_newest(office: Office) -> None:
    assert look(office, "/catalogue/datdai/thua-dat").headers["location"] == "/catalogue/datdai/thua-dat/v1"


@pytest.mark.parametrize(
    "path",
    ["/catalogue/khong-co", "/catalogue/datdai/khong-co", "/catalogue/datdai/thua-dat/v9", "/catalogue/x/fields"],
)
def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(office: Office, path: str) -> None:
    page, document = look(office, path), look(office, path, program=True)

    assert (page.status_code, document.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert document.json()["type"].endswith("/problems/not-found")


def test_the_root_leads_a_browser_to_the_catalogue_and_a_program_nowhere(office: Office) -> None:
    assert look(office, "/").headers["location"] == "/catalogue"
    assert look(office, "/", program=True).status_code == 404


def test_a_refusal_is_explained_on_a_page_and_as_a_document(office: Office) -> None:
    refused = look(office, "/x/datdai/thua-dat/v1/thua-dat/CD1", program=True).headers["exchange-id"]

    page, document = look(office, f"/explain/{refused}"), look(office, f"/explain/{refused}", program=True)

    assert "Thiếu mã truy cập" in page.text
    assert 'href="/problems/token-missing"' in page.text
    assert document.json()["problem"] == "token-missing"


def test_a_problem_is_a_document_for_who_asks_for_one(office: Office) -> None:
    headers = {"accept": "application/json"}
    answer = httpx2.get(f"{office.gateway.url}/problems/quota-exceeded", headers=headers, timeout=20, verify=NO_TLS)

    assert (answer.json()["status"], answer.headers["vary"]) == (429, "Accept")
    assert fold(answer.json()["title"])


def test_programs_to_copy_show_what_anybody_must_send(office: Office) -> None:
    page = look(office, "/catalogue/datdai/thua-dat/v1/calls/create?proof=secret").text

    assert "export CLIENT_ID=…" in page
    assert "Idempotency-Key" in page
    assert page.count("<summary>") >= 6


def test_programs_to_copy_carry_the_readers_own_system(office: Office) -> None:
    visitor = office.visitor("dau-moi")

    visitor.go("/catalogue/datdai/thua-dat/v1/calls/list")

    assert "export CLIENT_ID=motcua export CLIENT_SECRET=…" in visitor.text
    assert "Thỏa thuận đang có hiệu lực: TT-1" in visitor.text


def test_programs_to_copy_show_nobody_anothers_system(office: Office) -> None:
    visitor = office.visitor("chu-quan")

    visitor.go("/catalogue/datdai/thua-dat/v1/calls/list?system=motcua")

    assert "motcua" not in visitor.text
    assert "chưa có hệ thống nào" in visitor.text


@pytest.mark.parametrize("operation", ["khong-co", "%3Cscript%3E"])
def test_an_operation_that_is_not_there_has_no_programs(office: Office, operation: str) -> None:
    assert look(office, f"/catalogue/datdai/thua-dat/v1/calls/{operation}").status_code == 404
