"""Where is a secret kept that the gateway must read, to check a digest of it?

One nullable column on `client_keys`: PostgreSQL takes ACCESS EXCLUSIVE on it for a moment and rewrites nothing. The
previous release names its columns, so it goes on beside this; a key of the new kind is none that it knows how to use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Let a key be a sealed secret."""
    op.add_column("client_keys", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop the sealed secrets, and the keys that are nothing without them."""
    op.execute(sa.text("DELETE FROM client_keys WHERE kind = 'digest'"))
    op.drop_column("client_keys", "sealed")
