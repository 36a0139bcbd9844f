"""Where is kept what the rules of misuse find, and what they must remember?

New tables only. The worker of this release reads the record from its beginning, to learn what is usual.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision: str | None = "0024"


def upgrade() -> None:
    """Create the alerts, the memory of the rules, the list of people, and the counts of providers."""
    op.create_table(
        "misuse_alerts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(400), nullable=False, unique=True),
        sa.Column("rule", sa.String(4), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.BigInteger(), nullable=False),
        sa.Column("usual", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.BigInteger(), nullable=False),
        sa.Column("unexplained_percent", sa.Integer(), nullable=False),
        sa.Column("exchanges", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("raised_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("triaged_by", sa.String(100), nullable=False),
        sa.Column("triaged_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("ix_misuse_alerts_state", "misuse_alerts", ["state", "unexplained_percent", "last_us"])
    op.create_index("ix_misuse_alerts_raised", "misuse_alerts", ["raised_us"])
    op.create_table(
        "misuse_hours",
        sa.Column("agency", sa.Text(), primary_key=True),
        sa.Column("system", sa.Text(), primary_key=True),
        sa.Column("officer", sa.Text(), primary_key=True),
        sa.Column("hour", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("people", sa.Integer(), nullable=False),
    )
    op.create_table(
        "misuse_known",
        sa.Column("system", sa.Text(), primary_key=True),
        sa.Column("what", sa.String(10), primary_key=True),
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "misuse_people",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(100), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "misuse_counts",
        sa.Column("database", sa.Text(), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("theirs", sa.BigInteger(), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=False),
        sa.Column("told_by", sa.String(100), nullable=False),
        sa.Column("told_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop them. What was triaged is on record all the same."""
    for table in ("misuse_counts", "misuse_people", "misuse_known", "misuse_hours", "misuse_alerts"):
        op.drop_table(table)
