"""In which tables are the catalogue, the agreements and the staff kept?

Codes are natural keys: they stand in addresses, tokens and records, and never change. What a publisher said is kept
whole (`description`, the very bytes that were digested) beside the columns that are searched and joined.
`gateway/migrations/versions/0001_catalog.py` makes these tables; a test compares the two.
"""

from datetime import UTC, date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC, on an engine that keeps the zone (PostgreSQL) and on one that does not (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy names it
        """What is stored; refuses a naive moment with ValueError, because nobody could say which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy names it
        """What is read, always aware."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class AgencyRow(SQLModel, table=True):
    """An agency."""

    __tablename__: ClassVar[str] = "agencies"

    code: str = Field(primary_key=True, max_length=35)
    name_vi: str = Field(max_length=300)
    name_en: str = Field(default="", max_length=300)
    parent: str | None = Field(default=None, foreign_key="agencies.code", max_length=35)
    folded: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class SystemRow(SQLModel, table=True):
    """An information system that calls. Its code is its OAuth `client_id`."""

    __tablename__: ClassVar[str] = "systems"

    code: str = Field(primary_key=True, max_length=100)
    agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    name_vi: str = Field(max_length=300)
    name_en: str = Field(default="", max_length=300)
    legacy: bool = False
    state: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ClientKeyRow(SQLModel, table=True):
    """What a system proves itself with: a public key (`jwk`, JSON) or the SHA-256 (hex) of a 256-bit secret."""

    __tablename__: ClassVar[str] = "client_keys"

    id: str = Field(primary_key=True, max_length=64)
    system: str = Field(foreign_key="systems.code", index=True, max_length=100)
    kind: str = Field(max_length=10)
    jwk: bytes | None = Field(default=None, sa_type=LargeBinary)
    secret_hash: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PurposeRow(SQLModel, table=True):
    """A purpose for which data may be asked."""

    __tablename__: ClassVar[str] = "purposes"

    code: str = Field(primary_key=True, max_length=100)
    title_vi: str = Field(max_length=300)
    title_en: str = Field(default="", max_length=300)


class DatabaseRow(SQLModel, table=True):
    """A shared database."""

    __tablename__: ClassVar[str] = "databases"

    code: str = Field(primary_key=True, max_length=100)
    owner: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    number: int | None = Field(default=None, unique=True)
    national: bool = False
    description: bytes = Field(sa_type=LargeBinary)
    folded: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ProviderRow(SQLModel, table=True):
    """Where a service version is asked."""

    __tablename__: ClassVar[str] = "providers"

    code: str = Field(primary_key=True, max_length=100)
    agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    adapter: str = Field(max_length=100)
    description: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ServiceRow(SQLModel, table=True):
    """A service, whatever its versions. Its code is unique within its database."""

    __tablename__: ClassVar[str] = "services"

    database: str = Field(primary_key=True, foreign_key="databases.code", max_length=100)
    code: str = Field(primary_key=True, max_length=100)
    folded: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ServiceVersionRow(SQLModel, table=True):
    """One version of a service: immutable but for its state."""

    __tablename__: ClassVar[str] = "service_versions"
    __table_args__ = (ForeignKeyConstraint(["database", "service"], ["services.database", "services.code"]),)

    database: str = Field(primary_key=True, max_length=100)
    service: str = Field(primary_key=True, max_length=100)
    version: int = Field(primary_key=True)
    provider: str | None = Field(default=None, foreign_key="providers.code", max_length=100)
    state: str = Field(max_length=20)
    specified: bool = True
    description: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=UtcDateTime)


class OperationRow(SQLModel, table=True):
    """One operation of a service version; `parameters` is JSON."""

    __tablename__: ClassVar[str] = "operations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["database", "service", "version"],
            ["service_versions.database", "service_versions.service", "service_versions.version"],
        ),
    )

    database: str = Field(primary_key=True, max_length=100)
    service: str = Field(primary_key=True, max_length=100)
    version: int = Field(primary_key=True)
    code: str = Field(primary_key=True, max_length=100)
    method: str = Field(max_length=10)
    path: str = Field(max_length=500)
    title_vi: str = Field(max_length=300)
    safe: bool = True
    parameters: bytes = Field(sa_type=LargeBinary)


class FieldRow(SQLModel, table=True):
    """One leaf of an operation's answer, to ask of all services at once: what uses the data dictionary (R10)?"""

    __tablename__: ClassVar[str] = "fields"
    __table_args__ = (
        ForeignKeyConstraint(
            ["database", "service", "version", "operation"],
            ["operations.database", "operations.service", "operations.version", "operations.code"],
        ),
        Index("ix_fields_term", "term"),
    )

    database: str = Field(primary_key=True, max_length=100)
    service: str = Field(primary_key=True, max_length=100)
    version: int = Field(primary_key=True)
    operation: str = Field(primary_key=True, max_length=100)
    path: str = Field(primary_key=True, max_length=300)
    type: str = Field(max_length=20)
    class_: str = Field(max_length=20, sa_column_kwargs={"name": "class"})
    title_vi: str = Field(max_length=300)
    term: str = Field(default="", max_length=200)
    structural: bool = False


class AgreementRow(SQLModel, table=True):
    """An agreement between two agencies about one database, whatever its versions."""

    __tablename__: ClassVar[str] = "agreements"

    code: str = Field(primary_key=True, max_length=100)
    database: str = Field(foreign_key="databases.code", index=True, max_length=100)
    provider_agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    consumer_agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    created_at: datetime = Field(sa_type=UtcDateTime)


class AgreementVersionRow(SQLModel, table=True):
    """One version of an agreement. `terms` are the canonical bytes, `digest` their SHA-256 (hex): both immutable."""

    __tablename__: ClassVar[str] = "agreement_versions"
    __table_args__ = (Index("ix_agreement_versions_state", "state", "valid_until"),)

    agreement: str = Field(primary_key=True, foreign_key="agreements.code", max_length=100)
    version: int = Field(primary_key=True)
    terms: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    valid_until: date
    state: str = Field(max_length=20)
    created_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_by: str | None = Field(default=None, max_length=100)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=100)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decision_note: str = Field(default="", sa_type=Text)
    legal_ground: str = Field(default="", max_length=500)
    activated_by: str | None = Field(default=None, max_length=100)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = Field(default=None, max_length=100)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SuspensionRow(SQLModel, table=True):
    """A side's suspension of an agreement, which the same side lifts. No row: not suspended by it."""

    __tablename__: ClassVar[str] = "agreement_suspensions"

    agreement: str = Field(primary_key=True, foreign_key="agreements.code", max_length=100)
    side: str = Field(primary_key=True, max_length=20)
    reason: str = Field(sa_type=Text)
    suspended_by: str = Field(max_length=100)
    suspended_at: datetime = Field(sa_type=UtcDateTime)


class StaffRow(SQLModel, table=True):
    """A person of an agency who works on the platform. `token_hash` is SHA-256 (hex); None: no access."""

    __tablename__: ClassVar[str] = "staff"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_staff_token_hash"),)

    code: str = Field(primary_key=True, max_length=100)
    name: str = Field(max_length=300)
    role: str = Field(max_length=30)
    agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    token_hash: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)


class PolicyRevisionRow(SQLModel, table=True):
    """The one row (id 1) whose number grows with every change that the gateway enforces."""

    __tablename__: ClassVar[str] = "policy_revision"

    id: int = Field(primary_key=True)
    revision: int = Field(sa_type=BigInteger)
