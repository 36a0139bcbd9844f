"""Does an ID token say, from the right issuer and to us, who has just signed in?

OpenID Connect Core 1.0, 3.1.3.7, with explicit algorithms: what is missing is wrong, and a token for others besides us
is not for us.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from security.errors import IdTokenRefused

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
    nonce: str
    azp: str = ""
    auth_time: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the token must say. `proven_since`: the person must have proven who he is no earlier (step-up)."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
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
    if len(token) > _MAX_TOKEN_BYTES:
        raise IdTokenRefused("too-long")
    try:
        # 3.1.3.7 (6), (7): signed by a key of the issuer, with an algorithm that we named. `none` is not among them.
        verified = jws.deserialize_compact(token, keys, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError) as error:
        raise IdTokenRefused("signature") from error
    try:
        claims = msgspec.json.decode(verified.payload, type=_Claims)
    except msgspec.MsgspecError as error:
        raise IdTokenRefused("claims") from error
    _check(claims, expected, now)
    return Identity(claims.iss, claims.sub)


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
        ("nonce", not claims.nonce or claims.nonce != expected.nonce),  # (11)
        ("proven-too-long-ago", since is not None and claims.auth_time < since.timestamp() - leeway),  # (13)
        ("subject", not 0 < len(claims.sub) <= 255),
    )
    reason = next((reason for reason, is_so in wrong if is_so), "")
    if reason:
        raise IdTokenRefused(reason)
