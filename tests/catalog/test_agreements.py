"""How does an agreement come into force, change, rest and end?"""

from datetime import timedelta

import pytest
from catalog_samples import APPROVER, NARROWER, NOW, REQUESTER, TERMS, WIDER, with_grant

from catalog import agreements
from catalog.agreement_views import show_agreement
from catalog.changes import Actor
from catalog.errors import AlreadyThere, ContentInvalid, FourEyes, NotThere, StateForbids, TermsInvalid
from catalog.policy import AgreementPolicy, read_policy, read_revision
from catalog.states import AgreementState, Side
from gateway.db import Database

CODE = TERMS.code


async def in_policy(database: Database) -> AgreementPolicy:
    async with database.reading() as session:
        return (await read_policy(session)).agreements[CODE]


async def states(database: Database) -> list[str]:
    async with database.reading() as session:
        return [str(version.state) for version in (await show_agreement(session, CODE)).versions]


async def submitted(database: Database) -> None:
    async with database.transaction() as session:
        await agreements.create_draft(session, TERMS, by=REQUESTER)
        await agreements.submit(session, CODE, version=1, by=REQUESTER)


async def test_an_activated_agreement_is_in_the_policy_with_its_terms(agreed: Database) -> None:
    found = await in_policy(agreed)

    assert (found.state, found.version, found.terms) == (AgreementState.ACTIVE, 1, TERMS)


async def test_a_draft_is_not_in_the_policy(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await agreements.create_draft(session, TERMS, by=REQUESTER)

    async with catalogue.reading() as session:
        assert (await read_policy(session)).agreements == {}


async def test_a_code_is_taken_only_once(agreed: Database) -> None:
    with pytest.raises(AlreadyThere):
        async with agreed.transaction() as session:
            await agreements.create_draft(session, TERMS, by=REQUESTER)


async def test_whoever_asked_cannot_approve(catalogue: Database) -> None:
    await submitted(catalogue)

    with pytest.raises(FourEyes):
        async with catalogue.transaction() as session:
            await agreements.approve(session, CODE, version=1, by=REQUESTER)

    assert await states(catalogue) == ["submitted"]


async def test_somebody_else_can_approve(catalogue: Database) -> None:
    await submitted(catalogue)

    async with catalogue.transaction() as session:
        change = await agreements.approve(session, CODE, version=1, by=APPROVER)

    assert (change.asked_by, change.approved_by, change.state) == ("can-bo-a", "can-bo-b", "approved")


async def test_a_draft_cannot_be_activated(catalogue: Database) -> None:
    async with catalogue.transaction() as session:
        await agreements.create_draft(session, TERMS, by=REQUESTER)

    with pytest.raises(StateForbids):
        async with catalogue.transaction() as session:
            await agreements.activate(session, CODE, version=1, by=APPROVER)


async def test_a_refusal_needs_a_legal_ground(catalogue: Database) -> None:
    await submitted(catalogue)

    with pytest.raises(ContentInvalid, match="legal_ground"):
        async with catalogue.transaction() as session:
            await agreements.refuse(session, CODE, version=1, note="không", legal_ground=" ", by=APPROVER)


async def test_a_returned_version_is_superseded_by_its_correction(catalogue: Database) -> None:
    await submitted(catalogue)

    async with catalogue.transaction() as session:
        await agreements.return_for_changes(session, CODE, version=1, note="thiếu", by=APPROVER)
        await agreements.new_version(session, WIDER, by=REQUESTER)

    assert await states(catalogue) == ["superseded", "draft"]


async def test_a_narrower_version_is_in_force_at_once(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.new_version(session, NARROWER, by=REQUESTER)

    found = await in_policy(agreed)
    assert (found.version, found.state, found.terms) == (2, AgreementState.ACTIVE, NARROWER)
    assert await states(agreed) == ["superseded", "active"]


async def test_a_wider_version_waits_for_approval(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.new_version(session, WIDER, by=REQUESTER)

    assert await states(agreed) == ["active", "draft"]
    assert (await in_policy(agreed)).terms == TERMS


async def test_activating_the_wider_version_supersedes_the_older(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.new_version(session, WIDER, by=REQUESTER)
        await agreements.submit(session, CODE, version=2, by=REQUESTER)
        await agreements.approve(session, CODE, version=2, by=APPROVER)
        await agreements.activate(session, CODE, version=2, by=APPROVER)

    assert await states(agreed) == ["superseded", "active"]


async def test_each_side_lifts_only_its_own_suspension(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.suspend(session, CODE, side=Side.CONSUMER, reason="bảo trì", by=REQUESTER)
        await agreements.suspend(session, CODE, side=Side.PLATFORM, reason="sự cố", by=APPROVER)
        await agreements.resume(session, CODE, side=Side.CONSUMER, by=APPROVER)

    found = await in_policy(agreed)
    assert (found.state, found.suspended_by) == (AgreementState.SUSPENDED, frozenset({Side.PLATFORM}))


async def test_the_last_suspension_lifted_lets_calls_go_on(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.suspend(session, CODE, side=Side.PROVIDER, reason="sự cố", by=APPROVER)
        await agreements.resume(session, CODE, side=Side.PROVIDER, by=APPROVER)

    assert (await in_policy(agreed)).state is AgreementState.ACTIVE


async def test_narrowing_does_not_lift_a_suspension(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.suspend(session, CODE, side=Side.PROVIDER, reason="sự cố", by=APPROVER)
        await agreements.new_version(session, NARROWER, by=REQUESTER)

    assert (await in_policy(agreed)).state is AgreementState.SUSPENDED


async def test_an_ended_agreement_cannot_be_resumed(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await agreements.end(session, CODE, by=REQUESTER)

    with pytest.raises(StateForbids):
        async with agreed.transaction() as session:
            await agreements.resume(session, CODE, side=Side.CONSUMER, by=APPROVER)


@pytest.mark.parametrize(
    ("after_midnight", "state"),
    [(timedelta(seconds=-1), AgreementState.ACTIVE), (timedelta(0), AgreementState.EXPIRED)],
)
async def test_an_agreement_expires_when_its_last_day_is_over(
    agreed: Database, after_midnight: timedelta, state: AgreementState
) -> None:
    midnight = NOW.replace(year=2027, month=12, day=31, hour=17, minute=0)  # 00:00 on 2028-01-01 in the province

    async with agreed.transaction() as session:
        await agreements.expire_due(session, by=Actor("worker", midnight + after_midnight))

    assert (await in_policy(agreed)).state is state


async def test_every_change_lets_the_policy_revision_grow(agreed: Database) -> None:
    async with agreed.transaction() as session:
        before = await read_revision(session)
        await agreements.suspend(session, CODE, side=Side.CONSUMER, reason="bảo trì", by=REQUESTER)

    async with agreed.reading() as session:
        assert await read_revision(session) == before + 1


async def test_a_rehearsal_changes_nothing(agreed: Database) -> None:
    async with agreed.rehearsal() as session:
        await agreements.end(session, CODE, by=REQUESTER)

    assert (await in_policy(agreed)).state is AgreementState.ACTIVE


async def test_an_unknown_agreement_is_not_there(catalogue: Database) -> None:
    with pytest.raises(NotThere):
        async with catalogue.transaction() as session:
            await agreements.submit(session, "khong-co", version=1, by=REQUESTER)


async def test_terms_that_do_not_fit_the_catalogue_are_refused(catalogue: Database) -> None:
    with pytest.raises(TermsInvalid, match="not a declared field"):
        async with catalogue.transaction() as session:
            await agreements.create_draft(session, with_grant(fields=("items[].HoTen",)), by=REQUESTER)
