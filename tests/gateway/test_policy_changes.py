"""Is a policy that was read as what changed the same as one that is read whole, whatever changed?"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from catalog_samples import APPROVER, NARROWER, REQUESTER, SERVICE, TERMS, WIDER, agree, fill_catalogue, with_terms
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agreements, purposes, services, systems
from catalog.descriptions import PurposeDescription
from catalog.policy import Policy, forget_old_changes, read_changes, read_policy
from catalog.states import Side
from gateway.compilation import Compiler
from gateway.db import Database
from gateway.telemetry import make_logger

CODE = TERMS.code
NOBODY_ASKS: Any = object()
Work = Callable[[AsyncSession], Awaitable[object]]


@pytest.fixture
async def agreed(migrated_url: str) -> AsyncIterator[Database]:
    database = Database.open(migrated_url)
    await fill_catalogue(database)
    await agree(database)
    yield database
    await database.close()


async def read(database: Database, after: Policy | None = None) -> Policy:
    async with database.reading() as session:
        return await read_policy(session, after=after)


async def change(database: Database, work: Work) -> None:
    async with database.transaction() as session:
        await work(session)


async def expire_everything(session: AsyncSession) -> None:
    await (await session.connection()).execute(text("UPDATE agreement_versions SET valid_until = '2020-01-01'"))
    await agreements.expire_due(session, by=APPROVER)


async def by_an_older_release(session: AsyncSession) -> None:
    await (await session.connection()).execute(text("UPDATE agreement_versions SET state = 'ended'"))
    await (await session.connection()).execute(text("UPDATE policy_revision SET revision = revision + 1"))


CHANGES: dict[str, Work] = {
    "suspended": lambda s: agreements.suspend(s, CODE, side=Side.PROVIDER, reason="x", by=APPROVER),
    "narrowed": lambda s: agreements.new_version(s, NARROWER, by=REQUESTER),
    "widened": lambda s: agreements.new_version(s, WIDER, by=REQUESTER),
    "ended": lambda s: agreements.end(s, CODE, by=APPROVER),
    "expired": expire_everything,
    "another-drafted": lambda s: agreements.create_draft(s, with_terms(code="TT-2"), by=REQUESTER),
    "system-suspended": lambda s: systems.suspend_system(s, "mot-cua", side=Side.PLATFORM, by=APPROVER),
    "purpose-added": lambda s: purposes.add_purpose(s, PurposeDescription(code="khac", title_vi="Khác")),
    "service-retired": lambda s: services.retire_service(s, "datdai", "thua-dat", version=1),
    "service-said-better": lambda s: services.revise_service(
        s, msgspec.structs.replace(SERVICE, title_vi="Thửa đất (mới)"), by=APPROVER
    ),
    "older-release": by_an_older_release,
}


def same(one: Policy, other: Policy) -> bool:
    members = ("revision", "agencies", "systems", "purposes", "databases", "providers", "services", "agreements")
    return all(getattr(one, member) == getattr(other, member) for member in members)


@pytest.mark.parametrize("name", CHANGES)
async def test_what_changed_makes_the_same_policy_as_all_of_it(agreed: Database, name: str) -> None:
    before = await read(agreed)

    await change(agreed, CHANGES[name])

    assert same(await read(agreed, after=before), await read(agreed))


async def test_nothing_but_the_agreement_is_read_again(agreed: Database) -> None:
    before = await read(agreed)
    await change(agreed, CHANGES["suspended"])

    after = await read(agreed, after=before)

    assert after.services is before.services
    assert after.changed == {CODE}


async def test_services_are_the_same_when_something_else_changed(agreed: Database) -> None:
    before = await read(agreed)
    await change(agreed, CHANGES["system-suspended"])

    assert (await read(agreed, after=before)).services is before.services


async def test_a_revision_that_nobody_explains_makes_all_be_read(agreed: Database) -> None:
    before = await read(agreed)
    await change(agreed, by_an_older_release)
    await change(agreed, CHANGES["purpose-added"])

    after = await read(agreed, after=before)

    assert after.changed is None
    assert str(after.agreements[CODE].state) == "ended"


async def test_changes_that_were_forgotten_are_not_known(agreed: Database) -> None:
    async with agreed.transaction() as session:
        await (await session.connection()).execute(text("UPDATE policy_revision SET revision = revision + 20000"))
        assert await forget_old_changes(session) > 0

    async with agreed.reading() as session:
        assert await read_changes(session, since=1, until=20_001) is None


def compiler() -> Compiler:
    """Return a compiler whose providers nobody asks."""
    return Compiler(
        build_adapter=lambda _, __: NOBODY_ASKS, zone=ZoneInfo("UTC"), log=make_logger("critical"), max_json_bytes=1024
    )


@pytest.mark.parametrize("name", CHANGES)
async def test_what_is_compiled_of_a_change_is_what_is_compiled_of_all(agreed: Database, name: str) -> None:
    ours = compiler()
    ours.compile(await read(agreed))
    await change(agreed, CHANGES[name])

    after = ours.compile(await read(agreed, after=ours.policy))
    whole = compiler().compile(await read(agreed))

    assert (after.revision, after.digest, after.reach) == (whole.revision, whole.digest, whole.reach)
    assert {place: [(one.key, one.standing, one.fields) for one in found] for place, found in after.grants.items()} == {
        place: [(one.key, one.standing, one.fields) for one in found] for place, found in whole.grants.items()
    }
    assert after.services.keys() == whole.services.keys()
