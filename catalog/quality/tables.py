"""In which tables are profiles of quality kept, and the rules that owners changed?

A profile is one measuring of one database. Its scores are kept for ever; the results of its rules as long as
`catalog/quality/profiles.py` says. No value of a record stands here but masked.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from catalog.tables import UtcDateTime


class QualityProfileRow(SQLModel, table=True):
    """One profile. `open_for` is its database while it waits or runs: there is one at a time (unique), else null.

    A worker holds it by a lease. Scores are in tenths of a point (0 to 1000), null where nothing was measured.
    """

    __tablename__: ClassVar[str] = "quality_profiles"
    __table_args__ = (Index("ix_quality_profiles_database", "database", "state", "id"),)

    id: str = Field(primary_key=True, max_length=64)
    database: str = Field(foreign_key="databases.code", max_length=100)
    open_for: str | None = Field(default=None, unique=True, max_length=100)
    state: str = Field(max_length=20)
    asked_by: str = Field(max_length=100)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str = Field(default="", max_length=200)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_asked_by: str = Field(default="", max_length=100)
    at_service: str = Field(default="", max_length=100)
    attempts: int = 0
    services_total: int = 0
    services_done: int = 0
    rows_read: int = Field(default=0, sa_type=BigInteger)
    reason: str = Field(default="", max_length=50)
    band: str = Field(default="", max_length=20)
    identifiers_right: bool = True
    score: int | None = None
    accuracy: int | None = None
    completeness: int | None = None
    cleanness: int | None = None
    timeliness: int | None = None


class QualityServiceRow(SQLModel, table=True):
    """How one service was read for a profile, and how much of it; `reason` where it could not be."""

    __tablename__: ClassVar[str] = "quality_services"

    profile: str = Field(primary_key=True, foreign_key="quality_profiles.id", max_length=64)
    service: str = Field(primary_key=True, max_length=100)
    version: int
    operation: str = Field(default="", max_length=100)
    method: str = Field(max_length=20)
    reason: str = Field(default="", max_length=50)
    rows_read: int = Field(default=0, sa_type=BigInteger)
    rows_total: int | None = Field(default=None, sa_type=BigInteger)


class QualityResultRow(SQLModel, table=True):
    """How one rule was kept in a profile. `examples` is a JSON list of masked values."""

    __tablename__: ClassVar[str] = "quality_results"

    profile: str = Field(primary_key=True, foreign_key="quality_profiles.id", max_length=64)
    service: str = Field(primary_key=True, max_length=100)
    field: str = Field(primary_key=True, max_length=300)
    kind: str = Field(primary_key=True, max_length=20)
    argument: str = Field(sa_type=Text)
    weight: int
    identifier: bool
    checked: int = Field(sa_type=BigInteger)
    failed: int = Field(sa_type=BigInteger)
    points: int
    examples: bytes = Field(sa_type=LargeBinary)
    reason: str = Field(default="", max_length=50)


class QualityRuleRow(SQLModel, table=True):
    """A rule as the owner of a database wants it, instead of the derived one or beside them."""

    __tablename__: ClassVar[str] = "quality_rules"

    database: str = Field(primary_key=True, foreign_key="databases.code", max_length=100)
    service: str = Field(primary_key=True, max_length=100)
    field: str = Field(primary_key=True, max_length=300)
    kind: str = Field(primary_key=True, max_length=20)
    argument: str = Field(sa_type=Text)
    weight: int
    enabled: bool
    changed_by: str = Field(max_length=100)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class QualityListRow(SQLModel, table=True):
    """A shared list (`catalog/quality/derivation.py`), worked out by the worker: a page must not read all services."""

    __tablename__: ClassVar[str] = "quality_lists"

    name: str = Field(primary_key=True, max_length=300)
    argument: str = Field(sa_type=Text)
