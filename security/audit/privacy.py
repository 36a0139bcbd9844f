"""How can a person be found in the record by those who may, and read there only by two people together?

Two means, for each identifier: a keyed pseudonym (HMAC-SHA-256 under a key of the month, its first half as RFC 2104,
5 allows) to search by, and a sealed value that the gateway itself cannot open later. Digests of what was sent are
keyed likewise: an identity number in a path can be guessed, and a plain digest would confirm the guess.

One X25519 agreement per record would cost 100 µs, so each stream makes one ephemeral key per epoch, agrees once with
the recovery public key, writes the ephemeral public key into a KEY record, and forgets the session key when the epoch
ends. Around that goes a second layer, under the data key of the month and the database (`security.audit.datakeys`):
who destroys it has erased what it covers, without the recovery key. The KEY record says how many layers there are.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from security.audit.datakeys import DataKeys, keyed_database, month_name
from security.audit.keyfiles import KeyFiles, KeyUnusable, publish_once, read_key
from security.audit.record import What

LAYERS = 2
"""In how many layers values are sealed now: to the recovery key, and around that under a data key."""
INLINE_SUBJECTS = 32
MAX_SEALED_BYTES = 48
PSEUDONYM_BYTES = 16
CASE_FILE_PLACE = 0
FIRST_SUBJECT_PLACE = 1
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))
_SESSION_INFO = b"lienthong record seal 1"
_DATA_INFO = b"lienthong record data 1"
_ANY_MONTH = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


# --- pseudonyms --------------------------------------------------------------------------------------------


class PseudonymKeys:
    """The months' pseudonym keys, one file each in `directory`; all nodes of an installation share the directory.

    A month's key is made when the month's first identifier is recorded, and by nothing else: who looks somebody up
    makes none. Destroying the key of a past month (`erase`) makes its pseudonyms unlinkable to identifiers for ever,
    and goes with destroying its data keys (`data`, which lie beside them): that is how the record is erased. What was
    erased is never made anew.
    """

    def __init__(self, directory: Path) -> None:
        self._files = KeyFiles(directory)
        self.data = DataKeys(self._files)
        self._pads: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}
        self._month = 0
        self._month_id = ""

    def __repr__(self) -> str:
        return "PseudonymKeys()"

    def key_id(self, at: datetime) -> str:
        """Return the id of the key in use at `at`: the month in UTC, `YYYY-MM`."""
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC)
        # Asked for each record: the text is made once a month.
        month = at.year * 12 + at.month
        if month != self._month:
            self._month, self._month_id = month, f"{at.year:04}-{at.month:02}"
        return self._month_id

    def in_use(self, at: datetime) -> str:
        """Return the id of the key of the month of `at`, which is made when there is none.

        For what records, and for marks of months that have not ended; who looks for what was recorded MUST NOT call it.
        Raises KeyUnusable, also for a month that was erased.
        """
        key_id = self.key_id(at)
        if key_id not in self._pads:
            # Only the keys of the last two months in which something was recorded stay in memory.
            kept = dict(list(self._pads.items())[-1:])
            self._pads = {**kept, key_id: self._load(key_id, make=True)}
        return key_id

    def erase(self, key_id: str) -> bool:
        """Destroy all keys of a month for ever; return whether its pseudonym key was there. Raises KeyUnusable.

        From the first step on nothing makes any of them anew; cut off in between, it MUST be called again.
        """
        self._pads.pop(key_id, None)
        there = self._files.erase(month_name(key_id))
        self.data.erase_month(key_id)
        return there

    def has(self, key_id: str) -> bool:
        """Tell whether there is a key of a month."""
        return self._files.has(month_name(key_id))

    def is_erased(self, key_id: str) -> bool:
        """Tell whether the key of a month was destroyed."""
        return self._files.is_erased(month_name(key_id))

    def subject(self, identifier: str, *, key_id: str) -> str:
        """Return the pseudonym (32 hex digits) of a person's or enterprise's identifier. Raises KeyUnusable."""
        return self._keyed(b"subject\x00", identifier, key_id)

    def case_file(self, number: str, *, key_id: str) -> str:
        """Return the keyed hash (32 hex digits) of a case file's number. Raises KeyUnusable."""
        return self._keyed(b"case-file\x00", number, key_id)

    def known_months(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return the ids of the keys that there are of the months from `since` to `until`, both included.

        Who looks somebody up MUST ask by these only: a month that was erased would get a key again by being asked for.
        """
        first, last = self.key_id(since), self.key_id(until)
        ids = (name.removeprefix(month_name("")) for name in self._files.names(month_name(_ANY_MONTH)))
        return tuple(sorted(one for one in ids if first <= one <= last))

    def subject_marks(self, identifier: str, since: datetime, until: datetime) -> tuple[str, ...]:
        """Return what a person is called in the months from `since` to `until` that have a key; no key is made.

        A key that is destroyed meanwhile leaves its month out. Raises KeyUnusable for a file that is no key.
        """
        found = []
        for key_id in self.known_months(since, until):
            try:
                if key_id not in self._pads:
                    self._load(key_id, make=False)
            except KeyUnusable:
                if self.has(key_id):
                    raise
                continue
            found.append(self.subject(identifier, key_id=key_id))
        return tuple(found)

    def request(self, digest: str, *, key_id: str) -> str:
        """Return the keyed form (32 hex digits) of a request's digest. Raises KeyUnusable."""
        return self._keyed(b"request\x00", digest, key_id)

    def idempotency_key(self, digest: str, *, key_id: str) -> str:
        """Return the keyed form (32 hex digits) of an idempotency key's digest. Raises KeyUnusable."""
        return self._keyed(b"idempotency-key\x00", digest, key_id)

    def _keyed(self, domain: bytes, value: str, key_id: str) -> str:
        # RFC 2104, 4: the hashes of the padded keys are made once; that is three times as fast as hmac.digest.
        inner, outer = self._pads.get(key_id) or self._load(key_id, make=False)
        inner, outer = inner.copy(), outer.copy()
        inner.update(domain + value.encode("utf-8", "replace"))
        outer.update(inner.digest())
        return outer.digest()[:PSEUDONYM_BYTES].hex()

    def _load(self, key_id: str, *, make: bool) -> tuple["hashlib._Hash", "hashlib._Hash"]:
        name = month_name(key_id)
        key = self._files.make(name) if make else self._files.read(name)
        key = key.ljust(hashlib.sha256().block_size, b"\x00")
        return hashlib.sha256(key.translate(_INNER_PAD)), hashlib.sha256(key.translate(_OUTER_PAD))


# --- sealing -----------------------------------------------------------------------------------------------


class SealSession:
    """One stream's sealing key for one epoch. Nonces are (seq, place), so a session MUST NOT outlive its stream."""

    def __init__(self, recovery_key: X25519PublicKey) -> None:
        ephemeral = X25519PrivateKey.generate()
        self.public = ephemeral.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]
        shared = ephemeral.exchange(recovery_key)
        self._cipher = _session_cipher(shared, self.public, recovery_key.public_bytes_raw())

    def __repr__(self) -> str:
        return f"SealSession({self.key_id})"

    def layer(self, data_key: bytes) -> ChaCha20Poly1305:
        """Return what puts the outer layer around what this session seals. Keep it: deriving it is dear."""
        return data_layer(data_key, self.public)

    def seal(self, value: str, *, seq: int, place: int, layer: ChaCha20Poly1305) -> str:
        """Return `value` (its first 48 bytes) sealed in both layers, in unpadded base64url."""
        nonce = _nonce(seq, place)
        inner = self._cipher.encrypt(nonce, value.encode("utf-8", "replace")[:MAX_SEALED_BYTES], None)
        return _text_of(layer.encrypt(nonce, inner, None))


