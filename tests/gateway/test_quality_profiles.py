"""Is a database measured as it is, recorded before it is read, and by one worker at a time?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from measured import BY, NOW, OWNER, RIGHT_NUMBER, WRONG_NUMBER, Surveyor, fill_catalogue, fill_files, open_surveyor
from sqlalchemy import text
from sqlmodel import select

from catalog.descriptions import SharingMode
from catalog.errors import AlreadyThere, StateForbids
from catalog.quality import profiles
from catalog.quality.criteria import Band, Check, Criterion
from catalog.quality.profiles import LEASE, Method
from catalog.quality.rulebook import read_rulebook, reset_rule, set_rule
from catalog.quality.rules import Rule
from catalog.quality.scores import latest_scores, score_history
from catalog.quality.tables import QualityResultRow
from catalog.quality.tally import RuleResult, result_of
from catalog.services import deprecate_service, retire_service
from catalog.states import ProfileState
from gateway.quality.planning import plan_profiles, renew_lists


@pytest.fixture
async def surveyor(migrated_url: str, tmp_path: Path) -> AsyncIterator[Surveyor]:
    fill_files(tmp_path)
    async with open_surveyor(migrated_url, tmp_path) as one:
        await fill_catalogue(one.database, tmp_path)
        await renew_lists(one.database)
        yield one


async def ask(surveyor: Surveyor, profile: str = "p1", database: str = "ansinh") -> None:
    async with surveyor.database.transaction() as session:
        await profiles.ask_profile(session, database, profile=profile, by=BY)


async def results(surveyor: Surveyor, profile: str = "p1") -> dict[tuple[str, Check], RuleResult]:
    async with surveyor.database.reading() as session:
        return {(one.rule.field, one.rule.check): one for one in await profiles.results_of(session, profile)}


async def state_of(surveyor: Surveyor, profile: str = "p1") -> ProfileState:
    async with surveyor.database.reading() as session:
        return ProfileState((await profiles.show_profile(session, profile)).state)


async def test_every_fault_of_a_table_is_counted(surveyor: Surveyor) -> None:
    await ask(surveyor)

    assert await surveyor.profiler.take_next(NOW) == 1

    found = await results(surveyor)
    assert {key: one.failed for key, one in found.items() if one.failed} == {
        ("SoDinhDanh", Check.FORMAT): 2,
        ("SoDinhDanh", Check.FILLED): 1,
        ("SoDinhDanh", Check.NO_JUNK): 1,
        ("MaXa", Check.LISTED): 1,
        ("HoVaTen", Check.CASED): 2,
        ("HoVaTen", Check.NO_JUNK): 1,
        ("HoVaTen", Check.TRIMMED): 1,
        ("NgayCapNhat", Check.NOT_FUTURE): 1,
    }
    assert found["Ma", Check.UNIQUE].checked == 40


async def test_scores_are_kept_and_no_wrong_identifier_is_green(surveyor: Surveyor) -> None:
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)

    async with surveyor.database.reading() as session:
        score = (await latest_scores(session, ["ansinh", "dmdc"]))["ansinh"]
    assert (score.band, score.identifiers_right, score.rows_read) == (Band.YELLOW, False, 40)
    assert score.criteria[Criterion.TIMELINESS] == 100
    assert score.score is not None
    assert Decimal(95) < score.score < Decimal(100)


async def test_what_is_kept_of_rows_is_masked(surveyor: Surveyor) -> None:
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)

    async with surveyor.database.reading() as session:
        kept = b" ".join(await session.exec(select(QualityResultRow.examples))).decode()
    assert "05*******77" in kept
    assert WRONG_NUMBER not in kept
    assert RIGHT_NUMBER not in kept
    assert "GIANG" not in kept


async def test_a_profile_is_on_record_before_it_is_read_and_when_it_is_done(surveyor: Surveyor) -> None:
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)

    async with surveyor.database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT body FROM record WHERE kind = 'ADMIN' ORDER BY seq"))
        bodies = [msgspec.json.decode(row.body) for row in rows]
    told = [
        (one["notes"]["action"], one["notes"]["rows"], one["notes"]["asked_by"], one["who"]["agency"]) for one in bodies
    ]
    assert told == [("quality.read-begin", 0, BY.code, OWNER), ("quality.read-end", 40, BY.code, OWNER)]


async def test_one_profile_of_a_database_is_under_way_at_a_time(surveyor: Surveyor) -> None:
    await ask(surveyor)

    with pytest.raises(AlreadyThere):
        await ask(surveyor, "p2")

    await surveyor.profiler.take_next(NOW)
    await ask(surveyor, "p2")
    assert await state_of(surveyor, "p2") is ProfileState.QUEUED


async def test_two_workers_never_hold_one_profile(surveyor: Surveyor) -> None:
    await ask(surveyor)
    async with surveyor.database.transaction() as session:
        held = await profiles.take_profile(session, worker="other", now=NOW)

    assert held is not None
    assert await surveyor.profiler.take_next(NOW + LEASE) == 0


async def test_a_profile_whose_worker_died_is_taken_over_and_what_was_kept_stands(surveyor: Surveyor) -> None:
    await ask(surveyor)
    reading = profiles.ServiceReading("doi_tuong", 1, "danh-sach", Method.WHOLE, rows_read=7)
    async with surveyor.database.transaction() as session:
        await profiles.take_profile(session, worker="dead", now=NOW)
        assert await profiles.keep_service(session, "p1", reading, (), worker="dead")

    assert await surveyor.profiler.take_next(NOW + LEASE + timedelta(seconds=1)) == 1

    assert await state_of(surveyor) is ProfileState.DONE
    async with surveyor.database.reading() as session:
        assert await profiles.readings_of(session, "p1") == [reading]


async def test_a_profile_over_which_three_workers_died_is_given_up(surveyor: Surveyor) -> None:
    await ask(surveyor)
    async with surveyor.database.transaction() as session:
        for died in range(3):
            await profiles.take_profile(session, worker="dead", now=NOW + 2 * died * LEASE)

    assert await surveyor.profiler.take_next(NOW + 9 * LEASE) == 0

    assert await state_of(surveyor) is ProfileState.FAILED


async def test_a_worker_that_lost_its_lease_keeps_nothing(surveyor: Surveyor) -> None:
    await ask(surveyor)
    async with surveyor.database.transaction() as session:
        await profiles.take_profile(session, worker="slow", now=NOW)
        await profiles.take_profile(session, worker="quick", now=NOW + 2 * LEASE)
        reading = profiles.ServiceReading("doi_tuong", 1, "danh-sach", Method.WHOLE)

        assert not await profiles.keep_service(session, "p1", reading, (), worker="slow")
        assert await profiles.finish_profile(session, "p1", worker="slow", now=NOW) is None


async def test_a_waiting_profile_is_cancelled_at_once_and_its_end_is_final(surveyor: Surveyor) -> None:
    await ask(surveyor)
    async with surveyor.database.transaction() as session:
        await profiles.cancel_profile(session, "p1", by=BY)

    assert await state_of(surveyor) is ProfileState.CANCELLED
    assert await surveyor.profiler.take_next(NOW) == 0
    with pytest.raises(StateForbids):
        async with surveyor.database.transaction() as session:
            await profiles.cancel_profile(session, "p1", by=BY)


async def test_a_running_profile_is_ended_by_its_worker(surveyor: Surveyor) -> None:
    await ask(surveyor)
    async with surveyor.database.transaction() as session:
        await profiles.take_profile(session, worker="dead", now=NOW)
        await profiles.cancel_profile(session, "p1", by=BY)

    assert await surveyor.profiler.take_next(NOW + 2 * LEASE) == 0

    assert await state_of(surveyor) is ProfileState.CANCELLED
    assert await results(surveyor) == {}


async def test_values_are_not_compared_with_a_list_without_a_right_to_it(migrated_url: str, tmp_path: Path) -> None:
    fill_files(tmp_path)
    async with open_surveyor(migrated_url, tmp_path) as surveyor:
        await fill_catalogue(surveyor.database, tmp_path, sharing=SharingMode.ON_REQUEST)
        await renew_lists(surveyor.database)
        await ask(surveyor)
        await surveyor.profiler.take_next(NOW)

        found = (await results(surveyor))["MaXa", Check.LISTED]
    assert (found.checked, found.share, found.reason) == (0, None, "no-right")


async def test_a_list_that_is_retired_judges_nobody(surveyor: Surveyor) -> None:
    async with surveyor.database.transaction() as session:
        await deprecate_service(session, "dmdc", "dvhc", version=1, sunset=None, successor=None, by=BY)
        await retire_service(session, "dmdc", "dvhc", version=1)
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)

    found = (await results(surveyor))["MaXa", Check.LISTED]
    assert (found.checked, found.reason) == (0, "no-reference")
    assert await state_of(surveyor) is ProfileState.DONE


async def test_a_provider_that_is_not_there_is_no_score_and_says_why(surveyor: Surveyor, tmp_path: Path) -> None:
    (tmp_path / "ansinh.sqlite").unlink()
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)

    async with surveyor.database.reading() as session:
        score = (await latest_scores(session, ["ansinh"]))["ansinh"]
        (reading,) = await profiles.readings_of(session, "p1")
    assert (score.score, score.band, reading.method) == (None, Band.UNMEASURED, Method.NONE)
    assert reading.reason in ("provider-silent", "provider-unusable")


async def test_a_rule_of_the_owner_holds_until_it_is_forgotten(surveyor: Surveyor) -> None:
    async with surveyor.database.transaction() as session:
        old = (await read_rulebook(session, "ansinh")).rule("doi_tuong", "SoDinhDanh", Check.FILLED)
        await set_rule(session, "ansinh", old.changed(argument="", weight=7, enabled=False), by=BY)
    await ask(surveyor)
    await surveyor.profiler.take_next(NOW)
    async with surveyor.database.transaction() as session:
        new = (await read_rulebook(session, "ansinh")).rule("doi_tuong", "SoDinhDanh", Check.FILLED)
        await reset_rule(session, "ansinh", "doi_tuong", "SoDinhDanh", Check.FILLED)
        again = (await read_rulebook(session, "ansinh")).rule("doi_tuong", "SoDinhDanh", Check.FILLED)

    assert ("SoDinhDanh", Check.FILLED) not in await results(surveyor)
    assert (new.weight, new.enabled, new.derived) == (7, False, False)
    assert again == old


async def test_databases_are_measured_when_they_are_due_and_no_sooner(surveyor: Surveyor) -> None:
    every = timedelta(hours=24)

    async def plan(later: timedelta) -> int:
        return await plan_profiles(
            surveyor.database, surveyor.record, worker="worker", every=every, now=NOW + later
        )  # fmt: skip

    assert await plan(timedelta()) == 2
    assert await plan(timedelta(hours=30)) == 0  # both are still waiting
    assert [await surveyor.profiler.take_next(NOW) for _ in range(3)] == [1, 1, 0]
    assert await plan(timedelta(hours=23)) == 0
    assert await plan(timedelta(hours=25)) == 2


async def test_history_is_told_from_the_oldest_and_old_details_are_forgotten(surveyor: Surveyor) -> None:
    reading = profiles.ServiceReading("dvhc", 1, "danh-sach", Method.WHOLE, rows_read=2)
    found = result_of(Rule("dvhc", "MaXa", Check.FILLED), checked=2, failed=0)
    async with surveyor.database.transaction() as session:
        for number in range(profiles.KEEP_DETAILS + 2):
            name = f"p{number:02d}"
            await profiles.ask_profile(session, "dmdc", profile=name, by=BY)
            await profiles.take_profile(session, worker="w", now=NOW)
            await profiles.keep_service(session, name, reading, [found], worker="w")
            await profiles.finish_profile(session, name, worker="w", now=NOW)

    async with surveyor.database.reading() as session:
        history = (await score_history(session, ["dmdc"], limit=100))["dmdc"]
        forgotten = await profiles.results_of(session, "p01")
        kept = await profiles.results_of(session, "p02")
    assert [one.profile for one in history] == sorted(one.profile for one in history)
    assert len(history) == profiles.KEEP_DETAILS + 2
    assert forgotten == []
    assert kept
