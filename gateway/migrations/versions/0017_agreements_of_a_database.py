"""How is a page of the agreements about one database read without reading all of them?

One index on `agreements`: PostgreSQL takes SHARE on it while it is made, so that nobody changes an agreement meanwhile;
a hundred thousand take under a second. The previous release does not mind it.
"""

from alembic import op

revision = "0017"
down_revision: str | None = "0016"


def upgrade() -> None:
    """Keep the agreements of a database in the order of their codes."""
    op.create_index("ix_agreements_database_code", "agreements", ["database", "code"])


def downgrade() -> None:
    """Forget the order."""
    op.drop_index("ix_agreements_database_code", "agreements")