def data_layer(data_key: bytes, ephemeral_public: bytes) -> ChaCha20Poly1305:
    """Return the outer layer of what one session seals under a data key."""
    # RFC 5869: a key of its own for each session, so that (seq, place) is used once under it, however many streams
    # and nodes share the data key.
    derived = HKDF(algorithm=SHA256(), length=32, salt=ephemeral_public, info=_DATA_INFO).derive(data_key)
    return ChaCha20Poly1305(derived)


def uncover(sealed: str, *, layer: ChaCha20Poly1305, seq: int, place: int) -> str:
    """Return a record's `sealed` member without its outer layer, as `unseal` takes it. Raises KeyUnusable."""
    return _text_of(_opened(layer, sealed, seq=seq, place=place, key="data key"))


def unseal(private_key: X25519PrivateKey, sealed: str, *, ephemeral_public: bytes, seq: int, place: int) -> str:
    """Return the clear value that a sealed value's inner layer hides. Raises KeyUnusable when the key does not fit."""
    shared = private_key.exchange(X25519PublicKey.from_public_bytes(ephemeral_public))
    cipher = _session_cipher(shared, ephemeral_public, private_key.public_key().public_bytes_raw())
    return _opened(cipher, sealed, seq=seq, place=place, key="key").decode("utf-8", "replace")


