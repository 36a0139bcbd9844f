"""What differs, what could be upgraded, what is not used: are the pure rules right, case by case?"""

from collections.abc import Mapping
from datetime import date

import msgspec
import pytest
from agreement_samples import NEWER, RELIGION
from catalog_samples import NOW, SERVICE, TERMS, with_grant, with_terms

from catalog.agreement_differences import Direction, differences
from catalog.agreement_upgrades import upgrade_terms
from catalog.agreement_use import GrantUse, grant_key, unused_grants
from catalog.terms import AgreementTerms, FieldReason, LegalBasis, Rate
from catalog.widening import widens

GRANT = TERMS.grants[0]
W, N, X = Direction.WIDER, Direction.NARROWER, Direction.OTHER
SEVERAL = with_terms(systems=("mot-cua", "qlvb"), grants=(GRANT, msgspec.structs.replace(GRANT, operation="khac")))


@pytest.mark.parametrize(
    ("new", "directions"),
    [
        (TERMS, []),
        (with_terms(systems=("mot-cua", "qlvb")), [W]),
        (with_terms(purposes=("khac",)), [W, N]),
        (with_terms(valid_until=date(2028, 12, 31)), [W]),
        (with_terms(valid_until=date(2027, 1, 31), review_on=date(2027, 1, 1)), [N, N]),
        (with_terms(legal_basis=(LegalBasis(document="1/2026/NĐ-CP"),)), [X]),
        (with_grant(fields=("items[].SoThua",)), [N]),
        (with_grant(fields=(*GRANT.fields, "items[].DienTich")), [W]),
        (with_grant(rows="all"), [W]),
        (with_grant(rate=Rate(requests=1, per_seconds=1, burst=1)), [N]),
        (with_grant(rate=Rate(requests=1, per_seconds=1, burst=100)), [X]),
        (with_grant(daily_quota=999), [N]),
        (with_grant(hours="always"), [W]),
        (with_grant(networks=("10.1.0.0/16",)), [N]),
        (with_grant(case_file_required=False), [W]),
        (with_grant(officer_required=True), [N]),
        (with_grant(cache_allowed=True), [W]),
        (with_grant(operation="khac"), [W, N]),
    ],
)
def test_each_difference_is_wider_narrower_or_another(new: AgreementTerms, directions: list[Direction]) -> None:
    assert [one.direction for one in differences(TERMS, new)] == directions
    # The same judgement as the one that decides whether a version must be approved again.
    assert bool(widens(TERMS, new)) == (W in directions or X in directions)


def test_a_difference_is_said_in_both_languages() -> None:
    (found,) = differences(TERMS, with_grant(hours="always"))

    assert (found.about, found.was_vi) == ("thua-dat/v1/tra-cuu", "thứ hai–thứ sáu 07:00–17:30")
    assert (found.what_en, found.was_en, found.now_en) == ("Hours", "Mon–Fri 07:00–17:30", "always")


def test_a_new_reason_is_told() -> None:
    new = with_grant(reasons=(FieldReason(field=RELIGION, reason="cần"),))

    assert [(one.direction, one.now_vi) for one in differences(TERMS, new)] == [(X, "cần")]


def test_an_agreement_about_the_newest_version_has_no_upgrade() -> None:
    assert upgrade_terms(TERMS, {("thua-dat", 1): SERVICE}) is None


def test_an_upgrade_names_what_breaks_and_what_is_new() -> None:
    found = upgrade_terms(TERMS, {("thua-dat", 1): SERVICE, ("thua-dat", 2): NEWER})

    assert found is not None
    assert found.terms is not None
    assert (found.terms.grants[0].version, found.terms.grants[0].fields) == (2, ("items[].MaXa",))
    assert "thua-dat/v1/tra-cuu: items[].SoThua" in {one.where for one in found.breaks}
    assert {one.where.rpartition(" ")[2] for one in found.offers} == {"items[].SoThuaMoi", RELIGION}
    assert differences(TERMS, found.terms)


def test_an_upgrade_never_drops_a_row_filter() -> None:
    bare = msgspec.structs.replace(
        NEWER.operations[0], fields=tuple(f for f in NEWER.operations[0].fields if f.path != "items[].MaXa")
    )
    without = msgspec.structs.replace(NEWER, operations=(bare,))

    found = upgrade_terms(
        with_grant(fields=("items[].DienTich",)), {("thua-dat", 1): SERVICE, ("thua-dat", 2): without}
    )

    assert found is not None
    assert found.terms is None


def use(*fields: str, whole: bool = False) -> GrantUse:
    return GrantUse(3, NOW, frozenset(fields), whole)


def key(system: str, number: int) -> str:
    return grant_key(SEVERAL.code, system, database=SEVERAL.database, grant=SEVERAL.grants[number])


BOTH = {key("mot-cua", 0): use(whole=True), key("qlvb", 1): use(whole=True)}


@pytest.mark.parametrize(
    ("uses", "systems", "operations", "fields"),
    [
        (BOTH, (), (), ()),
        ({key("mot-cua", 0): use(whole=True)}, ("qlvb",), ("thua-dat/v1/khac",), ()),
        ({**BOTH, key("mot-cua", 0): use("items[].MaXa")}, (), (), (("thua-dat/v1/tra-cuu", ("items[].SoThua",)),)),
        ({**BOTH, key("qlvb", 0): use("items[].MaXa")}, (), (), ()),
        ({}, ("mot-cua", "qlvb"), ("thua-dat/v1/tra-cuu", "thua-dat/v1/khac"), ()),
    ],
)
def test_what_nobody_used_is_proposed_to_go(
    uses: Mapping[str, GrantUse], systems: object, operations: object, fields: object
) -> None:
    found = unused_grants(SEVERAL, uses, since=NOW)

    assert (found.systems, found.operations, found.fields) == (systems, operations, fields)
    assert found.narrowed is None or not widens(SEVERAL, found.narrowed)
