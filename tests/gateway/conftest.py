"""What do tests of the whole gateway share? A running one on each engine, with the small province and its provider."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateways import GatewayProcess, RestProvider, settle_province


@pytest.fixture
def provider() -> Iterator[RestProvider]:
    """A real provider of parcels."""
    server = RestProvider()
    yield server
    server.close()


@pytest.fixture
async def gateway(migrated_url: str, provider: RestProvider, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A running gateway on each engine, with one agreement in force."""
    await settle_province(migrated_url, provider.url)
    process = GatewayProcess(tmp_path, migrated_url)
    process.start()
    yield process
    process.stop()
