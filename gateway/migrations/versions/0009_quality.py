"""Where are profiles of quality kept, and the rules that owners changed?

New tables only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"

_SCORES = ("score", "accuracy", "completeness", "cleanness", "timeliness")


def upgrade() -> None:
    """Create the profiles, what they found, and the rules."""
    op.create_table(
        "quality_profiles",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("open_for", sa.String(100), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=name != "asked_at")
            for name in ("asked_at", "started_at", "finished_at")
        ),
        sa.Column("lease_owner", sa.String(200), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked_by", sa.String(100), nullable=False),
        sa.Column("at_service", sa.String(100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("services_total", sa.Integer(), nullable=False),
        sa.Column("services_done", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(50), nullable=False),
        sa.Column("band", sa.String(20), nullable=False),
        sa.Column("identifiers_right", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in _SCORES),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("open_for"),
    )
    op.create_index("ix_quality_profiles_database", "quality_profiles", ["database", "state", "id"])
    op.create_table(
        "quality_services",
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(100), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(50), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["profile"], ["quality_profiles.id"]),
        sa.PrimaryKeyConstraint("profile", "service"),
    )
    op.create_table(
        "quality_results",
        sa.Column("profile", sa.String(64), nullable=False),
        *_rule_columns(),
        sa.Column("identifier", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("examples", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(50), nullable=False),
        sa.ForeignKeyConstraint(["profile"], ["quality_profiles.id"]),
        sa.PrimaryKeyConstraint("profile", "service", "field", "kind"),
    )
    op.create_table(
        "quality_rules",
        sa.Column("database", sa.String(100), nullable=False),
        *_rule_columns(),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.PrimaryKeyConstraint("database", "service", "field", "kind"),
    )
    op.create_table(
        "quality_lists",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    """Drop what `upgrade` made."""
    for table in ("quality_lists", "quality_rules", "quality_results", "quality_services", "quality_profiles"):
        op.drop_table(table)


def _rule_columns() -> tuple[sa.Column[str] | sa.Column[int], ...]:
    return (
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("field", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("argument", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
    )
