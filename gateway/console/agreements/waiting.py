"""Which agreements wait for the person who looks, for the start page and for the list?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreement_lists import (
    AgreementFilter,
    AgreementLine,
    Order,
    count_agreements,
    expiring_within,
    list_agreements,
)
from catalog.agreements import PROVINCE_TIME
from catalog.states import Side
from gateway.api.agreement_queries import Reader, visible_to
from gateway.console.desk import Desk
from security.staff import Permission

EXPIRING_DAYS = 60
"""What ends within so many days is soon over."""


@dataclass(frozen=True, slots=True)
class WaitingAgreements:
    """How many agreements wait for somebody, and those of them that changed last; how many of his end soon."""

    count: int
    newest: Sequence[AgreementLine]
    expiring: int


def waits_for(reader: Reader) -> tuple[tuple[Side, str], ...]:
    """Return on whose behalf the reader has something to do about agreements, as `AgreementFilter.waiting_for`."""
    own = reader.member.agency
    if reader.may(Permission.AGREEMENT_ACTIVATE):
        return ((Side.PLATFORM, ""),)
    found: list[tuple[Side, str]] = []
    if reader.may(Permission.AGREEMENT_REQUEST, own):
        found.append((Side.CONSUMER, own))
    if reader.may(Permission.AGREEMENT_DECIDE, own):
        found.append((Side.PROVIDER, own))
    return tuple(found)


async def waiting_agreements(session: AsyncSession, desk: Desk, *, limit: int = 5) -> WaitingAgreements:
    """Return what waits for the person at the desk, at most `limit` of it, newest first."""
    sides = waits_for(desk)
    expiring = visible_to(desk, expiring_within(EXPIRING_DAYS, today=desk.now.astimezone(PROVINCE_TIME).date()))
    soon = await count_agreements(session, expiring)
    if not sides:
        return WaitingAgreements(0, (), soon)
    wanted = AgreementFilter(waiting_for=sides)
    newest = await list_agreements(session, wanted, order=Order.CHANGED, descending=True, limit=limit)
    return WaitingAgreements(await count_agreements(session, wanted), newest, soon)
