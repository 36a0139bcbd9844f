"""Is a month of the record that was put into a file just what was signed, and is every change found and located?"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pytest
from archived import record_at
from conftest import in_a_thread
from logged import ORIGIN, clock
from typer.testing import CliRunner

from gateway.archive.files import ArchiveUnusable, indexes_in, read_rows, write_index
from gateway.archive.making import archive_month
from gateway.archive.reading import verify_archived
from gateway.cli import app
from gateway.db import Database
from security.audit.checkpoints import ensure_log_key
from security.audit.log import heads_of
from security.audit.verify_archive import ArchiveReport, ArchiveRow, Index, verify_archive
from security.audit.verify_log import Known

SEPTEMBER, OCTOBER = datetime(2026, 9, 30, 22, 30, tzinfo=UTC), datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
EARLY, LATER = datetime(2026, 11, 1, 0, 30, tzinfo=UTC), datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
COLUMNS = ("stream", "seq", "at_us", "kind", "exchange_id", "agency", "system", "grant_key", "body", "leaf")
RECORDS = 25
BYTES = (5, 20, 60, 120, 200, 260, 290)


async def archived(url: str, directory: Path, *months: str) -> list[Index]:
    database = Database.open(url)
    try:
        return [index for month in months for index in await archive_month(database, directory / "archive", month)]
    finally:
        await database.close()


async def checkpoint_of(url: str) -> str:
    database = Database.open(url)
    async with database.reading() as session:
        found = (await heads_of(await session.connection()))[-1].checkpoint
    await database.close()
    return found


def given(directory: Path, *checkpoints: str) -> Known:
    """The log's key, and checkpoints, as an auditor was given them."""
    origin = f"{ORIGIN}/log/{clock():%Y}"
    return Known({origin: ensure_log_key(directory / "log-keys").public(origin).written()}, checkpoints)


async def two_months(url: str, directory: Path, *, october: int = 20) -> None:
    await record_at(url, directory, SEPTEMBER, count=3)
    await record_at(url, directory, OCTOBER, count=october)
    await record_at(url, directory, EARLY, count=2)
    await record_at(url, directory, LATER, count=1)


async def test_closed_months_are_archived_without_a_gap_and_prove_themselves(migrated_url: str, tmp_path: Path) -> None:
    await two_months(migrated_url, tmp_path)

    made = await archived(migrated_url, tmp_path, "2026-09", "2026-10")

    report = await asyncio.to_thread(verify_archived, tmp_path / "archive", given(tmp_path))
    assert report.finding is None
    assert [(one.month, one.first) for one in made] == [("2026-09", 0), ("2026-10", made[0].end)]
    assert report.reaches == {"2026": (0, made[1].end)}
    assert report.records == made[1].end


