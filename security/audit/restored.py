"""Was this database put back from a backup, and has somebody said how its log goes on?

A restore leaves a row in what it restored. Until a person has decided, nothing is appended to a log or signed: a backup
cannot know what was signed after it was made, and a second history under one name is what the log must never have.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import microseconds

_metadata = sa.MetaData()
restores = sa.Table(
    "database_restores",
    _metadata,
    sa.Column("restored_at_us", sa.BigInteger, primary_key=True),
    sa.Column("made_at_us", sa.BigInteger, nullable=False),
    sa.Column("backup", sa.String(64), nullable=False),
    sa.Column("decision", sa.String(10), nullable=False),
)


class Decision(StrEnum):
    """How the log goes on after a backup was put back."""

    CONTINUED = "continued"
    """Nothing was signed after the backup: the same log goes on."""
    RESUMED = "resumed"
    """More was signed: the log is closed, and another follows it."""


class Restore(msgspec.Struct, frozen=True):
    """A restore: when, and of which backup (SHA-256 of its manifest, hex), made when. Microseconds since 1970."""

    restored_at_us: int
    made_at_us: int
    backup: str


async def note_restore(connection: AsyncConnection, backup: str, *, made_at: datetime, at: datetime) -> None:
    """Note in the database that it was put back. MUST be in the transaction, or the file, that puts it back."""
    row = {"restored_at_us": microseconds(at), "made_at_us": microseconds(made_at), "backup": backup, "decision": ""}
    await connection.execute(sa.insert(restores).values(**row))


async def undecided_restore(connection: AsyncConnection) -> Restore | None:
    """Return the last restore about which nobody has said yet how the log goes on, None when there is none."""
    wanted = sa.select(restores).where(restores.c.decision == "").order_by(restores.c.restored_at_us.desc()).limit(1)
    found = (await connection.execute(wanted)).mappings().first()
    return None if found is None else Restore(found["restored_at_us"], found["made_at_us"], found["backup"])


async def decide(connection: AsyncConnection, decision: Decision) -> None:
    """Keep what was decided about every restore that was not decided about."""
    await connection.execute(sa.update(restores).where(restores.c.decision == "").values(decision=decision.value))
