"""What was found in a week, and what became of it?"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import microseconds
from security.misuse.alerts import AlertState, alerts
from security.misuse.findings import Rule


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the calendar (ISO 8601), in the province's time."""

    monday: date

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the week that is called `2026-W48`. Raises ValueError."""
        year, _, number = name.partition("-W")
        return cls(date.fromisocalendar(int(year), int(number), 1))

    @property
    def name(self) -> str:
        """What it is called."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    def before(self) -> "Week":
        """Return the week before."""
        return Week(self.monday - timedelta(days=7))

    def after(self) -> "Week":
        """Return the week after."""
        return Week(self.monday + timedelta(days=7))

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return its first moment."""
        return datetime.combine(self.monday, time(), zone)


@dataclass(frozen=True, slots=True)
class RuleInWeek:
    """What became of the alerts that a rule raised in a week."""

    rule: Rule
    raised: int
    by_state: dict[AlertState, int]

    @property
    def right_percent(self) -> int | None:
        """Return how many of a hundred that somebody looked at were misuse; None: nobody has looked at any."""
        said = self.raised - self.by_state.get(AlertState.OPEN, 0)
        return 100 * self.by_state.get(AlertState.MISUSE, 0) // said if said else None


@dataclass(frozen=True, slots=True)
class Digest:
    """What was found in a week. `hours` is how long it took on the average until something was said, None: nothing was.

    `old` are open alerts from before the week.
    """

    week: Week
    first: date
    last: date
    rules: tuple[RuleInWeek, ...]
    raised: int
    open: int
    old: int
    hours: int | None


def week_of(now: datetime, zone: ZoneInfo) -> Week:
    """Return the week in which a moment lies."""
    today = now.astimezone(zone).date()
    return Week(today - timedelta(days=today.weekday()))


async def digest_of_week(connection: AsyncConnection, week: Week, *, zone: ZoneInfo) -> Digest:
    """Return what was found in a week."""
    since, until = microseconds(week.begins(zone)), microseconds(week.after().begins(zone))
    c = alerts.c
    within = (c.raised_us >= since, c.raised_us < until)
    counted = sa.select(c.rule, c.state, sa.func.count()).where(*within).group_by(c.rule, c.state)
    by_rule: dict[Rule, dict[AlertState, int]] = {}
    for rule, state, number in await connection.execute(counted):
        by_rule.setdefault(Rule(rule), {})[AlertState(state)] = number
    took = await connection.scalar(sa.select(sa.func.avg(c.triaged_us - c.raised_us)).where(*within, c.triaged_us > 0))
    old = await connection.scalar(
        sa.select(sa.func.count()).select_from(alerts).where(c.raised_us < since, c.state == AlertState.OPEN.value)
    )
    rules = tuple(RuleInWeek(rule, sum(by_rule[rule].values()), by_rule[rule]) for rule in Rule if rule in by_rule)
    return Digest(
        week=week,
        first=week.monday,
        last=week.monday + timedelta(days=6),
        rules=rules,
        raised=sum(one.raised for one in rules),
        open=sum(one.by_state.get(AlertState.OPEN, 0) for one in rules),
        old=int(old or 0),
        hours=None if took is None else int(float(took) / 3_600_000_000),
    )
