"""How does the province's single sign-on tell us who somebody is?

OpenID Connect, the code flow with PKCE (RFC 7636), state and nonce, by Authlib's client. Discovery and keys are fetched
from the issuer that the operator named and from nowhere else, and kept for a while; nothing of the environment is read
and no redirect is followed.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.errors import SsoFailed
from gateway.settings import Settings, SettingsInvalid
from security.idtokens import Expectation, Identity, key_id_of, verify_id_token

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

CALLBACK = "/console/sign-in/sso/callback"
VISIT_LASTS = timedelta(minutes=10)
_TIMEOUT_SECONDS = 10.0
_KEPT_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0
"""How soon keys may be fetched again for a `kid` that is not among them."""
_MAX_ANSWER_BYTES = 256 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Discovered(msgspec.Struct, frozen=True):
    """What we need of a provider's metadata (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Answer(msgspec.Struct, frozen=True):
    id_token: str


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser is sent, and what must be remembered until it comes back."""

    address: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class SingleSignOn:
    """Our side of the single sign-on. `clock` returns the aware UTC time."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        clock: Callable[[], datetime],
        scope: str = "openid",
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._scope = scope
        self._turn = asyncio.Lock()
        self._known: tuple[_Discovered, KeySet] | None = None
        self._fetched_at = 0.0

    async def begin(self, *, prove_again: bool) -> Departure:
        """Return where the browser goes; `prove_again` asks that the person is asked once more. Raises SsoFailed."""
        known, _ = await self._discover()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        told = {"prompt": "login", "max_age": "0"} if prove_again else {}
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                known.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce, **told
            )
        return Departure(str(address), state, nonce, verifier)

    async def finish(self, code: str, *, nonce: str, verifier: str, proven_since: datetime | None) -> Identity:
        """Return whom the code stands for. Raises SsoFailed, and IdTokenRefused for a token that is not for us."""
        token = await self.fetch_token(code, verifier)
        expected = Expectation(self.issuer, self._client_id, nonce, proven_since)
        return verify_id_token(token, await self.keys_for(token), expected, now=self._clock())

    async def keys_for(self, token: str) -> KeySet:
        """Return the issuer's keys, fetched again where the token's is not among those that are known.

        Raises SsoFailed, and IdTokenRefused for what is no token. Nothing of the token is verified.
        """
        key_id = key_id_of(token)
        _, keys = await self._discover()
        if key_id not in {key.kid or "" for key in keys.keys}:
            _, keys = await self._discover(again=True)
        return keys

    async def fetch_token(self, code: str, verifier: str) -> str:
        """Return the ID token that a code is exchanged for; nothing of it is verified. Raises SsoFailed."""
        endpoint = (await self._discover())[0].token_endpoint
        try:
            async with self._client() as client:
                answer = await client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
                )
            return msgspec.convert(dict(answer), _Answer).id_token
        except (AuthlibBaseError, httpx2.HTTPError, msgspec.MsgspecError, ValueError, TypeError) as error:
            raise SsoFailed(f"the token endpoint: {type(error).__name__}") from error

    async def _discover(self, *, again: bool = False) -> tuple[_Discovered, KeySet]:
        loop = asyncio.get_running_loop()
        async with self._turn:
            age = loop.time() - self._fetched_at
            if self._known is not None and age < (_AGAIN_SECONDS if again else _KEPT_SECONDS):
                return self._known
            async with httpx2.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as http:
                found = await self._get(http, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                known = self._checked(found)
                try:
                    keys = KeySet.import_key_set(msgspec.json.decode(await self._get(http, known.jwks_uri)))
                except (JoseError, msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
                    raise SsoFailed("the keys cannot be read") from error
            self._known, self._fetched_at = (known, keys), loop.time()
            return self._known

    def _checked(self, found: bytes) -> _Discovered:
        """Return the metadata of just this issuer (Discovery 1.0, 4.3), whose addresses may be asked."""
        try:
            known = msgspec.json.decode(found, type=_Discovered)
        except msgspec.MsgspecError as error:
            raise SsoFailed("the metadata cannot be read") from error
        if known.issuer != self.issuer:
            raise SsoFailed("the metadata is another issuer's")
        if not all(map(_is_safe, (known.authorization_endpoint, known.token_endpoint, known.jwks_uri))):
            raise SsoFailed("an address of the metadata is not https")
        return known

    async def _get(self, http: httpx2.AsyncClient, address: str) -> bytes:
        try:
            async with http.stream("GET", address) as answer:
                content = bytearray()
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise SsoFailed("an answer is too long")
        except httpx2.HTTPError as error:
            raise SsoFailed(f"{type(error).__name__}") from error
        if answer.status_code != 200:
            raise SsoFailed(f"status {answer.status_code}")
        return bytes(content)

    def _client(self) -> "AsyncOAuth2Client":
        # With it come OAuth 1 and more, 5 MB, which a gateway without single sign-on never needs.
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - a method's name
            scope=self._scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )


def open_sso(settings: Settings, *, clock: Callable[[], datetime]) -> SingleSignOn | None:
    """Return the single sign-on of these settings, None where it is off. Raises SettingsInvalid."""
    if not settings.oidc_issuer:
        return None
    must_be_safe(settings.oidc_issuer, "LIENTHONG_OIDC_ISSUER")
    secret = read_client_secret(settings.oidc_client_secret_file, "LIENTHONG_OIDC_CLIENT_SECRET_FILE")
    return SingleSignOn(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        redirect_uri=f"{settings.issuer}{CALLBACK}",
        clock=clock,
    )


def must_be_safe(issuer: str, setting: str) -> None:
    """Raise SettingsInvalid unless an issuer is asked over https, or on this very machine."""
    if not _is_safe(issuer):
        raise SettingsInvalid(f"{setting}: expected an https address")


def read_client_secret(path: str, setting: str) -> str:
    """Return the secret of our client that a file holds. Raises SettingsInvalid."""
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise SettingsInvalid(f"{setting}: the file cannot be read") from error
    if not secret:
        raise SettingsInvalid(f"{setting}: the file is empty")
    return secret


def _is_safe(address: str) -> bool:
    """Tell whether an address may be asked: over https, or on this very machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
