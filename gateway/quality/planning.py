"""Which databases are measured without anybody asking, and when?"""

from datetime import datetime, timedelta

from catalog.changes import Actor
from catalog.errors import AlreadyThere
from catalog.quality.profiles import ask_profile, due_databases
from catalog.quality.rulebook import keep_lists, read_lists, work_out_lists
from gateway.changes import Author, Recorder, make_change
from gateway.db import Database
from gateway.exchangeids import new_exchange_id


async def plan_profiles(
    database: Database, recorder: Recorder, *, worker: str, every: timedelta, now: datetime
) -> int:  # fmt: skip
    """Queue a profile of each database that was not measured within `every`; return how many.

    The shared lists are worked out first, so that rules and pages know the services of today. Raises RecordUnavailable.
    """
    await renew_lists(database)
    async with database.reading() as session:
        due = await due_databases(session, asked_before=now - every)
    author = Author(worker, "", "", "worker")
    queued = 0
    for code in due:
        queued += await _queue(database, recorder, code, author=author, now=now)
    return queued


async def renew_lists(database: Database) -> None:
    """Work the shared lists out anew. Nobody waits for it: only what has changed is written, and shortly."""
    async with database.reading() as session:
        wanted, held = await work_out_lists(session), await read_lists(session)
    if wanted != held:
        async with database.transaction() as session:
            await keep_lists(session, wanted)


async def _queue(database: Database, recorder: Recorder, code: str, *, author: Author, now: datetime) -> int:
    profile, by = new_exchange_id(), Actor(author.code, now)
    try:
        await make_change(
            database,
            recorder,
            action="quality.profile",
            author=author,
            now=now,
            work=lambda session: ask_profile(session, code, profile=profile, by=by),
        )
    except AlreadyThere:  # another worker was quicker
        return 0
    return 1
