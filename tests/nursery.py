"""How are a hundred processes of the gateway started, when each import of it takes seconds?

As a program this imports the gateway once and forks a child for each order that it reads, a line of JSON each. A child
is a process of its own that runs `lienthong …` with the settings of the order alone; it can be killed like any other.
"""

import functools
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from servers import die_with_parent

ROOT = Path(__file__).parent.parent


class Child:
    """One forked process, with what of `subprocess.Popen` tests use."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return its exit code (negative: the signal that ended it), None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"ended": self.pid})
            if self.returncode is not None:
                os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code when it has ended. Raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            ready = select.select([self._handle], [], [], timeout)
            if not ready[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The program below, and what it is told."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._program = subprocess.Popen(
            [sys.executable, __file__],
            env=plain_environment({"PYTHONPATH": str(ROOT), "COLUMNS": "200"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, words: Sequence[str], *, environment: Mapping[str, str], directory: Path, output: Path) -> Child:
        """Start `lienthong …` in `directory`; what it prints goes to the end of `output`."""
        order = {"words": list(words), "environment": dict(environment), "directory": str(directory.resolve())}
        pid = self.ask(order | {"output": str(output.resolve())})
        assert pid is not None
        return Child(self, pid)

    def ask(self, order: Mapping[str, object]) -> int | None:
        """Return what the program answers."""
        stdin, stdout = self._program.stdin, self._program.stdout
        assert stdin is not None
        assert stdout is not None
        with self._turn:
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.flush()
            answer: int | None = json.loads(stdout.readline())
            return answer


@functools.cache
def nursery() -> Nursery:
    """Return the one of this process of the test run; it ends with us, and its children with it."""
    return Nursery()


def run_command(words: Sequence[str], *, settings: Mapping[str, str], directory: Path) -> tuple[int, str]:
    """Run `lienthong …` in `directory` with these settings alone; return its exit code and all that it printed."""
    with tempfile.NamedTemporaryFile() as printed:
        environment, output = plain_environment(settings), Path(printed.name)
        code = nursery().start(words, environment=environment, directory=directory, output=output).wait()
        return code, output.read_text()


def plain_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these settings and none of Liên Thông besides."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIENTHONG_")} | dict(settings)


def main() -> None:
    """Fork a child for each order, and tell of each that is asked for whether it has ended."""
    for needed in ("gateway.app", "gateway.worker", "gateway.migrations", "security.ratelimit_shared"):
        importlib.import_module(needed)  # a command loads them when it runs: here once for all children
    from gateway.cli import app

    # What is here lives as long as we do: no child has to walk it, and with that to copy it.
    gc.collect()
    gc.freeze()
    end_with_us = die_with_parent(signal.SIGKILL)
    for line in sys.stdin:
        order, answer = json.loads(line), None
        if "ended" in order:
            pid, status = os.waitpid(order["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif (answer := os.fork()) == 0:
            end_with_us()
            os.chdir(order["directory"])
            os.environ.clear()
            os.environ.update(order["environment"])
            with Path(os.devnull).open("rb") as nothing, Path(order["output"]).open("ab") as output:
                os.dup2(nothing.fileno(), 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            if "LIENTHONG_TEST_FELL" in os.environ:  # what an interpreter does when it starts, a child must do itself
                importlib.import_module("felled_here.sitecustomize")
            carry_out(app, order["words"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    gc.unfreeze()  # libraries that look at our end for what was not given back find it all, and say nothing


def carry_out(app: Callable[..., object], words: Sequence[str]) -> None:
    """Run a command and end with its exit code; what all children share is not taken down by each."""
    try:
        app(words, prog_name="lienthong")
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))


if __name__ == "__main__":
    main()
