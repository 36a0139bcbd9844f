"""Does every WSDL of other people import or say why not, and does each operation come round unharmed?

The documents are third-party ones, read in place (`LIENTHONG_EXTERNAL`, `../shared/external`). Where they are absent
pytest says that there was nothing to try. `docs/soap.md` holds the table that is checked here.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from lxml import etree
from providers.loopback import OpenEgress, serve
from soap_documents import VARIANTS, Examples, external_documents, judged, xml_schema

from adapters.contract import Binding, Call, Json, Provider, Surroundings
from adapters.soap.adapter import build
from adapters.soap.envelope import ENVELOPE_NAMESPACES, body_of
from adapters.soap.plan import compile_wsdl
from adapters.soap.reading import MessageReader
from adapters.soap.shapes import Plan, SoapVersion
from adapters.soap.writing import MessageWriter
from adapters.soap.xml import make_parser, parse_document
from gateway.demo.national.http import Reply, Request, as_asgi

DOCUMENTS = external_documents()


def compiled() -> dict[tuple[str, str], Plan]:
    found = {}
    for name in [name for name in DOCUMENTS if name.endswith(".wsdl")]:
        for one in compile_wsdl(DOCUMENTS, name).operations:
            if one.plan is not None:
                found[name, one.name] = one.plan
    return found


PLANS = compiled()
SCHEMAS = {name: xml_schema(DOCUMENTS, name) for name, _ in PLANS}


@dataclass(slots=True)
class Stub:
    """A SOAP provider made from a document: it validates what it is asked, and answers what it was told to."""

    url: str = ""
    schema: etree.XMLSchema | None = None
    answer_xml: str = ""
    found: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        content = body_of(parse_document(request.body, make_parser()))
        assert content is not None
        assert self.schema is not None
        self.found.append(judged(self.schema, content))
        uri = ENVELOPE_NAMESPACES[SoapVersion.SOAP_11]
        text = f'<s:Envelope xmlns:s="{uri}"><s:Body>{self.answer_xml}</s:Body></s:Envelope>'
        return Reply(200, text.encode(), "text/xml")

    async def carry(self, plan: Plan, body: Json) -> Json:
        provider = Provider("p", "soap", f"{self.url}/", {}, {})
        binding = Binding("op", True, {"plan": json.loads(plan.to_json())}, (), "")
        adapter = build(provider, [binding], Surroundings(egress=OpenEgress(), cursor_key=b"k" * 32))
        deadline = asyncio.get_running_loop().time() + 5
        try:
            answer: Json = json.loads((await adapter.call(Call("op", "x", {}, body, (), (), deadline))).body)
            return answer
        finally:
            await adapter.close()


@pytest.fixture
async def stub(free_port: int) -> AsyncIterator[Stub]:
    stub = Stub()
    async with serve(as_asgi(stub.answer), free_port) as url:
        stub.url = url
        yield stub


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("document", "operation"), PLANS)
async def test_an_operation_comes_round(stub: Stub, document: str, operation: str, variant: int) -> None:
    plan, stub.schema = PLANS[document, operation], SCHEMAS[document]
    examples = Examples(plan.shapes, variant)
    stub.answer_xml = MessageWriter(plan.response, plan.shapes).write(examples.message(plan.response))

    answer = await stub.carry(plan, examples.message(plan.request))

    assert stub.found == ["valid"]
    assert MessageWriter(plan.response, plan.shapes).write(answer) == stub.answer_xml


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("document", "operation"), [key for key, plan in PLANS.items() if not plan.one_way])
def test_an_answer_written_back_is_valid_and_says_the_same(document: str, operation: str, variant: int) -> None:
    plan = PLANS[document, operation]
    xml = MessageWriter(plan.response, plan.shapes).write(Examples(plan.shapes, variant).message(plan.response))
    content = parse_document(xml.encode(), make_parser())

    read = json.loads(msgspec.json.encode(MessageReader(plan.response, plan.shapes, strict=True).read(content)))

    assert judged(SCHEMAS[document], content) == "valid"
    assert MessageWriter(plan.response, plan.shapes).write(read) == xml
