"""Which system is calling?"""

from datetime import datetime

from gateway.snapshot import Snapshot
from gateway.states import Caller, Identified, Received
from security.errors import AccessRefused, TokenInvalid
from security.tokens import TokenVerifier


def authenticate(received: Received, *, snapshot: Snapshot, verifier: TokenVerifier, now: datetime) -> Identified:
    """Return who calls, by the access token (RFC 6750, 2.1).

    Raises TokenMissing, TokenInvalid, TokenExpired, or AccessRefused("client-suspended"). A token of a system that is
    no longer in the catalogue is invalid.
    """
    token = verifier.verify(received.headers.get("authorization", ""), now)
    return _identify(received, snapshot, token.client_id, token_id=token.token_id, key_thumbprint=token.key_thumbprint)


def recognise(received: Received, *, snapshot: Snapshot, caller: Caller) -> Identified:
    """Return a caller who has proven himself already as a newer policy knows him. Raises like `authenticate`."""
    return _identify(
        received, snapshot, caller.system.code, token_id=caller.token_id, key_thumbprint=caller.key_thumbprint
    )


def _identify(
    received: Received, snapshot: Snapshot, client_id: str, *, token_id: str, key_thumbprint: str
) -> Identified:
    system = snapshot.systems.get(client_id)
    if system is None:
        raise TokenInvalid("the token's client is not in the catalogue")
    if not system.active:
        raise AccessRefused("client-suspended")
    caller = Caller(system=system, token_id=token_id, key_thumbprint=key_thumbprint, method="bearer")
    return Identified(received=received, snapshot=snapshot, caller=caller)
