"""How does a closed month of the record come into a file, and is the file good before anybody relies on it?

A file holds a stretch of one log without a gap: from where the file before it ended, to the last record of the month. A
month is closed when the signed log has gone an hour past it: nothing is kept back from the log for longer. The file is
read back and verified as a stranger would, before its index gives it a name.

Nothing is removed from the database here: `gateway/retention/removing.py` does that.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.archive.files import (
    ArchiveUnusable,
    digest_of_file,
    file_name,
    indexes_in,
    read_rows,
    write_index,
    write_line,
    write_parquet,
)
from gateway.db import Database
from security.audit.encode import microseconds
from security.audit.exporting import signed_heads
from security.audit.log import Head
from security.audit.merkle import HashAt, whole_nodes
from security.audit.proving import with_hashes
from security.audit.removal import list_removals
from security.audit.retention import MonthUnclear, span_of_month
from security.audit.tiles import TILE_WIDTH
from security.audit.verify_archive import ArchiveRow, Index, verify_archive
from security.audit.verify_log import Known

_AFTER: Final = timedelta(hours=1)
"""How late a record may come into the log: design 04, the limit of unsequenced time."""
_AT_ONCE: Final = 2000
_BLOCK_LEVEL: Final = 8
_FROM_RUN: Final = """
FROM log_runs g JOIN record r ON r.stream = g.stream AND r.seq >= g.first_seq AND r.seq < g.first_seq + g.length
WHERE g.log = :log AND g.first_index < :end AND g.first_index >=
      (SELECT max(n.first_index) FROM log_runs n WHERE n.log = :log AND n.first_index <= :start)
  AND g.first_index + r.seq - g.first_seq >= :start AND g.first_index + r.seq - g.first_seq < :end
ORDER BY g.first_index, r.seq"""
_PLACE: Final = "g.first_index + r.seq - g.first_seq"
_TIMES: Final = sa.text(f"SELECT {_PLACE}, r.at_us {_FROM_RUN}")
_ROWS: Final = sa.text(f"""
SELECT {_PLACE} AS place, r.stream, r.seq, r.at_us, r.kind, r.exchange_id, r.agency, r.system, r.grant_key, r.body,
r.leaf
{_FROM_RUN}""")


async def archive_month(database: Database, directory: Path, month: str) -> list[Index]:
    """Write what the logs hold of a month (`YYYY-MM`, UTC) into files in `directory`; return their indexes.

    None when every log's part is there already. Raises ArchiveUnusable: the month is not closed, one before it is
    missing, or a file could not be written or did not verify. Raises LogBroken: a tile is missing.
    """
    begins, ends = _span(month)
    before = await asyncio.to_thread(_archived, directory)
    async with database.reading() as session:
        connection = await session.connection()
        heads = await signed_heads(connection)
        removed = await list_removals(connection)
        if not await _is_closed(connection, heads, ends):
            raise ArchiveUnusable(f"{month} is not closed: the signed log has not gone an hour past it yet")
        made = []
        for name, head in heads.items():
            first = before.get(name, 0)
            end = await _end_of(connection, head, first, begins=begins, ends=ends)
            if any(one.log == name and one.first < end and one.end > first for one in removed):
                raise ArchiveUnusable("what came before was removed from the database: go on where its files lie")
            if end > first:
                made.append(await _make(connection, head, directory, month, first=first, end=end))
        return made


def _span(month: str) -> tuple[datetime, datetime]:
    try:
        return span_of_month(month)
    except MonthUnclear as error:
        raise ArchiveUnusable(str(error)) from error


def _archived(directory: Path) -> dict[str, int]:
    """Return up to which leaf each log is in the directory, which is made when it is not there."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ArchiveUnusable(f"{directory} cannot be used: {error.strerror}") from error
    reached: dict[str, int] = {}
    for index in indexes_in(directory):
        reached[index.log] = max(index.end, reached.get(index.log, 0))
    return reached


