"""Are header blocks, one-way messages and answers with parts carried?"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from providers.loopback import OpenEgress, serve
from soap_constructs import SEQ, wsdl

from adapters.contract import Binding, Call, Json, Provider, Surroundings
from adapters.errors import CallUnacceptable, ProviderRefused, ProviderTalkedNonsense
from adapters.soap.adapter import build
from adapters.soap.plan import compile_operations
from adapters.soap.shapes import Plan
from gateway.demo.national.http import Reply, Request, as_asgi

TYPES = SEQ.format('<xs:element name="a" type="xs:base64Binary" minOccurs="0" maxOccurs="unbounded"/>')
TYPES += '<xs:element name="Ai"><xs:complexType><xs:sequence><xs:element name="ma" type="xs:int"/></xs:sequence>'
TYPES += "</xs:complexType></xs:element>"
HEADER = '<s:header message="t:H" part="h" use="literal"/><s:body use="literal"/>'
PLAIN = wsdl(TYPES).decode()
WITH_HEADERS = PLAIN.replace('<s:body use="literal"/>', HEADER).replace(
    "<w:portType", '<w:message name="H"><w:part name="h" element="t:Ai"/></w:message><w:portType'
)
ONE_WAY = PLAIN.replace('<w:output message="t:M"/>', "")
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DATA = b"\x00\x01\xff" * 100
XOP = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{}"/>'


def plan_of(text: str) -> Plan:
    return compile_operations(text.encode(), {})["O"]


def envelope(body: str, header: str = "") -> str:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>'


def multipart(
    root: str, *parts: tuple[str, bytes], kind: str = 'multipart/related; type="application/xop+xml"'
) -> Reply:
    pieces = [b"Content-Type: application/xop+xml\r\nContent-ID: <root>\r\n\r\n" + root.encode()]
    pieces += [f"Content-ID: <{name}>\r\n\r\n".encode() + content for name, content in parts]
    body = b"".join(b"--b\r\n" + piece + b"\r\n" for piece in pieces) + b"--b--\r\n"
    return Reply(200, body, f'{kind}; boundary=b; start="<root>"')


@dataclass(slots=True)
class Soap:
    """A provider that answers `reply`, and what it was asked."""

    url: str = ""
    reply: Reply = field(default_factory=lambda: Reply(200, b"", "text/xml"))
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.reply

    async def ask(self, plan: Plan, body: Json = None) -> Json:
        provider = Provider("p", "soap", f"{self.url}/", {}, {}, max_response_bytes=20_000)
        binding = Binding("op", True, {"plan": json.loads(plan.to_json())}, (), "")
        adapter = build(provider, [binding], Surroundings(egress=OpenEgress(), cursor_key=b"k" * 32))
        deadline = asyncio.get_running_loop().time() + 5
        try:
            answer: Json = msgspec.json.decode((await adapter.call(Call("op", "x", {}, body, (), (), deadline))).body)
            return answer
        finally:
            await adapter.close()


@pytest.fixture
async def soap(free_port: int) -> AsyncIterator[Soap]:
    provider = Soap()
    async with serve(as_asgi(provider.answer), free_port) as url:
        provider.url = url
        yield provider


async def test_declared_header_blocks_go_both_ways(soap: Soap) -> None:
    soap.reply = Reply(200, envelope('<M xmlns="urn:x"/>', '<Ai xmlns="urn:x"><ma>9</ma></Ai>').encode(), "text/xml")

    answer = await soap.ask(plan_of(WITH_HEADERS), {"_header": {"Ai": {"ma": 7}}, "a": []})

    assert b'<s:Header><n0:Ai xmlns:n0="urn:x"' in soap.requests[0].body
    assert answer == {"a": [], "_header": {"Ai": {"ma": 9}}}


async def test_a_header_block_that_is_not_declared_is_unacceptable(soap: Soap) -> None:
    with pytest.raises(CallUnacceptable) as refused:
        await soap.ask(plan_of(WITH_HEADERS), {"_header": {"Khac": 1}})

    assert (refused.value.where, soap.requests) == ("_header.Khac", [])


@pytest.mark.parametrize("reply", [Reply(202, b"", "text/xml"), Reply(200, envelope("").encode(), "text/xml")])
async def test_a_one_way_message_is_answered_by_a_status_alone(soap: Soap, reply: Reply) -> None:
    soap.reply = reply

    assert await soap.ask(plan_of(ONE_WAY), {"a": []}) == {}


async def test_a_one_way_message_may_be_refused(soap: Soap) -> None:
    soap.reply = Reply(500, envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>").encode(), "text/xml")

    with pytest.raises(ProviderRefused):
        await soap.ask(plan_of(ONE_WAY), {"a": []})


async def test_values_beside_the_envelope_come_back_into_it(soap: Soap) -> None:
    root = envelope(f'<M xmlns="urn:x"><a>{XOP.format("mot%40x")}</a><a>AAH/</a></M>')
    soap.reply = multipart(root, ("mot@x", DATA), ("thua", b"khac"))

    answer = await soap.ask(plan_of(PLAIN), {"a": []})

    assert answer == {"a": [base64.b64encode(DATA).decode(), "AAH/"]}


async def test_an_envelope_with_attachments_is_read(soap: Soap) -> None:
    soap.reply = multipart(envelope('<M xmlns="urn:x"/>'), ("tep", DATA), kind='multipart/related; type="text/xml"')

    assert await soap.ask(plan_of(PLAIN), {"a": []}) == {"a": []}


@pytest.mark.parametrize(
    "reply",
    [
        multipart(envelope(f'<M xmlns="urn:x"><a>{XOP.format("khong-co")}</a></M>')),
        multipart(envelope(f'<M xmlns="urn:x">{f"<a>{XOP.format(chr(97))}</a>" * 60}</M>'), ("a", DATA)),
        multipart(envelope('<M xmlns="urn:x"/>'), *[("a", b"")] * 200),
        multipart('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        Reply(200, b"--b\r\nkhong co gi", "multipart/related; boundary=b"),
        Reply(200, b"x", "multipart/related"),
    ],
)
async def test_parts_that_do_not_fit_are_nonsense(soap: Soap, reply: Reply) -> None:
    soap.reply = reply

    with pytest.raises(ProviderTalkedNonsense):
        await soap.ask(plan_of(PLAIN), {"a": []})
