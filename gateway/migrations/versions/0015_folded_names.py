"""How is a system or a member of the staff found by a name that is typed without marks?

One defaulted column each on `systems` and `staff`: PostgreSQL takes ACCESS EXCLUSIVE on them for a moment and
rewrites nothing; filling takes ROW EXCLUSIVE on a few thousand rows. What the previous release adds beside this is
found by its code until it is changed here.
"""

import sqlalchemy as sa
from alembic import op

from catalog.folding import fold

revision = "0015"
down_revision: str | None = "0014"

_NAMES = {"systems": ("code", "name_vi", "name_en"), "staff": ("code", "name")}


def upgrade() -> None:
    """Keep names as they are searched."""
    connection = op.get_bind()
    for table, names in _NAMES.items():
        op.add_column(table, sa.Column("folded", sa.Text(), nullable=False, server_default=""))
        rows = sa.table(table, sa.column("folded"), *map(sa.column, names))
        for row in connection.execute(sa.select(*(rows.c[name] for name in names))).all():
            filled = sa.update(rows).where(rows.c.code == row[0])
            connection.execute(filled.values(folded=fold(" ".join(map(str, (*row[1:], row[0]))))))


def downgrade() -> None:
    """Forget them."""
    for table in _NAMES:
        op.drop_column(table, "folded")
