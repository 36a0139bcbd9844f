"""Does the decision allow exactly what stands in the grant, with the row just over each line refused?"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from security.errors import AccessRefused
from security.policy import Check, Request, Standing, Window, judge, permit, standing_problem

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FROM = datetime(2026, 1, 1, tzinfo=ZONE)
BEFORE = datetime(2027, 1, 1, tzinfo=ZONE)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
INSTANT = timedelta(microseconds=1)
OFFICE = Window(frozenset({1, 2, 3, 4, 5}), time(7, 30), time(17))


@dataclass(frozen=True)
class Grant:
    """What `permit` needs to know; by default it allows all that `CALL` asks."""

    standing: Standing = Standing.ACTIVE
    valid_from: datetime = FROM
    valid_before: datetime = BEFORE
    purposes: tuple[str, ...] = ("tthc",)
    fields: tuple[str, ...] = ("Ten", "SoDinhDanh")
    windows: tuple[Window, ...] | None = None
    networks: tuple[IPv4Network | IPv6Network, ...] | None = None
    case_file_required: bool = False
    officer_required: bool = False


CALL = Request(source="10.1.2.3", purpose="", case_file="", officer="", fields=())


def decide(grant: Grant, call: Request = CALL, *, now: datetime = MONDAY) -> str:
    """Return the purpose allowed, or the slug of the refusal in brackets: the first one that `judge` finds, too."""
    first = next((slug for _, slug in judge(grant, call, now=now, zone=ZONE) if slug), "")
    try:
        purpose, refusal = permit(grant, call, now=now, zone=ZONE), ""
    except AccessRefused as refused:
        purpose, refusal = f"[{refused.slug}]", refused.slug
    assert first == refusal
    return purpose


@pytest.mark.parametrize(
    ("standing", "now", "slug"),
    [
        (Standing.ACTIVE, FROM, ""),
        (Standing.ACTIVE, FROM - INSTANT, "agreement-not-yet-valid"),
        (Standing.ACTIVE, BEFORE - INSTANT, ""),
        (Standing.ACTIVE, BEFORE, "agreement-expired"),
        (Standing.ACTIVE, FROM.astimezone(UTC), ""),
        (Standing.PENDING, MONDAY, "agreement-not-yet-valid"),
        (Standing.PENDING, BEFORE, "agreement-expired"),
        (Standing.SUSPENDED, MONDAY, "agreement-suspended"),
        (Standing.SUSPENDED, BEFORE, "agreement-suspended"),
        (Standing.ENDED, MONDAY, "agreement-expired"),
        (Standing.ENDED, FROM - INSTANT, "agreement-expired"),
    ],
)
def test_an_agreement_is_in_force_in_its_term_only(standing: Standing, now: datetime, slug: str) -> None:
    assert standing_problem(Grant(standing=standing), now=now) == slug


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 11, 23, 7, 30, tzinfo=ZONE), "tthc"),
        (datetime(2026, 11, 23, 7, 30, tzinfo=ZONE) - INSTANT, "[outside-hours]"),
        (datetime(2026, 11, 23, 17, 0, tzinfo=ZONE) - INSTANT, "tthc"),
        (datetime(2026, 11, 23, 17, 0, tzinfo=ZONE), "[outside-hours]"),
        (datetime(2026, 11, 22, 9, 0, tzinfo=ZONE), "[outside-hours]"),
        (datetime(2026, 11, 23, 0, 30, tzinfo=UTC), "tthc"),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "tthc"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "[outside-hours]"),
    ],
)
def test_hours_are_those_of_the_province(now: datetime, end: str) -> None:
    assert decide(Grant(windows=(OFFICE,)), now=now) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 11, 23, 23, 59, 59, 999_999, tzinfo=ZONE), "tthc"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=ZONE), "[outside-hours]"),
    ],
)
def test_a_window_without_an_end_lasts_until_midnight(now: datetime, end: str) -> None:
    assert decide(Grant(windows=(Window(frozenset({1}), time(0), None),)), now=now) == end


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("10.0.0.0", "tthc"),
        ("10.0.0.255", "tthc"),
        ("10.0.1.0", "[source-not-allowed]"),
        ("9.255.255.255", "[source-not-allowed]"),
        ("2001:db8::1", "tthc"),
        ("2001:db9::1", "[source-not-allowed]"),
        ("::ffff:10.0.0.1", "[source-not-allowed]"),
        ("", "[source-not-allowed]"),
        ("10.0.0.1, 10.0.0.2", "[source-not-allowed]"),
        ("010.0.0.1", "[source-not-allowed]"),
        ("localhost", "[source-not-allowed]"),
    ],
)
def test_a_source_is_inside_the_networks_or_refused(source: str, end: str) -> None:
    networks = (ip_network("10.0.0.0/24"), ip_network("2001:db8::/32"))

    assert decide(Grant(networks=networks), replace(CALL, source=source)) == end


@pytest.mark.parametrize(
    ("purposes", "named", "end"),
    [
        (("tthc",), "", "tthc"),
        (("tthc",), "tthc", "tthc"),
        (("tthc",), "TTHC", "[purpose-not-agreed]"),
        (("tthc",), "khac", "[purpose-not-agreed]"),
        (("tthc", "thong-ke"), "", "[purpose-required]"),
        (("tthc", "thong-ke"), "thong-ke", "thong-ke"),
        ((), "", "[purpose-required]"),
        ((), "tthc", "[purpose-not-agreed]"),
    ],
)
def test_a_call_has_one_agreed_purpose(purposes: tuple[str, ...], named: str, end: str) -> None:
    assert decide(Grant(purposes=purposes), replace(CALL, purpose=named)) == end


@pytest.mark.parametrize(
    ("grant", "call", "end"),
    [
        (Grant(case_file_required=True), CALL, "[case-file-required]"),
        (Grant(case_file_required=True), replace(CALL, case_file="H1"), "tthc"),
        (Grant(officer_required=True), CALL, "[officer-required]"),
        (Grant(officer_required=True), replace(CALL, officer="a"), "tthc"),
        (Grant(), replace(CALL, fields=("Ten",)), "tthc"),
        (Grant(), replace(CALL, fields=("Ten", "DiaChi")), "[field-not-agreed]"),
        (Grant(), replace(CALL, fields=("",)), "[field-not-agreed]"),
        (Grant(fields=("Ten",)), replace(CALL, fields=("Te",)), "[field-not-agreed]"),
        (Grant(fields=()), CALL, "[field-not-agreed]"),
        (Grant(windows=()), CALL, "[outside-hours]"),
        (Grant(networks=()), CALL, "[source-not-allowed]"),
    ],
)
def test_what_is_missing_or_empty_is_refused(grant: Grant, call: Request, end: str) -> None:
    assert decide(grant, call) == end


def test_the_refusal_names_the_widest_reason() -> None:
    nothing = Grant(Standing.SUSPENDED, purposes=(), fields=(), windows=(), networks=(), case_file_required=True)

    assert decide(nothing) == "[agreement-suspended]"


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdefg"), min_size=1))
def test_fields_are_allowed_only_when_all_are_agreed(agreed: set[str], asked: set[str]) -> None:
    end = decide(Grant(fields=tuple(agreed)), replace(CALL, fields=tuple(asked)))

    assert (end == "tthc") == (asked <= agreed)


def test_whoever_asks_why_hears_of_every_check() -> None:
    grant = Grant(windows=(OFFICE,), case_file_required=True, officer_required=True)

    judged = judge(grant, CALL, now=datetime(2026, 11, 22, 9, 0, tzinfo=ZONE), zone=ZONE)

    assert [check for check, _ in judged] == list(Check)
    assert [slug for _, slug in judged if slug] == ["outside-hours", "case-file-required", "officer-required"]
