"""Do calls written from X-Road's message protocol for REST (PR-REST) get what was agreed, and nothing else?"""

import base64
import hashlib

import httpx2
import pytest
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess, RestProvider, send_raw, token
from xroad_province import (
    CLIENT,
    CLIENT_IN_NETWORK,
    OTHER_CLIENT,
    OTHER_SYSTEM,
    PARCEL,
    PROVIDER,
    SERVICE,
    assert_error,
    call,
)

pytestmark = pytest.mark.xdist_group("xroad")

AGREED = {
    "SoGCN": "CD123",
    "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử"},
    "DienTich": 120.5,
    "TaiSan": [{"Ma": "A1"}, {"Ma": "A2"}],
}


def basic(system: str) -> str:
    return f"Basic {base64.b64encode(f'{system}:{SECRET}'.encode()).decode()}"


def test_a_call_from_a_trusted_network_gets_only_the_agreed_fields(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, PARCEL)

    assert answer.json() == AGREED


def test_a_bearer_token_of_the_named_system_proves_it(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=CLIENT, authorization=f"Bearer {token(xroad_gateway)}")

    assert answer.json() == AGREED


def test_the_secret_of_the_named_system_proves_it(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=CLIENT, authorization=basic(SYSTEM))

    assert answer.json() == AGREED


def test_a_name_without_a_proof_is_refused(xroad_gateway: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=CLIENT)

    assert_error(answer, "Server.ClientProxy.SslAuthenticationFailed", status=401)
    assert quiet_provider.calls == []


@pytest.mark.parametrize("named", [CLIENT, CLIENT_IN_NETWORK])
def test_the_proof_of_another_system_is_refused(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, named: str
) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=named, authorization=basic(OTHER_SYSTEM))

    assert_error(answer, "Server.ServerProxy.AccessDenied", status=403)
    assert quiet_provider.calls == []


def test_a_system_without_an_agreement_is_refused(xroad_gateway: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=OTHER_CLIENT, authorization=basic(OTHER_SYSTEM))

    assert_error(answer, "Server.ServerProxy.AccessDenied", status=403)
    assert quiet_provider.calls == []


@pytest.mark.parametrize("named", ["VN/GOV/H32-01/nobody", "VN/GOV/H32-01", "vn/gov/h32-01/mot-cua", "A/B/C/D"])
def test_an_unknown_client_is_refused(xroad_gateway: GatewayProcess, quiet_provider: RestProvider, named: str) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=named, authorization=basic(SYSTEM))

    assert_error(answer, "Server.ClientProxy.UnknownMember", status=401)
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    "named",
    ["", "VN", "VN/GOV", "VN/GOV/H32-01/mot-cua/them", "VN/GOV//mot-cua", "VN/GOV/H32%2/mot-cua", "VN/GOV/%FF/mot-cua",
     "VN/GOV/../mot-cua", "VN/GOV/%2e%2E/mot-cua", "VN/GOV/%00/mot-cua", "VN/GOV/a b/mot-cua", "VN%2FGOV%2FH32-01"],
)  # fmt: skip
def test_what_is_no_client_identifier_is_refused(xroad_gateway: GatewayProcess, named: str) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_client=named)

    assert_error(answer, "Client.BadRequest", status=400)


def test_an_answer_repeats_what_it_answers(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, PARCEL, x_road_id="4894e35d-bf0f-44a6-867a-8e51f1daa7e0")

    assert answer.headers["x-road-id"] == "4894e35d-bf0f-44a6-867a-8e51f1daa7e0"
    assert answer.headers["x-road-client"] == CLIENT_IN_NETWORK
    assert answer.headers["x-road-service"] == f"{PROVIDER}/thua-dat"
    assert answer.headers["x-road-request-id"] == answer.headers["exchange-id"]
    assert "x-road-error" not in answer.headers


def test_a_call_without_an_id_is_given_one(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, PARCEL)

    assert len(answer.headers["x-road-id"]) == 36


def test_the_hash_binds_the_answer_to_its_request(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, f"{PARCEL}?fields=SoGCN", accept="*/*", accept_encoding="identity")

    kept = f"x-road-client:{CLIENT_IN_NETWORK}\r\n"
    head = f"GET\r\n{PARCEL}?fields=SoGCN\r\naccept:*/*\r\naccept-encoding:identity\r\n{kept}"
    expected = base64.b64encode(hashlib.sha512(head.encode()).digest()).decode()
    assert answer.headers["x-road-request-hash"] == expected


def create(gateway: GatewayProcess, message_id: str, body: str) -> httpx2.Response:
    headers = {"x-road-client": CLIENT_IN_NETWORK, "x-road-id": message_id, "content-type": "application/json"}
    address = f"{gateway.url}{SERVICE}/v1/thua-dat"
    return httpx2.post(address, content=body, headers=headers, timeout=20, verify=NO_TLS)


def test_a_message_sent_again_reaches_the_provider_once(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider
) -> None:
    message_id = f"lan-{xroad_gateway.port}"
    answers = [create(xroad_gateway, message_id, '{"DienTich":1}').json() for _ in range(2)]

    assert answers == [{"SoGCN": "CD-MOI"}] * 2
    assert quiet_provider.calls == ["POST /thua-dat"]


def test_an_id_for_two_messages_is_refused(xroad_gateway: GatewayProcess) -> None:
    create(xroad_gateway, f"hai-{xroad_gateway.port}", '{"DienTich":1}')
    answer = create(xroad_gateway, f"hai-{xroad_gateway.port}", '{"DienTich":2}')

    assert_error(answer, "Client.InvalidRequest", status=422)


def test_the_hash_covers_the_body(xroad_gateway: GatewayProcess) -> None:
    lines = f"host: a\r\nx-road-client: {CLIENT_IN_NETWORK}\r\nx-road-id: than-{xroad_gateway.port}\r\n"
    sent = f"POST {SERVICE}/v1/thua-dat HTTP/1.1\r\n{lines}content-type: application/json\r\n"
    reply = send_raw(xroad_gateway, f'{sent}connection: close\r\ncontent-length: 14\r\n\r\n{{"DienTich":1}}'.encode())

    kept = f"x-road-client:{CLIENT_IN_NETWORK}\r\nx-road-id:than-{xroad_gateway.port}\r\n"
    head = hashlib.sha512(f"POST\r\n{SERVICE}/v1/thua-dat\r\n{kept}content-type:application/json\r\n".encode())
    whole = hashlib.sha512(head.digest() + hashlib.sha512(b'{"DienTich":1}').digest())
    assert base64.b64encode(whole.digest()) in reply


def test_a_service_that_is_not_there_is_unknown(xroad_gateway: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = call(xroad_gateway, f"/r1/{PROVIDER}/khong-co/v1/thua-dat/CD123")

    assert_error(answer, "Server.ServerProxy.UnknownService", status=404)
    assert quiet_provider.calls == []


def test_an_error_is_xml_for_whom_asks_for_it(xroad_gateway: GatewayProcess) -> None:
    answer = call(xroad_gateway, f"{SERVICE}/v1/khong-co", accept="application/xml")

    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert "<error><type>Server.ServerProxy.UnknownService</type>" in answer.text
    assert f"<detail>{answer.headers['exchange-id']}</detail>" in answer.text


def test_without_identifiers_the_door_does_not_exist(standing_gateway: GatewayProcess) -> None:
    answers = [call(standing_gateway, path) for path in (PARCEL, "/listClients", "/r1/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
