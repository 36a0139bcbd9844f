"""Which access tokens are accepted, and which are not, whatever they bring along?"""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from security.errors import KeysUnusable, TokenExpired, TokenInvalid, TokenMissing
from security.keys import Keys, ensure_keys, load_keys, rotate_token_key
from security.tokens import AgreementDetail, TokenVerifier, issue_token

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ISSUER = "https://lienthong.example"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return ensure_keys(tmp_path / "keys")


@pytest.fixture
def verifier(keys: Keys) -> TokenVerifier:
    return TokenVerifier(keys, issuer=ISSUER, audience=ISSUER)


def bearer(keys: Keys, *, issuer: str = ISSUER, audience: str = ISSUER, now: datetime = NOW) -> str:
    token = issue_token(keys.signing, "mot-cua", issuer=issuer, audience=audience, token_id="t1", now=now)
    return f"Bearer {token}"


def forged(keys: Keys, header: dict[str, object], **claims: object) -> str:
    """A token signed with our key, but with another header and other claims."""
    full = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid} | header
    iat = int(NOW.timestamp())
    facts = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "a",
        "client_id": "a",
        "jti": "1",
        "iat": iat,
        "exp": iat + 300,
    } | claims
    kept = {name: value for name, value in full.items() if value is not None}
    return "Bearer " + jwt.encode(kept, facts, keys.signing.key, algorithms=["ES256"], default_type=None)


def test_a_token_of_ours_says_who_it_was_given_to(keys: Keys, verifier: TokenVerifier) -> None:
    token = verifier.verify(bearer(keys), NOW)

    assert (token.client_id, token.token_id, token.expires_at) == ("mot-cua", "t1", NOW + timedelta(minutes=5))


def test_a_forged_token_that_only_changes_nothing_is_accepted(keys: Keys, verifier: TokenVerifier) -> None:
    assert verifier.verify(forged(keys, {}), NOW).client_id == "a"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": None},
        {"typ": "JWT"},
        {"kid": None},
        {"kid": "unknown"},
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/x5u"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"cty": "JWT"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_another_header_is_refused(keys: Keys, verifier: TokenVerifier, header: dict[str, object]) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(forged(keys, header), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [ISSUER]},
        {"aud": "https://other.example"},
        {"iss": "https://other.example"},
        {"sub": "b"},
        {"jti": ""},
        {"exp": "never"},
        {"iat": int(NOW.timestamp()) + 3600, "exp": int(NOW.timestamp()) + 3900},
        {"exp": 10**30},
        {"authorization_details": [{"type": "everything"}]},
    ],
)
def test_other_claims_are_refused(keys: Keys, verifier: TokenVerifier, claims: dict[str, object]) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(forged(keys, {}, **claims), NOW)


def test_a_token_without_signature_is_refused(keys: Keys, verifier: TokenVerifier) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt", "kid": keys.signing.kid}).encode())
    payload = bearer(keys).split(".")[1]

    with pytest.raises(TokenInvalid):
        verifier.verify(f"Bearer {head.decode().rstrip('=')}.{payload}.", NOW)


def test_a_token_signed_with_our_public_key_as_a_secret_is_refused(keys: Keys, verifier: TokenVerifier) -> None:
    public = OctKey.import_key(base64.urlsafe_b64encode(keys.signing.key.as_der(private=False)))
    head = {"alg": "HS256", "typ": "at+jwt", "kid": keys.signing.kid}
    token = jwt.encode(head, {"iss": ISSUER}, public, algorithms=["HS256"])

    with pytest.raises(TokenInvalid):
        verifier.verify(f"Bearer {token}", NOW)


def test_a_token_of_another_key_under_our_kid_is_refused(keys: Keys, verifier: TokenVerifier) -> None:
    head = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    token = jwt.encode(head, {"iss": ISSUER}, ECKey.generate_key("P-256"), algorithms=["ES256"])

    with pytest.raises(TokenInvalid):
        verifier.verify(f"Bearer {token}", NOW)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "DPoP abc", "Bearer"[:4]])
