"""How is something told to everybody concerned once, and how do letters get on their way at least once?

A happening is kept under its key in the transaction that makes a notification for each member concerned: found again,
or by two workers at once, it makes nothing more. A letter waits in the same row; whoever sends it takes it for a while
(`mail_due_at`), so that one that died half-way lets another try again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import AccountRow
from catalog.tables import StaffRow
from gateway.notifications.kinds import Happening, Kind, is_addressed
from gateway.notifications.tables import HappeningRow, MailState, NotificationChoiceRow, NotificationRow
from security.staff import Role

MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_HELD_FOR = timedelta(minutes=2)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Notification:
    """What one member is told."""

    id: int
    kind: Kind
    facts: dict[str, str]
    address: str
    at: datetime
    read: bool
    mail: MailState
    mail_fault: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to be sent now. `attempt` counts from 1."""

    id: int
    to: str
    kind: Kind
    facts: dict[str, str]
    address: str
    at: datetime
    attempt: int


async def tell(session: AsyncSession, happenings: Sequence[Happening], *, with_mail: bool, now: datetime) -> int:
    """Keep what was not told before, and notify the members concerned; return how many notifications that made.

    `with_mail` says whether letters are sent at all.
    """
    known = await _known(session, [one.key for one in happenings])
    fresh = list({one.key: one for one in happenings if one.key not in known}.values())
    if not fresh:
        return 0
    session.add_all(HappeningRow(key=one.key, at=one.at) for one in fresh)
    # Fails here, and tells nothing, when another worker has told one of them meanwhile.
    await session.flush()
    members = await _members(session)
    silent = await _silent(session) if with_mail else set()
    made = 0
    for one in fresh:
        for staff, email in members:
            if not is_addressed(one.audience, role=Role(staff.role), agency=staff.agency):
                continue
            by_mail = with_mail and bool(email) and (staff.code, one.kind.value) not in silent
            session.add(_row(one, staff.code, by_mail=by_mail, now=now))
            made += 1
    return made


async def list_notifications(
    session: AsyncSession, member: str, *, unread: bool = False, kind: Kind | None = None, limit: int, offset: int = 0
) -> list[Notification]:
    """Return what a member was told, the newest first."""
    chosen = (
        select(NotificationRow)
        .where(*_of(member, unread=unread, kind=kind))
        .order_by(col(NotificationRow.id).desc())
        .limit(limit)
        .offset(offset)
    )
    return [_notification(row) for row in await session.exec(chosen)]


async def count_unread(session: AsyncSession, member: str) -> int:
    """Return how many notifications a member has not read."""
    counted = select(func.count()).select_from(NotificationRow).where(*_of(member, unread=True, kind=None))
    return int((await session.exec(counted)).one())


async def mark_read(session: AsyncSession, member: str, *, only: int | None = None, now: datetime) -> None:
    """Note that a member has read one of his notifications, or (None) all of them."""
    rows = update(NotificationRow).where(col(NotificationRow.member) == member, col(NotificationRow.read_at).is_(None))
    if only is not None:
        rows = rows.where(col(NotificationRow.id) == only)
    await (await session.connection()).execute(rows.values(read_at=now))


async def chosen_kinds(session: AsyncSession, member: str) -> dict[Kind, bool]:
    """Return of which kinds a member gets letters."""
    rows = await session.exec(select(NotificationChoiceRow).where(NotificationChoiceRow.member == member))
    said = {row.kind: row.by_mail for row in rows}
    return {kind: said.get(kind.value, True) for kind in Kind}


async def choose_kinds(session: AsyncSession, member: str, wanted: Sequence[Kind]) -> None:
    """Let a member get letters of these kinds only."""
    for kind in Kind:
        await session.merge(NotificationChoiceRow(member=member, kind=kind.value, by_mail=kind in wanted))


# --- letters ---------------------------------------------------------------------------------------------------------


