"""What do the tests of retention have at hand? Months that are followed, archived, and removed years later."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from archived import record_at
from conftest import in_a_thread
from recorded import new_id, writing

from catalog.changes import Actor
from gateway.archive.making import archive_month
from gateway.db import Database
from gateway.figures.rollup import roll_up
from gateway.indexing import index_exchanges
from gateway.misuse.watching import MisuseWatch
from gateway.retention.holds import HoldDescription, lift_hold, set_hold
from gateway.retention.removing import Remover
from security.audit.checkpoints import ensure_log_key
from security.audit.record import Committed, Entry, Recording
from security.audit.removal import Removal
from security.audit.verify import Report, verify_database
from security.errors import RecordUnavailable
from security.misuse.limits import Limits

SEPTEMBER, OCTOBER = datetime(2026, 9, 30, 22, 30, tzinfo=UTC), datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
YEARS_LATER = datetime(2028, 1, 1, tzinfo=UTC)


async def followed_months(url: str, directory: Path, *, september: int = 3) -> None:
    """Record two months and a day of the next, and let everybody who follows the record see it."""
    await record_at(url, directory, SEPTEMBER, count=september, at_once=min(september, 32))
    await record_at(url, directory, OCTOBER, count=8)
    await record_at(url, directory, LATER, count=2)
    await follow(url)


class Nobody:
    """Who records nothing: to follow the record needs no more."""

    def append(self, entry: Entry) -> Awaitable[Committed]:
        """Refuse."""
        raise RecordUnavailable(f"{entry.kind} has no place here")


async def follow(url: str) -> None:
    """Bring list, figures and watch up to the record, as the worker does."""
    database = Database.open(url)
    await index_exchanges(database)
    zone, now = ZoneInfo("Asia/Ho_Chi_Minh"), datetime.now(UTC)
    await roll_up(database, zone=zone)
    await MisuseWatch(database, Nobody(), Limits(), zone, lambda: now).take_turn(now)
    await database.close()


async def archive(url: str, directory: Path, *months: str) -> None:
    """Archive months into `archive` below the directory."""
    database = Database.open(url)
    try:
        for month in months:
            await archive_month(database, directory / "archive", month)
    finally:
        await database.close()


def remover_of(
    database: Database,
    recorder: Recording,
    directory: Path,
    *,
    now: datetime = YEARS_LATER,
    outputs: tuple[str, ...] = (),
    most: int = 3,
) -> Remover:
    """Return who removes, a few records at a time, with the key of the tests' log."""
    clock: Callable[[], datetime] = lambda: now  # noqa: E731 - a clock that stands
    return Remover(
        database=database,
        recorder=recorder,
        key=ensure_log_key(directory / "log-keys"),
        directory=directory / "archive",
        keep_months=12,
        clock=clock,
        outputs=outputs,
        most=most,
    )


async def remove(
    url: str, directory: Path, month: str, *, now: datetime = YEARS_LATER, outputs: tuple[str, ...] = ()
) -> list[Removal]:
    """Remove a month as the command does."""
    database = Database.open(url)
    try:
        async with writing(url, directory, node=f"node-{new_id()}") as writer:
            remover = remover_of(database, writer, directory, now=now, outputs=outputs)
            return await remover.remove(month, by="quantri", source="command:x")
    finally:
        await database.close()


def removal_of_september(url: str, directory: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command that removes September by the machine's own clock, and the settings under which it may."""
    settings = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_KEYS_DIR": str(directory / "log-keys"),
        "LIENTHONG_VAR_DIR": str(directory / "var"),
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
        "LIENTHONG_SECURITY_LEVEL": "2",
        "LIENTHONG_RETENTION_MONTHS": "1",
    }
    return ["record", "remove", "2026-09", str(directory / "archive"), "--by", "quantri"], settings


def verified(url: str) -> Report:
    """Verify a database, from within a test with an event loop too."""
    return in_a_thread(lambda: verify_database(url))


async def carry_out(url: str, *statements: str) -> None:
    """Change the database as one who can write to it does."""
    database = Database.open(url)
    async with database.transaction() as session:
        for statement in statements:
            await (await session.connection()).exec_driver_sql(statement)
    await database.close()


async def count(url: str, of: str) -> int:
    """Count rows."""
    database = Database.open(url)
    async with database.reading() as session:
        found = await (await session.connection()).exec_driver_sql(f"SELECT count(*) FROM {of}")
        number = int(found.scalar_one())
    await database.close()
    return number


HELD = HoldDescription(code="CV-1", reason="điều tra", first="2026-10", last="2026-10")


async def hold(url: str, asked: HoldDescription = HELD) -> None:
    """Let nothing of October go."""
    database = Database.open(url)
    async with database.transaction() as session:
        await set_hold(session, asked, by=Actor("a", SEPTEMBER))
    await database.close()


async def lift(url: str) -> None:
    """Let it go, as another one who may."""
    database = Database.open(url)
    async with database.transaction() as session:
        await lift_hold(session, "CV-1", why="xong", by=Actor("b", OCTOBER))
    await database.close()
