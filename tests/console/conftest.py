"""What do tests of pages share? A gateway with the small province and somebody of each role, for the whole session."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import in_a_thread, migrate
from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY, GatewayProcess, settle_province
from publishing_pages import register
from removed import archive, followed_months, remove
from visitors import Clerk, Office, Visitor, settle_clerks

from security.staff import Role


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office; leave what is there as it is, and make your own people for what you change."""
    with open_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Another office, where databases are registered and services published: lists there hold what tests put in."""
    with open_office(tmp_path_factory.mktemp("workplace")) as opened:
        yield opened


@pytest.fixture(scope="module")
def own_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office for one module alone, which changes or counts what all would see: let its `office` be this one."""
    with open_office(tmp_path_factory.mktemp("own-office")) as opened:
        yield opened


@pytest.fixture(scope="module")
def archived_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of which October was removed into `archive` below its directory, before it began to work."""
    with open_office(tmp_path_factory.mktemp("archived-office"), remove_october) as opened:
        yield opened


async def remove_october(url: str, directory: Path) -> None:
    """Record two months as if it were then, and remove one of them."""
    await followed_months(url, directory)
    await archive(url, directory, "2026-09", "2026-10")
    await remove(url, directory, "2026-10")
    shutil.copytree(directory / "pseudonyms", directory / "keys" / "pseudonyms")


@contextmanager
def open_office(directory: Path, before: Callable[[str, Path], Awaitable[None]] | None = None) -> Iterator[Office]:
    """Yield a running office with somebody of each role; `before` has happened before anybody worked there."""
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    clerks = [
        Clerk("quan-tri", Role.PLATFORM_ADMIN, PROVIDER_AGENCY),
        Clerk("chu-quan", Role.DATA_OWNER, PROVIDER_AGENCY),
        Clerk("chu-khac", Role.DATA_OWNER, CONSUMER_AGENCY),
        Clerk("dau-moi", Role.AGENCY_OFFICER, CONSUMER_AGENCY),
        Clerk("thanh-tra", Role.AUDITOR, CONSUMER_AGENCY),
        Clerk("quan-sat", Role.OBSERVER, CONSUMER_AGENCY),
    ]

    async def settle() -> None:
        await settle_province(url, "http://127.0.0.1:9")
        await settle_clerks(url, directory / "keys", clerks)
        if before is not None:
            await before(url, directory)

    in_a_thread(lambda: asyncio.run(settle()))
    process = GatewayProcess(directory, url)
    process.start()
    yield Office(process, {one.code: one for one in clerks})
    process.stop()


@pytest.fixture
def owner(workplace: Office) -> Visitor:
    """The data owner of the workplace, signed in."""
    return workplace.visitor("chu-quan")


@pytest.fixture
def database(owner: Visitor) -> str:
    """The code of a database that he has just registered."""
    return register(owner)
