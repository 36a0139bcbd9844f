"""Who works on the platform?

Tokens come here as SHA-256 (hex) only. Which roles there are, and what they may do, is `security/staff.py`'s to say;
the gateway checks a role before it is written here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, find, must_be_new, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.errors import Fault, StateForbids
from catalog.folding import fold
from catalog.tables import AgencyRow, StaffRow


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of the staff; `has_access` is false for one without a token, `active` for one who works here no more."""

    code: str
    name: str
    role: str
    agency: str
    has_access: bool
    active: bool = True


async def add_member(session: AsyncSession, member: StaffMember, *, token_hash: str | None, by: Actor) -> Change:
    """Add a member of the staff, with a token or without. Raises ContentInvalid, AlreadyThere."""
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
        folded=folded_member(member.name, member.code),
        created_at=by.at,
    )
    return await staff_change(session, row, before="")


async def replace_token(session: AsyncSession, code: str, *, token_hash: str | None) -> Change:
    """Give a member a new token instead of the old one, or none (None): no access any more.

    Raises NotThere, and StateForbids for one who left.
    """
    row = await find(session, StaffRow, "staff", code)
    if row.deactivated_at is not None and token_hash is not None:
        raise StateForbids("staff", "deactivated", "a token")
    before = staff_digest(row)
    row.token_hash = token_hash
    return await staff_change(session, row, before=before)


async def member_by_token(session: AsyncSession, token_hash: str) -> StaffMember | None:
    """Return whose token has this hash, or None."""
    found = (await session.exec(select(StaffRow).where(StaffRow.token_hash == token_hash))).first()
    return None if found is None or found.deactivated_at is not None else member_of(found)


async def show_member(session: AsyncSession, code: str) -> StaffMember:
    """Return a member of the staff. Raises NotThere."""
    return member_of(await find(session, StaffRow, "staff", code))


async def member_if_any(session: AsyncSession, code: str) -> StaffMember | None:
    """Return a member of the staff, or None: a command may be run by somebody who has no account."""
    row = await session.get(StaffRow, code)
    return None if row is None else member_of(row)


async def names_of(session: AsyncSession, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of those of these people who have an account, by code."""
    rows = select(StaffRow.code, StaffRow.name).where(col(StaffRow.code).in_(sorted(set(codes))))
    return dict((await session.exec(rows)).all())


async def list_members(session: AsyncSession) -> list[StaffMember]:
    """Return all members of the staff by code."""
    return [member_of(row) for row in await session.exec(select(StaffRow).order_by(col(StaffRow.code)))]


def member_of(row: StaffRow) -> StaffMember:
    """Return the member that a row is."""
    return StaffMember(
        row.code,
        row.name,
        row.role,
        row.agency,
        has_access=row.token_hash is not None and row.deactivated_at is None,
        active=row.deactivated_at is None,
    )


async def staff_change(session: AsyncSession, row: StaffRow, *, before: str) -> Change:
    """Keep what was made of a row, and return it as a change."""
    session.add(row)
    await session.flush()
    return Change("staff", row.code, before=before, after=staff_digest(row), agencies=(row.agency,))


def folded_member(name: str, code: str) -> str:
    """Return by what a member is found."""
    return fold(f"{name} {code}")


def staff_digest(row: StaffRow) -> str:
    """Return the digest of all that is kept of a member."""
    return digest_of(
        {
            "code": row.code,
            "name": row.name,
            "role": row.role,
            "agency": row.agency,
            "token": row.token_hash or "",
            "left": row.deactivated_at.isoformat() if row.deactivated_at else "",
        }
    )
