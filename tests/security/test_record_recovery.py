"""Does everything that was acknowledged survive a kill, and does every orphan become UNKNOWN exactly once?"""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import recorded
from crashes import ends_of, intents_of
from recorded import entry, new_id, writing

from security.audit.read import find_exchange
from security.audit.record import Kind
from security.audit.recovery import Recovered, recover
from security.audit.verify import Verdict, verify_database
from security.errors import RecordUnavailable

ROOT = Path(__file__).parents[2]


async def recover_now(url: str, directory: Path, *, node: str = "node-0", dead_after: float = 0.0) -> Recovered:
    by = recorded.recoverer_of(directory, node=node)
    return await recover(url, by, now=datetime.now(UTC), dead_after_seconds=dead_after)


async def kinds(url: str, exchange_id: str) -> list[str]:
    return [record.kind for record in await find_exchange(url, exchange_id)]


async def orphan(url: str, directory: Path) -> str:
    """Leave an intent without an end behind, in a stream that was closed as usual."""
    exchange_id = new_id()
    async with writing(url, directory) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
    return exchange_id


def killed_under_load(url: str, directory: Path, *, after_exchanges: int) -> list[str]:
    """Kill a writing process when it has acknowledged so many exchanges; return all that it acknowledged."""
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "recorded.py"), url, str(directory)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    with child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(after_exchanges)]
        child.kill()
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    return acknowledged


@pytest.mark.parametrize("after_exchanges", [1, 150, 1111])
async def test_what_a_killed_process_acknowledged_is_there(
    migrated_url: str, tmp_path: Path, after_exchanges: int
) -> None:
    acknowledged = await asyncio.to_thread(killed_under_load, migrated_url, tmp_path, after_exchanges=after_exchanges)

    recovered = await recover_now(migrated_url, tmp_path)

    begun, ends = await asyncio.to_thread(lambda: (intents_of(migrated_url), ends_of(migrated_url)))
    assert set(acknowledged) <= begun
    assert {tuple(kind for kind, _ in ends[each]) for each in acknowledged} == {("OUTCOME",)}
    assert not set(acknowledged) & set(recovered.unknown)
    assert verdict_of(await asyncio.to_thread(verify_database, migrated_url)) == (Verdict.OK, None)


def verdict_of(report: object) -> tuple[Verdict, object]:
    return report.verdict, report.finding  # type: ignore[attr-defined] # a Report


async def test_an_orphan_intent_becomes_unknown(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = await orphan(migrated_url, tmp_path)

    recovered = await recover_now(migrated_url, tmp_path)

    assert list(recovered.unknown) == [exchange_id]
    assert await kinds(migrated_url, exchange_id) == ["INTENT", "UNKNOWN"]
    assert (await asyncio.to_thread(verify_database, migrated_url)).verdict is Verdict.OK


async def test_recovering_twice_changes_nothing_more(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = await orphan(migrated_url, tmp_path)
    await recover_now(migrated_url, tmp_path)

    again = await recover_now(migrated_url, tmp_path)

    assert again == Recovered([], [])
    assert Counter(await kinds(migrated_url, exchange_id)) == {"INTENT": 1, "UNKNOWN": 1}


async def test_nodes_that_recover_at_once_say_unknown_once(migrated_postgresql_url: str, tmp_path: Path) -> None:
    exchange_ids = [await orphan(migrated_postgresql_url, tmp_path) for _ in range(5)]

    runs = await asyncio.gather(
        *(recover_now(migrated_postgresql_url, tmp_path, node=f"node-{number}") for number in range(4))
    )

    assert sorted(each for run in runs for each in run.unknown) == sorted(exchange_ids)
    assert (await asyncio.to_thread(verify_database, migrated_postgresql_url)).verdict is Verdict.OK


async def test_a_stream_that_beats_is_left_alone(migrated_postgresql_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_postgresql_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))

        recovered = await recover_now(migrated_postgresql_url, tmp_path, node="node-1", dead_after=30)

        await writer.append(entry(Kind.OUTCOME, exchange_id))
    assert recovered == Recovered([], [])
    assert await kinds(migrated_postgresql_url, exchange_id) == ["INTENT", "OUTCOME"]


async def test_a_process_that_was_only_asleep_is_fenced(migrated_postgresql_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_postgresql_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        await recover_now(migrated_postgresql_url, tmp_path, node="node-1", dead_after=-1)

        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, exchange_id))

    assert await kinds(migrated_postgresql_url, exchange_id) == ["INTENT", "UNKNOWN"]
    assert (await asyncio.to_thread(verify_database, migrated_postgresql_url)).verdict is Verdict.OK


async def test_recovery_reads_only_what_is_not_settled(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with writing(migrated_sqlite_url, tmp_path) as writer:
        exchange_id = new_id()
        await writer.append(entry(Kind.INTENT, exchange_id))
        await writer.append(entry(Kind.OUTCOME, exchange_id))
        committed = await writer.append(entry(Kind.INTENT, new_id()))

    connection = sqlite3.connect(migrated_sqlite_url.removeprefix("sqlite:///"))
    [(settled_seq,)] = connection.execute("SELECT settled_seq FROM record_streams").fetchall()
    connection.close()
    assert settled_seq == committed.seq - 1
