"""What does a caller hold of an exchange, by which he can show later that its record was promised to him?

A receipt: `JWS~statement~path`, each part base64url without padding. The statement says which record of which exchange
is promised, with the digest of the bytes that were released. The statements of one commit are the leaves of a small
Merkle tree (RFC 6962, 2.1), whose root one JWS (RFC 7515, compact, Ed25519 of RFC 9864) signs; the path leads from the
statement to the root. So one signature serves all whose records became durable together, and whoever has a JOSE library
and SHA-256 can check each of them alone (docs/receipts.md). SD-JWT appends its disclosures in the same way.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from security.audit.merkle import HASH_BYTES, ProofWrong, node_hash, verify_inclusion

RECEIPT_TYPE: Final = "exchange-receipts+jws"
ALGORITHM: Final = "Ed25519"
MOST_CHARS: Final = 8192
Part = TypeVar("Part", bound=msgspec.Struct)
_INDEX_BYTES = 4
_MOST_STATEMENTS = 1 << 20


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is promised. `leaf` and `response` are hex; `at_us` are microseconds since 1970.

    `response` is SHA-256 of the body that was answered with, empty where none was.
    """

    at_us: int
    exchange: str
    leaf: str
    response: str
    seq: int
    stream: str


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the JWS says: who promises, how many statements at once, and their root (base64url)."""

    count: int
    iss: str
    root: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt taken apart; nothing of it is checked yet. `signing_input` is what `signature` covers."""

    key: str
    signing_input: bytes
    signature: bytes
    signed: Signed
    statement: Statement
    statement_hash: bytes
    index: int
    path: Sequence[bytes]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


class ReceiptUnreadable(ValueError):
    """This is no receipt. The text says which part is not as it should be."""


class ReceiptForged(ValueError):
    """This is a receipt, and not one of ours, or not as we gave it. The text says what does not fit."""


class ReceiptSigner:
    """Makes the receipts of one commit after the other."""

    def __init__(self, key: bytes, *, kid: str, issuer: str) -> None:
        """`key` are the 32 octets of an Ed25519 key, `kid` names it among those published, `issuer` is our address."""
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        header = msgspec.json.encode({"alg": ALGORITHM, "kid": kid, "typ": RECEIPT_TYPE})
        self._header = _base64(header) + b"."
        self._issuer = issuer
        self._encode = msgspec.json.Encoder().encode

    def promise(self, *, at_us: int, exchange: str, leaf: bytes, response: str, seq: int, stream: str) -> bytes:
        """Return the statement about one record, as it will be hashed."""
        return self._encode(
            Statement(at_us=at_us, exchange=exchange, leaf=leaf.hex(), response=response, seq=seq, stream=stream)
        )

    def sign(self, statements: Sequence[bytes]) -> list[bytes]:
        """Return the receipts of these statements (at least one), whose records are durable now, in their order."""
        levels = [[statement_hash(one) for one in statements]]
        while len(below := levels[-1]) > 1:
            above = [node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            if len(below) % 2:
                above.append(below[-1])
            levels.append(above)
        signed = Signed(count=len(statements), iss=self._issuer, root=_base64(levels[-1][0]).decode())
        covered = self._header + _base64(self._encode(signed))
        jws = covered + b"." + _base64(self._key.sign(covered)) + b"~"
        return [jws + _base64(one) + b"~" + _base64(_path(levels, at)) for at, one in enumerate(statements)]


def statement_hash(statement: bytes) -> bytes:
    """Return the leaf that a statement is: SHA-256(0x00 ‖ statement)."""
    return hashlib.sha256(b"\x00" + statement).digest()


def read_receipt(text: str) -> Receipt:
    """Return the parts of a receipt. Raises ReceiptUnreadable."""
    trimmed = text.strip()
    if len(trimmed) > MOST_CHARS or not trimmed.isascii():
        raise ReceiptUnreadable("a receipt is ASCII, and shorter")
    parts = trimmed.split("~")
    jws = parts[0].split(".")
    if len(parts) != 3 or len(jws) != 3:
        raise ReceiptUnreadable("a receipt is a compact JWS, a statement and a path, with ~ between them")
    header = _struct(jws[0], _Header, "the JWS's header")
    if header.alg != ALGORITHM or header.typ != RECEIPT_TYPE:
        raise ReceiptUnreadable(f"the JWS's header is not of alg {ALGORITHM} and typ {RECEIPT_TYPE}")
    path = _octets(parts[2], "the path")
    if len(path) < _INDEX_BYTES or (len(path) - _INDEX_BYTES) % HASH_BYTES:
        raise ReceiptUnreadable("the path is not an index and whole hashes")
    hashes = path[_INDEX_BYTES:]
    return Receipt(
        key=header.kid,
        signing_input=f"{jws[0]}.{jws[1]}".encode(),
        signature=_octets(jws[2], "the signature"),
        signed=_struct(jws[1], Signed, "the JWS's payload"),
        statement=_struct(parts[1], Statement, "the statement"),
        statement_hash=statement_hash(_octets(parts[1], "the statement")),
        index=int.from_bytes(path[:_INDEX_BYTES], "big"),
        path=[hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)],
    )


def verify_receipt(receipt: Receipt, keys: Mapping[str, bytes]) -> None:
    """Return when one of these keys (by `kid`, 32 octets each) promised the statement. Raises ReceiptForged."""
    key = keys.get(receipt.key)
    if key is None:
        raise ReceiptForged("it is signed with a key that is not among those given")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(receipt.signature, receipt.signing_input)
    except (InvalidSignature, ValueError) as error:
        raise ReceiptForged("the signature does not verify") from error
    root = _octets(receipt.signed.root, "the root")
    if not 0 < receipt.signed.count <= _MOST_STATEMENTS:
        raise ReceiptForged("so many statements are not signed at once")
    try:
        verify_inclusion(receipt.statement_hash, receipt.index, receipt.signed.count, proof=receipt.path, root=root)
    except ProofWrong as error:
        raise ReceiptForged("the statement is not among those that were signed") from error


def _path(levels: Sequence[Sequence[bytes]], at: int) -> bytes:
    path = [at.to_bytes(_INDEX_BYTES, "big")]
    for level in levels[:-1]:
        sibling = at ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        at >>= 1
    return b"".join(path)


def _base64(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def _octets(text: str, part: str) -> bytes:
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReceiptUnreadable(f"{part} is not base64url") from error
    if _base64(octets).decode() != text:
        raise ReceiptUnreadable(f"{part} is not base64url in its one form")
    return octets


def _struct(text: str, kind: type[Part], part: str) -> Part:
    try:
        return msgspec.json.decode(_octets(text, part), type=kind)
    except msgspec.MsgspecError as error:
        raise ReceiptUnreadable(f"{part} does not have the members that it should") from error
