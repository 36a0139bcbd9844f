"""Where are drafts of publications kept, and what of a service version's end?

A new table, and three nullable columns on `service_versions`: PostgreSQL takes ACCESS EXCLUSIVE on it for a moment and
rewrites nothing. The previous release names its columns, so it goes on beside this.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Create the drafts, and let a service version be deprecated."""
    op.create_table(
        "publication_drafts",
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_by", sa.String(100), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_publication_drafts_database", "publication_drafts", ["database"])
    op.add_column("service_versions", sa.Column("deprecated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("service_versions", sa.Column("sunset_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("service_versions", sa.Column("successor", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop what `upgrade` made."""
    for column in ("successor", "sunset_at", "deprecated_at"):
        op.drop_column("service_versions", column)
    op.drop_index("ix_publication_drafts_database", "publication_drafts")
    op.drop_table("publication_drafts")
