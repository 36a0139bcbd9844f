"""Is the absolute form taken for X-Road's addresses alone, while its door is open, and never a way around the guard?"""

import pytest
from gateways import GatewayProcess, RestProvider, send_raw
from refused import assert_refused_bytes
from xroad_province import CLIENT_IN_NETWORK, PARCEL

pytestmark = pytest.mark.xdist_group("xroad")

CALL = f"X-Road-Client: {CLIENT_IN_NETWORK}\r\nConnection: close\r\n\r\n"


def head(target: str, *, method: str = "GET", host: str = "Host: example.org\r\n", more: str = "") -> bytes:
    return f"{method} {target} HTTP/1.1\r\n{host}{more}{CALL}".encode()


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (f"http://example.org{PARCEL}", "Host: example.org\r\n"),
        (f"HTTP://example.org:8080{PARCEL}?fields=SoGCN", "Host: example.org:8080\r\n"),
        (f"http://example.org{PARCEL}", "Host: khac.example\r\n"),
    ],
)
def test_a_call_through_a_proxy_is_the_call_that_it_means(
    xroad_gateway: GatewayProcess, target: str, host: str
) -> None:
    reply = send_raw(xroad_gateway, head(target, host=host))

    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert b'"SoGCN":"CD123"' in reply


@pytest.mark.parametrize(
    "target", ["http://example.org/listClients", "http://example.org/listClients?xRoadInstance=VN"]
)
def test_a_list_is_asked_through_a_proxy(xroad_gateway: GatewayProcess, target: str) -> None:
    assert b"clientList" in send_raw(xroad_gateway, head(target))


def test_calls_after_one_in_absolute_form_are_answered(xroad_gateway: GatewayProcess) -> None:
    first = head(f"http://example.org{PARCEL}").replace(b"Connection: close\r\n", b"")

    reply = send_raw(xroad_gateway, first + head(PARCEL))

    assert reply.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(
    "target",
    ["http://example.org/x/datdai/thua-dat/v1/thua-dat", "http://example.org/api/v1/agencies", "http://example.org/readyz",
     "http://example.org/oauth2/token", "http://example.org/soap/datdai/thua-dat/v1", "http://a@example.org/listClients",
     "http:///listClients", "ftp://example.org/listClients", "example.org:443", "http://example.org/%6cistClients",
     "http://example.org//listClients", "http://example.org/listClients/", "http://example.org/r1"],
)  # fmt: skip
def test_any_other_absolute_target_is_malformed(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, target: str
) -> None:
    reply = send_raw(xroad_gateway, head(target))

    assert_refused_bytes(xroad_gateway, reply, "request-malformed", status=400)
    assert quiet_provider.calls == []


@pytest.mark.parametrize("target", [f"http://example.org{PARCEL}", "http://example.org/listClients"])
def test_without_identifiers_an_absolute_target_is_malformed(standing_gateway: GatewayProcess, target: str) -> None:
    reply = send_raw(standing_gateway, head(target))

    assert_refused_bytes(standing_gateway, reply, "request-malformed", status=400)


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("", ""),
        ("Host: example.org\r\nHost: example.org\r\n", ""),
        ("Host: a b\r\n", ""),
        ("Host: example.org\r\n", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
        ("Host: example.org\r\n", "Content-Length: 0\r\nContent-Length: 0\r\n"),
        ("Host: example.org\r\n", "Transfer-Encoding: identity\r\n"),
        ("Host: example.org\r\n", " folded: x\r\n"),
        ("Host: example.org\n", ""),
    ],
)
def test_the_absolute_form_is_no_way_around_the_guard(
    xroad_gateway: GatewayProcess, quiet_provider: RestProvider, host: str, more: str
) -> None:
    reply = send_raw(xroad_gateway, head(f"http://example.org{PARCEL}", host=host, more=more))

    assert_refused_bytes(xroad_gateway, reply, "request-malformed", status=400)
    assert quiet_provider.calls == []
