"""Which keys does this platform hold, and where do they lie?

One directory (0700), one file per key (0600), made once by `ensure_keys` and only read afterwards. Token keys stand
in three slots, so that rotation never meets a node that does not know the key: `next` is published before it signs,
`current` signs, `previous` is published until its last token has expired. Agreement keys are numbered and never
forgotten: what the newest of them or an older one has signed must be checked for as long as agreements are kept.
Receipt keys likewise, for as long as the record is.
"""

import base64
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from security.errors import KeysUnusable

SECRET_BYTES = 32
_SLOTS = ("current", "next", "previous")
_SYMMETRIC = ("cursor", "idempotency", "pseudonym", "sealing")


@dataclass(frozen=True, slots=True)
class TokenKey:
    """An ES256 key (P-256), for tokens or for agreements. `kid` is its RFC 7638 thumbprint (SHA-256, base64url)."""

    kid: str
    key: ECKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """An Ed25519 key, for receipts: its RFC 7638 thumbprint, and both halves, 32 octets each (RFC 8032, 5.1.5)."""

    kid: str
    public: bytes
    private: bytes = field(repr=False)

    def jwk(self) -> dict[str, str]:
        """Return the public half as a JWK (RFC 8037, 2)."""
        x = base64.urlsafe_b64encode(self.public).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "use": "sig", "alg": "Ed25519"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What `load_keys` found. No repr shows a key.

    `signing` signs new tokens; `published` are all token keys whose tokens are accepted, the signing one first.
    `agreement` are the keys that agreements are signed with, the one in force first; no token is. `receipt` are
    those of receipts in the same order. `cursor`, `idempotency`, `pseudonym` and `sealing` are 32 random bytes each.
    """

    signing: TokenKey
    published: tuple[TokenKey, ...]
    agreement: tuple[TokenKey, ...]
    receipt: tuple[ReceiptKey, ...]
    cursor: bytes = field(repr=False)
    idempotency: bytes = field(repr=False)
    pseudonym: bytes = field(repr=False)
    sealing: bytes = field(repr=False)

    def jwks(self) -> bytes:
        """Return the public halves as a JWK Set (RFC 7517 section 5), ready to be served."""
        stated = {"use": "sig", "alg": "ES256"}
        shown = (*self.published, *self.agreement)
        public = [{**entry.key.as_dict(private=False), "kid": entry.kid, **stated} for entry in shown]
        return msgspec.json.encode({"keys": [*public, *(entry.jwk() for entry in self.receipt)]})


def ensure_keys(directory: Path) -> Keys:
    """Make the keys that are not there yet, and return all of them as `load_keys` does.

    Several processes may start at once: whoever comes first makes a key, the others read it.
    """
    ensure_directory(directory)
    for slot in ("current", "next"):
        create_once(_token_path(directory, slot), _new_token_key)
    create_once(_agreement_path(directory, 1), _new_token_key)
    create_once(_receipt_path(directory, 1), _new_receipt_key)
    for name in _SYMMETRIC:
        create_once(_symmetric_path(directory, name), lambda: secrets.token_bytes(SECRET_BYTES))
    return load_keys(directory)


def load_keys(directory: Path) -> Keys:
    """Read the keys again, e.g. after a rotation. Raises `KeysUnusable`, never makes a key."""
    slots: dict[str, TokenKey] = {}
    for slot in _SLOTS:
        path = _token_path(directory, slot)
        if slot != "previous" or path.exists():
            slots[slot] = _read_token_key(path)
    published = {slots[slot].kid: slots[slot] for slot in _SLOTS if slot in slots}
    cursor, idempotency, pseudonym, sealing = (_read_symmetric(directory, name) for name in _SYMMETRIC)
    agreement = tuple(_read_token_key(path) for path in reversed(_agreement_paths(directory)))
    receipt = tuple(_read_receipt_key(path) for path in reversed(_receipt_paths(directory)))
    return Keys(
        slots["current"], tuple(published.values()), agreement, receipt, cursor, idempotency, pseudonym, sealing
    )


def rotate_token_key(directory: Path) -> Keys:
    """Let the `next` key sign from now on, keep the former one for verifying, and make a new `next`.

    Wait the length of a token's life (and the nodes' reload interval) before rotating again: the key before the
    previous one is forgotten. Each step leaves a set that `load_keys` accepts or that `ensure_keys` completes.
    """
    current, following = _token_path(directory, "current"), _token_path(directory, "next")
    _replace(_token_path(directory, "previous"), read_private(current))
    following.replace(current)
    return ensure_keys(directory)


def rotate_agreement_key(directory: Path) -> Keys:
    """Let a new key sign agreements from now on; the former ones stay, and stay published, to check with.

    Running nodes sign with the key that they know until they are started again.
    """
    create_once(_agreement_path(directory, len(_agreement_paths(directory)) + 1), _new_token_key)
    return ensure_keys(directory)


def rotate_receipt_key(directory: Path) -> Keys:
    """Let a new key sign receipts from now on; the former ones stay, and stay published, to check with.

    Running nodes sign with the key that they know until they are started again.
    """
    create_once(_receipt_path(directory, len(_receipt_paths(directory)) + 1), _new_receipt_key)
    return ensure_keys(directory)


# --- the file layer, shared with the record's own keys -----------------------------------------------------------


def ensure_directory(directory: Path) -> None:
    """Make `directory` with mode 0700, or raise `KeysUnusable` when it is open to other users."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        raise KeysUnusable(f"the key directory {directory.name} is open to other users (wanted: mode 0700)")


