"""Does the demo's simulated sign-in let one be a made-up person, as OpenID Connect asks, and nobody else?"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from gateways import NO_TLS
from joserfc import jwt
from joserfc.jwk import KeySet

from gateway.demo.identity import CLAIM, CLIENT_ID, MOUNT, people_to_be, secret_file
from gateway.demo.province import Province

pytestmark = pytest.mark.xdist_group("demo")

VERIFIER = "v" * 43
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": "http://127.0.0.1:8000/citizen/signed-in",
    "state": "s",
    "nonce": "n",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
    "code_challenge_method": "S256",
}


@pytest.fixture
def client(providers: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{providers}{MOUNT}", verify=NO_TLS, timeout=20) as opened:
        yield opened


def code_of(client: httpx2.Client) -> str:
    back = client.get("/authorize", params={**ASKED, "nguoi": "0"}).headers["location"]
    told = dict(parse_qsl(urlsplit(back).query))
    assert (told["state"], told["iss"]) == ("s", str(client.base_url).rstrip("/"))
    return told["code"]


def exchange(client: httpx2.Client, demo: Path, code: str, **members: str) -> httpx2.Response:
    form = {"code": code, "code_verifier": VERIFIER, "redirect_uri": ASKED["redirect_uri"], **members}
    return client.post("/token", data=form, auth=(CLIENT_ID, secret_file(demo).read_text()))


def test_who_is_picked_is_named_by_his_identity_number(client: httpx2.Client, demo: Path, province: Province) -> None:
    token = exchange(client, demo, code_of(client)).json()["id_token"]

    claims = jwt.decode(token, KeySet.import_key_set(client.get("/jwks").json()), algorithms=["ES256"]).claims
    assert claims[CLAIM] == people_to_be(demo, province)[0].identity
    assert (claims["aud"], claims["nonce"]) == (CLIENT_ID, "n")


def test_the_page_says_that_it_proves_nobody(client: httpx2.Client) -> None:
    page = client.get("/authorize", params=ASKED).text

    assert "không phải nơi xác thực thật" in page
    assert page.count("<li>") == 6


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "another"),
        ("redirect_uri", "https://elsewhere.example/citizen/signed-in"),
        ("redirect_uri", "http://127.0.0.1:8000/elsewhere"),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
    ],
)
def test_any_other_request_is_refused(client: httpx2.Client, name: str, value: str) -> None:
    assert client.get("/authorize", params={**ASKED, name: value, "nguoi": "0"}).status_code == 400


def test_a_code_is_good_once_and_with_its_verifier_only(client: httpx2.Client, demo: Path) -> None:
    code = code_of(client)

    assert exchange(client, demo, code_of(client), code_verifier="w" * 43).status_code == 400
    assert exchange(client, demo, code).status_code == 200
    assert exchange(client, demo, code).status_code == 400
