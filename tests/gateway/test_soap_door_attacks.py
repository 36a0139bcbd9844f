"""Is what attacks a reader of XML answered by one clear fault, the provider never asked? (06-security, 10 to 12)"""

import httpx2
import pytest
from climbs import CLIMBS
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess, RestProvider, send_raw
from lxml import etree
from soap_province import GENERATED

pytestmark = pytest.mark.xdist_group("soap")

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
NAMES = f'xmlns:s="{SOAP}" xmlns:t="urn:lienthong:datdai:thua-dat:v1" xmlns:o="urn:lienthong:soap"'
GET = "<t:get><t:SoGCN>CD123</t:SoGCN></t:get>"
TOKEN = f"<w:UsernameToken><w:Username>{SYSTEM}</w:Username><w:Password>{SECRET}</w:Password></w:UsernameToken>"
SECURITY = f'<w:Security xmlns:w="{WSS}wssecurity-secext-1.0.xsd">{TOKEN}</w:Security>'


def envelope(body: str = f"<s:Body>{GET}</s:Body>", header: str = "", before: str = "") -> str:
    return f"{before}<s:Envelope {NAMES}>{header and f'<s:Header>{header}</s:Header>'}{body}</s:Envelope>"


def ask(
    gateway: GatewayProcess, content: str | bytes, *, media_type: str = "text/xml", basic: bool = True, **headers: str
) -> httpx2.Response:
    return httpx2.post(
        f"{gateway.url}{GENERATED}",
        content=content.encode() if isinstance(content, str) else content,
        headers={"Content-Type": media_type, **{name.replace("_", "-"): value for name, value in headers.items()}},
        auth=(SYSTEM, SECRET) if basic else None,
        timeout=20,
        verify=NO_TLS,
    )


def slug(answer: httpx2.Response) -> str:
    """The problem in a fault of either version."""
    found = etree.fromstring(answer.content).findtext(".//{urn:lienthong:soap}type")
    return str(found).rsplit("/", 1)[-1]


ENTITY = envelope(before="<!DOCTYPE s [ENTITIES]>").replace("CD123", "&x;")
ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(30_000))
MALICIOUS = {
    "a DTD": envelope(before="<!DOCTYPE s>"),
    "an external entity": ENTITY.replace("ENTITIES", '<!ENTITY x SYSTEM "file:///etc/hostname">'),
    "an entity bomb": ENTITY.replace("ENTITIES", '<!ENTITY a "aaaa"><!ENTITY x "&a;&a;&a;">'),
    "a parameter entity": envelope(before='<!DOCTYPE s [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'),
    "an undeclared entity": envelope().replace("CD123", "&x;"),
    "a DTD in UTF-16": envelope(before="<!DOCTYPE s>").encode("utf-16"),
    "a DTD in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE s>' + envelope().encode(),
    "an encoding that it is not": envelope(f"<s:Body>{GET}\xff</s:Body>").encode("latin-1"),
    "five thousand levels": envelope(f"<s:Body>{'<a>' * 5000}{'</a>' * 5000}</s:Body>"),
    "a hundred levels": envelope(f"<s:Body>{'<a>' * 100}{'</a>' * 100}</s:Body>"),
    "two megabytes": envelope(f"<s:Body><t:get><t:SoGCN>{'A' * 2_000_000}</t:SoGCN></t:get></s:Body>"),
    "thirty thousand attributes": envelope(f"<s:Body><t:get {ATTRIBUTES}/></s:Body>"),
    "a hundred thousand elements": envelope(f"<s:Body><t:get>{'<t:x/>' * 100_000}</t:get></s:Body>"),
    "an instruction": envelope(before="<?xml-stylesheet href='http://127.0.0.1:9/'?>"),
    "an instruction within": envelope().replace("CD123", "CD1<?x y?>23"),
    "two bodies": envelope(f"<s:Body>{GET}</s:Body><s:Body>{GET}</s:Body>"),
    "two elements in the body": envelope(f"<s:Body>{GET}{GET}</s:Body>"),
    "no body": envelope(""),
    "a header after the body": envelope(f"<s:Body>{GET}</s:Body><s:Header/>"),
    "two headers": envelope(f"<s:Header/><s:Header/><s:Body>{GET}</s:Body>"),
    "something beside the body": envelope(f"<s:Body>{GET}</s:Body><t:x/>"),
    "an envelope in the envelope": envelope(f"<s:Envelope><s:Body>{GET}</s:Body></s:Envelope>"),
    "text between": envelope(f"x<s:Body>{GET}</s:Body>"),
    "no envelope": GET.replace("<t:get>", f"<t:get {NAMES}>"),
    "not XML": "{}",
    "nothing": "",
    "a truncated message": envelope()[:-5],
    "a second value": envelope().replace("</t:get>", "<t:SoGCN>CD999</t:SoGCN></t:get>"),
    "an unknown element": envelope().replace("</t:get>", "<t:MatKhau>1</t:MatKhau></t:get>"),
    "an unknown attribute": envelope().replace("<t:get>", '<t:get x="1">'),
    "another namespace": envelope().replace("<t:SoGCN>", '<SoGCN xmlns="urn:x">').replace("</t:SoGCN>", "</SoGCN>"),
    "a header of ours twice": envelope(header="<o:Purpose>a</o:Purpose><o:Purpose>b</o:Purpose>"),
    "a header of ours with elements": envelope(header="<o:Purpose><o:x/></o:Purpose>"),
    "a UsernameToken beside Basic": envelope(header=SECURITY),
}  # fmt: skip


