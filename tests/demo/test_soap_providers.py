"""Do the SOAP providers keep to their WSDLs? A SOAP client made from the served WSDL asks them over real HTTP."""

from pathlib import Path

import pytest
import requests
import zeep
from lxml import etree
from requests.auth import HTTPBasicAuth
from zeep.exceptions import Fault
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from gateway.demo.contents import RECORDS
from gateway.demo.databases import DATABASES
from gateway.demo.databases.form import Database, Technology
from gateway.demo.province import Province

# Writing a demo takes ten seconds: one process of the test run does it for all.
pytestmark = pytest.mark.xdist_group("demo")

SOAP = [one for one in DATABASES if one.technology is Technology.SOAP]
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def client(providers: str, demo: Path, code: str) -> zeep.Client:
    """A zeep client with the provider's own credentials."""
    user, password = ((demo / "secrets" / f"{code}.{name}").read_text() for name in ("user", "password"))
    session = requests.Session()
    session.auth = HTTPBasicAuth(user, password)
    wsse = UsernameToken(user, password, use_digest=True) if code == "yte" else None
    return zeep.Client(f"{providers}/soap/{code}?wsdl", transport=Transport(session=session), wsse=wsse)


@pytest.fixture
def transport(providers: str, demo: Path) -> zeep.Client:
    return client(providers, demo, "giaothong")


@pytest.fixture
def health(providers: str, demo: Path) -> zeep.Client:
    return client(providers, demo, "yte")


@pytest.fixture
def justice(providers: str, demo: Path) -> zeep.Client:
    return client(providers, demo, "tuphap")


@pytest.mark.parametrize("database", SOAP, ids=[one.code for one in SOAP])
def test_a_wsdl_names_every_operation(database: Database, providers: str, demo: Path) -> None:
    served = client(providers, demo, database.code)
    declared = {operation.path for one in database.objects for operation in one.operations}
    assert set(served.wsdl.bindings[f"{{{database.namespace}}}DichVuSoap"].all()) == declared


@pytest.mark.parametrize("database", SOAP, ids=[one.code for one in SOAP])
def test_the_wsdl_on_disk_is_read_without_a_network(database: Database, demo: Path) -> None:
    assert zeep.Client(str(demo / "wsdl" / f"{database.code}.wsdl")).wsdl.services


def test_a_licence_is_found_by_its_number(transport: zeep.Client, province: Province) -> None:
    wanted = RECORDS["giaothong"](province)["giay-phep-lai-xe"][0]
    found = transport.service.TraCuuGPLX(SoGPLX=wanted["SoGPLX"])
    assert found[0].NguoiLai.HoVaTen == wanted["NguoiLai"]["HoVaTen"]
    assert len(found[0].Hang) == len(wanted["Hang"])


def test_who_is_not_there_is_an_empty_answer(transport: zeep.Client) -> None:
    assert transport.service.TraCuuGPLX(SoGPLX="000000000000") in (None, [])


def test_routes_are_paged(transport: zeep.Client) -> None:
    answer = transport.service.DanhSachTuyen(MaDVHC="22366", TuThu=0, SoLuong=3)
    assert len(answer.Tuyen) == 3
    assert answer.TongSo > 3


def test_a_practitioner_is_found_with_a_username_token(health: zeep.Client) -> None:
    found = health.service.TraCuuCCHN(SoCCHN="000001/KH-CCHN")
    assert found.PhamVi[0].TenPhamVi


def test_civil_events_are_found_by_a_person(justice: zeep.Client, province: Province) -> None:
    event = RECORDS["tuphap"](province)["ho-tich"][0]
    person = event["DuongSu"][0]["SoDinhDanh"]
    assert event["SoHoTich"] in [one.SoHoTich for one in justice.service.TraCuuHoTich(SoDinhDanh=person)]


def test_a_missing_argument_is_a_fault_with_a_code(health: zeep.Client) -> None:
    with pytest.raises(Fault) as caught:
        health.service.TraCuuCCHN()
    assert "THIEU_THAM_SO" in etree.tostring(caught.value.detail, encoding="unicode")


@pytest.mark.parametrize("code", ["giaothong", "yte", "tuphap"])
def test_who_does_not_prove_itself_gets_a_fault(code: str, providers: str) -> None:
    unknown = zeep.Client(f"{providers}/soap/{code}?wsdl")
    name = {"giaothong": "TraCuuGPLX", "yte": "TraCuuCCHN", "tuphap": "ChiTietVanBan"}[code]
    with pytest.raises(Fault, match="Sai thông tin xác thực"):
        unknown.service[name]("1")


@pytest.mark.parametrize(
    ("code", "operation", "arguments"),
    [
        ("giaothong", "TraCuuPhuongTien", {"BienSo": "85B-900.01"}),
        ("giaothong", "DanhSachTuyen", {"MaDVHC": "22366"}),
        ("tuphap", "DanhSachVanBan", {"LoaiVanBan": "Nghị quyết"}),
        ("tuphap", "TraCuuHoTich", {"SoHoTich": "KS-22528-2017-00001"}),
    ],
)
def test_answers_are_valid_by_the_served_schema(
    code: str, operation: str, arguments: dict[str, str], providers: str, demo: Path
) -> None:
    asking = client(providers, demo, code)
    with asking.settings(raw_response=True):
        raw = asking.service[operation](**arguments).content
    schema = etree.XMLSchema(etree.fromstring(requests.get(f"{providers}/soap/{code}?xsd=1", timeout=10).content))
    answer = etree.fromstring(raw).find(f"{{{ENVELOPE}}}Body")[0]
    assert len(answer)
    schema.assertValid(answer)


@pytest.mark.parametrize("body", [b"", b"<a/>", b"not xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_envelope_is_a_fault(body: bytes, providers: str, demo: Path) -> None:
    user, password = ((demo / "secrets" / f"tuphap.{name}").read_text() for name in ("user", "password"))
    answer = requests.post(f"{providers}/soap/tuphap", data=body, auth=(user, password), timeout=10)
    assert answer.status_code == 500
    assert b"faultcode" in answer.content
