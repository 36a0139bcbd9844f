"""Who works on the platform?

Tokens come here as SHA-256 (hex) only. Which roles there are, and what they may do, is `security/staff.py`'s to say;
the gateway checks a role before it is written here.
"""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, find, must_be_new, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.errors import Fault
from catalog.tables import AgencyRow, StaffRow


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of the staff; `has_access` is false for one whose token was withdrawn."""

    code: str
    name: str
    role: str
    agency: str
    has_access: bool


async def add_member(session: AsyncSession, member: StaffMember, *, token_hash: str, by: Actor) -> Change:
    """Add a member of the staff, known by a token. Raises ContentInvalid, AlreadyThere."""
    refuse_faults(code_fault("code", member.code), title_fault("name", member.name))
    await must_be_new(session, StaffRow, "staff", member.code)
    if await session.get(AgencyRow, member.agency) is None:
        refuse_faults(Fault("agency", "không có cơ quan này", "there is no such agency"))
    row = StaffRow(
        code=member.code,
        name=member.name,
        role=member.role,
        agency=member.agency,
        token_hash=token_hash,
        created_at=by.at,
    )
    session.add(row)
    await session.flush()
    return Change("staff", row.code, after=_state_digest(row), agencies=(row.agency,))


async def replace_token(session: AsyncSession, code: str, *, token_hash: str | None) -> Change:
    """Give a member a new token instead of the old one, or none (None): no access any more. Raises NotThere."""
    row = await find(session, StaffRow, "staff", code)
    before = _state_digest(row)
    row.token_hash = token_hash
    session.add(row)
    await session.flush()
    return Change("staff", code, before=before, after=_state_digest(row), agencies=(row.agency,))


async def member_by_token(session: AsyncSession, token_hash: str) -> StaffMember | None:
    """Return whose token has this hash, or None."""
    found = (await session.exec(select(StaffRow).where(StaffRow.token_hash == token_hash))).first()
    return None if found is None else _member(found)


async def show_member(session: AsyncSession, code: str) -> StaffMember:
    """Return a member of the staff. Raises NotThere."""
    return _member(await find(session, StaffRow, "staff", code))


async def list_members(session: AsyncSession) -> list[StaffMember]:
    """Return all members of the staff by code."""
    return [_member(row) for row in await session.exec(select(StaffRow).order_by(col(StaffRow.code)))]


def _member(row: StaffRow) -> StaffMember:
    return StaffMember(row.code, row.name, row.role, row.agency, row.token_hash is not None)


def _state_digest(row: StaffRow) -> str:
    return digest_of(
        {"code": row.code, "name": row.name, "role": row.role, "agency": row.agency, "token": row.token_hash or ""}
    )
