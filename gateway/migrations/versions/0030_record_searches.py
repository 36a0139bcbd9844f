"""Where are the searches of the record that somebody has kept?

A new table only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision: str | None = "0029"


def upgrade() -> None:
    """Make room for searches."""
    op.create_table(
        "record_searches",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("member", sa.String(100), nullable=False, index=True),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("record_searches")
