"""Does a data owner publish over the control API as on the command line, and only what is his?"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
import pytest
from conftest import in_a_thread, migrate
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PROVIDER_AGENCY,
    READER,
    TERMS,
    WRITER,
    GatewayProcess,
    RestProvider,
    ask,
    assert_problem,
    settle_province,
)
from publishing_desk import OPENAPI
from sqlalchemy import text

from catalog import agreements
from catalog.staff import StaffMember, add_member
from gateway.db import Database
from security.staff import Role, new_token

MEMBERS = (
    ("chu-quan", Role.DATA_OWNER, PROVIDER_AGENCY),
    ("so-khac", Role.DATA_OWNER, CONSUMER_AGENCY),
    ("kiem-toan", Role.AUDITOR, CONSUMER_AGENCY),
)
pytestmark = pytest.mark.xdist_group("publishing-api")
CODE = "datdai.thua-dat-moi.v1"
OTHERS_SECRET = f"LIENTHONG_SECRET_{CONSUMER_AGENCY.replace('.', '_')}__KHO"
ONE_ENGINE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@dataclass
class Office:
    """A running gateway, its provider, and the tokens of those who publish."""

    gateway: GatewayProcess
    provider: RestProvider
    tokens: dict[str, str]

    async def ask(self, member: str, method: str, path: str, body: object = None) -> httpx2.Response:
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.tokens[member]}"}
        async with httpx2.AsyncClient(base_url=self.gateway.url, headers=headers, verify=NO_TLS, timeout=30) as client:
            return await client.request(method, f"/api/v1{path}", content=content)

    async def draft(self, member: str = "chu-quan", **members: object) -> httpx2.Response:
        document = OPENAPI.replace("http://127.0.0.1:9101", self.provider.url).encode()
        asked = {
            "source": "openapi",
            "database": "datdai",
            "service": "thua-dat-moi",
            "title_vi": "Thửa đất",
            "document": base64.b64encode(document).decode(),
            "again": True,
        }
        self.provider.calls.clear()
        return await self.ask(member, "POST", "/publications", asked | members)

    async def publish(self, member: str = "chu-quan") -> httpx2.Response:
        return await self.ask(member, "POST", f"/publications/{CODE}/release", {})

    async def records(self) -> str:
        database = Database.open(self.gateway.database_url)
        async with database.reading() as session:
            connection = await session.connection()
            rows = await connection.execute(text("SELECT body FROM record WHERE kind = 'ADMIN' ORDER BY at_us"))
            found = "\n".join(bytes(row[0]).decode(errors="replace") for row in rows)
        await database.close()
        return found


async def open_office(url: str, provider: RestProvider, directory: Path) -> Office:
    """Return an office whose gateway is not started yet."""
    await settle_province(url, provider.url)
    database = Database.open(url)
    tokens = {code: new_token() for code, _, _ in MEMBERS}
    async with database.transaction() as session:
        for code, role, agency in MEMBERS:
            member = StaffMember(code, code, role, agency, has_access=True)
            await add_member(session, member, token_hash=tokens[code].digest, by=READER)
    await database.close()
    return Office(GatewayProcess(directory, url), provider, {code: token.clear for code, token in tokens.items()})


@pytest.fixture
async def office(migrated_url: str, provider: RestProvider, tmp_path: Path) -> AsyncIterator[Office]:
    """A fresh office on each engine."""
    opened = await open_office(migrated_url, provider, tmp_path)
    opened.gateway.start()
    yield opened
    opened.gateway.stop()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office that stands for the whole module: each test drafts anew, and none ends a version."""
    directory, provider = tmp_path_factory.mktemp("office"), RestProvider()
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    opened = in_a_thread(lambda: asyncio.run(open_office(url, provider, directory)))
    opened.gateway.start()
    yield opened
    opened.gateway.stop()
    provider.close()


async def test_a_document_becomes_a_service_step_by_step(office: Office) -> None:
    shown = await office.draft()
    tried = await office.ask(
        "chu-quan", "POST", f"/publications/{CODE}/try", {"operation": "traCuu", "parameters": {"SoGCN": "CD1"}}
    )
    published = await office.publish()

    assert (shown.status_code, shown.json()["code"]) == (201, CODE)
    assert (tried.json()["outcome"], tried.json()["undeclared"]) == (
        "answered",
        ["ChuSoHuu.DienThoai", "TaiSan", "NoiBo"],
    )
    assert (published.status_code, published.json()["state"]) == (200, "published")


async def test_a_preview_proposes_classes_with_their_reasons(desk: Office) -> None:
    fields = (await desk.draft()).json()["operations"][0]["fields"]

    assert {one["path"]: one["class_"] for one in fields} == {
        "SoGCN": "internal", "DienTich": "internal", "ChuSoHuu.HoVaTen": "personal", "ChuSoHuu.SoDinhDanh": "personal",
    }  # fmt: skip
    assert all(one["why_vi"] and one["why_en"] for one in fields)


async def test_a_correction_stands_in_the_draft(desk: Office) -> None:
    await desk.draft()
    correction = {"part": "field", "at": "DienTich", "set": {"class": "open", "title": "Diện tích (m²)"}}

    shown = await desk.ask("chu-quan", "POST", f"/publications/{CODE}/corrections", {"corrections": [correction]})

    (line,) = [one for one in shown.json()["operations"][0]["fields"] if one["path"] == "DienTich"]
    assert (line["class_"], line["title_vi"], line["why_en"]) == ("open", "Diện tích (m²)", "decided by the publisher")


