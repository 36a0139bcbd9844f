"""What is wrong with the terms of an agreement?"""

from datetime import date

import pytest
from catalog_samples import CONSUMER, OTHER, OWNER, SERVICE, TERMS, with_grant, with_terms

from catalog.term_faults import Known, check_terms
from catalog.terms import AgreementTerms, Comparison, DisclosureTerms, Hours, LegalBasis, Rate, RowCondition

KNOWN = Known(
    agencies=frozenset({OWNER, CONSUMER, OTHER}),
    owners={"datdai": OWNER},
    system_agencies={"mot-cua": CONSUMER, "ioc": OTHER},
    purposes=frozenset({"giai-quyet-tthc"}),
    services={("thua-dat", 1): SERVICE},
)


def row(field: str, operator: str, *values: str | int | bool) -> tuple[RowCondition, ...]:
    return (RowCondition(field=field, operator=Comparison(operator), values=values),)


def delayed(days: int, document: str = "Luật Thanh tra") -> DisclosureTerms:
    return DisclosureTerms(after_days=days, legal_basis=LegalBasis(document=document))


@pytest.mark.parametrize("days", [1, 1095])
def test_people_may_be_told_up_to_three_years_later(days: int) -> None:
    assert check_terms(with_terms(disclosure=delayed(days)), KNOWN) == []


def test_right_terms_have_no_fault() -> None:
    assert check_terms(TERMS, KNOWN) == []


def test_a_personal_field_may_be_listed_by_name() -> None:
    assert check_terms(with_grant(fields=("items[].SoDinhDanh",)), KNOWN) == []


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        (with_terms(systems=()), "systems"),
        (with_terms(purposes=()), "purposes"),
        (with_terms(legal_basis=()), "legal_basis"),
        (with_terms(grants=()), "grants"),
        (with_terms(grants=TERMS.grants * 2), "grants"),
        (with_terms(systems=("ioc",)), "systems[0]"),
        (with_terms(purposes=("khac",)), "purposes[0]"),
        (with_terms(provider_agency=OTHER), "provider_agency"),
        (with_terms(consumer_agency="000.00.99.H32"), "consumer_agency"),
        (with_terms(valid_until=date(2025, 12, 31)), "valid_until"),
        (with_terms(review_on=date(2028, 1, 1)), "review_on"),
        (with_terms(disclosure=delayed(0)), "disclosure.after_days"),
        (with_terms(disclosure=delayed(1096)), "disclosure.after_days"),
        (with_terms(disclosure=delayed(30, document=" ")), "disclosure.legal_basis.document"),
        (with_grant(service="khac"), "grants[0].service"),
        (with_grant(version=2), "grants[0].service"),
        (with_grant(operation="khac"), "grants[0].operation"),
        (with_grant(fields=()), "grants[0].fields"),
        (with_grant(fields=("items[].HoTen",)), "grants[0].fields[0]"),
        (with_grant(fields=("trang",)), "grants[0].fields[0]"),
        (with_grant(rows=()), "grants[0].rows"),
        (with_grant(rows=row("HoTen", "eq", "A")), "grants[0].rows[0].field"),
        (with_grant(rows=row("items[].MaXa", "eq", "A")), "grants[0].rows[0].field"),
        (with_grant(rows=row("MaXa", "in")), "grants[0].rows[0].values"),
        (with_grant(rows=row("MaXa", "eq", "1", "2")), "grants[0].rows[0].values"),
        (with_grant(rows=row("MaXa", "eq", 22333)), "grants[0].rows[0].values[0]"),
        (with_grant(rows=row("DienTich", "prefix", 1)), "grants[0].rows[0].operator"),
        (with_grant(rate=Rate(requests=0, per_seconds=1, burst=1)), "grants[0].rate.requests"),
        (with_grant(daily_quota=0), "grants[0].daily_quota"),
        (with_grant(hours=()), "grants[0].hours"),
        (with_grant(hours=(Hours(days=(8,), from_="07:00", until="08:00"),)), "grants[0].hours[0].days"),
        (with_grant(hours=(Hours(days=(1,), from_="08:00", until="08:00"),)), "grants[0].hours[0]"),
        (with_grant(hours=(Hours(days=(1,), from_="7:00", until="24:01"),)), "grants[0].hours[0]"),
        (with_grant(networks=()), "grants[0].networks"),
        (with_grant(networks=("10.0.0.1/8",)), "grants[0].networks[0]"),
    ],
)
def test_a_fault_names_its_member(terms: AgreementTerms, where: str) -> None:
    assert where in {fault.where for fault in check_terms(terms, KNOWN)}
