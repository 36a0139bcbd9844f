"""Is the OpenAPI document of every service of the demo valid, to anybody and to a caller?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from catalog.descriptions import ServiceDescription
from catalog.openapi import Agreed, describe_service
from catalog.openapi_values import body_example, is_valid, read_schema
from gateway.api.openapi import platform_of
from gateway.demo.catalogue import describe_catalogue

SERVICES = describe_catalogue(Path("nowhere"), provider_address="http://127.0.0.1:1").services
DATABASES = sorted({service.database for service in SERVICES})
PLATFORM = platform_of("https://lienthong.example")


def half_agreed(service: ServiceDescription) -> Mapping[str, Sequence[Agreed]]:
    """Agree to half of the fields of each operation, under two agreements."""
    return {
        operation.code: [
            Agreed(
                agreement=f"TT-{number}",
                version=1,
                fields=tuple(field.path for field in operation.fields if not field.structural)[number::4] or ("x",),
                purposes=("a", "b"),
                case_file_required=True,
                officer_required=True,
                daily_quota=100,
                rows_filtered=False,
                valid_until="2026-12-31",
            )
            for number in range(2)
        ]
        for operation in service.operations
    }


def document(service: ServiceDescription, agreed: Mapping[str, Sequence[Agreed]] | None) -> dict[str, Any]:
    """Return the document as a reader gets it."""
    written = msgspec.json.encode(describe_service(service, PLATFORM, agreed=agreed))
    return msgspec.json.decode(written)


def faults(documents: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the validator says."""
    return [str(error) for one in documents for error in OpenAPIV31SpecValidator(one).iter_errors()]


@pytest.mark.parametrize("database", DATABASES)
def test_every_document_is_valid_to_anybody(database: str) -> None:
    assert faults([document(one, None) for one in SERVICES if one.database == database]) == []


@pytest.mark.parametrize("database", DATABASES)
def test_every_document_is_valid_to_a_caller(database: str) -> None:
    assert faults([document(one, half_agreed(one)) for one in SERVICES if one.database == database]) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: f"{one.database}-{one.code}")
def test_every_example_of_an_answer_keeps_its_schema(service: ServiceDescription) -> None:
    written = document(service, None)
    responses = [op["responses"]["200"] for item in written["paths"].values() for op in item.values()]
    contents = [one["content"]["application/json"] for one in responses]
    schemas = written["components"]["schemas"]

    assert all(is_valid(schemas[one["schema"]["$ref"].rsplit("/", 1)[1]], one["example"]) for one in contents)


def test_a_system_without_an_agreement_sees_no_operation() -> None:
    assert document(SERVICES[0], {})["paths"] == {}


def test_every_body_of_the_demo_has_an_example() -> None:
    taking = [operation for service in SERVICES for operation in service.operations if operation.takes_body]

    assert taking
    assert all(body_example(read_schema(operation.body_schema)) is not None for operation in taking)
