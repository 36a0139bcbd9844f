"""Does a data owner see how good his data are, measure them and change rules, and does nobody else see their values?"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from browsers import open_chromium, open_context
from conftest import in_a_thread, migrate
from gateways import GatewayProcess
from measured import BY, OTHER, OWNER, fill_catalogue, fill_files, open_surveyor
from visitors import Clerk, Office, Visitor, settle_clerks
from walk import Walk, kind_by_shape

from catalog.quality import profiles
from gateway.quality.planning import renew_lists
from security.staff import Role

HERE = "/console/quality/ansinh"
CLERKS = (
    Clerk("quan-tri", Role.PLATFORM_ADMIN, OTHER),
    Clerk("chu-quan", Role.DATA_OWNER, OWNER),
    Clerk("chu-quan-khac", Role.DATA_OWNER, OTHER),
    Clerk("dau-moi", Role.AGENCY_OFFICER, OWNER),
    Clerk("thanh-tra", Role.AUDITOR, OTHER),
    Clerk("quan-sat", Role.OBSERVER, OTHER),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A gateway whose databases were measured twice, and somebody of each role."""
    directory = tmp_path_factory.mktemp("quality")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    fill_files(directory)

    async def settle() -> None:
        async with open_surveyor(url, directory) as surveyor:
            await fill_catalogue(surveyor.database, directory)
            await renew_lists(surveyor.database)
            for number in range(2):
                await measure(surveyor, f"p{number}")
        await settle_clerks(url, directory / "keys", CLERKS)

    async def measure(surveyor: object, name: str) -> None:
        for code in ("ansinh", "dmdc"):
            async with surveyor.database.transaction() as session:  # type: ignore[attr-defined]  # a Surveyor
                await profiles.ask_profile(
                    session, code, profile=f"{name}-{code}", by=replace(BY, at=datetime.now(UTC))
                )
            await surveyor.profiler.take_next(datetime.now(UTC))  # type: ignore[attr-defined]  # a Surveyor

    in_a_thread(lambda: asyncio.run(settle()))
    process = GatewayProcess(directory, url)
    process.start()
    yield Office(process, {one.code: one for one in CLERKS})
    process.stop()


def at(office: Office, code: str, path: str) -> tuple[int, Visitor]:
    visitor = office.visitor(code)
    return visitor.go(path).status_code, visitor


def test_the_ranking_says_scores_as_numbers_words_and_places(office: Office) -> None:
    status, observer = at(office, "quan-sat", "/console/quality")

    assert status == 200
    assert "Vàng – cần chú ý có định danh sai" in observer.text
    assert "Xanh – tốt" in observer.text
    assert "Xếp hạng chất lượng các cơ sở dữ liệu" in observer.text


@pytest.mark.parametrize(
    ("query", "first"), [("sort=title", "ansinh"), ("sort=-title", "dmdc"), ("sort=-score", "dmdc"), ("q=dmdc", "dmdc")]
)
def test_the_ranking_is_sorted_and_searched(office: Office, query: str, first: str) -> None:
    answer = office.visitor("quan-sat").go(f"/console/quality?{query}&format=json")

    assert json.loads(answer.text)[0]["title"].startswith(first)


@pytest.mark.parametrize(("band", "found"), [("yellow", ["ansinh – ansinh"]), ("green", ["dmdc – dmdc"]), ("red", [])])
def test_the_ranking_is_narrowed_by_level(office: Office, band: str, found: list[str]) -> None:
    answer = office.visitor("quan-sat").go(f"/console/quality?band={band}&format=json")

    assert [one["title"] for one in json.loads(answer.text)] == found


def test_the_owner_sees_what_is_wrong_masked_and_how_it_has_gone(office: Office) -> None:
    status, owner = at(office, "chu-quan", HERE)

    wanted = ("Sai nhiều nhất", "05*******77", "Điểm qua các lần đo", "Đọc toàn bộ", "Chưa đạt 100%")
    assert (status, [words for words in wanted if words not in owner.text]) == (200, [])
    assert "05609900777" not in owner.page


@pytest.mark.parametrize(
    ("code", "sees"),
    [("chu-quan", True), ("quan-tri", True), ("thanh-tra", True), ("chu-quan-khac", False), ("dau-moi", False),
     ("quan-sat", False)],
)  # fmt: skip
def test_only_owner_administrator_and_auditor_see_values(office: Office, code: str, sees: bool) -> None:
    status, visitor = at(office, code, HERE)
    results = office.visitor(code).go(f"{HERE}/results").status_code

    assert (status, "05*******77" in visitor.text, results) == (200, sees, 200 if sees else 404)


@pytest.mark.parametrize(
    ("code", "shown", "changed"),
    [("chu-quan", 200, 303), ("quan-tri", 200, 303), ("thanh-tra", 200, 403), ("chu-quan-khac", 404, 404),
     ("dau-moi", 404, 404), ("quan-sat", 404, 404)],
)  # fmt: skip
def test_only_owner_and_administrator_change_rules(office: Office, code: str, shown: int, changed: int) -> None:
    status, visitor = at(office, code, f"{HERE}/rules")
    visitor.page = office.visitor(code).go("/console/account").text if not visitor.csrf else visitor.page
    visitor.go("/console/account")
    rule = {"service": "doi_tuong", "field": "HoVaTen", "check": "cased", "weight": "2", "enabled": "on"}

    assert status == shown
    assert visitor.send(f"{HERE}/rules/one", rule).status_code == changed


