"""Does a reader find databases and services by words and facets, and are they counted as he would find them?"""

from collections.abc import Mapping

import msgspec
import pytest
from catalog_samples import OWNER, REQUESTER, SERVICE

from catalog.browsing import (
    Facet,
    Order,
    Sought,
    databases_of,
    facet_of_databases,
    facet_of_services,
    find_services,
    read_shelf,
    services_sought,
    words_of,
)
from catalog.databases import add_database
from catalog.descriptions import DatabaseDescription, ProviderDescription, ServiceDescription, SharingMode
from catalog.folding import find_words
from catalog.providers import add_provider
from catalog.services import publish_service, retire_service
from gateway.db import Database

TAX = DatabaseDescription(
    code="qg-thue", title_vi="Thuế", title_en="Tax", owner="000.00.11.H32", domain_vi="Thuế", national=True,
    sharing=SharingMode.OPEN,
)  # fmt: skip
SHIPS = msgspec.structs.replace(SERVICE, code="tau-ca", title_vi="Tàu cá", provider="tau-ca")
UNSPECIFIED = ServiceDescription(database="qg-thue", code="tra-cuu", version=1, title_vi="Tra thuế", specified=False)


@pytest.fixture
async def browsed(catalogue: Database) -> Database:
    """Land with parcels (two versions, SQL), ships (file) and a retired service; tax without a specification."""
    async with catalogue.transaction() as session:
        await add_database(session, TAX, by=REQUESTER)
        ships = ProviderDescription(code="tau-ca", agency=OWNER, adapter="file", endpoint="tau-ca.csv")
        await add_provider(session, ships, by=REQUESTER)
        retired = msgspec.structs.replace(SERVICE, code="cu")
        for service in (msgspec.structs.replace(SERVICE, version=2), SHIPS, retired, UNSPECIFIED):
            await publish_service(session, service, by=REQUESTER)
        await retire_service(session, "datdai", "cu", version=1)
    return catalogue


def sought(words: str = "", **chosen: str) -> Sought:
    return Sought(words_of(words), {Facet(facet): value for facet, value in chosen.items()})


@pytest.mark.parametrize(
    ("wanted", "databases", "services"),
    [
        (sought(), ["datdai", "qg-thue"], ["tau-ca/1", "thua-dat/2", "tra-cuu/1"]),
        (sought("dat dai"), ["datdai"], ["tau-ca/1", "thua-dat/2"]),
        (sought("TÀU cá"), [], ["tau-ca/1"]),
        (sought("thue tra"), [], ["tra-cuu/1"]),
        (sought("100%"), [], []),
        (sought(scope="national"), ["qg-thue"], ["tra-cuu/1"]),
        (sought(owner=OWNER), ["datdai"], ["tau-ca/1", "thua-dat/2"]),
        (sought(sharing="open"), ["qg-thue"], ["tra-cuu/1"]),
        (sought(domain="Đất đai", technology="file"), ["datdai"], ["tau-ca/1"]),
        (sought(quality="unmeasured"), ["datdai", "qg-thue"], ["tau-ca/1", "thua-dat/2", "tra-cuu/1"]),
        (sought(quality="green"), [], []),
        (sought(technology="unspecified"), ["qg-thue"], ["tra-cuu/1"]),
        (sought("dat dai", technology="unspecified"), [], []),
        (sought(sharing="khong-co"), [], []),
    ],
)
async def test_words_and_facets_narrow_what_is_found(
    browsed: Database, wanted: Sought, databases: list[str], services: list[str]
) -> None:
    async with browsed.reading() as session:
        shelf = await read_shelf(session, wanted.words)
        found = await find_services(session, shelf, wanted, order=Order.DATABASE, descending=False, limit=50, offset=0)

    assert [one.database.code for one in databases_of(shelf, wanted)] == databases
    assert [f"{view.service.code}/{view.service.version}" for view, _ in found] == services
    assert services_sought(shelf, wanted) == len(services)


@pytest.mark.parametrize(
    ("facet", "of_databases", "of_services"),
    [
        (Facet.TECHNOLOGY, {"sql": 1, "file": 1}, {"sql": 1, "file": 1}),
        (Facet.SCOPE, {"province": 1}, {"province": 1}),
        (Facet.SHARING, {"on-request": 1}, {"on-request": 1}),
    ],
)
async def test_a_facet_counts_what_another_choice_of_it_would_find(
    browsed: Database, facet: Facet, of_databases: Mapping[str, int], of_services: Mapping[str, int]
) -> None:
    async with browsed.reading() as session:
        wanted = sought("dat dai", technology="file")
        shelf = await read_shelf(session, wanted.words)

    assert facet_of_databases(shelf, wanted, facet) == of_databases
    assert facet_of_services(shelf, wanted, facet) == of_services


@pytest.mark.parametrize(
    ("order", "descending", "codes"),
    [
        (Order.CODE, True, ["tra-cuu", "thua-dat", "tau-ca"]),
        (Order.DATABASE, True, ["tau-ca", "thua-dat", "tra-cuu"]),
        (Order.PUBLISHED, False, ["tau-ca", "thua-dat", "tra-cuu"]),
    ],
)
async def test_services_stand_in_the_order_that_is_asked_for(
    browsed: Database, order: Order, descending: bool, codes: list[str]
) -> None:
    async with browsed.reading() as session:
        shelf = await read_shelf(session, ())
        parts = [
            await find_services(session, shelf, Sought(), order=order, descending=descending, limit=2, offset=offset)
            for offset in (0, 2)
        ]

    assert [view.service.code for part in parts for view, _ in part] == codes


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Đất đai", "dat dai", ["Đất", "đai"]),
        ("Thửa đất", "DAT", ["đất"]),
        ("Đa\u0302\u0301t", "dat", ["Đa\u0302\u0301t"]),
        ("datdai", "dat datd", ["datd"]),
        ("Straße", "strasse", ["Straße"]),
        ("", "dat", []),
        ("đất", "", []),
    ],
)
def test_words_are_found_as_they_were_written(text: str, words: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find_words(text, words_of(words))] == found
