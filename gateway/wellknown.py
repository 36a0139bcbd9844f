"""Where does a client find our token endpoint and our public keys?

RFC 8414 metadata and the JWK Set (RFC 7517). Both are public and the same for everybody.
"""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.oauth import METHODS
from security.assertions import ALGORITHMS
from security.keys import Keys

# How long a verifier may keep the keys; a rotation publishes a key at least this long before it signs.
JWKS_MAX_AGE_SECONDS = 300


def metadata(issuer: str) -> bytes:
    """Return the authorization server's metadata (RFC 8414, 2) as JSON."""
    return msgspec.json.encode(
        {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/oauth2/token",
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "authorization_details_types_supported": ["agreement"],
            "service_documentation": f"{issuer}/problems/client-unknown",
        }
    )


def wellknown_routes(issuer: str, keys: Callable[[], Keys]) -> list[Route]:
    """Return the routes. `keys` returns the keys in force, which a rotation changes."""
    described = metadata(issuer)

    async def answer_metadata(_: Request) -> Response:
        return _json(described)

    async def answer_jwks(_: Request) -> Response:
        return _json(keys().jwks())

    return [
        Route("/.well-known/oauth-authorization-server", answer_metadata, methods=["GET"], name="oauth-metadata"),
        Route("/.well-known/jwks.json", answer_jwks, methods=["GET"], name="jwks"),
        Route("/oauth2/jwks", answer_jwks, methods=["GET"], name="jwks-wso2"),
    ]


def _json(body: bytes) -> Response:
    headers = {"cache-control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}
    return Response(body, headers=headers, media_type="application/json")
