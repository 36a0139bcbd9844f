"""Does nothing reach a caller but what was agreed, whatever the technology of the provider is?

One land register, published by every technology, through whole gateways on both engines. Each provider sends or holds
more than was agreed and more than was declared.
"""

import asyncio
import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from conftest import administrate, in_a_thread, migrate, with_database
from gateways import PROVIDER_AGENCY, GatewayProcess, ask, assert_problem
from providers.land_http import TALK, LandProvider
from providers.land_tables import (
    BI_MAT,
    HIDDEN_KEYS,
    PASSWORD,
    ROWS,
    fill_files,
    fill_server,
    fill_sqlite,
)
from providers.mariadb import mariadb_port, new_mariadb
from revealed import open_sealed
from technologies import (
    EVERY,
    FEW,
    FILES,
    ONLY_OPEN,
    SOME,
    TABLES,
    WIRE,
    Endpoints,
    agreed_fields,
    fields_of,
    list_path,
    one_path,
    settle_technologies,
    terms_of,
)

from security.audit.privacy import PseudonymKeys
from security.audit.read import find_exchange
from security.audit.record import Kind

__all__ = ["mariadb_port"]

# Filling a provider of each technology takes seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("technologies")
OPEN_KEYS = [row[0] for row in ROWS if row[0] not in HIDDEN_KEYS]
EACH, EACH_TABLE = pytest.mark.parametrize("technology", EVERY), pytest.mark.parametrize("technology", TABLES + FILES)
EACH_WIRE = pytest.mark.parametrize("technology", WIRE)


@dataclass(frozen=True)
class Land:
    """A running gateway with every technology behind it."""

    gateway: GatewayProcess
    provider: LandProvider

    def ask(self, path: str, agreement: str = FEW) -> httpx2.Response:
        return ask(self.gateway, path, agreement=agreement)

    def records(self, answer: httpx2.Response) -> list[dict[str, dict[str, object]]]:
        found = in_a_thread(
            lambda: asyncio.run(find_exchange(self.gateway.database_url, answer.headers["exchange-id"]))
        )
        return [json.loads(one.body) for one in found]

    def ended(self, answer: httpx2.Response) -> dict[str, dict[str, object]]:
        return self.records(answer)[-1]

    def outcome(self, answer: httpx2.Response) -> dict[str, object]:
        return self.ended(answer)["outcome"]

    def whom(self, answer: httpx2.Response) -> list[str]:
        inline = self.ended(answer).get("whom", {}).get("inline", [])
        return [one["pseudonym"] for one in inline]  # type: ignore[attr-defined]  # a list of the record

    def pseudonyms(self, rows: Sequence[Sequence[object]]) -> list[str]:
        keys = PseudonymKeys(self.gateway.directory / "keys" / "pseudonyms")
        return [keys.subject(str(row[2]), key_id=keys.key_id(datetime.now(UTC))) for row in rows]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def land(
    request: pytest.FixtureRequest, postgres_admin_url: str, mariadb_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Land]:
    directory = tmp_path_factory.mktemp("ky-thuat")
    provider, endpoints = LandProvider(), tables_below(directory, postgres_admin_url, mariadb_port)
    url = f"sqlite:///{directory / 'lienthong.db'}"
    if request.param == "postgresql":
        url = new_postgresql(postgres_admin_url, f"lienthong_{directory.name.replace('-', '_')}")
    migrate(url)
    wire = {"rest": f"{provider.url}/rest", "soap": f"{provider.url}/soap"}
    every = Endpoints({**wire, **endpoints.by_technology}, endpoints.password_file)
    agreed = (terms_of(FEW, EVERY), terms_of(SOME, EVERY, rows=ONLY_OPEN))
    in_a_thread(lambda: asyncio.run(settle_technologies(url, every, *agreed)))
    gateway = GatewayProcess(directory, url)
    gateway.start()
    yield Land(gateway, provider)
    gateway.stop()
    provider.close()


