"""Which request for an agreement is somebody still writing?

A preparation is kept on the platform, so that signing out or closing the browser loses nothing. It is nobody's business
yet: nothing is agreed by it, no policy changes, and what comes of it is on record when it does. Whoever may ask for the
agency goes on with it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor
from catalog.descriptions import FieldClass, OperationDescription, ServiceDescription
from catalog.errors import ContentInvalid, Fault, NotThere
from catalog.tables import AgreementPreparationRow
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis, Rate

MOST_OF_AN_AGENCY: Final = 500
_RATE: Final = Rate(requests=60, per_seconds=60, burst=20)
_QUOTA: Final = 5000
_PROPOSED: Final = frozenset({FieldClass.OPEN, FieldClass.INTERNAL, FieldClass.PERSONAL})


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has written so far: terms that need not be right yet.

    `revises` tells a new version of an agreement from a new agreement. Operations are offered of the `services` (code,
    version) that were chosen and of those that the terms name.
    """

    terms: AgreementTerms
    revises: bool = False
    services: tuple[tuple[str, int], ...] = ()

    @property
    def offered_services(self) -> set[tuple[str, int]]:
        """Which services' operations may be ticked, by code and version."""
        return {*self.services, *((grant.service, grant.version) for grant in self.terms.grants)}


@dataclass(frozen=True, slots=True)
class Preparation:
    """A preparation as it is kept."""

    code: str
    agency: str
    prepared: Prepared
    created_by: str
    changed_at: datetime


def blank_terms(code: str, *, database: str, owner: str, consumer: str, today: date) -> AgreementTerms:
    """Return terms in which everything is still to be said, for a year from today."""
    return AgreementTerms(
        code=code,
        database=database,
        provider_agency=owner,
        consumer_agency=consumer,
        systems=(),
        purposes=(),
        legal_basis=(LegalBasis(document=""),),
        valid_from=today,
        valid_until=today + timedelta(days=365),
        review_on=today + timedelta(days=182),
        grants=(),
    )


def blank_grant(service: ServiceDescription, operation: OperationDescription) -> GrantTerms:
    """Return a grant to begin with: no sensitive field (R14), modest limits, an officer where one is needed."""
    return GrantTerms(
        service=service.code,
        version=service.version,
        operation=operation.code,
        fields=tuple(leaf.path for leaf in operation.fields if leaf.class_ in _PROPOSED and not leaf.structural),
        rows="all",
        rate=_RATE,
        daily_quota=_QUOTA,
        hours="always",
        networks="any",
        officer_required=operation.officer_needed,
    )


async def begin(session: AsyncSession, code: str, prepared: Prepared, *, by: Actor) -> None:
    """Keep a new preparation of the consumer. Raises ContentInvalid when the agency has too many."""
    agency = prepared.terms.consumer_agency
    held = select(func.count()).select_from(AgreementPreparationRow).where(AgreementPreparationRow.agency == agency)
    if (await session.exec(held)).one() >= MOST_OF_AN_AGENCY:
        raise ContentInvalid([Fault("", "đơn vị có quá nhiều hồ sơ chuẩn bị", "the agency has too many preparations")])
    session.add(
        AgreementPreparationRow(
            code=code,
            agency=agency,
            document=msgspec.json.encode(prepared),
            created_by=by.code,
            created_at=by.at,
            changed_at=by.at,
        )
    )
    await session.flush()


async def keep(session: AsyncSession, code: str, prepared: Prepared, *, by: Actor) -> None:
    """Keep what was written since. Raises NotThere."""
    row = await _find(session, code)
    row.document, row.changed_at = msgspec.json.encode(prepared), by.at
    session.add(row)
    await session.flush()


async def drop(session: AsyncSession, code: str) -> None:
    """Forget a preparation: it was handed in, or is not wanted any more. Raises NotThere."""
    await session.delete(await _find(session, code))
    await session.flush()


async def show_preparation(session: AsyncSession, code: str) -> Preparation:
    """Return a preparation. Raises NotThere."""
    return _preparation(await _find(session, code))


async def list_preparations(session: AsyncSession, agency: str, *, limit: int = 20) -> list[Preparation]:
    """Return an agency's preparations, the one changed last first."""
    rows = select(AgreementPreparationRow).where(AgreementPreparationRow.agency == agency)
    ordered = rows.order_by(col(AgreementPreparationRow.changed_at).desc()).limit(limit)
    return [_preparation(row) for row in await session.exec(ordered)]


async def _find(session: AsyncSession, code: str) -> AgreementPreparationRow:
    row = await session.get(AgreementPreparationRow, code)
    if row is None:
        raise NotThere("preparation", code)
    return row


def _preparation(row: AgreementPreparationRow) -> Preparation:
    prepared = msgspec.json.decode(row.document, type=Prepared)
    return Preparation(row.code, row.agency, prepared, row.created_by, row.changed_at)
