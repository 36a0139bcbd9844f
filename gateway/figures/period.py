"""From which day to which are figures asked for, and which rows tell it? Pure.

Whole months are read as months and the rest as days, so that a year is twelve steps and not three hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.figures.tables import Span

_ONE_DAY = timedelta(days=1)
_MOST_DAYS = 3660
_DAYS_BY_THE_HOUR = 2
_DAYS_BY_THE_DAY = 62


class Preset(StrEnum):
    """A period that people name."""

    TODAY = "today"
    WEEK = "7-days"
    THIRTY = "30-days"
    MONTH = "month"
    YEAR = "year"
    OTHER = "from-to"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, on the province's calendar."""

    first: date
    last: date

    def contains(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.first <= day <= self.last

    @property
    def steps(self) -> Span:
        """Return into which stretches a picture of it is cut: hours of two days, days of two months, else months."""
        days = (self.last - self.first).days + 1
        if days <= _DAYS_BY_THE_HOUR:
            return Span.HOUR
        return Span.DAY if days <= _DAYS_BY_THE_DAY else Span.MONTH


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one span, from one start to another, both included."""

    span: Span
    first: int
    last: int


def period_of(preset: Preset, *, today: date, first: date | None = None, last: date | None = None) -> Period:
    """Return the period that is meant. What was left out of `from-to` is today; the wrong way round is turned."""
    match preset:
        case Preset.TODAY:
            return Period(today, today)
        case Preset.WEEK:
            return Period(today - timedelta(days=6), today)
        case Preset.THIRTY:
            return Period(today - timedelta(days=29), today)
        case Preset.MONTH:
            return Period(today.replace(day=1), today)
        case Preset.YEAR:
            return Period(date(today.year, 1, 1), today)
        case Preset.OTHER:
            one, other = sorted((first or today, last or today))
            return Period(max(one, other - timedelta(days=_MOST_DAYS)), other)


def pieces_of(period: Period) -> Sequence[Piece]:
    """Return the rows that together are the period: days, whole months, days."""
    first_whole = period.first if period.first.day == 1 else _next_month(period.first)
    after_whole = (period.last + _ONE_DAY).replace(day=1)
    if first_whole >= after_whole:
        return (Piece(Span.DAY, day_number(period.first), day_number(period.last)),)
    found = []
    if period.first < first_whole:
        found.append(Piece(Span.DAY, day_number(period.first), day_number(first_whole - _ONE_DAY)))
    found.append(Piece(Span.MONTH, day_number(first_whole) // 100, day_number(after_whole - _ONE_DAY) // 100))
    if after_whole <= period.last:
        found.append(Piece(Span.DAY, day_number(after_whole), day_number(period.last)))
    return found


def starts_in(period: Period) -> Sequence[int]:
    """Return the starts of all stretches of `period.steps`, also of those in which nothing happened."""
    match period.steps:
        case Span.HOUR:
            return [day_number(day) * 100 + hour for day in _days(period) for hour in range(24)]
        case Span.DAY:
            return [day_number(day) for day in _days(period)]
        case Span.MONTH:
            return sorted({day_number(day) // 100 for day in _days(period)})


def number_at(moment: datetime, span: Span) -> int:
    """Return the start of the stretch in which a moment lies, by its own calendar."""
    match span:
        case Span.HOUR:
            return day_number(moment.date()) * 100 + moment.hour
        case Span.DAY:
            return day_number(moment.date())
        case Span.MONTH:
            return day_number(moment.date()) // 100


def day_number(day: date) -> int:
    """Return YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range((period.last - period.first).days + 1)]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
