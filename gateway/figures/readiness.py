"""How far has each shared database come on its way to being used? (R15; NĐ 278/2025 art. 7, 24)

Five steps, each seen in what the platform itself knows: it can be reached, offers a service, is agreed about, has
answered within thirty days, and was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.holdings import Holding, list_holdings
from catalog.quality.scores import QualityScore, latest_scores
from catalog.states import IN_FORCE, ServiceState
from catalog.tables import AgreementRow, ServiceVersionRow
from gateway.figures.period import Period
from gateway.figures.reading import Scope, by_key
from gateway.figures.sums import NOTHING, Sums, folded
from gateway.figures.tables import Subject

_RECENTLY = timedelta(days=29)


class Step(StrEnum):
    """A step on the way; the order is that of the way."""

    PROVIDER = "provider"
    SERVICE = "service"
    AGREEMENT = "agreement"
    ANSWERED = "answered"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far one database is. `recent` are its exchanges of the last thirty days."""

    holding: Holding
    services: int
    with_provider: int
    agreements: int
    recent: Sums
    quality: QualityScore | None

    @property
    def done(self) -> frozenset[Step]:
        """Return the steps that are done."""
        judged = {
            Step.PROVIDER: self.with_provider > 0,
            Step.SERVICE: self.services > 0,
            Step.AGREEMENT: self.agreements > 0,
            Step.ANSWERED: self.recent.answered > 0,
            Step.MEASURED: self.quality is not None,
        }
        return frozenset(step for step, is_done in judged.items() if is_done)

    @property
    def is_ready(self) -> bool:
        """Tell whether it is in use: measured or not, data are reached, agreed about and answered."""
        return self.done >= {Step.PROVIDER, Step.SERVICE, Step.AGREEMENT, Step.ANSWERED}


async def readiness_of(session: AsyncSession, *, today: date, owner: str = "") -> list[Readiness]:
    """Return how far the databases are, of one owner or of all, in the catalogue's order."""
    holdings = [one for one in await list_holdings(session) if not owner or one.owner.code == owner]
    services, with_provider = await _services(session)
    agreements = await _agreements(session)
    period = Period(today - _RECENTLY, today)
    recent = folded(await by_key(session, Scope(), Subject.CONNECTION, period), lambda key: key.partition("/")[0])
    quality = await latest_scores(session, [one.database.code for one in holdings])
    return [
        Readiness(
            one,
            services=services.get(one.database.code, 0),
            with_provider=with_provider.get(one.database.code, 0),
            agreements=agreements.get(one.database.code, 0),
            recent=recent.get(one.database.code, NOTHING),
            quality=quality.get(one.database.code),
        )
        for one in holdings
    ]


async def _services(session: AsyncSession) -> tuple[Mapping[str, int], Mapping[str, int]]:
    counted = (
        select(ServiceVersionRow.database, func.count(), func.count(col(ServiceVersionRow.provider)))
        .where(ServiceVersionRow.state != ServiceState.RETIRED)
        .group_by(ServiceVersionRow.database)
    )
    rows = (await session.exec(counted)).all()
    return {row[0]: int(row[1]) for row in rows}, {row[0]: int(row[2]) for row in rows}


async def _agreements(session: AsyncSession) -> Mapping[str, int]:
    counted = (
        select(AgreementRow.database, func.count())
        .where(col(AgreementRow.state).in_(sorted(IN_FORCE)))
        .group_by(AgreementRow.database)
    )
    return {database: int(count) for database, count in await session.exec(counted)}
