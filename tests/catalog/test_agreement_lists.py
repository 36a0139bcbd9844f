"""Which agreements does a list show, in which order, and how many?"""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from catalog_samples import APPROVER, CONSUMER, OTHER, OWNER, REQUESTER, agree, with_terms

from catalog import agreements
from catalog.agreement_lists import AgreementFilter, Order, count_agreements, count_by_state, list_agreements
from catalog.states import AgreementState, Side
from gateway.db import Database


@pytest.fixture
async def several(catalogue: Database) -> AsyncIterator[Database]:
    """TT-2026-001 in force, TT-A submitted, TT-B a draft that ends early."""
    await agree(catalogue)
    async with catalogue.transaction() as session:
        await agreements.create_draft(session, with_terms(code="TT-A"), by=REQUESTER)
        await agreements.submit(session, "TT-A", version=1, by=REQUESTER)
        early = with_terms(code="TT-B", valid_until=date(2026, 12, 1), review_on=date(2026, 6, 1))
        await agreements.create_draft(session, early, by=APPROVER)
    return catalogue


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (AgreementFilter(), ["TT-2026-001", "TT-A", "TT-B"]),
        (AgreementFilter(within=(CONSUMER,)), ["TT-2026-001", "TT-A", "TT-B"]),
        (AgreementFilter(within=(OTHER,)), []),
        (AgreementFilter(within=()), []),
        (AgreementFilter(state=AgreementState.ACTIVE), ["TT-2026-001"]),
        (AgreementFilter(database="datdai", agency=OWNER, side=Side.PROVIDER), ["TT-2026-001", "TT-A", "TT-B"]),
        (AgreementFilter(agency=OWNER, side=Side.CONSUMER), []),
        (AgreementFilter(expiring_by=date(2027, 12, 31)), ["TT-2026-001"]),
        (AgreementFilter(expiring_by=date(2027, 12, 30)), []),
        (AgreementFilter(words="dat dai tt-b"), ["TT-B"]),
        (AgreementFilter(words="moi truong"), ["TT-2026-001", "TT-A", "TT-B"]),
        (AgreementFilter(words="100%"), []),
        (AgreementFilter(waiting_for=((Side.PROVIDER, OWNER),)), ["TT-A"]),
        (AgreementFilter(waiting_for=((Side.CONSUMER, CONSUMER),)), ["TT-B"]),
        (AgreementFilter(waiting_for=((Side.PROVIDER, OTHER), (Side.PLATFORM, ""))), []),
    ],
)
async def test_a_list_shows_what_was_asked_for(several: Database, wanted: AgreementFilter, codes: list[str]) -> None:
    async with several.reading() as session:
        found = await list_agreements(session, wanted, order=Order.CODE, limit=10)

        assert [line.code for line in found] == codes
        assert await count_agreements(session, wanted) == len(codes)


@pytest.mark.parametrize("order", list(Order))
async def test_a_list_is_cut_after_it_was_sorted(several: Database, order: Order) -> None:
    async with several.reading() as session:
        whole = await list_agreements(session, AgreementFilter(), order=order, descending=True, limit=10)
        parts = [
            line
            for offset in (0, 1, 2)
            for line in await list_agreements(
                session, AgreementFilter(), order=order, descending=True, limit=1, offset=offset
            )
        ]

    assert parts == whole


async def test_agreements_are_counted_by_state(several: Database) -> None:
    async with several.reading() as session:
        found = await count_by_state(session, AgreementFilter())

    assert found == {AgreementState.ACTIVE: 1, AgreementState.SUBMITTED: 1, AgreementState.DRAFT: 1}
