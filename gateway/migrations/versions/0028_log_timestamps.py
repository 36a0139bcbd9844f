"""Where are the stamps of a time-stamping authority on checkpoints of the log?

A new table only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision: str | None = "0027"


def upgrade() -> None:
    """Make room for stamps."""
    op.create_table(
        "log_timestamps",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop them: they cannot be had again for the past."""
    op.drop_table("log_timestamps")
