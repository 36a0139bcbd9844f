"""What lies in an export beside its records, and who vouches for all of it?

A ZIP: the records, the checkpoints that they are proven by, the public keys, a text for people, the verifier, and a
manifest with the SHA-256 of each, signed with the platform's key (RFC 7515, ES256; `/.well-known/jwks.json`).
Everything here blocks and is called in threads.
"""

import hashlib
import importlib.resources
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from gateway.exports.forms import records_name
from gateway.exports.orders import Form, Order
from gateway.exports.readme import README_EN, README_VI
from security.audit.log import Head
from security.audit.notes import read_checkpoint
from security.audit.verify_bundle import FORMAT, KEYS, MANIFEST, SIGNATURE
from security.signatures import Signer

VERIFIER: Final = "verify_bundle.py"
_BLOCK: Final = 1 << 20


class LogPart(msgspec.Struct, frozen=True, kw_only=True):
    """What of a log is in the export: the size that its checkpoint signs, the first and last leaf."""

    origin: str
    size: int
    first_index: int
    last_index: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, by whom, and what came of it. `pending` records are in no signed log yet.

    `absent` exchanges were asked for, and no record of them is here: unknown, another agency's, or not kept any more.
    """

    format: str = FORMAT
    kind: str
    id: str
    platform: str
    asked_at: datetime
    made_at: datetime
    asked_by: str
    agency: str
    filter: Mapping[str, str]
    exchanges: Sequence[str]
    count: int
    pending: int
    absent: int
    logs: Mapping[str, LogPart]
    records_in: str
    files: Mapping[str, str]


class Package:
    """A ZIP in the making: add what belongs in it, then `seal` it."""

    def __init__(self, path: Path) -> None:
        """Begin it at `path`."""
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._digests: dict[str, str] = {}

    def open(self, name: str) -> "Member":
        """Return a member to write; close it before anything else is added."""
        return Member(self._zip.open(name, "w", force_zip64=True), name, self._digests)

    def add(self, name: str, content: bytes) -> None:
        """Add a small file."""
        with self.open(name) as member:
            member.write(content)

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from the disk, by and by."""
        with self.open(name) as member, path.open("rb") as source:
            while part := source.read(_BLOCK):
                member.write(part)

    def seal(self, manifest: Manifest, signer: Signer) -> None:
        """Sign what was added, and end the ZIP."""
        signed = msgspec.structs.replace(manifest, files=dict(sorted(self._digests.items())))
        self.add(MANIFEST, msgspec.json.encode(signed))
        self.add(SIGNATURE, signer.sign(signed).encode())
        self._zip.close()

    def close(self) -> None:
        """Let go of the file, whole or not."""
        self._zip.close()


class Member:
    """A file of the ZIP that is being written, and its SHA-256."""

    def __init__(self, target: IO[bytes], name: str, digests: dict[str, str]) -> None:
        self._target, self._name, self._digests = target, name, digests
        self._digest = hashlib.sha256()

    def __enter__(self) -> "Member":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and note its digest."""
        self._target.close()
        self._digests[self._name] = self._digest.hexdigest()

    def write(self, content: bytes) -> int:
        """Take bytes."""
        self._digest.update(content)
        return self._target.write(content)


def add_surroundings(package: Package, order: Order, *, keys: bytes, heads: Mapping[str, Head], signer: Signer) -> None:
    """Add all that lies beside the records: checkpoints, keys, the texts and the verifier."""
    for log, head in heads.items():
        package.add(f"checkpoints/{log}.txt", head.checkpoint.encode())
    package.add(KEYS, keys)
    for name, text in (("DOC-TRUOC.txt", README_VI), ("README.txt", README_EN)):
        package.add(name, text.format(records=f"{records_name(order.form):<14}", issuer=signer.issuer).encode())
    verifier = importlib.resources.files("security.audit").joinpath(VERIFIER)
    package.add(VERIFIER, verifier.read_bytes())


def manifest_of(
    order: Order,
    heads: Mapping[str, Head],
    ranges: Mapping[str, tuple[int, int, int]],
    *,
    records: int,
    absent: int,
    signer: Signer,
    at: datetime,
) -> Manifest:
    """Return the manifest, without the files' digests. `ranges` has first and last leaf, and how many, of each log."""
    return Manifest(
        kind="bundle" if order.form is Form.BUNDLE else "export",
        id=order.id,
        platform=signer.issuer,
        asked_at=order.asked_at,
        made_at=at,
        asked_by=order.member,
        agency=order.agency,
        filter=order.about.told(),
        exchanges=order.about.exchanges,
        count=records,
        pending=records - sum(count for _, _, count in ranges.values()),
        absent=absent,
        logs={
            log: LogPart(
                origin=read_checkpoint(heads[log].checkpoint.rpartition("\n\n")[0] + "\n").origin,
                size=heads[log].signed_size,
                first_index=first,
                last_index=last,
            )
            for log, (first, last, _) in ranges.items()
        },
        records_in=records_name(order.form),
        files={},
    )
