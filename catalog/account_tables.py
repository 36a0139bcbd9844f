"""In which tables is kept how people sign in to the console, and who is signed in?

Nothing here opens anything by itself: passwords are argon2id hashes, second factors are sealed, recovery codes, cookies
and states are SHA-256 (hex) of random values.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from catalog.tables import UtcDateTime


class AccountRow(SQLModel, table=True):
    """How a member of the staff signs in. No row, or nothing in it: he cannot.

    `password_initial`: somebody else knows it, so it must be replaced first. `totp_step` is the last step that was
    used. `oidc_issuer` and `oidc_subject` are how a single sign-on names him.
    """

    __tablename__: ClassVar[str] = "staff_accounts"
    __table_args__ = (UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_staff_accounts_oidc"),)

    staff: str = Field(primary_key=True, foreign_key="staff.code", max_length=100)
    email: str = Field(default="", max_length=254)
    password_hash: str | None = Field(default=None, max_length=200)
    password_initial: bool = False
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    totp_step: int = Field(default=0, sa_type=BigInteger)
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    oidc_issuer: str | None = Field(default=None, max_length=300)
    oidc_subject: str | None = Field(default=None, max_length=255)
    signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCodeRow(SQLModel, table=True):
    """A recovery code that was not used yet."""

    __tablename__: ClassVar[str] = "staff_recovery_codes"

    staff: str = Field(primary_key=True, foreign_key="staff.code", max_length=100)
    digest: str = Field(primary_key=True, max_length=64)


class SessionRow(SQLModel, table=True):
    """Somebody who is signed in, or on the way to it (`stage`). `pending` is a second factor not yet confirmed."""

    __tablename__: ClassVar[str] = "console_sessions"

    digest: str = Field(primary_key=True, max_length=64)
    staff: str = Field(foreign_key="staff.code", index=True, max_length=100)
    stage: str = Field(max_length=20)
    method: str = Field(default="", max_length=20)
    source: str = Field(default="", max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    proven_at: datetime = Field(sa_type=UtcDateTime)
    pending: bytes | None = Field(default=None, sa_type=LargeBinary)


class SsoVisitRow(SQLModel, table=True):
    """Somebody who was sent to the single sign-on and has not come back. `staff`: he is to prove again who he is."""

    __tablename__: ClassVar[str] = "console_sso_visits"

    state: str = Field(primary_key=True, max_length=64)
    browser: str = Field(max_length=64)
    nonce: str = Field(max_length=64)
    verifier: str = Field(max_length=128)
    back: str = Field(sa_type=Text)
    staff: str = Field(default="", max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
