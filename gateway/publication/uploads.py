"""Where does a file lie that a data owner handed in, and how does a newer one take its place?

One folder for each agency; nobody else's provider may read it. Names are ours: what the sender calls a file becomes
letters, digits and hyphens of it, and no two uploads have the same.
"""

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.errors import ContentInvalid, Fault
from catalog.folding import fold
from catalog.formats import is_agency_code

KINDS: Final = (".csv", ".xlsx", ".parquet")
"""Endings of the files that can be handed in."""
MOST_OF_AN_AGENCY: Final = 64
"""How many uploads an agency may have lying there at once."""
KEPT_SECONDS: Final = 24 * 3600.0
"""How long an upload lies there that no provider and no draft names: somebody may be preparing it."""
_STAGED: Final = ".dang-kiem-tra-"
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Uploads:
    """The directory of uploads, and how large one may be."""

    directory: Path
    max_bytes: int

    def folders_of(self, agency: str) -> tuple[Path, ...]:
        """Return the agency's own folder, which need not be there yet; none for what is no agency's code: a path."""
        return (self.directory.resolve() / agency,) if is_agency_code(agency) else ()

    def name_of(self, endpoint: str, *, agency: str) -> str:
        """Return the name of the upload that an endpoint is, empty for an endpoint that is none."""
        path = Path(endpoint)
        return path.name if path.parent in self.folders_of(agency) else ""

    def keep(self, agency: str, name: str, content: bytes, *, in_use: Collection[str], now: float) -> Path:
        """Keep a new upload and return where it lies; what nobody uses any more goes.

        `in_use` are the endpoints of the agency's providers and drafts, `now` is in seconds since 1970. Raises
        ContentInvalid for what is too large, empty or of no kind that is read, and OSError.
        """
        self._check(name, content)
        for folder in self.folders_of(agency):
            return self._keep(folder, name, content, in_use=in_use, now=now)
        raise ContentInvalid([Fault("agency", "không có cơ quan này", "there is no such agency")])

    def _keep(self, folder: Path, name: str, content: bytes, *, in_use: Collection[str], now: float) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget(folder, in_use, before=now - KEPT_SECONDS)
        if sum(1 for _ in folder.iterdir()) >= MOST_OF_AN_AGENCY:
            vi = f"đơn vị đang có {MOST_OF_AN_AGENCY} tệp tải lên: hãy bỏ bớt bản nháp không dùng"
            raise ContentInvalid([Fault("file", vi, "the agency has too many uploads: drop drafts that are not used")])
        place = folder / _own_name(name)
        _write(place, content)
        return place

    def stage(self, place: Path, name: str, content: bytes) -> Path:
        """Write a newer file for `place`, of the same name and beside it, so that it can be looked at; return where.

        Then `move_staged` or `discard_staged` it. Raises as `keep`, and ContentInvalid for a file of another kind.
        """
        self._check(name, content)
        if Path(name).suffix.lower() != place.suffix:
            vi, en = f"phải là tệp {place.suffix} như tệp đang dùng", f"must be a {place.suffix} file as the one in use"
            raise ContentInvalid([Fault("file", vi, en)])
        beside = Path(tempfile.mkdtemp(prefix=_STAGED, dir=place.parent))
        try:
            _write(beside / place.name, content)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        return beside / place.name

    def _check(self, name: str, content: bytes) -> None:
        fault = None
        if not content:
            fault = Fault("file", "hãy chọn một tệp có nội dung", "choose a file that is not empty")
        elif len(content) > self.max_bytes:
            most = self.max_bytes // _MB
            fault = Fault("file", f"tệp lớn hơn {most} MB", f"the file is larger than {most} MB")
        elif Path(name).suffix.lower() not in KINDS:
            fault = Fault("file", "chỉ nhận tệp .csv, .xlsx, .parquet", "only .csv, .xlsx and .parquet files are read")
        if fault is not None:
            raise ContentInvalid([fault])


def move_staged(newer: Path, place: Path) -> None:
    """Let a newer file take the place of one, at once and whole. Raises OSError."""
    newer.replace(place)
    _sync(place.parent)


def discard_staged(newer: Path) -> None:
    """Remove a staged file, and what is left of one that was moved."""
    shutil.rmtree(newer.parent, ignore_errors=True)


def _own_name(name: str) -> str:
    stem = _NOT_IN_NAMES.sub("-", fold(Path(name).stem).lower()).strip("-")[:60].strip("-")
    return f"{stem or 'tep'}-{secrets.token_hex(4)}{Path(name).suffix.lower()}"


def _write(place: Path, content: bytes) -> None:
    """Write a file that only we may read, whole or not at all."""
    partial = place.with_name(f".{place.name}.partial")
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(place)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    _sync(place.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _forget(folder: Path, in_use: Collection[str], *, before: float) -> None:
    for one in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another node forgets too
            if str(one) in in_use or one.lstat().st_mtime >= before:
                continue
            if one.is_dir() and not one.is_symlink():
                if one.name.startswith(_STAGED):
                    shutil.rmtree(one, ignore_errors=True)
            elif one.suffix in (*KINDS, ".partial"):
                one.unlink()
