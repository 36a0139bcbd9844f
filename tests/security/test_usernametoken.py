"""Which UsernameTokens prove a client, and does any refusal tell more than another?"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.assertions import Jwk
from security.errors import ClientRefused, SecretUnavailable
from security.sealing import SealedSecret, SecretSealer
from security.usernametoken import METHOD_DIGEST, DigestVerifier, UsernameToken, digest_of, read_created

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEY = b"k" * 32
SEALER = SecretSealer(KEY)
VERIFIER = DigestVerifier(SEALER)
SECRET = "bí-mật-của-hệ-thống-cũ"
NONCE = base64.b64encode(b"0123456789abcdef").decode()


@dataclass(frozen=True)
class System:
    code: str = "cu"
    agency: str = "H32"
    active: bool = True
    legacy: bool = True
    public_keys: Sequence[Jwk] = ()
    secret_hashes: Sequence[str] = ()
    sealed_secrets: Sequence[SealedSecret] = (SEALER.seal(SECRET, system="cu", key_id="s1"),)

    @property
    def client_id(self) -> str:
        return self.code


def stamped(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def digested(secret: str = SECRET, *, nonce: str = NONCE, created: str = stamped(NOW)) -> UsernameToken:
    digest = base64.b64encode(sha1(base64.b64decode(nonce) + created.encode() + secret.encode()).digest()).decode()
    return UsernameToken("cu", digest=digest, nonce=nonce, created=created)


def cause(token: UsernameToken, client: System | None, *, now: datetime = NOW) -> str:
    with pytest.raises(ClientRefused) as refusal:
        VERIFIER.verify(token, client, now=now)
    return refusal.value.reason


def test_the_digest_is_that_of_the_profile() -> None:
    # Computed by `printf 'abcd2003-07-16T01:24:32Zsecret' | openssl sha1 -binary | base64`.
    digest = base64.b64encode(digest_of(b"abcd", "2003-07-16T01:24:32Z", b"secret"))

    assert digest == b"Idx3hWOFYD7xBI/PQhK0e66Ymn4="


def test_a_good_digest_proves_the_client_and_names_its_secret() -> None:
    proof = VERIFIER.verify(digested(), System(), now=NOW)

    assert (proof.client.code, proof.method, proof.key_thumbprint) == ("cu", METHOD_DIGEST, "s1")
    assert proof.expires_at == NOW + timedelta(minutes=5)


def test_each_of_two_secrets_proves_the_client() -> None:
    both = System(sealed_secrets=(SEALER.seal("old", system="cu", key_id="s0"), *System().sealed_secrets))

    named = [VERIFIER.verify(digested(secret), both, now=NOW).key_thumbprint for secret in ("old", SECRET)]
    assert named == ["s0", "s1"]


REFUSALS = {
    "an unknown client": (digested(), None, "client-unknown"),
    "a system that is not legacy": (digested(), System(legacy=False), "secret-not-allowed"),
    "a system without such a secret": (digested(), System(sealed_secrets=()), "secret-wrong"),
    "another secret": (digested("another"), System(), "secret-wrong"),
    "a suspended system": (digested(), System(active=False), "client-inactive"),
    "another nonce": (replace(digested(), nonce=NONCE.lower()), System(), "secret-wrong"),
    "another time": (replace(digested(), created=stamped(NOW + timedelta(seconds=1))), System(), "secret-wrong"),
    "a short nonce": (digested(nonce=base64.b64encode(b"short").decode()), System(), "username-token-unreadable"),
    "a nonce that is none": (replace(digested(), nonce="?"), System(), "username-token-nonce"),
    "no nonce": (replace(digested(), nonce=""), System(), "username-token-unreadable"),
    "no time": (replace(digested(), created=""), System(), "username-token-unreadable"),
    "a digest that is none": (replace(digested(), digest="đ"), System(), "username-token-digest"),
    "a short digest": (replace(digested(), digest="AAAA"), System(), "username-token-unreadable"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_token_that_proves_nothing_is_refused(case: str) -> None:
    token, client, expected = REFUSALS[case]

    assert cause(token, client) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-1.01, "username-token-from-the-future"), (5, "username-token-expired"), (60, "username-token-expired")],
)
def test_a_token_of_another_time_is_refused(minutes: float, expected: str) -> None:
    assert cause(digested(), System(), now=NOW + timedelta(minutes=minutes)) == expected


@pytest.mark.parametrize("minutes", [-1, 0, 4.99])
def test_a_token_of_about_now_is_good(minutes: float) -> None:
    proof = VERIFIER.verify(digested(), System(), now=NOW + timedelta(minutes=minutes))

    assert proof.jti == f"wsse-nonce {b'0123456789abcdef'.hex()}"


def test_one_nonce_written_in_two_ways_is_one() -> None:
    # Base64 leaves bits of the last sign unread: "…Zg==" and "…Zh==" are the same bytes.
    nonce = base64.b64encode(b"0123456789abcdef").decode()
    twin = nonce[:-3] + chr(ord(nonce[-3]) + 1) + "=="

    assert VERIFIER.verify(digested(nonce=twin), System(), now=NOW).jti.endswith(b"0123456789abcdef".hex())


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01T08:00:00Z", "2026-03-01T15:00:00+07:00", "2026-03-01T08:00:00.0000000Z"),
        "2026-03-01T08:00:00.000+00:00",
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str) -> None:
    assert read_created(text) == NOW


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01T08:00:00", "2026-03-01", "20260301T080000Z", "2026-W09-7T08:00:00Z", "2026-13-01T08:00:00Z"),
        *("2026-03-01 08:00:00Z", " 2026-03-01T08:00:00Z", "٢٠٢٦-03-01T08:00:00Z", "9999-12-31T23:59:59-14:00"),
        *("2026-03-01T08:00:00Z\n", "0001-01-01T00:00:00+14:00", "2026-03-01T24:00:00Z"),
    ],
)
def test_a_time_that_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ClientRefused):
        read_created(text)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_sent_is_judged_and_never_breaks_the_judge(digest: str, nonce: str, created: str) -> None:
    token = UsernameToken("cu", digest=digest, nonce=nonce, created=created)

    with pytest.raises(ClientRefused):
        VERIFIER.verify(token, System(), now=NOW)


def test_a_secret_sealed_for_another_system_does_not_open() -> None:
    moved = SEALER.seal(SECRET, system="another", key_id="s1")

    with pytest.raises(SecretUnavailable):
        SEALER.open(moved, system="cu")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 60])
def test_what_was_not_sealed_by_our_key_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SecretUnavailable):
        SEALER.open(SealedSecret("s1", sealed), system="cu")


def test_neither_tokens_nor_sealed_secrets_show_what_they_hold() -> None:
    token = replace(digested(), password=SECRET)

    assert SECRET not in repr(token)
    assert token.digest not in repr(token)
    assert "sealed=" not in repr(System().sealed_secrets[0])


class CountingSealer(SecretSealer):
    """Counts how many secrets were opened."""

    opened = 0

    def open(self, kept: SealedSecret, *, system: str) -> bytes:
        self.opened += 1
        return super().open(kept, system=system)


@pytest.mark.parametrize("client", [None, System(), System(sealed_secrets=()), System(legacy=False)])
def test_whoever_is_asked_for_one_secret_is_opened_and_compared(client: System | None) -> None:
    sealer = CountingSealer(KEY)
    with pytest.raises(ClientRefused):
        DigestVerifier(sealer).verify(digested("another"), client, now=NOW)

    assert sealer.opened == 1
