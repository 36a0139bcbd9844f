"""Which tables hold the catalogue, the agreements and the staff at first?

New tables only: takes no lock on anything that the previous release reads.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create the tables and the first policy revision."""
    _create_parties()
    _create_catalogue()
    _create_agreements()
    _create_revision()


def downgrade() -> None:
    """Drop the tables, the last first."""
    for table in (
        "policy_revision",
        "agreement_suspensions",
        "agreement_versions",
        "agreements",
        "fields",
        "operations",
        "service_versions",
        "services",
        "providers",
        "databases",
        "purposes",
        "staff",
        "client_keys",
        "systems",
        "agencies",
    ):
        op.drop_table(table)


def _create_parties() -> None:
    """Agencies, their systems and keys, the staff and the purposes."""
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(35), nullable=False),
        sa.Column("name_vi", sa.String(300), nullable=False),
        sa.Column("name_en", sa.String(300), nullable=False),
        sa.Column("parent", sa.String(35), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "systems",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("name_vi", sa.String(300), nullable=False),
        sa.Column("name_en", sa.String(300), nullable=False),
        sa.Column("legacy", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_systems_agency", "systems", ["agency"])
    op.create_table(
        "client_keys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("jwk", sa.LargeBinary(), nullable=True),
        sa.Column("secret_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["system"], ["systems.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_client_keys_system", "client_keys", ["system"])
    op.create_table(
        "staff",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("token_hash", name="uq_staff_token_hash"),
    )
    op.create_index("ix_staff_agency", "staff", ["agency"])
    op.create_table(
        "purposes",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("title_vi", sa.String(300), nullable=False),
        sa.Column("title_en", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )


def _create_catalogue() -> None:
    """Databases, providers and services, down to the fields."""
    op.create_table(
        "databases",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(35), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("national", sa.Boolean(), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_databases_owner", "databases", ["owner"])
    op.create_table(
        "providers",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("adapter", sa.String(100), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_providers_agency", "providers", ["agency"])
    op.create_table(
        "services",
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.PrimaryKeyConstraint("database", "code"),
    )
    op.create_table(
        "service_versions",
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(100), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("specified", sa.Boolean(), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["provider"], ["providers.code"]),
        sa.ForeignKeyConstraint(["database", "service"], ["services.database", "services.code"]),
        sa.PrimaryKeyConstraint("database", "service", "version"),
    )
    op.create_table(
        "operations",
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("title_vi", sa.String(300), nullable=False),
        sa.Column("safe", sa.Boolean(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["database", "service", "version"],
            ["service_versions.database", "service_versions.service", "service_versions.version"],
        ),
        sa.PrimaryKeyConstraint("database", "service", "version", "code"),
    )
    op.create_table(
        "fields",
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(100), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("class", sa.String(20), nullable=False),
        sa.Column("title_vi", sa.String(300), nullable=False),
        sa.Column("term", sa.String(200), nullable=False),
        sa.Column("structural", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["database", "service", "version", "operation"],
            ["operations.database", "operations.service", "operations.version", "operations.code"],
        ),
        sa.PrimaryKeyConstraint("database", "service", "version", "operation", "path"),
    )
    op.create_index("ix_fields_term", "fields", ["term"])


def _create_agreements() -> None:
    """Agreements, their versions and suspensions."""
    op.create_table(
        "agreements",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("provider_agency", sa.String(35), nullable=False),
        sa.Column("consumer_agency", sa.String(35), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consumer_agency"], ["agencies.code"]),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.ForeignKeyConstraint(["provider_agency"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_agreements_consumer_agency", "agreements", ["consumer_agency"])
    op.create_index("ix_agreements_database", "agreements", ["database"])
    op.create_index("ix_agreements_provider_agency", "agreements", ["provider_agency"])
    op.create_table(
        "agreement_versions",
        sa.Column("agreement", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(100), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("legal_ground", sa.String(500), nullable=False),
        sa.Column("activated_by", sa.String(100), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(100), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agreement"], ["agreements.code"]),
        sa.PrimaryKeyConstraint("agreement", "version"),
    )
    op.create_index("ix_agreement_versions_state", "agreement_versions", ["state", "valid_until"])
    op.create_table(
        "agreement_suspensions",
        sa.Column("agreement", sa.String(100), nullable=False),
        sa.Column("side", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suspended_by", sa.String(100), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["agreements.code"]),
        sa.PrimaryKeyConstraint("agreement", "side"),
    )


def _create_revision() -> None:
    """The one row whose number grows with every change that the gateway enforces."""
    op.create_table(
        "policy_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO policy_revision (id, revision) VALUES (1, 1)")
