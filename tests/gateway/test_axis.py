"""Does a client that was written for the national data axis (WSO2) work here, and does it reach nothing else?"""

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from climbs import CLIMBS
from conftest import in_a_thread, migrate
from gateways import (
    NO_TLS,
    READER,
    SECRET,
    SYSTEM,
    TERMS,
    WRITER,
    GatewayProcess,
    RestProvider,
    parcel_service,
    send_raw,
    settle_province,
    token,
)
from refused import assert_denied, assert_explained, read_reply, records_of

from catalog import agreements, services, systems
from catalog.axis import is_reserved
from catalog.descriptions import AxisName, SystemDescription
from catalog.errors import ContentInvalid
from catalog.terms import AgreementTerms
from gateway.db import Database
from gateway.doors.axisfaults import FAULTS
from gateway.problems import PROBLEMS

pytestmark = pytest.mark.xdist_group("axis")

ROOT, UNVERSIONED = "/apiDatDai/1.0", "/datdaiTinh"
ONE = f"{ROOT}/thua-dat/CD1"
MODERN = "he-thong-moi"
AXIS_SERVICES = {
    "thua-dat-truc": AxisName(api="apiDatDai", version="1.0"),
    "tinh": AxisName(api="datdaiTinh", version=""),
}


def terms_for(service: str) -> AgreementTerms:
    grants = tuple(msgspec.structs.replace(grant, service=service) for grant in TERMS.grants)
    return msgspec.structs.replace(TERMS, code=f"TT-{service}", grants=grants)


async def settle(url: str, provider_url: str) -> None:
    """Fill the small province, and publish the service under names of the axis; the second without a version."""
    await settle_province(url, provider_url)
    database = Database.open(url)
    async with database.transaction() as session:
        described = SystemDescription(code=MODERN, agency=TERMS.consumer_agency, name_vi="Mới")
        await systems.add_system(session, described, by=READER)
        for code, axis in AXIS_SERVICES.items():
            named = msgspec.structs.replace(parcel_service(), code=code, axis=axis)
            await services.publish_service(session, named, by=READER)
            one = terms_for(code)
            await agreements.create_draft(session, one, by=READER)
            await agreements.submit(session, one.code, version=1, by=READER)
            await agreements.approve(session, one.code, version=1, by=WRITER)
            await agreements.activate(session, one.code, version=1, by=WRITER)
    await database.close()


@pytest.fixture(scope="module")
def axis_provider() -> Iterator[RestProvider]:
    server = RestProvider()
    yield server
    server.close()


@pytest.fixture(scope="module")
def axis(axis_provider: RestProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    directory: Path = tmp_path_factory.mktemp("axis")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle(url, axis_provider.url)))
    process = GatewayProcess(directory, url)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def provider(axis_provider: RestProvider) -> RestProvider:
    """The provider, with nothing asked so far."""
    axis_provider.calls.clear()
    return axis_provider


def call(gateway: GatewayProcess, path: str = ONE, **headers: str) -> httpx2.Response:
    return httpx2.get(f"{gateway.url}{path}", headers=headers, timeout=20, verify=NO_TLS)


def bearer(gateway: GatewayProcess) -> str:
    return f"Bearer {token(gateway)}"


def basic(client: str = SYSTEM, secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


def assert_fault(gateway: GatewayProcess, answer: httpx2.Response, slug: str, code: int) -> None:
    """Assert that an answer is a fault of WSO2 and our problem in one, recorded and explained."""
    told = answer.json()
    assert (told["fault"]["code"], told["type"].rsplit("/", 1)[-1]) == (code, slug), answer.text
    assert (answer.status_code, told["status"]) == (PROBLEMS[slug].status, PROBLEMS[slug].status)
    assert set(told["fault"]) == {"code", "message", "description"}
    assert answer.headers["content-type"] == "application/json"
    assert_denied(gateway, answer.headers["exchange-id"], slug)
    assert_explained(gateway, answer.headers["exchange-id"], slug)


# --- a client of the axis works -------------------------------------------------------------------


def test_a_client_of_the_axis_gets_a_token_and_calls(axis: GatewayProcess, provider: RestProvider) -> None:
    given = httpx2.post(
        f"{axis.url}/token", data={"grant_type": "client_credentials"}, auth=(SYSTEM, SECRET), verify=NO_TLS
    ).json()
    answer = call(axis, authorization=f"{given['token_type']} {given['access_token']}")

    assert (given["scope"], answer.status_code) == ("am_application_scope default", 200)
    assert answer.json() == {
        "SoGCN": "CD1", "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"}, "DienTich": 120.5,
        "TaiSan": [{"Ma": "A1"}, {"Ma": "A2"}],
    }  # fmt: skip
    assert provider.calls == ["GET /thua-dat/CD1"]


