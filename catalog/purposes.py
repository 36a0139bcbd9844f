"""For which purposes may data be asked?"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Change, must_be_new, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.descriptions import PurposeDescription
from catalog.policy import announce_change
from catalog.tables import PurposeRow


async def add_purpose(session: AsyncSession, purpose: PurposeDescription) -> Change:
    """Add a purpose. Raises ContentInvalid, AlreadyThere."""
    refuse_faults(code_fault("code", purpose.code), title_fault("title_vi", purpose.title_vi))
    await must_be_new(session, PurposeRow, "purpose", purpose.code)
    session.add(PurposeRow(code=purpose.code, title_vi=purpose.title_vi, title_en=purpose.title_en))
    await announce_change(session)
    return Change("purpose", purpose.code, after=digest(canonical_document(purpose)))


async def list_purposes(session: AsyncSession) -> list[PurposeDescription]:
    """Return all purposes by code."""
    return [
        PurposeDescription(code=row.code, title_vi=row.title_vi, title_en=row.title_en)
        for row in await session.exec(select(PurposeRow).order_by(col(PurposeRow.code)))
    ]
