"""How long must the record be kept, and which of its months may go?

The floor follows from the security level of the information system: TCVN 11930:2017 (by TT 12/2022/TT-BTTTT) asks that
logs are kept for at least 1, 3, 6 and 12 months at the levels 2 to 5. A province may keep them longer, never shorter.
Months are those of UTC, as in names of files and keys. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

FLOOR_MONTHS: Final[Mapping[int, int]] = MappingProxyType({2: 1, 3: 3, 4: 6, 5: 12})
"""For how many months the record is kept at least, by security level."""


class MonthUnclear(ValueError):
    """This is not a month as it is written here."""


class RetentionRefused(Exception):
    """Something of the record may not go, or be erased; the text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class HeldMonths:
    """The months that a legal hold is over: `first` and `last` are both in it, an empty `last` has no end."""

    code: str
    first: str
    last: str = ""

    def holds(self, month: str) -> bool:
        """Tell whether nothing of a month may go."""
        return self.first <= month and (not self.last or month <= self.last)


def span_of_month(month: str) -> tuple[datetime, datetime]:
    """Return when a month (`YYYY-MM`) begins, and when the next one does; aware UTC. Raises MonthUnclear."""
    try:
        begins = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise MonthUnclear(f"a month is written as 2026-10, not {month!r}") from error
    if f"{begins:%Y-%m}" != month:
        raise MonthUnclear(f"a month is written as 2026-10, not {month!r}")
    return begins, later(begins, 1)


def later(moment: datetime, months: int) -> datetime:
    """Return the beginning of the month that is so many months after that of `moment`."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def is_over(month: str, *, keep_months: int, now: datetime) -> bool:
    """Tell whether a month was kept for as long as it must be: its last moment is so many months ago."""
    return later(span_of_month(month)[1], keep_months) <= now


def may_go(months: Iterable[str], *, keep_months: int, now: datetime, held: Iterable[HeldMonths]) -> list[str]:
    """Return which of these months may be removed, the oldest first: kept long enough, and under no hold."""
    holds = tuple(held)
    return sorted(
        month
        for month in set(months)
        if is_over(month, keep_months=keep_months, now=now) and not any(one.holds(month) for one in holds)
    )


def must_be_free(months: Iterable[str], *, keep_months: int, now: datetime, held: Iterable[HeldMonths]) -> None:
    """Return when all of these months may go. Raises RetentionRefused with the first reason why not."""
    wanted, holds = sorted(set(months)), tuple(held)
    for month in wanted:
        if not is_over(month, keep_months=keep_months, now=now):
            free = later(span_of_month(month)[1], keep_months)
            raise RetentionRefused(f"{month} must be kept for {keep_months} months: until {free:%Y-%m-%d}")
    for month in wanted:
        for hold in holds:
            if hold.holds(month):
                raise RetentionRefused(f"{month} is under the legal hold {hold.code}: lift it first")
