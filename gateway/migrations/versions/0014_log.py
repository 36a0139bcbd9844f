"""In which tables does the log over the record stand: its heads, its tiles, and which records they hold?

New tables only: locks nothing that the previous release uses. Hash tiles are never removed: 32 bytes a record.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"


def upgrade() -> None:
    """Make room for a log a year."""
    op.create_table(
        "log_heads",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("held_until_us", sa.BigInteger(), nullable=False),
        sa.Column("signed_size", sa.BigInteger(), nullable=False),
        sa.Column("signed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
    )
    # A run is as many records of one stream as became neighbours in the log at once: far fewer rows than records.
    op.create_table(
        "log_runs",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("first_index", sa.BigInteger(), primary_key=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
    )
    # Answers "which leaf is this record?", and lets no record be in a log twice.
    op.create_index("log_runs_stream", "log_runs", ["stream", "first_seq"], unique=True)
    op.create_table(
        "log_tiles",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("level", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    growing = sa.text("width < 256")
    op.create_index("log_tiles_growing", "log_tiles", ["log"], sqlite_where=growing, postgresql_where=growing)
    op.create_table(
        "log_checkpoints",
        sa.Column("log", sa.String(10), primary_key=True),
        sa.Column("size", sa.BigInteger(), primary_key=True),
        sa.Column("signed_at_us", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Drop the logs: receipts that were given can then not be resolved any more."""
    for table in ("log_checkpoints", "log_tiles", "log_runs", "log_heads"):
        op.drop_table(table)
