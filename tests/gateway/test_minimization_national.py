"""Does nothing of the national population and business registers reach a caller but what was agreed?

The simulated services answer with whole persons and enterprises; the agreements take a few members of them.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec
import pytest
import uvicorn
from conftest import in_a_thread, migrate
from gateways import PROVIDER_AGENCY, TERMS, GatewayProcess, ask, assert_problem, grant
from technologies import raw, settle

from catalog.descriptions import ProviderDescription, ServiceDescription
from catalog.terms import AgreementTerms, Comparison, RowCondition
from gateway.demo.described.national import describe_national_services
from gateway.demo.enterprises import Enterprise
from gateway.demo.national.app import draw_credentials, national_app
from gateway.demo.national.data import Credentials, ProvinceData
from gateway.demo.people import Citizen
from gateway.demo.province import Province, make_province

# Making the province takes seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("national")
PERSON, ENTERPRISE = "qg-dancu", "qg-doanhnghiep"
OF_PERSON = ("CongDan.HoVaTen", "CongDan.ThuongTru.MaPhuongXa", "CongDan.VoChong.HoVaTen")
OF_ENTERPRISE = ("Data.MainInformation.NAME", "Data.BusinessActivity[].CODE")


@dataclass(frozen=True)
class National:
    """A running gateway with both registers behind it, and people and enterprises to ask for."""

    gateway: GatewayProcess
    married: Citizen
    stranger: Citizen
    enterprise: Enterprise
    representative: Citizen

    def person(self, one: Citizen, agreement: str, **more: str) -> httpx2.Response:
        query = httpx2.QueryParams({"SoDinhDanh": one.identity, "HoVaTen": one.full_name, "ThuTuc": "1.001", **more})
        path = f"/x/{PERSON}/cong-dan/v1/cong-dan?{query}"
        return ask(self.gateway, path, agreement=agreement, officer="cb01")

    def business(self, agreement: str) -> httpx2.Response:
        path = f"/x/{ENTERPRISE}/dang-ky-doanh-nghiep/v1/doanh-nghiep/{self.enterprise.number}"
        return ask(self.gateway, path, agreement=agreement)


def terms(code: str, service: ServiceDescription, fields: tuple[str, ...], *rows: RowCondition) -> AgreementTerms:
    """Return an agreement on the first operation of a national service."""
    first = service.operations[0]
    made = msgspec.structs.replace(
        grant(first.code, fields), service=service.code, rows=rows or "all", officer_required=first.officer_needed
    )
    return msgspec.structs.replace(TERMS, code=code, database=service.database, grants=(made,))


def published(
    url: str, directory: Path, credentials: Credentials
) -> list[tuple[ProviderDescription, ServiceDescription]]:
    """Return both national services with the providers that answer them."""
    secrets = {
        "user": credentials.population_user, "secret": credentials.population_secret,
        "api_key": credentials.population_api_key, "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }  # fmt: skip
    laid_out = directory / "bi-mat" / PROVIDER_AGENCY
    laid_out.mkdir(parents=True)
    for name, value in secrets.items():
        (laid_out / name).write_text(value)
    services = {one.database: one for one in describe_national_services() if one.axis is None}
    options = {"x_road_client": "a", "procedures": {"1.001": "DVC1"}, "officers": {"cb01": {"MaCanBo": "CB01"}}}
    found = []
    for database, adapter, path, needed in (
        (PERSON, "national.population", "/dancu", ("user", "secret", "api_key")),
        (ENTERPRISE, "national.business", "", ("client_id", "client_secret")),
    ):
        provider = ProviderDescription(
            code=database, agency=PROVIDER_AGENCY, adapter=adapter, endpoint=f"{url}{path}",
            options=raw(options if database == PERSON else {}),
            secrets={name: f"file:{laid_out / name}" for name in needed},
        )  # fmt: skip
        found.append((provider, services[database]))
    return found


@pytest.fixture(scope="module")
def province() -> Province:
    return make_province()


@pytest.fixture(scope="module")
def simulators(province: Province) -> Iterator[tuple[str, Credentials]]:
    """The address of the simulated services and what callers must prove."""
    credentials = draw_credentials()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = national_app(
            ProvinceData(province), credentials, service_url=f"{url}/dancu",
            procedures={"DVC1"}, officers={"CB01"}, agencies=set(),
        )  # fmt: skip
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        yield url, credentials
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def national(
    province: Province, simulators: tuple[str, Credentials], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[National]:
    directory = tmp_path_factory.mktemp("quoc-gia")
    both, database_url = published(simulators[0], directory, simulators[1]), f"sqlite:///{directory / 'lienthong.db'}"
    people = [one for one in province.people.values() if one.spouse and one.old_identity]
    married, stranger = people[0], next(one for one in people if one.residence != people[0].residence)
    enterprise = next(iter(province.enterprises.values()))
    here = RowCondition(field="ThuongTru.MaPhuongXa", operator=Comparison.EQ, values=(married.residence,))
    active = RowCondition(field="MainInformation.NAME", operator=Comparison.NE, values=(enterprise.name,))
    (_, person), (_, business) = both
    agreed = (
        terms("TT-NGUOI", person, OF_PERSON), terms("TT-XA", person, ("CongDan.HoVaTen",), here),
        terms("TT-DN", business, OF_ENTERPRISE), terms("TT-DN-KHAC", business, OF_ENTERPRISE, active),
    )  # fmt: skip
    migrate(database_url)
    in_a_thread(lambda: asyncio.run(settle(database_url, both, *agreed)))
    gateway = GatewayProcess(directory, database_url)
    gateway.start()
    yield National(gateway, married, stranger, enterprise, province.people[enterprise.representative])
    gateway.stop()


def test_a_person_has_the_agreed_members_and_no_other(national: National, province: Province) -> None:
    answer = national.person(national.married, "TT-NGUOI")

    spouse = province.people[national.married.spouse]
    person = {"HoVaTen": national.married.full_name, "ThuongTru": {"MaPhuongXa": national.married.residence}}
    assert answer.json() == {"CongDan": person | {"VoChong": {"HoVaTen": spouse.full_name}}}


def test_what_was_not_agreed_of_a_person_is_nowhere_in_the_answer(national: National) -> None:
    one, answer = national.married, national.person(national.married, "TT-NGUOI")

    assert answer.status_code == 200
    values = [one.identity, one.old_identity, one.spouse, one.household, one.born.isoformat(), one.address, "DanToc"]
    assert [value for value in values if value and value in answer.text] == []


def test_a_person_outside_the_agreed_rows_is_the_same_as_nobody(national: National) -> None:
    outside = national.person(national.stranger, "TT-XA")
    nobody = national.person(national.married, "TT-XA", HoVaTen="Khong Co Ai")

    assert_problem(outside, "not-found", status=404)
    assert (outside.status_code, outside.json()["title"]) == (nobody.status_code, nobody.json()["title"])
    assert national.stranger.full_name not in outside.text


def test_a_person_inside_the_agreed_rows_is_found(national: National) -> None:
    answer = national.person(national.married, "TT-XA")

    assert answer.json() == {"CongDan": {"HoVaTen": national.married.full_name}}


@pytest.mark.parametrize(("officer", "procedure"), [("cb99", "1.001"), ("cb01", "1.999")])
def test_a_refusal_of_the_population_service_tells_nothing(national: National, officer: str, procedure: str) -> None:
    one = national.married
    query = httpx2.QueryParams({"SoDinhDanh": one.identity, "HoVaTen": one.full_name, "ThuTuc": procedure})
    path = f"/x/{PERSON}/cong-dan/v1/cong-dan?{query}"
    answer = ask(national.gateway, path, agreement="TT-NGUOI", officer=officer)

    assert answer.status_code >= 400
    assert [value for value in (one.identity, one.full_name, "CongDan") if value in answer.text] == []


def test_an_enterprise_has_the_agreed_members_and_no_other(national: National) -> None:
    answer = national.business("TT-DN")

    one = national.enterprise
    expected = {"MainInformation": {"NAME": one.name}, "BusinessActivity": [{"CODE": one.trade}]}
    assert answer.json() == {"Data": expected}


def test_the_people_of_an_enterprise_are_nowhere_in_the_answer(national: National) -> None:
    answer = national.business("TT-DN")

    values = (national.representative.full_name, national.representative.identity, "Representatives", "Member")
    assert [value for value in values if value in answer.text] == []


def test_an_enterprise_outside_the_agreed_rows_is_the_same_as_none(national: National) -> None:
    answer = national.business("TT-DN-KHAC")

    assert_problem(answer, "not-found", status=404)
    assert national.enterprise.name not in answer.text


def test_the_log_names_nobody(national: National) -> None:
    log = national.gateway.log()

    people = (national.married, national.stranger, national.representative)
    assert [text for one in people for text in (one.identity, one.full_name) if text in log] == []
