"""Where does an agreement keep its history, signatures and files, and by what does a list of a hundred thousand page?

Five nullable or defaulted columns on `agreements`, filled from its versions: PostgreSQL takes ACCESS EXCLUSIVE on it
while they are added (nothing is rewritten), ROW EXCLUSIVE while they are filled, and SHARE for each index. The other
tables are new. The previous release names its columns, so it goes on beside this; what it writes is seen in lists as
it was until this release changes it again. A revision that it makes has no row in `policy_changes`: this release then
reads the whole policy, so that nothing which the other does is missed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"

_NEW_TABLES = (
    "standard_terms",
    "agreement_preparations",
    "agreement_files",
    "agreement_signatures",
    "policy_changes",
    "agreement_events",
)
_IN_FORCE = "('active', 'suspended')"
_OPEN = "('draft', 'submitted', 'returned', 'approved')"
# The version that tells how an agreement stands: the one in force, else the newest.
_TELLING = f"""
UPDATE agreements SET
  version = COALESCE(
    (SELECT max(v.version) FROM agreement_versions v WHERE v.agreement = agreements.code AND v.state IN {_IN_FORCE}),
    (SELECT max(v.version) FROM agreement_versions v WHERE v.agreement = agreements.code), 0)
"""  # noqa: S608 - constants
_STATE = """
UPDATE agreements SET
  state = COALESCE((SELECT v.state FROM agreement_versions v
                    WHERE v.agreement = agreements.code AND v.version = agreements.version), ''),
  valid_until = (SELECT v.valid_until FROM agreement_versions v
                 WHERE v.agreement = agreements.code AND v.version = agreements.version),
  changed_at = created_at
"""
_OPEN_STATE = f"""
UPDATE agreements SET
  open_state = COALESCE((SELECT v.state FROM agreement_versions v
                         WHERE v.agreement = agreements.code AND v.state IN {_OPEN}
                         ORDER BY v.version DESC LIMIT 1), '')
"""  # noqa: S608 - constants
# What the versions themselves say was done to them, in order of time.
_EVENTS = """
INSERT INTO agreement_events (agreement, number, version, step, side, note, done_by, done_at)
SELECT agreement, row_number() OVER (PARTITION BY agreement ORDER BY done_at, version, place), version, step, '', note,
       done_by, done_at
FROM (
  SELECT agreement, version, 0 AS place, 'draft' AS step, '' AS note, created_by AS done_by, created_at AS done_at
  FROM agreement_versions
  UNION ALL SELECT agreement, version, 1, 'submit', '', submitted_by, submitted_at
  FROM agreement_versions WHERE submitted_at IS NOT NULL
  UNION ALL SELECT agreement, version, 2,
    CASE WHEN state = 'refused' THEN 'refuse' WHEN state = 'returned' THEN 'return' ELSE 'approve' END,
    decision_note, decided_by, decided_at
  FROM agreement_versions WHERE decided_at IS NOT NULL
  UNION ALL SELECT agreement, version, 3, CASE WHEN decided_at IS NULL THEN 'narrow' ELSE 'activate' END, '',
    activated_by, activated_at
  FROM agreement_versions WHERE activated_at IS NOT NULL
  UNION ALL SELECT agreement, version, 4,
    CASE WHEN state = 'expired' THEN 'expire' WHEN state = 'superseded' THEN 'supersede' ELSE 'end' END, '',
    closed_by, closed_at
  FROM agreement_versions WHERE closed_at IS NOT NULL
) AS told
"""


def upgrade() -> None:
    """Let lists page in the database; make room for history, signatures, files, preparations and standard terms."""
    op.add_column("agreements", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("agreements", sa.Column("state", sa.String(20), nullable=False, server_default=""))
    op.add_column("agreements", sa.Column("open_state", sa.String(20), nullable=False, server_default=""))
    op.add_column("agreements", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("agreements", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    for statement in (_TELLING, _STATE, _OPEN_STATE):
        op.execute(sa.text(statement))
    for column in ("state", "open_state", "valid_until", "changed_at"):
        op.create_index(f"ix_agreements_{column}", "agreements", [column, "code"])
    op.create_table(
        "agreement_events",
        sa.Column("agreement", sa.String(100), sa.ForeignKey("agreements.code"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("side", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_by", sa.String(100), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(sa.text(_EVENTS))
    op.create_table(
        "policy_changes",
        sa.Column("revision", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("agreement", sa.String(100), nullable=False),
    )
    op.create_table(
        "agreement_signatures",
        sa.Column("agreement", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("side", sa.String(20), primary_key=True),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("signer", sa.String(100), nullable=False),
        sa.Column("signer_name", sa.String(300), nullable=False),
        sa.Column("agency", sa.String(35), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement", "version"], ["agreement_versions.agreement", "agreement_versions.version"]
        ),
    )
    op.create_table(
        "agreement_files",
        sa.Column("agency", sa.String(35), sa.ForeignKey("agencies.code"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_agreement_files_kept", "agreement_files", ["kept", "added_at"])
    op.create_table(
        "agreement_preparations",
        sa.Column("code", sa.String(100), primary_key=True),
        sa.Column("agency", sa.String(35), sa.ForeignKey("agencies.code"), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_agreement_preparations_agency", "agreement_preparations", ["agency"])
    op.create_table(
        "standard_terms",
        sa.Column("database", sa.String(100), sa.ForeignKey("databases.code"), primary_key=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("declared_by", sa.String(100), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop what this release added; agreements go on as they stand."""
    for table in _NEW_TABLES:
        op.drop_table(table)
    for column in ("state", "open_state", "valid_until", "changed_at"):
        op.drop_index(f"ix_agreements_{column}", "agreements")
        op.drop_column("agreements", column)
    op.drop_column("agreements", "version")
