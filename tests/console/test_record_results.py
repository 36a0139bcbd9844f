"""Are searches kept for those who may see them, and is what one found signed so that it can be shown later?"""

import hashlib
import json

import httpx2
import pytest
from exported import readings_of, work
from gateways import CONSUMER_AGENCY, NO_TLS, PARCEL, SYSTEM, token
from joserfc import jws
from joserfc.jwk import KeySet
from visitors import Office

from security.staff import Role

HERE = "/console/record"


@pytest.fixture(scope="module")
def ids(own_office: Office) -> list[str]:
    """Two calls of the consumer's system, listed and in the signed log, the newest first."""
    headers = {"authorization": f"Bearer {token(own_office.gateway)}", "case-file": "H32-26-0011"}
    made = [
        httpx2.get(f"{own_office.gateway.url}{PARCEL.format(f'CD{one}')}", headers=headers, timeout=20, verify=NO_TLS)
        for one in range(2)
    ]
    work(own_office.gateway)
    return [one.headers["exchange-id"] for one in reversed(made)]


def test_what_was_found_is_signed_and_names_nobody(own_office: Office, ids: list[str]) -> None:
    clerk = own_office.new_clerk(Role.AUDITOR, CONSUMER_AGENCY)
    answer = own_office.visitor(clerk.code).go(f"{HERE}/manifest?system={SYSTEM}")
    said = answer.json()
    manifest, keys = (
        said["manifest"],
        httpx2.get(f"{own_office.gateway.url}/.well-known/jwks.json", verify=NO_TLS).json(),
    )
    signed = jws.deserialize_compact(said["signature"], KeySet.import_key_set(keys), ["ES256"])

    assert json.loads(signed.payload) == manifest
    assert (manifest["count"], manifest["is_whole"], manifest["searched_by"]) == (2, True, clerk.code)
    assert manifest["digest"] == hashlib.sha256("".join(f"{one}\n" for one in ids).encode()).hexdigest()
    assert manifest["leaves"][0]["last"] - manifest["leaves"][0]["first"] >= 3
    assert not [one for one in ids if one in answer.text]
    assert [one["what"] for one in readings_of(own_office.gateway, clerk.code)] == ["manifest"]


@pytest.mark.parametrize(("shared", "others"), [("on", True), ("", False)])
def test_a_search_is_kept_for_oneself_or_for_the_role(own_office: Office, shared: str, others: bool) -> None:
    mine, same, other = (
        own_office.visitor(own_office.new_clerk(role, CONSUMER_AGENCY).code)
        for role in (Role.AUDITOR, Role.AUDITOR, Role.AGENCY_OFFICER)
    )
    name = f"Ngoài giờ <{shared or 'riêng'}>"
    mine.go(HERE)
    kept = mine.send(f"{HERE}/searches", {"name": name, "reason": "outside-hours", "shared": shared})
    seen = []
    for one in (mine, same, other):
        one.go(HERE)
        seen.append("Ngoài giờ &lt;" + (shared or "riêng") in one.page)
    mine.go(HERE)
    place = mine.page.split("/searches/", 1)[1].split('"', 1)[0]
    foreign = same.send(f"{HERE}/searches/{place}", {})
    dropped = mine.send(f"{HERE}/searches/{place}", {})

    assert kept.headers["location"].endswith("?reason=outside-hours")
    assert seen == [True, others, False]
    assert (foreign.status_code, dropped.status_code) == (404, 303)


def test_a_search_has_a_name(own_office: Office) -> None:
    visitor = own_office.visitor("thanh-tra")
    visitor.go(HERE)

    assert visitor.send(f"{HERE}/searches", {"name": ""}).status_code == 422
