"""Is what was dictated written, by a process that may die at any time?"""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import recorded
from recorded import entry, new_id

from security.audit.dictation import Dictation
from security.audit.read import find_exchange
from security.audit.record import Kind
from security.audit.recovery import Recovered
from security.audit.scribe import Instructions
from security.audit.verify import Verdict, verify_database
from security.errors import RecordUnavailable


@asynccontextmanager
async def dictating(url: str, directory: Path, *, begun: list[Recovered] | None = None) -> AsyncIterator[Dictation]:
    """Yield a dictation to a scribe of its own; close it afterwards."""
    recorded.keys(directory)
    instructions = Instructions(
        database_url=url,
        node="node-0",
        pseudonyms=str(directory / "pseudonyms"),
        recovery_public=str(directory / "recovery.pub"),
        reserve_bytes=0,
        receipt_key=bytes(32),
        receipt_kid="khoa-1",
        issuer="https://lienthong.tinh.example",
    )
    dictation = Dictation(instructions, begun=(begun if begun is not None else []).append)
    await dictation.start()
    try:
        yield dictation
    finally:
        await dictation.close()


async def kinds(url: str, exchange_id: str) -> list[str]:
    return [record.kind for record in await find_exchange(url, exchange_id)]


async def test_what_was_dictated_is_durable_when_it_is_awaited(migrated_url: str, tmp_path: Path) -> None:
    async with dictating(migrated_url, tmp_path) as record:
        places = await asyncio.gather(*(record.append(entry(Kind.DENY, new_id())) for _ in range(200)))

    assert [place.seq for place in places] == list(range(3, 203))
    assert (await asyncio.to_thread(verify_database, migrated_url)).verdict is Verdict.OK


async def test_what_nobody_awaits_is_written_before_the_end(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with dictating(migrated_url, tmp_path) as record:
        record.append(entry(Kind.DENY, exchange_id))

    assert await kinds(migrated_url, exchange_id) == ["DENY"]


async def test_an_exchange_gets_one_end(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with dictating(migrated_url, tmp_path) as record:
        await record.append(entry(Kind.INTENT, exchange_id))
        await record.append(entry(Kind.OUTCOME, exchange_id))

        with pytest.raises(RecordUnavailable):
            await record.append(entry(Kind.OUTCOME, exchange_id))


async def test_an_open_intent_is_known_until_its_end(migrated_sqlite_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with dictating(migrated_sqlite_url, tmp_path) as record:
        await record.append(entry(Kind.INTENT, exchange_id))
        before = record.has_open_intent(exchange_id)
        await record.append(entry(Kind.OUTCOME, exchange_id))

        assert (before, record.has_open_intent(exchange_id)) == (True, False)


async def test_a_killed_scribe_refuses_is_replaced_and_settled(migrated_sqlite_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    begun: list[Recovered] = []
    async with dictating(migrated_sqlite_url, tmp_path, begun=begun) as record:
        await record.append(entry(Kind.INTENT, exchange_id))
        os.kill(record.scribe, signal.SIGKILL)
        await recorded.until(lambda: not record.ready())
        await recorded.until(record.ready)

        with pytest.raises(RecordUnavailable):
            await record.append(entry(Kind.OUTCOME, exchange_id))
        await record.append(entry(Kind.DENY, new_id()))

    assert await kinds(migrated_sqlite_url, exchange_id) == ["INTENT", "UNKNOWN"]
    assert [list(found.unknown) for found in begun] == [[], [exchange_id]]
    assert (await asyncio.to_thread(verify_database, migrated_sqlite_url)).verdict is Verdict.OK


async def test_who_waits_when_the_scribe_is_killed_is_refused(migrated_url: str, tmp_path: Path) -> None:
    async with dictating(migrated_url, tmp_path) as record:
        os.kill(record.scribe, signal.SIGSTOP)
        waiting = asyncio.ensure_future(record.append(entry(Kind.INTENT, new_id())))
        await asyncio.sleep(0)
        os.kill(record.scribe, signal.SIGKILL)

        with pytest.raises(RecordUnavailable):
            await waiting


async def test_no_room_on_the_disk_refuses_until_there_is_some(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with dictating(migrated_sqlite_url, tmp_path) as record:
        resource.prlimit(record.scribe, resource.RLIMIT_FSIZE, (16 * 1024, resource.RLIM_INFINITY))
        appends = [record.append(entry(Kind.INTENT, new_id())) for _ in range(200)]
        answers = await asyncio.gather(*appends, return_exceptions=True)
        resource.prlimit(record.scribe, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await recorded.until(record.ready)

        await record.append(entry(Kind.DENY, new_id()))

    assert {type(answer) for answer in answers} == {RecordUnavailable}
    assert (await asyncio.to_thread(verify_database, migrated_sqlite_url)).verdict is Verdict.OK


async def test_a_record_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable, match="SQLite"):
        async with dictating(f"sqlite:///{tmp_path}/nothing.db", tmp_path):
            pass


async def test_a_closed_dictation_takes_nothing(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with dictating(migrated_sqlite_url, tmp_path) as record:
        pass

    with pytest.raises(RecordUnavailable):
        record.append(entry(Kind.DENY, new_id()))


async def test_an_entry_that_cannot_be_dictated_takes_no_other_with_it(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    good = new_id()
    async with dictating(migrated_sqlite_url, tmp_path) as record:
        unwritable = record.append(entry(Kind.DENY, new_id(), grant_key="\ud800"))
        written = record.append(entry(Kind.DENY, good))

        with pytest.raises(RecordUnavailable):
            await asyncio.wait_for(unwritable, 5)
        await asyncio.wait_for(written, 5)

    assert await kinds(migrated_sqlite_url, good) == ["DENY"]
