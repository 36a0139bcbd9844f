"""May a witness put its name to this checkpoint? (C2SP tlog-witness, "add-checkpoint")

A witness remembers of each log how large it was and which root it had, and signs only what that is the beginning of.
So an operator cannot show one history to some and another to others. Pure: keeping what was seen, in one step with the
look at what was seen before, is the caller's.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from security.audit.merkle import HASH_BYTES, ProofWrong, verify_consistency
from security.audit.notes import Checkpoint, Note, NoteKey, NoteWrong, read_checkpoint, read_note, signers

MAX_REQUEST_BYTES: Final = 64 * 1024
_MAX_PROOF: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class RequestUnfit(ValueError):
    """This is no request to a witness (400)."""


class OriginUnknown(Exception):
    """The witness was not told of this log (404)."""


class NotSigned(Exception):
    """None of the signatures is by a key of the log (403)."""


class SizeDiffers(Exception):
    """The log is not, for us, where the request says (409); `size` is where it is."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the last checkpoint seen has {size} leaves")
        self.size = size


class NotConsistent(Exception):
    """What was seen before is not the beginning of what is shown now (422): somebody rewrites history."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: how large the log was at the last signature, the proof from there, and the new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a witness has last signed of a log."""

    size: int
    root: bytes


def read_request(body: bytes) -> Asked:
    """Return what is asked. Raises RequestUnfit."""
    try:
        head, found, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        raise RequestUnfit("this is no text") from error
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if not found or old is None or len(lines) > _MAX_PROOF:
        raise RequestUnfit("an old size, a proof, an empty line and a checkpoint are expected")
    try:
        return Asked(int(old[1]), tuple(_hash(line) for line in lines), read_note(note))
    except NoteWrong as error:
        raise RequestUnfit(str(error)) from error


def judge(asked: Asked, seen: Remembered | None, *, logs: Mapping[str, Sequence[NoteKey]]) -> Checkpoint:
    """Return the checkpoint that may be signed. `seen` is what was last signed of its origin, None: nothing yet.

    Raises RequestUnfit, OriginUnknown, NotSigned, SizeDiffers, NotConsistent.
    """
    try:
        checkpoint = read_checkpoint(asked.note.text)
    except NoteWrong as error:
        raise RequestUnfit(str(error)) from error
    keys = logs.get(checkpoint.origin)
    if keys is None:
        raise OriginUnknown("this log is not known here")
    try:
        signed = signers(asked.note, keys)
    except NoteWrong:
        signed = []
    if not signed:
        raise NotSigned("the checkpoint is not signed by the log")
    if asked.old > checkpoint.size:
        raise RequestUnfit("the old size is larger than the new one")
    before = seen or Remembered(0, b"")
    if asked.old != before.size:
        raise SizeDiffers(before.size)
    if before.size == checkpoint.size and before.size and before.root != checkpoint.root:
        raise SizeDiffers(before.size)
    _must_grow(asked, before, checkpoint)
    return checkpoint


def _must_grow(asked: Asked, before: Remembered, checkpoint: Checkpoint) -> None:
    if before.size == 0:
        if asked.proof:
            raise NotConsistent("a proof from nothing is empty")
        return
    try:
        verify_consistency(
            before.size, checkpoint.size, proof=asked.proof, old_root=before.root, new_root=checkpoint.root
        )
    except ProofWrong as error:
        raise NotConsistent(str(error)) from error


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestUnfit("a line of the proof is no base64") from error
    if len(raw) != HASH_BYTES:
        raise RequestUnfit("a line of the proof is no SHA-256")
    return raw
