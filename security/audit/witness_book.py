"""What has this witness signed, of which log?

A SQLite file of its own, nothing of the platform's: one row a log. Looking at what was signed before and keeping what
is signed now are one transaction, so that of two requests at once only one can be the next.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from security.audit.notes import Checkpoint
from security.audit.sqlite_file import transaction
from security.audit.witness import Remembered

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS witnessed (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, checkpoint TEXT NOT NULL
) STRICT, WITHOUT ROWID"""
_SEEN: Final = "SELECT size, root FROM witnessed WHERE origin = ?"
_KEEP: Final = """
INSERT INTO witnessed (origin, size, root, checkpoint) VALUES (?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint"""
_BUSY_SECONDS: Final = 10.0


class WitnessBook:
    """The file. Every method blocks, opens a connection of its own, and may run in any thread."""

    def __init__(self, path: Path) -> None:
        """Make the file when it is not there. Raises sqlite3.Error, OSError."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)

    def sign_next(self, origin: str, judge: Callable[[Remembered | None], Checkpoint], *, written: str) -> Checkpoint:
        """Return what `judge` returns of what was signed before, once that is durable; `written` is the whole note.

        Raises what `judge` raises, and then keeps nothing; sqlite3.Error.
        """
        with closing(self._connect()) as connection, transaction(connection):
            row = connection.execute(_SEEN, (origin,)).fetchone()
            checkpoint = judge(None if row is None else Remembered(int(row[0]), bytes(row[1])))
            connection.execute(_KEEP, (origin, checkpoint.size, checkpoint.root, written))
        return checkpoint

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection
