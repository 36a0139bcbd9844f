"""Which exchanges take longer than they may?

`asyncio.timeout` makes and cancels a timer for each; here one timer looks after all, ten times a second.
"""

import asyncio
import time

_LOOK_EVERY_SECONDS = 0.1


class Patience:
    """Cancels tasks that outstay their time. Tasks MUST be begun in the order in which their time ends."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._until: dict[asyncio.Task[object], float] = {}
        self._lost: set[asyncio.Task[object]] = set()
        self._watching = False
        # Asked for once: Python 3.11 asks the kernel for the process's number each time somebody asks for the loop.
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, until: float) -> asyncio.Task[object]:
        """Return the running task, which is cancelled soon after `until` (`time.monotonic()` seconds)."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("patience is for tasks")
        self._until[task] = until
        if not self._watching:
            self._watching = True
            self._loop.call_later(_LOOK_EVERY_SECONDS, self._look)
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        """Stop watching `task`."""
        self._until.pop(task, None)

    def is_lost(self, task: asyncio.Task[object]) -> bool:
        """Tell, once, whether it was this that cancelled `task`; then the cancellation is taken back."""
        if task not in self._lost:
            return False
        self._lost.discard(task)
        task.uncancel()
        return True

    def _look(self) -> None:
        now = time.monotonic()
        while self._until:
            task, until = next(iter(self._until.items()))
            if until > now:
                break
            del self._until[task]
            self._lost.add(task)
            task.cancel()
        self._watching = bool(self._until)
        if self._watching and self._loop is not None:
            self._loop.call_later(_LOOK_EVERY_SECONDS, self._look)
