"""Who signed this checkpoint? (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

A note is a text, an empty line, and a line for each signature. A checkpoint is a note whose text says which log, how
many leaves and which root; a witness signs it together with the time. Pure.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from security.audit.merkle import HASH_BYTES

MAX_NOTE_BYTES: Final = 64 * 1024
MAX_SIGNATURES: Final = 100
_BEGINNING: Final = "— "
_NAME: Final = re.compile(r"[^\s+]+")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8


class NoteWrong(ValueError):
    """A note, a checkpoint or a key is not what it should be, or nobody whom we know signed it."""


class KeyKind(IntEnum):
    """What a key signs (signed-note, "Signature types"): notes as they are, or checkpoints with the time."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key by which a signer is known. `name` is a log's origin, or what a witness calls itself."""

    name: str
    kind: KeyKind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes with which each signature begins."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def written(self) -> str:
        """Return the key as it is handed on (a vkey): name+id+key."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large a log was, and its root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text of the note (tlog-checkpoint, "Note text")."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line break, and its signatures as (name, key id and signature)."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    def written(self) -> str:
        """Return the note as it is kept and served."""
        return f"{self.text}\n{''.join(signature_line(*one) for one in self.signatures)}"


def read_key(written: str) -> NoteKey:
    """Return the key of a vkey. Raises NoteWrong."""
    name, _, rest = written.strip().partition("+")
    key_id, _, material = rest.partition("+")
    raw = _decoded(material)
    try:
        kind = KeyKind(raw[0])
    except (ValueError, IndexError) as error:
        raise NoteWrong("the key is of no kind that is known here") from error
    key = NoteKey(name, kind, raw[1:])
    if not _NAME.fullmatch(name) or len(key.public) != HASH_BYTES or key.key_id.hex() != key_id:
        raise NoteWrong("this is no key of a signer")
    return key


def key_of(private: Ed25519PrivateKey, name: str, *, kind: KeyKind) -> NoteKey:
    """Return the public side of a key under a name."""
    return NoteKey(name, kind, private.public_key().public_bytes_raw())


def sign_note(text: str, key: NoteKey, private: Ed25519PrivateKey) -> Note:
    """Return the note of a text that ends with a line break, signed once."""
    return Note(text, ((key.name, key.key_id + private.sign(text.encode())),))


def cosign(text: str, key: NoteKey, private: Ed25519PrivateKey, *, at_seconds: int) -> tuple[str, bytes]:
    """Return a witness's signature of a checkpoint's text, seen at a time in seconds since 1970."""
    signed = private.sign(_cosigned(text, at_seconds))
    return key.name, key.key_id + at_seconds.to_bytes(_TIME_BYTES, "big") + signed


def read_note(written: str) -> Note:
    """Return a note, its signatures not yet checked. Raises NoteWrong."""
    if len(written.encode("utf-8", "surrogatepass")) > MAX_NOTE_BYTES:
        raise NoteWrong("the note is too large")
    text, found, lines = written.rpartition("\n\n")
    if not found or not lines.endswith("\n") or any(ord(char) < 0x20 and char != "\n" for char in written):
        raise NoteWrong("this is no note")
    return Note(f"{text}\n", read_signatures(lines))


def read_signatures(lines: str) -> tuple[tuple[str, bytes], ...]:
    """Return the signatures of lines that each begin with a dash. Raises NoteWrong."""
    found = []
    for line in lines.removesuffix("\n").split("\n"):
        name, _, material = line.removeprefix(_BEGINNING).partition(" ")
        raw = _decoded(material)
        if not line.startswith(_BEGINNING) or not _NAME.fullmatch(name) or len(raw) <= _KEY_ID_BYTES:
            raise NoteWrong("a line of the note is no signature")
        found.append((name, raw))
    if len(found) > MAX_SIGNATURES:
        raise NoteWrong("the note has too many signatures")
    return tuple(found)


def read_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a checkpoint says; lines behind the third are passed over. Raises NoteWrong."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteWrong("this is no checkpoint")
    root = _decoded(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteWrong("the checkpoint's root is no SHA-256")
    return Checkpoint(lines[0], int(lines[1]), root)


def signers(note: Note, keys: Iterable[NoteKey]) -> list[NoteKey]:
    """Return those of `keys` that have signed the note. Raises NoteWrong for a wrong signature in their name."""
    found = []
    for key in keys:
        for name, raw in note.signatures:
            if name == key.name and raw[:_KEY_ID_BYTES] == key.key_id:
                _verify(note.text, key, raw[_KEY_ID_BYTES:])
                found.append(key)
                break
    return found


def cosigned_at(note: Note, key: NoteKey) -> int:
    """Return the time (seconds since 1970) that a witness put to its signature; 0 where it has not signed."""
    for name, raw in note.signatures:
        if name == key.name and raw[:_KEY_ID_BYTES] == key.key_id:
            return int.from_bytes(raw[_KEY_ID_BYTES:][:_TIME_BYTES], "big")
    return 0


def signature_line(name: str, raw: bytes) -> str:
    """Return a signature as a line of a note."""
    return f"{_BEGINNING}{name} {_encoded(raw)}\n"


def with_signatures(note: Note, more: Sequence[tuple[str, bytes]]) -> Note:
    """Return the note with further signatures, each key's only once."""
    seen = {(name, raw[:_KEY_ID_BYTES]) for name, raw in note.signatures}
    return Note(
        note.text, (*note.signatures, *((name, raw) for name, raw in more if (name, raw[:_KEY_ID_BYTES]) not in seen))
    )


def _verify(text: str, key: NoteKey, signature: bytes) -> None:
    message = text.encode()
    if key.kind is KeyKind.COSIGNATURE:
        message = _cosigned(text, int.from_bytes(signature[:_TIME_BYTES], "big"))
        signature = signature[_TIME_BYTES:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise NoteWrong("a signature does not fit the text") from error


def _cosigned(text: str, at_seconds: int) -> bytes:
    """Return what a witness signs (tlog-cosignature, "Ed25519 signed message")."""
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteWrong("this is no base64") from error
    if _encoded(raw) != text:
        raise NoteWrong("this is not the one way to write these bytes")
    return raw
