"""Does the demo's seed fill an empty database with what the catalogue itself accepts?"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.databases import list_databases
from catalog.policy import Policy, read_policy
from catalog.service_faults import check_service
from catalog.states import AgreementState
from gateway.db import Database
from gateway.demo.catalogue import describe_catalogue
from gateway.demo.databases import DATABASES
from gateway.demo.providersecrets import lay_out_provider_secrets
from gateway.demo.seed import seed_catalogue
from gateway.demo.wishes import WISHES
from security.audit.record import Committed, Entry
from security.keys import ensure_keys
from security.secrets import SecretPlaces
from security.signatures import Signer

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:18001"


class Notebook:
    """A recorder that keeps the entries for the test to read."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Notebook"]:
        yield self

    async def append(self, entry: Entry) -> Committed:
        self.entries.append(entry)
        return Committed(stream="test", seq=len(self.entries), leaf=b"", policy_revision=0)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    opened = Database.open(migrated_url)
    yield opened
    await opened.close()


async def _seed(database: Database, directory: Path, notebook: Notebook) -> bool:
    signer = Signer(ensure_keys(directory / "keys").agreement, issuer="https://lgsp.example.vn")
    return await seed_catalogue(
        database, directory, provider_address=ADDRESS, open_recorder=notebook.open, signer=signer, now=NOW
    )


async def _policy(database: Database) -> Policy:
    async with database.reading() as session:
        return await read_policy(session)


async def test_the_seed_fills_an_empty_database_once(database: Database, tmp_path: Path) -> None:
    notebook = Notebook()
    assert await _seed(database, tmp_path, notebook)
    recorded = len(notebook.entries)
    assert not await _seed(database, tmp_path, notebook)
    assert len(notebook.entries) == recorded > len(WISHES)
    async with database.reading() as session:
        described = await list_databases(session)
    assert [one.code for one in described if one.number] == [one.code for one in DATABASES]
    policy = await _policy(database)
    assert policy.agreements["TN-TAM-DUNG"].suspended_by
    assert policy.agreements["TN-HET-HAN"].state is AgreementState.EXPIRED
    assert "TT-CHO-DUYET" not in policy.agreements
    assert not policy.systems["baocao-cu"].active


def test_every_described_service_passes_the_catalogues_checks(tmp_path: Path) -> None:
    catalogue = describe_catalogue(tmp_path, provider_address=ADDRESS)
    assert [fault for service in catalogue.services for fault in check_service(service)] == []


def test_services_without_specification_can_be_called_by_nobody(tmp_path: Path) -> None:
    catalogue = describe_catalogue(tmp_path, provider_address=ADDRESS)
    unspecified = [service for service in catalogue.services if not service.specified]
    assert {service.database for service in unspecified} == {
        "qg-datdai", "qg-thue", "qg-gplx", "qg-hodancu", "qg-ndop",
    }  # fmt: skip
    assert not any(service.operations or service.provider for service in unspecified)


def test_secrets_stand_in_the_catalogue_as_references_only(tmp_path: Path) -> None:
    catalogue = describe_catalogue(tmp_path, provider_address=ADDRESS)
    references = [reference for provider in catalogue.providers for reference in provider.secrets.values()]
    assert references
    assert all(reference.startswith(f"file:{tmp_path}") for reference in references)


def test_each_provider_refers_to_its_own_agencys_folder(demo: Path) -> None:
    places = SecretPlaces((lay_out_provider_secrets(demo),), (), {})
    providers = describe_catalogue(demo, provider_address=ADDRESS).providers
    read = [
        places.resolve(reference, agency=provider.agency)
        for provider in providers
        for reference in provider.secrets.values()
    ]
    assert len(read) > 10
    assert all(read)


def test_a_call_by_key_has_a_key_that_is_there_as_its_example(demo: Path) -> None:
    catalogue = describe_catalogue(demo, provider_address=ADDRESS)
    key = catalogue.operation("datdai", "thua-dat", "chi-tiet").parameters[0]

    assert re.fullmatch(r"\d{5}-\d{3}-\d{4}-\d{5}", key.example)
