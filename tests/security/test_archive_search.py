"""Is what was removed found as it was before, and is an exchange shown from the archive as it was recorded?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from archived import id_at, record_at
from prepared import prepared
from recorded import entry
from removed import LATER, OCTOBER, SEPTEMBER, archive, follow, remove

from catalog.agencies import add_agency
from catalog.changes import Actor
from catalog.databases import add_database
from catalog.descriptions import AgencyDescription, DatabaseDescription
from gateway.archive.searching import ArchiveReader, Whole
from gateway.db import Database
from security.audit.index import Ending, Happened
from security.audit.privacy import PseudonymKeys
from security.audit.read import find_exchange
from security.audit.record import Decision, Entry, Kind, Who, Whom, Why
from security.audit.search import Found, Page, Search, Side, merged
from security.audit.streams import StoreFailed

OWNER = "000.00.01.H32"
# Before the removals themselves, which are on record at the time of the test.
SINCE, UNTIL = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC)
EVERYTHING = Search(since=SINCE, until=UNTIL)


def others() -> Sequence[Entry]:
    """Of everything that is recorded, one."""
    notes = {"action": "add", "noun": "agency", "code": "X"}
    looked, unknown = {"what": "search"}, Decision(allowed=False, reason="client-unknown")
    refused, asked = id_at(OCTOBER), id_at(OCTOBER)
    return [
        entry(Kind.DENY, refused),
        entry(Kind.INTENT, asked, whom=Whom(("001099000009",)), why=Why(agreement="TT-09", case_file="HS-9")),
        entry(Kind.UNKNOWN, asked, whom=None, why=None, what=None),
        Entry(Kind.ADMIN, id_at(OCTOBER), OCTOBER, who=Who(client="quan-tri", agency=OWNER), notes=notes),
        Entry(Kind.READ, id_at(OCTOBER), OCTOBER, who=Who(officer="kt"), decision=Decision(allowed=True), notes=looked),
        Entry(Kind.AUTH, id_at(OCTOBER), OCTOBER, who=Who(client="motcua"), decision=unknown),
    ]


ASKED = {
    "everything": {},
    "calls": {"happened": Happened.CALL},
    "changes": {"happened": Happened.CHANGE},
    "readings": {"happened": Happened.READING},
    "tokens": {"happened": Happened.TOKEN, "system": "motcua"},
    "a system": {"system": "one-stop"},
    "an agreement": {"agreement": "TT-09"},
    "a changed thing": {"agreement": "X"},
    "a database": {"database": "population", "ending": Ending.DONE},
    "a service": {"service": "person"},
    "refused": {"ending": Ending.REFUSED},
    "unknown": {"ending": Ending.UNKNOWN},
    "a reason": {"reason": "rate-exceeded"},
    "an agency": {"agency": "so-noi-vu"},
    "a provider": {"agency": OWNER, "side": Side.PROVIDER},
    "another provider": {"agency": "000.00.02.H32", "side": Side.PROVIDER},
    "what is not there": {"agreement": 'TT-"%_'},
    "October": {"since": datetime(2026, 10, 1, tzinfo=UTC), "until": datetime(2026, 10, 31, tzinfo=UTC)},
    "a moment in October": {"since": OCTOBER - timedelta(minutes=1), "until": OCTOBER},
}


@dataclass
class Shelf:
    """A record of which two months were removed, and what was found in it before."""

    url: str
    directory: Path
    before: dict[str, Sequence[Found]]
    exchange: str


async def searched(url: str, directory: Path | None, asked: Search, *, before: str = "", most: int = 100) -> Whole:
    database = Database.open(url)
    try:
        async with database.reading() as session:
            return await ArchiveReader(database, directory).search(session, asked, before=before, most=most)
    finally:
        await database.close()


def asked_for(what: str) -> Search:
    return Search(**{"since": SINCE, "until": UNTIL, **ASKED[what]})  # type: ignore[arg-type] # checked by use


def marks(directory: Path) -> tuple[str, ...]:
    keys = PseudonymKeys(directory / "pseudonyms")
    return tuple(keys.subject("001099000009", key_id=one) for one in keys.known_months(SINCE, UNTIL))


@pytest.fixture
async def shelf(migrated_url: str, tmp_path: Path) -> Shelf:
    before = await prepared("a shelf", migrated_url, tmp_path, fill_shelf)
    return Shelf(migrated_url, tmp_path / "archive", before, before["an agreement"][0].exchange_id)


async def fill_shelf(url: str, directory: Path) -> dict[str, Sequence[Found]]:
    """Record months, remove two of them, and return what was found before."""
    database, by = Database.open(url), Actor("a", SEPTEMBER)
    async with database.transaction() as session:
        await add_agency(session, AgencyDescription(code=OWNER, name_vi="Sở"), by=by)
        described = DatabaseDescription(
            code="population", title_vi="Dân cư", title_en="People", owner=OWNER, domain_vi="Dân cư"
        )
        await add_database(session, described, by=by)
    await database.close()
    await record_at(url, directory, SEPTEMBER, count=3)
    await record_at(url, directory, OCTOBER, count=6, also=others())
    await record_at(url, directory, LATER, count=2)
    await follow(url)
    before = {what: (await searched(url, None, asked_for(what))).page.rows for what in ASKED}
    named = Search(since=SINCE, until=UNTIL, marks=marks(directory))
    before["somebody"] = (await searched(url, None, named)).page.rows
    await archive(url, directory, "2026-09", "2026-10")
    await remove(url, directory, "2026-09")
    await remove(url, directory, "2026-10")
    await follow(url)
    return before


async def test_each_search_finds_what_it_found_before(shelf: Shelf) -> None:
    found = {what: list((await searched(shelf.url, shelf.directory, asked_for(what))).page.rows) for what in ASKED}
    named = Search(since=SINCE, until=UNTIL, marks=marks(shelf.directory.parent))
    found["somebody"] = list((await searched(shelf.url, shelf.directory, named)).page.rows)

    assert found == {what: list(rows) for what, rows in shelf.before.items()}
    assert {what: len(rows) for what, rows in found.items() if len(rows) < 2} == {
        "changes": 1,
        "readings": 1,
        "tokens": 1,
        "an agreement": 1,
        "a changed thing": 1,
        "unknown": 1,
        "a reason": 1,
        "another provider": 0,
        "what is not there": 0,
        "a moment in October": 0,
        "somebody": 1,
    }


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_pages_go_over_from_the_database_into_the_archive_without_a_gap(shelf: Shelf, most: int) -> None:
    found: list[Found] = []
    before, goes_on = "", True
    while goes_on:
        page = (await searched(shelf.url, shelf.directory, EVERYTHING, before=before, most=most)).page
        assert len(page.rows) <= most
        found += page.rows
        before, goes_on = page.next, bool(page.next)

    assert found == list(shelf.before["everything"])


async def test_without_the_files_it_is_said_which_months_are_missing(shelf: Shelf, tmp_path: Path) -> None:
    nowhere = await searched(shelf.url, None, EVERYTHING)
    elsewhere = await searched(shelf.url, tmp_path / "else", EVERYTHING)
    november = await searched(shelf.url, None, Search(since=datetime(2026, 11, 1, tzinfo=UTC), until=UNTIL))

    assert (nowhere.absent, elsewhere.absent, november.absent) == (["2026-09", "2026-10"],) * 2 + ([],)
    assert len(nowhere.page.rows) == 2


async def test_an_exchange_is_shown_from_the_archive_as_it_was_recorded(shelf: Shelf) -> None:
    database = Database.open(shelf.url)
    reader = ArchiveReader(database, shelf.directory)

    alone = await find_exchange(shelf.url, shelf.exchange)
    found = await reader.with_database(shelf.exchange, alone)
    absent = await ArchiveReader(database, None).with_database(shelf.exchange, alone)
    await database.close()

    assert (alone, absent) == ([], [])
    assert [one.kind for one in found] == ["INTENT", "UNKNOWN"]


async def test_what_somebody_put_into_the_file_is_not_shown(shelf: Shelf) -> None:
    path = next(shelf.directory.glob("record-2026-10*.parquet"))
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE record AS SELECT * FROM read_parquet('{path}')")
        database.execute("UPDATE record SET body = encode(replace(decode(body), 'TT-09', 'TT-10'))")
        database.execute(f"COPY record TO '{path}' (FORMAT parquet)")
    opened = Database.open(shelf.url)

    with pytest.raises(StoreFailed, match="than what was recorded"):
        await ArchiveReader(opened, shelf.directory).with_database(shelf.exchange, [])
    await opened.close()


async def test_a_file_that_is_none_is_an_error_and_no_empty_page(shelf: Shelf) -> None:
    next(shelf.directory.glob("record-2026-10*.parquet")).write_bytes(b"x")

    with pytest.raises(StoreFailed, match="cannot be read"):
        await searched(shelf.url, shelf.directory, EVERYTHING)


def row(exchange_id: str, agency: str = "") -> Found:
    return Found(
        exchange_id=exchange_id, at=OCTOBER, happened=Happened.CALL, agency=agency, system="", actor="", provider="",
        database="", service="", version=0, operation="", agreement="", purpose="", door="", ending=Ending.DONE,
        reason="", status=0, latency_us=0, repeated=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "rows", "goes_on"),
    [
        ("50 40", "30 20", "50 40 30 20", ""),
        ("50 40 next 40", "30 20", "50 40", "40"),
        ("50 20", "40 30 next 30", "50 40 30", "30"),
        ("50 40 30 20 10", "45 35", "50 45 40 35 30", "30"),
        ("", "next 30", "", "30"),
        ("", "", "", ""),
    ],
)
def test_two_parts_of_a_list_make_one(one: str, other: str, rows: str, goes_on: str) -> None:
    def page(text: str) -> Page:
        ids, _, bound = text.partition("next ")
        return Page([row(name_of(part)) for part in ids.split()], name_of(bound) if bound else "", None)

    made = merged(page(one), page(other), most=5)

    assert [found.exchange_id for found in made.rows] == [name_of(part) for part in rows.split()]
    assert made.next == (name_of(goes_on) if goes_on else "")


def name_of(number: str) -> str:
    return f"00000000-00{number}"


def test_a_row_in_both_parts_is_the_first_ones() -> None:
    made = merged(Page([row("1", "here")], "", None), Page([row("1", "there")], "", None), most=5)

    assert [one.agency for one in made.rows] == ["here"]
