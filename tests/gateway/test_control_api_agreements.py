"""Who may do what to agreements over the control API, and is it on record?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import httpx2
import msgspec
import pytest
from agreement_samples import STANDARD
from catalog_samples import CONSUMER, OTHER, OWNER, REQUESTER, TERMS, agree, fill_catalogue
from gateways import NO_TLS, GatewayProcess
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import text

from catalog.staff import StaffMember, add_member
from gateway.db import Database
from security.staff import Role, new_token

MEMBERS = (
    ("quan-tri", Role.PLATFORM_ADMIN, OWNER),
    ("chu-quan", Role.DATA_OWNER, OWNER),
    ("khai-thac", Role.AGENCY_OFFICER, CONSUMER),
    ("nguoi-la", Role.AGENCY_OFFICER, OTHER),
    ("quan-sat", Role.OBSERVER, CONSUMER),
)
CODE = TERMS.code
# Nothing in the answer depends on the store.
ONE_ENGINE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@dataclass
class Office:
    """A running gateway and the tokens of those who work on it."""

    url: str
    database: Database
    tokens: dict[str, str]

    async def ask(self, member: str, method: str, path: str, body: object = None) -> httpx2.Response:
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.tokens[member]}"} if member else {}
        async with httpx2.AsyncClient(base_url=self.url, headers=headers, verify=NO_TLS) as client:
            return await client.request(method, path, content=content)

    async def post(self, member: str, path: str, body: object = None) -> httpx2.Response:
        return await self.ask(member, "POST", f"/api/v1{path}", body)

    async def count_admin(self) -> int:
        async with self.database.reading() as session:
            found = await session.connection()
            return int((await found.execute(text("SELECT count(*) FROM record WHERE kind = 'ADMIN'"))).scalar_one())


@pytest.fixture
async def office(migrated_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    tokens = {code: new_token() for code, _, _ in MEMBERS}
    async with database.transaction() as session:
        for code, role, agency in MEMBERS:
            member = StaffMember(code, code, role, agency, has_access=True)
            await add_member(session, member, token_hash=tokens[code].digest, by=REQUESTER)
    process = GatewayProcess(tmp_path, migrated_url)
    process.start()
    yield Office(process.url, database, {code: token.clear for code, token in tokens.items()})
    process.stop()
    await database.close()


def slug(answer: httpx2.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


async def test_two_agencies_bring_an_agreement_into_force_each_step_recorded(office: Office) -> None:
    answers = [
        await office.post("khai-thac", "/agreements", TERMS),
        await office.post("khai-thac", f"/agreements/{CODE}/versions/1/submit"),
        await office.post("chu-quan", f"/agreements/{CODE}/versions/1/approve"),
        await office.post("chu-quan", f"/agreements/{CODE}/versions/1/activate"),
    ]

    assert [answer.json()["state"] for answer in answers] == ["draft", "submitted", "approved", "active"]
    assert await office.count_admin() == 4


async def test_whoever_asked_cannot_approve_even_as_administrator(office: Office) -> None:
    await office.post("quan-tri", "/agreements", TERMS)
    await office.post("quan-tri", f"/agreements/{CODE}/versions/1/submit")

    answer = await office.post("quan-tri", f"/agreements/{CODE}/versions/1/approve")

    assert (answer.status_code, slug(answer)) == (403, "four-eyes")
    assert await office.count_admin() == 2


@ONE_ENGINE
async def test_an_agreement_of_others_looks_as_if_it_were_not_there(office: Office) -> None:
    await agree(office.database)

    hidden = await office.post("nguoi-la", f"/agreements/{CODE}/end")
    absent = await office.post("nguoi-la", "/agreements/khong-co/end")

    assert (hidden.status_code, slug(hidden)) == (absent.status_code, slug(absent)) == (404, "not-found")


@ONE_ENGINE
async def test_an_observer_sees_but_does_not_change(office: Office) -> None:
    await agree(office.database)

    seen = await office.ask("quan-sat", "GET", f"/api/v1/agreements/{CODE}")
    ended = await office.post("quan-sat", f"/agreements/{CODE}/end")

    assert (seen.status_code, seen.json()["versions"][0]["state"]) == (200, "active")
    assert (ended.status_code, slug(ended)) == (403, "staff-forbidden")


@ONE_ENGINE
async def test_a_member_that_is_not_asked_for_is_refused(office: Office) -> None:
    document = msgspec.to_builtins(TERMS) | {"approved_by": "khai-thac"}

    answer = await office.post("khai-thac", "/agreements", document)

    assert (answer.status_code, slug(answer)) == (422, "content-invalid")
    assert await office.count_admin() == 0


async def test_each_side_suspends_only_for_itself(office: Office) -> None:
    await agree(office.database)
    said = {"side": "provider", "reason": "bảo trì"}

    by_consumer = await office.post("khai-thac", f"/agreements/{CODE}/suspend", said)
    by_provider = await office.post("chu-quan", f"/agreements/{CODE}/suspend", said)

    assert (by_consumer.status_code, slug(by_consumer)) == (403, "staff-forbidden")
    assert (by_provider.status_code, by_provider.json()["state"]) == (200, "suspended")


async def in_force(office: Office) -> None:
    await office.post("khai-thac", "/agreements", TERMS)
    await office.post("khai-thac", f"/agreements/{CODE}/versions/1/submit")
    await office.post("chu-quan", f"/agreements/{CODE}/versions/1/approve")
    await office.post("chu-quan", f"/agreements/{CODE}/versions/1/activate")


@ONE_ENGINE
async def test_what_both_sides_did_is_signed_and_anybody_can_check_it(office: Office) -> None:
    await in_force(office)

    signed = (await office.ask("khai-thac", "GET", f"/api/v1/agreements/{CODE}/signatures")).json()
    terms = await office.ask("khai-thac", "GET", f"/api/v1/agreements/{CODE}/versions/1/terms")
    published = KeySet.import_key_set((await office.ask("", "GET", "/.well-known/jwks.json")).json())
    said = [msgspec.json.decode(jws.deserialize_compact(one["jws"], published, ["ES256"]).payload) for one in signed]

    assert {one["side"] for one in said} == {"consumer", "provider", "platform"}
    assert {one["terms"] for one in said} == {sha256(terms.content).hexdigest()}
    assert [one["holds"] for one in signed] == [True] * 3


@ONE_ENGINE
async def test_the_papers_of_an_agreement_are_there_for_its_parties(office: Office) -> None:
    await in_force(office)
    wider = msgspec.structs.replace(TERMS, systems=TERMS.systems, valid_until=date(2028, 12, 31))
    await office.post("khai-thac", f"/agreements/{CODE}/versions", wider)

    async def paper(name: str) -> object:
        return (await office.ask("chu-quan", "GET", f"/api/v1/agreements/{CODE}/{name}")).json()

    assert [one["direction"] for one in await paper("differences?from=1&to=2")] == ["wider"]
    assert [one["step"] for one in await paper("history")] == ["draft", "submit", "approve", "activate", "draft"]
    assert (await paper("unused?days=30"))["operations"] == ["thua-dat/v1/tra-cuu"]
    assert await paper("upgrade") is None


@ONE_ENGINE
async def test_the_papers_are_not_there_for_others(office: Office) -> None:
    await agree(office.database)
    papers = ("history", "signatures", "versions/1/terms", "unused", "upgrade", "differences?from=1&to=1")

    answers = [await office.ask("nguoi-la", "GET", f"/api/v1/agreements/{CODE}/{name}") for name in papers]

    assert {(answer.status_code, slug(answer)) for answer in answers} == {(404, "not-found")}


@ONE_ENGINE
async def test_a_list_is_cut_and_says_where_it_goes_on(office: Office) -> None:
    for number in range(3):
        await office.post("khai-thac", "/agreements", msgspec.structs.replace(TERMS, code=f"TT-{number}"))

    first = await office.ask("khai-thac", "GET", "/api/v1/agreements?limit=2&sort=code")
    rest = await office.ask("khai-thac", "GET", first.headers["link"].partition(">")[0].lstrip("<"))

    assert [one["code"] for one in (*first.json(), *rest.json())] == ["TT-0", "TT-1", "TT-2"]
    assert (first.headers["total-count"], "link" in rest.headers) == ("3", False)
    assert (await office.ask("nguoi-la", "GET", "/api/v1/agreements")).json() == []


@ONE_ENGINE
async def test_a_file_is_handed_in_named_and_fetched(office: Office) -> None:
    async with httpx2.AsyncClient(base_url=office.url, verify=NO_TLS) as client:
        headers = {"Authorization": f"Bearer {office.tokens['khai-thac']}"}
        file = await client.post("/api/v1/agreement-files?name=cv.pdf", content=b"%PDF-1.7", headers=headers)
    await office.post("khai-thac", "/agreements", msgspec.to_builtins(TERMS) | {"attachments": [file.json()]})

    found = await office.ask("chu-quan", "GET", f"/api/v1/agreements/{CODE}/attachments/{file.json()['digest']}")

    assert (found.content, found.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert found.headers["content-disposition"].startswith("attachment")


@ONE_ENGINE
async def test_only_the_owner_declares_standard_terms(office: Office) -> None:
    path = "/api/v1/databases/datdai/standard-terms"

    by_consumer = await office.ask("khai-thac", "PUT", path, STANDARD)
    by_owner = await office.ask("chu-quan", "PUT", path, STANDARD)

    assert (by_consumer.status_code, slug(by_consumer)) == (403, "staff-forbidden")
    assert (by_owner.status_code, slug(by_owner)) == (409, "state-forbids")  # on special request only


@ONE_ENGINE
async def test_nobody_comes_in_without_a_token(office: Office) -> None:
    answer = await office.ask("", "GET", "/api/v1/agreements")

    assert (answer.status_code, slug(answer)) == (401, "staff-unauthorized")


@ONE_ENGINE
async def test_a_secret_is_shown_once_and_kept_as_a_hash(office: Office) -> None:
    made = await office.post("khai-thac", "/systems/mot-cua/secret", {})
    shown = await office.ask("khai-thac", "GET", "/api/v1/systems/mot-cua")

    assert len(made.json()["client_secret"]) == 43
    assert made.json()["client_secret"] not in shown.text
    assert [key["kind"] for key in shown.json()["keys"]] == ["secret"]


@ONE_ENGINE
async def test_anybody_may_search_the_catalogue(office: Office) -> None:
    answer = await office.ask("", "GET", "/catalog/v1/search?q=dat%20dai")

    assert [database["code"] for database in answer.json()["databases"]] == ["datdai"]


@ONE_ENGINE
async def test_how_a_provider_is_asked_is_not_public(office: Office) -> None:
    answer = await office.ask("", "GET", "/catalog/v1/databases/datdai/services/thua-dat/v1")

    assert answer.json()["service"]["operations"][0]["binding"] == {}


@ONE_ENGINE
async def test_the_interface_describes_itself(office: Office) -> None:
    answer = await office.ask("", "GET", "/api/v1/openapi.json")

    assert "AgreementTerms" in answer.json()["components"]["schemas"]
