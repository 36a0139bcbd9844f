"""In which table stands up to which leaf the SIEM has been told?

A new table only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    """Make room for where each output stands."""
    op.create_table(
        "siem_cursors",
        sa.Column("output", sa.String(20), primary_key=True),
        sa.Column("log", sa.String(10), nullable=False),
        sa.Column("next_index", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("held_until_us", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Forget how far the SIEM was told: it is told everything again."""
    op.drop_table("siem_cursors")
