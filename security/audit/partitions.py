"""In which table of its own does a stretch of time of the record stand, on PostgreSQL?

`record` is divided by time into tables whose names say what they hold: `record_2027_01` one month (UTC),
`record_before_2027_01` everything before it, from a time in which nothing was divided, and `record_default` whatever
has no other table. A backup knows the tables by these names alone, and so makes them anew.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from security.audit.encode import microseconds
from security.audit.retention import later

DEFAULT: Final = "record_default"
LIST: Final = """
SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'record'::regclass ORDER BY 1"""
_NAME: Final = re.compile(r"record_(?P<before>before_)?(?P<year>\d{4})_(?P<month>0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Partition:
    """A table of the record, and its time in microseconds since 1970: from the first (None: from ever) to the end."""

    table: str
    first_us: int | None
    end_us: int

    def covers(self, at_us: int) -> bool:
        """Tell whether what was recorded then stands in this table."""
        return (self.first_us is None or self.first_us <= at_us) and at_us < self.end_us

    def attached(self) -> str:
        """Return the statement that makes the table, which must be there, this part of the record."""
        first = "MINVALUE" if self.first_us is None else str(self.first_us)
        return f"ALTER TABLE record ATTACH PARTITION {self.table} FOR VALUES FROM ({first}) TO ({self.end_us})"


def month_of(moment: datetime) -> Partition:
    """Return the table of the month of this moment."""
    begins = later(moment, 0)
    return Partition(f"record_{begins:%Y_%m}", microseconds(begins), microseconds(later(begins, 1)))


def all_before(moment: datetime) -> Partition:
    """Return the table of everything before the month of this moment."""
    begins = later(moment, 0)
    return Partition(f"record_before_{begins:%Y_%m}", None, microseconds(begins))


def read_partition(table: str) -> Partition | None:
    """Return what a table of this name holds; None: it is `record_default`, or no table of the record."""
    found = _NAME.fullmatch(table)
    if found is None:
        return None
    begins = datetime(int(found["year"]), int(found["month"]), 1, tzinfo=UTC)
    return all_before(begins) if found["before"] else month_of(begins)


def created(table: str) -> str:
    """Return the statement that makes a table like the record, and no part of it yet.

    Attached, it gets the indexes of the record; what is one of each part alone is the key.
    """
    return f"CREATE TABLE {table} (LIKE record, PRIMARY KEY (stream, seq))"
