"""How does a member of the staff sign in, and what has happened to his account?

Kept are hashes, digests and sealed bytes that the gateway makes; nothing that opens anything comes here in the clear.
What people change about an account is a `Change`; what signing in itself counts (failures, used steps and codes) is
not, and stands in the record of sign-ins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import UpdateBase, delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import AccountRow, RecoveryCodeRow
from catalog.changes import Change, digest_of, find
from catalog.console_sessions import end_sessions_of
from catalog.errors import AlreadyThere
from catalog.staff import StaffMember, member_of
from catalog.tables import StaffRow


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of how a member signs in; its secrets stand in no repr."""

    member: StaffMember
    email: str = ""
    password_hash: str | None = field(default=None, repr=False)
    password_initial: bool = False
    totp_sealed: bytes | None = field(default=None, repr=False)
    failures: int = 0
    locked_until: datetime | None = None
    oidc_issuer: str = ""
    oidc_subject: str = field(default="", repr=False)
    signed_in_at: datetime | None = None


async def find_account(session: AsyncSession, code: str, *, to_change: bool = False) -> Account | None:
    """Return the account of a member who still works here, None where there is none. `to_change` locks it."""
    staff = await session.get(StaffRow, code)
    if staff is None or staff.deactivated_at is not None:
        return None
    return _account(staff, await session.get(AccountRow, code, with_for_update=to_change))


async def show_account(session: AsyncSession, code: str) -> Account:
    """Return the account of a member, also of one who left. Raises NotThere."""
    staff = await find(session, StaffRow, "staff", code)
    return _account(staff, await session.get(AccountRow, code))


async def account_by_identity(session: AsyncSession, *, issuer: str, subject: str) -> Account | None:
    """Return whom a single sign-on names so, if he still works here."""
    named = select(AccountRow).where(AccountRow.oidc_issuer == issuer, AccountRow.oidc_subject == subject)
    row = (await session.exec(named)).first()
    return None if row is None else await find_account(session, row.staff)


async def count_recovery_codes(session: AsyncSession, code: str) -> int:
    """Return how many recovery codes a member has left."""
    counted = select(func.count()).select_from(RecoveryCodeRow).where(col(RecoveryCodeRow.staff) == code)
    return (await session.exec(counted)).one()


# --- what signing in counts ------------------------------------------------------------------------------------------


async def note_attempt(session: AsyncSession, code: str, *, failures: int, locked_until: datetime | None) -> None:
    """Count an attempt as failed before it is looked at: of many at once, none is free."""
    row = await session.get(AccountRow, code, with_for_update=True)
    if row is not None:
        row.failures, row.locked_until = failures, locked_until
        session.add(row)


async def note_password(session: AsyncSession, code: str, *, failures: int, password_hash: str) -> None:
    """Note that the password was right: how many failures are left counted, and its renewed hash where there is one."""
    row = await session.get(AccountRow, code, with_for_update=True)
    if row is not None:
        row.failures = failures
        row.locked_until = row.locked_until if failures else None
        row.password_hash = password_hash or row.password_hash
        session.add(row)


async def note_success(session: AsyncSession, code: str, *, at: datetime | None) -> None:
    """Forget the failures; `at` is when he signed in, None where he only proved it again."""
    row = await session.get(AccountRow, code, with_for_update=True)
    if row is not None:
        row.failures, row.locked_until = 0, None
        row.signed_in_at = at or row.signed_in_at
        session.add(row)


async def use_totp_step(session: AsyncSession, code: str, step: int) -> bool:
    """Take a time step, which only the first may do, and nobody after a later one."""
    taken = update(AccountRow).where(col(AccountRow.staff) == code, col(AccountRow.totp_step) < step)
    return await _changed_one(session, taken.values(totp_step=step))


async def use_recovery_code(session: AsyncSession, code: str, digest: str) -> bool:
    """Take a recovery code, which only the first may do."""
    spent = delete(RecoveryCodeRow).where(col(RecoveryCodeRow.staff) == code, col(RecoveryCodeRow.digest) == digest)
    return await _changed_one(session, spent)


# --- what people change ----------------------------------------------------------------------------------------------


async def set_password(
    session: AsyncSession, code: str, *, password_hash: str, initial: bool, but_session: str = ""
) -> Change:
    """Give a member a password; every session but one ends. `initial`: he must replace it. Raises NotThere."""
    staff, row, before = await _opened(session, code)
    row.password_hash, row.password_initial = password_hash, initial
    row.failures, row.locked_until = 0, None
    await end_sessions_of(session, code, but=but_session)
    return await _kept(session, staff, row, before=before)


