"""Has each month of the record that is to come a table of its own, on PostgreSQL?

A table that is missing stops nobody: what has none goes into `record_default`, and is moved when its month's is made.
No step keeps who records waiting for long: who waits for a lock gives up soon, and all is tried again at the next turn.
Of several workers one does it at a time.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from security.audit import postgres_store
from security.audit.encode import moment_of
from security.audit.partitions import DEFAULT, LIST, Partition, all_before, created, month_of, read_partition
from security.audit.retention import later
from security.audit.streams import StoreFailed

if TYPE_CHECKING:
    import asyncpg

EVERY_SECONDS: Final = 600.0
AHEAD: Final = 2
"""How many months after this one have a table."""
MOST_MOVED: Final = 5000
"""How many records leave `record_default` at once, while who records there waits: a tenth of a second."""
_ONLY_ONE: Final = 0x4C54_524D  # the advisory lock ("LTRM") of who makes tables
# Who records waits behind a lock that waits. A commit gives up after ten seconds (`postgres_store`), so nothing that
# holds one may take as long.
_PATIENCE: Final = "SET lock_timeout = '200ms'"
_HASTE: Final = "SET LOCAL statement_timeout = '5s'"
# Of the months together PostgreSQL itself never learns how many exchanges there are: without that, it verifies a record
# of many refusals by looking for each of them in every month.
_ESTIMATED: Final = "ANALYZE (SKIP_LOCKED) record"
_CHECK: Final = "record_default_until"
_ATTACHED_DEFAULT: Final = f"ALTER TABLE record ATTACH PARTITION {DEFAULT} DEFAULT"
_COUNT: Final = f"SELECT count(*) FROM (SELECT FROM {DEFAULT} LIMIT $1) few"  # noqa: S608 - constants
_COUNT_MONTH: Final = f"SELECT count(*) FROM (SELECT FROM {DEFAULT} WHERE at_us >= $1 AND at_us < $2 LIMIT $3) few"  # noqa: S608 - constants


async def keep_months(database_url: str, *, now: datetime, most_moved: int = MOST_MOVED) -> int:
    """Make the tables of this month and of those to come, as far as they are missing; return how many were made.

    A record that was never divided is set apart first: everything in it, and up to the end of next month, becomes one
    table. Raises StoreFailed: a lock was not to be had, or the server not to be reached.
    """
    try:
        connection = await postgres_store.connect(database_url)
        try:
            await connection.execute(_PATIENCE)
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ONLY_ONE):
                return 0
            return await _keep(connection, now, most_moved)
        finally:
            await connection.close()
    except postgres_store.DRIVER_ERRORS as error:
        raise StoreFailed(f"PostgreSQL: {type(error).__name__}") from error


async def _keep(connection: "asyncpg.Connection[asyncpg.Record]", now: datetime, most_moved: int) -> int:
    there = [one for one in map(read_partition, [row[0] for row in await connection.fetch(LIST)]) if one is not None]
    made = 0
    if not there and await connection.fetchval(_COUNT, most_moved + 1) > most_moved:
        there = [await _set_apart(connection, now)]
        made = 1
    for months in range(AHEAD + 1):
        month = month_of(later(now, months))
        if month.first_us is not None and not any(one.covers(month.first_us) for one in there):
            made += await _make(connection, month, most_moved)
    if made:
        await connection.execute(_ESTIMATED)
    return made


async def _make(connection: "asyncpg.Connection[asyncpg.Record]", month: Partition, most_moved: int) -> int:
    """Make a month's table of what `record_default` has of it; return 1, or 0: it has so much that it stays there."""
    async with connection.transaction():
        await connection.execute(_HASTE)
        # In the order in which a table is dropped, so that neither waits for the other for ever.
        await connection.execute("LOCK TABLE ONLY record IN SHARE UPDATE EXCLUSIVE MODE")
        await connection.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
        if await connection.fetchval(_COUNT_MONTH, month.first_us, month.end_us, most_moved + 1) > most_moved:
            return 0
        await connection.execute(created(month.table))
        await connection.execute(_moved(month))
        await connection.execute(month.attached())
    return 1


async def _set_apart(connection: "asyncpg.Connection[asyncpg.Record]", now: datetime) -> Partition:
    """Make all that is in `record_default` a table with an end, and an empty one what takes the rest.

    The end is a month away at least, and after the newest record. That nothing goes beyond it is checked in a
    transaction of its own, in which everybody reads and writes; a record from beyond, of a clock that is more than a
    month wrong, is refused meanwhile. So the check goes however this ends; where it cannot (`kill -9`, a lock that is
    not to be had), the next turn begins anew.
    """
    newest = await connection.fetchval(f"SELECT max(at_us) FROM {DEFAULT}")  # noqa: S608 - a constant
    before = all_before(later(max(now, moment_of(newest)), 2))
    dropped = f"DROP CONSTRAINT IF EXISTS {_CHECK}"
    added = f"ADD CONSTRAINT {_CHECK} CHECK (at_us < {before.end_us}) NOT VALID"
    try:
        await connection.execute(f"ALTER TABLE {DEFAULT} {dropped}, {added}")
        await connection.execute(f"ALTER TABLE {DEFAULT} VALIDATE CONSTRAINT {_CHECK}")
        async with connection.transaction():
            await connection.execute(_HASTE)
            for statement in (
                "LOCK TABLE record IN ACCESS EXCLUSIVE MODE",
                f"ALTER TABLE record DETACH PARTITION {DEFAULT}",
                f"ALTER TABLE {DEFAULT} RENAME TO {before.table}",
                created(DEFAULT),
                before.attached(),
                _ATTACHED_DEFAULT,
                f"ALTER TABLE {before.table} {dropped}",
            ):
                await connection.execute(statement)
    finally:
        await connection.execute(f"ALTER TABLE {DEFAULT} {dropped}")
    return before


def _moved(month: Partition) -> str:
    return (
        f"WITH moved AS (DELETE FROM {DEFAULT} WHERE at_us >= {month.first_us} AND at_us < {month.end_us} RETURNING *) "  # noqa: S608 - ours
        f"INSERT INTO {month.table} SELECT * FROM moved"
    )
