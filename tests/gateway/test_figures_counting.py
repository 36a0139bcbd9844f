"""What does a stretch of the record add to the figures?"""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.figures.counting import (
    FigureKey,
    Result,
    Tally,
    UseKey,
    add,
    ended_exchanges,
    ends_without_intent,
    starts,
)
from gateway.figures.latency import BOUNDS_MS, BUCKETS, bucket_of, percentile_ms
from gateway.figures.tables import MEASURES, Side, Span, Subject
from security.audit.following import Followed

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT_US = 1_795_651_200_000_000  # 2026-11-26 00:00 UTC, 07:00 in the province
INTENT = {
    "what": {"database": "datdai", "service": "thua-dat", "version": 1, "operation": "xem", "door": "rest"},
    "why": {"agreement": "TT-1", "case_file": {"pseudonym": "x", "sealed": "y"}},
    "decision": {"allowed": True},
}
ANSWER = {"decision": {"allowed": True}, "outcome": {"status": 200, "latency_us": 12_000, "response_bytes": 90}}


def stored(kind: str, body: dict[str, object], *, exchange: str = "e1", seq: int = 1) -> Followed:
    encoded = msgspec.json.encode({"kind": kind, "exchange": exchange, **body})
    return Followed("s", seq, AT_US, kind, exchange, "H32.1", "motcua", encoded)


def tally_of(*records: Followed) -> Tally:
    tally = Tally()
    for ended in ended_exchanges(records, {}):
        add(tally, ended, owner="H32.2", zone=ZONE)
    return tally


def measure(tally: Tally, key: FigureKey, name: str) -> int:
    return tally.figures[key][MEASURES.index(name)] if key in tally.figures else 0


def day_of(door: str) -> FigureKey:
    return FigureKey(Span.DAY, Side.ALL, "", Subject.DOOR, 20261126, door)


PLATFORM_DAY = day_of("rest")


@pytest.mark.parametrize(
    ("kind", "end", "expected"),
    [
        ("OUTCOME", ANSWER, Result.ANSWERED),
        (
            "OUTCOME",
            {"decision": {"allowed": False, "reason": "provider-timeout"}, "outcome": {"status": 504}},
            "failed",
        ),
        (
            "OUTCOME",
            {"decision": {"allowed": False, "reason": "provider-refused"}, "outcome": {"status": 422}},
            "refused",
        ),
        ("UNKNOWN", {}, "unknown"),
        ("DENY", {"decision": {"allowed": False, "reason": "quota-exceeded"}, "outcome": {"status": 429}}, "refused"),
        ("DENY", {"decision": {"allowed": False, "reason": "overloaded"}, "outcome": {"status": 503}}, "failed"),
    ],
)
def test_an_exchange_is_counted_by_how_it_ended(kind: str, end: dict[str, object], expected: str) -> None:
    tally = tally_of(stored("INTENT", INTENT), stored(kind, end, seq=2))

    assert {name: measure(tally, PLATFORM_DAY, name) for name in Result} == {
        name: int(name == expected) for name in Result
    }


def test_an_exchange_under_way_is_not_counted_yet() -> None:
    assert tally_of(stored("INTENT", INTENT)).figures == {}


def test_an_exchange_counts_for_the_asking_agency_and_for_the_owner_of_the_database() -> None:
    tally = tally_of(stored("INTENT", INTENT), stored("OUTCOME", ANSWER, seq=2))

    sides = {(key.side, key.agency) for key in tally.figures}
    assert sides == {(Side.ALL, ""), (Side.CONSUMER, "H32.1"), (Side.PROVIDER, "H32.2")}


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (Subject.DOOR, "rest"),
        (Subject.SERVICE, "datdai/thua-dat/v1"),
        (Subject.OPERATION, "datdai/thua-dat/v1/xem"),
        (Subject.CONNECTION, "datdai/H32.1/motcua"),
    ],
)
def test_an_exchange_counts_for_each_thing_that_it_names(subject: Subject, key: str) -> None:
    tally = tally_of(stored("INTENT", INTENT), stored("OUTCOME", ANSWER, seq=2))

    assert measure(tally, FigureKey(Span.MONTH, Side.ALL, "", subject, 202611, key), "answered") == 1


