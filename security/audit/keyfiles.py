"""Where does a key of the record lie, and how is it made once by whoever is first, and destroyed for ever?

All nodes of an installation share a directory of them. A key file appears whole or not at all, and a file `….erased`
where it was says that nothing makes it anew.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
_KEY: Final = ".key"
_ERASED: Final = ".erased"


class KeyUnusable(Exception):
    """A key file of the record is missing, is not what it should be, or does not fit the sealed value."""


class KeyErased(KeyUnusable):
    """A key of the record was destroyed, by two people who meant it: what it covered is gone for ever."""


class KeyFiles:
    """The key files of one directory, by name.

    A key may be gone with another's: `within` is the name of a key with whose erasure this one counts as erased too,
    also where there never was one.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __repr__(self) -> str:
        return "KeyFiles()"

    def read(self, name: str, *, within: str = "") -> bytes:
        """Return the key of 32 bytes. Raises KeyErased, and KeyUnusable where it is missing otherwise or is no key."""
        try:
            key = read_key(self._path(name))
        finally:
            # Asked last: what is being overwritten reads as zeros.
            self._refuse_erased(name, within)
        return key

    def make(self, name: str, *, within: str = "") -> bytes:
        """Return the key, made when there is none. Raises KeyErased, KeyUnusable."""
        self._refuse_erased(name, within)
        if not self._path(name).exists():
            publish_once(self._path(name), secrets.token_bytes(KEY_BYTES))
        try:
            return self.read(name, within=within)
        except KeyErased:
            # It was erased while we made it: then ours, which nothing was sealed under, must not stay either.
            self._destroy(name)
            raise

    def erase(self, name: str) -> bool:
        """Destroy a key for ever; return whether there was one. Raises KeyUnusable; then it MUST be called again.

        A file that says so is durable first, so that nothing makes the key anew. Copies elsewhere are out of reach.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_durably(self._marker(name), b"erased\n")
            _sync(self._directory)
        except OSError as error:
            raise KeyUnusable(f"{name}{_KEY} cannot be destroyed: {error.strerror}") from error
        return self._destroy(name)

    def has(self, name: str) -> bool:
        """Tell whether there is such a key."""
        return self._path(name).exists()

    def is_erased(self, name: str, *, within: str = "") -> bool:
        """Tell whether the key was destroyed, or may never be made."""
        return self._marker(name).exists() or bool(within and self._marker(within).exists())

    def names(self, pattern: str) -> list[str]:
        """Return the names of the keys that there are and that a shell's pattern fits, in order."""
        return sorted(path.name.removesuffix(_KEY) for path in self._directory.glob(f"{pattern}{_KEY}"))

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}{_KEY}"

    def _marker(self, name: str) -> Path:
        return self._directory / f"{name}{_ERASED}"

    def _refuse_erased(self, name: str, within: str) -> None:
        if self.is_erased(name, within=within):
            raise KeyErased(f"{name}{_KEY} was erased")

    def _destroy(self, name: str) -> bool:
        there = self._path(name).exists()
        # A process that was killed while it made the key has left it under another name. That goes first: as long as
        # the key has its own name, who destroys it again finds it.
        try:
            for path in (*self._directory.glob(f".{name}{_KEY}.*"), self._path(name)):
                with suppress(FileNotFoundError):
                    _write_durably(path, b"0" * (2 * KEY_BYTES) + b"\n", make=False)
                    path.unlink()
            _sync(self._directory)
        except OSError as error:
            raise KeyUnusable(f"{name}{_KEY} cannot be destroyed: {error.strerror}") from error
        return there


def read_key(path: Path) -> bytes:
    """Return the 32 bytes that a key file holds as hex digits. Raises KeyUnusable, naming the file only."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise KeyUnusable(f"{path.name} is not a readable key file") from error
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
    return key


def publish_once(path: Path, key: bytes) -> None:
    """Make a key file, for its owner only, unless there is one; durable when it returns. Raises KeyUnusable."""
    # Written aside, made durable, then linked: no other process ever reads half a key, and the first one wins.
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        _write_durably(aside, key.hex().encode() + b"\n")
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
        # What is sealed under a key outlives a power failure: so must the key's name.
        _sync(path.parent)
    except OSError as error:
        raise KeyUnusable(f"{path.name} cannot be written") from error


def _write_durably(path: Path, content: bytes, *, make: bool = True) -> None:
    """Write over a file in its place, or make it; durable when it returns. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | (os.O_CREAT if make else 0), 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
