"""Which access token does the provider want to see today?

OAuth 2.0 client credentials (RFC 6749, 4.4) as a client: the token is kept until shortly before it expires, and is
fetched by one call while the others wait for it.
"""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlencode

import msgspec

from adapters.errors import (
    ProviderRefused,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)
from adapters.http1 import HttpClient, Response

EXPIRY_MARGIN_SECONDS: Final = 30.0
DEFAULT_LIFETIME_SECONDS: Final = 300.0
"""RFC 6749, 5.1 only recommends `expires_in`; without it we ask again soon."""


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """How the client proves itself at `target` (the token URL's path): in the form, or as HTTP Basic."""

    target: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    in_form: bool = False


def basic(username: str, password: str) -> str:
    """Return the value of an `Authorization` header for HTTP Basic (RFC 7617, UTF-8)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


class TokenSource:
    """Keeps one token. Safe to use from many calls of one loop at once."""

    def __init__(self, client: HttpClient, credentials: ClientCredentials) -> None:
        self._client = client
        self._credentials = credentials
        self._authorization = ""
        self._good_until = 0.0
        self._fetching = asyncio.Lock()

    async def authorization(self, deadline: float) -> str:
        """Return the value of the `Authorization` header.

        Raises `ProviderRefused` when the credentials are not accepted and `ProviderUnreachable` when no token can be
        had for another reason: the provider itself was not asked yet.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._good_until:
            return self._authorization
        try:
            async with asyncio.timeout_at(deadline), self._fetching:
                if loop.time() >= self._good_until:
                    await self._fetch(deadline)
                return self._authorization
        except (TimeoutError, ProviderTimedOut, ProviderTalkedNonsense) as error:
            raise ProviderUnreachable("the provider's token endpoint gives no token") from error

    def forget(self, authorization: str) -> None:
        """Drop the token if it is still this one: the provider does not accept it any more."""
        if authorization == self._authorization:
            self._good_until = 0.0

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._client.close()

    async def _fetch(self, deadline: float) -> None:
        credentials = self._credentials
        form = {"grant_type": "client_credentials"}
        headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        if credentials.scope:
            form["scope"] = credentials.scope
        if credentials.in_form:
            form |= {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        else:  # RFC 6749, 2.3.1: both are form-encoded before they are put together
            pair = quote_plus(credentials.client_id), quote_plus(credentials.client_secret)
            headers.append(("Authorization", basic(*pair)))
        response = await self._client.request(
            "POST",
            credentials.target,
            headers=headers,
            body=urlencode(form).encode("ascii"),
            deadline=deadline,
            safe=True,
        )
        self._keep(response)

    def _keep(self, response: Response) -> None:
        status = str(response.status)
        if 400 <= response.status < 500:
            raise ProviderRefused("the token endpoint does not accept our credentials", code=status)
        if response.status != 200:
            raise ProviderTalkedNonsense("the token endpoint answered without a token", provider_status=status)
        try:
            token = msgspec.json.decode(response.body, type=_TokenAnswer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProviderTalkedNonsense("the token endpoint's answer is no token", provider_status=status) from error
        if not token.access_token.isascii() or not token.access_token.isprintable() or " " in token.access_token:
            raise ProviderTalkedNonsense("the token endpoint's answer is no token", provider_status=status)
        lifetime = DEFAULT_LIFETIME_SECONDS if token.expires_in is None else token.expires_in
        margin = min(EXPIRY_MARGIN_SECONDS, lifetime / 2)
        self._authorization = f"Bearer {token.access_token}"
        self._good_until = asyncio.get_running_loop().time() + lifetime - margin
