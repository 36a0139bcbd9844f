"""Who gets an access token?

POST /oauth2/token and /token (the WSO2 spelling): `client_credentials` through Authlib's authorization server. Authlib
has no integration with Starlette and is synchronous, so it gets a request that was read and a client that was proven
before, and works in memory only. What must be awaited stands around it: a client assertion is used up before, the AUTH
record is durable after, and only then does the token leave.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl

import msgspec
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request, grants
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.problems import Problem, problem, problem_of
from security.assertions import AssertionVerifier, Client, Proof, verify_secret
from security.audit.record import Decision, Entry, Kind, What, Who
from security.basic import read_basic
from security.errors import ClientRefused, RecordUnavailable
from security.keys import Keys, TokenKey
from security.replay import Replays
from security.tokens import TOKEN_LIFETIME, AgreementDetail, issue_token

MAX_BODY_BYTES = 32 * 1024
BODY_SECONDS = 30.0
MAX_PARAMETERS = 20
# What WSO2 answers when nobody asked for a scope. What a token is good for is said by agreements, never by a scope.
SCOPE = "am_application_scope default"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHODS = ("private_key_jwt", "client_secret_basic", "client_secret_post")
# Only the scheme matters to Authlib: TLS ends before us, or the installation is a demo on the loopback interface.
_SECURE_URI = "https://token.invalid/oauth2/token"
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_SLUGS = {"invalid_client": "client-unknown"}


class Clients(Protocol):
    """The systems that may ask for tokens, from the policy in force."""

    def find(self, client_id: str) -> Client | None:
        """Return the client, None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request as it was read: each parameter once, header names in lower case."""

    parameters: Mapping[str, str] = field(repr=False)
    authorization: str = field(repr=False)
    source: str
    correlation_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Authlib's flow came to, before it may leave."""

    status: int
    body: Mapping[str, object] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class TokenEndpoint:
    """Issues access tokens. Built by `gateway/app.py`."""

    def __init__(
        self,
        clients: Clients,
        keys: Keys,
        *,
        issuer: str,
        replays: Replays,
        record: Callable[[Entry], Awaitable[object]],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`record` returns when the entry is durable or raises `RecordUnavailable`; `new_id` makes exchange ids."""
        self._clients = clients
        self._key = keys.signing
        self._issuer = issuer
        self._assertions = AssertionVerifier(issuer=issuer)
        self._replays = replays
        self._record = record
        self._now = now
        self._new_id = new_id
        self._server = _Server()

    def use_keys(self, keys: Keys) -> None:
        """Sign with these keys from now on."""
        self._key = keys.signing

    async def answer(self, request: Request) -> Response:
        """Answer one token request: RFC 6749, 5.1 or 5.2, with our problem's members beside it."""
        correlation_id = self._new_id()
        try:
            asked = await self._read(request, correlation_id)
        except _TooLarge:
            return self._refusal(problem("request-too-large"), correlation_id, error="invalid_request")
        except OAuth2Error as error:
            return await self._refuse(request, error, correlation_id=correlation_id, reason="request-invalid")
        try:
            proof = await self._prove(asked)
        except RecordUnavailable as error:
            return self._refusal(problem_of(error), correlation_id, error="temporarily_unavailable")
        except ClientRefused as error:
            refused = InvalidClientError(status_code=401, description="The client could not be authenticated.")
            return await self._refuse(request, refused, correlation_id=correlation_id, reason=error.reason)
        except OAuth2Error as error:
            return await self._refuse(request, error, correlation_id=correlation_id, reason="request-invalid")
        return await self._issue(request, asked, proof)

    async def _issue(self, request: Request, asked: TokenRequest, proof: Proof) -> Response:
        token_id = self._new_id()
        try:
            bridged = _BridgedRequest(asked, _ProvenClient(proof, self._key, self._issuer, token_id, asked))
            answer: _Answer = self._server.create_token_response(bridged)
        except OAuth2Error as error:
            answer = _Answer(error.status_code, dict(error.get_body()))
        if answer.status != 200:
            refused = OAuth2Error(
                error=str(answer.body["error"]), description=_ascii(answer.body.get("error_description"))
            )
            return await self._refuse(
                request, refused, correlation_id=asked.correlation_id, reason="request-invalid", proof=proof
            )
        entry = self._entry(request, asked.correlation_id, proof=proof, token_id=token_id)
        try:
            await self._record(entry)
        except RecordUnavailable as error:
            return self._refusal(problem_of(error), asked.correlation_id, error="temporarily_unavailable")
        headers = {**_NO_STORE, "exchange-id": asked.correlation_id}
        return Response(msgspec.json.encode(answer.body), 200, headers, media_type="application/json")

    async def _read(self, request: Request, correlation_id: str) -> TokenRequest:
        """Raises `_TooLarge`, or `OAuth2Error` when it is not a form with each parameter once (RFC 6749, 3.2)."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/x-www-form-urlencoded":
            raise InvalidRequestError("The body must be application/x-www-form-urlencoded.")
        body = await _body(request)
        try:
            pairs = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except ValueError as error:
            raise InvalidRequestError("The body is not a form that can be read.") from error
        parameters = dict(pairs)
        if len(parameters) != len(pairs) or len(request.headers.getlist("authorization")) > 1:
            raise InvalidRequestError("A parameter or the Authorization header is given more than once.")
        return TokenRequest(
            parameters, request.headers.get("authorization", ""), _source(request), correlation_id, self._now()
        )

    async def _prove(self, asked: TokenRequest) -> Proof:
        """Raises `ClientRefused`, `StoreUnavailable`, or `OAuth2Error` when two methods are mixed (RFC 6749, 2.3)."""
        given = asked.parameters
        if bool(asked.authorization) + ("client_assertion" in given) + ("client_secret" in given) > 1:
            raise InvalidRequestError("The client must use one authentication method.")
        if "client_assertion" in given:
            if given.get("client_assertion_type") != ASSERTION_TYPE:
                raise InvalidRequestError("The client_assertion_type is not supported.")
            proof = self._assertions.verify(given["client_assertion"], self._clients.find, now=asked.at)
            if proof.expires_at is not None:
                await self._replays.use(proof.client.client_id, proof.jti, expires_at=proof.expires_at)
        elif asked.authorization:
            client_id, secret = read_basic(asked.authorization)
            proof = verify_secret(client_id, secret, find=self._clients.find, method="client_secret_basic")
        elif "client_secret" in given:
            client_id = given.get("client_id", "")
            proof = verify_secret(
                client_id, given["client_secret"], find=self._clients.find, method="client_secret_post"
            )
        else:
            raise ClientRefused("no-credentials")
        # RFC 7521, 4.2: a client_id beside the credentials names the same client.
        if given.get("client_id", proof.client.client_id) != proof.client.client_id:
            raise ClientRefused("client-id-differs")
        return proof

    async def _refuse(
        self, request: Request, error: OAuth2Error, *, correlation_id: str, reason: str, proof: Proof | None = None
    ) -> Response:
        """Answer with a refusal once it is recorded."""
        entry = self._entry(request, correlation_id, proof=proof, refused=reason)
        try:
            await self._record(entry)
        except RecordUnavailable as unavailable:
            return self._refusal(problem_of(unavailable), correlation_id, error="temporarily_unavailable")
        found = problem(_SLUGS.get(error.error, "request-invalid"))
        basic = request.headers.get("authorization", "")[:6].lower() == "basic "
        return self._refusal(found, correlation_id, error=error.error, description=error.description, challenge=basic)

    def _refusal(
        self, found: Problem, correlation_id: str, *, error: str, description: str = "", challenge: bool = False
    ) -> Response:
        members = found.document(correlation_id, public_url=self._issuer)
        body = {"error": error, "error_description": description or found.type.detail_en, **members}
        headers = {**_NO_STORE, "exchange-id": correlation_id}
        if found.status == 401 and challenge:  # RFC 6749, 5.2
            headers["www-authenticate"] = 'Basic realm="lienthong", error="invalid_client"'
        if found.retry_after is not None:
            headers["retry-after"] = str(found.retry_after_seconds)
        return Response(msgspec.json.encode(body), found.status, headers, media_type="application/json")

    def _entry(
        self, request: Request, correlation_id: str, *, proof: Proof | None, token_id: str = "", refused: str = ""
    ) -> Entry:
        source = _source(request)
        who = Who(source=source)
        if proof is not None:
            client = proof.client
            who = Who(
                client=client.client_id,
                system=client.code,
                agency=client.agency,
                token_id=token_id,
                key_thumbprint=proof.key_thumbprint,
                method=proof.method,
                source=source,
            )
        decision = Decision(allowed=not refused, reason=refused)
        what = What(door="oauth", operation="token")
        return Entry(Kind.AUTH, correlation_id, self._now(), who=who, what=what, decision=decision)


def oauth_routes(endpoint: TokenEndpoint) -> list[Route]:
    """Return the routes of the token endpoint."""
    return [
        Route(path, endpoint.answer, methods=["POST"], name=name)
        for path, name in (("/oauth2/token", "oauth-token"), ("/token", "oauth-token-wso2"))
    ]


# --- Authlib, bridged ------------------------------------------------------------------------------------------------


class _ProvenClient:
    """Authlib's client: the proof, and what its token is made from."""

    def __init__(self, proof: Proof, key: TokenKey, issuer: str, token_id: str, asked: TokenRequest) -> None:
        self.proof = proof
        self.key = key
        self.issuer = issuer
        self.token_id = token_id
        self.asked = asked

    def get_client_id(self) -> str:
        return self.proof.client.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method == self.proof.method


class _BridgedRequest(OAuth2Request):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's view of a request that has been read."""

    def __init__(self, asked: TokenRequest, proven: _ProvenClient) -> None:
        super().__init__("POST", _SECURE_URI, headers={})
        self.payload = BasicOAuth2Payload(dict(asked.parameters))
        self.proven = proven

    @property
    def form(self) -> Mapping[str, str]:
        return self.proven.asked.parameters


class _Grant(grants.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """RFC 6749, 4.4. Overrides the answer: Authlib's own writes the token into its debug log."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def create_token_response(self) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        return 200, self.generate_token(include_refresh_token=False), self.TOKEN_RESPONSE_HEADER


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's flow, over values in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.register_grant(_Grant)
        self.register_token_generator("default", _generate)
        for method in METHODS:
            self.register_client_auth_method(method, _proven)

    def query_client(self, client_id: str) -> None:
        """Nobody: clients are proven before."""

    def create_oauth2_request(self, request: _BridgedRequest) -> _BridgedRequest:
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Mapping[str, object], headers: list[tuple[str, str]]) -> _Answer:
        return _Answer(status, body, dict(headers))


def _proven(_: Callable[[str], None], request: _BridgedRequest) -> _ProvenClient:
    return request.proven


def _generate(*, client: _ProvenClient, **_: object) -> dict[str, object]:
    details = _details(client.asked.parameters.get("authorization_details"))
    token = issue_token(
        client.key,
        client.get_client_id(),
        issuer=client.issuer,
        audience=client.issuer,
        token_id=client.token_id,
        now=client.asked.at,
        scope=SCOPE,
        key_thumbprint=client.proof.key_thumbprint,
        authorization_details=details,
    )
    answer: dict[str, object] = {
        "access_token": token,
        "scope": SCOPE,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
    }
    if details:
        answer["authorization_details"] = details
    return answer


# --- reading ---------------------------------------------------------------------------------------------------------


class _TooLarge(Exception):
    """The body of a token request has no reason to be that long."""


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _TooLarge
    except TimeoutError as error:
        raise InvalidRequestError("The body did not come in time.") from error
    except ClientDisconnect as error:
        raise InvalidRequestError("The body was cut off.") from error
    return bytes(body)


def _details(given: str | None) -> tuple[AgreementDetail, ...]:
    """RFC 9396, 2 and 5: an array; what we do not understand is refused, not ignored."""
    if given is None:
        return ()
    try:
        details = msgspec.json.decode(given, type=tuple[AgreementDetail, ...])
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise OAuth2Error(error="invalid_authorization_details", description="Each must name an agreement.") from error
    if not details:
        raise OAuth2Error(error="invalid_authorization_details", description="The list is empty.")
    return details


def _ascii(text: object) -> str:
    """Return what RFC 6749, 5.2 allows in a description: what a caller sent may stand in Authlib's."""
    return "".join(sign for sign in str(text or "") if " " <= sign <= "~" and sign not in '"\\')[:200]


def _source(request: Request) -> str:
    return request.client.host if request.client else ""
