"""In which order do the records of an export stand, when there are more of them than fit in memory?

They are found exchange by exchange and leave in the order of the log: a file beside the export sorts them. It is
removed when the export is made; one that a worker left behind is begun again.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from security.audit.exporting import Extract

_TABLE = """
CREATE TABLE records (waits INTEGER, log TEXT, place INTEGER, stream TEXT, seq INTEGER, at_us INTEGER, kind TEXT,
exchange_id TEXT, agency TEXT, system TEXT, leaf BLOB, body BLOB,
PRIMARY KEY (waits, log, place, stream, seq)) WITHOUT ROWID"""
_ADD = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SORTED = """
SELECT log, place, stream, seq, at_us, kind, exchange_id, agency, system, leaf, body FROM records
ORDER BY waits, log, place, stream, seq"""
_COUNTS = "SELECT log, min(place), max(place), count(*) FROM records WHERE waits = 0 GROUP BY log ORDER BY log"


class Scratch:
    """A file that sorts. All of it blocks: call it in a thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Begin an empty one at `path`."""
        path.unlink(missing_ok=True)
        self._path = path
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA cache_size = -20000",
            _TABLE,
        ):
            self._connection.execute(statement)
        self.records = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove it."""
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def add(self, found: Sequence[Extract]) -> None:
        """Keep records; one that is there already is not kept twice."""
        self._connection.execute("BEGIN")
        before = self._connection.total_changes
        self._connection.executemany(
            _ADD,
            [
                (
                    int(one.index < 0),
                    one.log,
                    one.index,
                    one.stream,
                    one.seq,
                    one.at_us,
                    one.kind,
                    one.exchange_id,
                    one.agency,
                    one.system,
                    one.leaf,
                    one.body,
                )
                for one in found
            ],
        )
        self.records += self._connection.total_changes - before
        self._connection.execute("COMMIT")

    def ranges(self) -> dict[str, tuple[int, int, int]]:
        """Return of each log the first and the last leaf, and how many records are of it."""
        return {log: (first, last, count) for log, first, last, count in self._connection.execute(_COUNTS)}

    def batches(self, size: int) -> Iterator[list[Extract]]:
        """Return the records in the order of the log, those that wait at the end, no batch with two logs in it."""
        batch: list[Extract] = []
        for row in self._connection.execute(_SORTED):
            one = Extract(*row)
            if batch and (len(batch) == size or batch[-1].log != one.log):
                yield batch
                batch = []
            batch.append(one)
        if batch:
            yield batch
