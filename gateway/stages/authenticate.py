"""Which system is calling?"""

from datetime import datetime

from msgspec.structs import replace

from gateway.snapshot import Snapshot, SystemPolicy
from gateway.states import Caller, Identified, Received, Vouched
from security.errors import AccessRefused, TokenInvalid
from security.tokens import TokenVerifier

VOUCHED = "console"
"""How a caller proved himself, in the record, who is a member of the staff that the console vouches for."""


def authenticate(received: Received, *, snapshot: Snapshot, verifier: TokenVerifier, now: datetime) -> Identified:
    """Return who calls, by what the door has seen a proof of, else by the access token (RFC 6750, 2.1).

    Raises TokenMissing, TokenInvalid, TokenExpired, or AccessRefused("client-suspended", "client-differs"). A token of
    a system that is no longer in the catalogue is invalid, and so is one that was got with a key that is no longer in
    force.
    """
    proven = received.proven
    if isinstance(proven, Vouched):
        caller = Caller(
            system=_standing(snapshot, proven.client_id),
            agreements=(),
            token_id="",
            key_thumbprint="",
            method=VOUCHED,
            member=proven.member,
        )
        return Identified(received=received, snapshot=snapshot, caller=caller)
    if proven is not None:
        system = system_in_force(snapshot, proven.client_id, proven.key_thumbprint, now=now)
        _must_be_claimed(received, system)
        # Not narrowed, as a token can be: what the system may do is what its agreements say.
        caller = Caller(
            system=system, agreements=(), token_id="", key_thumbprint=proven.key_thumbprint, method=proven.method
        )
        return Identified(received=received, snapshot=snapshot, caller=caller)
    token = verifier.verify(received.headers.get("authorization", ""), now)
    system = system_in_force(snapshot, token.client_id, token.key_thumbprint, now=now)
    _must_be_claimed(received, system)
    caller = Caller(
        system=system,
        agreements=token.agreements,
        token_id=token.token_id,
        key_thumbprint=token.key_thumbprint,
        method="bearer",
    )
    return Identified(received=received, snapshot=snapshot, caller=caller)


def recognise(received: Received, *, snapshot: Snapshot, caller: Caller, now: datetime) -> Identified:
    """Return a caller who has proven himself already as a newer policy knows him. Raises like `authenticate`."""
    if caller.member:
        system = _standing(snapshot, caller.system.code)
    else:
        system = system_in_force(snapshot, caller.system.code, caller.key_thumbprint, now=now)
    return Identified(received=received, snapshot=snapshot, caller=replace(caller, system=system))


def _must_be_claimed(received: Received, system: SystemPolicy) -> None:
    if received.claimed and received.claimed != system.code:
        raise AccessRefused("client-differs")


def system_in_force(snapshot: Snapshot, client_id: str, key_thumbprint: str, *, now: datetime) -> SystemPolicy:
    """Return a system by the key that it has proven itself with. Raises TokenInvalid, AccessRefused."""
    system = _standing(snapshot, client_id)
    if key_thumbprint not in system.proofs:
        raise TokenInvalid("the key that the token was got with is not in force")
    until = system.proofs[key_thumbprint]
    if until is not None and now >= until:
        raise TokenInvalid("the key that the token was got with has expired")
    return system


def _standing(snapshot: Snapshot, client_id: str) -> SystemPolicy:
    system = snapshot.systems.get(client_id)
    if system is None:
        raise TokenInvalid("the token's client is not in the catalogue")
    if not system.active:
        raise AccessRefused("client-suspended")
    return system
