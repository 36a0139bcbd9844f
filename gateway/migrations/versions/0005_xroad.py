"""By which X-Road identifiers are agencies, their systems and their databases known?

New tables only: takes no lock on anything that the previous release reads.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "xroad_members",
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("instance", sa.String(255), nullable=False),
        sa.Column("member_class", sa.String(255), nullable=False),
        sa.Column("member_code", sa.String(255), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agencies.code"]),
        sa.PrimaryKeyConstraint("agency"),
        sa.UniqueConstraint("instance", "member_class", "member_code", name="uq_xroad_members_identifier"),
    )
    op.create_table(
        "xroad_subsystems",
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("code", sa.String(255), nullable=False),
        sa.Column("system", sa.String(100), nullable=True),
        sa.Column("database", sa.String(100), nullable=True),
        sa.Column("networks", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["xroad_members.agency"]),
        sa.ForeignKeyConstraint(["system"], ["systems.code"]),
        sa.ForeignKeyConstraint(["database"], ["databases.code"]),
        sa.PrimaryKeyConstraint("agency", "code"),
        sa.UniqueConstraint("database", name="uq_xroad_subsystems_database"),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("xroad_subsystems")
    op.drop_table("xroad_members")
