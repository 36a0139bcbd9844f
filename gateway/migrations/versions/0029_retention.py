"""In which tables stands what of the record is held, what was removed into files, and which keys were erased?

New tables only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision: str | None = "0028"


def upgrade() -> None:
    """Make room for holds, removals and erasures."""
    op.create_table(
        "record_holds",
        sa.Column("code", sa.String(100), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first", sa.String(7), nullable=False),
        sa.Column("last", sa.String(7), nullable=False),
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("database", sa.String(100), nullable=False),
        sa.Column("set_by", sa.String(100), nullable=False),
        sa.Column("set_at_us", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(100), nullable=False),
        sa.Column("lifted_at_us", sa.BigInteger(), nullable=False),
        sa.Column("lifted_why", sa.Text(), nullable=False),
    )
    op.create_table(
        "record_removals",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("first_index", sa.BigInteger(), primary_key=True),
        sa.Column("end_index", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        # Signed by the log's key: who can write to the database only cannot make one up.
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("begun_at_us", sa.BigInteger(), nullable=False),
        sa.Column("done_at_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "record_erasures",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(100), nullable=False),
        sa.Column("approved_at_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop them. Where something was removed, the record does not verify without its removals any more."""
    for table in ("record_erasures", "record_removals", "record_holds"):
        op.drop_table(table)