@pytest.mark.parametrize("path", [f"{UNVERSIONED}/thua-dat/CD1", f"{ROOT}/thua-dat/CD1?fields=SoGCN"])
def test_other_spellings_of_a_call_are_answered(axis: GatewayProcess, path: str) -> None:
    assert call(axis, path, authorization=bearer(axis)).json()["SoGCN"] == "CD1"


def test_a_legacy_system_may_call_with_its_secret(axis: GatewayProcess) -> None:
    assert call(axis, authorization=basic()).status_code == 200


def test_headers_that_clients_of_the_axis_add_are_ignored(axis: GatewayProcess, provider: RestProvider) -> None:
    added = {"apikey": "khoa", "lgspaccesstoken": "e30=", "x-road-client": "VN/GOV/x"}
    answer = call(axis, authorization=bearer(axis), **added)

    assert (answer.status_code, provider.calls) == (200, ["GET /thua-dat/CD1"])


def test_the_same_values_leave_as_by_the_door_of_rest(axis: GatewayProcess) -> None:
    ours = call(axis, "/x/datdai/thua-dat/v1/thua-dat/CD1", authorization=bearer(axis))

    assert call(axis, authorization=bearer(axis)).content == ours.content


def test_a_call_is_recorded_with_its_door_and_its_method_of_proof(axis: GatewayProcess) -> None:
    records = records_of(axis, call(axis, authorization=basic()).headers["exchange-id"])
    intent = next(json.loads(record.body) for record in records if record.kind == "INTENT")
    assert (intent["what"]["door"], intent["what"]["service"]) == ("axis", "thua-dat-truc")
    assert (intent["who"]["method"], len(intent["who"]["key_thumbprint"])) == ("client_secret_basic", 32)


# --- refusals that both kinds of clients read -----------------------------------------------------


@pytest.mark.parametrize("slug", sorted(FAULTS))
def test_a_fault_stands_for_a_problem_that_there_is(slug: str) -> None:
    assert slug in PROBLEMS


def test_without_credentials_they_are_missing(axis: GatewayProcess, provider: RestProvider) -> None:
    answer = call(axis, apikey="khoa")

    assert_fault(axis, answer, "token-missing", 900902)
    schemes = [value.split(" ")[0] for value in answer.headers.get_list("www-authenticate")]
    assert (schemes, provider.calls) == (["Basic", "Bearer"], [])


@pytest.mark.parametrize("given", ["Bearer abc", "bearer a.b.c", "Bearer"])
def test_a_token_that_is_none_is_invalid(axis: GatewayProcess, given: str) -> None:
    answer = call(axis, authorization=given)

    assert answer.status_code == 401
    assert answer.json()["fault"]["code"] in (900901, 900902)


def test_what_is_not_agreed_is_forbidden(axis: GatewayProcess) -> None:
    answer = call(axis, f"{ROOT}/thua-dat/CD1?fields=MaDVHC", authorization=bearer(axis))

    assert_fault(axis, answer, "field-not-agreed", 900910)


def test_an_unknown_resource_matches_nothing(axis: GatewayProcess) -> None:
    assert_fault(axis, call(axis, f"{ROOT}/khongCo", authorization=bearer(axis)), "path-unknown", 900906)


def test_a_wrong_method_is_told_which_there_are(axis: GatewayProcess) -> None:
    answer = httpx2.delete(f"{axis.url}{ONE}", headers={"authorization": bearer(axis)}, verify=NO_TLS)

    assert_fault(axis, answer, "method-not-allowed", 405)
    assert answer.headers["allow"] == "GET"


def test_a_client_that_knows_problems_gets_their_media_type(axis: GatewayProcess) -> None:
    answer = call(axis, accept="application/problem+json, application/json;q=0.5")

    assert answer.headers["content-type"] == "application/problem+json"


# --- whoever proves himself wrongly ---------------------------------------------------------------


WRONG = {
    "an unknown client": basic("khong-co"),
    "a wrong secret": basic(secret="x"),
    "a system that is not legacy": basic(MODERN),
    "a colon in the client id": basic(f"{SYSTEM}:x"),
    "no colon": "Basic " + base64.b64encode(SYSTEM.encode()).decode(),
    "not UTF-8": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "not Base64": "Basic ???",
    "nothing after Basic": "Basic",
    "a secret twice": f"{basic()}, {basic()}",
}


@pytest.mark.parametrize("case", WRONG)
def test_every_wrong_proof_gets_the_same_refusal(axis: GatewayProcess, provider: RestProvider, case: str) -> None:
    answer = call(axis, authorization=WRONG[case])

    assert_fault(axis, answer, "client-unknown", 900901)
    assert provider.calls == []


def test_wrong_proofs_are_told_apart_by_nobody(axis: GatewayProcess) -> None:
    told = [call(axis, authorization=given) for given in (basic("khong-co"), basic(secret="x"), basic(MODERN))]
    stripped = {
        answer.text.replace(answer.headers["exchange-id"], "-") + str(sorted(set(answer.headers) - {"date"}))
        for answer in told
    }

    assert len(stripped) == 1


@pytest.mark.parametrize(
    "pair", [("{basic}", "{bearer}"), ("{bearer}", "{basic}"), ("{bearer}", "{bearer}"), ("{basic}", "{basic}")]
)
def test_two_authorization_headers_are_refused(
    axis: GatewayProcess, provider: RestProvider, pair: tuple[str, str]
) -> None:
    lines = "".join(f"Authorization: {one.format(basic=basic(), bearer=bearer(axis))}\r\n" for one in pair)
    reply = read_reply(send_raw(axis, f"GET {ONE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n".encode()))

    assert (reply.status, reply.slug, provider.calls) == (400, "request-invalid", [])


def test_a_token_and_a_secret_in_one_header_prove_nothing(axis: GatewayProcess, provider: RestProvider) -> None:
    answers = [
        call(axis, authorization=given)
        for given in (f"{basic()}, {bearer(axis)}", f"{bearer(axis)}, {basic()}", f"Basic {token(axis)}")
    ]

    assert ([answer.status_code for answer in answers], provider.calls) == ([401, 401, 401], [])


def test_the_door_of_rest_takes_no_secret(axis: GatewayProcess, provider: RestProvider) -> None:
    answer = call(axis, "/x/datdai/thua-dat/v1/thua-dat/CD1", authorization=basic())

    assert (answer.status_code, provider.calls) == (401, [])


# --- nothing else is reached ----------------------------------------------------------------------

