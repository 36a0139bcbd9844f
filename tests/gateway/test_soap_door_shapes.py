"""Do WSDLs in the shapes that other products write come round through the whole gateway, by SOAP, REST and zeep?"""

import asyncio
from collections.abc import Iterator

import httpx2
import pytest
import zeep
from conftest import in_a_thread, migrate
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess, RestProvider, token
from soap_documents import Examples
from soap_others import (
    ENVELOPES,
    OtherProvider,
    answer_of,
    canonical,
    drafts_of,
    envelope,
    plans_of,
    read_message,
    request_of,
    settle_others,
)
from soap_shapes_seen import SHAPES

from adapters.soap.writing import MessageWriter

pytestmark = pytest.mark.xdist_group("soap-external")

NAMES = list(SHAPES)
BUNDLES = [(documents, "") for documents in SHAPES.values()]
OPERATIONS = [plans_of(draft)[0] for draft in drafts_of(BUNDLES, "http://127.0.0.1:1")]


@pytest.fixture(scope="module")
def shapes_provider() -> Iterator[OtherProvider]:
    """The provider of every service of `shapes_gateway`."""
    provider = OtherProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def shapes_gateway(
    standing_provider: RestProvider, shapes_provider: OtherProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway with a service of each shape, for the whole module."""
    directory = tmp_path_factory.mktemp("shapes")
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    drafts = drafts_of(BUNDLES, shapes_provider.url)
    in_a_thread(lambda: asyncio.run(settle_others(url, standing_provider.url, drafts)))
    gateway = GatewayProcess(directory, url)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.mark.parametrize("version", ENVELOPES)
@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_soap_caller_without_a_key_asks_once_and_gets_what_was_sent(
    shapes_gateway: GatewayProcess, shapes_provider: OtherProvider, number: int, version: str
) -> None:
    _, plan = OPERATIONS[number]
    sent, shapes_provider.answer = request_of(plan, 1), answer_of(plan, 1)
    shapes_provider.asked.clear()

    answer = httpx2.post(
        f"{shapes_gateway.url}/soap/datdai/w{number}/v1",
        content=envelope(sent, version),
        headers={"Content-Type": ENVELOPES[version][1], "SOAPAction": '"urn:hoi"'},
        auth=(SYSTEM, SECRET),
        verify=NO_TLS,
    )

    assert answer.status_code == 200, answer.text
    assert shapes_provider.asked == [sent]
    assert read_message(answer.content) == shapes_provider.answer


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_rest_caller_gets_the_same(
    shapes_gateway: GatewayProcess, shapes_provider: OtherProvider, number: int
) -> None:
    operation, plan = OPERATIONS[number]
    shapes_provider.answer = answer_of(plan, 1)

    answer = httpx2.post(
        f"{shapes_gateway.url}/x/datdai/w{number}/v1/{operation.code}",
        json=Examples(plan.shapes, 1).message(plan.request),
        headers={"authorization": f"Bearer {token(shapes_gateway)}", "idempotency-key": f"khoa-{number}-1234567890"},
        verify=NO_TLS,
    )

    assert answer.status_code == 200, answer.text
    assert canonical(MessageWriter(plan.response, plan.shapes).write(answer.json())) == shapes_provider.answer.body


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_zeep_loads_our_wsdl(shapes_gateway: GatewayProcess, number: int) -> None:
    client = zeep.Client(f"{shapes_gateway.url}/soap/datdai/w{number}/v1?wsdl")

    ports = [port for service in client.wsdl.services.values() for port in service.ports.values()]
    assert ports
    assert {name for port in ports for name in port.binding.all()} == {"Hoi"}
