"""What do the tests of sealed values have at hand? What is handed out, opened as the recovery key's keepers do."""

from dataclasses import dataclass
from pathlib import Path

from gateway.db import Database
from gateway.inquiry.reveals import Reveal, RevealState
from gateway.inquiry.sealed import SealedFile, sealed_file
from security.audit.privacy import PseudonymKeys, read_recovery_private_key, unseal


@dataclass(frozen=True)
class Opened:
    """What was handed out, and the clear values in it."""

    file: SealedFile
    clear: list[str]


def reveal_of(*exchanges: str, state: RevealState = RevealState.AGREED, decided_us: int = 0) -> Reveal:
    """Return a request to open what these exchanges seal, agreed by a second person."""
    return Reveal(
        id="r", asked_us=0, asked_by="an", reason="x", incident="", exchanges=exchanges, state=state,
        decided_us=decided_us, decided_by="binh", note="",
    )  # fmt: skip


async def open_sealed(url: str, keys: Path | None, *exchanges: str) -> Opened:
    """Return what is handed out of these exchanges, opened with `recovery.key` in `keys`."""
    where = keys or Path("nowhere")
    database = Database.open(url)
    try:
        async with database.reading() as session:
            data = PseudonymKeys(where / "pseudonyms").data
            said = await sealed_file(await session.connection(), reveal_of(*exchanges), data)
    finally:
        await database.close()
    if not said.values:
        return Opened(said, [])
    private = read_recovery_private_key(where / "recovery.key")
    clear = [
        unseal(private, one.sealed, ephemeral_public=bytes.fromhex(one.ephemeral), seq=one.seq, place=one.place)
        for one in said.values
    ]
    return Opened(said, clear)
