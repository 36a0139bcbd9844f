"""Which alerts of misuse are auditors told of?

Of each rule once an hour at most: whoever floods the list with one kind does not flood the mail. An emergency that
nobody looked at in time is told by itself, and each week its sum on Monday.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.inquiry.incidents import REPORT_WITHIN, due_incidents
from gateway.misuse.digest import digest_of_week, week_of
from gateway.notifications.kinds import Audience, Happening, Kind
from security.audit.encode import microseconds, moment_of
from security.misuse.alerts import AlertState, Wanted, list_alerts, raised_since
from security.misuse.findings import Rule
from security.misuse.memory import hour_of
from security.staff import Role

_TOLD: Final = (Audience(Role.AUDITOR),)
_MOST: Final = 2_000
_PAGE: Final = "/console/alerts"
_SOON: Final = timedelta(hours=24)


async def new_alerts(session: AsyncSession, *, since: datetime) -> list[Happening]:
    """Return the alerts that were raised since, of each rule and hour together."""
    found = await raised_since(await session.connection(), microseconds(since), most=_MOST)
    many = Counter((one.rule, hour_of(one.raised_us)) for one in found)
    first = {(one.rule, hour_of(one.raised_us)): one.raised_us for one in found}
    return [
        Happening(
            key=f"alerts/{rule}/{hour}",
            kind=Kind.ALERTS_RAISED,
            at=moment_of(first[rule, hour]),
            audience=_TOLD,
            address=f"{_PAGE}?rule={rule}",
            facts={"rule": rule.value, "many": str(number)},
        )
        for (rule, hour), number in many.items()
    ]


async def overdue_reviews(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Return the emergencies (R13) that nobody has looked at in time."""
    waiting = Wanted(state=AlertState.OPEN, rule=Rule.EMERGENCY)
    found = await list_alerts(await session.connection(), waiting, most=_MOST)
    return [
        Happening(
            key=f"review-overdue/{one.id}",
            kind=Kind.REVIEW_OVERDUE,
            at=now,
            audience=_TOLD,
            address=f"{_PAGE}/{one.id}",
        )
        for one in found
        if one.is_overdue(microseconds(now))
    ]


async def due_reports(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Return the incidents of which less than 24 hours are left for the report, and those that are late."""
    now_us = microseconds(now)
    soon = now - REPORT_WITHIN + _SOON
    found = await due_incidents(await session.connection(), before_us=microseconds(soon))
    return [
        Happening(
            key=f"incident-due/{one.id}/{'late' if now_us > one.due_us else 'soon'}",
            kind=Kind.INCIDENT_DUE,
            at=now,
            audience=_TOLD,
            address=f"/console/record/incidents/{one.id}",
            facts={"late": "1"} if now_us > one.due_us else {},
        )
        for one in found
    ]


async def alerts_of_last_week(session: AsyncSession, *, zone: ZoneInfo, now: datetime) -> list[Happening]:
    """Return the sum of the week that is over, from Monday on."""
    week = week_of(now - timedelta(days=7), zone)
    digest = await digest_of_week(await session.connection(), week, zone=zone)
    if not digest.raised and not digest.old:
        return []
    return [
        Happening(
            key=f"alerts-of-week/{week.name}",
            kind=Kind.ALERTS_OF_WEEK,
            at=week.after().begins(zone),
            audience=_TOLD,
            address=f"{_PAGE}/week?of={week.name}",
            facts={"many": str(digest.raised), "open": str(digest.open + digest.old)},
        )
    ]
