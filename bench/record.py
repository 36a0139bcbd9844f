"""How many records become durable per second, and how many are verified per second, on this machine?

`python bench/record.py sqlite:///path | postgresql://…` on a migrated database of its own. `LIENTHONG_IN_FLIGHT` says
how many appends wait at once (64).
"""

import asyncio
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from security.audit.postgres_store import PostgresStore
from security.audit.privacy import PseudonymKeys, make_recovery_key, read_recovery_public_key
from security.audit.record import Decision, Entry, Kind, Outcome, What, Who, Whom, Why
from security.audit.sqlite_store import SqliteStore
from security.audit.verify import verify_database
from security.audit.writer import RecordWriter

RECORDS = 40_000


def entry(kind: Kind, exchange_id: str) -> Entry:
    """Return a record of the usual size."""
    return Entry(
        kind,
        exchange_id,
        datetime.now(UTC),
        who=Who(
            client="motcua",
            system="one-stop",
            agency="so-noi-vu",
            token_id="0" * 36,
            key_thumbprint="a" * 43,
            method="private_key_jwt",
            source="127.0.0.1",
            officer="nva",
        ),
        why=Why(
            agreement="TT-01",
            agreement_version=3,
            agreement_digest="ab" * 32,
            purpose="xac-minh-cu-tru",
            legal_basis="278/2025/NĐ-CP",
            case_file="H01-26-0001",
        ),
        what=What(
            database="population",
            service="person",
            version=1,
            operation="get",
            door="rest",
            request_digest="cd" * 32,
            request_bytes=120,
            fields=("name", "born", "address.ward"),
        ),
        whom=Whom(("001099000001",)),
        decision=Decision(allowed=True, policy="17"),
        outcome=Outcome(
            status=200,
            provider_status="200",
            attempts=1,
            response_digest="ef" * 32,
            response_bytes=1024,
            fields_released=("name", "born"),
            fields_withheld=("sex",),
        )
        if kind is Kind.OUTCOME
        else None,
        grant_key="TT-01/person/1/get",
    )


async def fill(url: str, in_flight: int) -> None:
    """Append exchanges and print the rate."""
    directory = Path(tempfile.mkdtemp())
    make_recovery_key(directory / "recovery.key", directory / "recovery.pub")
    store = (
        SqliteStore(Path(url.removeprefix("sqlite:///")), reserve_bytes=0) if "sqlite" in url else PostgresStore(url)
    )
    writer = RecordWriter(
        store,
        node="bench",
        pseudonyms=PseudonymKeys(directory),
        recovery_key=read_recovery_public_key(directory / "recovery.pub"),
        clock=lambda: datetime.now(UTC),
    )
    await writer.start()
    waits: list[float] = []

    async def exchanges(number: int) -> None:
        for turn in range(RECORDS // in_flight // 2):
            exchange_id = f"0193-{number:03}-{turn:08}-{time.time_ns()}"
            for kind in (Kind.INTENT, Kind.OUTCOME):
                begun = time.perf_counter()
                await writer.append(entry(kind, exchange_id))
                waits.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(exchanges(number) for number in range(in_flight)))
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    await writer.close()
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000
    print(
        f"{len(waits) / took:,.0f} records/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms,"
        f" {cpu / len(waits) * 1e6:.0f} us CPU each"
    )


def main() -> None:
    """Write, then verify."""
    url = sys.argv[1]
    sys.setswitchinterval(0.0005)
    asyncio.run(fill(url, int(os.environ.get("LIENTHONG_IN_FLIGHT", "64"))))
    begun = time.perf_counter()
    report = verify_database(url)
    print(f"{report.records / (time.perf_counter() - begun):,.0f} records/s verified, {report.verdict.name}")


if __name__ == "__main__":
    main()
