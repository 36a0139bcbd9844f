"""What may the systems of an agency call, and under which agreements?

For people who choose a call to try: what is in force or was agreed and stands still. The gateway decides on its own
compiled copy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.states import AgreementState
from catalog.tables import AgreementRow, AgreementVersionRow, SystemRow
from catalog.terms import AgreementTerms

MOST_AGREEMENTS = 300
_AGREED = (AgreementState.ACTIVE, AgreementState.SUSPENDED, AgreementState.APPROVED)


@dataclass(frozen=True, slots=True)
class Agreed:
    """One operation that an agreement names. `place` is the service version's (database, service, version)."""

    agreement: str
    version: int
    state: AgreementState
    provider_agency: str
    place: tuple[str, str, int]
    operation: str

    @property
    def key(self) -> str:
        """The operation's name on the platform: `database/service/v1/operation`."""
        database, service, version = self.place
        return f"{database}/{service}/v{version}/{self.operation}"


@dataclass(frozen=True, slots=True)
class CallingSystem:
    """A system that somebody may call as."""

    code: str
    agency: str
    name_vi: str
    name_en: str


async def list_agreed(session: AsyncSession, system: str, *, agency: str, agreement: str = "") -> Sequence[Agreed]:
    """Return the operations that `system` of `agency` may call, by agreement.

    Of `agreement` alone where one is named, else of the agency's newest agreements at most `MOST_AGREEMENTS`.
    """
    asked = (
        select(AgreementVersionRow)
        .join(AgreementRow, col(AgreementRow.code) == col(AgreementVersionRow.agreement))
        .where(AgreementRow.consumer_agency == agency, col(AgreementVersionRow.state).in_(_AGREED))
        .order_by(col(AgreementRow.created_at).desc(), col(AgreementRow.code), col(AgreementVersionRow.version).desc())
        .limit(MOST_AGREEMENTS)
    )
    if agreement:
        asked = asked.where(col(AgreementRow.code) == agreement)
    return [one for row in await session.exec(asked) for one in _agreed(row, system)]


async def list_callers(session: AsyncSession, agency: str) -> Sequence[CallingSystem]:
    """Return the systems of an agency, by name."""
    asked = select(SystemRow).where(SystemRow.agency == agency).order_by(col(SystemRow.name_vi), col(SystemRow.code))
    return [_system(row) for row in await session.exec(asked)]


async def find_caller(session: AsyncSession, code: str) -> CallingSystem | None:
    """Return a system, None where there is none."""
    row = await session.get(SystemRow, code) if code else None
    return None if row is None else _system(row)


def _system(row: SystemRow) -> CallingSystem:
    return CallingSystem(row.code, row.agency, row.name_vi, row.name_en or row.name_vi)


def _agreed(row: AgreementVersionRow, system: str) -> Iterator[Agreed]:
    terms = msgspec.json.decode(row.terms, type=AgreementTerms)
    if system not in terms.systems:
        return
    for grant in terms.grants:
        yield Agreed(
            agreement=terms.code,
            version=row.version,
            state=AgreementState(row.state),
            provider_agency=terms.provider_agency,
            place=(terms.database, grant.service, grant.version),
            operation=grant.operation,
        )
