"""What was found, and what has somebody said of it?

An alert is a finding that is kept. Of what goes on there is one alert, which grows. Unexplained ones come first: of
their exchanges fewer named a case file.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.misuse.events import HOUR
from security.misuse.findings import Finding, Rule

_MOST_CHARS: Final = 400
MOST_NOTE: Final = 2000


class AlertState(StrEnum):
    """What has been said of an alert."""

    OPEN = "open"
    EXPLAINED = "explained"
    MISUSE = "misuse"
    FALSE_ALARM = "false-alarm"


class AlertStep(StrEnum):
    """What can be said of an alert."""

    EXPLAIN = "explain"
    CALL_MISUSE = "call-misuse"
    CALL_FALSE = "call-false"
    REOPEN = "reopen"


_AFTER: Mapping[AlertStep, AlertState] = MappingProxyType(
    {
        AlertStep.EXPLAIN: AlertState.EXPLAINED,
        AlertStep.CALL_MISUSE: AlertState.MISUSE,
        AlertStep.CALL_FALSE: AlertState.FALSE_ALARM,
        AlertStep.REOPEN: AlertState.OPEN,
    }
)


def step_alert(state: AlertState, step: AlertStep) -> AlertState | None:
    """Return the state after `step`, None where it says nothing new. What was said of an alert may be said anew."""
    after = _AFTER[step]
    return None if after is state else after


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is kept. Moments are microseconds since 1970, 0: never."""

    id: str
    key: str
    rule: Rule
    agency: str
    system: str
    officer: str
    first_us: int
    last_us: int
    measure: int
    usual: int
    total: int
    explained: int
    unexplained_percent: int
    exchanges: tuple[str, ...]
    facts: Mapping[str, str | int]
    state: AlertState
    raised_us: int
    triaged_by: str
    triaged_us: int
    note: str

    def is_overdue(self, now_us: int) -> bool:
        """Tell whether a call for an emergency (R13) should have been looked at by now."""
        return (
            self.rule is Rule.EMERGENCY
            and self.state is AlertState.OPEN
            and (now_us - self.first_us > self.usual * HOUR)
        )


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts are asked for; empty asks nothing."""

    state: AlertState | None = None
    rule: Rule | None = None
    agency: str = ""
    system: str = ""


alerts = sa.Table(
    "misuse_alerts",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("key", sa.String(_MOST_CHARS)),
    *(sa.Column(name, sa.Text) for name in ("rule", "agency", "system", "officer")),
    *(sa.Column(name, sa.BigInteger) for name in ("first_us", "last_us", "measure", "usual", "total", "explained")),
    sa.Column("unexplained_percent", sa.Integer),
    *(sa.Column(name, sa.Text) for name in ("exchanges", "facts", "state")),
    sa.Column("raised_us", sa.BigInteger),
    sa.Column("recorded", sa.Boolean),
    sa.Column("triaged_by", sa.Text),
    sa.Column("triaged_us", sa.BigInteger),
    sa.Column("note", sa.Text),
)
_SHOWN = [column for column in alerts.columns if column.name != "recorded"]


async def keep_findings(
    connection: AsyncConnection, findings: Iterable[Finding], *, now_us: int, new_id: Callable[[], str]
) -> int:
    """Keep findings: raise an alert for each new key, let the others grow. Return how many were raised.

    What was said of an alert stays said: whoever said it saw what it was about.
    """
    raised = 0
    for one in sorted(findings, key=lambda found: found.key):
        key = one.key[:_MOST_CHARS]
        grown = {
            "last_us": one.last_us,
            "measure": one.measure,
            "total": one.total,
            "explained": one.explained,
            "unexplained_percent": _unexplained(one),
            "exchanges": msgspec.json.encode(one.exchanges).decode(),
            "facts": msgspec.json.encode(one.facts).decode(),
        }
        known = await connection.execute(sa.update(alerts).where(alerts.c.key == key).values(**grown))
        if known.rowcount:
            continue
        raised += 1
        await connection.execute(
            sa.insert(alerts).values(
                **grown,
                id=new_id(),
                key=key,
                rule=one.rule.value,
                agency=one.agency,
                system=one.system,
                officer=one.officer,
                first_us=one.first_us,
                usual=one.limit,
                state=AlertState.OPEN.value,
                raised_us=now_us,
                recorded=False,
                triaged_by="",
                triaged_us=0,
                note="",
            )
        )
    return raised


async def list_alerts(connection: AsyncConnection, wanted: Wanted, *, most: int, offset: int = 0) -> list[Alert]:
    """Return the alerts that fit: open ones first, of these the unexplained, then the newest."""
    chosen = sa.select(*_SHOWN).where(*_conditions(wanted))
    is_open = (alerts.c.state == AlertState.OPEN.value).desc()
    ordered = chosen.order_by(is_open, alerts.c.unexplained_percent.desc(), alerts.c.last_us.desc(), alerts.c.id)
    return [_alert(row) for row in (await connection.execute(ordered.limit(most).offset(offset))).mappings()]


async def count_alerts(connection: AsyncConnection, wanted: Wanted) -> int:
    """Return how many alerts fit."""
    return int(await connection.scalar(sa.select(sa.func.count()).where(*_conditions(wanted)).select_from(alerts)) or 0)


async def find_alert(connection: AsyncConnection, alert_id: str) -> Alert | None:
    """Return an alert, None where there is none."""
    row = (await connection.execute(sa.select(*_SHOWN).where(alerts.c.id == alert_id))).mappings().first()
    return None if row is None else _alert(row)


async def raised_since(connection: AsyncConnection, since_us: int, *, most: int) -> list[Alert]:
    """Return the alerts that were raised since, the newest first."""
    rows = sa.select(*_SHOWN).where(alerts.c.raised_us >= since_us).order_by(alerts.c.raised_us.desc()).limit(most)
    return [_alert(row) for row in (await connection.execute(rows)).mappings()]


async def triage(
    connection: AsyncConnection, alert: Alert, state: AlertState, *, by: str, note: str, now_us: int
) -> None:
    """Keep what somebody says of an alert."""
    said = {"state": state.value, "triaged_by": by, "triaged_us": now_us, "note": note}
    await connection.execute(sa.update(alerts).where(alerts.c.id == alert.id).values(**said))


async def unrecorded(connection: AsyncConnection, *, most: int) -> list[Alert]:
    """Return alerts that are not on record yet, the oldest first."""
    rows = sa.select(*_SHOWN).where(alerts.c.recorded.is_(False)).order_by(alerts.c.id).limit(most)
    return [_alert(row) for row in (await connection.execute(rows)).mappings()]


async def mark_recorded(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Remember that these are on record."""
    await connection.execute(sa.update(alerts).where(alerts.c.id.in_(ids)).values(recorded=True))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    told = (
        (alerts.c.state, wanted.state.value if wanted.state else ""),
        (alerts.c.rule, wanted.rule.value if wanted.rule else ""),
        (alerts.c.agency, wanted.agency),
        (alerts.c.system, wanted.system),
    )
    return [column == value for column, value in told if value]


def _unexplained(one: Finding) -> int:
    return 100 if not one.total else 100 * (one.total - one.explained) // one.total


def _alert(row: sa.RowMapping) -> Alert:
    members = {str(name): value for name, value in row.items()}
    decoded = {
        "exchanges": msgspec.json.decode(members["exchanges"], type=tuple[str, ...]),
        "facts": msgspec.json.decode(members["facts"], type=dict[str, str | int]),
    }
    return msgspec.convert({**members, **decoded}, Alert)
