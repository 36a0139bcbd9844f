"""Which catalogue do the tests start with? A small one, on both engines."""

from collections.abc import AsyncIterator

import pytest
from catalog_samples import agree, fill_catalogue

from gateway.db import Database


@pytest.fixture
async def catalogue(migrated_url: str) -> AsyncIterator[Database]:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    yield database
    await database.close()


@pytest.fixture
async def agreed(catalogue: Database) -> Database:
    await agree(catalogue)
    return catalogue
