"""Which documents did the data owner hand in, and under which names do they refer to each other?

A bundle is a file, a directory or a ZIP, and what is read of it is all that an importer ever sees: afterwards there
are names and bytes, and no way to a file or a host. Nothing outside is read: no link is followed, no name of an
archive leads upwards, and sizes are known before bytes are kept.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from catalog.importers.draft import ImportRefused, Note

_ZIP_MAGIC: Final = b"PK\x03\x04"
_MAX_DEPTH: Final = 20
_PLAIN_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1  # APPNOTE 4.4.4, bit 0


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """How much a bundle may hold, uncompressed."""

    max_files: int = 1000
    max_file_bytes: int = 32 * 1024 * 1024
    max_total_bytes: int = 64 * 1024 * 1024


STANDARD_LIMITS: Final = BundleLimits()


def read_bundle(path: Path, *, limits: BundleLimits = STANDARD_LIMITS) -> Mapping[str, bytes]:
    """Return the documents at `path` by their names: relative, `/` between parts, no `.` or `..`.

    A directory gives every regular file below it, hidden ones left out; a ZIP what it holds; any other file itself.
    Raises ImportRefused naming the file: a link, a device, a name that leads outside, too many or too large.
    """
    try:
        if path.is_dir():
            return _directory(path, limits)
        with path.open("rb") as file:
            content = _regular(path.name, file.fileno(), limits.max_total_bytes)
    except OSError as error:
        reason = error.strerror or "error"
        raise refused(path.name, f"không đọc được ({reason})", f"cannot be read ({reason})") from error
    return unpack_bundle(path.name, content, limits=limits)


def unpack_bundle(name: str, content: bytes, *, limits: BundleLimits = STANDARD_LIMITS) -> Mapping[str, bytes]:
    """Return the documents of an uploaded file: what is in it when it is a ZIP, else itself under `name`.

    Raises ImportRefused as `read_bundle` does.
    """
    if content[:4] == _ZIP_MAGIC:
        return _archive(name, content, limits)
    if len(content) > limits.max_file_bytes:
        raise _too_large(name, limits.max_file_bytes)
    return {PurePosixPath(name).name or "document": content}


def bundle_name(base: str, reference: str) -> str:
    """Return the name to which `reference` leads from the document `base`; empty when it leads out of the bundle.

    RFC 3986, 5.2 for relative paths only: a scheme, a host, an absolute path, a backslash and a way above the top
    lead outside. Nothing says that there is a document of this name.
    """
    text = unquote(reference)
    if not text or text.startswith("/") or "\\" in text or ":" in text.split("/")[0] or not _printable(text):
        return ""
    parts: list[str] = base.split("/")[:-1]
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def refused(where: str, vi: str, en: str) -> ImportRefused:
    """Return the refusal of a whole import for one reason."""
    return ImportRefused([Note(where=where, vi=vi, en=en)])


# --- a directory -----------------------------------------------------------------------------------------------------


def _directory(top: Path, limits: BundleLimits) -> dict[str, bytes]:
    documents: dict[str, bytes] = {}
    left = limits.max_total_bytes
    for name, content in _walk(top, limits):
        left -= len(content)
        if left < 0:
            raise _too_large(name, limits.max_total_bytes)
        if len(documents) == limits.max_files:
            raise refused(name, f"có hơn {limits.max_files} tệp", f"there are more than {limits.max_files} files")
        documents[name] = content
    return documents


def _walk(top: Path, limits: BundleLimits) -> Iterator[tuple[str, bytes]]:
    # Directories are held open and entered by their descriptors: whoever swaps one for a link meanwhile gains nothing.
    for directory, below, names, descriptor in os.fwalk(top, follow_symlinks=False):
        at = Path(directory).relative_to(top)
        below[:] = sorted(name for name in below if not name.startswith("."))
        if below and len(at.parts) >= _MAX_DEPTH:
            raise refused(at.as_posix(), f"lồng sâu quá {_MAX_DEPTH} thư mục", f"is deeper than {_MAX_DEPTH}")
        for name in below:
            if stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                raise _a_link((at / name).as_posix())
        for name in sorted(name for name in names if not name.startswith(".")):
            where = (at / name).as_posix()
            if stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                raise _a_link(where)
            # Without O_NONBLOCK opening a pipe waits for its other end.
            opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=descriptor)
            try:
                yield where, _regular(where, opened, limits.max_file_bytes)
            finally:
                os.close(opened)


def _regular(name: str, descriptor: int, most: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise refused(name, "không phải tệp thường", "is not a regular file")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _too_large(name, most)
    return content


# --- an archive ------------------------------------------------------------------------------------------------------


def _archive(archive: str, content: bytes, limits: BundleLimits) -> dict[str, bytes]:
    documents: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            for member in _members(archive, opened, limits):
                name = _member_name(archive, member)
                if name in documents:
                    raise refused(f"{archive}: {name}", "tên có hai lần", "the name stands twice")
                documents[name] = opened.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise refused(archive, "không phải tệp ZIP đọc được", "is not a ZIP that can be read") from error
    return documents


def _members(archive: str, opened: zipfile.ZipFile, limits: BundleLimits) -> list[zipfile.ZipInfo]:
    members = [member for member in opened.infolist() if not member.is_dir() and not _of_no_account(member.filename)]
    if len(members) > limits.max_files:
        raise refused(archive, f"có hơn {limits.max_files} tệp", f"holds more than {limits.max_files} files")
    # `zipfile` gives out no more of a member than its head declares, so what is declared is what is kept.
    if sum(member.file_size for member in members) > limits.max_total_bytes:
        raise _too_large(archive, limits.max_total_bytes)
    for member in members:
        where = f"{archive}: {member.filename}"
        if member.file_size > limits.max_file_bytes:
            raise _too_large(where, limits.max_file_bytes)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _a_link(where)
        if member.flag_bits & _ENCRYPTED:
            raise refused(where, "được mã hóa bằng mật khẩu", "is encrypted")
        if member.compress_type not in _PLAIN_METHODS:
            raise refused(where, "nén theo cách không được hỗ trợ", "is compressed in a way that is not supported")
    return members


def _member_name(archive: str, member: zipfile.ZipInfo) -> str:
    # `zipfile` cuts a name at NUL and keeps the whole one beside it.
    name, parts = member.filename, member.filename.split("/")
    outside = name.startswith("/") or "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts)
    if outside or len(parts) > _MAX_DEPTH or not _printable(member.orig_filename):
        raise refused(f"{archive}: {name!r}", "tên dẫn ra ngoài gói", "the name leads out of the bundle")
    return name


def _of_no_account(name: str) -> bool:
    # What file managers add; `..` is no hidden name, and is refused later.
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/")) or name.startswith(
        "__MACOSX/"
    )


def _printable(text: str) -> bool:
    return all(ord(char) >= 32 and ord(char) != 127 for char in text)


def _too_large(name: str, most: int) -> ImportRefused:
    mebibytes = f"{most / 1024 / 1024:.3g} MiB"
    return refused(name, f"lớn hơn {mebibytes}", f"is larger than {mebibytes}")


def _a_link(name: str) -> ImportRefused:
    return refused(name, "là liên kết, không được đi theo", "is a link, and links are not followed")