async def _is_closed(connection: AsyncConnection, heads: dict[str, Head], ends: datetime) -> bool:
    past = microseconds(ends + _AFTER)
    for head in heads.values():
        last = head.signed_size - 1
        row = (await connection.execute(_TIMES, {"log": head.log, "start": last, "end": last + 1})).first()
        if row is not None and row[1] >= past:
            return True
    return False


async def _end_of(connection: AsyncConnection, head: Head, first: int, *, begins: datetime, ends: datetime) -> int:
    """Return behind which leaf the last record of the month stands; `first` where there is none from there on."""
    end, begun, past = first, microseconds(begins - _AFTER), microseconds(ends + _AFTER)
    before = microseconds(ends)
    for start in range(first, head.signed_size, _AT_ONCE):
        bounds = {"log": head.log, "start": start, "end": min(start + _AT_ONCE, head.signed_size)}
        for place, at_us in await connection.execute(_TIMES, bounds):
            if at_us < begun:
                at = datetime.fromtimestamp(at_us / 1_000_000, UTC)
                raise ArchiveUnusable(f"log {head.log} has records of {at:%Y-%m}: archive that month first")
            if at_us >= past:
                return end
            if at_us < before:
                end = place + 1
    return end


async def _make(connection: AsyncConnection, head: Head, directory: Path, month: str, *, first: int, end: int) -> Index:
    name = file_name(month, head.log)
    lines, draft = directory / f".{name}.lines", directory / f".{name}"
    try:
        with lines.open("wb") as file:
            lines.chmod(0o600)
            for start in range(first, end, _AT_ONCE):
                bounds = {"log": head.log, "start": start, "end": min(start + _AT_ONCE, end)}
                rows = [_row(one) for one in await connection.execute(_ROWS, bounds)]
                file.write(b"".join(map(write_line, rows)))
        await asyncio.to_thread(write_parquet, lines, draft)
        left, right, blocks = await with_hashes(
            connection, head.log, head.signed_size, make=lambda hash_at: _hashes(hash_at, first, end, head.signed_size)
        )
        index = Index(
            file=name,
            sha256=await asyncio.to_thread(digest_of_file, draft),
            month=month,
            log=head.log,
            first=first,
            end=end,
            left=left,
            right=right,
            blocks=blocks,
            checkpoint=head.checkpoint,
            key=head.key,
        )
        await asyncio.to_thread(_check, index, draft)
        if (directory / name).exists():
            raise ArchiveUnusable(f"{name} is there without an index: nothing is ever overwritten, move it away")
        draft.rename(directory / name)
        write_index(directory, index)
        return index
    except OSError as error:
        raise ArchiveUnusable(f"{name} cannot be written: {error.strerror}") from error
    finally:
        for path in (lines, draft):
            with suppress(FileNotFoundError):
                path.unlink()


def _row(row: sa.Row[tuple[object, ...]]) -> ArchiveRow:
    told = (row.stream, row.seq, row.at_us, row.kind, row.exchange_id, row.agency, row.system, row.grant_key)
    return row.place, (*told, bytes(row.body), bytes(row.leaf))


def _hashes(
    hash_at: HashAt, first: int, end: int, size: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]:
    left, right = (tuple(hash_at(*one) for one in whole_nodes(*span)) for span in ((0, first), (end, size)))
    whole = range(-(-first // TILE_WIDTH), end // TILE_WIDTH)
    return left, right, tuple(hash_at(_BLOCK_LEVEL, number) for number in whole)


def _check(index: Index, written: Path) -> None:
    """Read the file back and verify it as a stranger would. Raises ArchiveUnusable."""
    finding = verify_archive([(index, read_rows(written))], Known()).finding
    if finding is not None:
        raise ArchiveUnusable(f"what was written does not verify, {finding.stream} {finding.seq}: {finding.what}")
