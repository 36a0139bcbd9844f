"""Which citizens are signed in?

A new table only: the previous release neither reads nor writes it, and nothing is locked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision: str | None = "0026"


def upgrade() -> None:
    """Create the sessions of citizens."""
    op.create_table(
        "citizen_sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_citizen_sessions_created_at", "citizen_sessions", ["created_at"])


def downgrade() -> None:
    """Drop them: whoever was signed in signs in again."""
    op.drop_table("citizen_sessions")
