"""By what is the last backup found, or another reading of the record, among millions of exchanges?

An index over readings alone, which are few: making it reads the list once, and on SQLite writers wait meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"


def upgrade() -> None:
    """Index what was read by kind and time."""
    readings = sa.text("happened = 'reading'")
    op.create_index(
        "exchange_index_reading",
        "exchange_index",
        ["operation", "exchange_id"],
        sqlite_where=readings,
        postgresql_where=readings,
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("exchange_index_reading", "exchange_index")