def tables_below(directory: Path, postgres_admin_url: str, mariadb_port: int) -> Endpoints:
    """Fill one table or file of each kind."""
    share = directory / "nguon"
    share.mkdir()
    fill_sqlite(share / "dat.db")
    fill_files(share)
    servers = {
        "postgresql": new_postgresql(postgres_admin_url, f"dat_{directory.name.replace('-', '_')}"),
        "mariadb": new_mariadb(mariadb_port),
    }
    for url in servers.values():
        fill_server(url)
    password = directory / "bi-mat" / PROVIDER_AGENCY / "mat-khau"
    password.parent.mkdir(parents=True)
    password.write_text(PASSWORD)
    files = {ending: str(share / f"a.{ending}") for ending in FILES}
    return Endpoints({"sqlite": f"sqlite:///{share / 'dat.db'}", **servers, **files}, password)


def new_postgresql(admin_url: str, name: str) -> str:
    administrate(admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return with_database(admin_url, name)


def keys_of(answer: httpx2.Response) -> list[str]:
    return [row["SoGCN"] for row in answer.json()["items"]]


# --- fields ------------------------------------------------------------------------------------------------------


@EACH_WIRE
def test_one_parcel_has_the_agreed_fields_and_no_other_at_any_depth(land: Land, technology: str) -> None:
    answer = land.ask(one_path(technology, "CD01")).json()

    parts = [part.pop("Ma") for part in answer.pop("TaiSan")]
    assert (answer, parts[0]) == ({"SoGCN": "CD01", "ChuSoHuu": {"HoVaTen": "Đỗ An"}}, "A1")


@EACH_TABLE
def test_one_row_of_a_table_has_the_agreed_columns_and_no_other(land: Land, technology: str) -> None:
    answer = land.ask(one_path(technology, "CD01"))

    assert answer.json() == {"SoGCN": "CD01", "ChuSoHuu": {"HoVaTen": "Đỗ An"}}


@EACH
def test_each_row_of_a_list_has_the_agreed_fields_and_no_other(land: Land, technology: str) -> None:
    answer = land.ask(list_path(technology))

    leaves = {key for row in answer.json()["items"] for key in row} - {"TaiSan"}
    assert (len(keys_of(answer)), leaves) == (len(ROWS), {"SoGCN", "ChuSoHuu"})
    assert {key for row in answer.json()["items"] for key in row["ChuSoHuu"]} == {"HoVaTen"}


@EACH
@pytest.mark.parametrize("address", [one_path("{}", "CD01"), list_path("{}")], ids=["one", "list"])
def test_what_was_not_agreed_is_nowhere_in_the_answer(land: Land, technology: str, address: str) -> None:
    answer = land.ask(address.format(technology))

    text = f"{answer.headers}{answer.text}"
    assert answer.status_code == 200
    assert [value for value in (BI_MAT, "056099", "22001", "22002", "120.5", "GiaTri", "2024") if value in text] == []


@pytest.mark.parametrize(("technology", "unexpected"), [("rest", 4), ("soap", 2), ("sqlite", 0), ("csv", 0)])
def test_members_that_nobody_declared_are_counted_in_the_record(land: Land, technology: str, unexpected: int) -> None:
    answer = land.ask(one_path(technology, "CD01"))

    assert land.outcome(answer).get("unexpected", 0) == unexpected


@EACH
def test_the_record_names_the_fields_released_and_those_withheld(land: Land, technology: str) -> None:
    outcome = land.outcome(land.ask(one_path(technology, "CD01")))

    agreed = agreed_fields(technology)
    others = sorted(leaf.path for leaf in fields_of(technology) if leaf.path not in agreed)
    assert outcome["fields_released"] == list(agreed)
    assert sorted(outcome["fields_withheld"]) == others  # type: ignore[call-overload]  # a list of the record


@EACH
@pytest.mark.parametrize("asked", ["", "?fields=SoGCN"], ids=["all", "fewer"])
def test_the_record_names_whom_one_row_concerns_though_that_is_not_agreed(
    land: Land, technology: str, asked: str
) -> None:
    answer = land.ask(f"{one_path(technology, 'CD01')}{asked}")

    assert (land.whom(answer), "056099" in answer.text) == (land.pseudonyms(ROWS[:1]), False)


@EACH
def test_the_record_names_whom_each_released_row_of_a_list_concerns(land: Land, technology: str) -> None:
    answer = land.ask(list_path(technology), SOME)

    released = [row for row in ROWS if row[0] in OPEN_KEYS]
    assert (land.whom(answer), "056099" in answer.text) == (land.pseudonyms(released), False)


def test_people_of_an_answer_are_sealed_under_the_data_key_of_its_database(land: Land, tmp_path: Path) -> None:
    answer = land.ask(one_path("rest", "CD01"))
    exchange_id, keys = answer.headers["exchange-id"], land.gateway.directory / "keys"
    copied = shutil.copytree(keys, tmp_path / "keys")
    opened = in_a_thread(lambda: asyncio.run(open_sealed(land.gateway.database_url, copied, exchange_id)))
    PseudonymKeys(copied / "pseudonyms").data.erase(f"{datetime.now(UTC):%Y-%m}", "datdai")
    erased = in_a_thread(lambda: asyncio.run(open_sealed(land.gateway.database_url, copied, exchange_id)))

    assert opened.clear == [ROWS[0][2]]
    assert opened.file.values[0].kind == Kind.OUTCOME
    assert (erased.clear, [one.of for one in erased.file.erased]) == ([], ["subject"])


@EACH
def test_a_caller_who_asks_for_fewer_fields_gets_fewer(land: Land, technology: str) -> None:
    answer = land.ask(f"{one_path(technology, 'CD01')}?fields=SoGCN")

    assert answer.json() == {"SoGCN": "CD01"}
    assert "ChuSoHuu.HoVaTen" in land.outcome(answer)["fields_withheld"]  # type: ignore[operator]  # a list


@EACH
@pytest.mark.parametrize("field", ["ChuSoHuu.SoDinhDanh", "bi_mat", "KhongCo", "ChuSoHuu"])
def test_a_caller_who_asks_for_more_fields_is_refused(land: Land, technology: str, field: str) -> None:
    land.provider.seen.clear()
    answer = land.ask(f"{one_path(technology, 'CD01')}?fields=SoGCN,{field}")

    assert_problem(answer, "field-not-agreed", status=403)
    assert (land.provider.seen, BI_MAT in answer.text) == ([], False)


# --- what a caller compares with ---------------------------------------------------------------------------------


@EACH_TABLE
@pytest.mark.parametrize("asked", ["CuaAi=056099000001", "CuaAi=056099000009", "DauSo=0560", "TuNgay=2024-01-01"])
def test_what_is_withheld_cannot_be_guessed(land: Land, technology: str, asked: str) -> None:
    """A right guess and a wrong one are refused alike; without an INTENT nobody is asked."""
    answer = land.ask(f"{list_path(technology)}?{asked}")
    records = land.records(answer)

    assert_problem(answer, "field-not-agreed", status=403)
    assert {one["kind"] for one in records} == {Kind.DENY}  # where many came at once, a counted one follows
    assert records[0]["decision"]["reason"] == "field-not-agreed"


@EACH_TABLE
@pytest.mark.parametrize(
    ("asked", "found"), [("Ten=%C4%90%E1%BB%97%20An", ["CD01"]), ("SoGCN=CD04", ["CD04"]), ("SoGCN=CD99", [])]
)
def test_what_is_released_can_be_asked_by(land: Land, technology: str, asked: str, found: list[str]) -> None:
    assert keys_of(land.ask(f"{list_path(technology)}?{asked}")) == found


@EACH_TABLE
def test_a_caller_may_ask_by_a_field_that_he_leaves_out_himself(land: Land, technology: str) -> None:
    answer = land.ask(f"{list_path(technology)}?Ten=%C4%90%E1%BB%97%20An&fields=items[].SoGCN")

    assert keys_of(answer) == ["CD01"]


# --- rows --------------------------------------------------------------------------------------------------------


@EACH
def test_a_list_has_the_agreed_rows_and_no_other(land: Land, technology: str) -> None:
    answer = land.ask(list_path(technology), SOME)

    assert keys_of(answer) == OPEN_KEYS
    assert not [key for key in (*HIDDEN_KEYS, "22001", "22002") if key in answer.text]


@EACH
def test_an_agreed_row_is_found_by_its_key(land: Land, technology: str) -> None:
    answer = land.ask(one_path(technology, "CD03"), SOME)

    assert (answer.status_code, answer.json()["SoGCN"]) == (200, "CD03")


@EACH
@pytest.mark.parametrize("key", HIDDEN_KEYS)
def test_a_row_outside_the_agreement_is_the_same_as_none(land: Land, technology: str, key: str) -> None:
    hidden, missing = (land.ask(one_path(technology, one), SOME) for one in (key, "CD98"))

    assert_problem(hidden, "not-found", status=404)
    assert neutral(hidden) == neutral(missing)


def neutral(answer: httpx2.Response) -> str:
    """Return all that an answer says, without the names of its exchange, which stand in its receipt too."""
    headers = [one for one in sorted(answer.headers.items()) if one[0] != "exchange-receipt"]
    told = f"{answer.status_code} {headers} {answer.text}"
    parts = told.replace(answer.headers["exchange-id"], "ID").split("x-ratelimit")
    return parts[0].replace(answer.headers.get("date", "-"), "")


@EACH_WIRE
def test_rows_that_were_withheld_are_counted_in_the_record(land: Land, technology: str) -> None:
    outcome = land.outcome(land.ask(list_path(technology), SOME))

    assert (outcome["rows_released"], outcome["rows_withheld"]) == (len(OPEN_KEYS), len(HIDDEN_KEYS))


def pages(land: Land, technology: str) -> list[dict[str, object]]:
    """Walk through a list, two rows at a time."""
    found = [land.ask(f"{list_path(technology)}?limit=2", SOME).json()]
    while found[-1]["next"]:
        found.append(land.ask(f"{list_path(technology)}?limit=2&after={found[-1]['next']}", SOME).json())
    return found


@EACH_TABLE
def test_paging_goes_through_the_agreed_rows_once_each(land: Land, technology: str) -> None:
    walked = pages(land, technology)

    assert [[row["SoGCN"] for row in page["items"]] for page in walked] == [OPEN_KEYS[:2], OPEN_KEYS[2:]]  # type: ignore[attr-defined]  # a list of rows


@EACH_TABLE
def test_a_cursor_shows_no_key(land: Land, technology: str) -> None:
    cursor = str(pages(land, technology)[0]["next"])

    clear = base64.urlsafe_b64decode(cursor + "==")
    assert [row[0] for row in ROWS if row[0].encode() in clear or row[0] in cursor] == []


@EACH_TABLE
def test_a_cursor_of_another_agreement_gives_no_row_more(land: Land, technology: str) -> None:
    wide = land.ask(f"{list_path(technology)}?limit=1").json()["next"]

    answer = land.ask(f"{list_path(technology)}?after={wide}", SOME)
    assert keys_of(answer) == OPEN_KEYS[1:]


# --- failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("technology", "key"),
    [("rest", f"LOI{status}") for status in (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)]
    + [("rest", "NHAM"), ("rest", "CHAM"), ("rest", "LOI302"), ("soap", "LOI1"), ("soap", "CD98")],
)
def test_nothing_that_a_provider_says_when_it_fails_is_passed_on(land: Land, technology: str, key: str) -> None:
    answer = land.ask(one_path(technology, key))

    told = f"{answer.headers}{answer.text}{land.ask('/explain/' + answer.headers['exchange-id']).text}"
    assert answer.status_code >= 400
    assert [word for word in (BI_MAT, TALK, "Nguyễn", "056099", "X-Cong-Dan") if word in told] == []


def test_no_header_of_a_provider_is_passed_on(land: Land) -> None:
    assert "x-cong-dan" not in land.ask(one_path("rest", "CD01")).headers


def test_the_gateways_log_has_nothing_of_what_was_sent(land: Land) -> None:
    assert [word for word in (BI_MAT, TALK, "056099", PASSWORD) if word in land.gateway.log()] == []
