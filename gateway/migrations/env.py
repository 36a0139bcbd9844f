"""Where does Alembic run the revisions? On the connection that `gateway.migrations` hands it, in its transaction."""

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise SystemExit("run `lienthong migrate`: the revisions need the connection that it opens")
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
