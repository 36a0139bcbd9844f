"""Which snapshot is in force on this node, and is it still the newest?"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.errors import PolicyUnavailable
from gateway.snapshot import Snapshot
from gateway.telemetry import Logger


class PolicyInForce(Protocol):
    """What an exchange asks of the policy: the node's `PolicyHolder`, or what one tried call is shown of it."""

    @property
    def current(self) -> Snapshot:
        """The snapshot held. Raises PolicyUnavailable before the first was read."""
        ...

    async def at_least(self, revision: int) -> Snapshot:
        """Return a snapshot of this revision or a newer one. Raises PolicyUnavailable."""
        ...


class PolicyHolder:
    """Holds the newest snapshot that this node has read, and renews it.

    `read_revision` and `read_snapshot` go to the database and raise PolicyUnavailable when it does not answer;
    `read_snapshot` is given the snapshot held, to take over what has not changed.
    """

    def __init__(
        self,
        *,
        read_revision: Callable[[], Awaitable[int]],
        read_snapshot: Callable[[Snapshot | None], Awaitable[Snapshot]],
        log: Logger,
    ) -> None:
        """Hold nothing yet: `renew` before the first call."""
        self._read_revision = read_revision
        self._read_snapshot = read_snapshot
        self._log = log
        self._held: Snapshot | None = None
        self._renewing: asyncio.Lock = asyncio.Lock()

    @property
    def current(self) -> Snapshot:
        """Return the snapshot held. Raises PolicyUnavailable before the first was read."""
        if self._held is None:
            raise PolicyUnavailable
        return self._held

    @property
    def is_ready(self) -> bool:
        """Tell whether there is a snapshot to decide on."""
        return self._held is not None

    async def at_least(self, revision: int) -> Snapshot:
        """Return a snapshot of this revision or a newer one, reading it where needed.

        Readers that come together share one read.
        """
        if self._held is not None and self._held.revision >= revision:
            return self._held
        async with self._renewing:
            if self._held is None or self._held.revision < revision:
                self._held = await self._read_snapshot(self._held)
            return self._held

    async def refresh(self) -> Snapshot:
        """Return the newest snapshot, after asking the database for its revision. Raises PolicyUnavailable."""
        return await self.at_least(await self._read_revision())

    async def watch(self, interval_seconds: float) -> None:
        """Poll the revision for ever, and renew when it has moved.

        A database that does not answer is logged once and polled on.
        """
        unreachable = False
        while True:
            await asyncio.sleep(interval_seconds)
            try:
                await self.refresh()
            except PolicyUnavailable as error:
                if not unreachable:
                    self._log.warning("policy.unreadable", error=str(error))
                unreachable = True
            else:
                unreachable = False
