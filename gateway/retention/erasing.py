"""How is a month of the record, or one database's part of it, erased: by whom together, and what is destroyed?

Of a month: the key of its pseudonyms, so that nobody is found in it any more, and all its data keys, so that nobody
opens what is sealed in it. Of a database in a month: its data key alone; the month's pseudonyms are one key's for all
databases and stay. One person asks and another confirms (design 04, two people together); both are of the staff and may
(permission `console:record:erase`).
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.codes import code_fault, title_fault
from catalog.errors import Fault, FourEyes
from catalog.staff import member_if_any
from gateway.retention.holds import held_months
from security.audit.encode import microseconds
from security.audit.privacy import PseudonymKeys
from security.audit.retention import MonthUnclear, RetentionRefused, must_be_free
from security.staff import PERMISSIONS, Permission, Role

NOUN = "erasure"


def _said() -> "list[sa.Column[object]]":
    """Return the columns that say who has asked for an erasure, why, and who has confirmed it."""
    return [
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger, nullable=False),
        sa.Column("approved_by", sa.String(100), nullable=False),
        sa.Column("approved_at_us", sa.BigInteger, nullable=False),
    ]


erasures = sa.Table("record_erasures", sa.MetaData(), sa.Column("month", sa.String(7), primary_key=True), *_said())
data_erasures = sa.Table(
    "record_data_erasures",
    sa.MetaData(),
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("database", sa.String(100), primary_key=True),
    *_said(),
)
"""Apart from `erasures`: a release that knows of months only must not take one database's erasure for its month's."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased: a month whole, or what one database has of it."""

    month: str
    database: str | None = None

    @property
    def code(self) -> str:
        """By what it is called on record."""
        return self.month if self.database is None else f"{self.month}/{self.database}"

    def destroy(self, keys: PseudonymKeys) -> bool:
        """Destroy its keys for ever; return whether there were any. Raises KeyUnusable: then it MUST be done again."""
        if self.database is None:
            return keys.erase(self.month)
        return keys.data.erase(self.month, self.database)

    def is_destroyed(self, keys: PseudonymKeys) -> bool:
        """Tell whether that was done. Raises KeyUnusable for what is no code of a database."""
        if self.database is None:
            return keys.is_erased(self.month)
        return keys.data.is_erased(self.month, self.database)

    def has_keys(self, keys: PseudonymKeys) -> bool:
        """Tell whether there is something to destroy. Raises KeyUnusable for what is no code of a database."""
        if self.database is None:
            return keys.has(self.month) or keys.data.has_any(self.month)
        return keys.data.has(self.month, self.database)

    def fault(self) -> Fault | None:
        """Return what is wrong with it: an empty code must not mean every database."""
        return None if self.database is None else code_fault("database", self.database)


async def ask_erasure(
    session: AsyncSession, wanted: Erasure, *, why: str, keys: PseudonymKeys, keep_months: int, by: Actor
) -> Change:
    """Ask that something be erased, for somebody else to confirm. Raises RetentionRefused, ContentInvalid."""
    refuse_faults(wanted.fault(), title_fault("reason", why))
    connection = await session.connection()
    await _must_be_free(connection, wanted, keys, keep_months=keep_months, by=by)
    await _must_be_allowed(session, by)
    if await _asked(connection, wanted) is not None:
        raise RetentionRefused(f"the erasure of {wanted.code} is asked for already: somebody else confirms it")
    table, named = _row_of(wanted)
    row = {**named, "reason": why, "asked_by": by.code}
    times = {"asked_at_us": microseconds(by.at), "approved_at_us": 0}
    await connection.execute(sa.insert(table).values(**row, **times, approved_by=""))
    return Change(NOUN, wanted.code, after=digest_of({**row}), state="asked", asked_by=by.code)


async def confirm_erasure(
    session: AsyncSession, wanted: Erasure, *, keys: PseudonymKeys, keep_months: int, by: Actor
) -> Change:
    """Confirm it; the caller MUST then destroy the keys. Raises RetentionRefused, FourEyes for who has asked."""
    connection = await session.connection()
    # No hold is set between this and the end of the transaction.
    await held_months(connection, until_done=True)
    await _must_be_free(connection, wanted, keys, keep_months=keep_months, by=by)
    await _must_be_allowed(session, by)
    asked = await _asked(connection, wanted)
    if asked is None:
        raise RetentionRefused(f"nobody has asked for the erasure of {wanted.code}")
    if asked.asked_by == by.code:
        raise FourEyes("who asks for an erasure never confirms it")
    table, named = _row_of(wanted)
    confirmed = sa.update(table).where(*(table.c[name] == value for name, value in named.items()))
    await connection.execute(confirmed.values(approved_by=by.code, approved_at_us=microseconds(by.at)))
    after = digest_of({**named, "erased": True})
    return Change(NOUN, wanted.code, after=after, state="erased", asked_by=asked.asked_by, approved_by=by.code)


async def is_confirmed(session: AsyncSession, wanted: Erasure) -> bool:
    """Tell whether two people have said that it be erased: then its keys go, also after a crash in between."""
    asked = await _asked(await session.connection(), wanted)
    return asked is not None and bool(asked.approved_at_us)


async def must_not_be_held(session: AsyncSession, wanted: Erasure) -> None:
    """Return when no hold is on its month, which a hold keeps whole. Raises RetentionRefused."""
    for hold in await held_months(await session.connection()):
        if hold.holds(wanted.month):
            raise RetentionRefused(f"{wanted.month} is under the legal hold {hold.code}: lift it first")


async def is_asked(session: AsyncSession, wanted: Erasure) -> bool:
    """Tell whether somebody has asked for it."""
    return await _asked(await session.connection(), wanted) is not None


def _row_of(wanted: Erasure) -> tuple[sa.Table, dict[str, str]]:
    """Return in which table its row stands, and the members that find it there."""
    if wanted.database is None:
        return erasures, {"month": wanted.month}
    return data_erasures, {"month": wanted.month, "database": wanted.database}


async def _asked(connection: AsyncConnection, wanted: Erasure) -> "sa.Row[tuple[object, ...]] | None":
    table, named = _row_of(wanted)
    found = sa.select(table).where(*(table.c[name] == value for name, value in named.items()))
    return (await connection.execute(found)).first()


async def _must_be_free(
    connection: AsyncConnection, wanted: Erasure, keys: PseudonymKeys, *, keep_months: int, by: Actor
) -> None:
    try:
        must_be_free([wanted.month], keep_months=keep_months, now=by.at, held=await held_months(connection))
    except MonthUnclear as error:
        raise RetentionRefused(str(error)) from error
    if wanted.is_destroyed(keys):
        raise RetentionRefused(f"{wanted.code} was erased already")
    if not wanted.has_keys(keys):
        why = "nobody was recorded in it, or it is elsewhere"
        if wanted.database is not None:
            why = "nobody was recorded under it, or by a release before the data keys, or it is elsewhere"
        raise RetentionRefused(f"there is no key of {wanted.code}: {why}")


async def _must_be_allowed(session: AsyncSession, by: Actor) -> None:
    member = await member_if_any(session, by.code)
    if member is None or not member.active or Permission.RECORD_ERASE not in PERMISSIONS[Role(member.role)]:
        raise RetentionRefused(f"{by.code} is nobody of the staff who may erase (console:record:erase)")
