"""How do several processes live and end as one?

All end when one does, when the parent is told to stop, and when the parent is killed: the kernel then sends them
SIGTERM (prctl(2), PR_SET_PDEATHSIG), so that none is left behind.
"""

import asyncio
import ctypes
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class Company:
    """Processes that were started together."""

    def __init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._told = asyncio.Event()

    async def start(self, commands: Sequence[Command]) -> None:
        """Start the processes, and stop at SIGINT and SIGTERM from now on. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self._told.set)
        libc = ctypes.CDLL(None, use_errno=True)
        parent = os.getpid()
        for command in commands:
            self._processes[command.name] = await asyncio.create_subprocess_exec(
                *command.arguments,
                env=dict(command.environment),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C at the terminal reaches the parent only, which passes it on once
                preexec_fn=lambda: _die_with(libc, parent),
            )

    def dead(self) -> str:
        """Return the name of a process that has ended, or an empty string."""
        return next((name for name, one in self._processes.items() if one.returncode is not None), "")

    @property
    def told_to_stop(self) -> bool:
        """Whether SIGINT or SIGTERM came."""
        return self._told.is_set()

    async def wait(self) -> str:
        """Return when told to stop (an empty string), or when a process has ended by itself (its name)."""
        told = asyncio.create_task(self._told.wait())
        ended = {asyncio.create_task(one.wait()): name for name, one in self._processes.items()}
        done, pending = await asyncio.wait((told, *ended), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return next((ended[task] for task in done if task is not told), "") if told not in done else ""

    async def stop(self) -> None:
        """End all processes: the last started first, gently, and by force after forty seconds."""
        for one in reversed(self._processes.values()):
            if one.returncode is None:
                with suppress(ProcessLookupError):
                    one.terminate()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await asyncio.gather(*(one.wait() for one in self._processes.values()))
        except TimeoutError:
            for one in self._processes.values():
                if one.returncode is None:
                    with suppress(ProcessLookupError):
                        one.kill()
            await asyncio.gather(*(one.wait() for one in self._processes.values()))


def _die_with(libc: ctypes.CDLL, parent: int) -> None:
    """Runs in the child before the program: end when the parent does, also if that has happened already."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
