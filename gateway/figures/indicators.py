"""By which shares do leaders see whether sharing works, and how is each of them counted?

Every indicator says its formula and both numbers of it. None is an official one of the ministry's index: those that
there are take such numbers as their evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlalchemy import select as plain_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.quality.criteria import Band
from catalog.states import IN_FORCE
from catalog.tables import AgencyRow, AgreementRow
from gateway.figures.readiness import Readiness, Step
from gateway.figures.sums import Sums, folded, total_of
from gateway.figures.tables import AGREEMENT_USE


class Indicator(StrEnum):
    """What is measured."""

    OFFERED = "offered"
    IN_USE = "in-use"
    MEASURED = "measured"
    GREEN = "green"
    AGENCIES = "agencies"
    SERVICES_USED = "services-used"
    AGREEMENTS_USED = "agreements-used"
    SUCCESS = "success"
    AVAILABILITY = "availability"
    CASE_FILES = "case-files"


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator's two numbers; what they are is said by its formula."""

    indicator: Indicator
    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """Return the share, None where there is nothing to have a share of."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the indicators of a period are counted from. `connections` and `services` are those of the platform."""

    readiness: Sequence[Readiness]
    connections: dict[str, Sums]
    services: dict[str, Sums]
    agencies: int
    agreements: int
    agreements_used: int


async def gather_evidence(
    session: AsyncSession,
    readiness: Sequence[Readiness],
    *,
    connections: dict[str, Sums],
    services: dict[str, Sums],
    since: datetime,
) -> Evidence:
    """Return the evidence of a period that began at `since`."""
    in_force = col(AgreementRow.state).in_(sorted(IN_FORCE))
    used = (
        plain_select(func.count(AGREEMENT_USE.c.agreement.distinct()))
        .join(AgreementRow, col(AgreementRow.code) == AGREEMENT_USE.c.agreement)
        .where(in_force, AGREEMENT_USE.c.last_at >= since, AGREEMENT_USE.c.last_answered_at >= since)
    )
    return Evidence(
        readiness=[one for one in readiness if not one.holding.database.national],
        connections=connections,
        services=services,
        agencies=(await session.exec(select(func.count()).select_from(AgencyRow))).one(),
        agreements=(await session.exec(select(func.count()).select_from(AgreementRow).where(in_force))).one(),
        agreements_used=int((await (await session.connection()).execute(used)).scalar_one()),
    )


def indicators_of(evidence: Evidence) -> list[Measured]:
    """Return every indicator, in the order in which they are shown."""
    databases = evidence.readiness
    total = total_of(evidence.connections.values())
    agencies = folded(evidence.connections, lambda key: key.split("/")[1])
    services = evidence.services
    parts = {
        Indicator.OFFERED: (sum({Step.PROVIDER, Step.SERVICE} <= one.done for one in databases), len(databases)),
        Indicator.IN_USE: (sum(one.is_ready for one in databases), len(databases)),
        Indicator.MEASURED: (sum(one.quality is not None for one in databases), len(databases)),
        Indicator.GREEN: (
            sum(one.quality is not None and one.quality.band is Band.GREEN for one in databases),
            len(databases),
        ),
        Indicator.AGENCIES: (sum(bool(one.answered) for one in agencies.values()), evidence.agencies),
        Indicator.SERVICES_USED: (
            sum(bool(one.answered) for one in services.values()),
            max(sum(one.services for one in databases), sum(bool(one.answered) for one in services.values())),
        ),
        Indicator.AGREEMENTS_USED: (evidence.agreements_used, evidence.agreements),
        Indicator.SUCCESS: (total.answered, total.exchanges),
        Indicator.AVAILABILITY: (total.answered, total.exchanges - total.refused),
        Indicator.CASE_FILES: (total.case_files, total.answered),
    }
    return [Measured(indicator, *numbers) for indicator, numbers in parts.items()]
