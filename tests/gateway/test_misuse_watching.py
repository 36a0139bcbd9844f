"""Does the watch over the record go on, whoever dies, and is each alert kept once and on record?"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from recorded import entry, writing

from catalog.changes import Actor
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.indexing import index_exchanges
from gateway.misuse.counts import compare_count
from gateway.misuse.triage import list_person, marks_to_come
from gateway.misuse.watching import READER, MisuseWatch
from gateway.notifications.gathering import gather
from gateway.notifications.kinds import Kind as Told
from security.audit.following import place_of
from security.audit.privacy import PseudonymKeys
from security.audit.read import find_exchange
from security.audit.record import Decision, Kind, Outcome, Who, Whom, Why
from security.audit.writer import RecordWriter
from security.misuse.alerts import Alert, AlertState, Wanted, list_alerts
from security.misuse.findings import Rule
from security.misuse.keeping import ListedAs, hours
from security.misuse.limits import Limits

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WHO = Who(client="motcua", system="one-stop", agency="so-noi-vu", source="10.1.2.3", officer="cb-07")
LIMITS = Limits(people_an_hour=3, people_a_night=1_000, people_a_case=1_000)


@dataclass
class Post:
    """A watch with its record on a database of its own."""

    database: Database
    writer: RecordWriter
    directory: Path
    calls: int = field(default=0)

    def watch(self, limits: Limits = LIMITS) -> MisuseWatch:
        return MisuseWatch(self.database, self.writer, limits, ZONE, lambda: datetime.now(UTC))

    async def call(self, number: str, *, who: Who = WHO, **more: object) -> str:
        """Record an answered call for a person."""
        exchange_id = new_exchange_id()
        await self.writer.append(entry(Kind.INTENT, exchange_id, who=who, whom=Whom((number,)), **more))
        await self.writer.append(entry(Kind.OUTCOME, exchange_id, who=who, whom=None))
        return exchange_id

    async def alerts(self, rule: Rule | None = None) -> list[Alert]:
        async with self.database.reading() as session:
            return await list_alerts(await session.connection(), Wanted(rule=rule), most=100)


@asynccontextmanager
async def posted(url: str, directory: Path) -> AsyncIterator[Post]:
    database = Database.open(url)
    async with writing(url, directory) as writer:
        yield Post(database, writer, directory)
    await database.close()


def now() -> datetime:
    return datetime.now(UTC)


async def test_what_is_found_is_kept_once_and_grows(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        watch = post.watch()
        for number in range(4):
            await post.call(f"05609900000{number}")
        await watch.take_turn(now())
        first = await post.alerts(Rule.MANY_PEOPLE)
        for number in range(4, 9):
            await post.call(f"05609900000{number}")
        await watch.take_turn(now())
        later = await post.alerts(Rule.MANY_PEOPLE)

    assert [(one.system, one.officer, one.measure, one.state) for one in first] == [
        ("one-stop", "cb-07", 4, AlertState.OPEN)
    ]
    assert [one.id for one in later] == [one.id for one in first]
    assert later[0].measure > first[0].measure


async def test_who_takes_over_remembers_what_went_on(migrated_url: str, tmp_path: Path) -> None:
    """The hour began under the watch before: its people are counted on, and nothing is counted twice."""
    async with posted(migrated_url, tmp_path) as post:
        for number in range(3):
            await post.call(f"05609900000{number}")
        await post.watch().take_turn(now())
        before = await post.alerts()
        await post.call("056099000001")
        heir = post.watch()
        await heir.take_turn(now())
        same = await post.alerts()
        await post.call("056099000009")
        await heir.take_turn(now())
        found = await post.alerts(Rule.MANY_PEOPLE)

    assert (before, same) == ([], [])
    assert [one.measure for one in found] == [4]


async def test_two_workers_find_each_thing_once(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        for number in range(600):
            await post.call(f"0560990{number:05}")
        watches, moment = [post.watch(), post.watch()], now()
        followed = sum(await asyncio.gather(*(one.take_turn(moment) for one in watches)))
        async with post.database.reading() as session:
            recorded = await (await session.connection()).scalar(sa.text("SELECT count(*) FROM record"))
        for minutes in range(2, 20, 2):  # a turn has its time: on a busy machine it may leave something to the next
            followed += sum([await one.take_turn(moment + timedelta(minutes=minutes)) for one in watches])
        found = await post.alerts(Rule.MANY_PEOPLE)
        async with post.database.reading() as session:
            place = await place_of(await session.connection(), READER)
            counted = await (await session.connection()).scalar(sa.select(sa.func.max(hours.c.people)))

    assert followed == sum(place.values()) == recorded
    assert (len(found), counted) == (1, 600)


async def test_of_two_workers_whose_turns_do_not_meet_one_watches(migrated_url: str, tmp_path: Path) -> None:
    """Who took turns with another would know half of the people each, and find nobody who asked for many."""
    async with posted(migrated_url, tmp_path) as post:
        one, other = post.watch(), post.watch()
        await one.take_turn(now())
        for number in range(4):
            await post.call(f"05609900000{number}")
            await (other, one)[number % 2].take_turn(now())
        await other.take_turn(now())
        found = await post.alerts(Rule.MANY_PEOPLE)

    assert [alert.measure for alert in found] == [4]


async def test_an_alert_is_on_record_once(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        watch = post.watch()
        for number in range(4):
            await post.call(f"05609900000{number}")
        await watch.take_turn(now())
        recorded = [await watch.record_alerts(now()) for _ in range(2)]
        (alert,) = await post.alerts()
    (record,) = await find_exchange(migrated_url, alert.id)
    body = json.loads(record.body)

    assert recorded == [1, 0]
    assert (record.kind, body["notes"]["rule"], body["who"]["officer"]) == (Kind.ALERT, "R1", "cb-07")
    assert "056099" not in record.body.decode()


async def test_numbers_that_lie_close_are_found_by_their_flag(migrated_url: str, tmp_path: Path) -> None:
    near = {"decision": Decision(allowed=True, flags=("near",))}
    async with posted(migrated_url, tmp_path) as post:
        for number in range(10):
            await post.call(f"05609900001{number}", **near)
        await post.watch(Limits()).take_turn(now())
        found = await post.alerts(Rule.ENUMERATION)

    assert [(one.measure, len(one.exchanges)) for one in found] == [(10, 10)]


async def test_a_person_on_the_list_is_found_and_his_number_is_nowhere(migrated_url: str, tmp_path: Path) -> None:
    number = "056099123456"
    async with posted(migrated_url, tmp_path) as post:
        watch = post.watch()
        await watch.take_turn(now())
        marks = marks_to_come(PseudonymKeys(tmp_path / "pseudonyms"), number, now=now())
        async with post.database.transaction() as session:
            await list_person(
                session,
                new_exchange_id(),
                ListedAs.FLAGGED,
                marks=marks,
                who=("", ""),
                reason="x",
                by=Actor("u", now()),
            )
        await post.call("056099000001")
        await post.call(number, why=Why(case_file="HS-9"))
        await watch.take_turn(now())
        found = await post.alerts(Rule.FLAGGED_PERSON)
        async with post.database.reading() as session:
            kept = (await (await session.connection()).execute(sa.text("SELECT * FROM misuse_people"))).all()
            told = (await (await session.connection()).execute(sa.text("SELECT * FROM misuse_alerts"))).all()

    assert [(one.total, one.explained) for one in found] == [(1, 1)]
    assert len(marks) == 13
    assert number not in f"{kept}{told}"


async def test_a_record_that_is_missing_is_found(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        gone = await post.call("056099000001")
        await post.call("056099000002")
        async with post.database.transaction() as session:
            await (await session.connection()).execute(
                sa.text("DELETE FROM record WHERE exchange_id = :id AND kind = 'OUTCOME'"), {"id": gone}
            )
        await post.watch().take_turn(now())
        found = await post.alerts(Rule.LOG_HEALTH)

    assert [(one.facts["what"], one.measure) for one in found] == [("gap", 1)]


async def test_what_is_long_ago_is_learnt_and_not_told(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        for number in range(4):
            await post.call(f"05609900000{number}")
        await post.watch().take_turn(now() + timedelta(days=8))
        found = await post.alerts()
        async with post.database.reading() as session:
            counted = await (await session.connection()).scalar(sa.select(sa.func.max(hours.c.people)))

    assert (found, counted) == ([], 4)


async def test_auditors_are_told_of_a_rule_once_an_hour(migrated_url: str, tmp_path: Path) -> None:
    async with posted(migrated_url, tmp_path) as post:
        for officer in ("cb-1", "cb-2"):
            for number in range(4):
                await post.call(f"05609900000{number}", who=Who(**{**_members(WHO), "officer": officer}))
        await post.watch().take_turn(now())
        async with post.database.reading() as session:
            happenings = await gather(session, zone=ZONE, now=now())
    told = [one for one in happenings if one.kind is Told.ALERTS_RAISED]

    assert [(one.facts["rule"], one.facts["many"]) for one in told] == [("R1", "2")]


@pytest.mark.parametrize(("theirs", "finds"), [(3, False), (30, True)])
async def test_what_a_provider_counted_is_compared(migrated_url: str, tmp_path: Path, theirs: int, finds: bool) -> None:
    refused = {"who": WHO, "whom": None, "decision": Decision(allowed=False, reason="rate-exceeded")}
    missed = {**refused, "decision": Decision(allowed=False, reason="not-found"), "outcome": Outcome(status=404)}
    async with posted(migrated_url, tmp_path) as post:
        await post.call("056099000001")
        await post.call("056099000002")
        nobody = new_exchange_id()
        await post.writer.append(entry(Kind.INTENT, nobody))
        await post.writer.append(entry(Kind.OUTCOME, nobody, **missed))
        await post.writer.append(entry(Kind.DENY, new_exchange_id(), **refused))
        await index_exchanges(post.database)
        today = now().astimezone(ZONE).date()
        async with post.database.transaction() as session:
            ours, found = await compare_count(
                await session.connection(),
                "population",
                today,
                theirs=theirs,
                by="u",
                zone=ZONE,
                limits=LIMITS,
                now=now(),
            )
        kept = await post.alerts(Rule.COUNTS_DIFFER)

    assert (ours, found is not None, len(kept)) == (3, finds, int(finds))


def _members(who: Who) -> dict[str, str]:
    return {name: getattr(who, name) for name in who.__struct_fields__}
