"""Does who knows a number find who asked for it, his own agency's calls only, and does the number stay in the form?"""

import json
import sqlite3
from contextlib import closing

import httpx2
import pytest
from gateways import NO_TLS, PARCEL, token
from visitors import Office

HERE = "/console/record/person"
CASE = "H32-26-0777"
NUMBER = "CD77"


@pytest.fixture(scope="module")
def exchange_id(office: Office) -> str:
    """A call of the consumer's system under a case file of its own."""
    headers = {"authorization": f"Bearer {token(office.gateway)}", "case-file": CASE}
    answer = httpx2.get(f"{office.gateway.url}{PARCEL.format(NUMBER)}", headers=headers, timeout=20, verify=NO_TLS)
    office.catch_up()
    return str(answer.headers["exchange-id"])


@pytest.mark.parametrize(
    ("code", "kind", "number", "found"),
    [
        ("thanh-tra", "case-file", CASE, True),
        ("thanh-tra", "case-file", "H32-26-0778", False),
        ("thanh-tra", "person", CASE, False),
        ("dau-moi", "case-file", CASE, True),
        ("chu-quan", "case-file", CASE, False),
    ],
)
def test_a_number_finds_what_concerns_it(
    office: Office, exchange_id: str, code: str, kind: str, number: str, found: bool
) -> None:
    visitor = office.visitor(code)
    visitor.go(HERE)

    answer = visitor.send(HERE, {"kind": kind, "number": number})

    assert answer.status_code == 200
    assert (f"/console/record/{exchange_id}" in visitor.page) == found
    assert CASE not in str(answer.url)


@pytest.mark.parametrize("number", ["", "x" * 101])
def test_without_a_number_nothing_is_looked_for(office: Office, number: str) -> None:
    visitor = office.visitor("thanh-tra")
    visitor.go(HERE)

    assert visitor.send(HERE, {"kind": "person", "number": number}).status_code == 422


def test_that_it_was_looked_for_is_on_record_sealed(office: Office, exchange_id: str) -> None:
    visitor = office.visitor("thanh-tra")
    visitor.go(HERE)
    visitor.send(HERE, {"kind": "case-file", "number": CASE})
    with closing(sqlite3.connect(office.gateway.database_url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT body FROM record WHERE kind = 'READ' ORDER BY rowid").fetchall()
        whole = connection.execute("SELECT count(*) FROM record WHERE instr(body, ?)", (CASE.encode(),)).fetchone()
    last = json.loads(rows[-1][0])

    assert (last["notes"]["what"], last["who"]["officer"], last["whom"]["count"]) == ("case-file", "thanh-tra", 1)
    assert set(last["whom"]["inline"][0]) == {"pseudonym", "sealed"}
    assert whole == (0,)
