"""In which table stand the exports of the record that were asked for?

A new table only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"


def upgrade() -> None:
    """Make room for orders of exports; the files themselves lie in a directory."""
    op.create_table(
        "record_exports",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("held_until_us", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("why_not", sa.String(20), nullable=False),
    )
    op.create_index("record_exports_member", "record_exports", ["member", "id"])
    op.create_index("record_exports_state", "record_exports", ["state", "id"])


def downgrade() -> None:
    """Forget which exports were asked for."""
    op.drop_table("record_exports")
