"""How soon after its release is an exchange proven by a signed checkpoint, at a thousand exchanges a second?

    python -m bench.provable sqlite|postgresql [--rate 1000] [--seconds 60]

A gateway, its worker and a provider on this machine; callers that keep to the rate whatever the gateway does. When an
exchange was released is when its OUTCOME was recorded; it is provable when the log's head says that a checkpoint over
it was signed, looked at every 20 ms. Prints a line for docs/log.md.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from bench.run import gateway, started
from gateway.db import Database

sys.path.insert(0, str(Path(__file__).parent))  # the benchmark's parts are scripts

import doors
import peers
import seed
import servers

CONNECTIONS, LOOK_SECONDS, PATIENCE_SECONDS = 64, 0.02, 60.0
_SIGNED = sa.text("SELECT max(signed_size) FROM log_heads")
_PLACES = sa.text("""
SELECT g.first_index + r.seq - g.first_seq, r.at_us FROM log_runs g
JOIN record r ON r.stream = g.stream AND r.seq >= g.first_seq AND r.seq < g.first_seq + g.length
WHERE r.kind = 'OUTCOME' AND r.at_us >= :since""")
_LAST = sa.text("SELECT sum(last_seq) FROM record_streams")


async def call(url: str, token: str, *, rate: int, seconds: int) -> int:
    """Call at a steady rate on a few connections; return how many calls were answered with 200."""
    parts, begins, answered = urlsplit(url), time.monotonic() + 0.5, 0
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    async def keep_calling(number: int) -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for turn in range(number, rate * seconds, CONNECTIONS):
            await asyncio.sleep(begins + turn / rate - time.monotonic())
            writer.write(head)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(told.partition(b"content-length:")[2].split(b"\r\n")[0]))
            answered += told.startswith(b"http/1.1 200")
        writer.close()

    await asyncio.gather(*(keep_calling(number) for number in range(CONNECTIONS)))
    return answered


async def watch(database: Database, seen: list[tuple[int, int]]) -> None:
    """Note at which moment (µs since 1970) which size of the log was signed, until cancelled."""
    while True:
        async with database.reading() as session:
            size = int(await (await session.connection()).scalar(_SIGNED) or 0)
        if not seen or seen[-1][0] != size:
            seen.append((size, time.time_ns() // 1000))
        await asyncio.sleep(LOOK_SECONDS)


async def measure(url: str, database_url: str, token: str, *, rate: int, seconds: int) -> str:
    """Return what was seen, in a line."""
    database = Database.open(database_url)
    seen: list[tuple[int, int]] = []
    watching = asyncio.create_task(watch(database, seen))
    since = time.time_ns() // 1000
    answered = await call(url, token, rate=rate, seconds=seconds)
    took = (time.time_ns() // 1000 - since) / 1e6 - 0.5
    async with database.reading() as session:
        last = int(await (await session.connection()).scalar(_LAST) or 0)
    ends = time.monotonic() + PATIENCE_SECONDS
    while seen[-1][0] < last and time.monotonic() < ends:
        await asyncio.sleep(LOOK_SECONDS)
    watching.cancel()
    async with database.reading() as session:
        places = (await (await session.connection()).execute(_PLACES, {"since": since})).all()
    await database.close()
    sizes = [size for size, _ in seen]
    waits = sorted(seen[bisect_right(sizes, index)][1] - at_us for index, at_us in places if index < sizes[-1])
    assert len(waits) == len(places), f"{len(places) - len(waits)} records were not proven in time"
    return (
        f"{answered:,} answered, {answered / took:,.0f} a second; provable after {at(waits, 50):.2f} s (median), "
        f"{at(waits, 99):.2f} s (99 %), {waits[-1] / 1e6:.2f} s (the last)"
    )


def at(waits: Sequence[int], share: int) -> float:
    """Return below which time, in seconds, so many percent of the waits are."""
    return waits[min(len(waits) - 1, len(waits) * share // 100)] / 1e6


def main() -> None:
    """Start everything, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lienthong-provable-") as name, ExitStack() as running:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "answer.json").write_bytes(seed.provider_answer())
        database_url = f"sqlite:///{directory}/all.db"
        if asked.engine == "postgresql":
            server = servers.PostgresServer()
            running.callback(server.close)
            server.start()
            database_url = server.url("postgres")
        ports = peers.Ports(*(servers.free_port() for _ in range(4)))
        provider, _ = peers.provider_and_nginx(directory, ports, doors.soap_answer())
        nginx = [peers.NGINX, "-p", str(directory), "-c", str(provider)]
        running.enter_context(started(nginx, directory=directory, name="provider"))
        one = gateway("gateway", database_url, provider=ports.provider, directory=directory, running=running)
        own = directory / "gateway"
        environment = {
            "LIENTHONG_DATABASE_URL": database_url,
            "LIENTHONG_VAR_DIR": str(own / "var"),
            "LIENTHONG_KEYS_DIR": str(own / "keys"),
            "LIENTHONG_LOG_LEVEL": "warning",
        }
        worker = [str(Path(sys.executable).parent / "lienthong"), "worker"]
        running.enter_context(started(worker, directory=own, name="worker", environment=environment))
        time.sleep(5)
        measured = asyncio.run(measure(one.url, database_url, one.token(), rate=asked.rate, seconds=asked.seconds))
        print(f"{asked.engine}, {os.cpu_count()} cores for all: {measured}")


if __name__ == "__main__":
    main()
