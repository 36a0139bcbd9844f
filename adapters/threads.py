"""How is a database in this process asked without blocking the loop or outstaying the deadline?"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol, TypeVar

from adapters.errors import ProviderTimedOut

T = TypeVar("T")


class Interruptible(Protocol):
    """A connection whose running statement can be stopped from another thread."""

    def interrupt(self) -> None:
        """Stop the running statement; nothing happens when there is none."""
        ...


class Interruption:
    """Stops a statement from another thread, and only while it is this call's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Interruptible | None = None
        self.asked = False

    def begin(self, connection: Interruptible) -> bool:
        """Say that `connection` now works for this call. Returns False when it must not begin any more."""
        with self._lock:
            if not self.asked:
                self._running = connection
            return not self.asked

    def end(self) -> None:
        """Say that the connection works for others again."""
        with self._lock:
            self._running = None

    def interrupt(self) -> None:
        """Stop what runs, and what has not begun."""
        with self._lock:
            self.asked = True
            if self._running is not None:
                self._running.interrupt()


async def run_until(deadline: float, executor: Executor, work: Callable[[Interruption], T]) -> T:
    """Return what `work` returns in a thread. Raises `ProviderTimedOut` at `deadline` (`loop.time()` seconds)."""
    loop = asyncio.get_running_loop()
    interruption = Interruption()
    future = loop.run_in_executor(executor, work, interruption)
    try:
        await asyncio.wait((future,), timeout=max(deadline - loop.time(), 0.0))
        if not future.done():
            raise ProviderTimedOut("the database did not answer before the deadline")
        return future.result()
    finally:
        if not future.done():
            interruption.interrupt()
            future.add_done_callback(_forget)


def _forget(future: "asyncio.Future[T]") -> None:
    """Take the outcome of work that nobody waits for any more, so that it is not reported as lost."""
    if not future.cancelled():
        future.exception()
