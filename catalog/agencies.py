"""Which agencies are there?"""

from collections.abc import Iterable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, find, must_be_new, refuse_faults
from catalog.codes import agency_code_fault, title_fault
from catalog.descriptions import AgencyDescription
from catalog.errors import Fault, NotThere
from catalog.folding import fold
from catalog.policy import announce_change
from catalog.tables import AgencyRow


async def add_agency(session: AsyncSession, agency: AgencyDescription, *, by: Actor) -> Change:
    """Add an agency; its parent, where it has one, must be there. Raises ContentInvalid, AlreadyThere."""
    refuse_faults(agency_code_fault("code", agency.code), title_fault("name_vi", agency.name_vi))
    await must_be_new(session, AgencyRow, "agency", agency.code)
    if agency.parent and await session.get(AgencyRow, agency.parent) is None:
        refuse_faults(Fault("parent", "không có cơ quan cấp trên này", "there is no such agency"))
    session.add(
        AgencyRow(
            code=agency.code,
            name_vi=agency.name_vi,
            name_en=agency.name_en,
            parent=agency.parent or None,
            folded=fold(f"{agency.name_vi} {agency.name_en} {agency.code}"),
            created_at=by.at,
        )
    )
    await announce_change(session)
    after = digest(canonical_document(agency))
    return Change("agency", agency.code, after=after, agencies=(agency.code,))


async def revise_agency(session: AsyncSession, agency: AgencyDescription) -> Change:
    """Say an agency's names and parent otherwise; its code stays. Raises NotThere, ContentInvalid."""
    row = await find(session, AgencyRow, "agency", agency.code)
    before = digest(canonical_document(described_agency(row)))
    refuse_faults(title_fault("name_vi", agency.name_vi))
    await _must_be_above(session, agency)
    row.name_vi, row.name_en, row.parent = agency.name_vi, agency.name_en, agency.parent or None
    row.folded = fold(f"{agency.name_vi} {agency.name_en} {agency.code}")
    session.add(row)
    await announce_change(session)
    after = digest(canonical_document(agency))
    return Change("agency", agency.code, before=before, after=after, agencies=(agency.code,))


async def _must_be_above(session: AsyncSession, agency: AgencyDescription) -> None:
    """Return when the parent is there and not below the agency itself. Raises ContentInvalid."""
    above, seen = agency.parent, {agency.code}
    while above:
        if above in seen:
            refuse_faults(Fault("parent", "nằm dưới chính đơn vị này", "lies below the agency itself"))
        seen.add(above)
        row = await session.get(AgencyRow, above)
        if row is None:
            refuse_faults(Fault("parent", "không có cơ quan cấp trên này", "there is no such agency"))
        above = row.parent if row is not None and row.parent else ""


async def show_agency(session: AsyncSession, code: str) -> AgencyDescription:
    """Return an agency. Raises NotThere."""
    row = await session.get(AgencyRow, code)
    if row is None:
        raise NotThere("agency", code)
    return described_agency(row)


async def agencies_named(session: AsyncSession, codes: Iterable[str]) -> dict[str, AgencyDescription]:
    """Return those of the agencies that there are, by code: for the names on a page."""
    rows = await session.exec(select(AgencyRow).where(col(AgencyRow.code).in_(tuple(codes))))
    return {row.code: described_agency(row) for row in rows}


async def list_agencies(session: AsyncSession) -> list[AgencyDescription]:
    """Return all agencies by code."""
    return [described_agency(row) for row in await session.exec(select(AgencyRow).order_by(col(AgencyRow.code)))]


def described_agency(row: AgencyRow) -> AgencyDescription:
    """Return an agency as its row keeps it."""
    return AgencyDescription(code=row.code, name_vi=row.name_vi, name_en=row.name_en, parent=row.parent or "")
