"""By whom and by which case file is an exchange found?

A new table only. The worker follows the record again from its beginning, so that what is older is found too: the list
of exchanges stays as it is meanwhile.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"


def upgrade() -> None:
    """Create the marks, and let the worker read the record again."""
    text_id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "exchange_marks",
        sa.Column("mark", sa.String(32), primary_key=True),
        sa.Column("exchange_id", text_id, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute(sa.text("DELETE FROM record_cursors WHERE reader = 'exchange-index'"))


def downgrade() -> None:
    """Drop them: they can be made of the record again."""
    op.drop_table("exchange_marks")