async def test_a_try_is_recorded_before_and_after_and_tells_nobody_whom_it_was_about(desk: Office) -> None:
    await desk.draft()
    asked = {"operation": "traCuu", "parameters": {"SoGCN": "056099000777"}}

    await desk.ask("chu-quan", "POST", f"/publications/{CODE}/try", asked)

    records = await desk.records()
    assert ("under-way" in records, "answered" in records, "056099000777" in records) == (True, True, False)
    assert desk.provider.calls == ["GET /thua-dat/056099000777"]


async def test_another_agency_sees_no_draft_and_asks_no_provider(desk: Office) -> None:
    await desk.draft()
    asked = {"operation": "traCuu", "parameters": {"SoGCN": "CD1"}}

    answers = [
        await desk.ask("so-khac", "GET", f"/publications/{CODE}"),
        await desk.ask("so-khac", "POST", f"/publications/{CODE}/try", asked),
        await desk.publish("so-khac"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert desk.provider.calls == []


@pytest.mark.parametrize("member", ["so-khac", "kiem-toan"])
async def test_only_the_owner_drafts_a_service_of_a_database(desk: Office, member: str) -> None:
    assert_problem(await desk.draft(member), "staff-forbidden", status=403)


async def test_an_auditor_sees_a_draft_and_changes_nothing(desk: Office) -> None:
    await desk.draft()

    shown = await desk.ask("kiem-toan", "GET", f"/publications/{CODE}")

    assert shown.status_code == 200
    assert_problem(await desk.publish("kiem-toan"), "staff-forbidden", status=403)


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"document": base64.b64encode(b"no document").decode()}, "document.openapi"),
        ({"source": "table", "document": ""}, "endpoint"),
        ({"source": "file", "endpoint": "/etc/hosts.csv"}, "endpoint"),
        ({"source": "table", "endpoint": "sqlite:////etc/hosts", "table": "x"}, "endpoint"),
        ({"secrets": {"password": "file:/etc/hosts"}}, "provider.secrets.password"),
        ({"secrets": {"password": "env:LIENTHONG_SECRET_KHO"}}, "provider.secrets.password"),
        ({"secrets": {"password": f"env:{OTHERS_SECRET}"}}, "provider.secrets.password"),
    ],
)
async def test_what_cannot_be_a_source_is_refused_by_name(desk: Office, members: dict[str, object], where: str) -> None:
    answer = await desk.draft(**members)
    if answer.status_code == 201:
        answer = await desk.publish()

    assert_problem(answer, "content-invalid", status=422)
    assert any(fault["where"].startswith(where) for fault in answer.json()["errors"])


async def agree(office: Office) -> None:
    (grant,) = [one for one in TERMS.grants if one.operation == "get"]
    grants = (msgspec.structs.replace(grant, service="thua-dat-moi", operation="traCuu", fields=("SoGCN",)),)
    terms = msgspec.structs.replace(TERMS, code="TT-MOI", grants=grants)
    database = Database.open(office.gateway.database_url)
    async with database.transaction() as session:
        await agreements.create_draft(session, terms, by=READER)
        await agreements.submit(session, "TT-MOI", version=1, by=READER)
        await agreements.approve(session, "TT-MOI", version=1, by=WRITER)
        await agreements.activate(session, "TT-MOI", version=1, by=WRITER)
    await database.close()


def ask_when_known(office: Office, path: str) -> httpx2.Response:
    """Call until the gateway knows of service and agreement: what is new is there within a second."""
    deadline = time.monotonic() + 20
    while (answer := ask(office.gateway, path)).status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


async def test_what_was_published_is_called_under_an_agreement(office: Office) -> None:
    await office.draft()
    await office.publish()
    await agree(office)

    answer = ask_when_known(office, "/x/datdai/thua-dat-moi/v1/thua-dat/CD1")

    assert (answer.status_code, answer.json()) == (200, {"SoGCN": "CD1"})


async def deprecate(office: Office) -> httpx2.Response:
    asked = {"sunset": "2099-06-30T17:00:00Z"}
    return await office.ask("chu-quan", "POST", "/services/datdai/thua-dat/v1/deprecate", asked)


async def test_answers_of_a_deprecated_version_say_when_it_ends(office: Office) -> None:
    before = ask(office.gateway, "/x/datdai/thua-dat/v1/thua-dat/CD1")
    await deprecate(office)

    after = ask(office.gateway, "/x/datdai/thua-dat/v1/thua-dat/CD1")

    assert "deprecation" not in before.headers
    assert after.status_code == 200
    assert after.headers["deprecation"].startswith("@1")
    assert after.headers["sunset"] == "Tue, 30 Jun 2099 17:00:00 GMT"


@ONE_ENGINE
async def test_the_catalogue_says_that_a_version_ends(office: Office) -> None:
    await deprecate(office)

    page = httpx2.get(f"{office.gateway.url}/catalog/v1/databases/datdai", verify=NO_TLS).json()

    (line,) = [one for one in page["services"] if one["code"] == "thua-dat"]
    assert (line["state"], line["sunset_at"]) == ("deprecated", "2099-06-30T17:00:00Z")


@ONE_ENGINE
async def test_a_retired_version_is_refused_by_its_own_problem(office: Office) -> None:
    await office.ask("chu-quan", "POST", "/services/datdai/thua-dat/v1/retire")
    answer = ask(office.gateway, "/x/datdai/thua-dat/v1/thua-dat/CD1")

    assert_problem(answer, "service-retired", status=410)
    assert office.provider.calls == []


async def test_another_agency_ends_no_version(desk: Office) -> None:
    answer = await desk.ask("so-khac", "POST", "/services/datdai/thua-dat/v1/deprecate", {})

    assert_problem(answer, "staff-forbidden", status=403)
