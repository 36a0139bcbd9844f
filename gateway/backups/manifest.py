"""What lies in a backup, and is it still what was put there?

A backup is a directory. Its manifest is written last: a directory without one is a backup that was not finished.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

MANIFEST: Final = "manifest.json"
SQLITE_FILE: Final = "lienthong.db"
TABLES: Final = "tables"
KEYS: Final = "keys"
_FORMAT: Final = "lienthong-backup-1"


class BackupUnusable(Exception):
    """The backup is not whole, or cannot be put back here; the text says which part and what to do."""


class Engine(StrEnum):
    """Which database a backup is of, and can be put back into."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of the backup: its place in it, its size and SHA-256 (hex); of a table also what it holds."""

    path: str
    octets: int
    sha256: str
    table: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0


class LogMark(msgspec.Struct, frozen=True):
    """How far a log had come, and the last checkpoint signed of it."""

    log: str
    size: int
    signed_size: int
    checkpoint: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the backup is: of which engine and schema, of when (aware UTC), with how many records, and its files."""

    format: str = _FORMAT
    engine: Engine
    revision: str
    made_at: datetime
    records: int
    logs: tuple[LogMark, ...]
    parts: tuple[Part, ...]

    @property
    def has_keys(self) -> bool:
        """Return whether the platform's keys are in it."""
        return any(part.path.startswith(f"{KEYS}/") for part in self.parts)


def describe_part(directory: Path, path: Path, *, table: str = "", columns: Sequence[str] = (), rows: int = 0) -> Part:
    """Return what the manifest says of a file that was written, made durable before. Raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = path.relative_to(directory).as_posix()
    return Part(name, path.stat().st_size, digest, table=table, columns=tuple(columns), rows=rows)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Finish the backup. Raises OSError."""
    draft = directory / f".{MANIFEST}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / MANIFEST)
    sync_directory(directory)


def read_backup(directory: Path) -> tuple[Manifest, str]:
    """Return the manifest of a backup, every file of which was read and is what was written; and its SHA-256 (hex).

    Raises BackupUnusable naming the file that is not.
    """
    try:
        written = (directory / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(written, type=Manifest)
    except FileNotFoundError as error:
        raise BackupUnusable(f"{directory} has no {MANIFEST}: it is no backup, or one that was not finished") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupUnusable(f"{MANIFEST} cannot be read") from error
    if manifest.format != _FORMAT:
        raise BackupUnusable(f"{MANIFEST} is of another form ({manifest.format}): use the release that made it")
    for part in manifest.parts:
        _check(directory, part)
    return manifest, hashlib.sha256(written).hexdigest()


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(directory: Path, part: Part) -> None:
    path = directory / part.path
    # The manifest may have come from anywhere: nothing outside of its directory is read, or written after it.
    if ".." in Path(part.path).parts or not path.resolve().is_relative_to(directory.resolve()):
        raise BackupUnusable(f"{MANIFEST} names a file outside of the backup")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BackupUnusable(f"{part.path} is missing or cannot be read") from error
    if digest != part.sha256 or path.stat().st_size != part.octets:
        raise BackupUnusable(f"{part.path} is not what was written: take another copy of the backup")
