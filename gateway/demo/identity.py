"""Where do citizens sign in in the demo? At a simulated provider: anybody is whom he picks, of a few made-up people.

OpenID Connect as far as `/citizen` needs it: authorization code, PKCE (S256), ES256. Its key and its codes live as long
as the process. It proves nobody, and every page of it says so.
"""

import base64
import hashlib
import hmac
import html
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.citizens.proving import CALLBACK
from gateway.demo.consumers import kept_secret
from gateway.demo.people import Citizen
from gateway.demo.province import Province
from gateway.demo.web import Reply, Request, error_reply, json_reply

MOUNT: Final = "/dinh-danh"
CLIENT_ID: Final = "trang-cong-dan"
CLAIM: Final = "so_dinh_danh"
_IDENTITY = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_PEOPLE = 6
_MOST_CODES = 1000
_CODE_SECONDS = 60
_TOKEN_SECONDS = 300
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HTML = "text/html; charset=utf-8"
_PAGE: Final = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Định danh giả lập</title></head><body>
<h1>Định danh giả lập · Simulated identity</h1>
<p><strong>Đây là bản trình diễn, không phải nơi xác thực thật: ai cũng chọn được một người không có thật.</strong><br>
This is a demonstration and proves nobody: pick one of these made-up people.</p>
<ul>{people}</ul></body></html>"""


def secret_file(directory: Path) -> Path:
    """Return where the secret lies that the gateway proves itself with to this provider; drawn when there is none."""
    path = directory.resolve() / "secrets" / "citizen-client"
    kept_secret(path, lambda: secrets.token_urlsafe(24))
    return path


def people_to_be(directory: Path, province: Province) -> list[Citizen]:
    """Return whom one can be: those whom the sample calls ask for by number first, then grown-ups of the province."""
    try:
        calls = (directory / "province.json").read_text(encoding="utf-8").partition('"sample_calls"')[2]
    except OSError:
        calls = ""
    asked_for = Counter(one for one in _IDENTITY.findall(calls) if one in province.people)
    grown_up = (one.identity for one in province.people.values() if one.age() >= 18)
    whom = dict.fromkeys([*(number for number, _ in asked_for.most_common()), *islice(grown_up, _PEOPLE)])
    return [province.people[number] for number in islice(whom, _PEOPLE)]


class IdentitySimulator:
    """The provider at `issuer`, for one client with a secret. `people` are those whom one can be."""

    def __init__(self, people: Sequence[Citizen], *, issuer: str, client_secret: str) -> None:
        self._people = tuple(people)
        self._issuer = issuer
        self._secret = client_secret
        key_id = secrets.token_hex(8)
        self._key = ECKey.generate_key("P-256", parameters={"kid": key_id, "use": "sig", "alg": "ES256"})
        self._key_id = key_id
        self._codes: dict[str, tuple[Mapping[str, str], Citizen, float]] = {}

    def answer(self, request: Request) -> Reply:
        """Answer one request below the mount."""
        if request.path == "/token" and request.method == "POST":
            return self._token(request)
        if request.method != "GET":
            return error_reply(405, "PHUONG_THUC", "Không dùng phương thức này.")
        match request.path:
            case "/health":
                return json_reply({"status": "ok"})
            case "/.well-known/openid-configuration":
                return json_reply(
                    {
                        "issuer": self._issuer,
                        "authorization_endpoint": f"{self._issuer}/authorize",
                        "token_endpoint": f"{self._issuer}/token",
                        "jwks_uri": f"{self._issuer}/jwks",
                        "response_types_supported": ["code"],
                        "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["ES256"],
                        "code_challenge_methods_supported": ["S256"],
                    }
                )
            case "/jwks":
                public = self._key.as_dict(private=False)
                return json_reply({"keys": [{name: str(value) for name, value in public.items()}]})
            case "/authorize":
                return self._authorize(request.query)
            case _:
                return error_reply(404, "KHONG_CO", "Không có địa chỉ này.")

    def _authorize(self, asked: Mapping[str, str]) -> Reply:
        parts = urlsplit(asked.get("redirect_uri", ""))
        known = asked.get("client_id") == CLIENT_ID and parts.path == CALLBACK and parts.hostname in _LOOPBACK
        if not known or asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return error_reply(400, "YEU_CAU", "Yêu cầu đăng nhập không đúng.")
        chosen = asked.get("nguoi", "")
        if not (chosen.isdecimal() and int(chosen) < len(self._people)):
            return Reply(200, self._page(asked).encode(), content_type=_HTML)
        if len(self._codes) >= _MOST_CODES:
            self._codes.clear()
        code = secrets.token_urlsafe(24)
        self._codes[code] = (asked, self._people[int(chosen)], time.monotonic() + _CODE_SECONDS)
        back = urlencode({"code": code, "state": asked.get("state", ""), "iss": self._issuer})
        return Reply(302, b"", headers={"location": f"{asked['redirect_uri']}?{back}"})

    def _page(self, asked: Mapping[str, str]) -> str:
        lines = []
        for number, one in enumerate(self._people):
            address = f"{self._issuer}/authorize?{urlencode({**asked, 'nguoi': str(number)})}"
            said = f"{one.full_name}, sinh {one.born:%d/%m/%Y}"
            lines.append(f'<li><a href="{html.escape(address)}">{html.escape(said)}</a></li>')
        return _PAGE.format(people="".join(lines))

    def _token(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode("ascii", "replace")))
        asked, citizen, until = self._codes.pop(form.get("code", ""), ({}, None, 0.0))
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        fits = hmac.compare_digest(proven, asked.get("code_challenge", "")) and time.monotonic() < until
        if not self._is_client(request.headers.get("authorization", "")):
            return json_reply({"error": "invalid_client"}, status=401)
        if citizen is None or not fits or form.get("redirect_uri") != asked.get("redirect_uri"):
            return json_reply({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "sub": hashlib.sha256(citizen.identity.encode()).hexdigest()[:32],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
            "auth_time": now,
            "nonce": asked.get("nonce", ""),
            CLAIM: citizen.identity,
        }
        token = jwt.encode({"alg": "ES256", "kid": self._key_id}, claims, self._key, algorithms=["ES256"])
        return json_reply({"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token})

    def _is_client(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8", "replace").partition(":")
        except ValueError:
            return False
        same = hmac.compare_digest(unquote_plus(secret).encode(), self._secret.encode())
        return scheme.lower() == "basic" and unquote_plus(name) == CLIENT_ID and same
