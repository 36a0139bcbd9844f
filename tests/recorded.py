"""What do the tests of the record have at hand? Entries, writers on both engines, and a process to kill."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from security.audit.privacy import PseudonymKeys, make_recovery_key, read_recovery_public_key
from security.audit.record import Decision, Entry, Kind, Outcome, What, Who, Whom, Why
from security.audit.recovery import Recoverer
from security.audit.stores import record_store
from security.audit.writer import RecordWriter, WriterLimits

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def entry(kind: Kind, exchange_id: str, **more: object) -> Entry:
    """Return a record as the gateway would append it."""
    members: dict[str, object] = {
        "who": Who(client="motcua", system="one-stop", agency="so-noi-vu", source="127.0.0.1"),
        "why": Why(agreement="TT-01", agreement_version=1, purpose="xac-minh", case_file="H01-26-0001"),
        "what": What(database="population", service="person", version=1, operation="get", fields=("name", "born")),
        "whom": Whom(("001099000001",)),
        "decision": Decision(allowed=kind is not Kind.DENY, reason="rate-exceeded" if kind is Kind.DENY else ""),
        "outcome": Outcome(status=200, response_digest="ab" * 32) if kind is Kind.OUTCOME else None,
        "grant_key": "TT-01/person/1/get",
    }
    return Entry(kind, exchange_id, datetime.now(UTC), **{**members, **more})  # type: ignore[arg-type] # checked by use


def new_id() -> str:
    """Return an exchange id."""
    return str(uuid.uuid4())


def keys(directory: Path) -> tuple[PseudonymKeys, Path]:
    """Make the record's keys below `directory`; the second is the recovery private key's file."""
    make_recovery_key(directory / "recovery.key", directory / "recovery.pub")
    return PseudonymKeys(directory / "pseudonyms"), directory / "recovery.key"


def writer_of(
    url: str, directory: Path, *, node: str = "node-0", limits: WriterLimits | None = None, reserve_bytes: int = 0
) -> RecordWriter:
    """Return a writer that is not started."""
    pseudonyms, _ = keys(directory)
    return RecordWriter(
        record_store(url, reserve_bytes=reserve_bytes),
        node=node,
        pseudonyms=pseudonyms,
        recovery_key=read_recovery_public_key(directory / "recovery.pub"),
        clock=lambda: datetime.now(UTC),
        limits=limits,
    )


def recoverer_of(directory: Path, *, node: str = "node-0") -> Recoverer:
    """Return who recovers."""
    pseudonyms, _ = keys(directory)
    return Recoverer(node, pseudonyms, read_recovery_public_key(directory / "recovery.pub"))


@asynccontextmanager
async def writing(url: str, directory: Path, *, node: str = "node-0") -> AsyncIterator[RecordWriter]:
    """Start a writer, and close it."""
    writer = writer_of(url, directory, node=node)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.close()


async def until(condition: object, *, seconds: float = 20.0) -> None:
    """Wait until `condition()` holds; fail when it does not within a generous time."""
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator] # a callable
            await asyncio.sleep(0.02)


async def write_under_load(url: str, directory: Path) -> None:
    """Append exchanges for ever, 32 at a time, and print each one's id when its outcome is durable."""
    writer = writer_of(url, directory)
    await writer.start()

    async def exchanges() -> None:
        while True:
            exchange_id = new_id()
            await writer.append(entry(Kind.INTENT, exchange_id))
            await asyncio.sleep(0)
            await writer.append(entry(Kind.OUTCOME, exchange_id))
            os.write(1, f"{exchange_id}\n".encode())

    await asyncio.gather(*(exchanges() for _ in range(32)))


if __name__ == "__main__":
    asyncio.run(write_under_load(sys.argv[1], Path(sys.argv[2])))
