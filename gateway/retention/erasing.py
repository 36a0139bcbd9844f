"""How is a month of the record erased: by whom together, and what is destroyed?

The key of a month's pseudonyms is destroyed, so that nobody finds a person in that month any more. One person asks and
another confirms (design 04, two people together); both are of the staff and may (permission `console:record:erase`).
Erasing by data owner is not possible: keys are a month's, and one owner's records have none of their own.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.codes import title_fault
from catalog.errors import FourEyes
from catalog.staff import member_if_any
from gateway.retention.holds import held_months
from security.audit.encode import microseconds
from security.audit.privacy import PseudonymKeys
from security.audit.retention import MonthUnclear, RetentionRefused, must_be_free
from security.staff import PERMISSIONS, Permission, Role

NOUN = "erasure"

erasures = sa.Table(
    "record_erasures",
    sa.MetaData(),
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_by", sa.String(100), nullable=False),
    sa.Column("asked_at_us", sa.BigInteger, nullable=False),
    sa.Column("approved_by", sa.String(100), nullable=False),
    sa.Column("approved_at_us", sa.BigInteger, nullable=False),
)


async def ask_erasure(
    session: AsyncSession, month: str, *, why: str, keys: PseudonymKeys, keep_months: int, by: Actor
) -> Change:
    """Ask that a month be erased, for somebody else to confirm. Raises RetentionRefused, ContentInvalid."""
    refuse_faults(title_fault("reason", why))
    connection = await session.connection()
    await _must_be_free(connection, month, keys, keep_months=keep_months, by=by)
    await _must_be_allowed(session, by)
    if await _asked(connection, month) is not None:
        raise RetentionRefused(f"the erasure of {month} is asked for already: somebody else confirms it")
    row = {"month": month, "reason": why, "asked_by": by.code}
    times = {"asked_at_us": microseconds(by.at), "approved_at_us": 0}
    await connection.execute(sa.insert(erasures).values(**row, **times, approved_by=""))
    return Change(NOUN, month, after=digest_of({**row}), state="asked", asked_by=by.code)


async def confirm_erasure(
    session: AsyncSession, month: str, *, keys: PseudonymKeys, keep_months: int, by: Actor
) -> Change:
    """Confirm it; the caller MUST then destroy the key. Raises RetentionRefused, FourEyes for who has asked."""
    connection = await session.connection()
    # No hold is set between this and the end of the transaction.
    await held_months(connection, until_done=True)
    await _must_be_free(connection, month, keys, keep_months=keep_months, by=by)
    await _must_be_allowed(session, by)
    asked = await _asked(connection, month)
    if asked is None:
        raise RetentionRefused(f"nobody has asked for the erasure of {month}")
    if asked.asked_by == by.code:
        raise FourEyes("who asks for an erasure never confirms it")
    confirmed = sa.update(erasures).where(erasures.c.month == month)
    await connection.execute(confirmed.values(approved_by=by.code, approved_at_us=microseconds(by.at)))
    after = digest_of({"month": month, "erased": True})
    return Change(NOUN, month, after=after, state="erased", asked_by=asked.asked_by, approved_by=by.code)


async def is_confirmed(session: AsyncSession, month: str) -> bool:
    """Tell whether two people have said that a month be erased: then its key goes, also after a crash in between."""
    asked = await _asked(await session.connection(), month)
    return asked is not None and bool(asked.approved_at_us)


async def must_not_be_held(session: AsyncSession, month: str) -> None:
    """Return when no hold is on a month. Raises RetentionRefused."""
    for hold in await held_months(await session.connection()):
        if hold.holds(month):
            raise RetentionRefused(f"{month} is under the legal hold {hold.code}: lift it first")


async def is_asked(session: AsyncSession, month: str) -> bool:
    """Tell whether somebody has asked for it."""
    return await _asked(await session.connection(), month) is not None


async def _asked(connection: AsyncConnection, month: str) -> "sa.Row[tuple[object, ...]] | None":
    return (await connection.execute(sa.select(erasures).where(erasures.c.month == month))).first()


async def _must_be_free(
    connection: AsyncConnection, month: str, keys: PseudonymKeys, *, keep_months: int, by: Actor
) -> None:
    try:
        must_be_free([month], keep_months=keep_months, now=by.at, held=await held_months(connection))
    except MonthUnclear as error:
        raise RetentionRefused(str(error)) from error
    if keys.is_erased(month):
        raise RetentionRefused(f"{month} was erased already")
    if not keys.has(month):
        raise RetentionRefused(f"there is no key of {month}: nobody was recorded in it, or it is elsewhere")


async def _must_be_allowed(session: AsyncSession, by: Actor) -> None:
    member = await member_if_any(session, by.code)
    if member is None or not member.active or Permission.RECORD_ERASE not in PERMISSIONS[Role(member.role)]:
        raise RetentionRefused(f"{by.code} is nobody of the staff who may erase (console:record:erase)")
