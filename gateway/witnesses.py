"""How does the log get the signatures of witnesses on its checkpoints? (C2SP tlog-witness)

Who witnesses is the operator's choice; better another agency's machine than ours. A witness that is away keeps nobody
waiting: what it owes is asked for again a while later. One that refuses because the log contradicts what it has seen is
the alarm that witnesses are for.
"""

import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import httpx2

from gateway.telemetry import Logger
from security.audit.checkpoints import SigningRefused
from security.audit.notes import (
    Note,
    NoteKey,
    NoteWrong,
    read_checkpoint,
    read_key,
    read_note,
    read_signatures,
    signers,
    with_signatures,
)

_SIZE_TYPE: Final = "text/x.tlog.size"
_TIMEOUT_SECONDS: Final = 1.0
_AGAIN_AFTER_SECONDS: Final = 30.0

Signature: TypeAlias = tuple[str, bytes]
Prove: TypeAlias = Callable[[int], Awaitable[Sequence[bytes]]]
"""Returns the proof that the tree of so many leaves is the beginning of the one that is to be signed."""


class WitnessUnclear(ValueError):
    """What was set as a witness is none. The text says what is expected."""


@dataclass(slots=True)
class Witness:
    """Somebody who signs: by which key, below which address; `size` is how far he had come when he last answered."""

    key: NoteKey
    url: str
    size: int = 0
    away_since: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Witnesses:
    """All of them. `http` is closed by whoever opened it."""

    known: Sequence[Witness]
    http: httpx2.AsyncClient
    log: Logger
    clock: Callable[[], float] = field(default=time.monotonic)

    def are_owed(self, checkpoint: str) -> bool:
        """Tell whether a witness has not signed this checkpoint and has been left alone long enough."""
        if not checkpoint or not any(self._may_be_asked(one) for one in self.known):
            return False
        try:
            note = read_note(checkpoint)
            return any(self._may_be_asked(one) and not signers(note, [one.key]) for one in self.known)
        except NoteWrong:  # not ours: whoever signs next finds out
            return True

    async def cosign(self, note: Note, *, prove: Prove) -> list[Signature]:
        """Return the signatures of those who answered and agree. Who is away is logged, and left alone for a while.

        Raises SigningRefused when a witness has seen another history than this one.
        """
        found: list[Signature] = []
        for witness in self.known:
            if not self._may_be_asked(witness):
                continue
            try:
                found.extend(await self._ask(witness, note, prove=prove))
            except (httpx2.HTTPError, NoteWrong) as error:
                witness.away_since = self.clock()
                self.log.warning("log.witness-away", witness=witness.key.name, error=type(error).__name__)
        return found

    def _may_be_asked(self, witness: Witness) -> bool:
        return self.clock() - witness.away_since > _AGAIN_AFTER_SECONDS

    async def _ask(self, witness: Witness, note: Note, *, prove: Prove) -> Sequence[Signature]:
        """Ask, and once more from where the witness says that it stands."""
        size = read_checkpoint(note.text).size
        for _ in range(2):
            if witness.size > size:
                raise SigningRefused(
                    f"the witness {witness.key.name} has seen {witness.size} records and there are {size}: an older "
                    "database was put back"
                )
            answer = await self.http.post(
                f"{witness.url.rstrip('/')}/add-checkpoint",
                content=request_body(witness.size, await prove(witness.size), note),
                timeout=_TIMEOUT_SECONDS,
            )
            stands = _size_of(answer)
            if stands is None or stands == witness.size:
                break
            witness.size = stands
        if answer.status_code == 200:
            return self._accepted(witness, note, answer.text)
        if answer.status_code in (409, 422):
            raise SigningRefused(f"the witness {witness.key.name} has seen another history of this log")
        answer.raise_for_status()
        raise NoteWrong("the witness answers nothing that is known here")

    def _accepted(self, witness: Witness, note: Note, lines: str) -> Sequence[Signature]:
        offered = [one for one in read_signatures(lines) if one[0] == witness.key.name]
        if not signers(with_signatures(note, offered), [witness.key]):
            raise NoteWrong("the witness answered without a signature of its own")
        witness.size = read_checkpoint(note.text).size
        return offered


def _size_of(answer: httpx2.Response) -> int | None:
    """Return the size at which a witness says that it stands (409 with its type), None where it says nothing."""
    text = answer.text.strip()
    if answer.status_code != 409 or answer.headers.get("content-type") != _SIZE_TYPE:
        return None
    return int(text) if text.isascii() and text.isdigit() else None


def request_body(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """Return the body of a request to a witness."""
    lines = [f"old {old}\n", *(f"{base64.b64encode(one).decode()}\n" for one in proof), "\n", note.written()]
    return "".join(lines).encode()


def read_witness(text: str) -> Witness:
    """Return the witness of a setting: its key and its address, with a blank between. Raises WitnessUnclear."""
    key, _, url = text.partition(" ")
    try:
        read = read_key(key)
    except NoteWrong as error:
        raise WitnessUnclear("a witness is named by its key (name+id+key), a blank and its address") from error
    if not url.startswith(("http://", "https://")):
        raise WitnessUnclear("a witness's address begins with http:// or https://")
    return Witness(read, url)
