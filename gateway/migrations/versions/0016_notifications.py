"""In which tables is kept what people are told, and which processes are alive?

New tables, and one index on `agreement_events`: runs beside the previous release. PostgreSQL
takes SHARE on that table while the index is made.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"


def upgrade() -> None:
    """Create the outbox of notifications and the heartbeats."""
    op.create_table(
        "notification_happenings",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_notification_happenings_at", "notification_happenings", ["at"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("member", sa.String(100), sa.ForeignKey("staff.code"), nullable=False),
        sa.Column("happening", sa.String(300), sa.ForeignKey("notification_happenings.key"), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.String(500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_state", sa.String(10), nullable=False),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_attempts", sa.Integer(), nullable=False),
        sa.Column("mail_fault", sa.Text(), nullable=False),
        sa.UniqueConstraint("member", "happening", name="uq_notifications_member"),
    )
    op.create_index("ix_notifications_member", "notifications", ["member", "id"])
    op.create_index("ix_notifications_unread", "notifications", ["member", "read_at"])
    op.create_index("ix_notifications_mail", "notifications", ["mail_state", "mail_due_at"])
    op.create_table(
        "notification_choices",
        sa.Column("member", sa.String(100), sa.ForeignKey("staff.code"), primary_key=True),
        sa.Column("kind", sa.String(30), primary_key=True),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "provider_health",
        sa.Column("provider", sa.String(100), primary_key=True),
        sa.Column("is_down", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "heartbeats",
        sa.Column("node", sa.String(200), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("version", sa.String(50), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_agreement_events_done_at", "agreement_events", ["done_at"])


def downgrade() -> None:
    """Drop them: what was told stays told."""
    op.drop_index("ix_agreement_events_done_at", "agreement_events")
    for table in ("heartbeats", "provider_health", "notification_choices", "notifications", "notification_happenings"):
        op.drop_table(table)
