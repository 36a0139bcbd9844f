"""Which keys does a system prove itself with, and which are refused, and as what?"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from catalog.errors import ContentInvalid
from gateway.publickeys import read_public_key

EC, ED, RSA = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
OTHER_CURVE = ECKey.generate_key("P-384")


def jwk(key: ECKey | OKPKey | RSAKey | OctKey, *, private: bool = False) -> str:
    return msgspec.json.encode(key.as_dict(private=private)).decode()


def pem(key: ECKey | OKPKey | RSAKey, *, private: bool = False) -> str:
    return key.as_pem(private=private).decode()


def certificate() -> tuple[str, str]:
    """A certificate, and the thumbprint of the key in it."""
    private = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "he-thong")]), datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signed = built.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    return signed, ECKey.import_key(private.public_key()).thumbprint()


@pytest.mark.parametrize(
    ("text", "kind", "thumbprint"),
    [
        (jwk(EC), "EC P-256", EC.thumbprint()),
        (jwk(ED), "Ed25519", ED.thumbprint()),
        (jwk(RSA), "RSA 2048", RSA.thumbprint()),
        (pem(EC), "EC P-256", EC.thumbprint()),
        (pem(ED), "Ed25519", ED.thumbprint()),
        (pem(RSA), "RSA 2048", RSA.thumbprint()),
        (f"\n  {pem(EC)}\n", "EC P-256", EC.thumbprint()),
    ],
    # The keys are made anew in each process: they cannot name the cases.
    ids=["EC as JWK", "Ed25519 as JWK", "RSA as JWK", "EC as PEM", "Ed25519 as PEM", "RSA as PEM", "blanks around"],
)
def test_a_public_key_is_known_by_its_thumbprint(text: str, kind: str, thumbprint: str) -> None:
    key = read_public_key(text, where="public_key")

    assert (key.kind, key.thumbprint) == (kind, thumbprint)
    assert b'"d"' not in key.jwk


def test_of_a_certificate_the_key_is_taken() -> None:
    text, thumbprint = certificate()

    assert read_public_key(text, where="public_key").thumbprint == thumbprint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (jwk(EC, private=True), "khóa bí mật"),
        (pem(EC, private=True), "khóa bí mật"),
        (jwk(OctKey.generate_key(256), private=True), "EC, RSA, Ed25519"),
        (jwk(OTHER_CURVE), "P-256"),
        ("", "không phải khóa"),
        ("{}", "không phải khóa"),
        ('{"kty":"EC"}', "không phải khóa"),
        ("[1]", "không phải khóa"),
        ("-----BEGIN PUBLIC KEY-----\nkhông phải\n-----END PUBLIC KEY-----", "không phải khóa"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "không phải khóa"),
    ],
    ids=["private JWK", "private PEM", "secret", "other curve", "nothing", "{}", "no EC", "list", "no PEM", "no X.509"],
)
def test_what_is_no_fit_public_key_is_refused_at_its_field(text: str, said: str) -> None:
    with pytest.raises(ContentInvalid) as refusal:
        read_public_key(text, where="public_key")

    assert [fault.where for fault in refusal.value.faults] == ["public_key"]
    assert said in refusal.value.faults[0].vi


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # what joserfc says of it, we say too
def test_a_key_that_can_be_factored_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024).public_key()
    text = weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(ContentInvalid, match="2048"):
        read_public_key(text, where="public_key")