@pytest.mark.parametrize("name", MALICIOUS)
def test_a_malicious_message_is_one_clear_fault(
    soap_gateway: GatewayProcess, quiet_provider: RestProvider, name: str
) -> None:
    answer = ask(soap_gateway, MALICIOUS[name])

    assert (answer.status_code, slug(answer)) == (500, "request-invalid"), answer.text
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert quiet_provider.calls == []


WRAPPED = {
    "two of them": SECURITY * 2,
    "one in another block": f"<t:x>{SECURITY}</t:x>",
    "one in another of them": SECURITY.replace(TOKEN, SECURITY),
    "two tokens": SECURITY.replace(TOKEN, TOKEN * 2),
    "two user names": SECURITY.replace("<w:Password>", f"<w:Username>{SYSTEM}</w:Username><w:Password>"),
    "a user name of elements": SECURITY.replace(f">{SYSTEM}<", f"><w:x>{SYSTEM}</w:x><"),
    "no password": SECURITY.replace(f"<w:Password>{SECRET}</w:Password>", ""),
    "a signature beside it": SECURITY.replace(TOKEN, f'{TOKEN}<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"/>'),
    "for another role": SECURITY.replace("<w:Security ", '<w:Security s:actor="urn:ai-khac" '),
    "another kind of password": SECURITY.replace("<w:Password>", '<w:Password Type="urn:x">'),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_a_security_block_is_read_strictly(
    soap_gateway: GatewayProcess, quiet_provider: RestProvider, name: str
) -> None:
    answer = ask(soap_gateway, envelope(header=WRAPPED[name]), basic=False)

    assert (answer.status_code, slug(answer)) == (500, "request-invalid"), answer.text
    assert quiet_provider.calls == []


def test_a_security_block_in_the_body_is_refused(soap_gateway: GatewayProcess, quiet_provider: RestProvider) -> None:
    answer = ask(soap_gateway, envelope(f"<s:Body><t:get>{SECURITY}</t:get></s:Body>"))

    assert slug(answer) == "request-invalid"
    assert quiet_provider.calls == []


REFUSED = (
    ("token-missing", 500, envelope(), {"basic": False}),
    ("client-unknown", 500, envelope(header=SECURITY.replace(SECRET, "sai")), {"basic": False}),
    ("soap-version-unknown", 500, envelope().replace(SOAP, SOAP_12), {}),
    ("soap-version-unknown", 500, envelope().replace(SOAP, "http://www.w3.org/2001/12/soap-envelope"), {}),
    ("soap-version-unknown", 500, envelope(), {"media_type": "application/soap+xml"}),
    ("soap-header-unknown", 500, envelope(header='<t:x s:mustUnderstand="1"/>'), {}),
    ("soap-operation-unclear", 500, envelope("<s:Body><t:xoa/></s:Body>"), {}),
    ("soap-operation-unclear", 500, envelope("<s:Body/>"), {}),
    ("media-type-unsupported", 415, envelope(), {"media_type": "application/json"}),
    ("request-invalid", 500, envelope(header="<o:Purpose>a</o:Purpose>"), {"Purpose": "b"}),
    ("purpose-not-agreed", 500, envelope(header="<o:Purpose>khac</o:Purpose>"), {}),
    ("agreement-missing", 500, envelope(header="<o:Agreement>khac</o:Agreement>"), {}),
    ("path-unknown", 500, envelope().replace("CD123", "../x"), {}),
)


@pytest.mark.parametrize(("problem", "status", "content", "how"), REFUSED)
def test_a_refusal_is_its_own_fault(
    soap_gateway: GatewayProcess,
    quiet_provider: RestProvider,
    problem: str,
    status: int,
    content: str,
    how: dict[str, str],
) -> None:
    answer = ask(soap_gateway, content, **how)

    assert (answer.status_code, slug(answer)) == (status, problem), answer.text
    assert quiet_provider.calls == []


def test_a_soap_12_sender_is_blamed_with_400_and_a_subcode(soap_gateway: GatewayProcess) -> None:
    answer = ask(
        soap_gateway, envelope().replace(SOAP, SOAP_12).replace("CD123", "sai"), media_type="application/soap+xml"
    )

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/soap+xml; charset=utf-8")
    assert "<s:Value>s:Sender</s:Value><s:Subcode><s:Value>lt:request-invalid</s:Value>" in answer.text


def test_a_block_that_need_not_be_understood_is_passed_over(soap_gateway: GatewayProcess) -> None:
    answer = ask(
        soap_gateway, envelope(header='<t:x s:mustUnderstand="0"/><t:y s:mustUnderstand="1" s:actor="urn:z"/>')
    )

    assert answer.status_code == 200


def test_what_looks_like_an_instruction_in_cdata_is_text(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, envelope().replace("CD123", "<![CDATA[<?x?>]]>"))

    assert "does not match" in answer.text


def test_the_fields_block_narrows_as_the_rest_parameter_does(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, envelope(header="<o:Fields>DienTich</o:Fields>"))

    assert "DienTich>120.5<" in answer.text
    assert "HoVaTen" not in answer.text


def test_a_fault_is_in_the_record(soap_gateway: GatewayProcess) -> None:
    answer = ask(soap_gateway, MALICIOUS["a DTD"])

    explained = httpx2.get(f"{soap_gateway.url}/explain/{answer.headers['exchange-id']}", verify=NO_TLS)
    assert "request-invalid" in explained.text


# As in 06-security, 8, at each place of the address.
PLACES = ("/soap/{}/thua-dat/v1", "/soap/datdai/{}/v1", "/soap/datdai/thua-dat/{}", "/soap/datdai/{}/thua-dat/v1")


@pytest.mark.parametrize("value", ["..", "../x", "%2e%2e", "a/b", "a\\b", "a;b", "a&#10;b", "a%00b", "?x", "#x"])
def test_a_value_that_climbs_reaches_no_provider(
    soap_gateway: GatewayProcess, quiet_provider: RestProvider, value: str
) -> None:
    answer = ask(soap_gateway, envelope().replace("CD123", value))

    assert slug(answer) in ("path-unknown", "request-invalid")
    assert quiet_provider.calls == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("step", ["", *CLIMBS])
def test_a_path_that_climbs_names_no_service(
    soap_gateway: GatewayProcess, quiet_provider: RestProvider, step: str, place: str
) -> None:
    head = f"POST {place.format(step)} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nConnection: close\r\n"
    body = envelope().encode()

    said = send_raw(soap_gateway, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    assert said.split(b" ", 2)[1] in (b"400", b"404", b"500")
    assert b"path-unknown" in said or b"request-malformed" in said
    assert quiet_provider.calls == []
