"""Is the record whole and in time (R16), and do others count what we count (R17)?"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from security.audit.encode import microseconds
from security.misuse.events import Event, Happened
from security.misuse.findings import Actor, Evidence, Finding, Rule
from security.misuse.limits import Limits
from security.misuse.memory import hour_of

_ONE_IN: Final = 100
_FEW: Final = 5


class UnknownEnds:
    """R16: of too many calls in an hour nobody knows what became."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.unknown_an_hour
        self._hour = 0
        self._calls = 0
        self._told = 0
        self._unknown = Evidence()

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what the end of a call makes."""
        if event.happened not in (Happened.ANSWERED, Happened.REFUSED, Happened.UNKNOWN) or not event.system:
            return
        hour = hour_of(event.at_us)
        if hour != self._hour:
            self._hour, self._calls, self._told, self._unknown = hour, 0, 0, Evidence()
        self._calls += 1
        if event.happened is not Happened.UNKNOWN:
            return
        self._unknown.add(event)
        unknown = self._unknown.total
        if unknown >= self._limit and _ONE_IN * unknown > self._calls and 2 * unknown > 3 * self._told:
            self._told = unknown
            yield self._unknown.finding(
                Rule.LOG_HEALTH, Actor("", ""), f"unknown/{hour}", measure=unknown, limit=self._limit, what="unknown"
            )

    def forget(self, now_us: int) -> None:
        """Keep the hour."""


def waiting_log(waited: timedelta, *, now: datetime, limits: Limits) -> Finding | None:
    """R16: return what it makes that the oldest record has waited so long for its proof."""
    if waited < timedelta(seconds=limits.log_waits_seconds):
        return None
    return _of_the_platform(
        "waiting", now, measure=int(waited.total_seconds()), limit=limits.log_waits_seconds, what="waiting"
    )


def missing_records(stream: str, missing: int, *, now: datetime) -> Finding | None:
    """R16: return what it makes that so many records of a stream, whose numbers were given out, are not there."""
    if missing <= 0:
        return None
    return _of_the_platform(f"gap/{stream}", now, measure=missing, limit=0, what="gap", stream=stream)


def differing_counts(
    database: str, day: date, *, ours: int, theirs: int, now: datetime, limits: Limits
) -> Finding | None:
    """R17: return what it makes that a provider counted otherwise than we on a day of the province's."""
    differ = abs(ours - theirs)
    if differ <= _FEW or 100 * differ <= limits.counts_percent * max(ours, theirs):
        return None
    at = microseconds(now)
    return Finding(
        rule=Rule.COUNTS_DIFFER,
        key=f"{Rule.COUNTS_DIFFER}/{database}/{day.isoformat()}",
        first_us=at,
        last_us=at,
        measure=differ,
        limit=max(_FEW, limits.counts_percent * max(ours, theirs) // 100),
        facts={"database": database, "day": day.isoformat(), "ours": ours, "theirs": theirs},
    )


def _of_the_platform(place: str, now: datetime, *, measure: int, limit: int, **facts: str | int) -> Finding:
    at = microseconds(now)
    return Finding(
        rule=Rule.LOG_HEALTH,
        key=f"{Rule.LOG_HEALTH}/{place}/{now:%Y-%m-%d}",
        first_us=at,
        last_us=at,
        measure=measure,
        limit=limit,
        facts=dict(facts),
    )
