"""Which citizens are signed in to see who has used their data, without the database knowing who they are?

A session is kept under the digest of what the browser holds, and whose it is only as a value that nothing but that very
cookie opens (`security.citizens`). What is over is deleted, never marked.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary, delete
from sqlmodel import Field, SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.tables import UtcDateTime


class CitizenSessionRow(SQLModel, table=True):
    """A citizen who is signed in. `sealed` is his identity number, sealed under his cookie."""

    __tablename__: ClassVar[str] = "citizen_sessions"

    digest: str = Field(primary_key=True, max_length=64)
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


async def open_session(session: AsyncSession, *, digest: str, sealed: bytes, at: datetime) -> None:
    """Keep a session."""
    session.add(CitizenSessionRow(digest=digest, sealed=sealed, created_at=at))


async def find_session(session: AsyncSession, digest: str) -> tuple[bytes, datetime] | None:
    """Return what is sealed in a session and since when it is open, None where there is none."""
    row = await session.get(CitizenSessionRow, digest)
    return None if row is None else (row.sealed, row.created_at)


async def end_session(session: AsyncSession, digest: str) -> None:
    """Forget a session."""
    await session.exec(delete(CitizenSessionRow).where(col(CitizenSessionRow.digest) == digest))


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Forget the sessions that were opened before a moment; return how many."""
    gone = await session.exec(delete(CitizenSessionRow).where(col(CitizenSessionRow.created_at) < moment))
    return gone.rowcount
