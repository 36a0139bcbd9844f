"""Does a list of what an agency keeps hold what is there, in order, and no more than its part?"""

import msgspec
import pytest
from catalog_samples import APPROVER, CONSUMER, OWNER, SERVICE, TERMS

from catalog import databases
from catalog.descriptions import DatabaseDescription, SharingMode
from catalog.errors import ContentInvalid, NotThere
from catalog.importers.draft import Draft, Source
from catalog.inventory import (
    DatabaseOrder,
    ProviderOrder,
    Slice,
    count_databases,
    find_databases,
    find_dependents,
    find_drafts,
    find_providers,
    find_versions,
)
from catalog.providers import show_provider
from catalog.publications import PreparedDraft, import_publication
from catalog.states import AgreementState, PublicationState, ServiceState
from gateway.db import Database

ALL = Slice(limit=50)
FISH = DatabaseDescription(code="tau-ca", title_vi="Tàu cá", title_en="Boats", owner=OWNER, domain_vi="Thủy sản")


@pytest.fixture
async def two(agreed: Database) -> Database:
    """The small catalogue with a second database of the same owner, and a draft for it."""
    async with agreed.transaction() as session:
        await databases.add_database(session, FISH, by=APPROVER)
        provider = await show_provider(session, "datdai-sql")
        service = msgspec.structs.replace(SERVICE, database="tau-ca", code="tau")
        prepared = PreparedDraft(draft=Draft(provider=provider, service=service))
        await import_publication(session, prepared, source=Source.FILE, by=APPROVER)
    return agreed


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [
        ({}, ["datdai", "tau-ca"]),
        ({"words": "TAU ca"}, ["tau-ca"]),
        ({"words": "tau dat"}, []),
        ({"owner": CONSUMER}, []),
        ({"owner": OWNER}, ["datdai", "tau-ca"]),
        ({"national": True}, []),
        ({"national": False}, ["datdai", "tau-ca"]),
    ],
    ids=str,
)
async def test_databases_are_found_by_words_owner_and_kind(
    two: Database, chosen: dict[str, str], codes: list[str]
) -> None:
    async with two.reading() as session:
        found = await find_databases(session, **chosen, part=ALL)  # type: ignore[arg-type]  # a table of cases
        counted = await count_databases(session, **chosen)  # type: ignore[arg-type]  # a table of cases

    assert [one.database.code for one in found] == codes
    assert counted == len(codes)


@pytest.mark.parametrize("order", list(DatabaseOrder))
async def test_each_order_can_be_turned_round(two: Database, order: DatabaseOrder) -> None:
    async with two.reading() as session:
        rising = await find_databases(session, order=order, part=ALL)
        falling = await find_databases(session, order=order, part=Slice(limit=50, descending=True))

    assert [one.database.code for one in falling] == [one.database.code for one in reversed(rising)]


async def test_a_database_says_how_much_hangs_on_it(two: Database) -> None:
    async with two.reading() as session:
        found = await find_databases(session, part=ALL)

    assert [(one.services, one.agreements) for one in found] == [(1, 1), (0, 0)]


async def test_a_part_is_no_longer_than_asked(two: Database) -> None:
    async with two.reading() as session:
        found = await find_databases(session, part=Slice(limit=1, offset=1))

    assert [one.database.code for one in found] == ["tau-ca"]


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"database": "datdai"}, 1),
        ({"database": "tau-ca"}, 0),
        ({"provider": "datdai-sql"}, 1),
        ({"provider": "x"}, 0),
        ({"database": "datdai", "words": "thua dat"}, 1),
        ({"database": "datdai", "words": "tau"}, 0),
        ({"database": "datdai", "state": ServiceState.RETIRED}, 0),
    ],
    ids=str,
)
async def test_versions_are_found(two: Database, chosen: dict[str, str], count: int) -> None:
    async with two.reading() as session:
        found = await find_versions(session, **chosen, part=ALL)  # type: ignore[arg-type]  # a table of cases

    assert [(one.service, one.version) for one in found] == [("thua-dat", 1)] * count


@pytest.mark.parametrize("order", list(ProviderOrder))
async def test_providers_say_how_much_they_serve(two: Database, order: ProviderOrder) -> None:
    async with two.reading() as session:
        found = await find_providers(session, agency=OWNER, words="SQL", order=order, part=ALL)
        none = await find_providers(session, agency=CONSUMER, part=ALL)

    assert [(one.provider.code, one.services) for one in found] == [("datdai-sql", 1)]
    assert none == []


async def test_drafts_are_found_by_owner_and_database(two: Database) -> None:
    async with two.reading() as session:
        found = await find_drafts(session, owner=OWNER, database="tau-ca", state=PublicationState.DRAFT, part=ALL)
        others = await find_drafts(session, owner=CONSUMER, part=ALL)

    assert [(one.code, one.title_vi, one.source) for one in found] == [("tau-ca.tau.v1", "Thửa đất", Source.FILE)]
    assert others == []


async def test_dependents_name_who_calls_and_what(two: Database) -> None:
    async with two.reading() as session:
        (found,) = await find_dependents(session, "datdai", part=ALL)
        none = await find_dependents(session, "tau-ca", part=ALL)

    assert (found.agreement, found.consumer, found.systems) == (TERMS.code, CONSUMER, TERMS.systems)
    assert (found.state, found.services) == (AgreementState.ACTIVE, ("thua-dat/v1",))
    assert none == []


async def test_an_owner_says_a_database_better(two: Database) -> None:
    better = msgspec.structs.replace(FISH, title_vi="Tàu cá và ngư cụ", sharing=SharingMode.OPEN, contact="Chi cục")

    async with two.transaction() as session:
        change = await databases.replace_database(session, better)
    async with two.reading() as session:
        held = await databases.show_database(session, "tau-ca")
        found = await find_databases(session, words="ngu cu", part=ALL)

    assert held == better
    assert change.before != change.after
    assert len(found) == 1


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"owner": CONSUMER}, "owner"),
        ({"number": 3}, "number"),
        ({"national": True}, "national"),
        ({"title_vi": " "}, "title_vi"),
        ({"contact": "x" * 501}, "contact"),
    ],
    ids=str,
)
async def test_whose_a_database_is_cannot_be_said_by_its_owner(
    two: Database, members: dict[str, object], where: str
) -> None:
    async with two.transaction() as session:
        with pytest.raises(ContentInvalid) as refused:
            await databases.replace_database(session, msgspec.structs.replace(FISH, **members))
        with pytest.raises(NotThere):
            await databases.replace_database(session, msgspec.structs.replace(FISH, code="khong-co"))

    assert [fault.where for fault in refused.value.faults] == [where]
