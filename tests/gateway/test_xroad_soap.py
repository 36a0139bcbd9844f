"""Do messages written from X-Road's protocol for SOAP (PR-MESS) get what was agreed, and nothing else?"""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from gateways import SECRET, SYSTEM, GatewayProcess, RestProvider
from lxml import etree
from soap_documents import EXTERNAL
from xroad_messages import (
    ENVELOPE,
    ID_BLOCK,
    PERSON,
    SERVICE,
    VERSION_BLOCK,
    assert_fault,
    body_of,
    client,
    message,
    post,
    service,
)

pytestmark = pytest.mark.xdist_group("xroad")


@pytest.mark.parametrize("path", ["/xroad-endpoint", "/"])
def test_a_message_gets_only_the_agreed_elements(xroad_gateway: GatewayProcess, path: str) -> None:
    parcel = body_of(post(xroad_gateway, message(), path=path))

    assert parcel.tag == f"{{{SERVICE}}}getResponse"
    assert [re.sub("{.*}", "", str(one.tag)) for one in parcel.iter()] == [
        "getResponse", "SoGCN", "ChuSoHuu", "HoVaTen", "DienTich", "TaiSan", "Ma", "TaiSan", "Ma",
    ]  # fmt: skip
    assert parcel.findtext(f"{{{SERVICE}}}DienTich") == "120.5"


def test_an_answer_copies_the_header_in_its_order_and_adds_the_hash(xroad_gateway: GatewayProcess) -> None:
    user, issue = "<xrd:userId>CB-01</xrd:userId>", "<xrd:issue>HS-7</xrd:issue>"
    sent = message(VERSION_BLOCK, issue, ID_BLOCK, user, service(), client())

    header = etree.fromstring(post(xroad_gateway, sent).content).find(f"{ENVELOPE}Header")

    names = [etree.QName(block).localname for block in header]
    assert names == ["protocolVersion", "issue", "id", "userId", "service", "client", "requestHash"]
    assert header[-1].get("algorithmId") == "http://www.w3.org/2001/04/xmlenc#sha512"
    assert header[-1].text == base64.b64encode(hashlib.sha512(sent).digest()).decode()


@pytest.mark.parametrize("published", list(EXTERNAL.glob("xroad.xsd")), ids=lambda path: path.name)
def test_the_header_of_an_answer_is_valid_by_the_published_schemas(
    xroad_gateway: GatewayProcess, published: Path
) -> None:
    schema = etree.XMLSchema(etree.parse(str(published)))

    header = etree.fromstring(post(xroad_gateway, message()).content).find(f"{ENVELOPE}Header")

    for block in header:
        schema.assertValid(etree.fromstring(etree.tostring(block)))


def test_the_version_of_a_service_may_be_left_out(xroad_gateway: GatewayProcess) -> None:
    sent = message(client(), service(version=""), ID_BLOCK, VERSION_BLOCK)

    assert body_of(post(xroad_gateway, sent)).tag == f"{{{SERVICE}}}getResponse"


def test_a_service_code_may_name_the_service_too(xroad_gateway: GatewayProcess) -> None:
    sent = message(client(), service("thua-dat.get"), ID_BLOCK, VERSION_BLOCK)

    assert body_of(post(xroad_gateway, sent)).tag == f"{{{SERVICE}}}getResponse"


def test_a_secret_proves_the_client(xroad_gateway: GatewayProcess) -> None:
    sent = message(client("mot-cua"), service(), ID_BLOCK, VERSION_BLOCK)
    basic = base64.b64encode(f"{SYSTEM}:{SECRET}".encode()).decode()

    assert body_of(post(xroad_gateway, sent, authorization=f"Basic {basic}")).tag == f"{{{SERVICE}}}getResponse"


def test_a_username_token_proves_the_client(xroad_gateway: GatewayProcess) -> None:
    wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    token = (
        f'<w:Security xmlns:w="{wsse}"><w:UsernameToken><w:Username>{SYSTEM}</w:Username>'
        f"<w:Password>{SECRET}</w:Password></w:UsernameToken></w:Security>"
    )
    answer = post(xroad_gateway, message(token, client("mot-cua"), service(), ID_BLOCK, VERSION_BLOCK))

    assert body_of(answer).tag == f"{{{SERVICE}}}getResponse"
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ((client("mot-cua"), service(), ID_BLOCK, VERSION_BLOCK), "Server.ClientProxy.SslAuthenticationFailed"),
        ((client("la"), service(), ID_BLOCK, VERSION_BLOCK), "Server.ClientProxy.UnknownMember"),
        ((client(), service("khong-co"), ID_BLOCK, VERSION_BLOCK), "Server.ServerProxy.UnknownService"),
        ((client(), service(version="v2"), ID_BLOCK, VERSION_BLOCK), "Server.ServerProxy.UnknownService"),
        ((client(), service(subsystem="la"), ID_BLOCK, VERSION_BLOCK), "Server.ServerProxy.UnknownService"),
        ((client(), service("list"), ID_BLOCK, VERSION_BLOCK), "Client.InvalidRequest"),
        ((service(), ID_BLOCK, VERSION_BLOCK), "Client.BadRequest"),
        ((client(), ID_BLOCK, VERSION_BLOCK), "Client.BadRequest"),
        ((client(), service(), VERSION_BLOCK), "Client.BadRequest"),
        ((client(), service(), ID_BLOCK), "Client.BadRequest"),
        ((client(), client(), service(), ID_BLOCK, VERSION_BLOCK), "Client.BadRequest"),
        ((client(kind="MEMBER"), service(), ID_BLOCK, VERSION_BLOCK), "Client.BadRequest"),
        ((client(member=""), service(), ID_BLOCK, VERSION_BLOCK), "Client.BadRequest"),
        ((client(), service(), "<xrd:id>a b</xrd:id>", VERSION_BLOCK), "Client.BadRequest"),
        ((client(), service(), ID_BLOCK, "<xrd:protocolVersion>3.1</xrd:protocolVersion>"), "Client.BadRequest"),
        ((client(), service(), ID_BLOCK, VERSION_BLOCK, PERSON), "Client.BadRequest"),
        ((client(), service(), ID_BLOCK, VERSION_BLOCK, "<xrd:centralService/>"), "Client.BadRequest"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_honoured_is_a_fault(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, blocks: tuple[str, ...], code: str
) -> None:
    assert_fault(post(xroad_gateway, message(*blocks)), code)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"", "text/xml", "Client.BadRequest"),
        (b"<a/>", "text/xml", "Client.BadRequest"),
        (message()[:-9], "text/xml", "Client.BadRequest"),
        (message(), "application/json", "Client.InvalidContentType"),
        (message(), "multipart/related;boundary=a", "Client.InvalidContentType"),
        (message(body=""), "text/xml", "Client.InvalidRequest"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>" + message()[38:], "text/xml", "Client.BadRequest"),
        (message().replace(b"schemas.xmlsoap.org/soap/envelope/", b"www.w3.org/2003/05/soap-envelope"), "text/xml",
         "Client.InvalidRequest"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_a_fault(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, content: bytes, media_type: str, code: str
) -> None:
    assert_fault(post(xroad_gateway, content, content_type=media_type), code)
    assert quiet_provider.calls == []
