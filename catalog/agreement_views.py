"""How does an agreement stand, with all its versions?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.errors import NotThere
from catalog.states import IN_FORCE, AgreementState, Side
from catalog.tables import AgreementRow, AgreementVersionRow, SuspensionRow
from catalog.terms import AgreementTerms


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version: its terms, and who did what to it when."""

    version: int
    state: AgreementState
    digest: str
    terms: AgreementTerms
    created_by: str
    created_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    legal_ground: str
    activated_by: str | None
    activated_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """One side's suspension."""

    side: Side
    reason: str
    suspended_by: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement in a list. `version` and `state` are those of the version in force, else of the newest."""

    code: str
    database: str
    provider_agency: str
    consumer_agency: str
    version: int
    state: AgreementState


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement with its versions, oldest first, and its suspensions."""

    code: str
    database: str
    provider_agency: str
    consumer_agency: str
    suspensions: tuple[SuspensionView, ...]
    versions: tuple[VersionView, ...]


async def show_agreement(session: AsyncSession, code: str) -> AgreementView:
    """Return an agreement. Raises NotThere."""
    row = await session.get(AgreementRow, code)
    if row is None:
        raise NotThere("agreement", code)
    flags = select(SuspensionRow).where(SuspensionRow.agreement == code).order_by(col(SuspensionRow.side))
    versions = select(AgreementVersionRow).where(AgreementVersionRow.agreement == code)
    return AgreementView(
        code=row.code,
        database=row.database,
        provider_agency=row.provider_agency,
        consumer_agency=row.consumer_agency,
        suspensions=tuple(
            SuspensionView(Side(flag.side), flag.reason, flag.suspended_by, flag.suspended_at)
            for flag in await session.exec(flags)
        ),
        versions=tuple(
            _version(one) for one in await session.exec(versions.order_by(col(AgreementVersionRow.version)))
        ),
    )


async def list_agreements(session: AsyncSession, *, agencies: Sequence[str] | None = None) -> list[AgreementLine]:
    """Return all agreements by code, or those that one of `agencies` is a party to."""
    chosen = select(AgreementRow).order_by(col(AgreementRow.code))
    if agencies is not None:
        consumer, provider = col(AgreementRow.consumer_agency), col(AgreementRow.provider_agency)
        chosen = chosen.where(or_(consumer.in_(agencies), provider.in_(agencies)))
    telling: dict[str, tuple[int, AgreementState]] = {}
    states = select(AgreementVersionRow.agreement, AgreementVersionRow.version, AgreementVersionRow.state)
    for code, version, state in await session.exec(states.order_by(col(AgreementVersionRow.version))):
        if code not in telling or telling[code][1] not in IN_FORCE:
            telling[code] = (version, AgreementState(state))
    return [
        AgreementLine(row.code, row.database, row.provider_agency, row.consumer_agency, *telling[row.code])
        for row in await session.exec(chosen)
    ]


def _version(row: AgreementVersionRow) -> VersionView:
    return VersionView(
        version=row.version,
        state=AgreementState(row.state),
        digest=row.digest,
        terms=msgspec.json.decode(row.terms, type=AgreementTerms),
        created_by=row.created_by,
        created_at=row.created_at,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        legal_ground=row.legal_ground,
        activated_by=row.activated_by,
        activated_at=row.activated_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )
