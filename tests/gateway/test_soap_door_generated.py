"""Do real SOAP clients get, of a service that has no WSDL, what REST callers get?"""

from collections.abc import Iterator

import pytest
import requests
import zeep
from gateways import GatewayProcess, RestProvider, token
from lxml import etree
from zeep.transports import Transport

ADDRESS = "/soap/datdai/thua-dat/v1"
OURS = "urn:lienthong:soap"


@pytest.fixture(params=["Soap11", "Soap12"])
def client(request: pytest.FixtureRequest, standing_gateway: GatewayProcess) -> Iterator[zeep.Client]:
    """A zeep client with a bearer token, on each port."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token(standing_gateway)}"
        url = f"{standing_gateway.url}{ADDRESS}?wsdl"
        yield zeep.Client(url, transport=Transport(session=session), port_name=request.param)


def test_zeep_gets_only_the_agreed_fields(client: zeep.Client) -> None:
    answer = zeep.helpers.serialize_object(client.service.get(SoGCN="CD123"), dict)

    assert answer == {
        "SoGCN": "CD123",
        "ChuSoHuu": {"HoVaTen": "Nguyễn Văn Thử", "SoDinhDanh": None, "DienThoai": None},
        "DienTich": pytest.approx(120.5),
        "TaiSan": [{"Ma": "A1", "GiaTri": None}, {"Ma": "A2", "GiaTri": None}],
        "MaDVHC": None,
    }


def test_zeep_gets_a_list(client: zeep.Client) -> None:
    answer = client.service.list()

    assert [row.SoGCN for row in answer["items"]] == ["CD0", "CD1", "CD2"]


def test_zeep_gets_a_fault_that_carries_the_problem(client: zeep.Client, quiet_provider: RestProvider) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="Nội dung yêu cầu sai") as caught:
        client.service.get(SoGCN="sai")

    assert caught.value.detail.findtext(f".//{{{OURS}}}where") == "SoGCN"
    assert quiet_provider.calls == []


def test_zeep_changes_something_with_a_key_in_a_soap_header(
    client: zeep.Client, request: pytest.FixtureRequest
) -> None:
    key = etree.Element(f"{{{OURS}}}IdempotencyKey")
    key.text = f"khoa-{request.node.name}"

    answer = client.service.create(DienTich=3, _soapheaders=[key])

    assert answer == "CD-MOI"
