"""A little OpenID Connect provider: checks what a client sends as strictly as it should, and can be told to lie."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT_ID, CLIENT_SECRET = "cong-lien-thong", "bi-mat-cua-khach-hang"
Claims = dict[str, object]


class SingleSignOnServer:
    """The provider at `url`. `subject` is who signs in there; `change` spoils the claims of the next tokens."""

    def __init__(self) -> None:
        self.subject = "nguoi-dung-1"
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.unsigned = False
        self.signed_by_another = False
        self.broken = False
        self.asked_again: list[str] = []
        self._key = ECKey.generate_key("P-256", parameters={"kid": "khoa-1"})
        self._other = ECKey.generate_key("P-256", parameters={"kid": "khoa-1"})
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if provider.broken:
                    self._send(503, {})
                elif parts.path == "/authorize":
                    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(asked))
                    self.end_headers()
                else:
                    self._send(200, provider.documents().get(parts.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = {name: values[0] for name, values in parse_qs(body).items()}
                self._send(*provider.token(asked, self.headers.get("Authorization", "")))

            def _send(self, status: int, document: Claims) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def documents(self) -> dict[str, Claims]:
        """What can be read: metadata and keys."""
        metadata: Claims = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        keys: Claims = {"keys": [self._key.as_dict(private=False)]}
        return {"/.well-known/openid-configuration": metadata, "/jwks": keys}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser goes back to, with a code: whoever asks is taken for `subject`."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        self.asked_again.append(asked.get("prompt", ""))
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"

    def token(self, asked: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Return the answer of the token endpoint: a code is good once, with its verifier, to our client."""
        begun = self._codes.pop(asked.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if begun is None or authorization != f"Basic {expected}" or proven != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        token = self.id_token(nonce=begun["nonce"])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def id_token(self, **claims: object) -> str:
        """Return a token as it is given to a client, with these claims besides or instead; None leaves one out."""
        now = int(time.time())
        usual: Claims = {
            "iss": self.url,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
        }
        told = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return self._signed(self.change(told))

    def _signed(self, claims: Claims) -> str:
        if self.unsigned:
            parts = ({"alg": "none"}, claims)
            encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
            return f"{'.'.join(encoded)}."
        key = self._other if self.signed_by_another else self._key
        return jwt.encode({"alg": "ES256", "kid": "khoa-1"}, claims, key, algorithms=["ES256"])

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
