"""Which processes of the platform are alive, and what does each say of itself?

Each writes one row of its own every few seconds; whoever looks takes one for dead that has not written for a while.
Nothing is decided by it: it is for people to read, and for the worker to tell them of providers.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import ClassVar

import msgspec
from sqlalchemy import LargeBinary, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.circuit import CircuitState
from adapters.contract import Adapter
from adapters.resilience import ResilientAdapter
from catalog.tables import UtcDateTime
from gateway.db import Database
from gateway.settings import Settings
from gateway.telemetry import Logger
from security.audit.read import sqlite_path

BEAT_SECONDS = 10.0
FRESH_FOR = timedelta(seconds=45)
_FORGET_AFTER = timedelta(days=1)


class HeartbeatRow(SQLModel, table=True):
    """A process: its node's name and its role there. `facts` is JSON (`Facts`)."""

    __tablename__: ClassVar[str] = "heartbeats"

    node: str = Field(primary_key=True, max_length=200)
    role: str = Field(primary_key=True, max_length=20)
    version: str = Field(max_length=50)
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    facts: bytes = Field(sa_type=LargeBinary)


class ProviderFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a node finds a provider: failing, and what its adapter remarks (a file that cannot be read)."""

    failing: bool = False
    remark: str = ""
    remark_vi: str = ""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a process says of itself. `jobs` are a worker's: when each last ran well, as ISO 8601, or how it failed."""

    policy_revision: int = 0
    in_flight: int = 0
    record_ready: bool = True
    disk_free_bytes: int = 0
    providers: Mapping[str, ProviderFacts] = {}
    jobs: Mapping[str, str] = {}


class Heartbeat(msgspec.Struct, frozen=True):
    """A process as it was last seen."""

    node: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    facts: Facts

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it has written lately enough to be alive."""
        return now - self.seen_at <= FRESH_FOR


async def keep_beating(
    database: Database,
    *,
    node: str,
    role: str,
    clock: Callable[[], datetime],
    facts: Callable[[], Facts],
    log: Logger,
) -> None:
    """Write the row of this process for ever. A database that does not answer is tried again at the next beat."""
    started = clock()
    while True:
        try:
            async with database.transaction() as session:
                await beat(session, Heartbeat(node, role, release(), started, clock(), facts()))
        except (SQLAlchemyError, OSError) as error:
            log.warning("heartbeat.failed", error=type(error).__name__)
        await asyncio.sleep(BEAT_SECONDS)


async def beat(session: AsyncSession, one: Heartbeat) -> None:
    """Write a process's row, and forget those that have been silent for a day."""
    row = HeartbeatRow(
        node=one.node,
        role=one.role,
        version=one.version,
        started_at=one.started_at,
        seen_at=one.seen_at,
        facts=msgspec.json.encode(one.facts),
    )
    await session.merge(row)
    silent = delete(HeartbeatRow).where(col(HeartbeatRow.seen_at) < one.seen_at - _FORGET_AFTER)
    await (await session.connection()).execute(silent)


async def list_heartbeats(session: AsyncSession) -> list[Heartbeat]:
    """Return the processes that were seen within a day, by node and role."""
    rows = select(HeartbeatRow).order_by(col(HeartbeatRow.node), col(HeartbeatRow.role))
    return [
        Heartbeat(
            row.node,
            row.role,
            row.version,
            row.started_at,
            row.seen_at,
            msgspec.json.decode(row.facts, type=Facts),
        )
        for row in await session.exec(rows)
    ]


def provider_facts(providers: Mapping[str, Adapter]) -> Mapping[str, ProviderFacts]:
    """Return how this node finds its providers; of an adapter without a circuit nothing is known."""
    found = {}
    for code, adapter in providers.items():
        if isinstance(adapter, ResilientAdapter):
            state = adapter.state
            failing = state.circuit is not CircuitState.CLOSED
            found[code] = ProviderFacts(failing, state.remark, state.remark_vi)
    return found


def free_bytes(settings: Settings) -> int:
    """Return the room where the embedded database is, else where this process keeps its files."""
    place = (sqlite_path(settings.database_url) or settings.var_dir).absolute()
    there = next(one for one in (place, *place.parents) if one.exists())
    return shutil.disk_usage(there).free


def release() -> str:
    """Return the version of this release."""
    return version("lienthong")
