"""Has this client proven who it is?

`private_key_jwt` (RFC 7523), narrowed: three algorithms, one audience, a minute of life. `client_secret_basic` and
`client_secret_post` for systems that are marked legacy: their secrets are 256 random bits made by us and shown once,
so a plain SHA-256 is kept (a slow hash protects guessable secrets, and would let anyone keep our processors busy).
Whether a client exists must not be told by time: unknown clients are verified against keys and hashes that
nobody holds, by the same path and with the same one signature check.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol, TypeAlias

import msgspec
from joserfc import jws
from joserfc._rfc7515.model import JWSAlgModel  # the registry's own return type, exported nowhere else
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, import_key

from security.errors import ClientRefused

MAX_ASSERTION_CHARS = 8192
MAX_ASSERTION_AGE = timedelta(seconds=60)
MAX_JTI_CHARS = 256
DEFAULT_LEEWAY = timedelta(seconds=5)
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})
_TYPES = ("JWT", "client-authentication+jwt")
_ED25519 = ("OKP", "Ed25519")
_ALGORITHMS = {"ES256": ("EC", "P-256"), "PS256": ("RSA", ""), "Ed25519": _ED25519, "EdDSA": _ED25519}
ALGORITHMS = tuple(_ALGORITHMS)
_RSA_2048_CHARS = 342
_NOBODYS_HASH = sha256(b"a secret that nobody holds").hexdigest()

Jwk: TypeAlias = Mapping[str, object]


class Client(Protocol):
    """What must be known of a system to let it prove itself."""

    @property
    def client_id(self) -> str:
        """Its name at the token endpoint."""
        ...

    @property
    def code(self) -> str:
        """The system's code."""
        ...

    @property
    def agency(self) -> str:
        """The code of the agency that it belongs to."""
        ...

    @property
    def active(self) -> bool:
        """Whether it may call at all."""
        ...

    @property
    def legacy(self) -> bool:
        """Whether it may prove itself with a secret."""
        ...

    @property
    def public_keys(self) -> Sequence[Jwk]:
        """Its public keys in force."""
        ...

    @property
    def secret_hashes(self) -> Sequence[str]:
        """SHA-256 (hex) of its secrets in force."""
        ...


Find: TypeAlias = Callable[[str], Client | None]


@dataclass(frozen=True, slots=True)
class Proof:
    """A client that has proven itself. `jti` is empty, or MUST still be used up (`security.replay`).

    `key_thumbprint` names the key or secret that it used (RFC 7638, or `secret_thumbprint`).
    """

    client: Client = field(repr=False)
    method: str
    key_thumbprint: str = ""
    jti: str = ""
    expires_at: datetime | None = None


class Claims(msgspec.Struct, frozen=True):
    """What an assertion says (RFC 7523, 3). Times are seconds since 1970."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    iat: int
    jti: str
    nbf: int | None = None


class _Registry(jws.JWSRegistry):
    """RFC 9864 renames EdDSA with Ed25519 to Ed25519; joserfc warns about the old name, which clients still send."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm of a header's `alg`."""
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


class AssertionReader:
    """Reads client assertions for one issuer, and checks signatures. Fetches nothing."""

    def __init__(self, *, issuer: str, leeway: timedelta = DEFAULT_LEEWAY) -> None:
        """`leeway` is how far a client's clock may be off, either way."""
        self.issuer = issuer
        self.leeway = leeway
        self._registry = _Registry(algorithms=list(ALGORITHMS))

    def read(self, assertion: str) -> tuple[jws.CompactSignature, Claims, tuple[str, str]]:
        """Return the parts of an assertion, nothing of it proven, and the kind of its key. Raises ClientRefused."""
        if len(assertion) > MAX_ASSERTION_CHARS:
            raise ClientRefused("assertion-unreadable")
        try:
            compact = jws.extract_compact(assertion.encode("ascii"), registry=self._registry)
            header = compact.headers()
            kind = _ALGORITHMS.get(header["alg"]) if isinstance(header.get("alg"), str) else None
            # RFC 8725, 3.1: the algorithm is ours to choose. No header may bring a key or a rule along.
            if kind is None or not header.keys() <= _HEADER_MEMBERS or header.get("typ", _TYPES[0]) not in _TYPES:
                raise ClientRefused("assertion-header")
            return compact, msgspec.json.decode(compact.payload, type=Claims), kind
        except (JoseError, msgspec.DecodeError, ValueError, RecursionError) as error:
            raise ClientRefused("assertion-unreadable") from error

    def check(self, compact: jws.CompactSignature, jwk: Jwk) -> tuple[bool, str]:
        """Return whether this key has signed, and its thumbprint (RFC 7638)."""
        try:
            key = import_key({name: value for name, value in jwk.items() if isinstance(value, str)})
            return jws.validate_compact(compact, key, registry=self._registry), key.thumbprint()
        except (JoseError, ValueError, TypeError):
            return False, ""


