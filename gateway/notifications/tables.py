"""In which tables is kept what people are told, and whether it has reached them?"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from catalog.tables import UtcDateTime


class MailState(StrEnum):
    """What became of the letter: none is to be sent, it waits, it was handed over, or it was given up."""

    NONE = "none"
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class HappeningRow(SQLModel, table=True):
    """Something that was told once, so that it is not told again."""

    __tablename__: ClassVar[str] = "notification_happenings"

    key: str = Field(primary_key=True, max_length=300)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class NotificationRow(SQLModel, table=True):
    """What one member is told. `facts` is JSON. `mail_due_at` is when the letter is tried next, while it waits."""

    __tablename__: ClassVar[str] = "notifications"
    __table_args__ = (
        UniqueConstraint("member", "happening", name="uq_notifications_member"),
        Index("ix_notifications_member", "member", "id"),
        Index("ix_notifications_unread", "member", "read_at"),
        Index("ix_notifications_mail", "mail_state", "mail_due_at"),
    )

    # SQLite counts by itself only in a column of exactly this type.
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    member: str = Field(foreign_key="staff.code", max_length=100)
    happening: str = Field(foreign_key="notification_happenings.key", max_length=300)
    kind: str = Field(max_length=30)
    facts: bytes = Field(sa_type=LargeBinary)
    address: str = Field(max_length=500)
    created_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mail_state: str = Field(max_length=10)
    mail_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mail_attempts: int = 0
    mail_fault: str = Field(default="", sa_type=Text)


class NotificationChoiceRow(SQLModel, table=True):
    """A kind of which a member wants no letters, or wants them after all. No row: he gets them."""

    __tablename__: ClassVar[str] = "notification_choices"

    member: str = Field(primary_key=True, foreign_key="staff.code", max_length=100)
    kind: str = Field(primary_key=True, max_length=30)
    by_mail: bool = True


class ProviderHealthRow(SQLModel, table=True):
    """How the nodes together last found a provider, since when. What people were told is what stands here."""

    __tablename__: ClassVar[str] = "provider_health"

    provider: str = Field(primary_key=True, max_length=100)
    is_down: bool
    since: datetime = Field(sa_type=UtcDateTime)
