"""Who gets an access token over HTTP, and what is recorded before it leaves?"""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from gateways import NO_TLS
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from providers.loopback import serve
from starlette.applications import Starlette

from gateway.db import create_engine
from gateway.oauth import ASSERTION_TYPE, TokenEndpoint, oauth_routes
from gateway.wellknown import wellknown_routes
from security.audit.record import Entry
from security.errors import RecordUnavailable
from security.keys import ensure_keys
from security.replay import Replays
from security.tokens import TokenVerifier

SECRET = "s3cret:with/signs+"
KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256"),
    "PS256": RSAKey.generate_key(2048),
    "Ed25519": OKPKey.generate_key("Ed25519"),
}


@dataclass(frozen=True)
class System:
    client_id: str
    legacy: bool = False
    active: bool = True
    public_keys: Sequence[Mapping[str, object]] = ()
    secret_hashes: Sequence[str] = ()
    code: str = "mot-cua"
    agency: str = "H32"


@dataclass
class Directory:
    systems: dict[str, System]

    def find(self, client_id: str) -> System | None:
        return self.systems.get(client_id)


@dataclass
class Recorder:
    """A record that may be full."""

    entries: list[Entry] = field(default_factory=list)
    full: bool = False

    async def append(self, entry: Entry) -> None:
        if self.full:
            raise RecordUnavailable("full")
        self.entries.append(entry)


@dataclass
class Office:
    client: httpx2.AsyncClient
    issuer: str
    recorder: Recorder
    verifier: TokenVerifier

    async def ask(self, **parameters: str) -> httpx2.Response:
        return await self.client.post("/oauth2/token", data={"grant_type": "client_credentials"} | parameters)

    async def assert_by(self, assertion: str, **more: str) -> httpx2.Response:
        return await self.ask(client_assertion_type=ASSERTION_TYPE, client_assertion=assertion, **more)


def systems() -> dict[str, System]:
    public = [key.as_dict(private=False) for key in KEYS.values()]
    hashes = (sha256(SECRET.encode()).hexdigest(),)
    return {
        "modern": System("modern", public_keys=public, secret_hashes=hashes),
        "legacy": System("legacy", legacy=True, secret_hashes=hashes),
        "stopped": System("stopped", legacy=True, active=False, public_keys=public, secret_hashes=hashes),
    }


@pytest.fixture
async def office(migrated_sqlite_url: str, tmp_path: Path, free_port: int) -> AsyncIterator[Office]:
    issuer, keys, recorder = f"http://127.0.0.1:{free_port}", ensure_keys(tmp_path / "keys"), Recorder()
    engine = create_engine(migrated_sqlite_url)
    endpoint = TokenEndpoint(
        Directory(systems()),
        keys,
        issuer=issuer,
        replays=Replays(engine),
        record=recorder.append,
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid.uuid4()),
    )
    app = Starlette(routes=[*oauth_routes(endpoint), *wellknown_routes(issuer, lambda: keys)])
    async with serve(app, free_port), httpx2.AsyncClient(base_url=issuer, trust_env=False, verify=NO_TLS) as client:
        yield Office(client, issuer, recorder, TokenVerifier(keys, issuer=issuer, audience=issuer))
    await engine.dispose()


def assertion(office: Office, changed: Mapping[str, object] = {}, *, alg: str = "ES256", key: Key | None = None) -> str:
    now = int(datetime.now(UTC).timestamp())
    facts: dict[str, object] = {"iss": "modern", "sub": "modern", "aud": office.issuer, "jti": str(uuid.uuid4())}
    facts |= {"iat": now, "exp": now + 60, **changed}
    kept = {name: value for name, value in facts.items() if value is not None}
    return jwt.encode({"alg": alg}, kept, key or KEYS[alg], algorithms=[alg])


def assert_refused(answer: httpx2.Response, office: Office, reason: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert [entry.decision.reason for entry in office.recorder.entries if entry.decision] == [reason]
    assert reason == "client-unknown" or reason not in answer.text


@pytest.mark.parametrize("alg", list(KEYS))
async def test_a_system_that_signs_gets_a_token(office: Office, alg: str) -> None:
    answer = await office.assert_by(assertion(office, alg=alg))

    token = office.verifier.verify(f"Bearer {answer.json()['access_token']}", datetime.now(UTC))
    assert (answer.status_code, token.client_id) == (200, "modern")


async def test_the_answer_has_the_shape_that_wso2_clients_know(office: Office) -> None:
    answer = await office.client.post("/token", data={"grant_type": "client_credentials"}, auth=("legacy", SECRET))

    kept = {name: value for name, value in answer.json().items() if name != "access_token"}
    assert kept == {"scope": "am_application_scope default", "token_type": "Bearer", "expires_in": 300}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_legacy_system_may_post_its_secret(office: Office) -> None:
    assert (await office.ask(client_id="legacy", client_secret=SECRET)).status_code == 200


async def test_a_client_that_we_did_not_write_gets_a_token(office: Office) -> None:
    expires_at = int((datetime.now(UTC) + timedelta(seconds=50)).timestamp())
    signed = private_key_jwt_sign(
        KEYS["ES256"].as_dict(private=True), "modern", office.issuer, "ES256", expires_at=expires_at
    )

    assert (await office.assert_by(signed)).status_code == 200


async def test_an_issued_token_is_in_the_record_under_its_id(office: Office) -> None:
    answer = await office.assert_by(assertion(office))

    token = office.verifier.verify(f"Bearer {answer.json()['access_token']}", datetime.now(UTC))
    who = office.recorder.entries[0].who
    assert who is not None
    assert (who.token_id, who.system, who.method) == (token.token_id, "mot-cua", "private_key_jwt")


async def test_a_token_that_cannot_be_recorded_does_not_leave(office: Office) -> None:
    office.recorder.full = True
    answer = await office.assert_by(assertion(office))

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "record-unavailable")
    assert "access_token" not in answer.json()


