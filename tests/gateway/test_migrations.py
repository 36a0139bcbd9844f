"""Does a database come to the schema that the tables declare, and back?"""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from catalog import account_tables, citizen_sessions, tables
from catalog.quality import tables as quality_tables
from gateway import migrations
from gateway.db import Database, DatabaseUrlRefused, async_url


def differences(connection: Connection) -> list[object]:
    """Return what the catalogue's tables declare and the database has not, or has otherwise."""
    ours = SQLModel.metadata.tables
    options = {"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name in ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))


async def test_the_migrated_database_is_what_the_tables_declare(migrated_url: str) -> None:
    database = Database.open(migrated_url)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()
    assert tables.AgreementRow.__tablename__ in SQLModel.metadata.tables
    assert quality_tables.QualityProfileRow.__tablename__ in SQLModel.metadata.tables
    assert account_tables.AccountRow.__tablename__ in SQLModel.metadata.tables
    assert citizen_sessions.CitizenSessionRow.__tablename__ in SQLModel.metadata.tables


async def test_two_nodes_may_migrate_at_once(database_url: str) -> None:
    await asyncio.gather(migrations.upgrade_async(database_url), migrations.upgrade_async(database_url))

    assert await migrations.current_revision(database_url) == migrations.head_revision()


async def test_going_back_leaves_no_table(migrated_url: str) -> None:
    await migrations.downgrade_async(migrated_url, revision="base")

    database = Database.open(migrated_url)
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
    await database.close()
    assert set(names) <= {"alembic_version"}


@pytest.mark.parametrize("url", ["mysql://user:word@host/name", "lienthong.db", ""])
def test_any_other_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refusal:
        async_url(url)

    assert "word" not in str(refusal.value)
