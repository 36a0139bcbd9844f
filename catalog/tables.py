"""In which tables are the catalogue, the agreements and the staff kept?

Codes are natural keys: they stand in addresses, tokens and records, and never change. What a publisher said is kept
whole (`description`, the very bytes that were digested) beside the columns that are searched and joined.
`gateway/migrations/versions/` makes these tables; a test compares the two.
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
    folded: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class SystemSuspensionRow(SQLModel, table=True):
    """A side's suspension of a system, which the same side lifts. `suspended_by` is empty: nobody knows."""

    __tablename__: ClassVar[str] = "system_suspensions"

    system: str = Field(primary_key=True, foreign_key="systems.code", max_length=100)
    side: str = Field(primary_key=True, max_length=20)
    suspended_by: str = Field(max_length=100)
    suspended_at: datetime = Field(sa_type=UtcDateTime)


class ClientKeyRow(SQLModel, table=True):
    """What a system proves itself with, by `kind`.

    `jwk`: a public key (JSON). `secret`: the SHA-256 (hex) of a 256-bit secret. `digest`: a secret that the gateway
    must read to check a digest of it, sealed by the gateway's key.
    """

    __tablename__: ClassVar[str] = "client_keys"

    id: str = Field(primary_key=True, max_length=64)
    system: str = Field(foreign_key="systems.code", index=True, max_length=100)
    kind: str = Field(max_length=10)
    jwk: bytes | None = Field(default=None, sa_type=LargeBinary)
    secret_hash: str | None = Field(default=None, max_length=64)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
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
    __table_args__ = (
        ForeignKeyConstraint(["database", "service"], ["services.database", "services.code"]),
        # What lists of the catalogue ask of every version, without a look at the descriptions.
        Index(
            "ix_service_versions_listed",
            *("database", "service", "version", "state", "provider", "specified", "published_at", "deprecated_at"),
        ),
    )

    database: str = Field(primary_key=True, max_length=100)
    service: str = Field(primary_key=True, max_length=100)
    version: int = Field(primary_key=True)
    provider: str | None = Field(default=None, foreign_key="providers.code", max_length=100)
    state: str = Field(max_length=20)
    specified: bool = True
    description: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=UtcDateTime)
    deprecated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sunset_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    successor: int | None = Field(default=None)


class PublicationDraftRow(SQLModel, table=True):
    """A service that somebody prepares. `document` is a `catalog.importers.draft.Draft` as JSON.

    `tried` says how the last try against the provider ended: a word, never what was asked or answered.
    """

    __tablename__: ClassVar[str] = "publication_drafts"

    code: str = Field(primary_key=True, max_length=100)
    database: str = Field(foreign_key="databases.code", index=True, max_length=100)
    source: str = Field(max_length=20)
    document: bytes = Field(sa_type=LargeBinary)
    state: str = Field(max_length=20)
    created_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str = Field(max_length=100)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    tried_by: str | None = Field(default=None, max_length=100)
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tried: str = Field(default="", max_length=100)


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
    """An agreement between two agencies about one database, whatever its versions.

    `version`, `state` and `valid_until` are those of the version that tells how it stands (the one in force, else the
    newest), `open_state` that of the newest version that is still being asked for, else empty: a list pages by them.
    """

    __tablename__: ClassVar[str] = "agreements"
    __table_args__ = (
        Index("ix_agreements_state", "state", "code"),
        Index("ix_agreements_database_code", "database", "code"),
        Index("ix_agreements_open_state", "open_state", "code"),
        Index("ix_agreements_valid_until", "valid_until", "code"),
        Index("ix_agreements_changed_at", "changed_at", "code"),
    )

    code: str = Field(primary_key=True, max_length=100)
    database: str = Field(foreign_key="databases.code", index=True, max_length=100)
    provider_agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    consumer_agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 0
    state: str = Field(default="", max_length=20)
    open_state: str = Field(default="", max_length=20)
    valid_until: date | None = None
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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


class AgreementSignatureRow(SQLModel, table=True):
    """Who has put his name, or the platform's, to a version: a JWS (RFC 7515) over its digest, one for each side."""

    __tablename__: ClassVar[str] = "agreement_signatures"
    __table_args__ = (
        ForeignKeyConstraint(["agreement", "version"], ["agreement_versions.agreement", "agreement_versions.version"]),
    )

    agreement: str = Field(primary_key=True, max_length=100)
    version: int = Field(primary_key=True)
    side: str = Field(primary_key=True, max_length=20)
    act: str = Field(max_length=20)
    signer: str = Field(max_length=100)
    signer_name: str = Field(default="", max_length=300)
    agency: str = Field(default="", max_length=35)
    signed_at: datetime = Field(sa_type=UtcDateTime)
    jws: str = Field(sa_type=Text)


