"""Does a client of an imported WSDL only change the address, whatever its agreement withholds?"""

import base64

import httpx2
import pytest
import requests
import zeep
from gateways import NO_TLS, SECRET, SYSTEM, GatewayProcess, token
from lxml import etree
from soap_province import HOUSEHOLDS, IMPORTED, NARROW, NARROW_SYSTEM
from zeep.transports import Transport

pytestmark = pytest.mark.xdist_group("soap")

XS = "{http://www.w3.org/2001/XMLSchema}"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ASK = f"""<s:Envelope xmlns:s="{ENVELOPE}" xmlns:t="{HOUSEHOLDS}">
<s:Body><t:TraCuuHo><t:SoHo>H1</t:SoHo></t:TraCuuHo></s:Body></s:Envelope>"""
XSD = "?xsd=types%2Fho.xsd"


def client(gateway: GatewayProcess, system: str, port: str, query: str = "?wsdl") -> zeep.Client:
    session = requests.Session()
    session.auth = (system, SECRET)
    return zeep.Client(f"{gateway.url}{IMPORTED}{query}", transport=Transport(session=session), port_name=port)


def raw_answer(gateway: GatewayProcess, system: str) -> etree._Element:
    answer = httpx2.post(
        f"{gateway.url}{IMPORTED}",
        content=ASK.encode(),
        headers={"Content-Type": "text/xml"},
        auth=(system, SECRET),
        verify=NO_TLS,
    )
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.content).find(f"{{{ENVELOPE}}}Body")[0]


def schema(gateway: GatewayProcess, query: str = XSD) -> etree.XMLSchema:
    answer = httpx2.get(f"{gateway.url}{IMPORTED}{query}", auth=(NARROW_SYSTEM, SECRET), verify=NO_TLS)
    assert answer.status_code == 200, answer.text
    return etree.XMLSchema(etree.fromstring(answer.content))


@pytest.mark.parametrize("port", ["HoPort", "HoPort12"])
def test_zeep_calls_by_the_original_names(soap_gateway: GatewayProcess, port: str) -> None:
    answer = client(soap_gateway, SYSTEM, port).service.TraCuuHo(SoHo="H1")

    assert (answer.MaXa, answer.ChuHo, answer.TamTru, answer.Anh) == (
        "22001",
        "Nguyễn Văn Thử",
        "Số 1",
        b"\xff\xef\x00\x01",
    )
    assert [one.HoTen for one in answer.ThanhVien] == ["A & B", "C"]


def test_the_wsdl_names_our_address_and_leaves_out_what_is_not_published(soap_gateway: GatewayProcess) -> None:
    text = httpx2.get(f"{soap_gateway.url}{IMPORTED}?WSDL", verify=NO_TLS).text

    assert "cu.invalid" not in text
    assert text.count(f'location="{soap_gateway.url}{IMPORTED}"') == 2
    assert 'name="TraCuuHo"' in text
    assert '<wsdl:operation name="XoaHo"' not in text


def test_a_whole_answer_is_valid_by_the_original_schema(soap_gateway: GatewayProcess) -> None:
    schema(soap_gateway).assertValid(raw_answer(soap_gateway, SYSTEM))


def test_a_narrow_answer_is_valid_by_the_schema_of_its_agreement(soap_gateway: GatewayProcess) -> None:
    answer = raw_answer(soap_gateway, NARROW_SYSTEM)

    schema(soap_gateway, f"{XSD}&agreement={NARROW}").assertValid(answer)
    assert not schema(soap_gateway).validate(answer)


def test_a_withheld_element_that_is_nillable_is_written_empty(soap_gateway: GatewayProcess) -> None:
    answer = raw_answer(soap_gateway, NARROW_SYSTEM)

    nil = answer.find(f".//{{{HOUSEHOLDS}}}SoDinhDanh")
    assert (nil.get("{http://www.w3.org/2001/XMLSchema-instance}nil"), nil.text) == ("true", None)
    assert answer.find(f".//{{{HOUSEHOLDS}}}ChuHo") is None


def test_zeep_reads_a_narrow_answer_by_the_wsdl_of_its_agreement(soap_gateway: GatewayProcess) -> None:
    narrow = client(soap_gateway, NARROW_SYSTEM, "HoPort", f"?wsdl&agreement={NARROW}")

    answer = narrow.service.TraCuuHo(SoHo="H1")

    assert (answer.SoHo, answer.ChuHo, answer.SoDinhDanh, answer.TamTru) == ("H1", None, None, None)


@pytest.mark.parametrize("system", ["", SYSTEM])
def test_the_wsdl_of_an_agreement_is_for_its_systems_alone(soap_gateway: GatewayProcess, system: str) -> None:
    answer = httpx2.get(
        f"{soap_gateway.url}{IMPORTED}?wsdl&agreement={NARROW}",
        auth=(system, SECRET) if system else None,
        verify=NO_TLS,
    )

    assert answer.status_code == (403 if system else 401)


def test_the_providers_fault_is_a_fault(soap_gateway: GatewayProcess) -> None:
    with pytest.raises(zeep.exceptions.Fault) as caught:
        client(soap_gateway, SYSTEM, "HoPort").service.TraCuuHo(SoHo="H0")

    assert caught.value.detail.findtext(".//{urn:lienthong:soap}status") == "502"


def test_rest_and_soap_callers_get_the_same(soap_gateway: GatewayProcess) -> None:
    answer = httpx2.post(
        f"{soap_gateway.url}/x/datdai/ho/v1/TraCuuHo",
        json={"SoHo": "H1"},
        headers={"authorization": f"Bearer {token(soap_gateway)}"},
        verify=NO_TLS,
    )

    assert answer.json()["Ho"]["DienTich"] == 120.5
    assert answer.json()["Ho"]["Anh"] == base64.b64encode(b"\xff\xef\x00\x01").decode()


def test_the_catalogue_names_the_wsdl_and_the_fields_that_force_another(soap_gateway: GatewayProcess) -> None:
    said = httpx2.get(f"{soap_gateway.url}/catalog/v1/databases/datdai/services/ho/v1", verify=NO_TLS).json()["soap"]

    assert said["wsdl"] == f"{IMPORTED}?wsdl"
    assert set(said["forcing"]["TraCuuHo"]) == {
        "Ho.MaXa", "Ho.SoHo", "Ho.ChuHo", "Ho.NgayLap", "Ho.ThuongTru", "Ho.TamTru",
        "Ho.ThanhVien[].HoTen", "Ho.ThanhVien[].NamSinh",
    }  # fmt: skip


def test_a_wsdl_that_was_given_for_a_proof_is_kept_by_nobody(soap_gateway: GatewayProcess) -> None:
    address = f"{soap_gateway.url}{IMPORTED}?wsdl&agreement={NARROW}"

    answer = httpx2.get(address, auth=(NARROW_SYSTEM, SECRET), verify=NO_TLS)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
