"""Does a citizen portal get what concerns the citizen who signed in there, and nobody anything else?"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from citizens import (
    ASKED_FOR,
    CLAIM,
    INSPECTION,
    OWNER,
    STRANGE_NAME,
    CitizenProvince,
    open_citizen_province,
)
from gateways import CONSUMER_AGENCY, SYSTEM, assert_problem
from providers.single_sign_on import CLIENT_ID

pytestmark = pytest.mark.xdist_group("citizens")
LONG_AGO = 1_700_000_000


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CitizenProvince]:
    with open_citizen_province(tmp_path_factory.mktemp("citizens")) as opened:
        yield opened


@pytest.mark.parametrize("number", [OWNER, ASKED_FOR, "056099000077"])
def test_a_citizen_gets_the_uses_of_his_own_data_and_no_other(province: CitizenProvince, number: str) -> None:
    answer = province.ask("usage", citizen=province.token(**{CLAIM: number}))

    found = [one["exchange_id"] for one in answer.json()["usage"]]
    assert (answer.status_code, found) == (200, province.uses.get(number, [])[::-1])


def test_a_use_tells_who_why_and_what(province: CitizenProvince) -> None:
    use = province.ask("usage", citizen=province.token()).json()["usage"][0]

    assert use["agency"] == {"code": CONSUMER_AGENCY, "title_vi": STRANGE_NAME, "title_en": STRANGE_NAME}
    assert (use["system"]["code"], use["purpose"]["title_vi"]) == (SYSTEM, "Giải quyết TTHC")
    assert (use["legal_basis"], use["result"], use["has_case_file"]) == ("NĐ 278/2025/NĐ-CP", "answered", True)
    assert [one["code"] for one in use["fields"]] == ["SoGCN", "ChuSoHuu.HoVaTen", "DienTich", "TaiSan[].Ma"]
    assert set(use) == {
        "exchange_id", "at", "agency", "system", "purpose", "legal_basis", "owner", "database", "service",
        "operation", "fields", "field_count", "has_case_file", "result",
    }  # fmt: skip


def test_pages_are_turned_by_what_the_last_one_says(province: CitizenProvince) -> None:
    citizen = province.token()
    first = province.ask("usage?limit=1", citizen=citizen).json()
    second = province.ask(f"usage?limit=1&before={first['next']}", citizen=citizen).json()

    found = [one["exchange_id"] for page in (first, second) for one in page["usage"]]
    assert (found, second["next"]) == (province.uses[OWNER][::-1], "")


# --- who may ask --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["usage", "findUsage", "usagePeriod", "heartbeat"])
def test_a_system_that_is_no_portal_is_refused(province: CitizenProvince, path: str) -> None:
    answer = province.ask(path, citizen=province.token(), system=INSPECTION)

    assert_problem(answer, "portal-not-allowed", status=403)


@pytest.mark.parametrize("path", ["usage", "findUsage", "usagePeriod", "heartbeat"])
def test_without_an_access_token_nobody_asks(province: CitizenProvince, path: str) -> None:
    assert_problem(province.ask(path, citizen=province.token(), access="x"), "token-invalid", status=401)


def test_a_portal_that_is_suspended_asks_no_more_at_once(province: CitizenProvince) -> None:
    access = province.access_token()
    province.suspend(SYSTEM)
    refused = province.ask("usage", citizen=province.token(), access=access)
    province.resume(SYSTEM)

    assert_problem(refused, "client-suspended", status=403)
    assert province.ask("usage", citizen=province.token(), access=access).status_code == 200


def test_a_token_that_is_narrowed_to_an_agreement_is_for_calls_only(province: CitizenProvince) -> None:
    narrowed = province.access_token(authorization_details='[{"type": "agreement", "agreement": "TT-1"}]')

    assert_problem(province.ask("usage", citizen=province.token(), access=narrowed), "portal-not-allowed", status=403)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": CLIENT_ID},
        {"aud": ["cong-dich-vu", "another"]},
        {"aud": None},
        {"azp": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": LONG_AGO},
        {"iat": LONG_AGO},
        {"exp": None},
        {"jti": None},
        {"sub": None},
        {CLAIM: None},
        {CLAIM: ""},
        {CLAIM: "05609900000"},
        {CLAIM: "0560990000011"},
        {CLAIM: "05609900000x"},
        {CLAIM: "٠٥٦٠٩٩٠٠٠٠٠١"},
        {CLAIM: 56099000001},
        {CLAIM: [OWNER]},
        {CLAIM: None, "identity": OWNER},
    ],
)
def test_an_id_token_that_does_not_say_what_it_must_proves_nobody(
    province: CitizenProvince, claims: dict[str, object]
) -> None:
    for path in ("usage", "findUsage"):
        assert_problem(province.ask(path, citizen=province.token(**claims)), "citizen-unproven", status=401)


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "a" * 9000])
def test_what_is_no_id_token_proves_nobody(province: CitizenProvince, token: str | None) -> None:
    assert_problem(province.ask("usage", citizen=token), "citizen-unproven", status=401)


@pytest.mark.parametrize("lie", ["unsigned", "signed_by_another"])
def test_an_id_token_that_the_issuer_did_not_sign_proves_nobody(province: CitizenProvince, lie: str) -> None:
    setattr(province.issuer, lie, True)
    token = province.token()
    setattr(province.issuer, lie, False)

    assert_problem(province.ask("usage", citizen=token), "citizen-unproven", status=401)


@pytest.mark.parametrize("name", ["userCode", "subject", "so_dinh_danh", ASKED_FOR])
@pytest.mark.parametrize("path", ["usage", "findUsage"])
def test_nobody_is_asked_about_by_a_parameter(province: CitizenProvince, path: str, name: str) -> None:
    answer = province.ask(f"{path}?{name}={ASKED_FOR}", citizen=province.token())

    assert_problem(answer, "request-invalid", status=400)
    assert ASKED_FOR not in answer.text


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("since=x", "since"),
        ("until=2026-13-01", "until"),
        ("since=2026-02-02&until=2026-02-01", "since"),
        ("since=2020-01-01&until=2022-02-01", "since"),
        ("before=x", "before"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_by_name(province: CitizenProvince, query: str, where: str) -> None:
    answer = province.ask(f"usage?{query}", citizen=province.token())

    assert_problem(answer, "request-invalid", status=400)
    assert [one["where"] for one in answer.json()["errors"]] == [where]


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_a_page_has_at_most_a_hundred_uses(province: CitizenProvince, limit: str) -> None:
    assert_problem(province.ask(f"usage?limit={limit}", citizen=province.token()), "content-invalid", status=422)


def test_what_happened_at_another_time_is_not_there(province: CitizenProvince) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()

    assert province.ask(f"usage?until={yesterday}", citizen=province.token()).json()["usage"] == []


# --- Estonia's shapes ----------------------------------------------------------------------------------------------


def test_find_usage_has_the_shape_of_the_contract(province: CitizenProvince) -> None:
    found = province.ask("findUsage", citizen=province.token()).json()

    assert found["totalUsages"] == len(province.uses[OWNER])
    assert {name: one for name, one in found["usages"][0].items() if name != "logtime"} == {
        "action": "Giải quyết TTHC: Một thửa đất",
        "receiverCode": CONSUMER_AGENCY,
        "receiverName": STRANGE_NAME,
        "receiverSystem": "Một cửa",
    }
    assert datetime.fromisoformat(found["usages"][0]["logtime"]).tzinfo is not None


def test_find_usage_passes_over_as_many_as_are_asked(province: CitizenProvince) -> None:
    found = province.ask("findUsage?offset=1&limit=1", citizen=province.token()).json()

    assert (found["totalUsages"], len(found["usages"])) == (len(province.uses[OWNER]), 1)


def test_the_period_begins_with_the_oldest_key(province: CitizenProvince) -> None:
    period = province.ask("usagePeriod").json()

    this_month = datetime.now(UTC).strftime("%Y-%m-01T00:00:00Z")
    assert period == {"periodStart": this_month}


def test_the_heart_beats(province: CitizenProvince) -> None:
    assert province.ask("heartbeat").json()["status"] == "OK"


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_no_number_is_left_anywhere(province: CitizenProvince) -> None:
    stranger = "056099123456"
    province.ask("usage", citizen=province.token(**{CLAIM: stranger}))
    province.ask("findUsage", citizen=province.token(**{CLAIM: stranger, "aud": "x"}))

    database = Path(province.gateway.database_url.removeprefix("sqlite:///"))
    kept = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert stranger.encode() not in kept
    assert stranger not in province.gateway.log()


def test_why_a_token_was_refused_is_on_record_and_not_told(province: CitizenProvince) -> None:
    answer = province.ask("usage", citizen=province.token(azp="another"))

    path = province.gateway.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        asked = "SELECT body FROM record WHERE exchange_id = ?"
        (body,) = connection.execute(asked, (answer.headers["exchange-id"],)).fetchone()
    assert b'"cause":"authorized-party"' in body
    assert "authorized-party" not in answer.text


def test_each_look_through_a_portal_is_on_record(province: CitizenProvince) -> None:
    province.ask("usage", citizen=province.token())

    path = province.gateway.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT agency, system, body FROM record WHERE kind = 'READ' ORDER BY at_us DESC")
        agency, system, body = row.fetchone()
    assert (agency, system) == (CONSUMER_AGENCY, SYSTEM)
    assert re.search(rb'"subject":"[0-9a-f]{32}"', body)
    assert b"sealed" not in body
