"""Where is kept how people sign in to the console, and who is signed in?

One nullable column on `staff`: PostgreSQL takes ACCESS EXCLUSIVE on it for a moment and rewrites nothing. The other
tables are new. The previous release knows none of it and goes on beside this; whom this release lets in no more keeps
his token there until that release is gone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"

_MOMENT = sa.DateTime(timezone=True)


def _staff(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("staff", sa.String(100), sa.ForeignKey("staff.code"), nullable=False, primary_key=primary_key)


def upgrade() -> None:
    """Let people have accounts and sessions, and leave."""
    op.add_column("staff", sa.Column("deactivated_at", _MOMENT, nullable=True))
    op.create_table(
        "staff_accounts",
        _staff(primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("password_initial", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.Column("oidc_issuer", sa.String(300), nullable=True),
        sa.Column("oidc_subject", sa.String(255), nullable=True),
        sa.Column("signed_in_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("oidc_issuer", "oidc_subject", name="uq_staff_accounts_oidc"),
    )
    op.create_table(
        "staff_recovery_codes", _staff(primary_key=True), sa.Column("digest", sa.String(64), primary_key=True)
    )
    op.create_table(
        "console_sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        _staff(),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("proven_at", _MOMENT, nullable=False),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_console_sessions_staff", "console_sessions", ["staff"])
    op.create_index("ix_console_sessions_created_at", "console_sessions", ["created_at"])
    op.create_table(
        "console_sso_visits",
        sa.Column("state", sa.String(64), primary_key=True),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(128), nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("staff", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_console_sso_visits_created_at", "console_sso_visits", ["created_at"])


def downgrade() -> None:
    """Drop accounts and sessions; tokens go on, those of people who left are taken away."""
    for table in ("console_sso_visits", "console_sessions", "staff_recovery_codes", "staff_accounts"):
        op.drop_table(table)
    op.execute(sa.text("UPDATE staff SET token_hash = NULL WHERE deactivated_at IS NOT NULL"))
    op.drop_column("staff", "deactivated_at")
