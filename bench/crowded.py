"""What do calls notice of a hundred thousand agreements, ten million records, and of people who read meanwhile?

    python -m bench.crowded sqlite
    python -m bench.crowded postgresql

Makes a database, fills it (`bench.agreements`), measures policy and pages, then loads two gateways in turn: one that
knows the benchmark's agreement alone, and one on the full database, with and without readers. Prints Markdown for
docs/performance.md.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import httpx2

from bench import agreements
from bench.run import gateway, measure, started
from gateway import migrations
from gateway.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))  # the benchmark's parts are scripts

import doors
import peers
import seed
import servers
from load import Round

ROUNDS, SECONDS, READERS = 5, 8, 4
PAUSE_SECONDS = 1.0


@contextmanager
def reading(base: str, cookie: str) -> Iterator[list[int]]:
    """Let a few people read pages while the block runs, each with a second between; yield how many they got."""
    over, pages = threading.Event(), [0]

    def read(first: int) -> None:
        turn = cycle(agreements.PAGES[first:] + agreements.PAGES[:first])
        with httpx2.Client(base_url=base, cookies={"lienthong": cookie}, timeout=60) as client:
            while not over.wait(PAUSE_SECONDS):
                client.get(next(turn), headers={"accept": "text/html"}).raise_for_status()
                pages[0] += 1

    people = [threading.Thread(target=read, args=(7 * number,)) for number in range(READERS)]
    for person in people:
        person.start()
    try:
        yield pages
    finally:
        over.set()
        for person in people:
            person.join()


def calls(directory: Path, database_urls: Sequence[str], running: ExitStack, settings: Settings) -> str:
    """Return the table of calls: few agreements, many, and many with readers."""
    (directory / "answer.json").write_bytes(seed.provider_answer())
    ports = peers.Ports(*(servers.free_port() for _ in range(4)))
    provider, _ = peers.provider_and_nginx(directory, ports, doors.soap_answer())
    running.enter_context(
        started([peers.NGINX, "-p", str(directory), "-c", str(provider)], directory=directory, name="provider")
    )
    few, many = (
        gateway(name, url, provider=ports.provider, directory=directory, running=running)
        for name, url in zip(("few", "many"), database_urls, strict=True)
    )
    base = many.url.partition("/x/")[0]
    cookie = asyncio.run(agreements.lay_down_session(settings))
    seen: dict[str, list[Round]] = {}
    pages = 0
    for one in (few, many):
        measure(one, seconds=2)
    for _ in range(ROUNDS):
        seen.setdefault("one agreement", []).append(measure(few, seconds=SECONDS))
        seen.setdefault("100,000 agreements, 10 million records", []).append(measure(many, seconds=SECONDS))
        with reading(base, cookie) as read:
            seen.setdefault(f"the same, {READERS} people reading", []).append(measure(many, seconds=SECONDS))
        pages += read[0]
    best = [one.requests_per_second for one in seen["one agreement"]]
    lines = ["| Calls | requests/s, ratio | p50 ms | p99 ms | CPU µs/request |", "|---|---:|---:|---:|---:|"]
    for name, rounds in seen.items():
        ratio = statistics.median(one.requests_per_second / few for one, few in zip(rounds, best, strict=True))
        middle = [statistics.median(getattr(one, what) for one in rounds) for what in ("p50_ms", "p99_ms", "cpu_us")]
        lines.append(f"| {name} | {ratio:.2f} | {middle[0]:.2f} | {middle[1]:.2f} | {middle[2]:.0f} |")
    return "\n".join([*lines, "", f"{pages / (ROUNDS * SECONDS):.1f} pages a second were read."])


def main() -> None:
    """Make, fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--agreements", type=int, default=100_000)
    parser.add_argument("--services", type=int, default=5_000)
    parser.add_argument("--exchanges", type=int, default=5_000_000, help="each has two records")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lienthong-crowded-") as name, ExitStack() as running:
        directory = Path(name)
        directory.chmod(0o755)
        if asked.engine == "postgresql":
            server = servers.PostgresServer()
            running.callback(server.close)
            server.start()
            urls = [server.url("template1"), server.url("postgres")]
        else:
            urls = [f"sqlite:///{directory}/few.db", f"sqlite:///{directory}/many.db"]
        migrations.upgrade(urls[1])
        many = {"many": asked.agreements, "services": asked.services, "exchanges": asked.exchanges}
        asyncio.run(agreements.filled(urls[1], **many))
        settings = agreements.settings_for(urls[1], directory / "keys")
        print(agreements.report(settings), flush=True)
        print(calls(directory, urls, running, settings), flush=True)


if __name__ == "__main__":
    main()
