"""What does a store of records promise to the writer?

A store has one connection. Every method is one durable transaction, or raises StoreFailed (nobody knows whether it
happened) or Fenced (it did not happen, and the stream is not ours any more).
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from security.audit.rows import Row


class StoreFailed(Exception):
    """The store did not confirm: it may have done what was asked, or not."""


class Fenced(Exception):
    """The stream was closed by another node's recovery: nothing was written, and nothing may be any more."""


class StreamRole(StrEnum):
    """What a stream is for: the records of a writing process, or those that recovery makes for dead ones."""

    WRITER = "writer"
    RECOVERY = "recovery"


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one stream with dense numbers, after which the stream's intents up to `settled_seq` all have an end."""

    stream: str
    first_seq: int
    last_seq: int
    last_leaf: bytes
    settled_seq: int
    rows: Sequence[Row]


class Opening(msgspec.Struct, frozen=True, array_like=True):
    """A stream to open: its first rows (OPEN, and what goes with it) and who writes it. `life` is one process."""

    stream: str
    node: str
    life: str
    opened_at_us: int
    batch: Batch


class PreviousStream(msgspec.Struct, frozen=True, array_like=True):
    """How another stream ended. `closed_by_us` is false when a recovery had closed it before we could."""

    stream: str
    last_seq: int
    last_leaf: bytes
    closed_by_us: bool


class RecordStore(Protocol):
    """The durable side of a writer. One coroutine at a time uses it; `disconnect` may come at any time.

    An implementation MUST make `commit` one transaction that also moves the stream's row on, and MUST raise Fenced
    when that row is closed or does not stand at `batch.first_seq - 1`. It MUST raise StoreFailed for everything else.
    """

    async def connect(self) -> None:
        """Open a new connection, after `disconnect` if there was one before. Raises StoreFailed."""

    async def disconnect(self) -> None:
        """Close the connection, whatever state it is in. Raises nothing."""

    async def open_stream(
        self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str
    ) -> Opening:
        """Close `previous` (if not empty), then open what `build` makes of how it ended, in one transaction.

        `build` is given this writer's previous stream, or for its first one the latest closed stream of `node`, or
        None; it may run in another thread. Returns what it built. Raises StoreFailed.
        """

    async def commit(self, batch: Batch) -> int:
        """Make `batch` durable and return the policy revision that its transaction saw. Raises StoreFailed, Fenced.

        A batch without rows is a beat: only the stream's row is touched.
        """

    async def close_stream(self, batch: Batch, *, life: str, all_settled: bool) -> None:
        """Write the last rows and close the stream. With `all_settled` recovery need not look at this life's streams.

        Raises StoreFailed, Fenced.
        """

    def has_room(self) -> bool:
        """Return whether new work may be written without touching the reserve of disk space."""
