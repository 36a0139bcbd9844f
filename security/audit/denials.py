"""How can refusals all be recorded without letting anybody fill the disk with them?

The first few identical refusals per second (same source, system and reason) are recorded one by one. Later ones in
the same second share one exchange id, that of the first among them: its record is durable before any of them is
answered. When the second is over, a second DENY record under that id says how many they were, if more than one. So
nobody is given an id that the record does not know, and a kill loses the count only.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from security.audit.record import Decision, Entry, Recording
from security.errors import RecordUnavailable

Sameness: TypeAlias = tuple[str, str, str]
WINDOW_SECONDS = 1.0
_MANY_SOURCES: Sameness = ("many", "", "")


class _Window:
    """One second of identical refusals."""

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.single = 0
        self.first_shared: Entry | None = None
        self.repeated = 0


class DenialWindows:
    """Which refusals are recorded singly, and which are counted? Pure: `now` is monotonic seconds."""

    def __init__(self, *, singly: int, max_kinds: int) -> None:
        self._singly = singly
        self._max_kinds = max_kinds
        self._windows: dict[Sameness, _Window] = {}

    def admit(self, entry: Entry, now: float) -> str:
        """Return "" when `entry` is to be recorded itself, else the exchange id that it shares (it is counted now)."""
        same = sameness(entry)
        window = self._windows.get(same)
        if window is None and len(self._windows) >= self._max_kinds:
            same = _MANY_SOURCES
            window = self._windows.get(same)
        if window is None or (now >= window.ends and window.first_shared is None):
            window = self._windows[same] = _Window(now + WINDOW_SECONDS)
        if window.single < self._singly and now < window.ends:
            window.single += 1
            return ""
        if window.first_shared is None:
            window.first_shared = entry
        window.repeated += 1
        return window.first_shared.exchange_id

    def ended(self, now: float) -> list[Entry]:
        """Return the counted records of the windows that are over, and forget those windows."""
        over = {same: window for same, window in self._windows.items() if now >= window.ends}
        for same in over:
            del self._windows[same]
        return [counted(w.first_shared, w.repeated) for w in over.values() if w.first_shared is not None]

    def forget(self, shared: str) -> None:
        """Forget the window whose shared exchange id this is, because its first refusal could not be recorded."""
        for same, window in list(self._windows.items()):
            if window.first_shared is not None and window.first_shared.exchange_id == shared:
                del self._windows[same]

    def next_end(self) -> float | None:
        """Return when the next window ends, None when there is none."""
        return min((window.ends for window in self._windows.values()), default=None)


def sameness(entry: Entry) -> Sameness:
    """Return what makes refusals identical: source address, system and reason."""
    source, system = (entry.who.source, entry.who.system) if entry.who else ("", "")
    return source, system, entry.decision.reason if entry.decision else ""


def counted(entry: Entry, repeated: int) -> Entry:
    """Return the DENY record that says that there were `repeated` refusals like `entry`, itself among them."""
    decision = entry.decision or Decision(allowed=False)
    return msgspec.structs.replace(entry, decision=msgspec.structs.replace(decision, repeated=repeated))


class Denials:
    """Records refusals through `writer`. `clock` returns monotonic seconds. `close` it before the writer."""

    def __init__(
        self, writer: Recording, *, clock: Callable[[], float], singly: int = 10, max_kinds: int = 10_000
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._windows = DenialWindows(singly=singly, max_kinds=max_kinds)
        self._firsts: dict[str, asyncio.Task[bytes | None]] = {}
        self._unrecorded: list[Entry] = []
        self._ticker: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    async def refuse(self, entry: Entry) -> tuple[str, bytes]:
        """Record a DENY and return the exchange id to answer with, and the record's receipt.

        That is `entry.exchange_id` or the id that many identical refusals of this second share: a DENY under it is
        durable already. A refusal that ends an intent is always recorded itself. Raises RecordUnavailable.
        """
        shared = "" if self._writer.has_open_intent(entry.exchange_id) else self._windows.admit(entry, self._clock())
        if not shared:
            committed = await self._writer.append(entry)
            return entry.exchange_id, committed.receipt
        first = self._firsts.get(shared)
        if first is None:
            # In a task of its own: others wait for it too, and its caller may have to leave.
            first = self._firsts[shared] = asyncio.create_task(self._record_first(entry), name="record-denial")
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick(), name="record-denials")
        receipt = await asyncio.shield(first)
        if receipt is None or not self._writer.ready():
            raise RecordUnavailable("the refusal cannot be recorded")
        return shared, receipt

    async def _record_first(self, entry: Entry) -> bytes | None:
        """Make the record durable that many will share and return its receipt, or forget that they share it: None."""
        try:
            committed = await self._writer.append(entry)
        except RecordUnavailable:
            self._windows.forget(entry.exchange_id)
            self._firsts.pop(entry.exchange_id, None)
            return None
        return committed.receipt

    async def close(self) -> None:
        """Record what has been counted so far. Raises RecordUnavailable when that is not possible."""
        async with self._flushing:
            # Never in the middle of a flush, or its record would be written twice.
            if self._ticker is not None:
                self._ticker.cancel()
        await self._flush(float("inf"))
        if self._unrecorded:
            raise RecordUnavailable("counted refusals could not be recorded")

    async def _tick(self) -> None:
        # Lives only while there is something to count, or something counted that the record has not taken yet.
        while (end := self._windows.next_end()) is not None or self._unrecorded:
            await asyncio.sleep(max(end - self._clock(), 0.01) if end is not None else WINDOW_SECONDS)
            await self._flush(self._clock())

    async def _flush(self, now: float) -> None:
        async with self._flushing:
            for entry in self._windows.ended(now):
                first = self._firsts.pop(entry.exchange_id, None)
                if (
                    first is not None
                    and await first is not None
                    and entry.decision is not None
                    and entry.decision.repeated > 1
                ):
                    self._unrecorded.append(entry)
            while self._unrecorded:
                try:
                    await self._writer.append(self._unrecorded[0])
                except RecordUnavailable:
                    return
                del self._unrecorded[0]
