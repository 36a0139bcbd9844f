"""Do two people together erase a month, or one database's part of it, and nobody else; is it gone for good?"""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from archived import record_at
from conftest import in_a_thread
from prepared import prepared
from recorded import entry, new_id, writing
from removed import carry_out, count
from revealed import open_sealed
from typer.testing import CliRunner

from catalog.agencies import add_agency
from catalog.changes import Actor
from catalog.descriptions import AgencyDescription
from catalog.staff import StaffMember, add_member
from gateway.cli import app
from gateway.db import Database
from gateway.errors import DataKeyUnusable
from security.audit.keyfiles import KeyErased, KeyUnusable
from security.audit.privacy import PseudonymKeys, SealSession, read_recovery_public_key, uncover
from security.audit.record import Kind, What
from security.errors import RecordUnavailable
from security.staff import Role

LAND = "0193f0a2-7c1e-7b3a-9d52-0d6c1f0e8a11"
POPULATION = ("erase", "2025-03", "--database", "population")
AGENCY, LONG_AGO = "000.00.01.H32", datetime(2025, 3, 15, tzinfo=UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(migrated_url: str, tmp_path: Path) -> Run:
    """Commands over a record of March 2025, with people of the staff."""

    async def prepare(url: str, directory: Path) -> None:
        (directory / "keys").mkdir(mode=0o700)
        land = entry(Kind.DENY, LAND, what=What(database="dat-dai"))
        await record_at(url, directory / "keys", LONG_AGO, count=1, also=[land])
        await record_at(url, directory / "keys", datetime.now(UTC), count=1)
        database, by = Database.open(url), Actor("a", LONG_AGO)
        async with database.transaction() as session:
            await add_agency(session, AgencyDescription(code=AGENCY, name_vi="Sở"), by=by)
            for code, role in (
                ("quan-tri", Role.PLATFORM_ADMIN),
                ("thanh-tra", Role.AUDITOR),
                ("quan-sat", Role.OBSERVER),
            ):
                member = StaffMember(code, code, role, AGENCY, has_access=True)
                await add_member(session, member, token_hash=None, by=by)
        await database.close()

    in_a_thread(lambda: asyncio.run(prepared("March 2025", migrated_url, tmp_path, prepare)))
    environment = {
        "LIENTHONG_DATABASE_URL": migrated_url,
        "LIENTHONG_KEYS_DIR": str(tmp_path / "keys"),
        "LIENTHONG_VAR_DIR": str(tmp_path / "var"),
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
    }

    def invoke(*words: str) -> tuple[int, str]:
        done = in_a_thread(lambda: CliRunner().invoke(app, ["record", *words], env=environment))
        return done.exit_code, done.output

    return invoke


@pytest.fixture
def keys(tmp_path: Path) -> PseudonymKeys:
    return PseudonymKeys(tmp_path / "keys" / "pseudonyms")


async def exchanges_of(url: str, database: str) -> list[str]:
    """Return the exchanges of March 2025 that are about a database."""
    opened = Database.open(url)
    async with opened.reading() as session:
        rows = await (await session.connection()).execute(
            sa.text("SELECT exchange_id, body FROM record WHERE at_us < 1750000000000000")
        )
        bodies = [(exchange, json.loads(body)) for exchange, body in rows]
    await opened.close()
    return sorted({exchange for exchange, body in bodies if body.get("what", {}).get("database") == database})


async def test_two_people_erase_a_month_for_good(run: Run, migrated_url: str, tmp_path: Path) -> None:
    keys = PseudonymKeys(tmp_path / "keys" / "pseudonyms")
    assert keys.subject("1", key_id="2025-03")

    asked = run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    alone = run("erase", "2025-03", "--by", "quan-tri")
    held = keys.has("2025-03")
    done = run("erase", "2025-03", "--by", "thanh-tra")
    again = run("erase", "2025-03", "--by", "thanh-tra")

    assert [one[0] for one in (asked, alone, done, again)] == [0, 1, 0, 0], (asked, alone, done, again)
    assert "never confirms" in alone[1]
    assert held
    assert "Destroyed: the keys of 2025-03" in done[1]
    assert "already" in again[1]
    assert await count(migrated_url, "record WHERE kind = 'ERASE'") == 2
    assert "2025-03" not in keys.known_months(datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
    with pytest.raises(KeyUnusable):
        keys.subject("1", key_id="2025-03")
    ids = [*await exchanges_of(migrated_url, "population"), LAND]
    said = await open_sealed(migrated_url, tmp_path / "keys", *ids)
    assert (said.clear, {one.exchange for one in said.file.erased}) == ([], set(ids))


async def test_two_people_erase_what_one_database_has_of_a_month(
    run: Run, migrated_url: str, tmp_path: Path, keys: PseudonymKeys
) -> None:
    (people,) = await exchanges_of(migrated_url, "population")
    before = await open_sealed(migrated_url, tmp_path / "keys", people, LAND)
    asked = run(*POPULATION, "--by", "quan-tri", "--reason", "chủ quản yêu cầu")
    alone = run(*POPULATION, "--by", "quan-tri")
    done = run(*POPULATION, "--by", "thanh-tra")
    after = await open_sealed(migrated_url, tmp_path / "keys", people, LAND)

    assert [one[0] for one in (asked, alone, done)] == [0, 1, 0], (asked, alone, done)
    assert "never confirms" in alone[1]
    assert {one.exchange for one in before.file.values} == {people, LAND}
    assert "001099000001" in before.clear
    assert {one.exchange for one in after.file.values} == {LAND}
    assert "001099000001" in after.clear, "the land register's still opens"
    assert {(one.exchange, one.month, one.database) for one in after.file.erased} == {(people, "2025-03", "population")}
    assert keys.subject("1", key_id="2025-03"), "who may search still finds the month's people"
    assert await count(migrated_url, "record WHERE kind = 'ERASE'") == 2


async def test_what_was_erased_is_on_record_with_its_database(run: Run, migrated_url: str) -> None:
    run(*POPULATION, "--by", "quan-tri", "--reason", "x")
    run(*POPULATION, "--by", "thanh-tra")
    database = Database.open(migrated_url)
    async with database.reading() as session:
        rows = await (await session.connection()).execute(
            sa.text("SELECT body FROM record WHERE kind = 'ERASE' ORDER BY at_us")
        )
        told = [json.loads(row[0])["notes"] for row in rows]
    await database.close()

    assert [(one["action"], one["code"]) for one in told] == [
        ("record.ask-erasure", "2025-03/population"),
        ("record.erase", "2025-03/population"),
    ]
    assert (told[1]["asked_by"], told[1]["approved_by"]) == ("quan-tri", "thanh-tra")


async def test_to_ask_for_one_database_is_not_to_ask_for_the_month(run: Run, keys: PseudonymKeys) -> None:
    run(*POPULATION, "--by", "quan-tri", "--reason", "x")
    other = run("erase", "2025-03", "--by", "thanh-tra", "--reason", "y")

    assert "Nothing is erased yet" in other[1]
    assert (keys.has("2025-03"), keys.data.has("2025-03", "population")) == (True, True)


async def test_a_month_goes_after_one_of_its_databases(run: Run, keys: PseudonymKeys) -> None:
    for words in (POPULATION, ("erase", "2025-03")):
        run(*words, "--by", "quan-tri", "--reason", "x")
        assert "Destroyed: " in run(*words, "--by", "thanh-tra")[1]

    again = run(*POPULATION, "--by", "quan-tri")
    fresh = run("erase", "2025-03", "--database", "dat-dai", "--by", "quan-tri", "--reason", "x")

    assert "Destroyed already" in again[1]
    assert "erased already" in fresh[1]
    assert not keys.data.has_any("2025-03")


async def test_who_goes_on_recording_makes_no_erased_key_anew(
    run: Run, migrated_url: str, tmp_path: Path, keys: PseudonymKeys
) -> None:
    late = entry(Kind.DENY, new_id())
    async with writing(migrated_url, tmp_path / "keys") as writer:
        await writer.append(msgspec.structs.replace(late, at=LONG_AGO))
        run("erase", "2025-03", "--by", "quan-tri", "--reason", "x")
        run("erase", "2025-03", "--by", "thanh-tra")
        await writer.append(msgspec.structs.replace(late, at=LONG_AGO, exchange_id=new_id()))
    async with writing(migrated_url, tmp_path / "keys", node="node-1") as another:
        with pytest.raises(RecordUnavailable):
            await another.append(msgspec.structs.replace(late, at=LONG_AGO, what=What(database="thue")))

    assert not keys.has("2025-03")
    assert not keys.data.has_any("2025-03")


async def test_a_data_key_that_is_lost_hands_nothing_out(run: Run, migrated_url: str, tmp_path: Path) -> None:
    (people,) = await exchanges_of(migrated_url, "population")
    (tmp_path / "keys" / "pseudonyms" / "data-2025-03-population.key").rename(tmp_path / "elsewhere")

    with pytest.raises(DataKeyUnusable, match=r"data-2025-03-population\.key"):
        await open_sealed(migrated_url, tmp_path / "keys", people, LAND)


async def test_what_an_older_release_has_sealed_opens_as_before(
    run: Run, migrated_url: str, tmp_path: Path, keys: PseudonymKeys
) -> None:
    """It sealed in one layer and wrote nothing of layers; no data key reaches it."""
    old = SealSession(read_recovery_public_key(tmp_path / "keys" / "recovery.pub"))
    layer = old.layer(b"k" * 32)
    inner = uncover(old.seal("056099000777", seq=2, place=1, layer=layer), layer=layer, seq=2, place=1)
    notes = {"seal_key": old.key_id, "ephemeral_public": old.public.hex()}
    whom = {"count": 1, "inline": [{"pseudonym": "00", "sealed": inner}]}
    said = {"pseudonym_key": "2025-03", "seal_key": old.key_id, "what": {"database": "population"}, "whom": whom}
    await insert_records(migrated_url, [("KEY", {"notes": notes}), ("DENY", said)])
    keys.erase("2025-03")

    found = await open_sealed(migrated_url, tmp_path / "keys", "old-DENY")

    assert (found.clear, list(found.file.erased)) == (["056099000777"], [])


async def test_a_key_record_that_is_gone_leaves_its_exchanges_missing(run: Run, migrated_url: str) -> None:
    """As at the end of a month that was removed, of which an epoch goes on into the next."""
    await insert_records(migrated_url, [("DENY", {"seal_key": "0123", "pseudonym_key": "2025-03"})])

    found = await open_sealed(migrated_url, None, "old-DENY")

    assert list(found.file.missing) == ["old-DENY"]


async def insert_records(url: str, told: list[tuple[str, dict[str, object]]]) -> None:
    """Put records of a stream `old` into the database, as nothing of ours writes them now."""
    database = Database.open(url)
    inserted = sa.text(
        "INSERT INTO record (stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf) "
        "VALUES ('old', :seq, 1, :kind, :exchange, '', '', '', :body, :body)"
    )
    async with database.transaction() as session:
        for seq, (kind, body) in enumerate(told, 1):
            row = {"seq": seq, "kind": kind, "exchange": f"old-{kind}", "body": json.dumps(body).encode()}
            await (await session.connection()).execute(inserted, row)
    await database.close()


@pytest.mark.parametrize(
    ("month", "by", "reason", "why"),
    [
        (f"{datetime.now(UTC):%Y-%m}", "quan-tri", "x", "must be kept"),
        ("2025-03", "quan-sat", "x", "nobody of the staff who may erase"),
        ("2025-03", "khong-co", "x", "nobody of the staff who may erase"),
        ("2025-03", "quan-tri", "", "must not be empty"),
        ("2025-02", "quan-tri", "x", "there is no key"),
        ("3/2025", "quan-tri", "x", "written as"),
    ],
)
async def test_what_may_not_be_erased_is_refused(
    run: Run, migrated_url: str, month: str, by: str, reason: str, why: str
) -> None:
    code, said = run("erase", month, "--by", by, "--reason", reason)

    assert code == 1
    assert why in said
    assert await count(migrated_url, "record_erasures") == 0


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("", "database"),
        ("../x", "database"),
        ("thue", "there is no key"),
    ],
)
async def test_what_is_no_database_with_a_key_is_refused(
    run: Run, keys: PseudonymKeys, database: str, why: str
) -> None:
    code, said = run("erase", "2025-03", "--database", database, "--by", "quan-tri", "--reason", "x")

    assert code == 1
    assert why in said
    assert keys.has("2025-03"), "an empty code is not the whole month"


