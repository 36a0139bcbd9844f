"""Who may let a system call again that somebody has suspended?"""

import pytest
from catalog_samples import APPROVER, CONSUMER

from catalog import systems
from catalog.descriptions import SystemDescription
from catalog.errors import ContentInvalid, StateForbids
from catalog.policy import read_policy
from catalog.states import Side, SystemState
from gateway.db import Database

CODE = "mot-cua"


async def suspend(catalogue: Database, side: Side) -> None:
    async with catalogue.transaction() as session:
        await systems.suspend_system(session, CODE, side=side, by=APPROVER)


async def resume(catalogue: Database, side: Side) -> None:
    async with catalogue.transaction() as session:
        await systems.resume_system(session, CODE, side=side)


async def may_call(catalogue: Database) -> bool:
    async with catalogue.reading() as session:
        return (await read_policy(session)).systems[CODE].active


@pytest.mark.parametrize(("side", "other"), [(Side.CONSUMER, Side.PLATFORM), (Side.PLATFORM, Side.CONSUMER)])
async def test_nobody_lifts_what_the_other_side_suspended(catalogue: Database, side: Side, other: Side) -> None:
    await suspend(catalogue, side)

    with pytest.raises(StateForbids, match=f"not suspended by the {other}"):
        await resume(catalogue, other)

    assert not await may_call(catalogue)


@pytest.mark.parametrize("first", [Side.CONSUMER, Side.PLATFORM])
async def test_a_system_calls_again_when_both_sides_let_it(catalogue: Database, first: Side) -> None:
    second = Side.PLATFORM if first is Side.CONSUMER else Side.CONSUMER
    await suspend(catalogue, Side.CONSUMER)
    await suspend(catalogue, Side.PLATFORM)
    stands = []
    for side in (first, second):
        await resume(catalogue, side)
        stands.append(await may_call(catalogue))

    assert stands == [False, True]


async def test_a_side_suspends_once_and_it_is_told_who_did(catalogue: Database) -> None:
    await suspend(catalogue, Side.CONSUMER)

    with pytest.raises(StateForbids, match="suspended by the consumer"):
        await suspend(catalogue, Side.CONSUMER)

    async with catalogue.reading() as session:
        view = await systems.show_system(session, CODE)
    assert (view.state, [(one.side, one.suspended_by) for one in view.suspensions]) == (
        SystemState.SUSPENDED,
        [(Side.CONSUMER, APPROVER.code)],
    )


async def test_a_system_has_no_providers_side(catalogue: Database) -> None:
    with pytest.raises(ContentInvalid):
        await suspend(catalogue, Side.PROVIDER)

    assert await may_call(catalogue)


@pytest.mark.parametrize("code", ["new", "import"])
async def test_nothing_new_is_called_like_a_page(catalogue: Database, code: str) -> None:
    async with catalogue.transaction() as session:
        with pytest.raises(ContentInvalid, match="code"):
            await systems.add_system(session, SystemDescription(code=code, agency=CONSUMER, name_vi="Mới"), by=APPROVER)
