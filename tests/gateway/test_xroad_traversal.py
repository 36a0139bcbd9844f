"""Does a path of X-Road's door lead nowhere but where it says, however it is written?

A provider only ever sees templates: each way to climb out of one, in each place where a caller writes.
"""

import pytest
from climbs import CLIMBS
from gateways import GatewayProcess, RestProvider, send_raw
from xroad_province import CLIENT_IN_NETWORK, PROVIDER, SERVICE

pytestmark = pytest.mark.xdist_group("xroad")

PLACES = (
    f"{SERVICE}/v1/thua-dat/{{}}",
    f"{SERVICE}/{{}}/thua-dat/CD123",
    f"{SERVICE}/v1/{{}}/CD123",
    f"/r1/{PROVIDER}/{{}}/v1/thua-dat/CD123",
    "/r1/VN/GOV/{}/x/thua-dat/v1/thua-dat/CD123",
    f"/r1/{{}}/{SERVICE.removeprefix('/r1/')}/v1/thua-dat/CD123",
    "/r1/VN/GOV/{}/x/listMethods",
    f"/r1/{PROVIDER}/{{}}/allowedMethods",
    f"/r1/{PROVIDER}/getOpenAPI/{{}}?serviceCode=thua-dat",
    f"/r1/{PROVIDER}/getOpenAPI?serviceCode={{}}",
    f"/r1/{PROVIDER}/listMethods/{{}}",
    "/listClients/{}",
    "/wsdl?xRoadInstance=VN&memberClass=GOV&memberCode=H32%2F02&serviceCode={}",
    "/xroad-endpoint/{}",
)


def test_there_are_sixty_ways_to_climb() -> None:
    assert len(set(CLIMBS)) == len(CLIMBS) >= 60


@pytest.mark.parametrize("climb", CLIMBS)
def test_a_climbing_path_leads_nowhere(xroad_gateway: GatewayProcess, quiet_provider: RestProvider, climb: str) -> None:
    statuses = {place: ask(xroad_gateway, place.format(climb)) for place in PLACES}

    assert {place: status for place, status in statuses.items() if status not in (b"400", b"404")} == {}
    assert quiet_provider.calls == []


def ask(gateway: GatewayProcess, path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: a\r\nX-Road-Client: {CLIENT_IN_NETWORK}\r\nConnection: close\r\n\r\n"
    return send_raw(gateway, head.encode())[9:12]


@pytest.mark.parametrize(
    "line",
    ["X-Road-Client: VN/GOV/H32-01/khac", "X-Road-Id: a\r\nX-Road-Id: a", "X-Road-UserId: a\r\nx-road-userid: b",
     "X-Road-Issue: a\r\nX-ROAD-ISSUE: a", "X-Road-Represented-Party: A\r\nX-Road-Represented-Party: A",
     "X-Road-Id: a b", "X-Road-Id: \u0111", "X-Road-Id: " + "a" * 129, "X-Road-UserId: VN056099000001",
     "X-Road-UserId: 056099000001", "X-Road-UserId: Nguyen Van Thu", "X-Road-Issue: " + "a" * 201,
     "X-Road-Represented-Party: COM/123", "X-Road-Represented-Party: A/B/C", "X-Road-Security-Server: VN/GOV/A",
     "X-Road-UserId: CB-01\r\nOfficer: CB-02", "X-Road-Issue: HS-1\r\nCase-File: HS-2"],
)  # fmt: skip
def test_a_header_that_cannot_be_honoured_is_refused(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, line: str
) -> None:
    head = f"GET {SERVICE}/v1/thua-dat/CD123 HTTP/1.1\r\nHost: a\r\nX-Road-Client: {CLIENT_IN_NETWORK}\r\n{line}\r\n"

    reply = send_raw(xroad_gateway, f"{head}Connection: close\r\n\r\n".encode())

    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"x-road-error: Client.BadRequest" in reply
    assert quiet_provider.calls == []


@pytest.mark.parametrize(
    "line",
    ["X-Road-UserId: CB-01", "X-Road-Issue: HS-7", "X-Road-Represented-Party: GOV/H32-01",
     "X-Road-Represented-Party: H32-01", "X-Road-Security-Server: VN/GOV/A/ss1", "x-RoAd-iD: a",
     "X-Road-UserId: CB-01\r\nOfficer: CB-01"],
)  # fmt: skip
def test_a_header_that_can_be_honoured_is(xroad_gateway: GatewayProcess, line: str) -> None:
    head = f"GET {SERVICE}/v1/thua-dat/CD123 HTTP/1.1\r\nHost: a\r\nX-Road-Client: {CLIENT_IN_NETWORK}\r\n{line}\r\n"

    assert send_raw(xroad_gateway, f"{head}Connection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 200 OK")
