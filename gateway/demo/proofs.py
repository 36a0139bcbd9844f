"""Has the caller of a demo provider proved itself, in the way that this provider asks for?"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qsl

from lxml import etree

from gateway.demo.creation import secret_names
from gateway.demo.databases.form import Database, Proof
from gateway.demo.web import Reply, Request, error_reply, json_reply

API_KEY_HEADER = "ApiKey"
TOKEN_SECONDS = 3_600
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "#PasswordDigest"


def read_secrets(directory: Path, database: Database) -> Mapping[str, str]:
    """The secrets of one database by their names (`api_key`, `user` …). Raises `FileNotFoundError`."""
    folder = directory / "secrets"
    return {
        name.removeprefix(f"{database.code}."): (folder / name).read_text(encoding="ascii").strip()
        for name in secret_names(database)
    }


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def basic_pair(header: str) -> tuple[str, str] | None:
    """User and password of an `Authorization: Basic` header (RFC 7617), or None."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


class Doorkeeper:
    """Knows one provider's secrets, and the tokens that it has given out."""

    def __init__(self, proof: Proof, known: Mapping[str, str]) -> None:
        self._proof = proof
        self._known = known
        self._tokens: dict[str, float] = {}

    def admits(self, request: Request) -> bool:
        """Whether the request's headers prove the caller. A UsernameToken stands in the body: see `admits_envelope`."""
        header = request.headers.get("authorization", "")
        if self._proof is Proof.API_KEY:
            return _same(request.headers.get(API_KEY_HEADER.lower(), "").strip(), self._known["api_key"])
        if self._proof is Proof.BASIC:
            return self._is_pair(basic_pair(header), "user", "password")
        if self._proof is Proof.OAUTH2:
            scheme, _, token = header.partition(" ")
            return scheme.lower() == "bearer" and self._tokens.get(token, 0.0) > monotonic()
        return self._proof in (Proof.NONE, Proof.USERNAME_TOKEN)

    def admits_envelope(self, envelope: etree._Element) -> bool:
        """Whether the SOAP header proves the caller, where a UsernameToken is asked for (text or digest)."""
        if self._proof is not Proof.USERNAME_TOKEN:
            return True
        token = envelope.find(f".//{{{_WSSE}}}UsernameToken")
        if token is None:
            return False
        user = token.findtext(f"{{{_WSSE}}}Username") or ""
        password = token.find(f"{{{_WSSE}}}Password")
        given = (password.text if password is not None else "") or ""
        wanted = self._known["password"]
        if password is not None and (password.get("Type") or "").endswith(_DIGEST):
            # UsernameToken Profile 1.1, 3.1: base64(SHA-1(nonce + created + password)).
            nonce = base64.b64decode(token.findtext(f"{{{_WSSE}}}Nonce") or "")
            created = token.findtext(f"{{{_WSU}}}Created") or ""
            digest = hashlib.sha1(nonce + created.encode() + wanted.encode(), usedforsecurity=False).digest()
            wanted = base64.b64encode(digest).decode()
        return _same(user, self._known["user"]) and _same(given, wanted)

    def issue_token(self, request: Request) -> Reply:
        """Answer the token request of a client (RFC 6749, 4.4): Basic, or the pair in the form as some clients do."""
        if self._proof is not Proof.OAUTH2:
            return error_reply(404, "KHONG_CO", "Không có dịch vụ này.")
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        pair = basic_pair(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if form.get("grant_type") != "client_credentials":
            return json_reply({"error": "unsupported_grant_type"}, status=400)
        if not self._is_pair(pair, "client_id", "client_secret"):
            return json_reply({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = monotonic() + TOKEN_SECONDS
        return json_reply(
            {
                "access_token": token,
                "scope": "am_application_scope default",
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            }
        )

    def _is_pair(self, pair: tuple[str, str] | None, first: str, second: str) -> bool:
        return pair is not None and _same(pair[0], self._known[first]) and _same(pair[1], self._known[second])
