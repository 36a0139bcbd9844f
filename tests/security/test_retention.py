"""Is the record kept for as long as its level asks, and may only that go whose time is over and that nobody holds?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.settings import Settings, SettingsInvalid
from security.audit.retention import (
    FLOOR_MONTHS,
    HeldMonths,
    MonthUnclear,
    RetentionRefused,
    is_over,
    may_go,
    must_be_free,
    span_of_month,
)

HELD = HeldMonths("CV-1", "2026-02", "2026-03")


@pytest.mark.parametrize(
    ("month", "keep", "now", "over"),
    [
        ("2026-10", 12, datetime(2027, 10, 31, 23, 59, 59, tzinfo=UTC), False),
        ("2026-10", 12, datetime(2027, 11, 1, tzinfo=UTC), True),
        ("2026-12", 1, datetime(2027, 1, 31, tzinfo=UTC), False),
        ("2026-12", 1, datetime(2027, 2, 1, tzinfo=UTC), True),
        ("2027-01", 3, datetime(2026, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_month_is_kept_to_the_moment(month: str, keep: int, now: datetime, over: bool) -> None:
    assert is_over(month, keep_months=keep, now=now) is over


@pytest.mark.parametrize(
    ("hold", "free"),
    [
        (HELD, ["2026-01", "2026-04"]),
        (HeldMonths("x", "2026-03"), ["2026-01", "2026-02"]),
        (HeldMonths("x", "2027-01"), ["2026-01", "2026-02", "2026-03", "2026-04"]),
    ],
)
def test_what_is_held_may_not_go(hold: HeldMonths, free: list[str]) -> None:
    months = ["2026-04", "2026-03", "2026-02", "2026-01", "2028-01"]

    assert may_go(months, keep_months=3, now=datetime(2028, 1, 1, tzinfo=UTC), held=[hold]) == free


@pytest.mark.parametrize(
    ("months", "why"),
    [(["2026-03"], "legal hold CV-1"), (["2026-01", "2027-12"], "kept for 3 months: until 2028-04-01")],
)
def test_the_reason_is_one_sentence(months: list[str], why: str) -> None:
    with pytest.raises(RetentionRefused, match=why):
        must_be_free(months, keep_months=3, now=datetime(2028, 1, 1, tzinfo=UTC), held=[HELD])


@given(st.integers(1, 12), st.integers(1, 60), st.integers(0, 40_000))
def test_just_what_was_kept_for_as_many_months_may_go(month: int, keep: int, hours: int) -> None:
    ends = span_of_month(f"2019-{month:02}")[1]
    now = ends + timedelta(hours=hours)

    whole_months = (now.year - ends.year) * 12 + now.month - ends.month
    assert is_over(f"2019-{month:02}", keep_months=keep, now=now) is (whole_months >= keep)


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "10/2026", "", "2026-10-01"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(MonthUnclear):
        span_of_month(month)


@pytest.mark.parametrize(("level", "floor"), FLOOR_MONTHS.items())
def test_a_term_under_the_floor_of_the_level_stops_the_start(level: int, floor: int) -> None:
    environment = {"LIENTHONG_SECURITY_LEVEL": str(level), "LIENTHONG_RETENTION_MONTHS": str(floor)}
    assert Settings.from_environment(environment).retention_months == floor

    with pytest.raises(SettingsInvalid, match="RETENTION_MONTHS"):
        Settings.from_environment(
            {**environment, "LIENTHONG_RETENTION_MONTHS": str(max(1, floor - 1) if floor > 1 else 0)}
        )


@pytest.mark.parametrize("level", ["1", "6"])
def test_a_level_that_is_none_stops_the_start(level: str) -> None:
    with pytest.raises(SettingsInvalid, match="LIENTHONG_SECURITY_LEVEL"):
        Settings.from_environment({"LIENTHONG_SECURITY_LEVEL": level})
