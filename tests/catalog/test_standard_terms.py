"""Who gets an agreement at once, because its owner said so once for all?"""

from collections.abc import AsyncIterator

import msgspec
import pytest
from agreement_samples import DECLARER, NEWER, RELIGION, STANDARD
from catalog_samples import CONSUMER, OTHER, OWNER, TERMS, WIDER, with_grant, with_terms

from catalog import services, standard_terms
from catalog.descriptions import SharingMode
from catalog.errors import StateForbids, TermsInvalid
from catalog.standard_terms import StandardTerms, is_eligible, is_within
from catalog.tables import DatabaseRow
from catalog.terms import AgreementTerms, DisclosureTerms, FieldReason, LegalBasis
from gateway.db import Database

PARENTS = {CONSUMER: OWNER, OTHER: "", "x": "y", "y": "x", "deep": CONSUMER}


@pytest.fixture
async def shared(catalogue: Database) -> AsyncIterator[Database]:
    async with catalogue.transaction() as session:
        row = await session.get(DatabaseRow, TERMS.database)
        assert row is not None
        says = msgspec.json.decode(row.description)
        row.description = msgspec.json.encode({**says, "sharing": str(SharingMode.DEFAULT)})
        session.add(row)
    return catalogue


@pytest.mark.parametrize(
    ("consumer", "eligible"), [(OWNER, True), (CONSUMER, True), ("deep", True), (OTHER, False), ("x", False)]
)
def test_the_owner_and_those_below_it_are_eligible(consumer: str, eligible: bool) -> None:
    assert is_eligible(consumer, OWNER, PARENTS) is eligible


@pytest.mark.parametrize(
    ("terms", "within"),
    [
        (TERMS, True),
        (with_terms(systems=("mot-cua", "qlvb")), True),
        (with_grant(daily_quota=1), True),
        (WIDER, False),
        (with_terms(disclosure=DisclosureTerms(after_days=1, legal_basis=LegalBasis(document="x"))), False),
        (with_terms(legal_basis=(LegalBasis(document="khác"),)), False),
        (with_terms(valid_until=TERMS.valid_until.replace(year=2099)), False),
    ],
)
def test_a_request_may_ask_for_less_and_never_for_more(terms: AgreementTerms, within: bool) -> None:
    assert is_within(terms, STANDARD) is within


async def test_terms_are_declared_for_a_database_that_is_shared_by_default(shared: Database) -> None:
    async with shared.transaction() as session:
        await standard_terms.declare(session, STANDARD, by=DECLARER)

    async with shared.reading() as session:
        found = await standard_terms.show_standard(session, TERMS.database)
    assert found is not None
    assert (found.terms, found.declared_by) == (STANDARD, DECLARER.code)


async def test_a_database_on_special_request_has_no_standard_terms(catalogue: Database) -> None:
    with pytest.raises(StateForbids):
        async with catalogue.transaction() as session:
            await standard_terms.declare(session, STANDARD, by=DECLARER)


async def test_a_sensitive_field_is_never_shared_by_default(shared: Database) -> None:
    grant = msgspec.structs.replace(
        TERMS.grants[0], version=2, fields=(RELIGION,), rows="all", reasons=(FieldReason(field=RELIGION, reason="cần"),)
    )
    asked: StandardTerms = msgspec.structs.replace(STANDARD, grants=(grant,))

    async with shared.transaction() as session:
        await services.publish_service(session, NEWER, by=DECLARER)

    with pytest.raises(TermsInvalid, match="sensitive"):
        async with shared.transaction() as session:
            await standard_terms.declare(session, asked, by=DECLARER)


async def test_what_was_withdrawn_is_not_there(shared: Database) -> None:
    async with shared.transaction() as session:
        await standard_terms.declare(session, STANDARD, by=DECLARER)
        await standard_terms.withdraw(session, TERMS.database)

        assert await standard_terms.show_standard(session, TERMS.database) is None