def test_what_was_asked_is_taken_from_an_intent_that_was_read_before() -> None:
    outcome = stored("OUTCOME", ANSWER, seq=2)

    (ended,) = ended_exchanges([outcome], {"e1": stored("INTENT", INTENT).body})

    assert (ended.database, ended.agreement, ended.case_file) == ("datdai", "TT-1", True)
    assert ends_without_intent([outcome]) == ["e1"]


def test_many_refusals_under_one_id_are_counted_with_the_first_which_has_a_record_of_its_own() -> None:
    refusal = {"decision": {"allowed": False, "reason": "rate-exceeded"}, "outcome": {"status": 429}}
    counted = {**refusal, "decision": {"allowed": False, "reason": "rate-exceeded", "repeated": 40}}

    tally = tally_of(stored("DENY", refusal), stored("DENY", counted, seq=2))

    assert measure(tally, day_of("?"), "refused") == 40


@pytest.mark.parametrize("door", ["control", "sandbox"])
def test_a_refused_page_and_a_call_with_synthetic_data_are_no_exchanges(door: str) -> None:
    assert tally_of(stored("DENY", {"what": {"door": door}, "outcome": {"status": 404}})).figures == {}


def test_a_record_that_cannot_be_read_does_not_stop_the_counting() -> None:
    broken = Followed("s", 1, AT_US, "OUTCOME", "e0", "", "", b"{")

    assert tally_of(broken, stored("INTENT", INTENT, seq=2), stored("OUTCOME", ANSWER, seq=3)).exchanges == 1


def test_withheld_fields_are_counted_also_where_their_list_was_shortened() -> None:
    short = {**ANSWER, "outcome": {"status": 200, "fields_withheld": {"count": 700, "digest": "00"}}}

    tally = tally_of(stored("INTENT", INTENT), stored("OUTCOME", short, seq=2))

    assert measure(tally, PLATFORM_DAY, "fields_withheld") == 700


def test_use_of_an_agreement_is_kept_by_operation() -> None:
    tally = tally_of(stored("INTENT", INTENT), stored("OUTCOME", ANSWER, seq=2))

    use = tally.use[UseKey("TT-1", "datdai/thua-dat/v1/xem")]
    assert (use.answered, use.other, use.first_us, use.last_us, use.last_answered_us) == (1, 0, AT_US, AT_US, AT_US)


@pytest.mark.parametrize(
    ("at_us", "expected"),
    [
        (AT_US, (2026112607, 20261126, 202611)),
        (AT_US + 17 * 3_600_000_000 - 1, (2026112623, 20261126, 202611)),
        (AT_US + 17 * 3_600_000_000, (2026112700, 20261127, 202611)),
    ],
)
def test_a_day_begins_at_midnight_in_the_province(at_us: int, expected: tuple[int, int, int]) -> None:
    assert starts(at_us, ZONE) == expected


@pytest.mark.parametrize(("latency_us", "bucket"), [(0, 0), (5_000, 0), (5_001, 1), (15_000_000, 14), (15_000_001, 15)])
def test_a_latency_is_counted_in_the_bucket_that_ends_at_or_above_it(latency_us: int, bucket: int) -> None:
    assert bucket_of(latency_us) == bucket


def test_nothing_has_no_percentile() -> None:
    assert percentile_ms([0] * BUCKETS, 0.95) is None


@given(st.lists(st.integers(0, 15_000_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_an_estimated_percentile_lies_in_the_bucket_of_the_true_one(latencies: list[int], share: float) -> None:
    counts = [0] * BUCKETS
    for latency in latencies:
        counts[bucket_of(latency)] += 1
    rank = next(n for n in range(1, len(latencies) + 1) if n >= share * len(latencies) - 1e-9)
    bucket = bucket_of(sorted(latencies)[rank - 1])

    estimate = percentile_ms(counts, share)

    assert estimate is not None
    assert (BOUNDS_MS[bucket - 1] if bucket else 0) <= estimate <= BOUNDS_MS[bucket]
