"""Where are incidents kept, and who wants which sealed values of the record opened?

New tables only: locks nothing that the previous release uses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision: str | None = "0025"


def upgrade() -> None:
    """Create the register of incidents and the requests to open sealed values."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("noticed_us", sa.BigInteger(), nullable=False),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reported_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_incidents_state", "incidents", ["state", "noticed_us"])
    op.create_table(
        "incident_notes",
        sa.Column("incident", sa.String(36), sa.ForeignKey("incidents.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "incident_exchanges",
        sa.Column("incident", sa.String(36), sa.ForeignKey("incidents.id"), primary_key=True),
        sa.Column("exchange_id", sa.String(36), primary_key=True),
    )
    op.create_table(
        "record_reveals",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("incident", sa.String(36), nullable=False),
        sa.Column("exchanges", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("ix_record_reveals_state", "record_reveals", ["state", "id"])


def downgrade() -> None:
    """Drop them. What was done is on record all the same."""
    for table in ("record_reveals", "incident_exchanges", "incident_notes", "incidents"):
        op.drop_table(table)
