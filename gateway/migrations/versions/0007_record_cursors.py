"""How far has each reader of the record come?

A new table only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Let readers of the record keep where they stand in each stream."""
    op.create_table(
        "record_cursors",
        sa.Column("reader", sa.String(50), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "stream"),
    )


def downgrade() -> None:
    """Forget where they stand: what they made of the record has to be made anew."""
    op.drop_table("record_cursors")
