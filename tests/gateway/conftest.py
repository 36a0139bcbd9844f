"""What do tests of the whole gateway share? A running one on each engine, with the small province and its provider.

`standing_gateway` runs for the whole session: for tests that change nothing in the catalogue. `gateway` is a fresh one,
for tests that suspend, kill or restart.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from conftest import administrate, in_a_thread, migrate, with_database
from gateways import GatewayProcess, RestProvider, settle_province
from soap_province import SoapProvider, settle_soap_province
from xroad_province import settle_members


@pytest.fixture(scope="session")
def standing_provider() -> Iterator[RestProvider]:
    """The provider of `standing_gateway`."""
    server = RestProvider()
    yield server
    server.close()


def empty_database(request: pytest.FixtureRequest, directory: Path) -> str:
    """Return the address of a new database of the engine that the fixture's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{directory / 'lienthong.db'}"
    admin_url = str(request.getfixturevalue("postgres_admin_url"))
    name = f"lienthong_{directory.name.replace('-', '_')}_{id(request)}"
    administrate(admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    return with_database(admin_url, name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def standing_gateway(
    request: pytest.FixtureRequest, standing_provider: RestProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway on each engine that runs for the whole session; leave its catalogue as it is."""
    directory = tmp_path_factory.mktemp(f"standing-{request.param}")
    url = empty_database(request, directory)
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_province(url, standing_provider.url)))
    process = GatewayProcess(directory, url)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def provider() -> Iterator[RestProvider]:
    """A real provider of parcels."""
    server = RestProvider()
    yield server
    server.close()


@pytest.fixture
async def gateway(migrated_url: str, provider: RestProvider, tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """A fresh gateway on each engine, with one agreement in force."""
    await settle_province(migrated_url, provider.url)
    process = GatewayProcess(tmp_path, migrated_url)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def quiet_provider(standing_provider: RestProvider) -> RestProvider:
    """The provider of `standing_gateway`, with nothing asked so far."""
    standing_provider.calls.clear()
    return standing_provider


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def xroad_gateway(
    request: pytest.FixtureRequest, standing_provider: RestProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway on each engine, whose agencies have X-Road identifiers; leave its catalogue as it is."""
    directory = tmp_path_factory.mktemp(f"xroad-{request.param}")
    url = empty_database(request, directory)
    migrate(url)
    in_a_thread(lambda: asyncio.run(settle_members(url, standing_provider.url)))
    process = GatewayProcess(directory, url)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def household_provider() -> Iterator[SoapProvider]:
    """The SOAP provider of `soap_gateway`."""
    server = SoapProvider()
    yield server
    server.close()


@pytest.fixture(scope="session")
def soap_gateway(
    standing_provider: RestProvider, household_provider: SoapProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway with a generated and an imported service, for the session; leave its catalogue as it is."""
    directory = tmp_path_factory.mktemp("soap")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    settling = settle_soap_province(url, standing_provider.url, household_provider.url, directory / "keys")
    in_a_thread(lambda: asyncio.run(settling))
    process = GatewayProcess(directory, url)
    process.start()
    yield process
    process.stop()
