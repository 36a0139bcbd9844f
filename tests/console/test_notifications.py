"""Does everybody see what he was told, and only that, and say of what he wants letters?"""

import asyncio
import uuid
from datetime import UTC, datetime

from conftest import in_a_thread
from gateways import CONSUMER_AGENCY
from visitors import Office

from gateway.db import Database
from gateway.notifications.kinds import Audience, Happening, Kind
from gateway.notifications.outbox import tell
from security.staff import Role


def tell_officers(office: Office, name: str) -> None:
    """Tell the officers of the consumer's agency of a decision."""
    now = datetime.now(UTC)
    audience = (Audience(Role.AGENCY_OFFICER, CONSUMER_AGENCY),)
    facts = {"name": name, "database": "Đất đai", "step": "approve"}
    happening = Happening(name, Kind.DECISION_MADE, now, audience, "/console/agreements/TT-1", facts)

    async def keep() -> None:
        database = Database.open(office.gateway.database_url)
        async with database.transaction() as session:
            await tell(session, [happening], with_mail=False, now=now)
        await database.close()

    in_a_thread(lambda: asyncio.run(keep()))


def test_what_was_told_is_counted_in_the_frame_until_it_is_read(office: Office) -> None:
    clerk = office.new_clerk(Role.AGENCY_OFFICER, CONSUMER_AGENCY)
    tell_officers(office, f"TT-{uuid.uuid4().hex[:8]}")
    visitor = office.visitor(clerk.code)
    visitor.go("/console/notifications")
    before = visitor.text

    visitor.send("/console/notifications/read")

    assert "Thông báo 1 chưa đọc" in before
    visitor.go("/console/account")
    assert "chưa đọc" not in visitor.text


def test_one_is_marked_as_read_and_the_others_are_not(office: Office) -> None:
    clerk = office.new_clerk(Role.AGENCY_OFFICER, CONSUMER_AGENCY)
    names = [f"TT-{uuid.uuid4().hex[:8]}" for _ in range(2)]
    for name in names:
        tell_officers(office, name)
    visitor = office.visitor(clerk.code)
    visitor.go("/console/notifications")
    first = visitor.page.split("/console/notifications/")[-1].split("/read")[0]

    visitor.send(f"/console/notifications/{first}/read")
    visitor.go("/console/notifications?state=unread")

    assert [name in visitor.text for name in names] == [False, True]


def test_nobody_marks_or_sees_what_somebody_else_was_told(office: Office) -> None:
    clerk, name = office.new_clerk(Role.AGENCY_OFFICER, CONSUMER_AGENCY), f"TT-{uuid.uuid4().hex[:8]}"
    tell_officers(office, name)
    owner, other = office.visitor(clerk.code), office.visitor("quan-sat")
    owner.go("/console/notifications")
    number = owner.page.split("/console/notifications/")[-1].split("/read")[0]
    other.go("/console/notifications")
    other.send(f"/console/notifications/{number}/read")

    assert name not in other.text
    owner.go("/console/account")
    assert "Thông báo 1 chưa đọc" in owner.text


def test_choices_are_kept(office: Office) -> None:
    clerk = office.new_clerk(Role.AGENCY_OFFICER, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code)
    visitor.go("/console/notifications/choices")
    all_ticked = visitor.page.count(" checked")

    visitor.send("/console/notifications/choices", {"kind": "key-expiring"})
    visitor.go("/console/notifications/choices")

    assert (all_ticked, visitor.page.count(" checked")) == (len(Kind), 1)


def test_an_empty_list_says_what_will_be_told(office: Office) -> None:
    clerk = office.new_clerk(Role.OBSERVER, CONSUMER_AGENCY)
    visitor = office.visitor(clerk.code)

    visitor.go("/console/notifications")

    assert "Chưa có thông báo nào" in visitor.text