def create_once(path: Path, make: Callable[[], bytes]) -> None:
    """Write `make()` to `path` (0600, durable) unless it is there already. Atomic among processes: the first wins."""
    if path.exists():
        return
    draft = _write_draft(path, make())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def read_private(path: Path) -> bytes:
    """Return the bytes of a key file. Raises `KeysUnusable` when it is missing, or when others may read it."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeysUnusable(f"the key file {path.name} is open to other users (wanted: mode 0600)")
            return file.read()
    except OSError as error:
        raise KeysUnusable(f"the key file {path.name} cannot be read") from error


def _replace(path: Path, content: bytes) -> None:
    _write_draft(path, content).replace(path)
    _sync_directory(path.parent)


def _write_draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- forms ---------------------------------------------------------------------------------------------------------


def _token_path(directory: Path, slot: str) -> Path:
    return directory / f"token-{slot}.pem"


def _agreement_path(directory: Path, number: int) -> Path:
    return directory / f"agreement-{number:04}.pem"


def _agreement_paths(directory: Path) -> list[Path]:
    return sorted(directory.glob("agreement-[0-9][0-9][0-9][0-9].pem"))


def _receipt_path(directory: Path, number: int) -> Path:
    return directory / f"receipt-{number:04}.pem"


def _receipt_paths(directory: Path) -> list[Path]:
    return sorted(directory.glob("receipt-[0-9][0-9][0-9][0-9].pem"))


def _symmetric_path(directory: Path, name: str) -> Path:
    return directory / f"{name}.key"


def _new_token_key() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)


def _new_receipt_key() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)


def _read_receipt_key(path: Path) -> ReceiptKey:
    try:
        key = OKPKey.import_key(read_private(path))
    except (JoseError, ValueError, TypeError) as error:
        raise KeysUnusable(f"the key file {path.name} is damaged") from error
    held = key.raw_value
    if not isinstance(held, Ed25519PrivateKey):
        raise KeysUnusable(f"the key file {path.name} is not a private Ed25519 key")
    return ReceiptKey(key.thumbprint(), held.public_key().public_bytes_raw(), held.private_bytes_raw())


def _read_token_key(path: Path) -> TokenKey:
    try:
        key = ECKey.import_key(read_private(path))
    except (JoseError, ValueError, TypeError) as error:
        raise KeysUnusable(f"the key file {path.name} is damaged") from error
    if key.curve_name != "P-256" or not key.is_private:
        raise KeysUnusable(f"the key file {path.name} is not a private P-256 key")
    return TokenKey(key.thumbprint(), key)


def _read_symmetric(directory: Path, name: str) -> bytes:
    content = read_private(_symmetric_path(directory, name))
    if len(content) != SECRET_BYTES:
        raise KeysUnusable(f"the key file {name}.key is damaged")
    return content
