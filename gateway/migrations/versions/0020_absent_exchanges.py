"""In which column stands of how many exchanges an export has no record?

A column of a table that nobody reads but this release: PostgreSQL adds it without rewriting anything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"


def upgrade() -> None:
    """Count what was asked for and is not there."""
    op.add_column("record_exports", sa.Column("absent", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Count it no more."""
    op.drop_column("record_exports", "absent")