async def test_a_hold_blocks_one_database_too_whatever_it_names(run: Run, keys: PseudonymKeys) -> None:
    run(*POPULATION, "--by", "quan-tri", "--reason", "x")
    run("hold", "add", "CV-1", "--first", "2025-03", "--last", "2025-03", "--reason", "x", "--by", "quan-tri")
    stopped = run(*POPULATION, "--by", "thanh-tra")

    assert stopped[0] == 1
    assert "legal hold CV-1" in stopped[1]
    assert keys.data.read("2025-03", "population")


async def test_a_hold_that_comes_between_asking_and_confirming_stops_it(run: Run, tmp_path: Path) -> None:
    run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    held = run("hold", "add", "CV-1", "--first", "2025-01", "--reason", "điều tra", "--by", "quan-tri")
    stopped = run("erase", "2025-03", "--by", "thanh-tra")
    own = run("hold", "lift", "CV-1", "--reason", "xong", "--by", "quan-tri")
    lifted = run("hold", "lift", "CV-1", "--reason", "xong", "--by", "thanh-tra")
    listed = run("hold", "list")
    done = run("erase", "2025-03", "--by", "thanh-tra")

    assert [one[0] for one in (held, stopped, own, lifted, listed, done)] == [0, 1, 1, 0, 0, 0]
    assert "legal hold CV-1" in stopped[1]
    assert "lifted by thanh-tra" in listed[1]
    assert not PseudonymKeys(tmp_path / "keys" / "pseudonyms").has("2025-03")