class AssertionVerifier:
    """Verifies client assertions for one issuer; unknown clients meet keys of nobody."""

    def __init__(self, *, issuer: str, leeway: timedelta = DEFAULT_LEEWAY) -> None:
        """`leeway` is how far a client's clock may be off, either way."""
        self._reader = AssertionReader(issuer=issuer, leeway=leeway)
        self._nobodys: dict[str, Jwk] = {
            "EC": ECKey.generate_key("P-256").as_dict(private=False),
            "RSA": _nobodys_rsa(),
            "OKP": OKPKey.generate_key("Ed25519").as_dict(private=False),
        }

    def verify(self, assertion: str, find: Find, *, now: datetime) -> Proof:
        """Return the proof, whose `jti` is not used up yet.

        Raises `ClientRefused`; its reason is for the record, the client is told nothing of it.
        """
        compact, claims, kind = self._reader.read(assertion)
        client = find(claims.sub)
        jwk = choose_key(client.public_keys if client else (), kind, compact.headers().get("kid"))
        genuine, thumbprint = self._reader.check(compact, jwk or self._nobodys[kind[0]])
        if client is None:
            raise ClientRefused("client-unknown")
        if jwk is None:
            raise ClientRefused("key-unknown")
        if not genuine:
            raise ClientRefused("assertion-signature")
        for broken in broken_claims(claims, issuer=self._reader.issuer, leeway=self._reader.leeway, now=now):
            raise ClientRefused(broken)
        if not client.active:
            raise ClientRefused("client-inactive")
        return Proof(client, "private_key_jwt", thumbprint, claims.jti, datetime.fromtimestamp(claims.exp, UTC))


def _nobodys_rsa() -> Jwk:
    # A number of the right size: what it says of a signature is never believed. Looking for primes takes 65 ms of each
    # start on the average, and sometimes a second.
    modulus = 1 << 2047 | secrets.randbits(2047) | 1
    return {"kty": "RSA", "n": urlsafe_b64encode(modulus.to_bytes(256, "big")).rstrip(b"=").decode(), "e": "AQAB"}


def broken_claims(claims: Claims, *, issuer: str, leeway: timedelta, now: datetime) -> Iterator[str]:
    """Yield which rules for the claims are broken, in the order in which they are judged: the first one refuses."""
    # RFC 7523, 3 (1), (2): issuer and subject are the client.
    if claims.iss != claims.sub:
        yield "assertion-issuer"
    # RFC 7523, 3 (3); FAPI 2.0, 5.3.2.1 (8): the audience is our issuer, as one string.
    if claims.aud != issuer:
        yield "assertion-audience"
    # RFC 7523, 3 (4), (5), (6): young, not from the future, not over.
    try:
        issued_at, expires_at = datetime.fromtimestamp(claims.iat, UTC), datetime.fromtimestamp(claims.exp, UTC)
        begins_at = issued_at if claims.nbf is None else datetime.fromtimestamp(claims.nbf, UTC)
    except (OverflowError, ValueError, OSError):
        yield "assertion-times"
        return
    if not timedelta(0) < expires_at - issued_at <= MAX_ASSERTION_AGE:
        yield "assertion-too-long-lived"
    if max(issued_at, begins_at) > now + leeway:
        yield "assertion-from-the-future"
    if expires_at + leeway <= now:
        yield "assertion-expired"
    # RFC 7523, 3 (7): identified, so that it can be used once.
    if not 0 < len(claims.jti) <= MAX_JTI_CHARS:
        yield "assertion-jti"


def verify_secret(client_id: str, secret: str, *, find: Find, method: str) -> Proof:
    """Return the proof of a legacy client. Raises `ClientRefused`, after the same comparison whatever the reason."""
    client = find(client_id)
    offered = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    known = (client.secret_hashes if client else ()) or (_NOBODYS_HASH,)
    fitting = [kept for kept in known if hmac.compare_digest(offered, kept)]  # all of them are looked at
    if client is None:
        raise ClientRefused("client-unknown")
    if not client.legacy:
        raise ClientRefused("secret-not-allowed")
    if not client.secret_hashes or not fitting:
        raise ClientRefused("secret-wrong")
    if not client.active:
        raise ClientRefused("client-inactive")
    return Proof(client, method, secret_thumbprint(fitting[0]))


def secret_thumbprint(secret_hash: str) -> str:
    """Return by what a secret is named in tokens and records; neither it nor its hash can be learnt from that."""
    return sha256(f"lienthong-secret\n{secret_hash}".encode()).hexdigest()[:32]


def choose_key(keys: Sequence[Jwk], kind: tuple[str, str], kid: object) -> Jwk | None:
    """Return the one key to verify with: that of the `kid`, or the only one of the kind."""
    fitting = [key for key in keys if key.get("kty") == kind[0] and key.get("crv", "") == kind[1]]
    if kind[0] == "RSA":  # FAPI 2.0, 5.4.1 (2): at least 2048 bits
        fitting = [key for key in fitting if len(str(key.get("n", ""))) >= _RSA_2048_CHARS]
    if len(fitting) == 1:
        return fitting[0]
    return next((key for key in fitting if kid and key.get("kid") == kid), None)
