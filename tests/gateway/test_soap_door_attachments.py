"""Do binary values come and leave beside the envelope, up to a limit, and is nothing beside it passed over?"""

import base64

import httpx2
import pytest
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess
from soap_province import HOUSEHOLDS, IMPORTED, PICTURE, SoapProvider

pytestmark = pytest.mark.xdist_group("soap")

XOP = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{}"/>'
MTOM = 'multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="{}"; boundary=ranh-gioi'
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
CONTENT = b"\x00\xff\r\n--khac\r\n\x01"


def envelope(attached: str, *, number: str = "H1") -> bytes:
    content = f"<t:TraCuuHo><t:SoHo>{number}</t:SoHo><t:DinhKem>{attached}</t:DinhKem></t:TraCuuHo>"
    return f'<s:Envelope xmlns:s="{SOAP_11}" xmlns:t="{HOUSEHOLDS}"><s:Body>{content}</s:Body></s:Envelope>'.encode()


def parted(root: bytes, *parts: tuple[str, bytes]) -> bytes:
    pieces = [(b"root@x", root), *((name.encode(), content) for name, content in parts)]
    written = (b"--ranh-gioi\r\nContent-ID: <%s>\r\n\r\n%s\r\n" % piece for piece in pieces)
    return b"".join(written) + b"--ranh-gioi--\r\n"


def ask(
    gateway: GatewayProcess, content: bytes, media_type: str = MTOM.format("text/xml"), accept: str = "*/*"
) -> httpx2.Response:
    return httpx2.post(
        f"{gateway.url}{IMPORTED}", content=content, headers={"Content-Type": media_type, "Accept": accept},
        auth=(SYSTEM, SECRET), timeout=20, verify=NO_TLS,
    )  # fmt: skip


def test_a_part_reaches_the_provider_as_base64(soap_gateway: GatewayProcess, household_provider: SoapProvider) -> None:
    answer = ask(soap_gateway, parted(envelope(XOP.format("a@x")), ("a@x", CONTENT)))

    assert answer.status_code == 200, answer.text
    assert base64.b64encode(CONTENT).decode() in household_provider.bodies[-1]


def test_who_sends_parts_is_answered_in_parts(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, parted(envelope(XOP.format("a@x"), number="H2"), ("a@x", CONTENT)))

    assert answer.headers["content-type"].startswith('multipart/related; type="application/xop+xml"')
    assert PICTURE in answer.content
    assert b"cid:0@lienthong" in answer.content


def test_who_accepts_parts_is_answered_in_parts(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, envelope("", number="H2"), "text/xml", "application/xop+xml, text/xml")

    assert PICTURE in answer.content


def test_who_sends_none_is_answered_in_one_envelope(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, envelope("", number="H2"), "text/xml")

    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert base64.b64encode(PICTURE) in answer.content


REFUSED = {
    "a part that nothing includes": parted(envelope(""), ("a@x", CONTENT)),
    "a part without a name": parted(envelope("")).replace(b"--ranh-gioi--", b"--ranh-gioi\r\n\r\nx\r\n--ranh-gioi--"),
    "an include without a part": parted(envelope(XOP.format("b@x")), ("a@x", CONTENT)),
    "an include of the root": parted(envelope(XOP.format("root@x"))),
    "an address instead of a part": parted(envelope(XOP.format("x").replace("cid:x", "http://127.0.0.1:9/"))),
    "a file instead of a part": parted(envelope(XOP.format("x").replace("cid:x", "file:///etc/hostname"))),
    "too many parts": parted(envelope(""), *((f"{number}@x", b"") for number in range(120))),
    "no end of a part's headers": b"--ranh-gioi\r\nContent-ID: <root@x>",
    "no parts": b"",
    "one part included until it is too large": parted(envelope(XOP.format("a@x") * 99), ("a@x", b"x" * 100_000)),
    "a DTD": parted(b"<!DOCTYPE s>" + envelope("")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_mtom_is_a_clear_fault(
    soap_gateway: GatewayProcess, household_provider: SoapProvider, name: str
) -> None:
    before = len(household_provider.bodies)

    answer = ask(soap_gateway, REFUSED[name])

    assert answer.status_code == 500
    assert "problems/request-invalid" in answer.text
    assert len(household_provider.bodies) == before


def test_parts_beyond_the_limit_of_a_body_are_refused(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, parted(envelope(XOP.format("a@x")), ("a@x", b"x" * 1_100_000)))

    assert answer.status_code == 500
    assert "problems/request-invalid" in answer.text


def test_the_parts_of_another_kind_are_refused(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, parted(b"{}"), 'multipart/related; type="application/json"; boundary=ranh-gioi')

    assert answer.status_code == 415
