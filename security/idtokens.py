"""Does an ID token say, from the right issuer and to us, who has just signed in?

OpenID Connect Core 1.0, 3.1.3.7, with explicit algorithms: what is missing is wrong, and a token for others besides us
is not for us.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from security.citizens import is_identity_number
from security.errors import IdTokenRefused

Read = TypeVar("Read")
ALGORITHMS = ("ES256", "PS256", "RS256", "Ed25519")
LEEWAY = timedelta(seconds=60)
MAX_AGE = timedelta(minutes=10)
"""How old a token may be that has just been fetched."""
_MAX_TOKEN_BYTES = 16 * 1024


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    iat: int
    nonce: str = ""
    jti: str = ""
    azp: str = ""
    auth_time: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the token must say. `proven_since`: the person must have proven who he is no earlier (step-up).

    `nonce` is None for a token that another asked for, whose nonce is only his to know: then it must have one, or a
    `jti`, so that no two sign-ins have the same token.
    """

    issuer: str
    client_id: str
    nonce: str | None = field(repr=False)
    proven_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """How an issuer names a person."""

    issuer: str
    subject: str = field(repr=False)


def key_id_of(token: str) -> str:
    """Return the `kid` of a token's header, empty where there is none. Nothing of it is verified."""
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid") or "")
    except (JoseError, ValueError, TypeError) as error:
        raise IdTokenRefused("malformed") from error


def verify_id_token(token: str, keys: KeySet, expected: Expectation, *, now: datetime) -> Identity:
    """Return whom the token names. Raises IdTokenRefused with a slug for the record."""
    claims = _read(_verified(token, keys), _Claims)
    _check(claims, expected, now)
    return Identity(claims.iss, claims.sub)


def verify_citizen_token(token: str, keys: KeySet, expected: Expectation, *, claim: str, now: datetime) -> str:
    """Return the identity number (12 digits) of him who has signed in, from the claim of this name.

    Raises IdTokenRefused with a slug for the record; no text of it holds a number.
    """
    payload = _verified(token, keys)
    _check(_read(payload, _Claims), expected, now)
    number = _read(payload, dict[str, msgspec.Raw]).get(claim)
    if number is None:
        raise IdTokenRefused("identity-number")
    try:
        value = msgspec.json.decode(number, type=str)
    except msgspec.MsgspecError as error:
        raise IdTokenRefused("identity-number") from error
    if not is_identity_number(value):
        raise IdTokenRefused("identity-number")
    return value


def _verified(token: str, keys: KeySet) -> bytes:
    if len(token) > _MAX_TOKEN_BYTES:
        raise IdTokenRefused("too-long")
    try:
        # 3.1.3.7 (6), (7): signed by a key of the issuer, with an algorithm that we named. `none` is not among them.
        return jws.deserialize_compact(token, keys, algorithms=list(ALGORITHMS)).payload
    except (JoseError, ValueError, TypeError) as error:
        raise IdTokenRefused("signature") from error


def _read(payload: bytes, kind: type[Read]) -> Read:
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.MsgspecError as error:
        raise IdTokenRefused("claims") from error


def _is_of_one_sign_in(claims: _Claims, nonce: str | None) -> bool:
    if nonce is None:
        return bool(claims.nonce or claims.jti)
    return bool(claims.nonce) and claims.nonce == nonce


def _check(claims: _Claims, expected: Expectation, now: datetime) -> None:
    audience: Sequence[str] = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    since = expected.proven_since
    wrong = (
        ("issuer", claims.iss != expected.issuer),  # (2)
        ("audience", list(audience) != [expected.client_id]),  # (3), and no other audience that we would have to trust
        ("authorized-party", bool(claims.azp) and claims.azp != expected.client_id),  # (4), (5)
        ("expired", at >= claims.exp + leeway),  # (9)
        ("issued-at", not at - MAX_AGE.total_seconds() <= claims.iat <= at + leeway),  # (10)
        ("nonce", not _is_of_one_sign_in(claims, expected.nonce)),  # (11)
        ("proven-too-long-ago", since is not None and claims.auth_time < since.timestamp() - leeway),  # (13)
        ("subject", not 0 < len(claims.sub) <= 255),
    )
    reason = next((reason for reason, is_so in wrong if is_so), "")
    if reason:
        raise IdTokenRefused(reason)
