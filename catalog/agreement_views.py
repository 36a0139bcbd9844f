"""How does an agreement stand, with all its versions?"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import digest
from catalog.errors import NotThere
from catalog.states import AgreementState, Side
from catalog.tables import AgreementEventRow, AgreementRow, AgreementVersionRow, SuspensionRow
from catalog.terms import AgreementTerms


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version: its terms, and who did what to it when. `intact`: the terms kept still have their digest."""

    version: int
    state: AgreementState
    digest: str
    intact: bool
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
class EventView:
    """What was done to an agreement. `step` is one of `AgreementStep` or `agreement_standing.DRAFTED`."""

    number: int
    version: int
    step: str
    side: str
    note: str
    done_by: str
    done_at: datetime


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


async def history_of(session: AsyncSession, code: str) -> tuple[EventView, ...]:
    """Return what was done to an agreement, oldest first."""
    rows = select(AgreementEventRow).where(AgreementEventRow.agreement == code)
    return tuple(
        EventView(row.number, row.version, row.step, row.side, row.note, row.done_by, row.done_at)
        for row in await session.exec(rows.order_by(col(AgreementEventRow.number)))
    )


async def terms_of_version(session: AsyncSession, code: str, *, version: int) -> bytes:
    """Return the canonical terms of a version: the very bytes whose digest is signed. Raises NotThere."""
    row = await session.get(AgreementVersionRow, (code, version))
    if row is None:
        raise NotThere("agreement version", f"{code}/v{version}")
    return row.terms


def _version(row: AgreementVersionRow) -> VersionView:
    return VersionView(
        version=row.version,
        state=AgreementState(row.state),
        digest=row.digest,
        intact=digest(row.terms) == row.digest,
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