TRAVERSALS = (
    *(f"{ROOT}/thua-dat/{climb}" for climb in CLIMBS),
    *(f"{ROOT}/{climb}/thua-dat/CD1" for climb in CLIMBS),
    *(f"/apiDatDai/{climb}/1.0/thua-dat/CD1" for climb in CLIMBS[:8]),
    f"{ROOT}/../../x/datdai/thua-dat/v1/thua-dat/CD1", f"{ROOT}/../v1/thua-dat/CD1",
    f"{ROOT}/../../thua-dat/v1/thua-dat",
    f"{ROOT}/..%2f..%2fthua-dat%2fv1%2fthua-dat", "//apiDatDai/1.0/thua-dat/CD1", "/apiDatDai//1.0/thua-dat/CD1",
    f"{ROOT}//thua-dat/CD1", f"{ROOT}/thua-dat//CD1", f"{ONE}/", f"{ONE}/..", f"{ONE}/../CD2", f"{ONE}%2f..%2fCD2",
    f"{ONE};a=b", f"{ONE}%3fx=1", f"{ONE}%23", f"{ONE}%20", f"{ONE}%09", "/apiDatDai%2f1.0/thua-dat/CD1",
    "/apiDatDai/1%2e0/thua-dat/CD1", "/%61piDatDai/1.0/thua-dat/CD1", "/APIDATDAI/1.0/thua-dat/CD1",
    "/apidatdai/1.0/thua-dat/CD1", "/apiDatDai/1.0.0/thua-dat/CD1", "/apiDatDai/1/thua-dat/CD1",
    "/apiDatDai/v1/thua-dat/CD1",
    "/apiDatDai;v=1/1.0/thua-dat/CD1", "/apiDatDai/1.0;a/thua-dat/CD1", "/apiDatDai", "/apiDatDai/", "/apiDatDai/1.0",
    "/apiDatDai/1.0/", "/apiDatDai/thua-dat/CD1", f"{UNVERSIONED}/1.0/thua-dat/CD1", UNVERSIONED, f"{UNVERSIONED}/",
    f"{UNVERSIONED}//thua-dat/CD1", f"{UNVERSIONED}/../apiDatDai/1.0/thua-dat/CD1",
    "/thua-dat-truc/v1/thua-dat/CD1", "/datdai/thua-dat/v1/thua-dat/CD1", "/khongCo/1.0/thua-dat/CD1",
)  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_a_path_that_climbs_or_is_no_name_reaches_nothing(
    path: str, axis: GatewayProcess, provider: RestProvider
) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {basic()}\r\n\r\n"
    reply = read_reply(send_raw(axis, head.encode()))

    assert (reply.status in (400, 404), reply.responses, provider.calls) == (True, 1, [])
    assert_denied(axis, reply.headers["exchange-id"], reply.slug)


JSON_TRICKS = {
    "a member twice": b'{"DienTich":1,"DienTich":2}',
    "a member twice, once escaped": b'{"DienTich":1,"\\u0044ienTich":2}',
    "NaN": b'{"DienTich":NaN}',
    "infinity": b'{"DienTich":Infinity}',
    "a huge number": b'{"DienTich":1e999}',
    "too many digits": b'{"DienTich":' + b"9" * 400 + b"}",
    "depth": b'{"DienTich":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a hundred thousand brackets": b"[" * 100_000,
    "an unknown member": b'{"DienTich":1,"__proto__":{}}',
    "another type": b'{"DienTich":"1"}',
    "a lone surrogate": b'{"DienTich":"\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"DienTich":1}',
    "UTF-16": '{"DienTich":1}'.encode("utf-16"),
    "two documents": b'{"DienTich":1}{"DienTich":2}',
    "a comment": b'{"DienTich":1/*x*/}',
    "nothing": b"",
}


def post(gateway: GatewayProcess, body: bytes, **headers: str) -> httpx2.Response:
    given = {"authorization": basic(), "content-type": "application/json", "idempotency-key": f"k{id(body)}"}
    named = given | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(f"{gateway.url}{ROOT}/thua-dat", content=body, headers=named, timeout=20, verify=NO_TLS)


@pytest.mark.parametrize("case", JSON_TRICKS)
def test_json_that_two_readers_understand_differently_is_refused(
    axis: GatewayProcess, provider: RestProvider, case: str
) -> None:
    assert_fault(axis, post(axis, JSON_TRICKS[case]), "request-invalid", 400)
    assert provider.calls == []


def test_a_write_passes_with_a_key(axis: GatewayProcess) -> None:
    assert post(axis, b'{"DienTich":1}').json() == {"SoGCN": "CD-MOI"}


def test_a_write_with_an_empty_key_is_refused(axis: GatewayProcess, provider: RestProvider) -> None:
    assert_fault(axis, post(axis, b'{"DienTich":1}', idempotency_key=""), "idempotency-key-required", 400)
    assert provider.calls == []


def test_each_write_of_a_client_that_knows_no_keys_is_a_call_of_its_own(
    axis: GatewayProcess, provider: RestProvider
) -> None:
    headers = {"authorization": basic(), "content-type": "application/json"}
    for _ in range(2):
        answer = httpx2.post(
            f"{axis.url}{ROOT}/thua-dat", content=b'{"DienTich":1}', headers=headers, timeout=20, verify=NO_TLS
        )
        assert answer.json() == {"SoGCN": "CD-MOI"}

    assert len(provider.calls) == 2


