"""How does a batch of records become durable in a SQLite file?

Standard library driver, WAL, `synchronous=FULL`: a commit has reached the disk when it returns. All of it blocks. Times
in `record_streams` are of this machine's clock. Imports little: a process of its own does this work for a gateway.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path

from msgspec.structs import astuple

from security.audit.rows import Row
from security.audit.streams import Batch, Fenced, Opening, PreviousStream, StoreFailed, StreamRole

# Rows per INSERT: a statement costs more than its parameters do.
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


def commit_batch(connection: sqlite3.Connection, batch: Batch) -> int:
    """Make `batch` durable; return the policy revision that the transaction saw.

    Raises Fenced, StoreFailed, sqlite3.Error.
    """
    with transaction(connection):
        _write(connection, batch)
        revision = connection.execute("SELECT revision FROM policy_revision WHERE id = 1").fetchone()
        if revision is None:
            raise StoreFailed("SQLite: there is no policy revision")
        return int(revision[0])


def close_stream(connection: sqlite3.Connection, batch: Batch, *, life: str, all_settled: bool) -> None:
    """Write the last rows and close the stream. Raises Fenced, sqlite3.Error."""
    with transaction(connection):
        _write(connection, batch)
        now = now_us()
        connection.execute(
            "UPDATE record_streams SET closed_at = ?, reason = 'closed' WHERE stream = ?", (now, batch.stream)
        )
        if all_settled:
            connection.execute(
                "UPDATE record_streams SET settled_at = ? WHERE life = ? AND settled_at IS NULL", (now, life)
            )


def close_previous(connection: sqlite3.Connection, previous: str, node: str) -> PreviousStream | None:
    """Close `previous` (if not empty) and return how it ended; else how the latest closed stream of `node` did.

    Part of the transaction that opens the next stream. Raises sqlite3.Error.
    """
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


def insert_stream(connection: sqlite3.Connection, opening: Opening, *, role: StreamRole) -> None:
    """Add the stream's row, standing at its first batch's end. Raises sqlite3.Error."""
    batch, now = opening.batch, now_us()
    places = (opening.stream, opening.node, role.value, opening.life, opening.opened_at_us, now)
    connection.execute(_OPEN, (*places, batch.last_seq, batch.last_leaf, batch.settled_seq))


def insert_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add records. Raises sqlite3.Error."""
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        part = rows[start : start + _ROWS_PER_INSERT]
        connection.execute(_insert(len(part)), list(chain.from_iterable(map(astuple, part))))


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
