"""What is done in the background, apart from any call?

Each job has a beat of its own and is safe to run twice, and on several nodes at once. A job that fails is logged and
tried again on its next beat: no call waits for one, and none is needed for a call to be allowed, refused or recorded.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from catalog import citizen_sessions
from catalog.agreement_files import forget_loose_files
from catalog.agreements import expire_due
from catalog.changes import Actor
from catalog.console_sessions import forget_before
from catalog.policy import forget_old_changes
from gateway import indexing, sequencing
from gateway.changes import Author, change_entry
from gateway.db import Database
from gateway.exchange import clock
from gateway.exports import making
from gateway.exports.making import ExportMaker
from gateway.figures.feed import write_feed
from gateway.figures.rollup import roll_up
from gateway.heartbeats import BEAT_SECONDS, Facts, free_bytes, keep_beating
from gateway.indexing import index_exchanges
from gateway.misuse import watching
from gateway.misuse.watching import MisuseWatch
from gateway.node import StartRefused, open_record, recoverer
from gateway.notifications.telling import post_letters, post_of, tell_news, watch_providers
from gateway.publication.workshop import open_workshop
from gateway.quality.planning import plan_profiles
from gateway.quality.profiler import Profiler
from gateway.sequencing import Sequencer, log_origin
from gateway.settings import Settings
from gateway.siem import stream
from gateway.telemetry import Logger, make_logger
from gateway.timestamping import open_timestamper
from gateway.witnesses import Witnesses, WitnessUnclear, read_witness
from security.audit import months
from security.audit.checkpoints import Anchors, ensure_log_key
from security.audit.log import LogBroken
from security.audit.read import sqlite_path
from security.audit.recovery import recover
from security.audit.streams import StoreFailed
from security.audit.verify_bundle import SIGNATURE_TYPE
from security.audit.writer import RecordWriter
from security.citizens import LASTS as CITIZEN_LASTS
from security.errors import RecordUnavailable, StoreUnavailable
from security.idempotency import IdempotentCalls
from security.keys import load_keys
from security.replay import Replays
from security.sessions import ABSOLUTE
from security.signatures import Signer

_EXPIRE_SECONDS = 60.0
_PURGE_SECONDS = 600.0
_RECOVER_SECONDS = 15.0
_COUNT_SECONDS = 2.0
_ALERT_SECONDS = 5.0
_LOG_SECONDS = 60.0
_STAMP_SECONDS = 3600.0
_FIRST_STAMP_SECONDS = 30.0
_FIRST_MONTHS_SECONDS = 20.0
_FEED_SECONDS = 60.0
_TELL_SECONDS = 15.0
_POST_SECONDS = 5.0
_PLAN_SECONDS = 300.0
_FIRST_PLAN_SECONDS = 10.0
_MEASURE_SECONDS = 2.0
_NAME = "worker"
_PASSING = (SQLAlchemyError, OSError, RecordUnavailable, StoreUnavailable, StoreFailed, LogBroken)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again. `run` returns how much it did, which is logged unless the job `is_chatty`.

    The first time is after `first_after_seconds`: what is heavy lets a machine that has just started come up first.
    """

    name: str
    every_seconds: float
    run: Callable[[datetime], Awaitable[int]]
    is_chatty: bool = False
    first_after_seconds: float = 0.0


