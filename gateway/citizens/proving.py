"""How is a citizen proven, to a portal that asks for him or to our own page?

By an ID token (OpenID Connect) of the one issuer that the operator named, signed in minutes ago, and said to him who
hands it over: a portal's token is for that portal's client, ours for ours. The identity number stands in the claim that
the operator named and is taken from nowhere else ([ADR 32](docs/adr/0032-a-citizen-is-proven-by-his-id-token.md)).
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.errors import CitizenUnproven
from gateway.settings import Settings
from gateway.sso import Departure, SingleSignOn, must_be_safe, read_client_secret
from security.errors import IdTokenRefused
from security.idtokens import Expectation, verify_citizen_token

CALLBACK = "/citizen/signed-in"


class CitizenProof:
    """Proves citizens by the issuer's tokens. `portals` are the clients of systems that may ask for them, by code."""

    def __init__(
        self,
        sso: SingleSignOn,
        *,
        claim: str,
        client_id: str,
        signs_in: bool,
        portals: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        """`signs_in`: citizens can sign in at our own page, as our client `client_id`."""
        self.issuer = sso.issuer
        self.signs_in = signs_in
        self._sso = sso
        self._claim = claim
        self._client_id = client_id
        self._portals = portals
        self._clock = clock

    def is_portal(self, system: str) -> bool:
        """Tell whether citizens may ask through this system."""
        return system in self._portals

    async def from_portal(self, token: str, *, system: str) -> str:
        """Return the identity number of him whom a portal has signed in. Raises CitizenUnproven, SsoFailed.

        The same token is taken again while it is young (ten minutes): a portal turns pages with it, and whoever has it
        and proves himself as that portal could have asked at once.
        """
        if not token:
            raise CitizenUnproven("no-token")
        return await self._number(token, Expectation(self.issuer, self._portals[system], None))

    async def begin(self) -> Departure:
        """Return where a citizen's browser goes to sign in. Raises SsoFailed."""
        return await self._sso.begin(prove_again=False)

    async def finish(self, code: str, *, nonce: str, verifier: str) -> str:
        """Return the identity number of him who has come back. Raises CitizenUnproven, SsoFailed."""
        token = await self._sso.fetch_token(code, verifier)
        return await self._number(token, Expectation(self.issuer, self._client_id, nonce))

    async def _number(self, token: str, expected: Expectation) -> str:
        try:
            keys = await self._sso.keys_for(token)
            return verify_citizen_token(token, keys, expected, claim=self._claim, now=self._clock())
        except IdTokenRefused as error:
            raise CitizenUnproven(error.reason) from error


def open_citizen_proof(settings: Settings, *, clock: Callable[[], datetime]) -> CitizenProof | None:
    """Return what proves citizens by these settings, None where nothing does. Raises SettingsInvalid."""
    if not settings.citizen_issuer:
        return None
    must_be_safe(settings.citizen_issuer, "LIENTHONG_CITIZEN_ISSUER")
    secret_file = settings.citizen_client_secret_file
    sso = SingleSignOn(
        issuer=settings.citizen_issuer,
        client_id=settings.citizen_client_id,
        client_secret=read_client_secret(secret_file, "LIENTHONG_CITIZEN_CLIENT_SECRET_FILE") if secret_file else "",
        redirect_uri=f"{settings.issuer}{CALLBACK}",
        clock=clock,
        scope=settings.citizen_scope,
    )
    portals = (one.partition("=") for one in settings.citizen_portals)
    return CitizenProof(
        sso,
        claim=settings.citizen_claim,
        client_id=settings.citizen_client_id,
        signs_in=bool(secret_file),
        portals={code: client or settings.citizen_client_id for code, _, client in portals},
        clock=clock,
    )
