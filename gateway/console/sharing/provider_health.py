"""How do the providers do that somebody may see, as the living nodes find them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import ProviderRow
from gateway.console.desk import Desk
from gateway.console.words import Status, Tone, Words
from gateway.heartbeats import Heartbeat
from security.staff import Permission

FAILING = Status(Words("Không trả lời", "Does not answer"), Tone.BAD)
REMARKED = Status(Words("Cần xem lại", "Needs a look"), Tone.WAITING)
WELL = Status(Words("Bình thường", "Well"), Tone.GOOD)
NOT_KNOWN = Status(Words("Chưa rõ", "Not known"), Tone.QUIET)


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How a provider does; `remark` is what its adapter says of it, empty when all is well."""

    code: str
    agency: str
    status: Status
    remark: Words


async def providers_of(
    session: AsyncSession, desk: Desk, heartbeats: Iterable[Heartbeat], *, now: datetime
) -> list[ProviderHealth]:
    """Return the providers that the reader may see, those that need him first."""
    rows = (await session.exec(select(ProviderRow.code, ProviderRow.agency).order_by(col(ProviderRow.code)))).all()
    living = [one for one in heartbeats if one.is_fresh(now)]
    found = [_health(code, agency, living) for code, agency in rows if desk.may(Permission.PROVIDER_READ, agency)]
    order = (FAILING, REMARKED, NOT_KNOWN, WELL)
    return sorted(found, key=lambda one: order.index(one.status))


def _health(code: str, agency: str, living: Sequence[Heartbeat]) -> ProviderHealth:
    told = [facts for one in living if (facts := one.facts.providers.get(code)) is not None]
    remark = next((Words(one.remark_vi or one.remark, one.remark) for one in told if one.remark), Words("", ""))
    if not told:
        return ProviderHealth(code, agency, NOT_KNOWN, remark)
    if any(one.failing for one in told):
        return ProviderHealth(code, agency, FAILING, remark)
    return ProviderHealth(code, agency, REMARKED if remark.vi else WELL, remark)