async def work(settings: Settings) -> None:
    """Do the jobs until told to stop (SIGINT, SIGTERM). Raises StartRefused."""
    log = make_logger(settings.log_level)
    async with AsyncExitStack() as parts:
        database = Database.open(settings.database_url, pool_size=2)
        parts.push_async_callback(database.close)
        record = await open_record(settings, role=_NAME)
        parts.push_async_callback(record.close)
        calls = IdempotentCalls(database.engine, load_keys(settings.keys_dir).idempotency)
        zone = ZoneInfo(settings.timezone)
        jobs = [
            Job("expire-agreements", _EXPIRE_SECONDS, lambda now: expire_agreements(database, record, now)),
            Job("forget-idempotency-keys", _PURGE_SECONDS, calls.purge),
            Job("forget-loose-files", _PURGE_SECONDS, lambda now: forget_files(database, now)),
            Job("forget-policy-changes", _PURGE_SECONDS, lambda _: forget_changes(database)),
            Job("forget-sessions", _PURGE_SECONDS, lambda now: forget_sessions(database, now)),
            Job("forget-assertions", _PURGE_SECONDS, Replays(database.engine).purge),
            Job("index-exchanges", indexing.EVERY_SECONDS, lambda _: index_exchanges(database), is_chatty=True),
            Job("count-exchanges", _COUNT_SECONDS, lambda _: roll_up(database, zone=zone), is_chatty=True),
        ]
        jobs += _misuse_jobs(settings, database, record)
        jobs += _quality_jobs(settings, database, record, log)
        jobs += _telling_jobs(settings, database, zone)
        jobs += _export_jobs(settings, database, record)
        jobs += _siem_jobs(settings, database, parts=parts)
        if settings.feed_dir:
            feed = Path(settings.feed_dir)
            jobs.append(
                Job(
                    "write-feed",
                    _FEED_SECONDS,
                    lambda now: write_feed(database, feed, zone=zone, now=now),
                    is_chatty=True,
                )
            )
        http = await parts.enter_async_context(httpx2.AsyncClient(trust_env=False, follow_redirects=False))
        sequencer = await _open_sequencer(settings, database, log, http=http)
        jobs.append(Job("sequence", sequencing.EVERY_SECONDS, lambda _: sequencer.run(), is_chatty=True))
        stamper = open_timestamper(settings, database, http, log)
        if stamper is not None:
            jobs.append(
                Job("stamp-log", _STAMP_SECONDS, stamper.stamp_newest, first_after_seconds=_FIRST_STAMP_SECONDS)
            )
        if sqlite_path(settings.database_url) is None:
            # On the embedded database the gateway itself settles what died, under the lock that makes it the only one.
            jobs.append(Job("settle-dead-streams", _RECOVER_SECONDS, lambda now: _settle(settings, now)))
            jobs.append(
                Job(
                    "keep-record-months",
                    months.EVERY_SECONDS,
                    lambda now: months.keep_months(settings.database_url, now=now),
                    first_after_seconds=_FIRST_MONTHS_SECONDS,
                )
            )
        log.info("worker.starting", jobs=[job.name for job in jobs])
        last: dict[str, str] = {}
        beating = keep_beating(
            database,
            node=settings.node_name,
            role=_NAME,
            clock=clock,
            facts=lambda: Facts(disk_free_bytes=free_bytes(settings), jobs=dict(last)),
            log=log,
        )
        tasks = [asyncio.create_task(_again_and_again(job, log, last), name=job.name) for job in jobs]
        await _until_told_to_stop([*tasks, asyncio.create_task(beating, name="heartbeat")])


def _misuse_jobs(settings: Settings, database: Database, record: RecordWriter) -> list[Job]:
    """Return what watches the record for misuse."""
    watch = MisuseWatch(database, record, settings.misuse, ZoneInfo(settings.timezone), clock)
    return [
        Job("watch-misuse", watching.EVERY_SECONDS, watch.take_turn, is_chatty=True),
        Job("record-alerts", _ALERT_SECONDS, watch.record_alerts),
        Job("watch-log", _LOG_SECONDS, watch.look_at_the_log),
    ]


def _telling_jobs(settings: Settings, database: Database, zone: ZoneInfo) -> list[Job]:
    """Return what tells people of what happened, and hands over their letters where letters leave."""
    post = post_of(settings)
    with_mail = post is not None
    jobs = [
        Job(
            "tell-news",
            _TELL_SECONDS,
            lambda now: tell_news(database, zone=zone, with_mail=with_mail, now=now),
        ),
        Job(
            "watch-providers",
            BEAT_SECONDS,
            lambda now: watch_providers(database, with_mail=with_mail, now=now),
        ),
    ]
    if post is not None:
        jobs.append(
            Job(
                "post-letters",
                _POST_SECONDS,
                lambda now: post_letters(
                    database, post, sender=settings.mail_sender, public_url=settings.issuer, now=now
                ),
            )
        )
    return jobs


