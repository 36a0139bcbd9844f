"""Does each check of an agreement, a limit and a request refuse with its own problem, where all else is well?

Every agreement below is the plain one with one term changed, and every call is the one that the plain agreement
answers: so a refusal here is for the reason that its name says.
"""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import httpx2
import msgspec
import pytest
from conftest import administrate, in_a_thread, migrate, with_database
from gateways import (
    CONSUMER_AGENCY,
    NO_TLS,
    PARCEL,
    PARCELS,
    READER,
    SECRET,
    SYSTEM,
    TERMS,
    WRITER,
    GatewayProcess,
    RestProvider,
    assert_problem,
    grant,
    settle_province,
    suspend,
    systems_hash,
)
from refused import assert_refused

from catalog import agreements, purposes, services, systems
from catalog.descriptions import PurposeDescription, ServiceDescription, SystemDescription
from catalog.states import Side
from catalog.terms import AgreementTerms, Hours, Rate
from gateway.db import Database
from security.keys import load_keys
from security.tokens import issue_token

# Its gateways hold many agreements: one process of the test run starts them for all.
pytestmark = pytest.mark.xdist_group("refusals")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ONE = PARCEL.format("CD1")
PARTLY, STRANGER, STOPPED = "tracuu", "hethong-moi", "hethong-dung"
BODY = b'{"DienTich": 1}'


def not_now() -> tuple[Hours, ...]:
    """Return one window: the day before yesterday, which a test that runs over midnight does not reach either."""
    day = (datetime.now(ZONE) - timedelta(days=2)).isoweekday()
    return (Hours(days=(day,), from_="00:00", until="24:00"),)


def agreement(code: str, *, term: dict[str, object] | None = None, **changes: object) -> AgreementTerms:
    """Return the plain agreement under another code, with its grants changed, and its own `term`."""
    grants = tuple(msgspec.structs.replace(one, **changes) for one in TERMS.grants)
    return msgspec.structs.replace(TERMS, code=code, grants=grants, **(term or {}))


def all_agreements() -> list[AgreementTerms]:
    """Return the plain agreement and its variants."""
    return [
        TERMS,
        agreement("TT-HOURS", hours=not_now()),
        agreement("TT-NETWORKS", networks=("10.0.0.0/8", "2001:db8::/32")),
        agreement("TT-CASE", case_file_required=True),
        agreement("TT-OFFICER", officer_required=True),
        agreement("TT-PURPOSES", term={"purposes": ("giai-quyet-tthc", "thong-ke")}),
        agreement("TT-RATE", rate=Rate(requests=1, per_seconds=3600, burst=1)),
        agreement("TT-QUOTA", daily_quota=1),
        agreement("TT-SUSPENDED"),
        agreement("TT-ENDED"),
        agreement("TT-FUTURE", term={"valid_from": date(2098, 1, 1)}),
        msgspec.structs.replace(
            TERMS, code="TT-PARTLY", systems=(PARTLY,), grants=(grant("get", ("SoGCN", "DienTich")),)
        ),
        msgspec.structs.replace(TERMS, code="TT-STOPPED", systems=(STOPPED,)),
    ]


