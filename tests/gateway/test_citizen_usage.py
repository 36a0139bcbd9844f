"""Does a citizen find what concerns him, nothing else, and nothing before its time, on both engines?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from gateways import CONSUMER_AGENCY, SYSTEM, TERMS, settle_province
from recorded import writing

from catalog.terms import DisclosureTerms, LegalBasis
from gateway.citizens.view import Citizen, CitizenView, Looker, UsagePage
from gateway.db import Database
from gateway.errors import CitizenAsksTooOften
from gateway.exchangeids import new_exchange_id
from gateway.indexing import index_exchanges
from security.audit.privacy import PseudonymKeys
from security.audit.read import find_exchange
from security.audit.record import Decision, Entry, Kind, Outcome, What, Who, Whom, Why
from security.audit.writer import RecordWriter
from security.errors import RecordUnavailable
from security.ratelimit import LocalLimiter

HE, SHE = Citizen("056099000001"), Citizen("056199000002")
DELAYED = msgspec.structs.replace(
    TERMS,
    code="TT-2",
    disclosure=DisclosureTerms(after_days=90, legal_basis=LegalBasis(document="Luật Thanh tra", article="Điều 1")),
)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OURS = Looker()


class NothingSpent:
    """The record of a day on which nobody looked yet."""

    async def count(self, grant_key: str, day: date) -> int:
        return 0


async def nobody(_: str) -> Looker:
    raise AssertionError("no portal asks here")


@dataclass
class Desk:
    """A database with some exchanges in it, and the view of it. `moved` sets its clock on."""

    database: Database
    url: str
    writer: RecordWriter
    keys: Path
    moved: timedelta = field(default=timedelta(0))

    @property
    def view(self) -> CitizenView:
        return CitizenView(
            self.database,
            self.writer,
            LocalLimiter(NothingSpent(), zone=ZONE),
            pseudonyms=PseudonymKeys(self.keys),
            proof=None,
            systems=nobody,
            clock=lambda: datetime.now(UTC) + self.moved,
            zone=ZONE,
        )

    async def exchange(
        self, citizen: Citizen, *, agreement: str = "TT-1", version: int = 1, ends: str = "OUTCOME"
    ) -> str:
        """Record an exchange that asks for somebody by his number, and list it."""
        exchange_id, at = new_exchange_id(), datetime.now(UTC)
        begun = Entry(
            Kind.DENY if ends == "DENY" else Kind.INTENT,
            exchange_id,
            at,
            who=Who(client=SYSTEM, system=SYSTEM, agency=CONSUMER_AGENCY, officer="KH000001", source="10.9.8.7"),
            why=Why(
                agreement=agreement,
                agreement_version=version,
                purpose="giai-quyet-tthc",
                case_file="H32-26-0001",
                legal_basis="NĐ 278/2025/NĐ-CP",
            ),
            what=What(database="datdai", door="rest", service="thua-dat", version=1, operation="get"),
            whom=Whom((citizen.number, "056299000009")),
            decision=Decision(allowed=ends != "DENY", reason="rate-exceeded" if ends == "DENY" else ""),
        )
        await self.writer.append(begun)
        if ends in ("OUTCOME", "EMPTY"):
            released = Outcome(
                status=200, rows_released=int(ends == "OUTCOME"), fields_released=("SoGCN", "ChuSoHuu.HoVaTen")
            )
            await self.writer.append(
                Entry(Kind.OUTCOME, exchange_id, at, decision=Decision(allowed=True), outcome=released)
            )
        await index_exchanges(self.database)
        return exchange_id

    async def look(self, citizen: Citizen, *, before: str = "", most: int = 100) -> UsagePage:
        view = self.view
        return await view.look(citizen, view.period("", ""), before=before, most=most, looker=OURS)

    async def found(self, citizen: Citizen) -> list[str]:
        return [one.exchange_id for one in (await self.look(citizen)).uses]


@pytest.fixture
async def desk(migrated_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    await settle_province(migrated_url, "http://127.0.0.1:9", TERMS, DELAYED)
    database = Database.open(migrated_url)
    async with writing(migrated_url, tmp_path) as writer:
        yield Desk(database, migrated_url, writer, tmp_path / "pseudonyms")
    await database.close()


async def test_each_finds_what_concerns_him_and_nothing_else(desk: Desk) -> None:
    his, hers = await desk.exchange(HE), await desk.exchange(SHE)

    assert await desk.found(HE) == [his]
    assert await desk.found(SHE) == [hers]
    assert await desk.found(Citizen("056099000003")) == []


async def test_he_is_told_who_why_and_what(desk: Desk) -> None:
    await desk.exchange(HE)

    (use,) = (await desk.look(HE)).uses

    assert (use.agency.title_vi, use.system.title_vi) == (f"Sở {CONSUMER_AGENCY}", "Một cửa")
    assert (use.purpose.title_vi, use.legal_basis, use.result) == ("Giải quyết TTHC", "NĐ 278/2025/NĐ-CP", "answered")
    assert (use.database.title_vi, use.operation.title_vi) == ("Đất đai", "Một thửa đất")
    assert [one.title_vi for one in use.fields] == ["SoGCN", "ChuSoHuu.HoVaTen"]
    assert use.has_case_file


async def test_no_officer_address_case_file_or_other_person_is_told(desk: Desk) -> None:
    await desk.exchange(HE)

    told = msgspec.json.encode((await desk.look(HE)).uses).decode()

    assert [word for word in ("KH000001", "10.9.8.7", "H32-26-0001", "056299000009", HE.number) if word in told] == []


@pytest.mark.parametrize(
    ("ends", "result"), [("OUTCOME", "answered"), ("EMPTY", "answered"), ("DENY", "refused"), ("", "unknown")]
)
async def test_he_is_told_how_it_ended(desk: Desk, ends: str, result: str) -> None:
    await desk.exchange(HE, ends=ends)

    (use,) = (await desk.look(HE)).uses

    assert (use.result, bool(use.fields)) == (result, ends == "OUTCOME")


@pytest.mark.parametrize(("days", "shown"), [(0, False), (89, False), (91, True)])
async def test_what_is_disclosed_later_is_shown_then(desk: Desk, days: int, shown: bool) -> None:
    later = await desk.exchange(HE, agreement="TT-2")
    desk.moved = timedelta(days=days)

    assert await desk.found(HE) == ([later] if shown else [])


async def test_no_page_cursor_or_count_betrays_it_before(desk: Desk) -> None:
    first = await desk.exchange(HE)
    for _ in range(3):
        await desk.exchange(HE, agreement="TT-2")
    last = await desk.exchange(HE)
    view = desk.view

    page = await desk.look(HE, most=1)
    older = await desk.look(HE, before=page.next, most=1)
    counted = await view.slice(HE, view.period("", ""), offset=0, limit=10, looker=OURS)

    assert ([one.exchange_id for one in page.uses], page.next) == ([last], last)
    assert ([one.exchange_id for one in older.uses], older.next) == ([first], "")
    assert (counted.total, len(counted.uses)) == (2, 2)


async def test_what_nobody_knows_the_terms_of_is_held_for_the_longest_time(desk: Desk) -> None:
    await desk.exchange(HE, version=7)
    desk.moved = timedelta(days=700)

    assert await desk.found(HE) == []


async def test_pages_follow_each_other_without_gap_or_repetition(desk: Desk) -> None:
    made = [await desk.exchange(HE) for _ in range(5)]

    first = await desk.look(HE, most=2)
    second = await desk.look(HE, before=first.next, most=2)
    third = await desk.look(HE, before=second.next, most=2)

    found = [one.exchange_id for page in (first, second, third) for one in page.uses]
    assert (found, third.next) == (made[::-1], "")


async def test_of_an_erased_month_nothing_is_found_and_no_key_is_made_again(desk: Desk) -> None:
    await desk.exchange(HE)
    desk.moved = timedelta(days=62)
    (key,) = desk.keys.glob("pseudonym-*.key")
    key.unlink()

    assert await desk.found(HE) == []
    assert not key.exists()


async def test_each_look_is_on_record_by_his_mark_only(desk: Desk) -> None:
    await desk.look(HE)
    await index_exchanges(desk.database)

    (reading,) = await readings(desk)

    mark = PseudonymKeys(desk.keys).subject(HE.number, key_id=datetime.now(UTC).strftime("%Y-%m"))
    assert reading["notes"] | {"since": "", "until": ""} == {
        "what": "subject-usage",
        "subject": mark,
        "since": "",
        "until": "",
    }
    assert reading["who"] == {"method": "citizen"}
    assert "whom" not in reading


async def test_his_own_looks_are_none_of_the_uses(desk: Desk) -> None:
    await desk.look(HE)
    await index_exchanges(desk.database)

    assert await desk.found(HE) == []


async def test_nobody_is_asked_about_for_ever(desk: Desk) -> None:
    view = desk.view
    period = view.period("", "")
    for _ in range(30):
        await view.look(HE, period, before="", most=1, looker=OURS)

    with pytest.raises(CitizenAsksTooOften):
        await view.look(HE, period, before="", most=1, looker=OURS)
    await view.look(SHE, period, before="", most=1, looker=OURS)


async def test_what_cannot_be_recorded_is_not_shown(desk: Desk) -> None:
    await desk.exchange(HE)
    await desk.writer.close()

    with pytest.raises(RecordUnavailable):
        await desk.look(HE)


async def readings(desk: Desk) -> list[dict[str, object]]:
    """Return the bodies of the READ records."""
    async with desk.database.reading() as session:
        rows = await (await session.connection()).exec_driver_sql(
            "SELECT exchange_id FROM record WHERE kind = 'READ' ORDER BY at_us"
        )
        ids = [row[0] for row in rows]
    return [msgspec.json.decode(one.body) for exchange_id in ids for one in await find_exchange(desk.url, exchange_id)]
