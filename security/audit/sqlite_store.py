"""How does a batch of records become durable in SQLite?

Standard library driver, WAL, `synchronous=FULL`: a commit has reached the disk when it returns. One thread does the
blocking calls; everything else, hashing included, happens on the loop's thread (fewer hand-offs of the interpreter
lock). Times in `record_streams` are of this machine's clock.
"""

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from security.audit.encode import Row
from security.audit.streams import Batch, Fenced, Opening, PreviousStream, StoreFailed, StreamRole

Result = TypeVar("Result")

# Rows per INSERT: each statement executed is a hand-off of the interpreter lock, each parameter costs nothing.
_ROWS_PER_INSERT = 64
_COLUMNS = 10
_BUSY_TIMEOUT_SECONDS = 5.0

_TOUCH = """
UPDATE record_streams SET last_seq = ?, last_leaf = ?, settled_seq = ?, beat_at = ?
WHERE stream = ? AND closed_at IS NULL AND last_seq = ?"""
_INSERT = "INSERT INTO record (stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf)"
_OPEN = """
INSERT INTO record_streams
  (stream, node, role, life, opened_at, beat_at, last_seq, last_leaf, settled_seq, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')"""
_PREVIOUS = "SELECT stream, last_seq, last_leaf FROM record_streams WHERE stream = ?"
_LATEST_OF_NODE = """
SELECT stream, last_seq, last_leaf FROM record_streams
WHERE node = ? AND role = 'writer' AND closed_at IS NOT NULL ORDER BY opened_at DESC LIMIT 1"""


class SqliteStore:
    """A RecordStore in the SQLite file at `path`. `reserve_bytes` of its file system are kept free of new work."""

    def __init__(self, path: Path, *, reserve_bytes: int) -> None:
        self._path = path
        self._reserve_bytes = reserve_bytes
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    async def connect(self) -> None:
        """Open the file. Raises StoreFailed."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="record-sqlite", daemon=True)
            self._thread.start()
        await self._in_thread(self._connect)

    async def disconnect(self) -> None:
        """Close the file and end the thread."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._work.put(self._close)
        self._work.put(None)
        await asyncio.to_thread(thread.join)

    async def open_stream(
        self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str
    ) -> Opening:
        """See RecordStore."""
        return await self._in_thread(lambda: self._open_stream(previous, build, node=node))

    async def commit(self, batch: Batch) -> int:
        """See RecordStore."""
        return await self._in_thread(lambda: self._commit(batch))

    async def close_stream(self, batch: Batch, *, life: str, all_settled: bool) -> None:
        """See RecordStore."""
        await self._in_thread(lambda: self._close_stream(batch, life=life, all_settled=all_settled))

    def has_room(self) -> bool:
        """Return whether the file system still has its reserve free; False when it cannot be asked."""
        try:
            free = os.statvfs(self._path.parent)
        except OSError:
            return False
        return free.f_bavail * free.f_frsize > self._reserve_bytes

    # --- the thread ----------------------------------------------------------------------------------------

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
                result = work()
            except (StoreFailed, Fenced) as error:
                _call_back(loop, fail, error)
            except (sqlite3.Error, OSError) as error:
                failed = StoreFailed(f"SQLite: {error}")
                failed.__cause__ = error
                _call_back(loop, fail, failed)
            else:
                _call_back(loop, answer, result)

        self._work.put(carry_out)
        return future

    # --- blocking work, in the thread ------------------------------------------------------------------------

    def _connect(self) -> None:
        self._close()
        self._connection = connect(self._path)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreFailed("SQLite: not connected")
        return self._connection

    def _open_stream(self, previous: str, build: Callable[[PreviousStream | None], Opening], *, node: str) -> Opening:
        with transaction(self._connected()) as connection:
            fate = _close_previous(connection, previous, node)
            opening = build(fate)
            insert_stream(connection, opening, role=StreamRole.WRITER)
            insert_rows(connection, opening.batch.rows)
            return opening

    def _commit(self, batch: Batch) -> int:
        with transaction(self._connected()) as connection:
            _write(connection, batch)
            revision = connection.execute("SELECT revision FROM policy_revision WHERE id = 1").fetchone()
            if revision is None:
                raise StoreFailed("SQLite: there is no policy revision")
            return int(revision[0])

    def _close_stream(self, batch: Batch, *, life: str, all_settled: bool) -> None:
        with transaction(self._connected()) as connection:
            _write(connection, batch)
            now = now_us()
            connection.execute(
                "UPDATE record_streams SET closed_at = ?, reason = 'closed' WHERE stream = ?", (now, batch.stream)
            )
            if all_settled:
                connection.execute(
                    "UPDATE record_streams SET settled_at = ? WHERE life = ? AND settled_at IS NULL", (now, life)
                )


# --- statements that recovery uses too ---------------------------------------------------------------------


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection on which a commit is durable when it returns; transactions are begun by `transaction`.

    Raises sqlite3.Error. Any thread may use it, one at a time.
    """
    # mode=rw: a database that is not there is an error to report, not a file to make.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """`BEGIN IMMEDIATE`, then COMMIT at the end of the block, or ROLLBACK when it or the commit raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        # SQLite rolls back by itself after some errors (a full disk), not after others.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def insert_stream(connection: sqlite3.Connection, opening: Opening, *, role: StreamRole) -> None:
    """Add the stream's row, standing at its first batch's end. Raises sqlite3.Error."""
    batch, now = opening.batch, now_us()
    places = (opening.stream, opening.node, role.value, opening.life, opening.opened_at_us, now)
    connection.execute(_OPEN, (*places, batch.last_seq, batch.last_leaf, batch.settled_seq))


def insert_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add records. Raises sqlite3.Error."""
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        part = rows[start : start + _ROWS_PER_INSERT]
        values: list[str | int | bytes] = []
        for row in part:
            values += (
                row.stream, row.seq, row.at_us, row.kind, row.exchange_id,
                row.agency, row.system, row.grant_key, row.body, row.leaf,
            )  # fmt: skip
        connection.execute(_insert(len(part)), values)


def now_us() -> int:
    """Return this machine's clock in microseconds since 1970."""
    return time.time_ns() // 1000


@lru_cache(maxsize=_ROWS_PER_INSERT)
def _insert(rows: int) -> str:
    values = ", ".join([f"({', '.join('?' * _COLUMNS)})"] * rows)
    return f"{_INSERT} VALUES {values}"


def _write(connection: sqlite3.Connection, batch: Batch) -> None:
    place = (batch.last_seq, batch.last_leaf, batch.settled_seq, now_us(), batch.stream, batch.first_seq - 1)
    if connection.execute(_TOUCH, place).rowcount != 1:
        raise Fenced(batch.stream)
    insert_rows(connection, batch.rows)


def _close_previous(connection: sqlite3.Connection, previous: str, node: str) -> PreviousStream | None:
    if previous:
        closed = connection.execute(
            "UPDATE record_streams SET closed_at = ?, reason = 'failed' WHERE stream = ? AND closed_at IS NULL",
            (now_us(), previous),
        ).rowcount
        row = connection.execute(_PREVIOUS, (previous,)).fetchone()
    else:
        closed = 0
        row = connection.execute(_LATEST_OF_NODE, (node,)).fetchone()
    return PreviousStream(row[0], row[1], row[2], closed_by_us=closed == 1) if row else None


Argument = TypeVar("Argument")


def _call_back(loop: asyncio.AbstractEventLoop, call: Callable[[Argument], None], argument: Argument) -> None:
    # A loop that was closed while we were writing has nobody left to tell.
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, argument)
