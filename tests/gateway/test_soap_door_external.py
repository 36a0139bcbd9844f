"""Does every operation of other people's WSDLs come round through the whole gateway, by SOAP and by REST?

The documents are third-party ones, read in place (`LIENTHONG_EXTERNAL`, `../shared/external`); where they are absent
pytest says that there was nothing to try. `docs/soap.md` holds the counts. The judge of messages is libxml2, with the
documents' own schemas.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from uuid import uuid4

import httpx2
import pytest
import requests
import zeep
from conftest import in_a_thread, migrate
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess, RestProvider, token
from lxml import etree
from soap_documents import VARIANTS, Examples, external_documents, judged, xml_schema
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
from zeep.transports import Transport

from adapters.contract import Json
from adapters.soap.shapes import HEADER_MEMBER, Plan
from adapters.soap.writing import MessageWriter
from catalog.importers.draft import ImportRefused

pytestmark = pytest.mark.xdist_group("soap-external")

DOCUMENTS = external_documents()


def served() -> list[str]:
    """Return the names of the WSDLs of which anything can be served."""
    found = []
    for name in DOCUMENTS:
        if name.endswith(".wsdl"):
            try:
                drafts_of([(DOCUMENTS, name)], "http://127.0.0.1:1")
                found.append(name)
            except ImportRefused:
                continue
    return found


NAMES = served()
DRAFTS = drafts_of([(DOCUMENTS, name) for name in NAMES], "http://127.0.0.1:1")
SCHEMAS = [xml_schema(DOCUMENTS, name) for name in NAMES]
PLANS: dict[tuple[int, str], Plan] = {
    (number, operation.code): plan for number, draft in enumerate(DRAFTS) for operation, plan in plans_of(draft)
}
IDS = [f"{NAMES[number]}-{code}" for number, code in PLANS]


@dataclass(frozen=True)
class Standing:
    """The gateway, and the provider of all services."""

    gateway: GatewayProcess
    provider: OtherProvider
    token: str

    def ask(self, number: int, content: bytes, version: str, action: str) -> httpx2.Response:
        """Send a SOAP message as an old client does that knows Basic."""
        kind = ENVELOPES[version][1]
        headers = {"Content-Type": kind, "SOAPAction": f'"{action}"'}
        if version == "1.2":
            headers = {"Content-Type": f'{kind}; action="{action}"'}
        url = f"{self.gateway.url}/soap/datdai/w{number}/v1"
        return httpx2.post(url, content=content, headers=headers, auth=(SYSTEM, SECRET), verify=NO_TLS)


@pytest.fixture(scope="module")
def standing(standing_provider: RestProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A gateway with all services, for the whole module."""
    directory = tmp_path_factory.mktemp("others")
    provider = OtherProvider()
    url = f"sqlite:///{directory / 'lienthong.db'}"
    migrate(url)
    drafts = drafts_of([(DOCUMENTS, name) for name in NAMES], provider.url)
    in_a_thread(lambda: asyncio.run(settle_others(url, standing_provider.url, drafts)))
    gateway = GatewayProcess(directory, url)
    gateway.start()
    yield Standing(gateway, provider, token(gateway))
    gateway.stop()
    provider.close()


def verdict(number: int, *parts: str) -> list[str]:
    """Return what libxml2 says of pieces of messages."""
    return [judged(SCHEMAS[number], etree.fromstring(part)) for part in parts]


def exact(value: Json) -> Json:
    """Return JSON as REST callers send it: integers that doubles lose as strings (RFC 7493, 2.2)."""
    match value:
        case dict():
            return {name: exact(member) for name, member in value.items()}
        case list():
            return [exact(member) for member in value]
        case int() if abs(value) >= 2**53:
            return str(value)
    return value


@pytest.mark.parametrize(("variant", "version"), list(zip(VARIANTS, cycle(ENVELOPES), strict=False)))
@pytest.mark.parametrize(("number", "code"), PLANS, ids=IDS)
def test_a_soap_caller_gets_what_the_provider_sent(
    standing: Standing, number: int, code: str, variant: int, version: str
) -> None:
    plan = PLANS[number, code]
    sent, standing.provider.answer = request_of(plan, variant), answer_of(plan, variant)
    standing.provider.asked.clear()

    answer = standing.ask(number, envelope(sent, version), version, plan.action)

    assert answer.status_code == (202 if plan.one_way else 200), answer.text
    assert standing.provider.asked == [sent]
    assert plan.one_way or read_message(answer.content) == standing.provider.answer
    assert set(verdict(number, sent.body, *sent.blocks)) == {"valid"}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("number", "code"), PLANS, ids=IDS)
def test_a_rest_caller_asks_and_is_answered_in_json(standing: Standing, number: int, code: str, variant: int) -> None:
    plan = PLANS[number, code]
    standing.provider.answer = answer_of(plan, variant)
    standing.provider.asked.clear()

    answer = httpx2.post(
        f"{standing.gateway.url}/x/datdai/w{number}/v1/{code}",
        json=exact(Examples(plan.shapes, variant).message(plan.request)),
        headers={"authorization": f"Bearer {standing.token}", "idempotency-key": str(uuid4())},
        verify=NO_TLS,
    )

    assert answer.status_code == 200, answer.text
    assert verdict(number, standing.provider.asked[0].body) == ["valid"]
    said = {name: value for name, value in answer.json().items() if name != HEADER_MEMBER}
    assert canonical(MessageWriter(plan.response, plan.shapes).write(said)) == standing.provider.answer.body


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_zeep_reads_our_wsdl_with_the_operations_of_the_original(standing: Standing, number: int) -> None:
    session = requests.Session()
    client = zeep.Client(f"{standing.gateway.url}/soap/datdai/w{number}/v1?wsdl", transport=Transport(session=session))

    described = {
        name
        for service in client.wsdl.services.values()
        for port in service.ports.values()
        for name in port.binding.all()
    }

    assert described == {plan.operation for (document, _), plan in PLANS.items() if document == number}
