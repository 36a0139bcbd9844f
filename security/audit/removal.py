"""Which stretch of a log stands in a file of the archive only, and by whose word?

A removal is a signed statement (C2SP signed-note, by the key of the log): the stretch, the file's digest, the record
(ERASE) that says who asked for it, and which exchanges have their other half elsewhere. The hash tiles stay: what was
removed is known by its leaf hashes for ever, so nothing can be passed off as removed that was not signed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.checkpoints import LogKey
from security.audit.encode import microseconds
from security.audit.following import Followed
from security.audit.index import exchanges
from security.audit.marks import marks, marks_of
from security.audit.notes import sign_note

FORMAT: Final = "lienthong-removal-1"
"""The first line of a statement. No size can stand in its second, so that it is never taken for a checkpoint."""

removals = sa.Table(
    "record_removals",
    sa.MetaData(),
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("first_index", sa.BigInteger, primary_key=True),
    sa.Column("end_index", sa.BigInteger, nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("first_us", sa.BigInteger, nullable=False),
    sa.Column("last_us", sa.BigInteger, nullable=False),
    sa.Column("statement", sa.Text, nullable=False),
    sa.Column("begun_at_us", sa.BigInteger, nullable=False),
    sa.Column("done_at_us", sa.BigInteger, nullable=False),
)
_PARTS = sa.text("""
SELECT stream, min(first_seq + CASE WHEN first_index < :begin THEN :begin - first_index ELSE 0 END),
  max(first_seq - 1 + CASE WHEN first_index + length > :end THEN :end - first_index ELSE length END)
FROM log_runs WHERE log = :log AND first_index < :end AND first_index + length > :begin
GROUP BY stream ORDER BY min(first_index)""")
_BATCH = sa.text("""
SELECT stream, seq, at_us, kind, exchange_id, agency, system, body FROM record
WHERE stream = :stream AND seq >= :first AND seq <= :last ORDER BY seq LIMIT :most""")
_DELETE = sa.text("DELETE FROM record WHERE stream = :stream AND seq >= :first AND seq <= :last")
_LEFT = sa.text("SELECT DISTINCT exchange_id FROM record WHERE exchange_id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)
_BEHIND = sa.text("SELECT seq FROM record_cursors WHERE reader = :reader AND stream = :stream")
_SETTLED = sa.text("SELECT settled_seq, settled_at FROM record_streams WHERE stream = :stream")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed of a removal. `file` is the SHA-256 (hex) of the archive's file, `leaf` that of the ERASE record.

    `straddling` are exchanges of which only a part stands in the stretch. Times are microseconds since 1970.
    """

    origin: str
    month: str
    first: int
    end: int
    first_us: int
    last_us: int
    file: str
    stream: str
    seq: int
    leaf: str
    straddling: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the text of the note."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told["straddling"] = " ".join(self.straddling)
        return "".join(f"{line}\n" for line in (FORMAT, *(f"{name} {value}".rstrip() for name, value in told.items())))

    def signed(self, key: LogKey) -> str:
        """Return the statement as it is kept, signed as the log is."""
        return sign_note(self.text(), key.public(self.origin), key.private).written()


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that was removed, or is being removed while `is_done` is false. Times are microseconds since 1970."""

    log: str
    month: str
    first: int
    end: int
    first_us: int
    last_us: int
    statement: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one stream, `first` and `last` included."""

    stream: str
    first: int
    last: int


async def list_removals(connection: AsyncConnection) -> list[Removal]:
    """Return every removal, in the order of the logs."""
    order = (removals.c.log, removals.c.first_index)
    return [
        Removal(
            log=row["log"],
            month=row["month"],
            first=row["first_index"],
            end=row["end_index"],
            first_us=row["first_us"],
            last_us=row["last_us"],
            statement=row["statement"],
            is_done=bool(row["done_at_us"]),
        )
        for row in (await connection.execute(sa.select(removals).order_by(*order))).mappings()
    ]