async def take_letters(session: AsyncSession, *, now: datetime, most: int = 20) -> list[Letter]:
    """Take the letters that are due, for two minutes: whoever takes them MUST settle them, or they are tried again."""
    due = (
        select(NotificationRow, AccountRow.email)
        .join(AccountRow, col(AccountRow.staff) == col(NotificationRow.member))
        .where(NotificationRow.mail_state == MailState.WAITING, col(NotificationRow.mail_due_at) <= now)
        .order_by(col(NotificationRow.mail_due_at))
        .limit(most)
    )
    letters = []
    for row, email in (await session.exec(due)).all():
        held = (
            update(NotificationRow)
            .where(col(NotificationRow.id) == row.id, col(NotificationRow.mail_attempts) == row.mail_attempts)
            .values(mail_due_at=now + _HELD_FOR, mail_attempts=row.mail_attempts + 1)
        )
        if (await (await session.connection()).execute(held)).rowcount == 1:
            letters.append(
                Letter(
                    row.id or 0, email, Kind(row.kind), _facts(row), row.address, row.created_at, row.mail_attempts + 1
                )
            )
    return letters


async def settle_sent(session: AsyncSession, letter: Letter) -> None:
    """Note that a letter was handed over."""
    await _settle(session, letter, mail_state=MailState.SENT.value, mail_fault="", mail_due_at=None)


async def settle_failed(session: AsyncSession, letter: Letter, fault: str, *, for_good: bool, now: datetime) -> None:
    """Note why a letter could not be handed over; it is tried again later, unless that is hopeless."""
    if for_good or letter.attempt >= MOST_ATTEMPTS:
        await _settle(session, letter, mail_state=MailState.DEAD.value, mail_fault=fault, mail_due_at=None)
    else:
        await _settle(session, letter, mail_fault=fault, mail_due_at=now + pause_after(letter.attempt))


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after the attempt of this number (from 1): a minute, doubling, six hours at most."""
    return min(_FIRST_PAUSE * (1 << (attempt - 1)), _LONGEST_PAUSE)


async def count_letters(session: AsyncSession) -> dict[MailState, int]:
    """Return how many letters wait, were sent, and were given up."""
    counted = select(NotificationRow.mail_state, func.count()).group_by(NotificationRow.mail_state)
    return {MailState(state): int(count) for state, count in await session.exec(counted)}


# --- rows ------------------------------------------------------------------------------------------------------------


async def _known(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        found |= set(await session.exec(select(HappeningRow.key).where(col(HappeningRow.key).in_(part))))
    return found


async def _members(session: AsyncSession) -> list[tuple[StaffRow, str]]:
    rows = (
        select(StaffRow, AccountRow.email)
        .join(AccountRow, col(AccountRow.staff) == col(StaffRow.code), isouter=True)
        .where(col(StaffRow.deactivated_at).is_(None))
        .order_by(col(StaffRow.code))
    )
    return [(staff, email or "") for staff, email in (await session.exec(rows)).all()]


async def _silent(session: AsyncSession) -> set[tuple[str, str]]:
    rows = select(NotificationChoiceRow).where(col(NotificationChoiceRow.by_mail).is_(False))
    return {(row.member, row.kind) for row in await session.exec(rows)}


def _row(one: Happening, member: str, *, by_mail: bool, now: datetime) -> NotificationRow:
    return NotificationRow(
        member=member,
        happening=one.key,
        kind=one.kind.value,
        facts=msgspec.json.encode(dict(one.facts)),
        address=one.address,
        created_at=one.at,
        mail_state=(MailState.WAITING if by_mail else MailState.NONE).value,
        mail_due_at=now if by_mail else None,
    )


def _of(member: str, *, unread: bool, kind: Kind | None) -> list[ColumnElement[bool]]:
    found = [col(NotificationRow.member) == member]
    if unread:
        found.append(col(NotificationRow.read_at).is_(None))
    if kind is not None:
        found.append(col(NotificationRow.kind) == kind.value)
    return found


def _notification(row: NotificationRow) -> Notification:
    return Notification(
        row.id or 0,
        Kind(row.kind),
        _facts(row),
        row.address,
        row.created_at,
        read=row.read_at is not None,
        mail=MailState(row.mail_state),
        mail_fault=row.mail_fault,
    )


def _facts(row: NotificationRow) -> dict[str, str]:
    return msgspec.json.decode(row.facts, type=dict[str, str])


async def _settle(session: AsyncSession, letter: Letter, **values: str | datetime | None) -> None:
    held = update(NotificationRow).where(col(NotificationRow.id) == letter.id)
    await (await session.connection()).execute(held.values(**values))
