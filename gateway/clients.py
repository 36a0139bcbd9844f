"""Which systems may prove themselves, and with which keys at this moment?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from gateway.policyholder import PolicyHolder
from security.assertions import Jwk
from security.sealing import SealedSecret


@dataclass(frozen=True, slots=True)
class TokenClient:
    """A system as whoever checks its proof knows it: with the keys and secrets that are in force now."""

    code: str
    agency: str
    active: bool
    legacy: bool
    public_keys: tuple[Jwk, ...] = field(repr=False)
    secret_hashes: tuple[str, ...] = field(repr=False)
    sealed_secrets: tuple[SealedSecret, ...] = ()

    @property
    def client_id(self) -> str:
        """The system's code is its name at the token endpoint."""
        return self.code


class PolicyClients:
    """The systems of the policy in force. Satisfies `gateway.oauth.Clients`, `gateway.proofs.Clients`."""

    def __init__(self, policy: PolicyHolder, *, now: Callable[[], datetime]) -> None:
        """Read from `policy`."""
        self._policy = policy
        self._now = now

    def find(self, client_id: str) -> TokenClient | None:
        """Return the client, None when there is none. Raises PolicyUnavailable before the first policy was read."""
        system = self._policy.current.systems.get(client_id)
        if system is None:
            return None
        now = self._now()
        keys = [key for key in system.keys if key.expires_at is None or key.expires_at > now]
        return TokenClient(
            code=system.code,
            agency=system.agency,
            active=system.active,
            legacy=system.legacy,
            public_keys=tuple(msgspec.json.decode(key.jwk, type=dict[str, object]) for key in keys if key.jwk),
            secret_hashes=tuple(key.secret_hash for key in keys if key.secret_hash),
            sealed_secrets=tuple(SealedSecret(key.id, key.sealed) for key in keys if key.sealed),
        )