async def begin_removal(
    connection: AsyncConnection, log: str, statement: Statement, signed: str, *, at: datetime
) -> None:
    """Keep the statement: from now on the stretch may be missing. Raises IntegrityError: it was begun already."""
    row = {
        "log": log,
        "first_index": statement.first,
        "end_index": statement.end,
        "month": statement.month,
        "first_us": statement.first_us,
        "last_us": statement.last_us,
        "statement": signed,
        "begun_at_us": microseconds(at),
        "done_at_us": 0,
    }
    await connection.execute(sa.insert(removals).values(**row))


async def end_removal(connection: AsyncConnection, log: str, first: int, *, at: datetime) -> None:
    """Note that nothing of the stretch is in the database any more."""
    done = sa.update(removals).where(removals.c.log == log, removals.c.first_index == first)
    await connection.execute(done.values(done_at_us=microseconds(at)))


async def parts_of(connection: AsyncConnection, log: str, first: int, end: int) -> list[Part]:
    """Return which records stand at the leaves from `first` to before `end`: of each stream one part.

    A stream comes into the log in its own order, so what a stretch has of it lies together.
    """
    found = await connection.execute(_PARTS, {"log": log, "begin": first, "end": end})
    return [Part(row[0], row[1], row[2]) for row in found]


async def is_past(connection: AsyncConnection, reader: str, parts: Sequence[Part]) -> bool:
    """Tell whether a reader of the record (`security.audit.following`) has seen all of these parts."""
    for stream, last in _ends_of(parts).items():
        seen = await connection.scalar(_BEHIND, {"reader": reader, "stream": stream})
        if seen is None or seen < last:
            return False
    return True


async def are_settled(connection: AsyncConnection, parts: Sequence[Part]) -> bool:
    """Tell whether no intent of these parts waits for an end: what recovers a dead process looks for those."""
    for stream, last in _ends_of(parts).items():
        row = (await connection.execute(_SETTLED, {"stream": stream})).first()
        if row is None or (row[1] is None and row[0] < last):
            return False
    return True


async def remove_some(connection: AsyncConnection, part: Part, *, most: int, straddling: Sequence[str]) -> int:
    """Remove at most `most` records of a part, and what they alone are found by; return how many that were.

    In a transaction of its own: on SQLite whoever records waits meanwhile.
    """
    bounds = {"stream": part.stream, "first": part.first, "last": part.last}
    records = [Followed(*row) for row in await connection.execute(_BATCH, {**bounds, "most": most})]
    if not records:
        return 0
    await connection.execute(_DELETE, {**bounds, "first": records[0].seq, "last": records[-1].seq})
    await forget(connection, records, _LEFT, straddling=straddling)
    return len(records)


async def forget(
    connection: AsyncConnection, records: Sequence[Followed], left: sa.TextClause, *, straddling: Sequence[str]
) -> None:
    """Remove what only these records are found by; `left` asks which of the exchanges `ids` have others."""
    kept = set(straddling)
    gone = [{"m": one["mark"], "x": one["exchange_id"]} for one in marks_of(records) if one["exchange_id"] not in kept]
    if gone:
        named = (marks.c.mark == sa.bindparam("m"), marks.c.exchange_id == sa.bindparam("x"))
        await connection.execute(sa.delete(marks).where(*named), gone)
    ids = {record.exchange_id for record in records if record.exchange_id}
    if ids:
        ids -= {row[0] for row in await connection.execute(left, {"ids": sorted(ids)})}
        await connection.execute(sa.delete(exchanges).where(exchanges.c.exchange_id.in_(sorted(ids))))


def _ends_of(parts: Sequence[Part]) -> dict[str, int]:
    ends: dict[str, int] = {}
    for part in parts:
        ends[part.stream] = max(part.last, ends.get(part.stream, 0))
    return ends