def _opened(cipher: ChaCha20Poly1305, sealed: str, *, seq: int, place: int, key: str) -> bytes:
    try:
        return cipher.decrypt(_nonce(seq, place), base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), None)
    except (InvalidTag, ValueError) as error:
        raise KeyUnusable(f"the sealed value does not open with this {key}") from error


def _text_of(sealed: bytes) -> str:
    # base64.urlsafe_b64encode without its detours: one pass for the alphabet and the padding.
    return binascii.b2a_base64(sealed, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _session_cipher(shared: bytes, ephemeral_public: bytes, recovery_public: bytes) -> ChaCha20Poly1305:
    # RFC 7748, 6.1: derive the key from the shared secret and both public keys.
    salt = ephemeral_public + recovery_public
    return ChaCha20Poly1305(HKDF(algorithm=SHA256(), length=32, salt=salt, info=_SESSION_INFO).derive(shared))


def _nonce(seq: int, place: int) -> bytes:
    # Eight bytes of `seq` and four of `place`; both are small, positive and ours.
    return (seq << 32 | place).to_bytes(12, "big")


# --- what stands in a record -------------------------------------------------------------------------------


class Hidden(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An identifier as it is stored: its pseudonym and its sealed value."""

    pseudonym: str
    sealed: str


class HiddenSubjects(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Whom a record concerns: `count` in all, the first 32 inline, the RFC 6962 root over the others' pseudonyms."""

    count: int
    inline: Sequence[Hidden] = ()
    rest_count: int = 0
    rest_root: str = ""


class Concealer:
    """Hides the identifiers of one stream's records during one epoch, in LAYERS layers: its KEY record MUST say so."""

    def __init__(self, pseudonyms: PseudonymKeys, session: SealSession) -> None:
        self._pseudonyms = pseudonyms
        self._layers: dict[tuple[str, str], ChaCha20Poly1305] = {}
        self.session = session

    def key_ids(self, at: datetime) -> tuple[str, str]:
        """Return the ids of the pseudonym key and of the sealing key that a record made at `at` uses."""
        return self._pseudonyms.key_id(at), self.session.key_id

    def what(self, what: What, *, at: datetime) -> What:
        """Return what was asked as it is stored: its digests keyed. Raises KeyUnusable."""
        request, key = what.request_digest, what.idempotency_key_digest
        if not request and not key:
            return what
        key_id = self._pseudonyms.in_use(at)
        return msgspec.structs.replace(
            what,
            request_digest=self._pseudonyms.request(request, key_id=key_id) if request else "",
            idempotency_key_digest=self._pseudonyms.idempotency_key(key, key_id=key_id) if key else "",
        )

    def case_file(self, number: str, *, database: str, at: datetime, seq: int) -> Hidden:
        """Return a case file's number as a record of `database` (empty: of none) stores it. Raises KeyUnusable."""
        key_id = self._pseudonyms.in_use(at)
        layer = self._layers.get((key_id, database)) or self._layer(key_id, database)
        return Hidden(
            pseudonym=self._pseudonyms.case_file(number, key_id=key_id),
            sealed=self.session.seal(number, seq=seq, place=CASE_FILE_PLACE, layer=layer),
        )

    def subjects(self, identifiers: Sequence[str], *, database: str, at: datetime, seq: int) -> HiddenSubjects:
        """Return the data subjects as a record of `database` (empty: of none) stores them, each once, in this order.

        Raises KeyUnusable.
        """
        key_id = self._pseudonyms.in_use(at)
        layer = self._layers.get((key_id, database)) or self._layer(key_id, database)
        if len(identifiers) == 1:  # nearly every record: none of the lists below
            return HiddenSubjects(1, (self._hidden(identifiers[0], key_id, seq, FIRST_SUBJECT_PLACE, layer=layer),))
        distinct = list(dict.fromkeys(identifiers))
        inline = [
            self._hidden(value, key_id, seq, place, layer=layer)
            for place, value in enumerate(distinct[:INLINE_SUBJECTS], FIRST_SUBJECT_PLACE)
        ]
        rest = [self._pseudonyms.subject(value, key_id=key_id).encode() for value in distinct[INLINE_SUBJECTS:]]
        return HiddenSubjects(len(distinct), inline, len(rest), merkle_root(rest).hex() if rest else "")

    def _hidden(self, identifier: str, key_id: str, seq: int, place: int, *, layer: ChaCha20Poly1305) -> Hidden:
        return Hidden(
            self._pseudonyms.subject(identifier, key_id=key_id),
            self.session.seal(identifier, seq=seq, place=place, layer=layer),
        )

    def _layer(self, key_id: str, database: str) -> ChaCha20Poly1305:
        """Return the outer layer for a month and a database, derived once a session."""
        keyed = key_id, keyed_database(database)
        layer = self._layers.get(keyed)
        if layer is None:
            layer = self._layers[keyed] = self.session.layer(self._pseudonyms.data.in_use(*keyed))
        return layer


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle Tree Hash of `leaves` (RFC 6962, 2.1). The hash of no leaf at all is SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        # An unpaired last node goes up unchanged: with that, pairing level by level gives the clause's recursion.
        odd = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


# --- the recovery key --------------------------------------------------------------------------------------


def make_recovery_key(private_path: Path, public_path: Path) -> None:
    """Make the key pair that sealed values are sealed to, unless it is there.

    The private file (mode 0600) MUST be taken off the gateway's machine: with it the whole record can be read.
    Raises KeyUnusable when only one of the two files is there and it is the private one that is not the public one's.
    """
    if public_path.exists():
        read_key(public_path)
        return
    key = X25519PrivateKey.generate()
    publish_once(private_path, key.private_bytes_raw())
    # The private file may be another process's: the public one must belong to the file, not to what we made.
    kept = X25519PrivateKey.from_private_bytes(read_key(private_path))
    publish_once(public_path, kept.public_key().public_bytes_raw())


def read_recovery_public_key(path: Path) -> X25519PublicKey:
    """Return the public key that values are sealed to. Raises KeyUnusable."""
    return X25519PublicKey.from_public_bytes(read_key(path))


def read_recovery_private_key(path: Path) -> X25519PrivateKey:
    """Return the private key that opens sealed values. Raises KeyUnusable."""
    return X25519PrivateKey.from_private_bytes(read_key(path))
