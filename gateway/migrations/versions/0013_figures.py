"""In which tables are the figures kept?

New tables only: runs beside the previous release and locks nothing that it uses. The worker of this release counts the
record from its beginning.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"

_MEASURES = (
    "answered",
    "refused",
    "failed",
    "unknown",
    "case_files",
    "request_bytes",
    "response_bytes",
    "fields_withheld",
    "rows_withheld",
    "unexpected",
    "latency_us",
    *(f"latency_{number}" for number in range(16)),
)


def upgrade() -> None:
    """Create the figures."""
    op.create_table(
        "figures",
        sa.Column("span", sa.String(5), primary_key=True),
        sa.Column("side", sa.String(8), primary_key=True),
        sa.Column("agency", sa.String(35), primary_key=True),
        sa.Column("subject", sa.String(10), primary_key=True),
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), primary_key=True),
        *(sa.Column(measure, sa.BigInteger(), nullable=False) for measure in _MEASURES),
    )
    op.create_table(
        "agreement_use",
        sa.Column("agreement", sa.String(100), primary_key=True),
        sa.Column("operation", sa.Text(), primary_key=True),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_answered_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_agreement_use_last", "agreement_use", ["last_at"])


def downgrade() -> None:
    """Drop them: figures can be counted again."""
    for table in ("agreement_use", "figures"):
        op.drop_table(table)