async def test_of_the_same_assertion_fifty_times_one_gets_a_token(office: Office) -> None:
    once = assertion(office)
    answers = await asyncio.gather(*(office.assert_by(once) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"sub": "nobody", "iss": "nobody"}, "client-unknown"),
        ({"sub": "stopped", "iss": "stopped"}, "client-inactive"),
        ({"iss": "other"}, "assertion-issuer"),
        ({"aud": "https://other.example"}, "assertion-audience"),
        ({"exp": 4_000_000_000}, "assertion-too-long-lived"),
        ({"iat": 1_000_000_000, "exp": 1_000_000_060}, "assertion-expired"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_060}, "assertion-from-the-future"),
        ({"nbf": 4_000_000_000}, "assertion-from-the-future"),
        ({"jti": ""}, "assertion-jti"),
        ({"jti": None}, "assertion-unreadable"),
        ({"exp": None}, "assertion-unreadable"),
    ],
)
async def test_an_assertion_that_is_not_ours_is_refused(office: Office, claims: dict[str, object], reason: str) -> None:
    assert_refused(await office.assert_by(assertion(office, claims)), office, reason)


async def test_an_audience_in_a_list_is_refused(office: Office) -> None:
    assert_refused(await office.assert_by(assertion(office, {"aud": [office.issuer]})), office, "assertion-audience")


async def test_an_assertion_signed_with_a_secret_is_refused(office: Office) -> None:
    shared = OctKey.import_key("0123456789abcdef0123456789abcdef")

    assert_refused(await office.assert_by(assertion(office, alg="HS256", key=shared)), office, "assertion-header")


async def test_an_assertion_of_another_key_is_refused(office: Office) -> None:
    other = ECKey.generate_key("P-256")

    assert_refused(await office.assert_by(assertion(office, key=other)), office, "assertion-signature")


@pytest.mark.parametrize(
    ("client_id", "secret", "reason"),
    [
        ("nobody", SECRET, "client-unknown"),
        ("legacy", "wrong", "secret-wrong"),
        ("modern", SECRET, "secret-not-allowed"),
        ("stopped", SECRET, "client-inactive"),
    ],
)
async def test_a_secret_that_proves_nothing_is_refused(
    office: Office, client_id: str, secret: str, reason: str
) -> None:
    assert_refused(await office.ask(client_id=client_id, client_secret=secret), office, reason)


async def test_unknown_and_known_clients_are_told_the_same(office: Office) -> None:
    answers = [await office.ask(client_id=name, client_secret="wrong") for name in ("nobody", "legacy", "modern")]

    told = [{**answer.json(), "instance": "", "correlation_id": ""} for answer in answers]
    assert told == [told[0]] * 3


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("", "unsupported_grant_type"),
        ("grant_type=client_credentials&client_secret=x", "invalid_request"),
        ("grant_type=client_credentials&authorization_details=%5B%5D", "invalid_authorization_details"),
        ("grant_type=client_credentials&authorization_details=%7B", "invalid_authorization_details"),
        ("&".join(f"a{number}=1" for number in range(30)), "invalid_request"),
    ],
)
async def test_a_request_that_is_not_understood_is_refused(office: Office, body: str, error: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await office.client.post("/oauth2/token", content=body, headers=headers, auth=("legacy", SECRET))

    assert (answer.status_code, answer.json()["error"], len(office.recorder.entries)) == (400, error, 1)


async def test_a_body_of_no_reasonable_size_is_refused(office: Office) -> None:
    assert (await office.ask(scope="a" * 40_000)).status_code == 413


async def test_a_body_that_is_no_form_is_refused(office: Office) -> None:
    assert (await office.client.post("/oauth2/token", json={})).json()["error"] == "invalid_request"


async def test_wrong_basic_credentials_are_challenged(office: Office) -> None:
    headers = {"authorization": "Basic " + base64.b64encode(b"legacy:no").decode()}
    answer = await office.client.post("/token", data={"grant_type": "client_credentials"}, headers=headers)

    assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")


async def test_a_token_may_be_asked_for_one_agreement_only(office: Office) -> None:
    details = '[{"type":"agreement","agreement":"TT-01"}]'
    answer = await office.assert_by(assertion(office), authorization_details=details)

    token = office.verifier.verify(f"Bearer {answer.json()['access_token']}", datetime.now(UTC))
    assert [detail.agreement for detail in token.authorization_details] == ["TT-01"]


async def test_what_is_published_leads_to_the_token_endpoint_and_the_keys(office: Office) -> None:
    described = (await office.client.get("/.well-known/oauth-authorization-server")).json()
    published = (await office.client.get(described["jwks_uri"])).json()

    assert described["token_endpoint"] == f"{office.issuer}/oauth2/token"
    assert {key["alg"] for key in published["keys"]} == {"ES256", "Ed25519"}
