"""In which form does a month of the record stand in a file?

Parquet (zstd) with the very bytes of every record and its leaf hash, in the order of the log; beside it an index in
JSON, by which the file alone leads to a signed checkpoint (`security.audit.verify_archive`). All of it blocks.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from security.audit.verify_archive import FORMAT, ArchiveRow, Index, IndexUnreadable, read_index

INDEX_SUFFIX: Final = ".archive.json"
_AT_ONCE: Final = 2000
_DUCKDB: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
}
# Several row groups are held in memory at once, and a body may have 8 KiB.
_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
_READ_LINES: Final = """
SELECT "index", stream, seq, at_us, kind, exchange_id, agency, system, grant_key, encode(body) AS body,
unhex(leaf) AS leaf FROM read_json(?, format = 'newline_delimited', columns = {index: 'BIGINT', stream: 'VARCHAR',
seq: 'BIGINT', at_us: 'BIGINT', kind: 'VARCHAR', exchange_id: 'VARCHAR', agency: 'VARCHAR', system: 'VARCHAR',
grant_key: 'VARCHAR', body: 'VARCHAR', leaf: 'VARCHAR'})"""
_READ_ROWS: Final = """
SELECT "index", stream, seq, at_us, kind, exchange_id, agency, system, grant_key, body, leaf
FROM read_parquet(?)"""


class ArchiveUnusable(Exception):
    """A file of an archive cannot be read or written; the text says which and why."""


class _Line(msgspec.Struct):
    index: int
    stream: str
    seq: int
    at_us: int
    kind: str
    exchange_id: str
    agency: str
    system: str
    grant_key: str
    body: str
    leaf: str


def write_line(row: ArchiveRow) -> bytes:
    """Return a record as a line that `write_parquet` takes. What is no UTF-8 is not as we wrote it, and is found."""
    place, record = row
    text, leaf = record[8].decode("utf-8", "replace"), record[9].hex()
    return msgspec.json.encode(_Line(place, *record[:8], text, leaf)) + b"\n"


def write_parquet(lines: Path, to: Path) -> None:
    """Make a Parquet file (zstd) of lines, durable when it returns. Raises ArchiveUnusable."""
    target = str(to).replace("'", "''")
    try:
        # One thread keeps the order by itself; keeping it for several would hold whole batches in memory.
        with duckdb.connect(config={**_DUCKDB, "preserve_insertion_order": False}) as database:
            database.execute(f"COPY ({_READ_LINES}) TO '{target}' {_PARQUET}", [str(lines)])
    except duckdb.Error as error:
        raise ArchiveUnusable(f"{to.name} cannot be written ({type(error).__name__})") from error
    to.chmod(0o600)
    with to.open("rb+") as file:
        os.fsync(file.fileno())


def read_rows(path: Path) -> Iterator[ArchiveRow]:
    """Yield the records of a file as they stand in it. Raises ArchiveUnusable: it is no file of an archive."""
    try:
        with duckdb.connect(config=_DUCKDB) as database:
            found = database.execute(_READ_ROWS, [str(path)])
            while rows := found.fetchmany(_AT_ONCE):
                for row in rows:
                    yield row[0], tuple(row[1:])
    except duckdb.Error as error:
        raise ArchiveUnusable(f"{path.name} cannot be read ({type(error).__name__})") from error


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 (hex) of a file. Raises ArchiveUnusable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveUnusable(f"{path.name} is missing or cannot be read") from error


def write_index(directory: Path, index: Index) -> Path:
    """Keep an index durably beside its file, in one step; return where. Raises OSError."""
    members = {"format": FORMAT, **asdict(index)}
    for name in ("left", "right", "blocks"):
        members[name] = [one.hex() for one in members[name]]
    path = index_path(directory, index.file)
    draft = path.with_name(f".{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(members), indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def file_name(month: str, log: str) -> str:
    """Return what the file is called that has what a log holds of a month."""
    return f"record-{month}.log-{log}.parquet"


def index_path(directory: Path, file: str) -> Path:
    """Return where the index of a file stands."""
    return directory / f"{file.removesuffix('.parquet')}{INDEX_SUFFIX}"


def indexes_in(directory: Path) -> list[Index]:
    """Return every index in a directory. Raises ArchiveUnusable: one cannot be read, or names a file elsewhere."""
    found = []
    for path in sorted(directory.glob(f"[!.]*{INDEX_SUFFIX}")):
        try:
            index = read_index(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, IndexUnreadable) as error:
            raise ArchiveUnusable(f"{path.name} is no index of an archive: {error}") from error
        if index_path(directory, index.file) != path:
            raise ArchiveUnusable(f"{path.name} names another file than the one that it stands beside")
        found.append(index)
    return found


def with_rows(directory: Path, indexes: Iterable[Index]) -> list[tuple[Index, Iterable[ArchiveRow]]]:
    """Return each index with the records of its file, read while they are asked for."""
    return [(index, read_rows(directory / index.file)) for index in indexes]
