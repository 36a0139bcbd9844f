"""Do X-Road's metaservices tell what PR-META, PR-MREST and PR-OPMON say, to whom they may?"""

import email.parser
import email.policy
import gzip
import json
import re
from email.message import EmailMessage

import httpx2
import pytest
from gateways import NO_TLS, GatewayProcess
from lxml import etree
from xroad_messages import (
    ENVELOPE,
    ID_BLOCK,
    VERSION_BLOCK,
    assert_fault,
    body_of,
    client,
    identifier,
    message,
    post,
    service,
)
from xroad_province import CLIENT, OTHER_CLIENT, PARCEL, PROVIDER, assert_error, call

pytestmark = pytest.mark.xdist_group("xroad")

ID, XROAD = "{http://x-road.eu/xsd/identifiers}", "{http://x-road.eu/xsd/xroad.xsd}"
WSDL, WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/}", "{http://schemas.xmlsoap.org/wsdl/soap/}"
OM = "http://x-road.eu/xsd/op-monitoring.xsd"
UXP = "/wsdl?xRoadInstance=VN&memberClass=GOV&memberCode=H32%2F02&subsystemCode=%C4%90%E1%BA%A5t%20%C4%91ai"


def get(gateway: GatewayProcess, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(f"{gateway.url}{path}", headers=headers, timeout=20, verify=NO_TLS)


def parts_of(answer: httpx2.Response) -> list[EmailMessage]:
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    whole = email.parser.BytesParser(policy=email.policy.default).parsebytes(head + answer.content)
    return [part for part in whole.iter_parts() if isinstance(part, EmailMessage)]


def ask_soap(gateway: GatewayProcess, code: str, body: str = "", *, version: str = "") -> httpx2.Response:
    asked = body or f"<xrd:{code}/>"
    return post(gateway, message(client(), service(code, version), ID_BLOCK, VERSION_BLOCK, body=asked))


def test_members_and_subsystems_are_listed_as_json(xroad_gateway: GatewayProcess) -> None:
    answer = get(xroad_gateway, "/listClients", accept="application/json")

    members = answer.json()["member"]
    assert {member["id"]["object_type"] for member in members} == {"MEMBER", "SUBSYSTEM"}
    assert {
        "id": {"object_type": "SUBSYSTEM", "xroad_instance": "VN", "member_class": "GOV", "member_code": "H32/02",
               "subsystem_code": "Đất đai"},
        "name": "Sở 000.00.02.H32",
        "subsystem_name": "Đất đai",
    } in members  # fmt: skip


def test_members_and_subsystems_are_listed_as_xml(xroad_gateway: GatewayProcess) -> None:
    answer = get(xroad_gateway, "/listClients")

    listed = etree.fromstring(answer.content)
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert listed.tag == f"{XROAD}clientList"
    assert [one.get(f"{ID}objectType") for one in listed.iter(f"{XROAD}id")] == [
        "MEMBER", "SUBSYSTEM", "SUBSYSTEM", "SUBSYSTEM", "MEMBER", "SUBSYSTEM",
    ]  # fmt: skip
    assert listed.findtext(f".//{ID}subsystemCode") == "khac"


@pytest.mark.parametrize(("instance", "count"), [("VN", 6), ("EE", 0), ("vn", 0), ("%ff", 0)])
def test_another_instance_has_no_members_here(xroad_gateway: GatewayProcess, instance: str, count: int) -> None:
    answer = get(xroad_gateway, f"/listClients?xRoadInstance={instance}", accept="application/json")

    assert len(answer.json()["member"]) == count


def test_the_services_of_a_provider_are_listed(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, f"/r1/{PROVIDER}/listMethods")

    (listed,) = answer.json()["service"]
    assert listed == {
        "object_type": "SERVICE", "xroad_instance": "VN", "member_class": "GOV", "member_code": "H32/02",
        "subsystem_code": "Đất đai", "service_code": "thua-dat", "service_type": "OPENAPI",
        "endpoint_list": [
            {"method": "GET", "path": "/v1/thua-dat"}, {"method": "POST", "path": "/v1/thua-dat"},
            {"method": "GET", "path": "/v1/thua-dat/*"},
        ],
    }  # fmt: skip
    assert answer.headers["x-road-service"] == f"{PROVIDER}/listMethods"


def test_allowed_methods_are_those_agreed(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, f"/r1/{PROVIDER}/allowedMethods")

    assert len(answer.json()["service"][0]["endpoint_list"]) == 3


@pytest.mark.parametrize("code", ["listMethods", "allowedMethods", "getOpenAPI?serviceCode=thua-dat"])
@pytest.mark.parametrize("named", [CLIENT, OTHER_CLIENT])
def test_a_metaservice_wants_a_proof_too(xroad_gateway: GatewayProcess, code: str, named: str) -> None:
    answer = call(xroad_gateway, f"/r1/{PROVIDER}/{code}", x_road_client=named)

    assert_error(answer, "Server.ClientProxy.SslAuthenticationFailed", status=401)


def test_the_openapi_document_shows_what_the_caller_may_ask(xroad_gateway: GatewayProcess) -> None:
    document = call(xroad_gateway, f"/r1/{PROVIDER}/getOpenAPI?serviceCode=thua-dat").json()

    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"http://127.0.0.1:{xroad_gateway.port}/r1/{PROVIDER}/thua-dat/v1"}]
    assert document["paths"]["/thua-dat/{SoGCN}"]["parameters"][0]["name"] == "X-Road-Client"
    assert "HoVaTen" in json.dumps(document)
    assert "DienThoai" not in json.dumps(document)


