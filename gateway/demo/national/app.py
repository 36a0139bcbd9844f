"""Which national service does a path of the simulator's address belong to?

`/dancu` population (SOAP), `/token`, `/apiCSDLDKDN` business, `/dmdc` categories, `/apiBHXH` social insurance,
`/apiHoTichTuPhap` civil status.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from gateway.demo.national.data import Credentials, NationalData
from gateway.demo.national.http import AsgiApp, Reply, Request, as_asgi, json_reply
from gateway.demo.national.population import PopulationSimulator
from gateway.demo.national.registers import (
    CategoriesSimulator,
    CivilStatusSimulator,
    answer_business,
    answer_insurance,
)

POPULATION_PATH: Final = "/dancu"
TOKEN_SECONDS: Final = 3600


def draw_credentials() -> Credentials:
    """Return new credentials at random, for a new demo to keep in its own directory."""
    return Credentials(
        population_user=f"lgsp-{secrets.token_hex(4)}",
        population_secret=secrets.token_urlsafe(24),
        population_api_key=secrets.token_urlsafe(24),
        client_id=f"lgsp-{secrets.token_hex(4)}",
        client_secret=secrets.token_urlsafe(24),
    )


def national_app(
    data: NationalData,
    credentials: Credentials,
    *,
    service_url: str,
    procedures: Collection[str],
    officers: Collection[str],
    agencies: Collection[str],
) -> AsgiApp:
    """Return all simulated national services as one ASGI application.

    `service_url` is what callers of the population database sign; `procedures` are the licensed `MaDVC`, `officers`
    the `MaCanBo` with rights, `agencies` the `maDonVi` of civil status.
    """
    population = PopulationSimulator(
        data, credentials, service_url=service_url, procedures=procedures, officers=officers
    )
    gate = _TokenGate(credentials)
    categories = CategoriesSimulator(data)
    civil_status = CivilStatusSimulator(frozenset(agencies))

    def answer(request: Request) -> Reply:
        if request.path == POPULATION_PATH:
            return population.answer(request, now=time.time())
        if request.path == "/token":
            return gate.give(request)
        if not gate.accepts(request):
            return json_reply({"fault": {"code": 900901, "message": "Invalid Credentials"}}, 401)
        if request.path in ("/apiCSDLDKDN/1.0/chiTietDoanhNghiep", "/apiCSDLDKDN/chiTietDoanhNghiep"):
            return answer_business(request, data)
        if request.path.startswith("/dmdc/"):
            return categories.answer(request)
        if request.path.startswith("/apiBHXH/"):
            return answer_insurance(request, data)
        if request.path.startswith("/apiHoTichTuPhap/"):
            return civil_status.answer(request)
        return json_reply({"fault": {"code": 404, "message": "No matching resource found"}}, 404)

    return as_asgi(answer)


class _TokenGate:
    """Gives out bearer tokens as WSO2 does, and knows them again until they expire."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._tokens: dict[str, float] = {}

    def give(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode("ascii", "replace")))
        given = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            client_id, _, client_secret = _decoded(encoded).partition(":")
            given = unquote_plus(client_id), unquote_plus(client_secret)
        expected = self._credentials.client_id, self._credentials.client_secret
        same = hmac.compare_digest(":".join(given).encode(), ":".join(expected).encode())
        if request.method != "POST" or not same or form.get("grant_type") != "client_credentials":
            return json_reply({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        now = time.monotonic()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = now + TOKEN_SECONDS
        return json_reply(
            {
                "access_token": token,
                "scope": "am_application_scope default",
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            }
        )

    def accepts(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and self._tokens.get(token, 0.0) > time.monotonic()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""
