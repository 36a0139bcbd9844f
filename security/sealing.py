"""How is a secret kept that must be read again, where others are kept as a hash?

AES-256-GCM under a key of the keys directory. The system and the secret's id are bound in: what is moved to another row
of the database does not open there.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.errors import SecretUnavailable

_NONCE_BYTES = 12
_PURPOSE = b"lienthong sealed secret 1"


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret that only the holder of the key can read, and the id under which the catalogue keeps it."""

    id: str
    sealed: bytes = field(repr=False)


class SecretSealer:
    """Seals and opens secrets with one key of 32 bytes (`security.keys.Keys.sealing`)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: str, *, system: str, key_id: str) -> SealedSecret:
        """Return the secret, sealed for this system and this id."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return SealedSecret(key_id, nonce + self._cipher.encrypt(nonce, secret.encode(), _bound(system, key_id)))

    def open(self, kept: SealedSecret, *, system: str) -> bytes:
        """Return the secret's bytes (UTF-8). Raises `SecretUnavailable` when it was sealed by another key or moved."""
        nonce, content = kept.sealed[:_NONCE_BYTES], kept.sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, _bound(system, kept.id))
        except (InvalidTag, ValueError) as error:
            raise SecretUnavailable(f"the sealed secret {kept.id} of {system} does not open with our key") from error


def _bound(system: str, key_id: str) -> bytes:
    return _PURPOSE + f"\n{len(system.encode())}:{system}\n{key_id}".encode()