def test_a_header_without_bearer_token_is_a_missing_token(verifier: TokenVerifier, header: str) -> None:
    with pytest.raises(TokenMissing):
        verifier.verify(header, NOW)


@pytest.mark.parametrize("value", ["", "a", "a.b.c", "....", "é", "a" * 9000, "\udcff"])
def test_what_is_no_token_is_invalid(verifier: TokenVerifier, value: str) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(f"Bearer {value}", NOW)


def test_an_expired_token_of_ours_is_expired(keys: Keys, verifier: TokenVerifier) -> None:
    with pytest.raises(TokenExpired):
        verifier.verify(bearer(keys), NOW + timedelta(minutes=5))


def test_a_token_that_was_verified_before_expires_all_the_same(keys: Keys, verifier: TokenVerifier) -> None:
    verifier.verify(bearer_once := bearer(keys), NOW)

    with pytest.raises(TokenExpired):
        verifier.verify(bearer_once, NOW + timedelta(minutes=5))


def test_a_clock_set_back_does_not_make_a_token_good(keys: Keys, verifier: TokenVerifier) -> None:
    verifier.verify(bearer_once := bearer(keys), NOW)

    with pytest.raises(TokenInvalid):
        verifier.verify(bearer_once, NOW - timedelta(hours=1))


def test_the_tokens_remembered_are_bounded_and_stay_right(keys: Keys) -> None:
    verifier = TokenVerifier(keys, issuer=ISSUER, audience=ISSUER, remembered=1)
    first, second = bearer(keys), bearer(keys, now=NOW - timedelta(seconds=1))
    verifier.verify(first, NOW)
    verifier.verify(second, NOW)

    assert verifier.verify(first, NOW).issued_at == NOW


def test_a_token_may_be_narrowed_to_an_agreement(keys: Keys, verifier: TokenVerifier) -> None:
    details = (AgreementDetail("agreement", "TT-01"),)
    token = issue_token(
        keys.signing, "a", issuer=ISSUER, audience=ISSUER, token_id="1", now=NOW, authorization_details=details
    )

    assert verifier.verify(f"bearer {token}", NOW).authorization_details == details


def test_a_node_that_has_not_reloaded_accepts_tokens_of_the_rotated_key(tmp_path: Path) -> None:
    verifier = TokenVerifier(ensure_keys(tmp_path / "k"), issuer=ISSUER, audience=ISSUER)

    assert verifier.verify(bearer(rotate_token_key(tmp_path / "k")), NOW).client_id == "mot-cua"


def test_tokens_of_the_former_key_are_accepted_until_the_second_rotation(tmp_path: Path) -> None:
    header = bearer(ensure_keys(tmp_path / "k"))
    verifier = TokenVerifier(rotate_token_key(tmp_path / "k"), issuer=ISSUER, audience=ISSUER)
    verifier.verify(header, NOW)
    verifier.use_keys(rotate_token_key(tmp_path / "k"))

    with pytest.raises(TokenInvalid):
        verifier.verify(header, NOW)


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    first = ensure_keys(tmp_path / "k")

    assert (ensure_keys(tmp_path / "k").signing.kid, load_keys(tmp_path / "k").cursor) == (
        first.signing.kid,
        first.cursor,
    )


def test_a_key_set_shows_no_private_half(keys: Keys) -> None:
    published = json.loads(keys.jwks())["keys"]

    assert [sorted(key) for key in published] == [["alg", "crv", "kid", "kty", "use", "x", "y"]] * 3 + [
        ["alg", "crv", "kid", "kty", "use", "x"]
    ]


def test_keys_show_nothing_when_printed(keys: Keys) -> None:
    assert repr(keys.cursor) not in repr(keys)


def test_a_key_file_that_others_may_read_is_refused(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys" / "cursor.key").chmod(0o640)

    with pytest.raises(KeysUnusable, match="cursor"):
        load_keys(tmp_path / "keys")


def test_a_damaged_key_file_is_refused(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys" / "token-current.pem").write_bytes(b"-----BEGIN nothing")

    with pytest.raises(KeysUnusable, match="token-current"):
        load_keys(tmp_path / "keys")
