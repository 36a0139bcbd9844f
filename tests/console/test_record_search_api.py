"""Do programs find in the record what the console finds, each its own, with the leaves by which it is proven?"""

import sqlite3
from contextlib import closing

import httpx2
import pytest
from exported import readings_of, work
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, PROVIDER_AGENCY, SYSTEM, token
from visitors import Office

from security.staff import Role

HERE = "/api/v1/record/exchanges"


@pytest.fixture(scope="module")
def ids(own_office: Office) -> list[str]:
    """Three calls of the consumer's system, listed and in the signed log, the newest first."""
    headers = {"authorization": f"Bearer {token(own_office.gateway)}", "case-file": "H32-26-0010"}
    made = [
        httpx2.get(f"{own_office.gateway.url}{PARCEL.format(f'CD{one}')}", headers=headers, timeout=20, verify=NO_TLS)
        for one in range(3)
    ]
    work(own_office.gateway)
    return [one.headers["exchange-id"] for one in reversed(made)]


def ask(office: Office, code: str, query: str = "") -> httpx2.Response:
    headers = {"authorization": f"Bearer {office.clerks[code].token}"}
    return httpx2.get(f"{office.gateway.url}{HERE}{query}", headers=headers, verify=NO_TLS, timeout=20)


def found(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["exchange"]["exchange_id"] for one in answer.json()["exchanges"]]


@pytest.mark.parametrize(
    ("code", "query", "finds"),
    [
        ("thanh-tra", f"?system={SYSTEM}&happened=call", True),
        ("thanh-tra", f"?agency={CONSUMER_AGENCY}&happened=call", True),
        ("thanh-tra", f"?agency={PROVIDER_AGENCY}&happened=call", False),
        ("thanh-tra", "?ending=done&happened=call", False),
        ("dau-moi", "?happened=call", True),
        ("dau-moi", f"?agency={PROVIDER_AGENCY}&side=provider&happened=call", False),
        ("chu-quan", "?side=provider&happened=call", True),
        ("chu-quan", "?happened=call", False),
    ],
)
def test_each_finds_what_is_his(own_office: Office, ids: list[str], code: str, query: str, finds: bool) -> None:
    assert found(ask(own_office, code, query)) == (ids if finds else [])


def test_pages_follow_one_another_and_each_row_has_its_leaves(own_office: Office, ids: list[str]) -> None:
    first = ask(own_office, "thanh-tra", f"?system={SYSTEM}&happened=call&limit=2")
    second = ask(own_office, "thanh-tra", f"?system={SYSTEM}&happened=call&limit=2&before={first.json()['next']}")
    leaves = [one["leaves"] for one in first.json()["exchanges"]]

    assert (found(first), found(second), second.json()["next"]) == (ids[:2], ids[2:], "")
    assert [len(one) for one in leaves] == [2, 2]
    assert len({leaf["index"] for one in leaves for leaf in one}) == 4


@pytest.mark.parametrize(
    "query",
    ["?since=hom-qua", "?since=2026-01-01T00:00", "?since=2020-01-01T00:00Z", "?limit=0", "?limit=201", "?ending=x",
     "?side=x", "?happened=x", "?before=x", "?so=056099000001"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(own_office: Office, query: str) -> None:
    answer = ask(own_office, "thanh-tra", query)

    assert answer.status_code == 422
    assert query[1:].split("=")[0] in answer.text


def test_that_it_was_searched_is_on_record(own_office: Office, ids: list[str]) -> None:
    clerk = own_office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    ask(own_office, clerk.code, f"?system={SYSTEM}&limit=1")

    assert readings_of(own_office.gateway, clerk.code) == [{"what": "search", "system": SYSTEM}]


def test_the_page_of_an_exchange_says_where_it_stands_and_that_it_was_verified(
    own_office: Office, ids: list[str]
) -> None:
    visitor = own_office.visitor("thanh-tra")
    visitor.go(f"/console/record/{ids[0]}")
    before = visitor.page
    path = own_office.gateway.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        changed = "CAST(replace(CAST(body AS TEXT), '\"seq\"', '\"seQ\"') AS BLOB)"
        connection.execute(f"UPDATE record SET body = {changed} WHERE exchange_id = ? AND kind = 'OUTCOME'", (ids[0],))
        connection.commit()
    visitor.go(f"/console/record/{ids[0]}")

    assert (before.count("đã kiểm chứng"), before.count("không khớp")) == (2, 0)
    assert (visitor.page.count("đã kiểm chứng"), visitor.page.count("không khớp")) == (1, 1)
