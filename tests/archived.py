"""What do the tests of the archive have at hand? A record of months that are over; and, run alone, how large it is."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import recorded
from logged import sequencing
from recorded import entry, new_id

from gateway import migrations
from gateway.archive.files import read_rows
from gateway.archive.making import archive_month
from gateway.db import Database
from security.audit.privacy import read_recovery_public_key
from security.audit.record import Entry, Kind
from security.audit.stores import record_store
from security.audit.verify_archive import verify_archive
from security.audit.verify_log import Known
from security.audit.writer import RecordWriter


async def record_at(
    url: str, directory: Path, at: datetime, *, count: int, at_once: int = 1, also: Sequence[Entry] = ()
) -> None:
    """Record exchanges, and further entries, as if it were then, and have the log signed."""
    pseudonyms, _ = recorded.keys(directory)
    writer = RecordWriter(
        record_store(url, reserve_bytes=0),
        node=f"node-{new_id()}",
        pseudonyms=pseudonyms,
        recovery_key=read_recovery_public_key(directory / "recovery.pub"),
        clock=lambda: at,
    )
    await writer.start()
    left = iter(range(count))

    async def exchanges() -> None:
        for _ in left:
            exchange_id = id_at(at)
            for kind in (Kind.INTENT, Kind.OUTCOME):
                await writer.append(msgspec.structs.replace(entry(kind, exchange_id), at=at))

    await asyncio.gather(*(exchanges() for _ in range(at_once)))
    for one in also:
        await writer.append(msgspec.structs.replace(one, at=at))
    await writer.close()
    async with sequencing(url, directory) as sequencer:
        while await sequencer.run():
            pass
        assert sequencer.trouble == ""


def id_at(at: datetime) -> str:
    """Return an exchange id (UUIDv7) of this moment."""
    digits, drawn = f"{int(at.timestamp() * 1000):012x}", new_id()
    return f"{digits[:8]}-{digits[8:]}-7{drawn[15:]}"


async def measure(url: str, directory: Path, exchanges: int) -> None:
    """Print how many bytes a record takes in the database and in a file of the archive, and how long making it took."""
    await migrations.upgrade_async(url)
    began = await size_of(url)
    await record_at(url, directory, datetime(2026, 10, 15, 9, 0, tzinfo=UTC), count=exchanges, at_once=64)
    grown = await size_of(url) - began
    await record_at(url, directory, datetime(2026, 11, 2, 9, 0, tzinfo=UTC), count=1)
    database = Database.open(url)
    start = time.monotonic()
    (index,) = await archive_month(database, directory / "archive", "2026-10")
    made = time.monotonic() - start
    await database.close()
    records, path = index.end - index.first, directory / "archive" / index.file
    octets = path.stat().st_size
    print(f"{url.partition(':')[0]}: {records} records, {grown / records:.0f} bytes each in database and log")
    start = time.monotonic()
    report = verify_archive([(index, read_rows(path))], Known())
    checked = time.monotonic() - start
    assert report.finding is None
    print(f"  Parquet {octets / records:.0f} bytes each; made in {made:.1f} s, verified in {checked:.1f} s")


async def size_of(url: str) -> int:
    """Return how many bytes the database takes on the disk."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        database = Database.open(url)
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await database.close()
        return path.stat().st_size
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        address = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{temporary}/lienthong.db"
        asyncio.run(measure(address, Path(temporary), int(sys.argv[1])))
