"""What is published, and what is refused before it is?"""

import msgspec
import pytest
from catalog_samples import REQUESTER, SERVICE

from catalog.descriptions import FieldType, ParameterDescription, Place, ServiceDescription
from catalog.errors import AlreadyThere
from catalog.policy import read_policy
from catalog.search import search
from catalog.service_faults import check_service
from catalog.services import publish_service, retire_service
from gateway.db import Database


def with_operation(**members: object) -> ServiceDescription:
    operation = msgspec.structs.replace(SERVICE.operations[0], **members)
    return msgspec.structs.replace(SERVICE, operations=(operation,))


def with_parameter(name: str, **members: object) -> ServiceDescription:
    more = ParameterDescription(name=name, place=Place.QUERY, type=FieldType.STRING)
    parameter = msgspec.structs.replace(more, **members)
    return with_operation(parameters=(*SERVICE.operations[0].parameters, parameter))


def test_a_right_description_has_no_fault() -> None:
    assert check_service(SERVICE) == []


@pytest.mark.parametrize(
    ("service", "where"),
    [
        (with_operation(method="TRACE"), "operations[0].method"),
        (with_operation(safe=False), "operations[0].safe"),
        (with_operation(path="thua-dat/{SoGCN}"), "operations[0].path"),
        (with_operation(path="/../{SoGCN}"), "operations[0].path"),
        (with_operation(path="/thua-dat/{Khac}"), "operations[0].path"),
        (with_operation(fields=()), "operations[0].fields"),
        (with_operation(rows="khac[]"), "operations[0].rows"),
        (with_operation(subjects=("parameter:Khac",)), "operations[0].subjects[0]"),
        (with_operation(subjects=("answer:Khac",)), "operations[0].subjects[0]"),
        (with_parameter("fields"), "operations[0].parameters[1].name"),
        (with_parameter("SoGCN"), "operations[0].parameters"),
        (with_parameter("Ma", format="khong-co"), "operations[0].parameters[1].format"),
        (with_parameter("Ma", pattern="["), "operations[0].parameters[1].pattern"),
        (msgspec.structs.replace(SERVICE, operations=SERVICE.operations * 2), "operations"),
        (msgspec.structs.replace(SERVICE, provider=""), "provider"),
        (msgspec.structs.replace(SERVICE, specified=False), "operations"),
        (msgspec.structs.replace(SERVICE, version=0), "version"),
        (msgspec.structs.replace(SERVICE, code="thửa đất"), "code"),
    ],
)
def test_a_fault_names_its_member(service: ServiceDescription, where: str) -> None:
    assert where in {fault.where for fault in check_service(service)}


async def test_a_published_version_never_changes(catalogue: Database) -> None:
    with pytest.raises(AlreadyThere):
        async with catalogue.transaction() as session:
            await publish_service(session, with_operation(title_vi="Khác"), by=REQUESTER)


async def test_a_retired_version_is_not_callable(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await retire_service(session, "datdai", "thua-dat", version=1)

    async with catalogue.reading() as session:
        assert not (await read_policy(session)).services["datdai", "thua-dat", 1].callable


@pytest.mark.parametrize(
    ("query", "databases", "services"),
    [
        ("dat dai", 1, 1),
        ("ĐẤT ĐAI", 1, 1),
        ("thua dat gia", 0, 1),
        ("tra cuu thua", 0, 1),
        ("tau ca", 0, 0),
        ("%", 0, 0),
        ("  ", 0, 0),
    ],
)
async def test_search_needs_no_marks(catalogue: Database, query: str, databases: int, services: int) -> None:
    async with catalogue.reading() as session:
        found = await search(session, query)

    assert (len(found.databases), len(found.services)) == (databases, services)
