"""Who has suspended a system, so that nobody lifts what another side has decided?

Of a system that is suspended already it is not known who did it: an administrator has to lift that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"


def upgrade() -> None:
    """Keep a row for each side; what is suspended is the platform's."""
    op.create_table(
        "system_suspensions",
        sa.Column("system", sa.String(100), sa.ForeignKey("systems.code"), primary_key=True),
        sa.Column("side", sa.String(20), primary_key=True),
        sa.Column("suspended_by", sa.String(100), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        sa.text(
            "INSERT INTO system_suspensions (system, side, suspended_by, suspended_at) "
            "SELECT code, 'platform', '', created_at FROM systems WHERE state = 'suspended'"
        )
    )


def downgrade() -> None:
    """Forget who did it."""
    op.drop_table("system_suspensions")
