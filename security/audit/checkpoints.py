"""May this tree be signed, after what was signed before?

The key of the log signs a tree only when everything that it has signed, as far as anybody remembers, is the beginning
of it. The database remembers, and so does a file beside the key: whoever puts back yesterday's database meets it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.audit.merkle import ProofWrong, verify_consistency
from security.audit.notes import (
    Checkpoint,
    KeyKind,
    Note,
    NoteKey,
    NoteWrong,
    key_of,
    read_checkpoint,
    read_note,
    sign_note,
    signers,
)
from security.errors import KeysUnusable
from security.keys import SECRET_BYTES, create_once, ensure_directory, read_private

_KEY_FILE: Final = "log.key"


class SigningRefused(Exception):
    """The log may not be signed: what was signed before is not its beginning. The text says what to do."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """What signs a log: an Ed25519 key that only the sequencer reads."""

    private: Ed25519PrivateKey = field(repr=False)

    def public(self, origin: str) -> NoteKey:
        """Return the key as others know it, for one log."""
        return key_of(self.private, origin, kind=KeyKind.NOTE)

    def sign(self, checkpoint: Checkpoint) -> Note:
        """Return the signed checkpoint."""
        return sign_note(checkpoint.text(), self.public(checkpoint.origin), self.private)

    def read(self, written: str) -> Checkpoint:
        """Return a checkpoint that this key has signed. Raises SigningRefused for anything else."""
        try:
            note = read_note(written)
            checkpoint = read_checkpoint(note.text)
            if not signers(note, [self.public(checkpoint.origin)]):
                raise SigningRefused("the last checkpoint was signed by another key: put back the key of this log")
        except NoteWrong as error:
            raise SigningRefused("the last checkpoint is not one that this platform signed") from error
        return checkpoint


@dataclass(frozen=True, slots=True)
class Anchors:
    """The last signed checkpoint of each log, outside the database."""

    directory: Path

    def last(self, log: str) -> str:
        """Return the checkpoint, empty where none was signed here. Raises SigningRefused: it cannot be read."""
        try:
            return self._path(log).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise SigningRefused(f"{self._path(log).name} cannot be read: nothing is signed without it") from error

    def keep(self, log: str, checkpoint: str) -> None:
        """Keep a checkpoint durably, instead of the one before. Raises OSError."""
        path = self._path(log)
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(checkpoint)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def logs(self) -> list[str]:
        """Return the names of the logs of which a checkpoint is kept."""
        return sorted(path.stem.removeprefix("log-") for path in self.directory.glob("log-*.checkpoint"))

    def forget_all(self) -> None:
        """Forget them: an older database is gone on from, knowingly."""
        for path in self.directory.glob("log-*.checkpoint"):
            path.unlink(missing_ok=True)

    def _path(self, log: str) -> Path:
        return self.directory / f"log-{log}.checkpoint"


def ensure_log_key(directory: Path) -> LogKey:
    """Return the log's key in the directory of keys; it is made when there is none. Raises KeysUnusable."""
    ensure_directory(directory)
    path = directory / _KEY_FILE
    create_once(path, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    seed = read_private(path)
    if len(seed) != SECRET_BYTES:
        raise KeysUnusable(f"the key file {path.name} is damaged")
    return LogKey(Ed25519PrivateKey.from_private_bytes(seed))


def must_follow(now: Checkpoint, before: Checkpoint, *, proof: Sequence[bytes]) -> None:
    """Return when `proof` shows that the tree signed before is the beginning of the tree of now.

    Raises SigningRefused. A tree that got smaller is a database that was put back.
    """
    if before.origin != now.origin:
        raise SigningRefused(f"the log is called {before.origin} and cannot be signed as {now.origin}")
    if before.size > now.size:
        raise SigningRefused(
            f"{before.size} records were signed and there are {now.size} now: an older database was put back. "
            "Put back the newer one, or say how to go on: lienthong log resume"
        )
    try:
        verify_consistency(before.size, now.size, proof=proof, old_root=before.root, new_root=now.root)
    except ProofWrong as error:
        raise SigningRefused(
            f"the first {before.size} records are not those that were signed: the record was rewritten"
        ) from error
