"""In which form does a harvester get the catalogue, and is it spared what it has already?"""

import json
from collections.abc import AsyncIterator

import httpx2
import msgspec
import pytest
from catalog_samples import REQUESTER, SERVICE, fill_catalogue
from gateways import NO_TLS, GatewayProcess
from rdflib import DCAT, RDF, Graph
from rdflib.compare import isomorphic

from catalog.dcat import Site
from catalog.graph import Form
from catalog.holdings import list_holdings
from catalog.services import publish_service
from gateway.api.catalogue import write_lines
from gateway.api.dcat import Harvest, write_harvest
from gateway.api.negotiation import preferred
from gateway.db import Database

OFFERED = ("application/ld+json", "text/turtle", "text/html")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def catalogue(migrated_url: str) -> AsyncIterator[Database]:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    yield database
    await database.close()


def harvest(gateway: GatewayProcess, path: str, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(f"{gateway.url}/catalog/v1{path}", headers=named, timeout=20, verify=NO_TLS)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/ld+json"),
        ("*/*", "application/ld+json"),
        ("text/turtle", "text/turtle"),
        ("text/*", "text/turtle"),
        ("application/ld+json;q=0.5, text/turtle;q=0.9", "text/turtle"),
        ("text/turtle;q=0, */*", "application/ld+json"),
        (BROWSER, "text/html"),
        ("application/rdf+xml", "application/ld+json"),
        ("text/turtle;q=viel, application/ld+json;q=0.1", "application/ld+json"),
    ],
)
def test_a_client_gets_the_form_that_it_likes_best(accept: str, chosen: str) -> None:
    assert preferred(accept, OFFERED) == chosen


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_both_addresses_give_the_same_graph(standing_gateway: GatewayProcess) -> None:
    turtle = Graph().parse(data=harvest(standing_gateway, "/dcat.ttl").text, format="turtle")
    json_ld = Graph().parse(data=harvest(standing_gateway, "/dcat.jsonld").text, format="json-ld")

    assert isomorphic(turtle, json_ld)
    assert len(set(turtle.subjects(RDF.type, DCAT.DataService))) == 1


def test_a_database_has_a_document_of_its_own(standing_gateway: GatewayProcess) -> None:
    answer = harvest(standing_gateway, "/databases/datdai/dcat", accept="text/turtle")

    assert answer.headers["content-location"] == "/catalog/v1/databases/datdai/dcat.ttl"
    assert [*Graph().parse(data=answer.text, format="turtle").subjects(RDF.type, DCAT.Catalog)] == []


@pytest.mark.parametrize("path", ["/dcat.rdf", "/databases/khong-co/dcat", "/databases/datdai/dcat.csv"])
def test_what_is_not_there_is_refused(standing_gateway: GatewayProcess, path: str) -> None:
    assert harvest(standing_gateway, path).status_code == 404


def test_a_browser_is_led_to_the_pages(standing_gateway: GatewayProcess) -> None:
    answer = harvest(standing_gateway, "/databases/datdai/dcat", accept=BROWSER)

    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue/datdai")


def test_a_harvester_is_spared_what_it_has(standing_gateway: GatewayProcess) -> None:
    first = harvest(standing_gateway, "/dcat.ttl")

    again = harvest(standing_gateway, "/dcat.ttl", if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert harvest(standing_gateway, "/dcat.jsonld").headers["etag"] != first.headers["etag"]


async def test_a_large_catalogue_written_in_slices_is_the_same_graph(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await publish_service(session, msgspec.structs.replace(SERVICE, version=2), by=REQUESTER)
        await publish_service(session, msgspec.structs.replace(SERVICE, code="to-ban-do"), by=REQUESTER)
    async with catalogue.reading() as session:
        asked = Harvest(Site("http://lgsp"), await list_holdings(session), True, 1)

    whole = "".join([part async for part in write_harvest(catalogue, asked, Form.TURTLE)])
    sliced = "".join([part async for part in write_harvest(catalogue, asked, Form.TURTLE, at_once=1)])

    assert isomorphic(Graph().parse(data=whole, format="turtle"), Graph().parse(data=sliced, format="turtle"))


@pytest.mark.parametrize("at_once", [1, 2, 3, 50])
async def test_the_list_of_all_services_is_whole_however_it_is_cut(catalogue: Database, at_once: int) -> None:
    async with catalogue.transaction() as session:
        await publish_service(session, msgspec.structs.replace(SERVICE, version=2), by=REQUESTER)
        await publish_service(session, msgspec.structs.replace(SERVICE, code="to-ban-do"), by=REQUESTER)

    lines = json.loads(b"".join([part async for part in write_lines(catalogue, at_once=at_once)]))

    assert [(one["code"], one["version"]) for one in lines] == [("thua-dat", 1), ("thua-dat", 2), ("to-ban-do", 1)]


async def test_the_list_of_no_services_is_empty(migrated_url: str) -> None:
    database = Database.open(migrated_url)

    assert b"".join([part async for part in write_lines(database)]) == b"[]"
    await database.close()
