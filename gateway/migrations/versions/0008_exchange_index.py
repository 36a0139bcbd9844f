"""By what can an exchange be found?

A new table and its indexes only: locks nothing that the previous release uses. It is filled by the worker of this
release from the record's beginning, so what was recorded before is found too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"

_TEXTS_BEFORE = ("agency", "system", "actor", "provider", "database", "service")
_LEADING = ("agency", "provider", "system", "agreement", "database", "reason")


def upgrade() -> None:
    """Create the index of exchanges."""
    # Ids are compared as bytes: their order is the order of time.
    in_bytes = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "exchange_index",
        sa.Column("exchange_id", in_bytes, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("happened", sa.String(10), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS_BEFORE),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("operation", "agreement", "purpose", "door")),
        sa.Column("ending", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("latency_us", sa.BigInteger(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("exchange_id"),
    )
    for name in _LEADING:
        told = sa.text(f"{name} <> ''")
        op.create_index(
            f"exchange_index_{name}",
            "exchange_index",
            [name, "exchange_id"],
            sqlite_where=told,
            postgresql_where=told,
        )


def downgrade() -> None:
    """Drop the index; the record is as it was."""
    op.drop_table("exchange_index")
    op.execute(sa.text("DELETE FROM record_cursors WHERE reader = 'exchange-index'"))
