"""In which table stands that this database was put back from a backup, and how its log goes on?

A new table only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"


def upgrade() -> None:
    """Make room for restores: a row each, written by the restore itself."""
    op.create_table(
        "database_restores",
        sa.Column("restored_at_us", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("made_at_us", sa.BigInteger(), nullable=False),
        sa.Column("backup", sa.String(64), nullable=False),
        # Empty until somebody has said it: until then nothing is signed.
        sa.Column("decision", sa.String(10), nullable=False),
    )


def downgrade() -> None:
    """Forget the restores."""
    op.drop_table("database_restores")
