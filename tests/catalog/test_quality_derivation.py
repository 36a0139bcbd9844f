"""Which rules follow from a description, and how is a service read? Asked of the whole demo catalogue."""

from pathlib import Path

import pytest

from catalog.descriptions import DatabaseDescription
from catalog.quality.criteria import Check
from catalog.quality.derivation import SharedList, derive_rules, key_of, newest_versions, shared_lists
from catalog.quality.rules import Rule, rule_faults
from catalog.quality.sources import Paging, Reason, Source, source_of
from gateway.demo.catalogue import Catalogue, describe_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return describe_catalogue(Path("demo"), provider_address="http://127.0.0.1:1")


@pytest.fixture(scope="module")
def lists(catalogue: Catalogue) -> dict[str, SharedList]:
    return shared_lists(one for service in catalogue.services if isinstance(one := source_of(service), Source))


def read(catalogue: Catalogue, database: str, service: str, *, known: tuple[str, ...] = ()) -> Source | Reason:
    found = next(one for one in catalogue.services if (one.database, one.code) == (database, service))
    return source_of(found, known=known)


def rules_of(
    catalogue: Catalogue, lists: dict[str, SharedList], database: str, service: str
) -> dict[tuple[str, Check], Rule]:
    source = read(catalogue, database, service)
    assert isinstance(source, Source)
    about = next(one for one in catalogue.databases if one.code == database)
    return {(rule.field, rule.check): rule for rule in derive_rules(about, source, lists)}


@pytest.mark.parametrize(
    ("database", "service", "operation", "paging", "total"),
    [
        ("cbccvc", "ho-so-can-bo", "danh-sach", Paging.CURSOR, ""),
        ("tthc", "ho-so", "danh-sach", Paging.PAGE, "tongSo"),
        ("pakn", "phan-anh", "danh-sach", Paging.OFFSET, "total"),
        ("yte", "co-so-kham-chua-benh", "danh-sach", Paging.OFFSET, "TongSo"),
        ("dmdc", "dvhc", "danh-sach", Paging.WHOLE, ""),
    ],
)
def test_a_list_is_read_in_the_way_in_which_its_provider_pages(
    catalogue: Catalogue, database: str, service: str, operation: str, paging: Paging, total: str
) -> None:
    found = read(catalogue, database, service)

    assert isinstance(found, Source)
    assert (found.operation.code, found.paging, found.total) == (operation, paging, total)


@pytest.mark.parametrize(
    ("database", "service", "reason"),
    [
        ("qg-dancu", "cong-dan", Reason.NEEDS_OFFICER),
        ("qg-datdai", "dich-vu", Reason.NO_SPECIFICATION),
        ("giaothong", "giay-phep-lai-xe", Reason.ONE_BY_ONE),
        ("giaothong", "phuong-tien", Reason.ONE_BY_ONE),
        ("giaothong", "tuyen", Reason.ONE_BY_ONE),
        ("tuphap", "ho-tich", Reason.ONE_BY_ONE),
    ],
)
def test_what_cannot_be_read_says_why(catalogue: Catalogue, database: str, service: str, reason: Reason) -> None:
    assert read(catalogue, database, service) is reason


def test_a_list_that_wants_a_known_code_is_read_by_codes(catalogue: Catalogue) -> None:
    found = read(catalogue, "giaothong", "tuyen", known=("MaDVHC",))

    assert isinstance(found, Source)
    assert found.by == "MaDVHC"


def test_the_shared_lists_are_those_of_one_owner_and_of_no_person(lists: dict[str, SharedList]) -> None:
    assert lists["MaDVHC"].argument == "dmdc/dvhc/v1/danh-sach#MaDVHC"
    assert lists["MSDN"].argument == "doanhnghiep/doanh-nghiep/v1/danh-sach#MSDN"
    assert not [name for name in lists if name.startswith("SoDinhDanh")]


def test_a_key_and_a_persons_number_are_identifiers(catalogue: Catalogue, lists: dict[str, SharedList]) -> None:
    found = rules_of(catalogue, lists, "ansinh", "doi-tuong")

    assert found["MaDoiTuong", Check.UNIQUE].identifier
    assert found["SoDinhDanh", Check.FORMAT].argument == "so-dinh-danh"
    assert found["SoDinhDanh", Check.FORMAT].identifier
    assert ("SoDinhDanh", Check.UNIQUE) not in found
    assert not found["TrangThai", Check.FILLED].identifier


@pytest.mark.parametrize(
    ("database", "service", "field", "check", "there"),
    [
        ("ansinh", "doi-tuong", "MaDVHC", Check.LISTED, True),
        ("ansinh", "doi-tuong", "HoVaTen", Check.CASED, True),
        ("ansinh", "doi-tuong", "NgaySinh", Check.NOT_FUTURE, True),
        ("ansinh", "doi-tuong", "DangKhuyetTat", Check.FILLED, False),
        ("ansinh", "tro-cap", "DenNgay", Check.NOT_FUTURE, False),
        ("ansinh", "tro-cap", "DenNgay", Check.FILLED, False),
        ("datdai", "thua-dat", "CapNhatLuc", Check.FRESH, True),
        ("datdai", "thua-dat", "NgayCapGCN", Check.NOT_FUTURE, True),
        ("dmdc", "dvhc", "TenDVHC", Check.FORMAT, False),
        ("dmdc", "dvhc", "MaDVHC", Check.LISTED, False),
        ("doanhnghiep", "doanh-nghiep", "VonDieuLe", Check.NO_JUNK, False),
        ("ktxh", "chi-tieu", "", Check.UNIQUE, True),
    ],
)
def test_a_rule_follows_from_a_field_or_not(
    catalogue: Catalogue, lists: dict[str, SharedList], database: str, service: str, field: str, check: Check,
    there: bool,
) -> None:  # fmt: skip
    assert ((field, check) in rules_of(catalogue, lists, database, service)) is there


def test_every_derived_rule_is_one_that_could_be_written(catalogue: Catalogue, lists: dict[str, SharedList]) -> None:
    databases: dict[str, DatabaseDescription] = {one.code: one for one in catalogue.databases}
    sources = [one for service in catalogue.services if isinstance(one := source_of(service), Source)]
    rules = [rule for one in sources for rule in derive_rules(databases[one.service.database], one, lists)]

    assert len(rules) > 1_000
    assert [(rule.code, rule_faults(rule)) for rule in rules if rule_faults(rule)] == []


def test_only_the_newest_version_of_a_service_is_judged(catalogue: Catalogue) -> None:
    once = newest_versions([*catalogue.services, *catalogue.services])

    assert len(once) == len({(one.database, one.code) for one in catalogue.services})


def test_a_key_is_what_one_row_is_asked_by(catalogue: Catalogue) -> None:
    found = read(catalogue, "doanhnghiep", "doanh-nghiep")

    assert isinstance(found, Source)
    assert key_of(found) == "MSDN"
