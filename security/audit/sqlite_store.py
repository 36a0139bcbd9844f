"""How does a writer have its batches made durable in SQLite, while it goes on?

A thread does what blocks (`security.audit.sqlite_file`); everything else, hashing included, happens on the loop's
thread: fewer hand-offs of the interpreter lock. A process that does nothing but write waits itself, and hands nothing
off: what comes meanwhile waits in its socket and makes the next batch.
"""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from security.audit import sqlite_file
from security.audit.streams import Batch, Fenced, Opening, PreviousStream, StoreFailed, StreamRole

Result = TypeVar("Result")


class SqliteStore:
    """A RecordStore in the SQLite file at `path`. `reserve_bytes` of its file system are kept free of new work.

    With `blocking` each transaction blocks the loop that asks for it, instead of a thread.
    """

    def __init__(self, path: Path, *, reserve_bytes: int, blocking: bool = False) -> None:
        self._path = path
        self._reserve_bytes = reserve_bytes
        self._blocking = blocking
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    async def connect(self) -> None:
        """Open the file. Raises StoreFailed."""
        if self._thread is None and not self._blocking:
            self._thread = threading.Thread(target=self._serve, name="record-sqlite", daemon=True)
            self._thread.start()
        await self._carry_out(self._connect)

    async def disconnect(self) -> None:
        """Close the file and end the thread."""
        if self._thread is None:
            self._close()
            return
        thread, self._thread = self._thread, None
        self._work.put(self._close)
        self._work.put(None)
        await asyncio.to_thread(thread.join)

    async def open_stream(
        self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str
    ) -> Opening:
        """See RecordStore."""
        return await self._carry_out(lambda: self._open_stream(previous, build, node=node))

    async def commit(self, batch: Batch) -> int:
        """See RecordStore."""
        return await self._carry_out(lambda: sqlite_file.commit_batch(self._connected(), batch))

    async def close_stream(self, batch: Batch, *, life: str, all_settled: bool) -> None:
        """See RecordStore."""
        await self._carry_out(
            lambda: sqlite_file.close_stream(self._connected(), batch, life=life, all_settled=all_settled)
        )

    def has_room(self) -> bool:
        """Return whether the file system still has its reserve free; False when it cannot be asked."""
        try:
            free = os.statvfs(self._path.parent)
        except OSError:
            return False
        return free.f_bavail * free.f_frsize > self._reserve_bytes

    # --- the thread ----------------------------------------------------------------------------------------

    async def _carry_out(self, work: Callable[[], Result]) -> Result:
        return _translated(work) if self._blocking else await self._in_thread(work)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _in_thread(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def answer(result: Result) -> None:
            if not future.done():
                future.set_result(result)

        def fail(error: StoreFailed | Fenced) -> None:
            if not future.done():
                future.set_exception(error)

        def carry_out() -> None:
            try:
                result = _translated(work)
            except (StoreFailed, Fenced) as error:
                _call_back(loop, fail, error)
            else:
                _call_back(loop, answer, result)

        self._work.put(carry_out)
        return future

    # --- blocking work, usually in the thread ------------------------------------------------------------------------

    def _connect(self) -> None:
        self._close()
        self._connection = sqlite_file.connect(self._path)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreFailed("SQLite: not connected")
        return self._connection

    def _open_stream(self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str) -> Opening:
        with sqlite_file.transaction(self._connected()) as connection:
            opening = build(sqlite_file.close_previous(connection, previous, node))
            sqlite_file.insert_stream(connection, opening, role=StreamRole.WRITER)
            sqlite_file.insert_rows(connection, opening.batch.rows)
            return opening


def _translated(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed(f"SQLite: {error}") from error


Argument = TypeVar("Argument")


def _call_back(loop: asyncio.AbstractEventLoop, call: Callable[[Argument], None], argument: Argument) -> None:
    # A loop that was closed while we were writing has nobody left to tell.
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, argument)