async def test_one_file_alone_proves_itself(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await two_months(migrated_sqlite_url, tmp_path)
    made = await archived(migrated_sqlite_url, tmp_path, "2026-09", "2026-10")
    for path in (tmp_path / "archive").glob("record-2026-09*"):
        path.unlink()

    report = await asyncio.to_thread(verify_archived, tmp_path / "archive", given(tmp_path))

    assert (report.finding, report.reaches) == (None, {"2026": (made[1].first, made[1].end)})


async def test_a_month_that_is_archived_is_not_archived_again(migrated_sqlite_url: str, tmp_path: Path) -> None:
    await two_months(migrated_sqlite_url, tmp_path)
    await archived(migrated_sqlite_url, tmp_path, "2026-09", "2026-10")

    assert await archived(migrated_sqlite_url, tmp_path, "2026-09", "2026-10") == []


@pytest.mark.parametrize(
    ("month", "why"), [("2026-11", "not closed"), ("2026-10", "archive that month first"), ("10/2026", "written as")]
)
async def test_a_month_out_of_turn_is_refused(migrated_sqlite_url: str, tmp_path: Path, month: str, why: str) -> None:
    await two_months(migrated_sqlite_url, tmp_path)

    with pytest.raises(ArchiveUnusable, match=why):
        await archived(migrated_sqlite_url, tmp_path, month)


async def test_what_was_changed_before_it_was_archived_is_not_archived(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    await two_months(migrated_sqlite_url, tmp_path)
    database = Database.open(migrated_sqlite_url)
    async with database.transaction() as session:
        await (await session.connection()).exec_driver_sql("UPDATE record SET agency = 'x' WHERE seq = 3")
    await database.close()

    with pytest.raises(ArchiveUnusable, match="does not verify"):
        await archived(migrated_sqlite_url, tmp_path, "2026-09")
    assert list((tmp_path / "archive").iterdir()) == []


# --- the corpus: a small archive, changed in one way after the other ------------------------------------------------


@dataclass
class Archive:
    """A pristine archive of two files, in memory, and what an auditor was given."""

    directory: Path
    known: Known
    files: list[tuple[Index, list[ArchiveRow]]]

    def changed(self, at: int, rows: list[ArchiveRow], **members: object) -> ArchiveReport:
        """Return what is said when one of the files has other rows, or another index."""
        files = list(self.files)
        files[at] = (replace(files[at][0], **members), rows)  # type: ignore[arg-type] # what is wrong is the test
        return verify_archive(files, self.known)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite_template: Path) -> Archive:
    directory = tmp_path_factory.mktemp("archive")
    shutil.copyfile(migrated_sqlite_template, directory / "lienthong.db")
    url = f"sqlite:///{directory / 'lienthong.db'}"

    async def make() -> str:
        await two_months(url, directory, october=260)
        await archived(url, directory, "2026-09", "2026-10")
        return await checkpoint_of(url)

    in_a_thread(lambda: asyncio.run(make()))
    indexes = sorted(indexes_in(directory / "archive"), key=lambda one: one.first)
    files = [(index, list(read_rows(directory / "archive" / index.file))) for index in indexes]
    return Archive(directory / "archive", given(directory), files)


def with_column(row: ArchiveRow, column: str) -> ArchiveRow:
    place, record = row
    at = COLUMNS.index(column)
    return place, (*record[:at], other_than(record[at]), *record[at + 1 :])  # type: ignore[return-value] # as long


def other_than(value: str | int | bytes) -> str | int | bytes:
    match value:
        case int():
            return value + 1
        case bytes():
            return value + b"x"
        case str():
            return value + "x"


def with_byte(row: ArchiveRow, byte: int) -> ArchiveRow:
    place, record = row
    body = bytearray(record[8])
    body[byte % len(body)] ^= 1
    return place, (*record[:8], bytes(body), record[9])


Rows = list[ArchiveRow]


def in_place_of(number: int, *others: Callable[[ArchiveRow], ArchiveRow]) -> Callable[[Rows], Rows]:
    """Replace one record by what is made of it: by nothing, by another, or by several."""
    return lambda rows: [*rows[:number], *(make(rows[number]) for make in others), *rows[number + 1 :]]


def swapped(number: int, *, keeping_places: bool) -> Callable[[Rows], Rows]:
    """Exchange two neighbours, with their places in the log or without."""

    def change(rows: Rows) -> Rows:
        one, other = rows[number], rows[number + 1]
        if keeping_places:
            one, other = (other[0], one[1]), (one[0], other[1])
        return [*rows[:number], other, one, *rows[number + 2 :]]

    return change


def row_changes() -> Iterator[tuple[str, Callable[[Rows], Rows]]]:
    """Every column and some bytes of the first records of a file; each dropped, doubled, swapped, or the end of it."""
    for n in range(RECORDS):
        for column in COLUMNS:
            yield f"{column} of {n}", in_place_of(n, partial(with_column, column=column))
        for byte in BYTES:
            yield f"byte {byte} of {n}", in_place_of(n, partial(with_byte, byte=byte))
        yield f"place of {n}", in_place_of(n, lambda row: (row[0] + 1, row[1]))
        yield f"{n} dropped", in_place_of(n)
        yield f"{n} doubled", in_place_of(n, lambda row: row, lambda row: row)
        yield f"{n} swapped", swapped(n, keeping_places=False)
        yield f"{n} swapped, each in the other's place", swapped(n, keeping_places=True)
        yield f"cut behind {n}", partial(cut, behind=n)


def cut(rows: Rows, *, behind: int) -> Rows:
    return rows[: behind + 1]


CHANGES = dict(row_changes())


def test_the_untouched_archive_is_whole(archive: Archive) -> None:
    report = verify_archive(archive.files, archive.known)

    assert (report.finding, report.files) == (None, 2)
    assert len(archive.files[1][0].blocks) == 1


def test_there_are_five_hundred_changes() -> None:
    assert len(CHANGES) >= 500


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_found_and_located(archive: Archive, what: str) -> None:
    index, rows = archive.files[1]

    finding = archive.changed(1, CHANGES[what](rows)).finding

    assert finding is not None
    assert finding.stream == index.file
    assert index.first <= finding.seq <= index.first + RECORDS + 1


INDEXES: dict[str, Callable[[Index], dict[str, object]]] = {
    "file": lambda one: {"file": "other.parquet", "log": "2025"},
    "month": lambda one: {"month": "2026-08"},
    "log": lambda one: {"log": "2025"},
    "first": lambda one: {"first": one.first + 1},
    "an earlier first": lambda one: {"first": one.first - 1},
    "end": lambda one: {"end": one.end + 1},
    "an earlier end": lambda one: {"end": one.end - 1},
    "nothing": lambda one: {"end": one.first},
    "left": lambda one: {"left": (bytes(32), *one.left[1:])},
    "fewer left": lambda one: {"left": one.left[1:]},
    "right": lambda one: {"right": (bytes(32), *one.right[1:])},
    "more right": lambda one: {"right": (*one.right, bytes(32))},
    "a block": lambda one: {"blocks": (bytes(32), *one.blocks[1:])},
    "no block": lambda one: {"blocks": ()},
    "more blocks": lambda one: {"blocks": (*one.blocks, bytes(32))},
    "checkpoint": lambda one: {"checkpoint": one.checkpoint.replace(ORIGIN, "gia.example")},
    "size": lambda one: {"checkpoint": one.checkpoint.replace("\n", "\n1", 1)},
    "no checkpoint": lambda one: {"checkpoint": "x"},
    "key": lambda one: {"key": "x+00000000+AA=="},
}


@pytest.mark.parametrize("what", INDEXES)
def test_an_edited_index_is_found(archive: Archive, what: str) -> None:
    index, rows = archive.files[1]

    finding = archive.changed(1, rows, **INDEXES[what](index)).finding

    assert finding is not None


def test_a_rewritten_history_under_the_log_s_own_key_does_not_fit_what_was_kept(
    archive: Archive, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    shutil.copytree(archive.directory.parent / "log-keys", tmp_path / "log-keys")

    async def rewrite() -> None:
        for path in (tmp_path / "log-keys").glob("*.checkpoint"):
            path.unlink()
        await two_months(migrated_sqlite_url, tmp_path)
        await archived(migrated_sqlite_url, tmp_path, "2026-09")

    in_a_thread(lambda: asyncio.run(rewrite()))
    size = archive.files[0][0].end
    kept = in_a_thread(lambda: asyncio.run(signed_over(archive, size, tmp_path)))

    alone = verify_archived(tmp_path / "archive", given(tmp_path))
    beside = verify_archived(tmp_path / "archive", given(tmp_path, kept))

    assert alone.finding is None
    assert beside.finding is not None
    assert beside.finding.seq == size - 1


async def signed_over(archive: Archive, size: int, directory: Path) -> str:
    """The checkpoint over the first records that somebody had kept: signed by the same key, over the true record."""
    from security.audit.merkle import node_hash
    from security.audit.notes import Checkpoint

    peaks: list[tuple[int, bytes]] = []
    for _, row in archive.files[0][1]:
        height, hash_ = 0, row[9]
        while peaks and peaks[-1][0] == height:
            height, hash_ = height + 1, node_hash(peaks.pop()[1], hash_)
        peaks.append((height, hash_))
    root = peaks.pop()[1]
    while peaks:
        root = node_hash(peaks.pop()[1], root)
    origin = f"{ORIGIN}/log/{clock():%Y}"
    return ensure_log_key(directory / "log-keys").sign(Checkpoint(origin, size, root)).written()


def test_a_missing_file_between_two_is_found(archive: Archive) -> None:
    index, rows = archive.files[1]
    half = len(rows) // 2
    later = replace(index, first=index.first + half)

    finding = verify_archive([archive.files[0], (later, rows[half:])], archive.known).finding

    assert finding is not None
    assert finding.seq in (index.first, later.first)


# --- files as they lie in a directory -----------------------------------------------------------------------------


@pytest.fixture
def lying(archive: Archive, tmp_path: Path) -> Path:
    """A copy of the archive, to be changed."""
    return Path(shutil.copytree(archive.directory, tmp_path / "lying"))


def rewrite(path: Path, statement: str) -> None:
    """Change the records in a Parquet file."""
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE record AS SELECT * FROM read_parquet('{path}')")
        database.execute(statement)
        database.execute(f"COPY record TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET agency = 'x' WHERE \"index\" = 12",
        "UPDATE record SET body = encode('{}') WHERE \"index\" = 12",
        'DELETE FROM record WHERE "index" = 12',
        "ALTER TABLE record DROP COLUMN leaf",
        "UPDATE record SET kind = kind WHERE false",
    ],
)
def test_a_changed_file_is_found_where_it_lies(archive: Archive, lying: Path, statement: str) -> None:
    rewrite(lying / archive.files[1][0].file, statement)

    assert verify_archived(lying, archive.known).finding is not None


def test_a_flipped_byte_of_a_file_is_found(archive: Archive, lying: Path) -> None:
    path = lying / archive.files[1][0].file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    finding = verify_archived(lying, archive.known).finding

    assert finding is not None


@pytest.mark.parametrize("ending", [".parquet", ".archive.json"])
def test_a_file_without_its_other_half_is_found(archive: Archive, lying: Path, ending: str) -> None:
    next(iter(lying.glob(f"record-2026-10*{ending}"))).unlink()

    finding = verify_archived(lying, archive.known).finding

    assert finding is not None
    assert "record-2026-10" in finding.what


def test_an_index_leads_nowhere_else(archive: Archive, lying: Path) -> None:
    index = archive.files[1][0]
    write_index(lying, index)
    path = next(iter(lying.glob("record-2026-10*.json")))
    path.write_text(path.read_text().replace(index.file, f"../archive/{index.file}"))

    finding = verify_archived(lying, archive.known).finding

    assert finding is not None
    assert "another file" in finding.what


def test_an_operator_archives_and_an_auditor_verifies(migrated_sqlite_url: str, tmp_path: Path) -> None:
    in_a_thread(lambda: asyncio.run(two_months(migrated_sqlite_url, tmp_path)))
    environment = {
        "LIENTHONG_DATABASE_URL": migrated_sqlite_url,
        "LIENTHONG_KEYS_DIR": str(tmp_path / "log-keys"),
        "LIENTHONG_VAR_DIR": str(tmp_path / "var"),
        "LIENTHONG_DISK_RESERVE_BYTES": "1",
    }
    directory = str(tmp_path / "archive")
    words = ["record", "archive", "2026-09", directory, "--by", "quantri"]
    (key,) = given(tmp_path).keys.values()

    made = in_a_thread(lambda: CliRunner().invoke(app, words, env=environment))
    checked = CliRunner().invoke(app, ["audit", "verify", directory, "--log-key", key])

    assert (made.exit_code, checked.exit_code) == (0, 0), made.output + checked.output
    assert "verified" in made.output
    assert "whole" in checked.output
