"""Of what is one running node made, and in which order do its parts come up and go down?"""

import asyncio
import fcntl
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from adapters.contract import Adapter
from catalog.policy import read_policy, read_revision
from gateway.clients import PolicyClients
from gateway.compilation import Compiler
from gateway.db import Database
from gateway.errors import PolicyUnavailable
from gateway.exchange import Exchange, clock
from gateway.heartbeats import Facts, free_bytes, keep_beating, provider_facts
from gateway.logwatch import LogWatch
from gateway.lookout import Lookout
from gateway.policyholder import PolicyHolder
from gateway.proofs import Prover
from gateway.settings import Settings
from gateway.snapshot import Snapshot
from gateway.surroundings import open_premises
from gateway.telemetry import ExchangeMeter, Logger, make_logger, watch_number
from security.audit.counts import count_admitted
from security.audit.denials import Denials
from security.audit.dictation import Dictation
from security.audit.privacy import PseudonymKeys, make_recovery_key, read_recovery_public_key
from security.audit.read import sqlite_path
from security.audit.recovery import Recovered, Recoverer
from security.audit.scribe import Instructions
from security.audit.stores import record_store
from security.audit.streams import StoreFailed
from security.audit.writer import RecordWriter
from security.errors import LimitsUnavailable, RecordUnavailable
from security.idempotency import IdempotentCalls
from security.keys import Keys, ensure_keys
from security.misuse.neighbours import Neighbours
from security.ratelimit import Limiter, LocalLimiter
from security.replay import Replays
from security.sealing import SecretSealer
from security.tokens import TokenVerifier

_RETIRE_AFTER_SECONDS = 60.0


class StartRefused(Exception):
    """The node cannot start; the text is for the person who started it and says what to do."""


@dataclass(slots=True)
class Node:
    """The parts of a running node."""

    settings: Settings
    log: Logger
    registry: CollectorRegistry
    zone: ZoneInfo
    database: Database
    keys: Keys
    policy: PolicyHolder
    verifier: TokenVerifier
    limiter: Limiter
    record: Dictation
    denials: Denials
    calls: IdempotentCalls
    replays: Replays
    prover: Prover
    log_watch: LogWatch
    exchange: Exchange = field(init=False)


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncIterator[Node]:
    """Yield a node that is ready to take calls; let go of everything afterwards, the record last.

    Raises StartRefused, DatabaseUrlRefused.
    """
    async with AsyncExitStack() as parts:
        log = make_logger(settings.log_level)
        zone = ZoneInfo(settings.timezone)
        database = Database.open(settings.database_url)  # connects to nothing yet, and refuses what is no address
        embedded = sqlite_path(settings.database_url)
        if embedded is not None:
            parts.enter_context(_only_process(embedded))
        parts.push_async_callback(database.close)
        keys = ensure_keys(settings.keys_dir)
        record = await _open_dictation(settings, keys, log)
        parts.push_async_callback(record.close)
        denials = Denials(record, clock=time.monotonic)
        parts.push_async_callback(_close_denials, denials, log)
        policy = await _open_policy(settings, database, keys, zone=zone, log=log, parts=parts)
        limiter = _make_limiter(settings, zone=zone)
        parts.push_async_callback(limiter.close)
        registry = CollectorRegistry()
        replays = Replays(database.engine)
        log_watch = LogWatch(
            database,
            timedelta(seconds=settings.log_limit_seconds),
            bool(settings.mail_host or settings.mail_dir),
            clock,
            log,
        )
        node = Node(
            settings=settings,
            log=log,
            registry=registry,
            zone=zone,
            database=database,
            keys=keys,
            policy=policy,
            verifier=TokenVerifier(keys, issuer=settings.issuer, audience=settings.issuer),
            limiter=limiter,
            record=record,
            denials=denials,
            calls=IdempotentCalls(database.engine, keys.idempotency),
            replays=replays,
            prover=Prover(PolicyClients(policy, now=clock), sealer=SecretSealer(keys.sealing), replays=replays),
            log_watch=log_watch,
        )
        node.exchange = Exchange(
            policy=policy,
            verifier=node.verifier,
            limiter=limiter,
            record=record,
            denials=denials,
            calls=node.calls,
            meter=ExchangeMeter(registry),
            log=log,
            zone=zone,
            public_url=settings.issuer,
            most_in_flight=settings.max_exchanges_in_flight,
            log_watch=log_watch,
            neighbours=Neighbours(),
        )
        watch_number(registry, "lienthong_exchanges_in_flight", "Exchanges under way.", lambda: node.exchange.in_flight)
        watch_number(
            registry, "lienthong_policy_revision", "Revision of the policy in force.", lambda: policy.current.revision
        )
        watch_number(
            registry, "lienthong_record_ready", "1 when exchanges can be recorded.", lambda: float(record.ready())
        )
        watch_number(
            registry,
            "lienthong_log_waiting_seconds",
            "How long the oldest record without a proof has waited.",
            lambda: log_watch.waited().total_seconds(),
        )
        parts.push_async_callback(_stop_task, _start_beating(node))
        parts.push_async_callback(_stop_task, asyncio.create_task(log_watch.watch(), name="log-watch"))
        yield node


