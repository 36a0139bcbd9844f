"""Which system is calling?"""

from datetime import datetime

from msgspec.structs import replace

from gateway.snapshot import Snapshot, SystemPolicy
from gateway.states import Caller, Identified, Received
from security.errors import AccessRefused, TokenInvalid
from security.tokens import TokenVerifier


def authenticate(received: Received, *, snapshot: Snapshot, verifier: TokenVerifier, now: datetime) -> Identified:
    """Return who calls, by the access token (RFC 6750, 2.1).

    Raises TokenMissing, TokenInvalid, TokenExpired, or AccessRefused("client-suspended"). A token of a system that is
    no longer in the catalogue is invalid, and so is one that was got with a key that is no longer in force.
    """
    token = verifier.verify(received.headers.get("authorization", ""), now)
    caller = Caller(
        system=_system(snapshot, token.client_id, token.key_thumbprint, now=now),
        agreements=tuple(detail.agreement for detail in token.authorization_details),
        token_id=token.token_id,
        key_thumbprint=token.key_thumbprint,
        method="bearer",
    )
    return Identified(received=received, snapshot=snapshot, caller=caller)


def recognise(received: Received, *, snapshot: Snapshot, caller: Caller, now: datetime) -> Identified:
    """Return a caller who has proven himself already as a newer policy knows him. Raises like `authenticate`."""
    system = _system(snapshot, caller.system.code, caller.key_thumbprint, now=now)
    return Identified(received=received, snapshot=snapshot, caller=replace(caller, system=system))


def _system(snapshot: Snapshot, client_id: str, key_thumbprint: str, *, now: datetime) -> SystemPolicy:
    system = snapshot.systems.get(client_id)
    if system is None:
        raise TokenInvalid("the token's client is not in the catalogue")
    if not system.active:
        raise AccessRefused("client-suspended")
    if key_thumbprint not in system.proofs:
        raise TokenInvalid("the key that the token was got with is not in force")
    until = system.proofs[key_thumbprint]
    if until is not None and now >= until:
        raise TokenInvalid("the key that the token was got with has expired")
    return system
