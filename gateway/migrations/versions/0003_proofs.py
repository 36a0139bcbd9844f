"""Which tables hold what may be used only once: client assertions and idempotency keys?

New tables only: takes no lock on anything that the previous release reads. The worker purges both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Create both tables; `forget_at` and `begun_at` are seconds since 1970."""
    op.create_table(
        "assertion_jti",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("assertion_jti_forget_at", "assertion_jti", ["forget_at"])
    op.create_table(
        "idempotency",
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("exchange_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("system", "key_digest"),
    )
    op.create_index("idempotency_begun_at", "idempotency", ["begun_at"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("idempotency")
    op.drop_table("assertion_jti")