def _start_beating(node: Node) -> asyncio.Task[None]:
    """Let everybody know, every few seconds, that this node is alive and how it finds its providers."""
    settings = node.settings

    def facts() -> Facts:
        return Facts(
            policy_revision=node.policy.current.revision,
            in_flight=node.exchange.in_flight,
            record_ready=node.record.ready(),
            disk_free_bytes=free_bytes(settings),
            providers=provider_facts(node.policy.current.providers),
        )

    beating = keep_beating(
        node.database, node=settings.node_name, role="gateway", clock=clock, facts=facts, log=node.log
    )
    return asyncio.create_task(beating, name="heartbeat")


async def _stop_task(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def open_record(settings: Settings, *, role: str) -> RecordWriter:
    """Return the writer of this process's own stream, started: for commands and the worker. Raises StartRefused."""
    by = recoverer(settings, role=role)
    store = record_store(settings.database_url, reserve_bytes=settings.disk_reserve_bytes)
    record = RecordWriter(store, node=by.node, pseudonyms=by.pseudonyms, recovery_key=by.recovery_key, clock=clock)
    await _start(record)
    return record


async def _open_dictation(settings: Settings, keys: Keys, log: Logger) -> Dictation:
    """Return what takes the records of exchanges, started; what a dead process left open is settled.

    Raises StartRefused.
    """
    by = recoverer(settings, role="exchange")
    instructions = Instructions(
        database_url=settings.database_url,
        node=by.node,
        pseudonyms=str(_pseudonyms(settings)),
        recovery_public=str(_recovery_public(settings)),
        reserve_bytes=settings.disk_reserve_bytes,
        receipt_key=keys.receipt[0].private,
        receipt_kid=keys.receipt[0].kid,
        issuer=settings.issuer,
    )

    def begun(found: Recovered) -> None:
        if found.streams:
            log.warning("record.recovered", streams=len(found.streams), unknown=len(found.unknown))

    record = Dictation(instructions, begun=begun)
    await _start(record)
    return record


async def _start(record: RecordWriter | Dictation) -> None:
    try:
        await record.start()
    except RecordUnavailable as error:
        raise StartRefused(f"{error}: is the database reachable, and migrated (lienthong migrate)?") from error


def recoverer(settings: Settings, *, role: str) -> Recoverer:
    """Return who writes in this process's name, with the keys that conceal people; missing keys are made."""
    public = _recovery_public(settings)
    make_recovery_key(settings.keys_dir / "recovery.key", public)
    return Recoverer(
        node=f"{settings.node_name}-{role}",
        pseudonyms=pseudonym_keys(settings),
        recovery_key=read_recovery_public_key(public),
    )


def _recovery_public(settings: Settings) -> Path:
    return settings.keys_dir / "recovery.pub"


def pseudonym_keys(settings: Settings) -> PseudonymKeys:
    """Return the keys by which people are found in the record."""
    return PseudonymKeys(_pseudonyms(settings))


def _pseudonyms(settings: Settings) -> Path:
    return settings.keys_dir / "pseudonyms"


async def _open_policy(
    settings: Settings, database: Database, keys: Keys, *, zone: ZoneInfo, log: Logger, parts: AsyncExitStack
) -> PolicyHolder:
    compiler = Compiler(
        build_adapter=open_premises(settings, keys).adapter,
        zone=zone,
        log=log,
        max_json_bytes=settings.max_json_bytes,
    )

    retiring: list[asyncio.Task[None]] = []

    async def revision() -> int:
        try:
            async with database.reading() as session:
                return await read_revision(session)
        except (SQLAlchemyError, OSError) as error:
            raise PolicyUnavailable("the policy's revision cannot be read") from error

    async def snapshot(_: Snapshot | None) -> Snapshot:
        with _uncollected():
            try:
                async with database.reading() as session:
                    found = await read_policy(session, after=compiler.policy)
            except (SQLAlchemyError, OSError) as error:
                raise PolicyUnavailable("the policy cannot be read") from error
            compiled = compiler.compile(found)
        retiring.extend(
            asyncio.create_task(_retire(adapter), name="adapter-retire") for adapter in compiler.take_retired()
        )
        return compiled

    holder = PolicyHolder(read_revision=revision, read_snapshot=snapshot, log=log)
    try:
        await holder.at_least(0)
    except PolicyUnavailable as error:
        raise StartRefused("The catalogue cannot be read: run lienthong migrate first.") from error
    watching = asyncio.create_task(holder.watch(settings.policy_poll_seconds), name="policy-watch")
    looking = asyncio.create_task(Lookout(log).watch(holder), name="lookout")

    async def stop() -> None:
        for task in (watching, looking, *retiring):
            task.cancel()
        await asyncio.gather(watching, looking, *retiring, return_exceptions=True)
        for adapter in holder.current.providers.values():
            await adapter.close()

    parts.push_async_callback(stop)
    return holder


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: a policy of a hundred thousand agreements holds none, and is looked through for
    every few hundred of them that are made.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


async def _retire(adapter: Adapter) -> None:
    """Close an adapter that no snapshot uses any more, once the calls that still go through it are over."""
    try:
        await asyncio.sleep(_RETIRE_AFTER_SECONDS)
    finally:
        await adapter.close()


def _make_limiter(settings: Settings, *, zone: ZoneInfo) -> Limiter:
    spent = _SpentInRecord(settings.database_url, zone)
    if not settings.redis_url:
        return LocalLimiter(spent, zone=zone)
    from security.ratelimit_shared import SharedLimiter  # Redis' client weighs 6 MiB, and most nodes have no Redis

    return SharedLimiter.at(settings.redis_url, spent, zone=zone)


@dataclass(frozen=True, slots=True)
class _SpentInRecord:
    """Counts what a grant was used for on a day, from the record. Satisfies `security.ratelimit.SpentToday`."""

    database_url: str
    zone: ZoneInfo

    async def count(self, grant_key: str, day: date) -> int:
        start = datetime.combine(day, time_of_day(), self.zone)
        end = datetime.combine(day + timedelta(days=1), time_of_day(), self.zone)
        try:
            return await count_admitted(self.database_url, grant_key, day_start=start, day_end=end)
        except StoreFailed as error:
            raise LimitsUnavailable("the calls admitted today cannot be counted") from error


async def _close_denials(denials: Denials, log: Logger) -> None:
    try:
        await denials.close()
    except RecordUnavailable as error:
        log.error("record.denials-lost", error=str(error))


@contextmanager
def _only_process(database: Path) -> Iterator[None]:
    """Hold the lock that says: this process alone takes calls on the embedded database. Raises StartRefused."""
    # Beside the database, which is what must not be shared: two gateways may well have different directories.
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(
                f"Another gateway runs on {database}: stop it, or use PostgreSQL for several."
            ) from error
        yield
