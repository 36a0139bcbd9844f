"""For which time is asked, and which times make no sense?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.citizens.periods import LONGEST, Period, read_period
from gateway.errors import RequestInvalid

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


def read(since: str, until: str) -> Period:
    return read_period(since, until, zone=ZONE, now=NOW, names=("since", "until"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        ("", "", Period(NOW - LONGEST, NOW)),
        ("2026-11-01", "", Period(utc(2026, 10, 31, 17), NOW)),
        ("2026-11-01", "2026-11-01", Period(utc(2026, 10, 31, 17), utc(2026, 11, 1, 17))),
        ("2026-11-01T08:00", "2026-11-01T09:00", Period(utc(2026, 11, 1, 1), utc(2026, 11, 1, 2))),
        ("2026-11-01T08:00:00Z", "2026-11-01T09:00:00+00:00", Period(utc(2026, 11, 1, 8), utc(2026, 11, 1, 9))),
        ("2026-11-27", "2099-01-01", Period(utc(2026, 11, 26, 17), NOW)),
        ("2021-01-01", "2022-12-31", Period(utc(2020, 12, 31, 17), utc(2022, 12, 31, 17))),
    ],
)
def test_a_time_is_read_as_the_province_says_it(since: str, until: str, period: Period) -> None:
    assert read(since, until) == period


@pytest.mark.parametrize(
    ("since", "until", "names"),
    [
        ("hôm qua", "", ["since"]),
        ("", "2026-02-30", ["until"]),
        ("x", "y", ["until", "since"]),
        ("2026-11-28", "", ["since"]),
        ("2026-11-02", "2026-11-01", ["since"]),
        ("2026-11-01T09:00", "2026-11-01T09:00", ["since"]),
        ("2021-01-01", "2023-01-03", ["since"]),
        ("0001-01-01", "9999-12-31", ["until", "since"]),
    ],
)
def test_a_time_that_makes_no_sense_is_named(since: str, until: str, names: list[str]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        read(since, until)

    assert [fault.where for fault in refused.value.faults] == names


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_there_is_a_time_of_two_years_at_most_or_a_refusal(since: str, until: str) -> None:
    try:
        found = read(since, until)
    except RequestInvalid:
        return

    assert timedelta(0) < found.until - found.since <= LONGEST
    assert found.until <= NOW