def test_a_refused_rule_keeps_what_was_typed_and_says_so_at_the_field(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go(f"{HERE}/rules/new?service=doi_tuong")
    wrong = {"service": "doi_tuong", "field": "MaXa", "check": "allowed", "argument": "a||b", "weight": "77"}

    answer = owner.send(f"{HERE}/rules/new", wrong)

    assert answer.status_code == 422
    assert 'value="a||b"' in owner.page
    assert 'id="f-argument-fault"' in owner.page
    assert 'id="f-weight-fault"' in owner.page


def test_a_rule_is_added_shown_and_forgotten(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go(f"{HERE}/rules/new?service=doi_tuong")
    rule = {"service": "doi_tuong", "field": "MaXa", "check": "allowed", "argument": "22333|22334", "weight": "4"}

    assert owner.send(f"{HERE}/rules/new", rule).status_code == 303
    owner.go(f"{HERE}/rules?check=allowed")
    assert "22333|22334" in owner.text
    assert "Đã tắt" in owner.text
    owner.go(f"{HERE}/rules/one?service=doi_tuong&field=MaXa&check=allowed")
    assert owner.send(f"{HERE}/rules/reset", rule).status_code == 303
    owner.go(f"{HERE}/rules?check=allowed")
    assert "22333|22334" not in owner.text


def test_measuring_is_asked_for_once_seen_and_cancelled(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go(HERE)

    assert owner.send(f"{HERE}/measure").status_code == 303
    assert owner.send(f"{HERE}/measure").status_code == 422
    owner.go(HERE)
    assert "Đang chờ" in owner.text
    profile = owner.page.split('name="profile" value="')[1].split('"')[0]
    assert owner.send(f"{HERE}/cancel", {"profile": profile}).status_code == 303
    owner.go(HERE)
    assert "Đã hủy" in owner.text


@pytest.mark.parametrize("code", ["thanh-tra", "quan-sat", "chu-quan-khac", "dau-moi"])
def test_nobody_else_has_a_database_measured(office: Office, code: str) -> None:
    visitor = office.visitor(code)
    visitor.go(HERE)

    assert visitor.send(f"{HERE}/measure").status_code == 403


def test_a_form_of_another_site_measures_nothing(office: Office) -> None:
    owner = office.visitor("chu-quan")
    owner.go(HERE)

    assert owner.send(f"{HERE}/measure", origin="https://elsewhere.example").status_code == 403


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("json", b"[{")])
def test_lists_leave_as_files(office: Office, form: str, begins: bytes) -> None:
    owner = office.visitor("chu-quan")
    answers = [owner.go(f"{path}?format={form}") for path in ("/console/quality", f"{HERE}/results", f"{HERE}/rules")]

    assert [(one.status_code, one.content.startswith(begins)) for one in answers] == [(200, True)] * 3


def test_the_api_says_the_same(office: Office) -> None:
    clerk = office.clerks["chu-quan"]
    owner = office.visitor()
    bearer = {"authorization": f"Bearer {clerk.token}", "accept": "application/json"}

    scores = owner.go("/api/v1/quality/databases", **bearer).json()
    found = owner.go("/api/v1/quality/databases/ansinh", **bearer).json()
    history = owner.go("/api/v1/quality/databases/ansinh/history", **bearer).json()

    assert [(one["database"], one["band"]) for one in scores] == [("ansinh", "yellow"), ("dmdc", "green")]
    assert found["score"]["identifiers_right"] is False
    assert {one["check"] for one in found["rules"] if one["failed"]} >= {"format", "filled", "cased"}
    assert len(history) == 2


def test_the_pages_are_right_in_a_browser_on_both_screens(office: Office) -> None:
    walk = Walk(kind_by_shape)
    chosen = ("", "/results", "/rules", "/rules/new", "/rules/new?service=doi_tuong")
    one = f"{HERE}/rules/one?service=doi_tuong&field=MaXa&check=listed"
    pages = ("/console/quality", *(f"{HERE}{path}" for path in chosen), one)
    with open_chromium() as browser:
        person = open_context(browser, office.gateway.url)
        person.enter(office.visitor("chu-quan").cookies.jar)
        for page in pages:
            walk.most = len(walk.seen) + 1
            walk.go(person, page, name="quality")

    assert [(seen.address, seen.faults) for seen in walk.seen if seen.faults] == []
    assert [seen.address for seen in walk.seen] == list(pages)


def test_an_owner_without_script_measures_and_switches_a_rule_off(office: Office) -> None:
    with open_chromium() as browser:
        owner = open_context(browser, office.gateway.url, script=False)
        owner.enter(office.visitor("chu-quan").cookies.jar)
        page = owner.go("/console/quality")
        page.goto(HERE)
        page.get_by_role("button", name="Đo ngay").click()
        page.get_by_role("heading", name="Đang chờ").wait_for()
        page.get_by_role("button", name="Hủy lần đo này").click()
        page.get_by_text("Đã hủy").first.wait_for()
        page.goto(f"{HERE}/rules?q=HoVaTen&check=cased")
        page.get_by_role("link", name="Tên viết hoa đúng").click()
        page.get_by_label("Áp dụng quy tắc này").uncheck()
        page.get_by_role("button", name="Lưu quy tắc").click()
        page.goto(f"{HERE}/rules?state=off")

        assert "Tên viết hoa đúng" in page.inner_text("main table")