async def settle(database_url: str, provider_url: str) -> None:
    """Make the small province, three more systems, and the agreements."""
    await settle_province(database_url, provider_url)
    database = Database.open(database_url)
    async with database.transaction() as session:
        for code in (PARTLY, STRANGER, STOPPED):
            described = SystemDescription(code=code, agency=CONSUMER_AGENCY, name_vi=code, legacy=True)
            await systems.add_system(session, described, by=READER)
            await systems.replace_secret(session, code, key_id=f"k-{code}", secret_hash=systems_hash(SECRET), by=READER)
        await purposes.add_purpose(session, PurposeDescription(code="thong-ke", title_vi="Thống kê"))
        await services.publish_service(
            session,
            ServiceDescription(
                database="datdai",
                code="quy-hoach",
                version=1,
                title_vi="Quy hoạch",
                provider="so-nnmt",
                specified=False,
            ),
            by=READER,
        )
        for terms in all_agreements()[1:]:
            await agreements.create_draft(session, terms, by=READER)
            await agreements.submit(session, terms.code, version=1, by=READER)
            await agreements.approve(session, terms.code, version=1, by=WRITER)
            await agreements.activate(session, terms.code, version=1, by=WRITER)
        await agreements.end(session, "TT-ENDED", by=WRITER)
    await database.close()
    await suspend(database_url, "TT-SUSPENDED")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def strict(
    request: pytest.FixtureRequest, standing_provider: RestProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway on each engine with all these agreements; its tests spend each limit once."""
    directory: Path = tmp_path_factory.mktemp(f"strict-{request.param}")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    if request.param == "postgresql":
        admin_url = str(request.getfixturevalue("postgres_admin_url"))
        name = f"lienthong_strict_{id(request)}"
        administrate(admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
        url = with_database(admin_url, name)
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle(url, standing_provider.url)))
    process = GatewayProcess(directory, url)
    process.start()
    yield process
    process.stop()


def bearer(gateway: GatewayProcess, system: str = SYSTEM, *, agreement: str = "") -> str:
    """Return the Authorization header of a system, narrowed to an agreement if one is named (RFC 9396)."""
    form = {"grant_type": "client_credentials"}
    if agreement:
        form["authorization_details"] = json.dumps([{"type": "agreement", "agreement": agreement}])
    answer = httpx2.post(f"{gateway.url}/oauth2/token", data=form, auth=(system, SECRET), timeout=10, verify=NO_TLS)
    return f"Bearer {answer.json()['access_token']}"


def call(gateway: GatewayProcess, path: str = ONE, *, system: str = SYSTEM, **headers: str) -> httpx2.Response:
    """Call under the plain agreement unless a header says otherwise; an empty header is not sent."""
    named = {"Agreement": TERMS.code if system == SYSTEM else "", "Authorization": ""}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    named["Authorization"] = named["Authorization"] or bearer(gateway, system)
    return httpx2.get(f"{gateway.url}{path}", headers={n: v for n, v in named.items() if v}, timeout=20, verify=NO_TLS)


def write(gateway: GatewayProcess, **headers: str) -> httpx2.Response:
    """Add a parcel under the plain agreement."""
    named = {"Agreement": TERMS.code, "Authorization": bearer(gateway), "Content-Type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(
        f"{gateway.url}{PARCELS}", content=named.pop("body", BODY), headers=named, timeout=20, verify=NO_TLS
    )


# --- what passes: the same calls as below, with the one thing that they lack -------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Purpose": "giai-quyet-tthc"},
        {"Agreement": "TT-CASE", "Case_File": "H32-26-0001"},
        {"Agreement": "TT-OFFICER", "Officer": "canbo-01"},
        {"Agreement": "TT-PURPOSES", "Purpose": "thong-ke"},
    ],
    ids=str,
)
def test_what_lacks_nothing_is_answered(
    headers: dict[str, str], strict: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = call(strict, **headers)

    assert (answer.status_code, answer.json()["SoGCN"]) == (200, "CD1")
    assert len(quiet_provider.calls) == 1


def test_fewer_fields_are_given_to_who_asks_for_fewer(strict: GatewayProcess) -> None:
    assert call(strict, f"{ONE}?fields=SoGCN,TaiSan%5B%5D.Ma").json() == {
        "SoGCN": "CD1",
        "TaiSan": [{"Ma": "A1"}, {"Ma": "A2"}],
    }


def test_a_system_gets_what_its_own_agreement_says(strict: GatewayProcess) -> None:
    assert call(strict, system=PARTLY).json() == {"SoGCN": "CD1", "DienTich": 120.5}


# --- what is refused -----------------------------------------------------------------------------------------------

REFUSED = [
    ("agreement-missing", 403, {"Agreement": "TT-KHONG-CO"}, ONE),
    ("agreement-missing", 403, {"Agreement": "TT-PARTLY"}, ONE),
    ("agreement-suspended", 403, {"Agreement": "TT-SUSPENDED"}, ONE),
    ("agreement-expired", 403, {"Agreement": "TT-ENDED"}, ONE),
    ("agreement-not-yet-valid", 403, {"Agreement": "TT-FUTURE"}, ONE),
    ("agreement-ambiguous", 400, {"Agreement": ""}, ONE),
    ("purpose-required", 400, {"Agreement": "TT-PURPOSES"}, ONE),
    ("purpose-not-agreed", 403, {"Purpose": "thong-ke"}, ONE),
    ("purpose-not-agreed", 403, {"Agreement": "TT-PURPOSES", "Purpose": "khac"}, ONE),
    ("outside-hours", 403, {"Agreement": "TT-HOURS"}, ONE),
    ("source-not-allowed", 403, {"Agreement": "TT-NETWORKS"}, ONE),
    ("source-not-allowed", 403, {"Agreement": "TT-NETWORKS", "X_Forwarded_For": "10.0.0.1"}, ONE),
    ("case-file-required", 400, {"Agreement": "TT-CASE"}, ONE),
    ("officer-required", 400, {"Agreement": "TT-OFFICER"}, ONE),
    ("field-not-agreed", 403, {}, f"{ONE}?fields=SoGCN,ChuSoHuu.SoDinhDanh"),
    ("field-not-agreed", 403, {}, f"{ONE}?fields=ChuSoHuu"),
    ("field-not-agreed", 403, {}, f"{ONE}?fields=*"),
    ("request-invalid", 400, {"Purpose": "a" * 201}, ONE),
    ("request-invalid", 400, {}, PARCEL.format("thuong")),
    ("path-unknown", 404, {}, "/x/datdai/thua-dat/v1/khong-co"),
    ("service-unspecified", 501, {}, "/x/datdai/quy-hoach/v1/gi-do"),
    ("token-missing", 401, {"Authorization": "Basic bW90Y3VhOng="}, ONE),
    ("token-invalid", 401, {"Authorization": "Bearer a.b.c"}, ONE),
]


@pytest.mark.parametrize(
    ("slug", "status", "headers", "path"), REFUSED, ids=[f"{r[0]}-{i}" for i, r in enumerate(REFUSED)]
)
def test_what_lacks_one_thing_is_refused_for_it(
    slug: str, status: int, headers: dict[str, str], path: str, strict: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = call(strict, path, **headers)

    assert_refused(strict, answer, slug, status=status)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    ("slug", "system", "path"),
    [
        ("operation-not-agreed", PARTLY, PARCELS),
        ("agreement-missing", STRANGER, ONE),
        ("agreement-missing", STRANGER, PARCELS),
    ],
)
def test_a_system_without_a_grant_is_refused(
    slug: str, system: str, path: str, strict: GatewayProcess, quiet_provider: RestProvider
) -> None:
    answer = call(strict, path, system=system)

    assert_refused(strict, answer, slug, status=403)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(("code", "slug"), [("TT-RATE", "rate-exceeded"), ("TT-QUOTA", "quota-exceeded")])
def test_one_call_too_many_is_told_when_to_come_again(
    code: str, slug: str, strict: GatewayProcess, quiet_provider: RestProvider
) -> None:
    first = call(strict, Agreement=code)
    second = call(strict, Agreement=code)

    assert first.status_code == 200
    assert_refused(strict, second, slug, status=429)
    assert 1 <= int(second.headers["retry-after"]) <= 86_400
    assert len(quiet_provider.calls) == 1


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [("Basic eA==", 'Bearer realm="lienthong"'), ("Bearer x", 'Bearer realm="lienthong", error="invalid_token"')],
)
def test_who_is_not_known_is_told_how_to_prove_himself(
    authorization: str, challenge: str, strict: GatewayProcess
) -> None:
    assert call(strict, Authorization=authorization).headers["www-authenticate"] == challenge


def test_an_expired_token_is_refused(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    old = issued(strict, SYSTEM, at=datetime.now(UTC) - timedelta(minutes=6))

    assert_refused(strict, call(strict, Authorization=f"Bearer {old}"), "token-expired", status=401)
    assert quiet_provider.calls == []


def test_a_narrowed_token_is_good_under_its_agreements_only(
    strict: GatewayProcess, quiet_provider: RestProvider
) -> None:
    narrowed = bearer(strict, agreement="TT-PARTLY-ELSE")
    plain = bearer(strict, agreement=TERMS.code)

    assert call(strict, Agreement="", Authorization=plain).status_code == 200
    quiet_provider.calls.clear()
    assert_refused(strict, call(strict, Authorization=narrowed), "agreement-missing", status=403)
    assert quiet_provider.calls == []


def test_a_token_of_nobody_is_invalid(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = call(strict, Authorization=f"Bearer {issued(strict, 'khong-co', at=datetime.now(UTC))}")

    assert_refused(strict, answer, "token-invalid", status=401)
    assert quiet_provider.calls == []


def test_a_token_is_good_no_longer_than_its_system(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    authorization = bearer(strict, STOPPED)
    in_a_thread(lambda: asyncio.run(stop(strict.database_url)))

    answer = call(strict, system=STOPPED, Authorization=authorization)

    assert_problem(answer, "client-suspended", status=403)
    assert quiet_provider.calls == []


# --- calls that change something -----------------------------------------------------------------------------------


def test_a_change_without_a_key_is_refused(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    assert_refused(strict, write(strict), "idempotency-key-required", status=400)
    assert quiet_provider.calls == []


def test_a_key_used_for_another_body_is_a_conflict(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    first = write(strict, Idempotency_Key="mot")
    second = write(strict, Idempotency_Key="mot", body='{"DienTich": 2}')

    assert first.status_code == 200
    assert_problem(second, "idempotency-conflict", status=422)
    assert len(quiet_provider.calls) == 1


def test_a_repeated_key_gets_the_first_answer(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    answers = [write(strict, Idempotency_Key="hai") for _ in range(2)]

    assert [answer.content for answer in answers] == [b'{"SoGCN":"CD-MOI"}'] * 2
    assert len(quiet_provider.calls) == 1


def test_a_key_under_way_is_not_used_twice(strict: GatewayProcess, quiet_provider: RestProvider) -> None:
    asked, released = Event(), Event()
    quiet_provider.before_answer = lambda _: (asked.set(), released.wait(10))[0]

    with ThreadPoolExecutor(1) as executor:
        first = executor.submit(write, strict, Idempotency_Key="ba")
        asked.wait(10)
        second = write(strict, Idempotency_Key="ba")
        released.set()

    quiet_provider.before_answer = lambda _: None
    assert first.result().status_code == 200
    assert_problem(second, "idempotency-in-progress", status=409)
    assert len(quiet_provider.calls) == 1


def issued(gateway: GatewayProcess, client_id: str, *, at: datetime) -> str:
    """Return a token that the gateway itself would have issued at that moment."""
    keys = load_keys(gateway.directory / "keys")
    return issue_token(keys.signing, client_id, issuer=gateway.url, audience=gateway.url, token_id=f"t-{at}", now=at)


async def stop(database_url: str) -> None:
    """Suspend the system that is there for it."""
    database = Database.open(database_url)
    async with database.transaction() as session:
        await systems.suspend_system(session, STOPPED, side=Side.PLATFORM, by=WRITER)
    await database.close()