def test_a_body_that_is_too_large_is_refused(axis: GatewayProcess, provider: RestProvider) -> None:
    assert_fault(axis, post(axis, b" " * (11 * 1024 * 1024)), "request-too-large", 413)
    assert provider.calls == []


# --- which names may be published -----------------------------------------------------------------


async def publish(url: str, code: str, api: str, version: str, *, number: int = 1) -> None:
    database = Database.open(url)
    try:
        async with database.transaction() as session:
            named = msgspec.structs.replace(
                parcel_service(), code=code, version=number, axis=AxisName(api=api, version=version)
            )
            await services.publish_service(session, named, by=READER)
    finally:
        await database.close()


@pytest.mark.parametrize(
    "api",
    [
        *("x", "X", "soap", "r1", "api", "API", "catalog", "oauth2", "token", "Token", "explain", "metrics", "healthz"),
        *("", "a/b", "..", ".well-known", "a b", "đấtĐai", "a%2fb", "1api", "a;b", "a" * 101, "listClients", "wsdl"),
    ],
)
async def test_a_name_that_is_no_clients_is_refused(migrated_sqlite_url: str, provider: RestProvider, api: str) -> None:
    await settle_province(migrated_sqlite_url, provider.url)

    with pytest.raises(ContentInvalid, match="axis"):
        await publish(migrated_sqlite_url, "khac", api, "1.0")


@pytest.mark.parametrize("version", ["1/0", "..", "1..0", ".", "1.0 ", "%31", "1" * 21, "-1"])
async def test_a_version_that_is_none_is_refused(
    migrated_sqlite_url: str, provider: RestProvider, version: str
) -> None:
    await settle_province(migrated_sqlite_url, provider.url)

    with pytest.raises(ContentInvalid, match="axis"):
        await publish(migrated_sqlite_url, "khac", "apiDatDai", version)


@pytest.mark.parametrize(("code", "number"), [("khac", 1), ("mot", 2)])
async def test_a_name_that_is_taken_is_refused(
    migrated_url: str, provider: RestProvider, code: str, number: int
) -> None:
    await settle_province(migrated_url, provider.url)
    await publish(migrated_url, "mot", "apiDatDai", "1.0")

    with pytest.raises(ContentInvalid, match="axis"):
        await publish(migrated_url, code, "apiDatDai", "1.0", number=number)


async def test_of_two_who_publish_a_name_at_once_one_succeeds(migrated_url: str, provider: RestProvider) -> None:
    await settle_province(migrated_url, provider.url)
    both = (publish(migrated_url, code, "apiDatDai", "1.0") for code in ("mot", "hai"))
    ends = await asyncio.gather(*both, return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["ContentInvalid", "NoneType"]


async def test_the_name_of_a_retired_version_is_free(migrated_url: str, provider: RestProvider) -> None:
    await settle_province(migrated_url, provider.url)
    await publish(migrated_url, "mot", "apiDatDai", "1.0")
    database = Database.open(migrated_url)
    async with database.transaction() as session:
        await services.retire_service(session, "datdai", "mot", version=1)
    await database.close()

    await publish(migrated_url, "mot", "apiDatDai", "1.0", number=2)


# --- a prefix, and our own paths ------------------------------------------------------------------


def first_segments(gateway: GatewayProcess) -> set[str]:
    document = call(gateway, "/api/v1/openapi.json").json()
    return {path.split("/")[1] for path in document["paths"]} | {"x", "soap", "r1", "token", "oauth2", "listClients"}


def test_every_path_of_our_own_is_kept_from_the_axis(axis: GatewayProcess) -> None:
    assert {segment for segment in first_segments(axis) if not is_reserved(segment)} == set()


async def test_with_a_prefix_names_stand_below_it_only(
    migrated_sqlite_url: str, axis_provider: RestProvider, tmp_path: Path
) -> None:
    await settle(migrated_sqlite_url, axis_provider.url)
    prefixed = GatewayProcess(tmp_path, migrated_sqlite_url, environment={"LIENTHONG_AXIS_PREFIX": "/truc/qg"})
    prefixed.start()
    answers = [
        call(prefixed, path, authorization=basic()).status_code for path in (f"/truc/qg{ONE}", ONE, f"/truc{ONE}")
    ]
    prefixed.stop()

    assert answers == [200, 404, 404]
