"""What is done in the background, apart from any call?

Each job has a beat of its own and is safe to run twice, and on several nodes at once. A job that fails is logged and
tried again on its next beat: no call waits for one, and none is needed for a call to be allowed, refused or recorded.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from catalog.agreements import expire_due
from catalog.changes import Actor
from gateway.changes import Author, change_entry
from gateway.db import Database
from gateway.exchange import clock
from gateway.node import open_record, recoverer
from gateway.settings import Settings
from gateway.telemetry import Logger, make_logger
from security.audit.read import sqlite_path
from security.audit.recovery import recover
from security.audit.streams import StoreFailed
from security.audit.writer import RecordWriter
from security.errors import RecordUnavailable, StoreUnavailable
from security.idempotency import IdempotentCalls
from security.keys import load_keys
from security.replay import Replays

_EXPIRE_SECONDS = 60.0
_PURGE_SECONDS = 600.0
_RECOVER_SECONDS = 15.0
_NAME = "worker"
_PASSING = (SQLAlchemyError, OSError, RecordUnavailable, StoreUnavailable, StoreFailed)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again. `run` returns how much it did."""

    name: str
    every_seconds: float
    run: Callable[[datetime], Awaitable[int]]


async def work(settings: Settings) -> None:
    """Do the jobs until told to stop (SIGINT, SIGTERM). Raises StartRefused."""
    log = make_logger(settings.log_level)
    async with AsyncExitStack() as parts:
        database = Database.open(settings.database_url, pool_size=2)
        parts.push_async_callback(database.close)
        record = await open_record(settings, role=_NAME)
        parts.push_async_callback(record.close)
        calls = IdempotentCalls(database.engine, load_keys(settings.keys_dir).idempotency)
        jobs = [
            Job("expire-agreements", _EXPIRE_SECONDS, lambda now: expire_agreements(database, record, now)),
            Job("forget-idempotency-keys", _PURGE_SECONDS, calls.purge),
            Job("forget-assertions", _PURGE_SECONDS, Replays(database.engine).purge),
        ]
        if sqlite_path(settings.database_url) is None:
            # On the embedded database the gateway itself settles what died, under the lock that makes it the only one.
            jobs.append(Job("settle-dead-streams", _RECOVER_SECONDS, lambda now: _settle(settings, now)))
        log.info("worker.starting", jobs=[job.name for job in jobs])
        await _until_told_to_stop([asyncio.create_task(_again_and_again(job, log), name=job.name) for job in jobs])


async def expire_agreements(database: Database, record: RecordWriter, now: datetime) -> int:
    """Expire what is past its last day, on record first; return how many. The gateway refuses such calls by itself."""
    by = Actor(_NAME, now)
    async with database.rehearsal() as session:
        planned = await expire_due(session, by=by)
    for change in planned:
        await record.append(
            change_entry(change, action="agreement.expire", author=Author(_NAME, "", "", "worker"), now=now, done=True)
        )
    if planned:
        async with database.transaction() as session:
            await expire_due(session, by=by)
    return len(planned)


async def _settle(settings: Settings, now: datetime) -> int:
    found = await recover(settings.database_url, recoverer(settings, role=_NAME), now=now)
    return len(found.unknown)


async def _again_and_again(job: Job, log: Logger) -> None:
    while True:
        try:
            done = await job.run(clock())
        except _PASSING as error:
            log.warning("worker.job-failed", job=job.name, error=type(error).__name__)
        else:
            if done:
                log.info("worker.job-done", job=job.name, done=done)
        await asyncio.sleep(job.every_seconds)


async def _until_told_to_stop(tasks: list[asyncio.Task[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
