"""In which table stands which databases' parts of a month were erased?

A new table only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision: str | None = "0030"


def upgrade() -> None:
    """Make room for erasures by database."""
    op.create_table(
        "record_data_erasures",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("database", sa.String(100), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(100), nullable=False),
        sa.Column("approved_at_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop it. What was erased stays erased; that two people said so is in the record."""
    op.drop_table("record_data_erasures")
