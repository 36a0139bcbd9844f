"""How does a database come to the schema of this release?"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gateway.db import DatabaseBusy, create_engine

_LOCK = 0x4C54_4D49  # the PostgreSQL advisory lock ("LTMI") that two nodes starting together contend for
_LOCK_NOT_AVAILABLE = "55P03"


def upgrade(database_url: str, *, revision: str = "head") -> None:
    """Bring the database at `sqlite:///…` or `postgresql://…` to `revision`, in one transaction.

    Blocks, and starts an event loop of its own, because the drivers that we ship are asynchronous: call it where no
    loop runs, or `await upgrade_async(...)` where one does. Safe to call twice, and by two nodes at once.
    Raises DatabaseUrlRefused, DatabaseBusy (nothing was changed), and what the driver raises when the server cannot be
    reached.
    """
    asyncio.run(upgrade_async(database_url, revision=revision))


async def upgrade_async(database_url: str, *, revision: str = "head") -> None:
    """Do what `upgrade` does, in the running event loop."""
    await _run(database_url, lambda config: command.upgrade(config, revision))


async def downgrade_async(database_url: str, *, revision: str) -> None:
    """Bring the database back to `revision` (`base`: no table left), for a release that is withdrawn."""
    await _run(database_url, lambda config: command.downgrade(config, revision))


async def current_revision(database_url: str) -> str:
    """Return the revision that the database has; empty when it was never migrated."""
    engine = create_engine(database_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda plain: MigrationContext.configure(plain).get_current_revision() or ""
            )
    finally:
        await engine.dispose()


def head_revision() -> str:
    """Return the newest revision of this release."""
    return ScriptDirectory.from_config(_configuration()).get_current_head() or ""


def is_known(revision: str) -> bool:
    """Return whether this release knows how to make a database of this revision."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_configuration()).walk_revisions())


async def _run(database_url: str, work: Callable[[Config], None]) -> None:
    engine = create_engine(database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda plain: _run_on(plain, work))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        raise DatabaseBusy(
            "Nothing was changed: a table is being read for long, by a backup or a verification. Run this again later."
        ) from error
    finally:
        await engine.dispose()


def _run_on(connection: Connection, work: Callable[[Config], None]) -> None:
    # SQLite needs no lock of ours: our transactions begin IMMEDIATE (gateway/db.py).
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    work(configuration)


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return configuration
