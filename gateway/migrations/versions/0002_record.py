"""Which tables does the record of exchanges stand in?

New tables only: runs beside the previous release and locks nothing that it uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create the record and the list of its streams."""
    op.create_table(
        "record",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exchange_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("grant_key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        # The primary key only ever grows at its end, per stream: the cheapest index there is.
        sa.PrimaryKeyConstraint("stream", "seq", name="record_pkey"),
    )
    # Answers "what happened in this exchange?", and pairs intents without reading bodies (hence `kind`). Exchange ids
    # are UUIDv7, so inserts go to the last pages: a few microseconds per record and no scattered writes.
    op.create_index("record_exchange", "record", ["exchange_id", "kind"])
    # Answers "how many calls of this grant today?" from the index alone when quotas are counted again. Only intents
    # are in it: half of the records or less. There is no index on time: nothing asks by time alone yet.
    intents = sa.text("kind = 'INTENT'")
    op.create_index("record_grant", "record", ["grant_key", "at_us"], sqlite_where=intents, postgresql_where=intents)
    op.create_table(
        "record_streams",
        sa.Column("stream", sa.Text(), primary_key=True),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        # One life of one process: its streams follow one another when a commit fails.
        sa.Column("life", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=False),
        # Every intent up to here has its outcome: recovery reads only what comes after.
        sa.Column("settled_seq", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
    )
    # Small: one row per stream that has not been looked through yet, for recovery and for finding live streams.
    unsettled = sa.text("settled_at IS NULL")
    op.create_index(
        "record_streams_unsettled", "record_streams", ["node"], sqlite_where=unsettled, postgresql_where=unsettled
    )


def downgrade() -> None:
    """Drop the record: only for a database in which nothing has been recorded."""
    op.drop_table("record_streams")
    op.drop_table("record")
