"""In which table does a month of the record stand, on PostgreSQL? In one of its own, once the worker has made it.

`record` becomes a table that is divided by time (`at_us`, months of UTC). The table that was there becomes the part
that takes what has no table of its own, and nothing in it is read, written or checked: all of this takes milliseconds,
however large it is. The worker sets it apart later, and makes the months (`security/audit/months.py`).

Locks `record` against everybody for these milliseconds, and waits at most a second for it, since whoever records
waits behind us meanwhile: where somebody reads for longer (a backup, a verification), it fails, and is to be run again.
The previous release goes on reading and writing the same name. On SQLite nothing changes.
"""

from alembic import op

revision = "0032"
down_revision: str | None = "0031"

# Who may read or write the one may read or write the other: an auditor's role, say, that somebody has made by hand.
_SAME_RIGHTS = """
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = '{of}'::regclass LOOP
    EXECUTE format('ALTER TABLE {to} OWNER TO %I', one.owner);
  END LOOP;
  FOR one IN SELECT a.privilege_type AS may, CASE a.grantee WHEN 0 THEN 'PUBLIC'
      ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who
      FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = '{of}'::regclass AND a.grantee <> c.relowner LOOP
    EXECUTE format('GRANT %s ON {to} TO %s', one.may, one.who);
  END LOOP;
END $$"""
# No primary key over all months: it would need the time. That stream and number stay unique is for the stream's row to
# see to, which each commit moves on under its lock (ADR 35); each part has the key for itself.
_UP = (
    "SET LOCAL lock_timeout = '1s'",
    "LOCK TABLE record IN ACCESS EXCLUSIVE MODE",
    "ALTER TABLE record RENAME TO record_default",
    "ALTER INDEX record_pkey RENAME TO record_default_pkey",
    "ALTER INDEX record_exchange RENAME TO record_default_exchange",
    "ALTER INDEX record_grant RENAME TO record_default_grant",
    "CREATE TABLE record (LIKE record_default) PARTITION BY RANGE (at_us)",
    "CREATE INDEX record_exchange ON record (exchange_id, kind)",
    "CREATE INDEX record_grant ON record (grant_key, at_us) WHERE kind = 'INTENT'",
    "ALTER TABLE record ATTACH PARTITION record_default DEFAULT",
    _SAME_RIGHTS.format(of="record_default", to="record"),
)
_DOWN = (
    "CREATE TABLE record_whole (LIKE record)",
    _SAME_RIGHTS.format(of="record", to="record_whole"),
    "INSERT INTO record_whole SELECT * FROM record",
    "DROP TABLE record",
    "ALTER TABLE record_whole RENAME TO record",
    "ALTER TABLE record ADD CONSTRAINT record_pkey PRIMARY KEY (stream, seq)",
    "CREATE INDEX record_exchange ON record (exchange_id, kind)",
    "CREATE INDEX record_grant ON record (grant_key, at_us) WHERE kind = 'INTENT'",
)


def upgrade() -> None:
    """Put `record` under a name that is divided by months."""
    _carry_out(_UP)


def downgrade() -> None:
    """Copy all months into one table; nobody records meanwhile, so stop the gateways first."""
    _carry_out(("LOCK TABLE record IN ACCESS EXCLUSIVE MODE", *_DOWN))


def _carry_out(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.get_bind().exec_driver_sql(statement)
