"""Is everybody concerned told once of what happened, and is a letter sent until it arrives or is hopeless?"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from gateways import AGREEMENT, CONSUMER_AGENCY, PROVIDER_AGENCY, SYSTEM, settle_province
from sqlalchemy import text
from sqlmodel import col, select, update

from catalog import staff
from catalog.account_tables import AccountRow
from catalog.changes import Actor
from catalog.staff import StaffMember
from catalog.tables import AgreementEventRow, AgreementRow, ClientKeyRow
from gateway.db import Database
from gateway.heartbeats import Facts, Heartbeat, ProviderFacts, beat
from gateway.notifications.gathering import gather, threshold_of
from gateway.notifications.kinds import Audience, Happening, Kind
from gateway.notifications.mail import NotSent
from gateway.notifications.outbox import (
    MOST_ATTEMPTS,
    Notification,
    choose_kinds,
    count_letters,
    count_unread,
    list_notifications,
    mark_read,
    pause_after,
    tell,
)
from gateway.notifications.tables import MailState, NotificationRow
from gateway.notifications.telling import post_letters, tell_news, watch_providers
from security.staff import Role

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
OWNER, OFFICER, ADMIN, STRANGER = "chu-quan", "dau-moi", "quan-tri", "nguoi-ngoai"
PEOPLE = {
    OWNER: (Role.DATA_OWNER, PROVIDER_AGENCY),
    OFFICER: (Role.AGENCY_OFFICER, CONSUMER_AGENCY),
    ADMIN: (Role.PLATFORM_ADMIN, PROVIDER_AGENCY),
    STRANGER: (Role.DATA_OWNER, CONSUMER_AGENCY),
}
WAITING = Happening(
    "agreement/TT-9/1", Kind.REQUEST_WAITING, NOW, (Audience(Role.DATA_OWNER, PROVIDER_AGENCY),), "/x", {"name": "TT-9"}
)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    await settle_province(migrated_url, "http://127.0.0.1:9")
    opened = Database.open(migrated_url)
    async with opened.transaction() as session:
        for code, (role, agency) in PEOPLE.items():
            member = StaffMember(code, code, role, agency, has_access=True)
            await staff.add_member(session, member, token_hash=code, by=Actor("a", NOW))
            session.add(AccountRow(staff=code, email=f"{code}@tinh.example"))
        # What settling the province did is not of these tests.
        await (await session.connection()).execute(text("DELETE FROM agreement_events"))
        await (await session.connection()).execute(update(AgreementRow).values(valid_until=date(2030, 1, 1)))
    yield opened
    await opened.close()


class Box:
    """Takes letters, or fails as it is told."""

    def __init__(self, failure: NotSent | None = None) -> None:
        self.failure = failure
        self.taken: list[str] = []

    async def send(self, message: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append(str(message["to"]))  # type: ignore[index]  # an EmailMessage


async def told(database: Database, member: str) -> list[Notification]:
    async with database.reading() as session:
        return await list_notifications(session, member, limit=50)


async def tell_all(database: Database, *happenings: Happening, now: datetime = NOW) -> int:
    async with database.transaction() as session:
        return await tell(session, happenings, with_mail=True, now=now)


async def post(database: Database, box: Box, *, now: datetime = NOW) -> int:
    return await post_letters(database, box, sender="a@b", public_url="http://p", now=now)


async def change(database: Database, statement: object) -> None:
    async with database.transaction() as session:
        await (await session.connection()).execute(statement)  # type: ignore[call-overload]  # an update


async def test_those_concerned_are_told_and_nobody_else(database: Database) -> None:
    await tell_all(database, WAITING)

    assert {member: len(await told(database, member)) for member in PEOPLE} == {
        OWNER: 1,
        OFFICER: 0,
        ADMIN: 0,
        STRANGER: 0,
    }


async def test_what_is_found_again_is_told_once(database: Database) -> None:
    assert [await tell_all(database, WAITING), await tell_all(database, WAITING)] == [1, 0]


async def test_reading_takes_one_or_all_from_the_count(database: Database) -> None:
    others = [Happening(f"k/{n}", WAITING.kind, NOW, WAITING.audience, "/x") for n in range(2)]
    await tell_all(database, WAITING, *others)
    first = (await told(database, OWNER))[0].id
    async with database.transaction() as session:
        await mark_read(session, OWNER, only=first, now=NOW)
        left = await count_unread(session, OWNER)
        await mark_read(session, OFFICER, now=NOW)
        untouched = await count_unread(session, OWNER)
        await mark_read(session, OWNER, now=NOW)
        assert (left, untouched, await count_unread(session, OWNER)) == (2, 2, 0)


async def test_a_letter_is_sent_once(database: Database) -> None:
    box = Box()
    await tell_all(database, WAITING)

    assert [await post(database, box), await post(database, box, now=NOW + timedelta(hours=1))] == [1, 0]
    assert box.taken == [f"{OWNER}@tinh.example"]


async def test_no_letter_is_sent_of_a_kind_that_a_member_does_not_want(database: Database) -> None:
    async with database.transaction() as session:
        await choose_kinds(session, OWNER, [kind for kind in Kind if kind is not WAITING.kind])
    await tell_all(database, WAITING)

    assert await post(database, Box()) == 0
    assert (await told(database, OWNER))[0].mail is MailState.NONE


async def test_a_letter_that_failed_is_tried_again_after_a_pause(database: Database) -> None:
    await tell_all(database, WAITING)
    failing, box = Box(NotSent("the mail server cannot be reached (OSError)")), Box()
    await post(database, failing)

    too_early = await post(database, box, now=NOW + timedelta(seconds=59))
    later = await post(database, box, now=NOW + timedelta(seconds=60))

    assert (too_early, later) == (0, 1)


async def test_a_hopeless_letter_is_given_up_with_its_reason(database: Database) -> None:
    await tell_all(database, WAITING)
    await post(database, Box(NotSent("the mail server refuses the recipient (550)", for_good=True)))

    (one,) = await told(database, OWNER)
    assert (one.mail, one.mail_fault) == (MailState.DEAD, "the mail server refuses the recipient (550)")


async def test_a_letter_is_given_up_after_eight_attempts(database: Database) -> None:
    await tell_all(database, WAITING)
    await change(database, update(NotificationRow).values(mail_attempts=MOST_ATTEMPTS - 1))
    await post(database, Box(NotSent("nobody there")))

    async with database.reading() as session:
        assert await count_letters(session) == {MailState.DEAD: 1}


async def test_a_letter_of_a_worker_that_died_is_tried_again(database: Database) -> None:
    await tell_all(database, WAITING)
    await change(database, update(NotificationRow).values(mail_due_at=NOW + timedelta(minutes=2), mail_attempts=1))

    assert await post(database, Box(), now=NOW + timedelta(minutes=2)) == 1


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 2), (5, 16), (9, 256), (20, 360)])
def test_the_pause_doubles_up_to_six_hours(attempt: int, minutes: int) -> None:
    assert pause_after(attempt) == timedelta(minutes=minutes)


# --- what is found ---------------------------------------------------------------------------------------------------


async def gathered(database: Database) -> list[tuple[Kind, str]]:
    async with database.reading() as session:
        return [(one.kind, one.key) for one in await gather(session, zone=ZONE, now=NOW)]


async def test_nothing_new_is_nothing_to_tell(database: Database) -> None:
    assert await gathered(database) == []


@pytest.mark.parametrize(
    ("step", "kind", "concerned"),
    [
        ("submit", Kind.REQUEST_WAITING, {OWNER}),
        ("refuse", Kind.DECISION_MADE, {OFFICER}),
        ("suspend", Kind.AGREEMENT_CHANGED, {OWNER, OFFICER}),
    ],
)
async def test_a_step_of_an_agreement_is_told_to_its_sides(
    database: Database, step: str, kind: Kind, concerned: set[str]
) -> None:
    async with database.transaction() as session:
        session.add(AgreementEventRow(agreement=AGREEMENT, number=9, version=1, step=step, done_by="ai", done_at=NOW))
    await tell_news(database, zone=ZONE, with_mail=False, now=NOW)

    found = {member: await told(database, member) for member in PEOPLE}
    assert {member for member, all_told in found.items() if all_told} == concerned
    assert {one.kind for all_told in found.values() for one in all_told} == {kind}


@pytest.mark.parametrize(("days", "expected"), [(31, []), (30, [30]), (8, [30]), (7, [7]), (1, [1]), (0, [1])])
async def test_an_agreement_is_told_to_end_thirty_seven_and_one_day_before(
    database: Database, days: int, expected: list[int]
) -> None:
    until = NOW.astimezone(ZONE).date() + timedelta(days=days)
    await change(database, update(AgreementRow).values(valid_until=until))

    found = await gathered(database)

    assert found == [(Kind.AGREEMENT_EXPIRING, f"agreement-expiring/{AGREEMENT}/1/{one}") for one in expected]


async def test_a_key_about_to_expire_is_told_unless_another_lasts_longer(database: Database) -> None:
    await change(database, update(ClientKeyRow).values(expires_at=NOW + timedelta(days=5)))
    (found,) = await gathered(database)
    async with database.transaction() as session:
        held = (await session.exec(select(ClientKeyRow).where(col(ClientKeyRow.system) == SYSTEM))).first()
        assert held is not None
        session.add(ClientKeyRow(id="new", system=SYSTEM, kind=held.kind, secret_hash="0" * 64, created_at=NOW))

    assert found[0] is Kind.KEY_EXPIRING
    assert await gathered(database) == []


async def test_a_locked_account_is_told_to_administrators(database: Database) -> None:
    locked = update(AccountRow).where(col(AccountRow.staff) == OFFICER).values(locked_until=NOW + timedelta(minutes=5))
    await change(database, locked)
    await tell_news(database, zone=ZONE, with_mail=False, now=NOW)

    assert [one.kind for one in await told(database, ADMIN)] == [Kind.ACCOUNT_LOCKED]


@pytest.mark.parametrize(("days_left", "threshold"), [(0, 1), (1, 1), (2, 7), (7, 7), (8, 30), (30, 30)])
def test_an_end_stands_at_the_next_threshold(days_left: int, threshold: int) -> None:
    assert threshold_of(days_left) == threshold


async def look(database: Database, *, failing: tuple[bool, ...], at: datetime) -> None:
    """Let nodes say how they find the land provider, then let the worker look."""
    async with database.transaction() as session:
        provider = (await (await session.connection()).execute(text("SELECT code FROM providers"))).scalar_one()
        for number, fails in enumerate(failing):
            facts = Facts(providers={provider: ProviderFacts(failing=fails)})
            await beat(session, Heartbeat(f"n{number}", "gateway", "1", at, at, facts))
    await watch_providers(database, with_mail=False, now=at)


async def test_a_provider_that_goes_and_comes_back_is_told_once_each(database: Database) -> None:
    for minute, failing in enumerate([(False, False), (True, False), (True, True), (False, True), (False, False)]):
        await look(database, failing=failing, at=NOW + timedelta(minutes=minute))

    assert [one.kind for one in await told(database, OWNER)] == [Kind.PROVIDER_UP, Kind.PROVIDER_DOWN]


async def test_a_node_that_is_silent_says_nothing_of_providers(database: Database) -> None:
    await look(database, failing=(True,), at=NOW)
    await watch_providers(database, with_mail=False, now=NOW + timedelta(hours=1))

    assert [one.kind for one in await told(database, OWNER)] == [Kind.PROVIDER_DOWN]
