"""Which agencies are there?"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, must_be_new, refuse_faults
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


async def show_agency(session: AsyncSession, code: str) -> AgencyDescription:
    """Return an agency. Raises NotThere."""
    row = await session.get(AgencyRow, code)
    if row is None:
        raise NotThere("agency", code)
    return _described(row)


async def list_agencies(session: AsyncSession) -> list[AgencyDescription]:
    """Return all agencies by code."""
    return [_described(row) for row in await session.exec(select(AgencyRow).order_by(col(AgencyRow.code)))]


def _described(row: AgencyRow) -> AgencyDescription:
    return AgencyDescription(code=row.code, name_vi=row.name_vi, name_en=row.name_en, parent=row.parent or "")