def _quality_jobs(settings: Settings, database: Database, record: RecordWriter, log: Logger) -> list[Job]:
    """Return what measures the quality of the databases: one job says which are due, the other measures them."""
    name = f"{settings.node_name}-{_NAME}"
    profiler = Profiler(
        database=database,
        recorder=record,
        workshop=open_workshop(settings, load_keys(settings.keys_dir)),
        log=log,
        # A worker that died holds what it held until its lease is over: the one after it is another.
        worker=f"{name}-{uuid4().hex[:8]}",
        sample_rows=settings.quality_sample_rows,
        clock=clock,
    )
    every = timedelta(hours=settings.quality_profile_hours)
    return [
        Job(
            "plan-quality-profiles",
            _PLAN_SECONDS,
            lambda now: plan_profiles(database, record, worker=name, every=every, now=now),
            first_after_seconds=_FIRST_PLAN_SECONDS,
        ),
        Job("measure-quality", _MEASURE_SECONDS, profiler.take_next, is_chatty=True),
    ]


def _export_jobs(settings: Settings, database: Database, record: RecordWriter) -> list[Job]:
    """Return what makes the exports of the record that were asked for, and removes their files in the end."""
    keys = load_keys(settings.keys_dir)
    maker = ExportMaker(
        database=database,
        recorder=record,
        directory=settings.exports,
        signer=Signer(keys.agreement, issuer=settings.issuer, typ=SIGNATURE_TYPE),
        jwks=keys.jwks(),
        witnesses=[one.split(" ")[0] for one in settings.witnesses],
        clock=clock,
        spare_bytes=2 * settings.disk_reserve_bytes,
    )
    return [
        Job("make-exports", making.EVERY_SECONDS, lambda _: maker.make_next()),
        Job("forget-exports", _PURGE_SECONDS, maker.forget_old),
    ]


def _siem_jobs(settings: Settings, database: Database, *, parts: AsyncExitStack) -> list[Job]:
    """Return what tells the security team's own system of each record. Raises StartRefused."""
    try:
        outputs = stream.open_outputs(settings)
    except stream.SiemUnclear as error:
        raise StartRefused(str(error)) from error
    holder = f"{settings.node_name}-{os.getpid()}"
    for output in outputs.values():
        parts.push_async_callback(output.close)
    streams = [stream.SiemStream(name, output, database, holder, clock) for name, output in outputs.items()]
    return [Job(f"siem-{one.name}", stream.EVERY_SECONDS, one.take_turn, is_chatty=True) for one in streams]


async def _open_sequencer(
    settings: Settings, database: Database, log: Logger, *, http: httpx2.AsyncClient
) -> Sequencer:
    """Return what brings the record into the log. Raises StartRefused, KeysUnusable."""
    try:
        known = [read_witness(one) for one in settings.witnesses]
    except WitnessUnclear as error:
        raise StartRefused(f"LIENTHONG_WITNESSES: {error}") from error
    return Sequencer(
        database=database,
        key=ensure_log_key(settings.keys_dir),
        anchors=Anchors(settings.keys_dir),
        witnesses=Witnesses(known, http, log),
        holder=f"{settings.node_name}-{os.getpid()}",
        origin=log_origin(settings),
        clock=clock,
        log=log,
    )


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


async def forget_files(database: Database, now: datetime) -> int:
    """Forget files that were handed in for agreements and that no terms have named; return how many."""
    async with database.transaction() as session:
        return await forget_loose_files(session, now=now)


async def forget_sessions(database: Database, now: datetime) -> int:
    """Forget sessions of the console and of citizens that are over by any rule; return how many."""
    async with database.transaction() as session:
        gone = await citizen_sessions.forget_before(session, now - CITIZEN_LASTS)
        return gone + await forget_before(session, now - ABSOLUTE)


async def forget_changes(database: Database) -> int:
    """Forget what old revisions of the policy changed; return how many. A node that far behind reads it whole."""
    async with database.transaction() as session:
        return await forget_old_changes(session)


async def _settle(settings: Settings, now: datetime) -> int:
    found = await recover(settings.database_url, recoverer(settings, role=_NAME), now=now)
    return len(found.unknown)


async def _again_and_again(job: Job, log: Logger, last: dict[str, str]) -> None:
    """Do a job for ever; `last` says of each when it last went well, or how it failed."""
    await asyncio.sleep(job.first_after_seconds)
    while True:
        try:
            done = await job.run(clock())
        except _PASSING as error:
            log.warning("worker.job-failed", job=job.name, error=type(error).__name__)
            last[job.name] = type(error).__name__
        else:
            last[job.name] = clock().isoformat()
            if done and not job.is_chatty:
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
