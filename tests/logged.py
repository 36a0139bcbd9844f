"""What do the tests of the log have at hand? A sequencer as the worker runs it, and something to put into the log."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx2
import structlog
from gateways import NO_TLS
from recorded import entry, new_id, writing

from gateway.db import Database
from gateway.sequencing import Sequencer
from gateway.witnesses import Witness, Witnesses
from security.audit.checkpoints import Anchors, ensure_log_key
from security.audit.log import LEASE
from security.audit.record import Kind

Seen = TypeVar("Seen")
ORIGIN = "thu.example"


def clock() -> datetime:
    return datetime.now(UTC)


def after(turn: int) -> Callable[[], datetime]:
    """Return a clock of a sequencer's turn: late enough for it to take the lead from the one before."""
    return lambda: clock() + turn * (LEASE + timedelta(seconds=1))


@asynccontextmanager
async def sequencing(
    url: str,
    directory: Path,
    *,
    witness: Witness | None = None,
    holder: str = "w1",
    clock: Callable[[], datetime] = clock,
) -> AsyncIterator[Sequencer]:
    keys = directory / "log-keys"
    key = ensure_log_key(keys)
    database = Database.open(url)
    async with httpx2.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        witnesses = Witnesses([witness] if witness else [], http, structlog.get_logger())
        yield Sequencer(
            database,
            key,
            Anchors(keys),
            witnesses,
            holder=holder,
            origin=ORIGIN,
            clock=clock,
            log=structlog.get_logger(),
        )
    await database.close()


async def record_some(url: str, directory: Path, *, count: int = 2) -> None:
    async with writing(url, directory, node=f"node-{new_id()}") as writer:
        for _ in range(count):
            exchange_id = new_id()
            await writer.append(entry(Kind.INTENT, exchange_id))
            await writer.append(entry(Kind.OUTCOME, exchange_id))


def soon(look: Callable[[], Seen], good: Callable[[Seen], bool]) -> Seen:
    """Return what `look` gives once it is good; fail when it is not within a generous time."""
    deadline = time.monotonic() + 60
    while not good(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found
