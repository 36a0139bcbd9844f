"""How does a test write a message of X-Road's protocol for SOAP, by hand from PR-MESS, and read what comes back?"""

import httpx2
from gateways import NO_TLS, GatewayProcess
from lxml import etree

ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
XROAD, ID = "http://x-road.eu/xsd/xroad.xsd", "http://x-road.eu/xsd/identifiers"
SERVICE = "urn:lienthong:datdai:thua-dat:v1"
MESSAGE_ID = "4894e35d-bf0f-44a6-867a-8e51f1daa7e0"


def identifier(name: str, kind: str, **parts: str) -> str:
    inner = "".join(f"<id:{tag}>{text}</id:{tag}>" for tag, text in parts.items() if text)
    return f'<xrd:{name} id:objectType="{kind}">{inner}</xrd:{name}>'


def client(subsystem: str = "mot-cua-noi-bo", *, kind: str = "SUBSYSTEM", member: str = "H32-01") -> str:
    return identifier("client", kind, xRoadInstance="VN", memberClass="GOV", memberCode=member, subsystemCode=subsystem)


def service(code: str = "get", version: str = "v1", subsystem: str = "Đất đai") -> str:
    return identifier(
        "service", "SERVICE", xRoadInstance="VN", memberClass="GOV", memberCode="H32/02", subsystemCode=subsystem,
        serviceCode=code, serviceVersion=version,
    )  # fmt: skip


ID_BLOCK, VERSION_BLOCK = f"<xrd:id>{MESSAGE_ID}</xrd:id>", "<xrd:protocolVersion>4.0</xrd:protocolVersion>"
PERSON = "<xrd:userId>VN056099000001</xrd:userId>"
GET = f'<ns1:get xmlns:ns1="{SERVICE}"><ns1:SoGCN>CD123</ns1:SoGCN></ns1:get>'


def message(*blocks: str, body: str = GET) -> bytes:
    found = blocks or (client(), service(), ID_BLOCK, VERSION_BLOCK)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope'
        f' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xrd="{XROAD}" xmlns:id="{ID}">'
        f"<SOAP-ENV:Header>{''.join(found)}</SOAP-ENV:Header><SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def post(gateway: GatewayProcess, content: bytes, *, path: str = "/xroad-endpoint", **headers: str) -> httpx2.Response:
    named = {"content-type": "text/xml;charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx2.post(f"{gateway.url}{path}", content=content, headers=named, timeout=20, verify=NO_TLS)


def body_of(answer: httpx2.Response) -> etree._Element:
    assert answer.status_code == 200
    return etree.fromstring(answer.content).find(f"{ENVELOPE}Body")[0]


def assert_fault(answer: httpx2.Response, code: str) -> None:
    fault = body_of(answer)
    assert (fault.tag, fault.findtext("faultcode")) == (f"{ENVELOPE}Fault", code), answer.text
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert "<SOAP-ENV:Fault><faultcode>" in answer.text
    assert fault.findtext("detail/faultDetail") == answer.headers["exchange-id"]