class AgreementEventRow(SQLModel, table=True):
    """What was done to an agreement: its history, to which is only ever added. `side` is empty where none is meant."""

    __tablename__: ClassVar[str] = "agreement_events"
    __table_args__ = (Index("ix_agreement_events_done_at", "done_at"),)

    agreement: str = Field(primary_key=True, foreign_key="agreements.code", max_length=100)
    number: int = Field(primary_key=True)
    version: int
    step: str = Field(max_length=20)
    side: str = Field(default="", max_length=20)
    note: str = Field(default="", sa_type=Text)
    done_by: str = Field(max_length=100)
    done_at: datetime = Field(sa_type=UtcDateTime)


class AgreementFileRow(SQLModel, table=True):
    """A file that an agency has handed in for its agreements, by its SHA-256 (hex).

    `kept` is true once terms name it; one that none has named is forgotten after some days.
    """

    __tablename__: ClassVar[str] = "agreement_files"
    __table_args__ = (Index("ix_agreement_files_kept", "kept", "added_at"),)

    agency: str = Field(primary_key=True, foreign_key="agencies.code", max_length=35)
    digest: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size_bytes: int
    content: bytes = Field(sa_type=LargeBinary)
    kept: bool = False
    added_by: str = Field(max_length=100)
    added_at: datetime = Field(sa_type=UtcDateTime)


class AgreementPreparationRow(SQLModel, table=True):
    """A request for an agreement that somebody prepares. `document` is a `catalog.agreement_preparations.Prepared`."""

    __tablename__: ClassVar[str] = "agreement_preparations"

    code: str = Field(primary_key=True, max_length=100)
    agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    document: bytes = Field(sa_type=LargeBinary)
    created_by: str = Field(max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class StandardTermsRow(SQLModel, table=True):
    """The terms under which a database is shared by default, as its owner declared them (NĐ 194/2025 art. 16)."""

    __tablename__: ClassVar[str] = "standard_terms"

    database: str = Field(primary_key=True, foreign_key="databases.code", max_length=100)
    document: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    declared_by: str = Field(max_length=100)
    declared_at: datetime = Field(sa_type=UtcDateTime)


class XRoadMemberRow(SQLModel, table=True):
    """The identifier by which an agency is a member of an X-Road instance."""

    __tablename__: ClassVar[str] = "xroad_members"
    __table_args__ = (UniqueConstraint("instance", "member_class", "member_code", name="uq_xroad_members_identifier"),)

    agency: str = Field(primary_key=True, foreign_key="agencies.code", max_length=35)
    instance: str = Field(max_length=255)
    member_class: str = Field(max_length=255)
    member_code: str = Field(max_length=255)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class XRoadSubsystemRow(SQLModel, table=True):
    """A subsystem of a member, by which a system calls, a database is offered, or both.

    An empty code is the member itself. `networks` is a JSON list of those from which its calls need no other proof.
    """

    __tablename__: ClassVar[str] = "xroad_subsystems"
    __table_args__ = (UniqueConstraint("database", name="uq_xroad_subsystems_database"),)

    agency: str = Field(primary_key=True, foreign_key="xroad_members.agency", max_length=35)
    code: str = Field(primary_key=True, max_length=255)
    system: str | None = Field(default=None, foreign_key="systems.code", max_length=100)
    database: str | None = Field(default=None, foreign_key="databases.code", max_length=100)
    networks: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class StaffRow(SQLModel, table=True):
    """A person of an agency who works on the platform. `token_hash` is SHA-256 (hex); None: no access by a token.

    `deactivated_at`: works here no more, and gets in no way at all. How people sign in: `catalog/account_tables.py`.
    """

    __tablename__: ClassVar[str] = "staff"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_staff_token_hash"),)

    code: str = Field(primary_key=True, max_length=100)
    name: str = Field(max_length=300)
    role: str = Field(max_length=30)
    agency: str = Field(foreign_key="agencies.code", index=True, max_length=35)
    token_hash: str | None = Field(default=None, max_length=64)
    folded: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    deactivated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PolicyRevisionRow(SQLModel, table=True):
    """The one row (id 1) whose number grows with every change that the gateway enforces."""

    __tablename__: ClassVar[str] = "policy_revision"

    id: int = Field(primary_key=True)
    revision: int = Field(sa_type=BigInteger)


class PolicyChangeRow(SQLModel, table=True):
    """What a revision changed: one agreement, or (empty) anything else. A revision without a row changed anything."""

    __tablename__: ClassVar[str] = "policy_changes"

    revision: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    agreement: str = Field(default="", max_length=100)
