"""Are records durable, chained, grouped, and refused when they cannot be?"""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import recorded
import servers
from recorded import entry, new_id, writing

from security.audit.counts import count_admitted
from security.audit.read import find_exchange
from security.audit.record import Kind
from security.audit.verify import Verdict, verify_database
from security.audit.writer import WriterLimits
from security.errors import RecordUnavailable


async def verify(url: str) -> Verdict:
    return (await asyncio.to_thread(verify_database, url)).verdict


async def query(url: str, statement: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            rows = connection.execute(statement).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()
    database = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await database.fetch(statement)]
    finally:
        await database.close()


async def test_an_exchange_is_found_as_it_was_written(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        committed = await writer.append(entry(Kind.OUTCOME, exchange_id))

    found = await find_exchange(migrated_url, exchange_id)

    assert [record.kind for record in found] == ["INTENT", "OUTCOME"]
    assert (found[1].stream, found[1].seq, found[1].leaf) == (committed.stream, committed.seq, committed.leaf)


async def test_a_committed_record_says_which_policy_it_saw(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        await query(migrated_url, "UPDATE policy_revision SET revision = 41 WHERE id = 1")

        committed = await writer.append(entry(Kind.INTENT, new_id()))

    assert committed.policy_revision == 41


async def test_a_closed_record_verifies(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        exchange_ids = [new_id() for _ in range(300)]
        await asyncio.gather(*(writer.append(entry(Kind.INTENT, each)) for each in exchange_ids))
        await asyncio.gather(*(writer.append(entry(Kind.OUTCOME, each)) for each in exchange_ids))

    assert await verify(migrated_url) is Verdict.OK


async def append_at_once(url: str, directory: Path, *, records: int, max_batch: int) -> None:
    writer = recorded.writer_of(url, directory, limits=WriterLimits(max_batch=max_batch))
    await writer.start()
    await asyncio.gather(*(writer.append(entry(Kind.DENY, new_id())) for _ in range(records)))
    await writer.close()


async def test_concurrent_appends_share_transactions_in_postgresql(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    await append_at_once(migrated_postgresql_url, tmp_path, records=500, max_batch=100)

    counted = await query(migrated_postgresql_url, "SELECT count(DISTINCT xmin::text) FROM record WHERE kind = 'DENY'")
    assert counted == [(5,)]


async def test_concurrent_appends_share_transactions_in_sqlite(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await query(migrated_sqlite_url, "CREATE TABLE batches (stands_at INTEGER)")
    trigger = "CREATE TRIGGER t AFTER UPDATE OF beat_at ON record_streams BEGIN INSERT INTO batches VALUES (1); END"
    await query(migrated_sqlite_url, trigger)

    await append_at_once(migrated_sqlite_url, tmp_path, records=500, max_batch=100)

    assert await query(migrated_sqlite_url, "SELECT count(*) FROM batches") == [(6,)]  # five, and that of CLOSE


async def test_while_many_exchanges_are_under_way_a_commit_waits_for_more(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    limits = WriterLimits(gather_from=2, gather_seconds=0.3)
    writer = recorded.writer_of(migrated_postgresql_url, tmp_path, limits=limits)
    await writer.start()
    ids = [new_id() for _ in range(2)]
    await asyncio.gather(*(writer.append(entry(Kind.INTENT, exchange_id)) for exchange_id in ids))

    first = asyncio.ensure_future(writer.append(entry(Kind.OUTCOME, ids[0])))
    await asyncio.sleep(0.03)
    await asyncio.gather(first, writer.append(entry(Kind.OUTCOME, ids[1])))
    await writer.close()

    outcomes = "SELECT count(DISTINCT xmin::text) FROM record WHERE kind = 'OUTCOME'"
    assert await query(migrated_postgresql_url, outcomes) == [(1,)]


async def test_an_open_intent_is_pending_and_not_tampering(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, new_id()))

        assert await verify(migrated_url) is Verdict.INCOMPLETE


async def test_an_outcome_without_an_intent_is_refused(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, new_id()))


async def test_a_second_outcome_is_refused(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        first = writer.append(entry(Kind.OUTCOME, exchange_id))

        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, exchange_id))
        await first


async def test_a_denied_intent_has_its_end(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        await writer.append(entry(Kind.DENY, exchange_id))

    assert await verify(migrated_url) is Verdict.OK


async def test_a_full_queue_refuses_at_once(migrated_url: str, tmp_path: Path) -> None:
    writer = recorded.writer_of(migrated_url, tmp_path, limits=WriterLimits(max_queue=2))
    await writer.start()
    taken = [writer.append(entry(Kind.DENY, new_id())) for _ in range(2)]

    with pytest.raises(RecordUnavailable):
        await writer.append(entry(Kind.DENY, new_id()))

    await asyncio.gather(*taken)
    await writer.close()


async def test_a_fenced_writer_refuses_and_goes_on_in_a_new_stream(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        fenced = writer.stream
        await query(migrated_url, "UPDATE record_streams SET closed_at = 1, settled_at = 1")

        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.INTENT, new_id()))

        await recorded.until(writer.ready)
        assert (await writer.append(entry(Kind.DENY, new_id()))).stream != fenced
    assert await verify(migrated_url) is Verdict.OK


async def test_an_intent_of_a_fenced_stream_cannot_get_an_outcome_any_more(migrated_url: str, tmp_path: Path) -> None:
    exchange_id = new_id()
    async with writing(migrated_url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        await query(migrated_url, "UPDATE record_streams SET closed_at = 1")
        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.DENY, new_id()))
        await recorded.until(writer.ready)

        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, exchange_id))


