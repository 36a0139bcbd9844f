"""Are repeated refusals counted in one record, and none lost?"""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import pytest
import recorded
from recorded import entry, new_id, writing

from security.audit.denials import Denials, DenialWindows
from security.audit.read import find_exchange
from security.audit.record import Entry, Kind, Who
from security.audit.verify import Verdict, verify_database
from security.errors import RecordUnavailable


def denial(exchange_id: str, *, source: str = "127.0.0.1") -> Entry:
    return entry(Kind.DENY, exchange_id, who=Who(source=source, system="one-stop"))


async def refuse(denials: Denials, entry: Entry) -> str:
    """Refuse, and return the exchange id that is answered with."""
    return (await denials.refuse(entry))[0]


def test_the_first_are_recorded_singly_and_the_rest_share_an_id() -> None:
    windows = DenialWindows(singly=2, max_kinds=10)

    assert [windows.admit(denial(each), 0.0) for each in "abcde"] == ["", "", "c", "c", "c"]


def test_the_end_of_the_second_brings_one_counted_record() -> None:
    windows = DenialWindows(singly=2, max_kinds=10)
    for each in "abcde":
        windows.admit(denial(each), 0.5)

    assert windows.ended(1.4) == []
    [counted] = windows.ended(1.5)
    assert counted.decision is not None
    assert (counted.exchange_id, counted.decision.repeated) == ("c", 3)


def test_another_source_is_counted_apart() -> None:
    windows = DenialWindows(singly=1, max_kinds=10)

    admitted = [windows.admit(denial(str(number), source=f"10.0.0.{number}"), 0.0) for number in range(3)]

    assert admitted == ["", "", ""]


def test_too_many_sources_are_counted_together() -> None:
    windows = DenialWindows(singly=1, max_kinds=2)

    admitted = [windows.admit(denial(str(number), source=f"10.0.0.{number}"), 0.0) for number in range(5)]

    assert admitted == ["", "", "", "3", "3"]


def test_a_new_second_starts_anew() -> None:
    windows = DenialWindows(singly=1, max_kinds=10)

    assert [windows.admit(denial(each), at) for each, at in (("a", 0.0), ("b", 2.0))] == ["", ""]


async def test_every_refusal_is_in_the_record(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=5)
        answered = Counter(await asyncio.gather(*(refuse(denials, denial(new_id())) for _ in range(100))))
        await denials.close()

    stored = {each: await find_exchange(migrated_url, each) for each in answered}
    counted = {each: json.loads(records[-1].body)["decision"].get("repeated", 1) for each, records in stored.items()}
    assert counted == dict(answered)
    assert sorted(len(records) for records in stored.values()) == [1] * 5 + [2]


async def test_an_id_that_many_share_is_in_the_record_before_the_first_is_answered(
    migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=lambda: 0.0, singly=0)
        shared = await refuse(denials, denial(new_id()))

        stored = await find_exchange(migrated_url, shared)
        assert [record.kind for record in stored] == ["DENY"]
        await denials.close()


async def test_an_id_that_one_alone_has_is_recorded_once(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=0)
        alone = await refuse(denials, denial(new_id()))
        await denials.close()

    assert len(await find_exchange(migrated_url, alone)) == 1


async def test_the_count_is_durable_without_being_closed(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=0)
        shared = await refuse(denials, denial(new_id()))
        await refuse(denials, denial(new_id()))

        async with asyncio.timeout(20):
            while len(await find_exchange(migrated_url, shared)) < 2:
                await asyncio.sleep(0.05)
        await denials.close()


async def test_a_caller_who_leaves_takes_nothing_from_those_who_share_with_him(
    migrated_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=0)
        leaving = asyncio.create_task(refuse(denials, denial(new_id())))
        staying = asyncio.create_task(refuse(denials, denial(new_id())))
        await asyncio.sleep(0)
        leaving.cancel()

        assert await find_exchange(migrated_url, await staying)
        await denials.close()


async def test_a_record_with_counted_refusals_is_whole(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=1)
        await asyncio.gather(*(refuse(denials, denial(new_id())) for _ in range(20)))
        await denials.close()

    assert (await asyncio.to_thread(verify_database, migrated_url)).verdict == Verdict.OK


async def test_the_end_of_an_intent_is_never_counted_with_others(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_url, tmp_path) as writer:
        denials = Denials(writer, clock=time.monotonic, singly=0)
        await writer.append(entry(Kind.INTENT, exchange_id))

        assert await refuse(denials, denial(exchange_id)) == exchange_id

    assert [record.kind for record in await find_exchange(migrated_url, exchange_id)] == ["INTENT", "DENY"]


@pytest.mark.parametrize("singly", [0, 5])
async def test_a_refusal_that_cannot_be_recorded_says_so(migrated_url: str, tmp_path: Path, singly: int) -> None:
    writer = recorded.writer_of(migrated_url, tmp_path)
    denials = Denials(writer, clock=time.monotonic, singly=singly)

    refused = await asyncio.gather(*(refuse(denials, denial(new_id())) for _ in range(20)), return_exceptions=True)
    await denials.close()

    assert {type(each) for each in refused} == {RecordUnavailable}
