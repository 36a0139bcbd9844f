"""Does the lane answer as the usual way does, byte for byte but for what belongs to one call?"""

import re

import pytest
from gateways import PARCEL, PARCELS, GatewayProcess, send_raw, token

_OF_ONE_CALL = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|date: [^\r]+|;r=\d+|r=\d+"
    rb"|(?<=exchange-receipt: )[^\r]+"
)


def ask_raw(gateway: GatewayProcess, path: str, *fields: str, authorization: str) -> bytes:
    """Send one GET, and return the whole answer without what differs from call to call."""
    head = [f"GET {path} HTTP/1.1", "Host: a", "Connection: close", f"Authorization: {authorization}", *fields, "", ""]
    return _OF_ONE_CALL.sub(b"-", send_raw(gateway, "\r\n".join(head).encode()))


@pytest.mark.parametrize(
    "path",
    [PARCEL.format("CD123"), PARCELS, PARCELS + "?SoDinhDanh=1", "/x/datdai/thua-dat/v1/khong-co", "/x/", "/x/a/b/c/d"],
)
def test_both_ways_give_the_same_bytes(standing_gateway: GatewayProcess, path: str) -> None:
    bearer = f"Bearer {token(standing_gateway)}"

    laned = ask_raw(standing_gateway, path, authorization=bearer)
    usual = ask_raw(standing_gateway, path, "Content-Length: 0", authorization=bearer)

    assert sorted(laned.split(b"\r\n")) == sorted(usual.split(b"\r\n"))


def test_both_ways_refuse_the_same(standing_gateway: GatewayProcess) -> None:
    laned = ask_raw(standing_gateway, PARCELS, authorization="Bearer x.y.z")
    usual = ask_raw(standing_gateway, PARCELS, "Content-Length: 0", authorization="Bearer x.y.z")

    assert b"401 Unauthorized" in laned
    assert sorted(laned.split(b"\r\n")) == sorted(usual.split(b"\r\n"))


def test_a_caller_of_http_1_0_is_answered_and_let_go(standing_gateway: GatewayProcess) -> None:
    bearer = f"Bearer {token(standing_gateway)}"

    reply = send_raw(standing_gateway, f"GET {PARCELS} HTTP/1.0\r\nHost: a\r\nAuthorization: {bearer}\r\n\r\n".encode())

    assert reply.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in reply


def test_calls_sent_at_once_are_answered_in_order(standing_gateway: GatewayProcess) -> None:
    bearer = f"Bearer {token(standing_gateway)}"
    one = f"GET {PARCEL} HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer}\r\n"
    many = "".join(one.format(f"CD{number}") + "\r\n" for number in range(5))

    reply = send_raw(standing_gateway, (many + one.format("CD5") + "Connection: close\r\n\r\n").encode())

    assert re.findall(rb'"SoGCN":"(CD\d)"', reply) == [b"CD0", b"CD1", b"CD2", b"CD3", b"CD4", b"CD5"]


@pytest.mark.parametrize(
    "line", ["Purpose: tiep-nhan-ho-so \t", "Host: a", "Purpose:\ttiep-nhan-ho-so", "X-A: ", "Purpose: "]
)
def test_blanks_around_a_value_mean_nothing_either_way(standing_gateway: GatewayProcess, line: str) -> None:
    bearer = f"Bearer {token(standing_gateway)}"

    laned = ask_raw(standing_gateway, PARCELS, line, authorization=bearer)
    usual = ask_raw(standing_gateway, PARCELS, line, "Content-Length: 0", authorization=bearer)

    assert sorted(laned.split(b"\r\n")) == sorted(usual.split(b"\r\n"))
