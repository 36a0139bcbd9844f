"""Does a service's OpenAPI document say to each reader what he may do, and does a client made from it work?"""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2
import msgspec
import pytest
import schemathesis
import yaml
from gateways import NO_TLS, TERMS, GatewayProcess, RestProvider, ask, assert_problem, settle_province, token
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator

PATH = "/catalog/v1/databases/datdai/services/thua-dat/v1/openapi.json"
SECOND = msgspec.structs.replace(
    TERMS,
    code="TT-002",
    purposes=("giai-quyet-tthc",),
    grants=(msgspec.structs.replace(TERMS.grants[0], fields=("SoGCN", "MaDVHC"), case_file_required=True),),
)


def public(gateway: GatewayProcess, path: str = PATH) -> httpx2.Response:
    """Ask without a token."""
    return httpx2.get(f"{gateway.url}{path}", timeout=20, verify=NO_TLS)


def test_anybody_sees_every_operation_and_field_with_its_class(standing_gateway: GatewayProcess) -> None:
    document = public(standing_gateway).json()

    answer = document["components"]["schemas"]["get.answer"]["properties"]
    assert set(document["paths"]) == {"/thua-dat/{SoGCN}", "/thua-dat"}
    assert answer["ChuSoHuu"]["properties"]["DienThoai"]["x-lienthong-class"] == "personal"


def test_a_system_sees_only_its_agreed_fields(standing_gateway: GatewayProcess) -> None:
    document = ask(standing_gateway, PATH).json()

    answer = document["components"]["schemas"]["get.answer"]["properties"]
    assert set(answer) == {"SoGCN", "ChuSoHuu", "DienTich", "TaiSan"}
    assert set(answer["ChuSoHuu"]["properties"]) == {"HoVaTen"}


@pytest.mark.parametrize("headers", [{}, {"token": "yes"}])
def test_the_document_is_valid(standing_gateway: GatewayProcess, headers: dict[str, str]) -> None:
    document = (ask(standing_gateway, PATH) if headers else public(standing_gateway)).json()

    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    schemathesis.openapi.from_dict(document).validate()


def test_the_same_document_is_there_in_yaml(standing_gateway: GatewayProcess) -> None:
    written = public(standing_gateway, PATH.replace(".json", ".yaml"))

    assert yaml.safe_load(written.text) == public(standing_gateway).json()


def test_a_service_is_found_by_its_code_alone(standing_gateway: GatewayProcess) -> None:
    found = public(standing_gateway, "/catalog/v1/services/thua-dat/v1/openapi.json")

    assert found.json() == public(standing_gateway).json()


@pytest.mark.parametrize("path", [PATH.replace("v1/o", "v7/o"), PATH.replace(".json", ".xml")])
def test_what_is_not_there_is_not_found(standing_gateway: GatewayProcess, path: str) -> None:
    assert_problem(public(standing_gateway, path), "not-found", status=404)


def test_a_token_of_another_platform_is_refused(standing_gateway: GatewayProcess) -> None:
    assert_problem(ask(standing_gateway, PATH, authorization="Bearer a.b.c"), "token-invalid", status=401)


def test_fields_of_several_agreements_are_united_and_named(gateway_with_two: GatewayProcess) -> None:
    described = ask(gateway_with_two, PATH).json()["paths"]["/thua-dat/{SoGCN}"]["get"]

    headers = {one["name"]: one for one in described["parameters"] if one["in"] == "header"}
    assert [one["agreement"] for one in described["x-lienthong-agreements"]] == ["TT-002", TERMS.code]
    assert headers["Agreement"]["required"]
    assert headers["Agreement"]["schema"]["enum"] == ["TT-002", TERMS.code]
    assert not headers["Case-File"]["required"]


@pytest.fixture
async def gateway_with_two(migrated_url: str, provider: RestProvider, tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway whose system has two agreements for one operation."""
    await settle_province(migrated_url, provider.url, TERMS, SECOND)
    process = GatewayProcess(tmp_path, migrated_url)
    process.start()
    yield process
    process.stop()


@pytest.mark.parametrize("operation", ["get", "list", "create"])
def test_a_client_driven_by_the_document_gets_what_it_promises(
    standing_gateway: GatewayProcess, quiet_provider: RestProvider, operation: str
) -> None:
    bearer = token(standing_gateway)
    document = ask(standing_gateway, PATH).json()
    schema = schemathesis.openapi.from_dict(document)
    described = schema.find_operation_by_id(operation)

    @settings(
        max_examples=6,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(described.as_strategy())
    def ask_as_described(case: schemathesis.Case) -> None:
        answer = case.call(
            base_url=document["servers"][0]["url"],
            headers={"Authorization": f"Bearer {bearer}", "Idempotency-Key": str(uuid4())},
        )
        case.validate_response(answer)

    ask_as_described()
    assert quiet_provider.calls != []