async def test_a_closed_writer_refuses(migrated_url: str, tmp_path: Path) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        pass

    with pytest.raises(RecordUnavailable):
        await writer.append(entry(Kind.DENY, new_id()))


async def test_an_idle_writer_beats_without_a_record(migrated_url: str, tmp_path: Path) -> None:
    writer = recorded.writer_of(migrated_url, tmp_path, limits=WriterLimits(beat_seconds=0.05))
    await writer.start()
    [before] = await query(migrated_url, "SELECT beat_at, last_seq FROM record_streams")

    await asyncio.sleep(0.3)

    [after] = await query(migrated_url, "SELECT beat_at, last_seq FROM record_streams")
    await writer.close()
    assert after[0] > before[0]  # type: ignore[operator] # integers
    assert after[1] == before[1]


async def test_admitted_calls_are_counted_from_intents(migrated_url: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    async with writing(migrated_url, tmp_path) as writer:
        await asyncio.gather(*(writer.append(entry(Kind.INTENT, new_id(), grant_key="g")) for _ in range(7)))
        await writer.append(entry(Kind.INTENT, new_id(), grant_key="other"))
        await writer.append(entry(Kind.DENY, new_id(), grant_key="g"))

    day = {"day_start": now - timedelta(hours=1), "day_end": now + timedelta(hours=1)}
    assert await count_admitted(migrated_url, "g", **day) == 7


# --- when the store fails ------------------------------------------------------------------------------------


async def test_below_the_reserve_only_old_work_goes_on(migrated_sqlite_url: str, tmp_path: Path) -> None:
    writer = recorded.writer_of(migrated_sqlite_url, tmp_path)
    await writer.start()
    exchange_id = new_id()
    await writer.append(entry(Kind.INTENT, exchange_id))
    writer._store._reserve_bytes = 2**62  # type: ignore[attr-defined] # as if others had filled the disk meanwhile
    await recorded.until(lambda: not writer.ready())

    with pytest.raises(RecordUnavailable):
        await writer.append(entry(Kind.INTENT, new_id()))

    await writer.append(entry(Kind.OUTCOME, exchange_id))
    await writer.close()


async def test_a_full_database_refuses_until_there_is_room(migrated_sqlite_url: str, tmp_path: Path) -> None:
    writer = recorded.writer_of(migrated_sqlite_url, tmp_path)
    await writer.start()
    connection = writer._store._connection  # type: ignore[attr-defined] # the limit is a connection's own
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    appends = [writer.append(entry(Kind.INTENT, new_id())) for _ in range(200)]

    answers = await asyncio.gather(*appends, return_exceptions=True)

    assert {type(answer) for answer in answers} == {RecordUnavailable}
    await recorded.until(writer.ready)
    await writer.append(entry(Kind.DENY, new_id()))
    await writer.close()
    assert await verify(migrated_sqlite_url) is Verdict.OK


async def test_a_terminated_connection_refuses_and_recovers(migrated_postgresql_url: str, tmp_path: Path) -> None:
    async with writing(migrated_postgresql_url, tmp_path) as writer:
        exchange_id = new_id()
        await writer.append(entry(Kind.INTENT, exchange_id))
        await query(
            migrated_postgresql_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()",
        )
        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, exchange_id))
        await recorded.until(writer.ready)
        await writer.append(entry(Kind.DENY, new_id()))

    found = await find_exchange(migrated_postgresql_url, exchange_id)
    assert [record.kind for record in found] == ["INTENT", "UNKNOWN"]
    assert await verify(migrated_postgresql_url) is Verdict.OK


async def test_a_stopped_postgresql_refuses_and_recovers_when_it_is_back(tmp_path: Path) -> None:
    server = await asyncio.to_thread(servers.PostgresServer)
    try:
        await asyncio.to_thread(server.start)
        url = server.url("postgres")
        await _migrate(url)
        async with writing(url, tmp_path) as writer:
            await writer.append(entry(Kind.DENY, new_id()))
            await asyncio.to_thread(server.stop)
            with pytest.raises(RecordUnavailable):
                await writer.append(entry(Kind.DENY, new_id()))
            await asyncio.to_thread(server.start)
            await recorded.until(writer.ready)
            await writer.append(entry(Kind.DENY, new_id()))
        assert await verify(url) is Verdict.OK
    finally:
        await asyncio.to_thread(server.close)


async def _migrate(url: str) -> None:
    from gateway.migrations import upgrade_async  # the fixture's database is on a server that must not be stopped

    await upgrade_async(url)
