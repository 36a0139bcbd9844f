"""Are fields counted and listed of the newest versions only, and the versions of a service told in order?"""

import msgspec
import pytest
from catalog_samples import REQUESTER, SERVICE

from catalog.coverage import FieldsSought, count_fields, list_fields, read_coverage
from catalog.descriptions import FieldClass
from catalog.holdings import read_lifetimes
from catalog.services import deprecate_service, find_services_called, publish_service, retire_service
from gateway.db import Database

TERM = "QĐ2439/so-thua"
NEXT = msgspec.structs.replace(
    SERVICE,
    version=2,
    operations=(
        msgspec.structs.replace(
            SERVICE.operations[0],
            fields=(
                msgspec.structs.replace(SERVICE.operations[0].fields[0], term=TERM),
                *SERVICE.operations[0].fields[1:],
            ),
        ),
    ),
)


@pytest.fixture
async def two_versions(catalogue: Database) -> Database:
    """Parcels in two versions, the first of which ends; the second names a term of the dictionary."""
    async with catalogue.transaction() as session:
        await publish_service(session, NEXT, by=REQUESTER)
        await deprecate_service(session, "datdai", "thua-dat", version=1, sunset=None, successor=2, by=REQUESTER)
    return catalogue


async def test_the_newest_versions_fields_are_counted(two_versions: Database) -> None:
    async with two_versions.reading() as session:
        coverage = await read_coverage(session, "datdai")

    assert (coverage.fields, coverage.with_term, coverage.share) == (4, 1, 0.25)
    assert coverage.classes == {FieldClass.OPEN: 3, FieldClass.PERSONAL: 1}


async def test_a_database_without_services_has_no_share(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await retire_service(session, "datdai", "thua-dat", version=1)
    async with catalogue.reading() as session:
        assert (await read_coverage(session, "datdai")).share is None


@pytest.mark.parametrize(
    ("sought", "paths"),
    [
        (FieldsSought(), ["DienTich", "MaXa", "SoDinhDanh", "SoThua"]),
        (FieldsSought(class_="personal"), ["SoDinhDanh"]),
        (FieldsSought(with_term=True), ["SoThua"]),
        (FieldsSought(with_term=False, class_="open"), ["DienTich", "MaXa"]),
        (FieldsSought(service="thua-dat", with_term=True), ["SoThua"]),
        (FieldsSought(service="khac"), []),
    ],
)
async def test_fields_are_narrowed(two_versions: Database, sought: FieldsSought, paths: list[str]) -> None:
    async with two_versions.reading() as session:
        lines = await list_fields(session, "datdai", sought, limit=50, offset=0)
        total = await count_fields(session, "datdai", sought)

    assert [line.path.removeprefix("items[].") for line in lines] == paths
    assert {line.version for line in lines} <= {2}
    assert total == len(paths)


async def test_all_versions_of_a_service_are_told_the_newest_first(two_versions: Database) -> None:
    async with two_versions.reading() as session:
        found = await read_lifetimes(session, "datdai", ["thua-dat", "khac"])

    assert [(one.version, one.state, one.successor) for one in found["thua-dat"]] == [
        (2, "published", None),
        (1, "deprecated", 2),
    ]


async def test_a_service_is_found_by_its_code_and_number(two_versions: Database) -> None:
    async with two_versions.reading() as session:
        found = await find_services_called(session, "thua-dat", version=2)

    assert [view.service.database for view in found] == ["datdai"]
