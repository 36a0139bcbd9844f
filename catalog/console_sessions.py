"""Who is signed in to the console, since when, and from where?

A session is kept under the digest of what the browser holds. How long it lasts is `security/sessions.py`'s to say; what
is over is deleted, never marked.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import SessionRow, SsoVisitRow
from catalog.staff import StaffMember, member_of
from catalog.tables import StaffRow

_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """One session and whose it is. `pending` is the sealed secret of a device that was not confirmed yet."""

    digest: str = field(repr=False)
    member: StaffMember
    stage: str
    method: str
    source: str
    created_at: datetime
    seen_at: datetime
    proven_at: datetime
    pending: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """By what a page names this session: a part of the digest, which opens nothing."""
        return self.digest[:_NAME_LENGTH]


async def open_session(session: AsyncSession, opened: ConsoleSession) -> None:
    """Keep a session. Whatever cookie the browser had before, this one's is new (no fixation)."""
    session.add(
        SessionRow(
            digest=opened.digest,
            staff=opened.member.code,
            stage=opened.stage,
            method=opened.method,
            source=opened.source,
            created_at=opened.created_at,
            seen_at=opened.seen_at,
            proven_at=opened.proven_at,
        )
    )


async def find_session(session: AsyncSession, digest: str) -> ConsoleSession | None:
    """Return a session of somebody who still works here, None where there is none."""
    both = select(SessionRow, StaffRow).join(StaffRow, col(StaffRow.code) == col(SessionRow.staff))
    found = (await session.exec(both.where(SessionRow.digest == digest))).first()
    if found is None or found[1].deactivated_at is not None:
        return None
    return _session(found[0], member_of(found[1]))


async def list_sessions(session: AsyncSession, member: StaffMember, *, stage: str) -> list[ConsoleSession]:
    """Return a member's sessions of a stage, the last used first."""
    his = select(SessionRow).where(SessionRow.staff == member.code, SessionRow.stage == stage)
    rows = await session.exec(his.order_by(col(SessionRow.seen_at).desc()))
    return [_session(row, member) for row in rows]


async def note_seen(session: AsyncSession, digest: str, *, at: datetime) -> None:
    """Note that a session was used."""
    row = await session.get(SessionRow, digest)
    if row is not None:
        row.seen_at = at
        session.add(row)


async def note_proven(session: AsyncSession, digest: str, *, at: datetime) -> None:
    """Note that its holder has just proven again who he is."""
    row = await session.get(SessionRow, digest)
    if row is not None:
        row.proven_at = row.seen_at = at
        session.add(row)


async def keep_pending(session: AsyncSession, digest: str, *, pending: bytes | None) -> None:
    """Keep the sealed secret of a device that is to be confirmed in this session; None forgets it."""
    row = await session.get(SessionRow, digest)
    if row is not None:
        row.pending = pending
        session.add(row)


async def end_session(session: AsyncSession, digest: str) -> None:
    """End one session."""
    await session.exec(delete(SessionRow).where(col(SessionRow.digest) == digest))


async def end_sessions_of(session: AsyncSession, code: str, *, but: str = "", named: str = "") -> None:
    """End a member's sessions: all, all but the one of a digest, or the one of a name."""
    his = delete(SessionRow).where(col(SessionRow.staff) == code, col(SessionRow.digest) != but)
    if named:
        his = his.where(col(SessionRow.digest).startswith(named, autoescape=True))
    await session.exec(his)


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Forget sessions, and visits to the single sign-on, that began before `moment`; return how many."""
    over = await session.exec(delete(SessionRow).where(col(SessionRow.created_at) < moment))
    gone = await session.exec(delete(SsoVisitRow).where(col(SsoVisitRow.created_at) < moment))
    return over.rowcount + gone.rowcount


def _session(row: SessionRow, member: StaffMember) -> ConsoleSession:
    return ConsoleSession(
        digest=row.digest,
        member=member,
        stage=row.stage,
        method=row.method,
        source=row.source,
        created_at=row.created_at,
        seen_at=row.seen_at,
        proven_at=row.proven_at,
        pending=row.pending,
    )
