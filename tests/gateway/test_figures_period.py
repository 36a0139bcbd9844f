"""Which rows of the figures make a period, and what do they amount to?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.figures.period import Period, Piece, Preset, day_number, period_of, pieces_of, starts_in
from gateway.figures.sums import Sums, folded, total_of
from gateway.figures.tables import Span

TODAY = date(2026, 11, 26)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def days_of(piece: Piece) -> set[date]:
    """Return the days that a piece tells about."""
    everyday = (date(2023, 12, 1) + timedelta(days=number) for number in range(1600))
    scale = 100 if piece.span is Span.MONTH else 1
    return {day for day in everyday if piece.first <= day_number(day) // scale <= piece.last}


@pytest.mark.parametrize(
    ("preset", "first"),
    [
        (Preset.TODAY, TODAY),
        (Preset.WEEK, date(2026, 11, 20)),
        (Preset.THIRTY, date(2026, 10, 28)),
        (Preset.MONTH, date(2026, 11, 1)),
        (Preset.YEAR, date(2026, 1, 1)),
    ],
)
def test_a_named_period_ends_today(preset: Preset, first: date) -> None:
    assert period_of(preset, today=TODAY) == Period(first, TODAY)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 3, 1), date(2026, 4, 2), Period(date(2026, 3, 1), date(2026, 4, 2))),
        (date(2026, 4, 2), date(2026, 3, 1), Period(date(2026, 3, 1), date(2026, 4, 2))),
        (None, None, Period(TODAY, TODAY)),
        (date(2026, 11, 1), None, Period(date(2026, 11, 1), TODAY)),
        (date(1900, 1, 1), TODAY, Period(TODAY - timedelta(days=3660), TODAY)),
    ],
)
def test_a_period_of_ones_own_is_put_right_and_bounded(first: date | None, last: date | None, expected: Period) -> None:
    assert period_of(Preset.OTHER, today=TODAY, first=first, last=last) == expected


def test_a_year_is_read_by_months_and_the_rest_by_days() -> None:
    assert pieces_of(Period(date(2026, 1, 1), TODAY)) == [
        Piece(Span.MONTH, 202601, 202610),
        Piece(Span.DAY, 20261101, 20261126),
    ]


@given(DAYS, DAYS)
def test_the_pieces_of_a_period_are_all_its_days_once(one: date, other: date) -> None:
    period = Period(min(one, other), max(one, other))
    told = [days_of(piece) for piece in pieces_of(period)]

    assert sum(map(len, told)) == (period.last - period.first).days + 1
    assert set().union(*told) == {
        period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)
    }


@pytest.mark.parametrize(
    ("first", "span", "count"),
    [
        (TODAY, Span.HOUR, 24),
        (date(2026, 11, 24), Span.DAY, 3),
        (date(2026, 9, 25), Span.MONTH, 3),
    ],
)
def test_a_picture_has_a_step_also_where_nothing_happened(first: date, span: Span, count: int) -> None:
    period = Period(first, TODAY)

    assert (period.steps, len(starts_in(period))) == (span, count)


def test_rates_of_nothing_are_not_known() -> None:
    nothing = Sums()

    assert (nothing.success_rate, nothing.availability, nothing.mean_ms, nothing.percentile_ms(0.5)) == (None,) * 4


def test_what_was_rightly_refused_counts_against_success_and_not_against_availability() -> None:
    sums = Sums(answered=90, refused=8, failed=1, unknown=1)

    assert (sums.success_rate, sums.availability) == (0.9, 90 / 92)


def test_sums_are_folded_by_a_part_of_their_keys() -> None:
    rows = {"datdai/a/x": Sums(answered=1), "datdai/b/y": Sums(failed=2), "yte/a/x": Sums(answered=4)}

    by_database = folded(rows, lambda key: key.partition("/")[0])

    assert {key: one.exchanges for key, one in by_database.items()} == {"datdai": 3, "yte": 4}
    assert total_of(by_database.values()).answered == 5
