"""How does somebody's place on the staff change, so that what he may do changes at once?

Whoever leaves, or gets another role or agency, is signed out everywhere in the same transaction.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, find, refuse_faults
from catalog.codes import title_fault
from catalog.console_sessions import end_sessions_of
from catalog.errors import Fault, StateForbids
from catalog.staff import folded_member, staff_change, staff_digest
from catalog.tables import AgencyRow, StaffRow


async def revise_member(session: AsyncSession, code: str, *, name: str, role: str, agency: str) -> Change:
    """Give a member another name, role or agency. The caller checks the role. Raises NotThere, ContentInvalid."""
    row = await find(session, StaffRow, "staff", code)
    before = staff_digest(row)
    refuse_faults(title_fault("name", name))
    if await session.get(AgencyRow, agency) is None:
        refuse_faults(Fault("agency", "không có cơ quan này", "there is no such agency"))
    if (row.role, row.agency) != (role, agency):
        await end_sessions_of(session, code)
    row.name, row.role, row.agency, row.folded = name, role, agency, folded_member(name, code)
    return await staff_change(session, row, before=before)


async def deactivate_member(session: AsyncSession, code: str, *, by: Actor) -> Change:
    """Let a member who leaves in no more, by token or console. Raises NotThere, StateForbids."""
    row = await find(session, StaffRow, "staff", code)
    if row.deactivated_at is not None:
        raise StateForbids("staff", "deactivated", "deactivate")
    before = staff_digest(row)
    row.deactivated_at, row.token_hash = by.at, None
    await end_sessions_of(session, code)
    return await staff_change(session, row, before=before)


async def reinstate_member(session: AsyncSession, code: str) -> Change:
    """Let a member who came back in again, by password; his token stays withdrawn. Raises NotThere, StateForbids."""
    row = await find(session, StaffRow, "staff", code)
    if row.deactivated_at is None:
        raise StateForbids("staff", "active", "reinstate")
    before = staff_digest(row)
    row.deactivated_at = None
    return await staff_change(session, row, before=before)
