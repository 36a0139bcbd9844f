"""Does the SOAP adapter speak with a real provider, and does each thing that goes wrong become its own error?"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from providers.loopback import OpenEgress, serve

from adapters.contract import Binding, Call, Json, Provider, Surroundings
from adapters.errors import (
    AdapterError,
    BindingInvalid,
    CallUnacceptable,
    OutcomeUnknown,
    ProviderHasNone,
    ProviderRefused,
    ProviderTalkedNonsense,
)
from adapters.soap.adapter import SoapAdapter, build
from adapters.soap.shapes import Element, Kind, Plan, Shape, SoapVersion
from gateway.demo.national.http import Reply, Request, as_asgi

NS = "{urn:x}"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
FOUND = '<x:Tra xmlns:x="urn:x"><x:KetQua><x:Ten>An &amp; Bình</x:Ten><x:Luong>1.50</x:Luong></x:KetQua></x:Tra>'
PLAN = Plan(
    operation="Hoi",
    soap_version=SoapVersion.SOAP_11,
    action="urn:hoi",
    request=Element(name="Hoi", tag=f"{NS}Hoi", kind=Kind.COMPLEX, shape=0),
    response=Element(name="Tra", tag=f"{NS}Tra", kind=Kind.COMPLEX, shape=2),
    shapes=(
        Shape(
            elements=(
                Element(name="So", tag=f"{NS}So", kind=Kind.TEXT, required=True),
                Element(name="Noi", tag=f"{NS}Noi", kind=Kind.COMPLEX, shape=1),
            )
        ),
        Shape(elements=(Element(name="Ma", tag=f"{NS}Ma", kind=Kind.TEXT),)),
        Shape(elements=(Element(name="KetQua", tag=f"{NS}KetQua", kind=Kind.COMPLEX, shape=3),)),
        Shape(
            elements=(
                Element(name="Ten", tag=f"{NS}Ten", kind=Kind.TEXT),
                Element(name="Luong", tag=f"{NS}Luong", kind=Kind.DECIMAL),
            )
        ),
    ),
)


def envelope(content: str, status: int = 200) -> Reply:
    text = f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body>{content}</s:Body></s:Envelope>'
    return Reply(status, text.encode(), "text/xml")


def fault(detail: str) -> str:
    return f"<s:Fault><faultcode>s:Server.Busy</faultcode><faultstring>056099000001</faultstring>{detail}</s:Fault>"


@dataclass(slots=True)
class Soap:
    """A provider that answers `reply`, and what it was asked."""

    url: str = ""
    reply: Reply = field(default_factory=lambda: envelope(FOUND))
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.reply

    def adapter(self, *, safe: bool = True, options: dict[str, Json] | None = None, **config: Json) -> SoapAdapter:
        plan = json.loads(PLAN.to_json())
        secrets = {"username": "ten", "password": "mật <khẩu>"}
        provider = Provider("p", "soap", f"{self.url}/dich-vu", options or {}, secrets)
        binding = Binding("op", safe, {"plan": plan} | config, (), "")
        return build(provider, [binding], Surroundings(egress=OpenEgress(), cursor_key=b"k" * 32))

    async def ask(self, adapter: SoapAdapter, body: Json = None, **parameters: Json) -> bytes:
        deadline = asyncio.get_running_loop().time() + 5
        try:
            return (await adapter.call(Call("op", "x", parameters, body, (), (), deadline))).body
        finally:
            await adapter.close()


@pytest.fixture
async def soap(free_port: int) -> AsyncIterator[Soap]:
    provider = Soap()
    async with serve(as_asgi(provider.answer), free_port) as url:
        provider.url = url
        yield provider


async def test_an_answer_keeps_its_text_and_its_digits(soap: Soap) -> None:
    body = await soap.ask(soap.adapter(), So="1")

    assert body == '{"KetQua":{"Ten":"An & Bình","Luong":1.50}}'.encode()


async def test_an_answer_begins_where_the_binding_says(soap: Soap) -> None:
    assert msgspec.json.decode(await soap.ask(soap.adapter(answer_at="KetQua.Ten"), So="1")) == "An & Bình"


async def test_a_parameter_goes_to_the_only_element_of_its_name(soap: Soap) -> None:
    await soap.ask(soap.adapter(), So="1", Ma="a<b")

    assert b"<n0:So>1</n0:So><n0:Noi><n0:Ma>a&lt;b</n0:Ma></n0:Noi>" in soap.requests[0].body


async def test_arguments_send_parameters_and_constants_to_elements(soap: Soap) -> None:
    await soap.ask(soap.adapter(arguments={"So": "{SoDinhDanh}", "Noi.Ma": "LGSP"}), SoDinhDanh="2")

    assert b"<n0:So>2</n0:So><n0:Noi><n0:Ma>LGSP</n0:Ma></n0:Noi>" in soap.requests[0].body


async def test_a_body_is_the_request(soap: Soap) -> None:
    await soap.ask(soap.adapter(), body={"Noi": {"Ma": "M"}, "So": "3"})

    assert b"<n0:So>3</n0:So><n0:Noi><n0:Ma>M</n0:Ma></n0:Noi>" in soap.requests[0].body


async def test_soap_1_1_names_its_action_in_a_header(soap: Soap) -> None:
    await soap.ask(soap.adapter(), So="1")

    assert soap.requests[0].headers["soapaction"] == '"urn:hoi"'


async def test_soap_1_2_names_its_action_in_the_media_type(soap: Soap) -> None:
    await soap.ask(soap.adapter(options={"soap_version": "1.2"}), So="1")

    assert soap.requests[0].headers["content-type"] == 'application/soap+xml; charset=utf-8; action="urn:hoi"'
    assert b"http://www.w3.org/2003/05/soap-envelope" in soap.requests[0].body


async def test_basic_credentials_go_into_a_header(soap: Soap) -> None:
    await soap.ask(soap.adapter(options={"auth": "basic"}), So="1")

    sent = soap.requests[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "ten:mật <khẩu>"


async def test_a_username_token_is_escaped_into_the_soap_header(soap: Soap) -> None:
    await soap.ask(soap.adapter(options={"auth": "wsse-username"}), So="1")

    assert ">mật &lt;khẩu&gt;</wsse:Password>".encode() in soap.requests[0].body


@pytest.mark.parametrize("parameters", [{}, {"So": "a\x01"}, {"So": "1", "Khac": "2"}, {"So": ["1"]}])
async def test_what_cannot_be_sent_is_refused_before_the_provider_is_asked(
    soap: Soap, parameters: dict[str, Json]
) -> None:
    with pytest.raises(CallUnacceptable):
        await soap.ask(soap.adapter(), **parameters)

    assert soap.requests == []


@pytest.mark.parametrize(
    ("detail", "code"),
    [("", "Server.Busy"), ("<detail><e><MaLoi>E07</MaLoi></e></detail>", "E07"), ("<detail>x</detail>", "Server.Busy")],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_a_fault_is_a_refusal_with_its_code_and_without_its_words(
    soap: Soap, detail: str, code: str, status: int
) -> None:
    soap.reply = envelope(fault(detail), status)

    with pytest.raises(ProviderRefused) as refused:
        await soap.ask(soap.adapter(), So="1")

    assert refused.value.code == code
    assert "056099000001" not in str(refused.value)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, b"oops", "text/plain"),
        Reply(503, b"", "text/plain"),
        Reply(302, b"", "text/plain"),
        Reply(200, b"{}", "application/json"),
        Reply(200, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "text/xml"),
        Reply(200, b"<a/>", "text/xml"),
        envelope(""),
        envelope("<Khac/>"),
        envelope(FOUND.replace("1.50", "nhiều")),
        envelope(FOUND, 500),
    ],
)
@pytest.mark.parametrize(("safe", "error"), [(True, ProviderTalkedNonsense), (False, OutcomeUnknown)])
async def test_an_answer_that_is_none_is_nonsense_or_after_an_unsafe_call_unknown(
    soap: Soap, reply: Reply, safe: bool, error: type[AdapterError]
) -> None:
    soap.reply = reply

    with pytest.raises(error):
        await soap.ask(soap.adapter(safe=safe), So="1")


async def test_an_answer_without_the_agreed_element_is_none(soap: Soap) -> None:
    soap.reply = envelope('<x:Tra xmlns:x="urn:x"/>')

    with pytest.raises(ProviderHasNone):
        await soap.ask(soap.adapter(none_when_missing="KetQua"), So="1")


@pytest.mark.parametrize(
    "config",
    [
        {"plan": {}},
        {"khac": 1},
        {"arguments": {"KhongCo": "{So}"}},
        {"plan": json.loads(PLAN.to_json()) | {"shapes": []}},
    ],
)
def test_a_binding_that_cannot_be_served_is_refused_when_built(config: dict[str, Json]) -> None:
    with pytest.raises(BindingInvalid):
        Soap(url="http://127.0.0.1:1").adapter(**config)


def test_credentials_that_are_missing_are_refused_when_built() -> None:
    provider = Provider("p", "soap", "http://127.0.0.1:1/", {"auth": "basic"}, {})

    with pytest.raises(BindingInvalid, match="username"):
        build(provider, [], Surroundings(egress=OpenEgress(), cursor_key=b"k" * 32))
