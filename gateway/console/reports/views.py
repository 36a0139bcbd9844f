"""Which figures does a reader ask for, and which of them may he see?

Whoever may see all chooses the platform or any agency; everybody else sees the exchanges of his own agency, those it
asked for or those that its databases were asked for. An address that somebody kept never breaks: what it may not ask
for is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from fastapi import Request

from gateway.console.desk import Desk
from gateway.console.frame import PROVINCE_ZONE, with_query
from gateway.console.words import Words
from gateway.figures.period import Period, Preset, period_of
from gateway.figures.reading import Scope
from gateway.figures.tables import Side
from security.staff import Permission, Role

Choice = TypeVar("Choice", Preset, Side)
FILTERS = ("period", "from", "to", "side", "agency")
PERIODS: Mapping[Preset, Words] = {
    Preset.TODAY: Words("Hôm nay", "Today"),
    Preset.WEEK: Words("7 ngày qua", "Last 7 days"),
    Preset.THIRTY: Words("30 ngày qua", "Last 30 days"),
    Preset.MONTH: Words("Tháng này", "This month"),
    Preset.YEAR: Words("Năm nay", "This year"),
    Preset.OTHER: Words("Từ ngày – đến ngày", "From – to"),
}
SIDES: Mapping[Side, Words] = {
    Side.ALL: Words("Toàn nền tảng", "The whole platform"),
    Side.CONSUMER: Words("Đơn vị khai thác", "As consumer"),
    Side.PROVIDER: Words("Đơn vị cung cấp", "As provider"),
}


@dataclass(frozen=True, slots=True)
class View:
    """What a reader looks at."""

    preset: Preset
    period: Period
    scope: Scope
    sees_all: bool

    @property
    def sides(self) -> list[tuple[str, Words]]:
        """Return the sides that the reader may choose."""
        return [(side.value or "all", words) for side, words in SIDES.items() if self.sees_all or side is not Side.ALL]

    @property
    def side(self) -> str:
        """Return the side as it stands in an address."""
        return self.scope.side.value or "all"

    @property
    def since(self) -> datetime:
        """Return the moment at which the period begins."""
        return datetime.combine(self.period.first, time(), PROVINCE_ZONE)

    def address(self, path: str, **more: object) -> str:
        """Return the address of another page with the same view."""
        days = self.preset is Preset.OTHER
        return with_query(
            path,
            period=self.preset.value,
            **({"from": self.period.first.isoformat(), "to": self.period.last.isoformat()} if days else {}),
            side=self.side,
            agency=self.scope.agency,
            **more,
        )


def view_of(request: Request, desk: Desk) -> View:
    """Return what the address asks for. Raises StaffForbidden for who may see no figures at all."""
    desk.require(Permission.REPORT_READ, desk.member.agency)
    members = request.query_params
    preset = _one_of(Preset, members.get("period", ""), Preset.THIRTY)
    today = desk.now.astimezone(PROVINCE_ZONE).date()
    period = period_of(preset, today=today, first=_day(members.get("from", "")), last=_day(members.get("to", "")))
    sees_all = desk.may(Permission.REPORT_READ_ALL)
    return View(
        preset, period, _scope(members.get("side", ""), members.get("agency", ""), desk, sees_all=sees_all), sees_all
    )


def _scope(side: str, agency: str, desk: Desk, *, sees_all: bool) -> Scope:
    usual = Side.PROVIDER if desk.role is Role.DATA_OWNER else Side.CONSUMER
    if not sees_all:
        chosen = _one_of(Side, side, usual)
        return Scope(usual if chosen is Side.ALL else chosen, desk.member.agency)
    chosen = Side.ALL if side in ("", "all") else _one_of(Side, side, Side.ALL)
    if chosen is Side.ALL:
        # An agency without a side: what it asks for.
        return Scope(Side.CONSUMER, agency) if agency else Scope()
    return Scope(chosen, agency or desk.member.agency)


def _one_of(kind: type[Choice], value: str, otherwise: Choice) -> Choice:
    return kind(value) if value in set(kind) else otherwise


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
