"""Is this access token one of ours, for us, and still good?

Access tokens are JWTs of `typ: at+jwt` (RFC 9068), signed with ES256, good for five minutes. What is verified once is
kept under the SHA-256 of the whole header until it expires, so that a caller's second request costs a hash, and those
that follow closely not even that.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from security.errors import TokenExpired, TokenInvalid, TokenLink, TokenMissing
from security.keys import Keys, TokenKey

TOKEN_LIFETIME = timedelta(minutes=5)
CLOCK_LEEWAY = timedelta(seconds=30)
MAX_TOKEN_CHARS = 8192
_MOST_LATELY = 256
_ALGORITHM = "ES256"
_TYPE = "at+jwt"
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})


class AgreementDetail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An element of `authorization_details` (RFC 9396): the token is good under this agreement only."""

    type: Literal["agreement"]
    agreement: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a verified token says. Times are aware UTC.

    `key_thumbprint` names the key or secret with which the client proved itself. `authorization_details` narrow the
    token to some `agreements`; none means: to no agreement in particular.
    """

    client_id: str
    token_id: str
    issued_at: datetime
    expires_at: datetime
    key_thumbprint: str = ""
    authorization_details: tuple[AgreementDetail, ...] = ()
    agreements: tuple[str, ...] = ()


class _Claims(msgspec.Struct, frozen=True):
    """RFC 9068 section 2.2. `aud` is one string: a list, even of one, was never issued by us."""

    iss: str
    aud: str
    sub: str
    client_id: str
    jti: str
    iat: int
    exp: int
    key: str = ""
    authorization_details: tuple[AgreementDetail, ...] = ()


def issue_token(
    key: TokenKey,
    client_id: str,
    *,
    issuer: str,
    audience: str,
    token_id: str,
    now: datetime,
    scope: str = "",
    key_thumbprint: str = "",
    authorization_details: tuple[AgreementDetail, ...] = (),
    lifetime: timedelta = TOKEN_LIFETIME,
) -> str:
    """Return a signed access token (RFC 9068 section 2). `token_id` MUST never have been used before."""
    issued_at = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": audience,
        "sub": client_id,
        "client_id": client_id,
        "jti": token_id,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
    }
    if scope:
        claims["scope"] = scope
    if key_thumbprint:
        claims["key"] = key_thumbprint
    if authorization_details:
        claims["authorization_details"] = msgspec.to_builtins(authorization_details)
    return jwt.encode({"alg": _ALGORITHM, "typ": _TYPE, "kid": key.kid}, claims, key.key, algorithms=[_ALGORITHM])


class TokenVerifier:
    """Verifies `Authorization` headers. Holds public keys and the tokens seen lately; never fetches anything.

    One per process; not for several threads at once.
    """

    def __init__(self, keys: Keys, *, issuer: str, audience: str, remembered: int = 50_000) -> None:
        """`remembered` bounds how many verified tokens are kept."""
        self._issuer = issuer
        self._audience = audience
        self._remembered = remembered
        self._keys: dict[str, ECKey] = {}
        self._seen: dict[bytes, AccessToken] = {}
        self._lately: dict[str, AccessToken] = {}
        self._registry = jws.JWSRegistry(algorithms=[_ALGORITHM])
        self.use_keys(keys)

    def use_keys(self, keys: Keys) -> None:
        """Verify with these keys from now on, and forget every token that was verified with the former ones."""
        self._keys = {entry.kid: entry.key for entry in keys.published}
        self._seen.clear()
        self._lately.clear()

    def verify(self, authorization_header: str, now: datetime) -> AccessToken:
        """Return what the bearer token says.

        Raises `TokenMissing` when the header carries no bearer token, `TokenExpired` when the token is ours and its
        time is over, `TokenInvalid` for everything else. Both ends of its life are looked at on every use: a clock
        that was set back makes a token younger than now, not good again.
        """
        token = self._lately.get(authorization_header) or self._recall(authorization_header, now)
        if now >= token.expires_at:
            raise TokenExpired("the access token has expired", token.expires_at)
        if now + CLOCK_LEEWAY < token.issued_at:
            raise TokenInvalid("the access token is from the future", TokenLink.TIME)
        return token

    def _recall(self, authorization_header: str, now: datetime) -> AccessToken:
        seal = sha256(authorization_header.encode("utf-8", "surrogateescape")).digest()
        token = self._seen.get(seal)
        if token is None:
            token = self.examine(authorization_header, now)
            self._remember(seal, token, now)
        # The tokens of connections that are busy now are known without a hash: few, and held by those connections too.
        if len(self._lately) >= _MOST_LATELY:
            self._lately.clear()
        self._lately[authorization_header] = token
        return token

    def _remember(self, seal: bytes, token: AccessToken, now: datetime) -> None:
        if len(self._seen) >= self._remembered:
            self._seen = {known: kept for known, kept in self._seen.items() if kept.expires_at > now}
        while len(self._seen) >= self._remembered:
            del self._seen[next(iter(self._seen))]
        self._seen[seal] = token

    def examine(self, authorization_header: str, now: datetime) -> AccessToken:
        """Do what `verify` does, and remember nothing."""
        scheme, _, value = authorization_header.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenMissing("the call carries no bearer token")
        claims = self._claims(value.strip(" "))
        # RFC 9068 section 4: issuer, audience, times.
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise TokenInvalid("the access token is for another audience", TokenLink.AUDIENCE)
        if claims.sub != claims.client_id or not claims.client_id or not claims.jti:
            raise TokenInvalid("the access token names no client", TokenLink.CONTENT)
        try:
            issued_at, expires_at = datetime.fromtimestamp(claims.iat, UTC), datetime.fromtimestamp(claims.exp, UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise TokenInvalid("the access token's times are not times", TokenLink.CONTENT) from error
        if now + CLOCK_LEEWAY < issued_at:
            raise TokenInvalid("the access token is from the future", TokenLink.TIME)
        if now >= expires_at:
            raise TokenExpired("the access token has expired", expires_at)
        return AccessToken(
            claims.client_id,
            claims.jti,
            issued_at,
            expires_at,
            key_thumbprint=claims.key,
            authorization_details=claims.authorization_details,
            agreements=tuple(detail.agreement for detail in claims.authorization_details),
        )

    def _claims(self, value: str) -> _Claims:
        if not value or len(value) > MAX_TOKEN_CHARS:
            raise TokenInvalid("the access token is empty or too long", TokenLink.FORM)
        try:
            compact = jws.extract_compact(value.encode("ascii"), registry=self._registry)
            header = compact.headers()
            # RFC 8725 section 3.1, 3.10: one algorithm, one type, and no header that could bring a key or a rule along.
            if header.keys() != _HEADER_MEMBERS or header["alg"] != _ALGORITHM or header["typ"] != _TYPE:
                raise TokenInvalid("the access token's header is not ours", TokenLink.HEADER)
            kid = header["kid"]
            key = self._keys.get(kid) if isinstance(kid, str) else None
            if key is None or not jws.validate_compact(compact, key, registry=self._registry):
                raise TokenInvalid("the access token's signature is not ours", TokenLink.SIGNATURE)
            return msgspec.json.decode(compact.payload, type=_Claims)
        except (JoseError, msgspec.DecodeError, ValueError) as error:
            raise TokenInvalid("the access token cannot be read", TokenLink.FORM) from error
