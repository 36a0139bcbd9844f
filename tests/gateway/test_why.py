"""Does the chain name the very link that refuses, and tell nobody about systems that are not his?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.clients import TokenClient
from gateway.commands.explain import lines_of
from gateway.problem_texts import PROBLEMS
from gateway.why.assertion_texts import RULE_TEXTS
from gateway.why.calls import BROKEN_BY, recorded_chain
from gateway.why.chain import Holds
from gateway.why.proofs import assertion_chain
from security.assertion_links import RULES, examine_assertion
from security.assertions import AssertionReader, AssertionVerifier
from security.audit.read import StoredRecord
from security.errors import ClientRefused

ISSUER = "https://lienthong.example"
NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})
OTHER_KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})
VERIFIER, READER = AssertionVerifier(issuer=ISSUER), AssertionReader(issuer=ISSUER)
OF_CALLS = ("agreement-", "client-", "idempotency-", "provider-", "purpose-", "request-", "service-", "soap-", "token-")


@dataclass(frozen=True, slots=True)
class Case:
    """An assertion, and the rules that it breaks."""

    broken: tuple[str, ...]
    claims: Mapping[str, object] | None = None
    header: Mapping[str, object] | None = None
    forged: bool = False
    active: bool = True


def signed(case: Case) -> str:
    at = int(NOW.timestamp())
    claims = {"iss": "motcua", "sub": "motcua", "aud": ISSUER, "iat": at - 5, "exp": at + 50, "jti": "j1"}
    told = {name: value for name, value in {**claims, **(case.claims or {})}.items() if value is not None}
    header = {"alg": "ES256", "kid": "k1", **(case.header or {})}
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.strict_check_header = False
    return jws.serialize_compact(header, json.dumps(told), OTHER_KEY if case.forged else KEY, registry=registry)


def finder(*, active: bool = True) -> object:
    client = TokenClient("motcua", "so-noi-vu", active, False, (KEY.as_dict(private=False),), ())
    return lambda client_id: client if client_id == client.code else None


CASES = [
    Case(()),
    Case(("assertion-unreadable",), claims={"iss": None}),
    Case(("assertion-header",), header={"typ": "at+jwt"}),
    Case(("assertion-header",), header={"jku": "https://x"}),
    Case(("client-unknown",), claims={"iss": "khac", "sub": "khac"}),
    Case(("client-inactive",), active=False),
    Case(("assertion-signature",), forged=True),
    Case(("assertion-issuer",), claims={"iss": "khac"}),
    Case(("assertion-audience",), claims={"aud": f"{ISSUER}/oauth2/token"}),
    Case(("assertion-audience",), claims={"aud": [ISSUER]}),
    Case(("assertion-times",), claims={"exp": 10**18}),
    Case(("assertion-too-long-lived",), claims={"exp": int(NOW.timestamp()) + 3600}),
    Case(("assertion-from-the-future",), claims={"iat": int(NOW.timestamp()) + 20}),
    Case(("assertion-expired",), claims={"iat": int(NOW.timestamp()) - 90, "exp": int(NOW.timestamp()) - 40}),
    Case(("assertion-jti",), claims={"jti": ""}),
    Case(
        ("assertion-signature", "assertion-audience", "assertion-jti"),
        claims={"aud": "x", "jti": ""},
        forged=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "+".join(case.broken) or "good")
def test_every_broken_rule_is_named(case: Case) -> None:
    examined = examine_assertion(READER, signed(case), finder(active=case.active), now=NOW)  # type: ignore[arg-type] # a Find

    assert examined.broken == set(case.broken)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "+".join(case.broken) or "good")
def test_what_is_examined_is_what_is_verified(case: Case) -> None:
    find = finder(active=case.active)
    examined = examine_assertion(READER, signed(case), find, now=NOW)  # type: ignore[arg-type] # a Find

    try:
        VERIFIER.verify(signed(case), find, now=NOW)  # type: ignore[arg-type] # a Find
        refused = ""
    except ClientRefused as error:
        refused = error.reason
    assert (refused in examined.broken) if refused else not examined.broken


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "." * 9000, "\ud800"])
def test_nonsense_is_unreadable(text: str) -> None:
    examined = examine_assertion(READER, text, finder(), now=NOW)  # type: ignore[arg-type] # a Find

    assert examined.broken <= {"assertion-unreadable", "assertion-header"}
    assert examined.broken


def test_an_assertion_that_is_only_late_is_not_called_wrong() -> None:
    case = Case((), claims={"iat": int(NOW.timestamp()) - 90, "exp": int(NOW.timestamp()) - 40})
    examined = examine_assertion(READER, signed(case), finder(), now=NOW)  # type: ignore[arg-type] # a Find

    chain = assertion_chain(examined, None, used=False, now=NOW)

    assert (chain.broken, [link.title for link in chain.warnings]) == (None, [RULE_TEXTS["assertion-expired"].asks])


def test_who_may_not_see_a_system_hears_nothing_of_its_keys() -> None:
    text = signed(Case((), forged=True))
    nobody = examine_assertion(READER, text, lambda _: None, now=NOW)

    chain = assertion_chain(nobody, None, used=None, now=NOW)

    assert chain.broken is not None
    assert chain.broken.title == RULE_TEXTS["client-unknown"].asks
    by_title = {link.title: link.holds for link in chain.links}
    unreached = [
        RULE_TEXTS[one].asks for one in ("client-inactive", "key-unknown", "assertion-signature", "assertion-replayed")
    ]
    assert {by_title[title] for title in unreached} == {Holds.NOT_REACHED}


def test_every_rule_has_its_texts() -> None:
    assert set(RULE_TEXTS) == set(RULES)


def test_every_problem_of_a_call_breaks_a_link() -> None:
    assert {slug for slug in PROBLEMS if slug.startswith(OF_CALLS)} <= set(BROKEN_BY) <= set(PROBLEMS)


def record(kind: str, body: object) -> StoredRecord:
    return StoredRecord("s", 1, 1, kind, "id", "so-noi-vu", "motcua", json.dumps(body).encode(), b"")


@pytest.mark.parametrize("slug", sorted(BROKEN_BY))
def test_a_recorded_refusal_breaks_its_link_and_no_other(slug: str) -> None:
    chain = recorded_chain([record("DENY", {"decision": {"allowed": False, "reason": slug}})])

    assert chain is not None
    assert chain.broken is not None
    assert (chain.broken.title, chain.problem) == (BROKEN_BY[slug], slug)
    holds = [link.holds for link in chain.links]
    broken = holds.index(Holds.NO)
    assert set(holds[:broken]) <= {Holds.YES}
    assert set(holds[broken + 1 :]) <= {Holds.NOT_REACHED}


def test_an_answered_call_holds_to_the_end() -> None:
    records = [record("INTENT", {"why": {"agreement": "TT-1"}}), record("OUTCOME", {"decision": {"allowed": True}})]

    chain = recorded_chain(records)

    assert chain is not None
    assert {link.holds for link in chain.links} == {Holds.YES}


def test_a_call_under_way_has_not_reached_its_end() -> None:
    chain = recorded_chain([record("INTENT", {})])

    assert chain is not None
    assert chain.links[-1].holds is Holds.NOT_REACHED


def test_records_of_no_call_make_no_chain() -> None:
    assert recorded_chain([record("ADMIN", {})]) is None


def test_a_moment_is_not_what_refuses_a_good_assertion() -> None:
    find = finder()
    text = signed(Case(()))

    later = examine_assertion(READER, text, find, now=NOW + timedelta(minutes=5))  # type: ignore[arg-type] # a Find

    assert later.broken == {"assertion-expired"}


def test_a_terminal_shows_the_links_and_what_mends_the_broken_one() -> None:
    chain = recorded_chain([record("DENY", {"decision": {"allowed": False, "reason": "agreement-expired"}})])

    assert chain is not None
    lines = lines_of(chain)
    assert lines[0].startswith("ok  ")
    assert "NO  Thỏa thuận có hiệu lực / Agreement in force" in lines
    assert PROBLEMS["agreement-expired"].next_en in lines
