"""Has this client proven who it is by a WS-Security UsernameToken (OASIS UsernameToken Profile 1.1.1)?

PasswordText is the client secret itself (`security.assertions.verify_secret`). PasswordDigest is
Base64(SHA-1(nonce + created + password)): whoever checks it needs the secret, so there is a secret of its own kind for
it, kept sealed (`security.sealing`). SHA-1 is the profile's; nothing here depends on collisions being hard to find, and
the secret has 256 random bits. An unknown client is verified against a secret that nobody holds, by the same path.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Protocol

from security.assertions import Client, Proof
from security.errors import ClientRefused
from security.sealing import SealedSecret, SecretSealer

METHOD_TEXT = "wsse-password-text"
METHOD_DIGEST = "wsse-password-digest"
LIFETIME = timedelta(minutes=5)
"""How old a token may be (profile, 3.1: five minutes are recommended as a minimum); its nonce is kept that long."""
SKEW = timedelta(minutes=1)
"""How far into the future a client's clock may be."""
MIN_NONCE_BYTES = 8
MAX_NONCE_BYTES = 256
_SHA1_BYTES = 20
# XML Schema, 3.2.7 (dateTime), with its time zone: without one nobody knows which moment is meant.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """The texts of a UsernameToken, as they stand in the message.

    `password` is set for PasswordText; `digest`, `nonce` and `created` for PasswordDigest. `nonce` is Base64.
    """

    username: str
    password: str = field(default="", repr=False)
    digest: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    created: str = ""


class DigestClient(Client, Protocol):
    """What must be known of a system to let it prove itself by a digest, too."""

    @property
    def sealed_secrets(self) -> Sequence[SealedSecret]:
        """Its secrets for digests that are in force."""
        ...


class DigestVerifier:
    """Verifies digests of passwords with the secrets that `sealer` opens."""

    def __init__(self, sealer: SecretSealer) -> None:
        self._sealer = sealer
        self._nobodys = (sealer.seal("a secret that nobody holds", system="", key_id="nobody"),)

    def verify(self, token: UsernameToken, client: DigestClient | None, *, now: datetime) -> Proof:
        """Return the proof, whose `jti` (the nonce) MUST still be used up: then nobody can send it again.

        Raises `ClientRefused` after the same comparison whatever the reason; the reason is for the record.
        """
        nonce, offered = _read_base64(token.nonce, "nonce"), _read_base64(token.digest, "digest")
        created = read_created(token.created)
        if not MIN_NONCE_BYTES <= len(nonce) <= MAX_NONCE_BYTES or len(offered) != _SHA1_BYTES:
            raise ClientRefused("username-token-unreadable")
        kept = client.sealed_secrets if client is not None else ()
        system = client.code if client is not None and kept else ""
        fitting = [  # all of them are looked at
            secret.id
            for secret in kept or self._nobodys
            if hmac.compare_digest(offered, digest_of(nonce, token.created, self._sealer.open(secret, system=system)))
        ]
        if client is None:
            raise ClientRefused("client-unknown")
        if not client.legacy:
            raise ClientRefused("secret-not-allowed")
        if not kept or not fitting:
            raise ClientRefused("secret-wrong")
        if created > now + SKEW:
            raise ClientRefused("username-token-from-the-future")
        if created + LIFETIME <= now:
            raise ClientRefused("username-token-expired")
        if not client.active:
            raise ClientRefused("client-inactive")
        return Proof(client, METHOD_DIGEST, fitting[0], f"wsse-nonce {nonce.hex()}", created + LIFETIME)


def digest_of(nonce: bytes, created: str, secret: bytes) -> bytes:
    """Return SHA-1(nonce + created + password): the text of Created counts as it was sent (profile, 3.1)."""
    return sha1(nonce + created.encode() + secret, usedforsecurity=False).digest()


def read_created(text: str) -> datetime:
    """Return the moment of Created, in UTC. Raises `ClientRefused` for what is no dateTime with a time zone."""
    if not _MOMENT.fullmatch(text):
        raise ClientRefused("username-token-unreadable")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ClientRefused("username-token-unreadable") from error


def _read_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ClientRefused(f"username-token-{what}") from error
