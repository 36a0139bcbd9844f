"""Is what somebody signs in with used once, and does whoever leaves or changes lose his sessions at once?"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from catalog_samples import CONSUMER, NOW, OWNER, REQUESTER
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import accounts, console_sessions, staff, staffing
from catalog.console_sessions import ConsoleSession
from catalog.errors import AlreadyThere, StateForbids
from catalog.staff import StaffMember
from gateway.db import Database

AN = StaffMember("an", "An", "observer", OWNER, has_access=True)
Step = Callable[[AsyncSession], Awaitable[object]]


@pytest.fixture
async def signed_in(catalogue: Database) -> Database:
    """The catalogue, where An has an account, a token and an open session."""
    async with catalogue.transaction() as session:
        await staff.add_member(session, AN, token_hash="a" * 64, by=REQUESTER)
        await accounts.set_password(session, "an", password_hash="$argon2id$x", initial=False)
        await accounts.set_second_factor(session, "an", sealed=b"x", recovery=("d1", "d2"), step=10)
        opened = ConsoleSession("s" * 64, AN, "complete", "password+totp", "::1", NOW, NOW, NOW)
        await console_sessions.open_session(session, opened)
    return catalogue


async def is_open(database: Database) -> bool:
    async with database.reading() as session:
        return await console_sessions.find_session(session, "s" * 64) is not None


ENDING: dict[str, Step] = {
    "deactivated": lambda session: staffing.deactivate_member(session, "an", by=REQUESTER),
    "another role": lambda session: staffing.revise_member(session, "an", name="An", role="auditor", agency=OWNER),
    "another agency": lambda session: staffing.revise_member(
        session, "an", name="An", role="observer", agency=CONSUMER
    ),
    "password reset": lambda session: accounts.set_password(session, "an", password_hash="y", initial=True),
    "device reset": lambda session: accounts.reset_second_factor(session, "an"),
    "another identity": lambda session: accounts.set_identity(session, "an", email="", issuer="i", subject="s"),
}
KEEPING: dict[str, Step] = {
    "another name": lambda session: staffing.revise_member(session, "an", name="An B", role="observer", agency=OWNER),
    "an e-mail address": lambda session: accounts.set_identity(session, "an", email="a@b.vn", issuer="", subject=""),
    "unlocked": lambda session: accounts.unlock(session, "an"),
    "his own new password": lambda session: accounts.set_password(
        session, "an", password_hash="y", initial=False, but_session="s" * 64
    ),
}


@pytest.mark.parametrize("what", sorted(ENDING))
async def test_a_session_ends_with_what_it_was_opened_for(signed_in: Database, what: str) -> None:
    async with signed_in.transaction() as session:
        await ENDING[what](session)

    assert not await is_open(signed_in)


@pytest.mark.parametrize("what", sorted(KEEPING))
async def test_a_session_goes_on_otherwise(signed_in: Database, what: str) -> None:
    async with signed_in.transaction() as session:
        await KEEPING[what](session)

    assert await is_open(signed_in)


async def test_who_left_gets_in_by_nothing(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        await staffing.deactivate_member(session, "an", by=REQUESTER)
        account, member = await accounts.find_account(session, "an"), await staff.member_by_token(session, "a" * 64)
        with pytest.raises(StateForbids):
            await staff.replace_token(session, "an", token_hash="b" * 64)

    assert (account, member) == (None, None)


async def test_who_came_back_signs_in_as_before_but_has_no_token(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        await staffing.deactivate_member(session, "an", by=REQUESTER)
        await staffing.reinstate_member(session, "an")
        account = await accounts.find_account(session, "an")

    assert account is not None
    assert (account.password_hash, account.member.has_access) == ("$argon2id$x", False)


async def test_a_time_step_is_taken_once_and_none_before_it(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        taken = [await accounts.use_totp_step(session, "an", step) for step in (10, 12, 12, 11, 13)]

    assert taken == [False, True, False, False, True]


async def test_a_recovery_code_is_taken_once(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        taken = [await accounts.use_recovery_code(session, "an", digest) for digest in ("d1", "d1", "x", "d2")]
        left = await accounts.count_recovery_codes(session, "an")

    assert (taken, left) == ([True, False, False, True], 0)


async def test_an_identity_names_one_person_only(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        binh = StaffMember("binh", "Bình", "observer", OWNER, has_access=False)
        await staff.add_member(session, binh, token_hash=None, by=REQUESTER)
        await accounts.set_identity(session, "an", email="", issuer="i", subject="s")

    with pytest.raises(AlreadyThere):
        async with signed_in.transaction() as session:
            await accounts.set_identity(session, "binh", email="", issuer="i", subject="s")


async def test_the_record_of_a_change_shows_nothing_that_opens_anything(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        change = await accounts.set_password(session, "an", password_hash="$argon2id$y", initial=False)

    assert (change.noun, change.code, change.agencies) == ("account", "an", (OWNER,))
    assert change.before != change.after
    assert "argon2" not in repr(change)


async def test_what_is_over_is_forgotten(signed_in: Database) -> None:
    async with signed_in.transaction() as session:
        kept = await console_sessions.forget_before(session, NOW)
        gone = await console_sessions.forget_before(session, NOW + timedelta(seconds=1))

    assert (kept, gone) == (0, 1)