async def test_a_confirmed_erasure_that_was_cut_off_is_finished_unless_a_hold_came(
    run: Run, migrated_url: str, tmp_path: Path
) -> None:
    run("erase", "2025-03", "--by", "quan-tri", "--reason", "hết hạn")
    await carry_out(migrated_url, "UPDATE record_erasures SET approved_by = 'thanh-tra', approved_at_us = 1")
    run("hold", "add", "CV-1", "--first", "2025-01", "--reason", "điều tra", "--by", "quan-tri")

    held = run("erase", "2025-03", "--by", "quan-tri")
    run("hold", "lift", "CV-1", "--reason", "xong", "--by", "thanh-tra")
    finished = run("erase", "2025-03", "--by", "quan-tri")

    assert (held[0], finished[0]) == (1, 0)
    assert PseudonymKeys(tmp_path / "keys" / "pseudonyms").is_erased("2025-03")


async def test_a_confirmed_erasure_of_a_database_that_was_cut_off_is_finished(
    run: Run, migrated_url: str, keys: PseudonymKeys
) -> None:
    run(*POPULATION, "--by", "quan-tri", "--reason", "x")
    await carry_out(migrated_url, "UPDATE record_data_erasures SET approved_by = 'thanh-tra', approved_at_us = 1")

    finished = run(*POPULATION, "--by", "quan-tri")

    assert finished[0] == 0
    with pytest.raises(KeyErased):
        keys.data.read("2025-03", "population")


async def test_an_erasure_that_was_killed_between_two_keys_is_finished(
    run: Run, migrated_url: str, tmp_path: Path, keys: PseudonymKeys
) -> None:
    run("erase", "2025-03", "--by", "quan-tri", "--reason", "x")
    await carry_out(migrated_url, "UPDATE record_erasures SET approved_by = 'thanh-tra', approved_at_us = 1")
    (tmp_path / "keys" / "pseudonyms" / "pseudonym-2025-03.erased").write_text("erased\n")
    (tmp_path / "keys" / "pseudonyms" / "pseudonym-2025-03.key").unlink()
    with pytest.raises(KeyErased):
        keys.data.read("2025-03", "population")

    finished = run("erase", "2025-03", "--by", "quan-tri")

    assert finished[0] == 0
    assert not keys.data.has_any("2025-03")