async def set_up(
    session: AsyncSession, code: str, *, password_hash: str, sealed: bytes | None, recovery: Sequence[str], step: int
) -> Change:
    """Give a member what he still has to set: a password of his own (empty: he has one), a device (None: he has one).

    Every session ends. Raises NotThere.
    """
    staff, row, before = await _opened(session, code)
    if password_hash:
        row.password_hash, row.password_initial = password_hash, False
    if sealed is not None:
        row.totp_sealed, row.totp_step = sealed, step
        await _replace_codes(session, code, recovery)
    await end_sessions_of(session, code)
    return await _kept(session, staff, row, before=before)


async def set_second_factor(
    session: AsyncSession, code: str, *, sealed: bytes, recovery: Sequence[str], step: int
) -> Change:
    """Give a member a device (its sealed secret; `step` confirmed it) and new recovery codes. Raises NotThere."""
    staff, row, before = await _opened(session, code)
    row.totp_sealed, row.totp_step = sealed, step
    await _replace_codes(session, code, recovery)
    return await _kept(session, staff, row, before=before)


async def replace_recovery_codes(session: AsyncSession, code: str, *, recovery: Sequence[str]) -> Change:
    """Give a member new recovery codes in place of the old ones. Raises NotThere."""
    staff, row, before = await _opened(session, code)
    await _replace_codes(session, code, recovery)
    return await _kept(session, staff, row, before=before)


async def reset_second_factor(session: AsyncSession, code: str) -> Change:
    """Take device and recovery codes away: at the next sign-in he sets a new one. Raises NotThere."""
    staff, row, before = await _opened(session, code)
    row.totp_sealed, row.totp_step = None, 0
    await _replace_codes(session, code, ())
    await end_sessions_of(session, code)
    return await _kept(session, staff, row, before=before)


async def unlock(session: AsyncSession, code: str) -> Change:
    """Let a member try again at once. Raises NotThere."""
    staff, row, before = await _opened(session, code)
    row.failures, row.locked_until = 0, None
    return await _kept(session, staff, row, before=before)


async def set_identity(session: AsyncSession, code: str, *, email: str, issuer: str, subject: str) -> Change:
    """Say where a member is written to and how a single sign-on names him. Raises NotThere, AlreadyThere."""
    staff, row, before = await _opened(session, code)
    if subject:
        other = await account_by_identity(session, issuer=issuer, subject=subject)
        if other is not None and other.member.code != code:
            raise AlreadyThere("identity", other.member.code)
    if (row.oidc_issuer or "", row.oidc_subject or "") != (issuer if subject else "", subject):
        await end_sessions_of(session, code)
    row.email = email
    row.oidc_issuer, row.oidc_subject = (issuer, subject) if subject else (None, None)
    return await _kept(session, staff, row, before=before)


async def _opened(session: AsyncSession, code: str) -> tuple[StaffRow, AccountRow, str]:
    staff = await find(session, StaffRow, "staff", code)
    row = await session.get(AccountRow, code, with_for_update=True)
    before = "" if row is None else await _state_digest(session, row)
    return staff, row or AccountRow(staff=code), before


async def _kept(session: AsyncSession, staff: StaffRow, row: AccountRow, *, before: str) -> Change:
    session.add(row)
    await session.flush()
    after = await _state_digest(session, row)
    return Change("account", staff.code, before=before, after=after, agencies=(staff.agency,))


async def _replace_codes(session: AsyncSession, code: str, digests: Sequence[str]) -> None:
    await session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.staff) == code))
    session.add_all([RecoveryCodeRow(staff=code, digest=one) for one in digests])


async def _changed_one(session: AsyncSession, statement: UpdateBase) -> bool:
    return (await session.exec(statement)).rowcount == 1


def _account(staff: StaffRow, row: AccountRow | None) -> Account:
    if row is None:
        return Account(member_of(staff))
    return Account(
        member=member_of(staff),
        email=row.email,
        password_hash=row.password_hash,
        password_initial=row.password_initial,
        totp_sealed=row.totp_sealed,
        failures=row.failures,
        locked_until=row.locked_until,
        oidc_issuer=row.oidc_issuer or "",
        oidc_subject=row.oidc_subject or "",
        signed_in_at=row.signed_in_at,
    )


async def _state_digest(session: AsyncSession, row: AccountRow) -> str:
    codes = select(RecoveryCodeRow.digest).where(RecoveryCodeRow.staff == row.staff)
    return digest_of(
        {
            "staff": row.staff,
            "email": row.email,
            # Of hashes and sealed bytes only digests, so that nobody can go back from the record to them.
            "password": _digest(row.password_hash),
            "initial": row.password_initial,
            "device": sha256(row.totp_sealed).hexdigest() if row.totp_sealed else "",
            "recovery": sorted((await session.exec(codes)).all()),
            "locked": row.locked_until.isoformat() if row.locked_until else "",
            "issuer": row.oidc_issuer or "",
            "subject": _digest(row.oidc_subject),
        }
    )


def _digest(text: str | None) -> str:
    return sha256(text.encode()).hexdigest() if text else ""