@pytest.mark.parametrize(
    ("query", "kind", "status"),
    [
        ("", "Client.BadRequest", 400),
        ("?serviceCode=khong-co", "Server.ServerProxy.UnknownService", 404),
        ("?serviceCode=thua-dat&version=v9", "Server.ServerProxy.UnknownService", 404),
        ("/v1?serviceCode=thua-dat", "Server.ServerProxy.UnknownService", 404),
    ],
)
def test_a_document_that_is_not_there_is_refused(
    xroad_gateway: GatewayProcess, query: str, kind: str, status: int
) -> None:
    assert_error(call(xroad_gateway, f"/r1/{PROVIDER}/getOpenAPI{query}"), kind, status=status)


@pytest.mark.parametrize("code", ["listMethods", "allowedMethods"])
def test_the_soap_services_of_a_provider_are_listed(xroad_gateway: GatewayProcess, code: str) -> None:
    listed = body_of(ask_soap(xroad_gateway, code))

    assert listed.tag == f"{XROAD}{code}Response"
    assert [one.findtext(f"{ID}serviceCode") for one in listed] == ["get", "list", "create"]
    assert {one.findtext(f"{ID}serviceVersion") for one in listed} == {"v1"}


def test_the_wsdl_comes_as_an_attachment(xroad_gateway: GatewayProcess) -> None:
    asked = "<xrd:getWsdl><xrd:serviceCode>get</xrd:serviceCode></xrd:getWsdl>"
    answer = ask_soap(xroad_gateway, "getWsdl", asked)

    said, attached = parts_of(answer)
    assert re.search("boundary=xroad[0-9a-f]+", answer.headers["content-type"])
    assert b"\r\ncontent-type:text/xml\r\n" in answer.content
    assert etree.fromstring(said.get_content().encode()).find(f"{ENVELOPE}Body")[0].tag == f"{XROAD}getWsdlResponse"
    assert etree.fromstring(attached.get_content().encode()).tag == f"{WSDL}definitions"


def test_uxp_clients_get_the_wsdl_by_its_address(xroad_gateway: GatewayProcess) -> None:
    definitions = etree.fromstring(get(xroad_gateway, f"{UXP}&serviceCode=get&version=v1").content)

    assert [one.get("location") for one in definitions.iter(f"{WSDL_SOAP}address")] == [
        "http://example.org/xroad-endpoint"
    ]
    headers = [one.get("part") for one in definitions.find(f".//{WSDL}binding").iter(f"{WSDL_SOAP}header")][:6]
    assert headers == ["client", "service", "userId", "id", "issue", "protocolVersion"]


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/wsdl", "Client.BadRequest", 400),
        (f"{UXP}&serviceCode=khong-co", "Server.ServerProxy.UnknownService", 404),
        (f"{UXP}&serviceCode=get&version=v9", "Server.ServerProxy.UnknownService", 404),
        (f"{UXP}&serviceCode=get&khac=1", "Client.BadRequest", 400),
        (f"{UXP}&serviceCode=get&serviceCode=list", "Client.BadRequest", 400),
    ],
)
def test_a_wsdl_that_is_not_there_is_refused(xroad_gateway: GatewayProcess, path: str, kind: str, status: int) -> None:
    assert_error(get(xroad_gateway, path), kind, status=status)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("listMethods", "<xrd:allowedMethods/>"),
        ("getWsdl", "<xrd:getWsdl/>"),
        ("getSecurityServerOperationalData", "<xrd:getSecurityServerOperationalData/>"),
    ],
)
def test_a_metaservice_asked_for_something_else_is_a_fault(xroad_gateway: GatewayProcess, code: str, body: str) -> None:
    assert_fault(ask_soap(xroad_gateway, code, body), "Client.BadRequest")


def test_operational_data_are_those_of_the_callers_own_calls(xroad_gateway: GatewayProcess) -> None:
    made = call(xroad_gateway, PARCEL)
    owner = identifier("service", "SERVICE", xRoadInstance="VN", memberClass="GOV", memberCode="H32/02",
                       serviceCode="getSecurityServerOperationalData")  # fmt: skip
    asked = (
        f'<om:getSecurityServerOperationalData xmlns:om="{OM}"><om:searchCriteria><om:recordsFrom>0</om:recordsFrom>'
        "<om:recordsTo>9999999999</om:recordsTo></om:searchCriteria></om:getSecurityServerOperationalData>"
    )
    answer = post(xroad_gateway, message(client(), owner, ID_BLOCK, VERSION_BLOCK, body=asked))

    assert answer.headers["content-type"].startswith("multipart/related"), answer.text
    said, attached = parts_of(answer)
    records = json.loads(gzip.decompress(attached.get_content()))["records"]
    mine = next(one for one in records if one["messageId"] == made.headers["exchange-id"])
    assert f"<om:recordsCount>{len(records)}</om:recordsCount>" in said.get_content()
    assert (mine["serviceCode"], mine["succeeded"], mine["responseSize"]) == ("thua-dat", True, len(made.content))
