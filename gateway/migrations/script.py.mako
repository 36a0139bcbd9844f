"""${message}?"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}


def upgrade() -> None:
    """Say what is made, and which locks it takes."""


def downgrade() -> None:
    """Undo it."""
