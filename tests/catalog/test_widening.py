"""Does a new version allow anything that the old one did not?"""

from datetime import date

import msgspec
import pytest
from catalog_samples import TERMS, with_grant, with_terms
from hypothesis import given
from hypothesis import strategies as st

from catalog.terms import AgreementTerms, Comparison, DisclosureTerms, Hours, LegalBasis, Rate, RowCondition
from catalog.widening import widens

DAYS = st.lists(st.integers(1, 7), min_size=1, unique=True).map(tuple)
HOURS = st.builds(
    Hours, days=DAYS, from_=st.sampled_from(["00:00", "07:00"]), until=st.sampled_from(["11:30", "24:00"])
)
GRANTS = st.builds(
    lambda **members: with_grant(**members),
    fields=st.sets(st.sampled_from(["a", "b", "c"]), min_size=1).map(lambda found: tuple(sorted(found))),
    daily_quota=st.integers(1, 5),
    hours=st.just("always") | st.lists(HOURS, min_size=1, max_size=2).map(tuple),
    networks=st.sampled_from(["any", ("10.0.0.0/8",), ("10.1.0.0/16", "fd00::/8"), ("192.168.0.0/16",)]),
    case_file_required=st.booleans(),
    cache_allowed=st.booleans(),
)


def row(operator: str, *values: str | int | bool, field: str = "MaXa") -> RowCondition:
    return RowCondition(field=field, operator=Comparison(operator), values=values)


def delayed(days: int, document: str = "Luật 1/2026/QH15") -> DisclosureTerms:
    return DisclosureTerms(after_days=days, legal_basis=LegalBasis(document=document))


@pytest.mark.parametrize(
    ("changed", "wider"),
    [
        (with_terms(disclosure=delayed(91)), ["disclosure"]),
        (with_terms(disclosure=delayed(89, "Luật 2/2026/QH15")), ["disclosure"]),
        (with_terms(disclosure=delayed(90)), []),
        (with_terms(disclosure=delayed(89)), []),
        (TERMS, []),
    ],
)
def test_to_keep_people_in_the_dark_for_longer_is_wider(changed: AgreementTerms, wider: list[str]) -> None:
    assert widens(with_terms(disclosure=delayed(90)), changed) == wider


@pytest.mark.parametrize(
    ("changed", "wider"),
    [
        (with_grant(fields=("items[].SoThua",)), []),
        (with_grant(fields=("items[].SoThua", "items[].SoDinhDanh")), ["grants[0].fields"]),
        (with_grant(daily_quota=1000), []),
        (with_grant(daily_quota=1001), ["grants[0].daily_quota"]),
        (with_grant(rate=Rate(requests=20, per_seconds=2, burst=20)), []),
        (with_grant(rate=Rate(requests=21, per_seconds=2, burst=20)), ["grants[0].rate"]),
        (with_grant(rate=Rate(requests=1, per_seconds=1, burst=21)), ["grants[0].rate"]),
        (with_grant(rows="all"), ["grants[0].rows"]),
        (with_grant(rows=(row("eq", "22333"),)), []),
        (with_grant(rows=(row("eq", "99999"),)), ["grants[0].rows"]),
        (with_grant(rows=(*TERMS.grants[0].rows, row("eq", "1", field="SoThua"))), []),
        (with_grant(hours="always"), ["grants[0].hours"]),
        (with_grant(hours=(Hours(days=(1,), from_="08:00", until="17:30"),)), []),
        (with_grant(hours=(Hours(days=(1,), from_="08:00", until="17:31"),)), ["grants[0].hours"]),
        (with_grant(networks=("10.1.0.0/16",)), []),
        (with_grant(networks=("11.0.0.0/16",)), ["grants[0].networks"]),
        (with_grant(networks=("fd00::/8",)), ["grants[0].networks"]),
        (with_grant(case_file_required=False), ["grants[0].case_file_required"]),
        (with_grant(officer_required=True), []),
        (with_grant(cache_allowed=True), ["grants[0].cache_allowed"]),
        (with_terms(systems=("mot-cua", "ioc")), ["systems"]),
        (with_terms(purposes=("khac",)), ["purposes"]),
        (with_terms(legal_basis=()), ["legal_basis"]),
        (with_terms(valid_until=date(2028, 1, 1)), ["valid_until"]),
        (with_terms(valid_from=date(2025, 12, 31)), ["valid_from"]),
        (with_terms(valid_until=date(2027, 7, 1)), []),
        (with_terms(disclosure=delayed(90)), ["disclosure"]),
        (with_terms(grants=()), []),
        (with_terms(grants=(*TERMS.grants, msgspec.structs.replace(TERMS.grants[0], version=2))), ["grants[1]"]),
    ],
)
def test_what_allows_more_is_named(changed: AgreementTerms, wider: list[str]) -> None:
    assert widens(TERMS, changed) == wider


def test_one_and_true_are_not_the_same_value() -> None:
    assert widens(with_grant(rows=(row("in", True),)), with_grant(rows=(row("eq", 1),))) == ["grants[0].rows"]


@given(GRANTS)
def test_the_same_terms_widen_nothing(terms: AgreementTerms) -> None:
    assert widens(terms, terms) == []


@given(GRANTS, GRANTS, GRANTS)
def test_narrower_than_narrower_is_narrower(
    first: AgreementTerms, second: AgreementTerms, third: AgreementTerms
) -> None:
    steps = widens(first, second) + widens(second, third)

    assert steps or widens(first, third) == []
