"""Is what somebody pasted a public key that a system may prove itself with?

A JWK (RFC 7517) or PEM (RFC 7468: a public key, or a certificate of which the key is taken), of a kind that
`security/assertions.py` verifies. A private key is refused by that name: it must not be sent at all.
"""

from dataclasses import dataclass

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from catalog.errors import ContentInvalid, Fault

_LEAST_RSA_BITS = 2048  # NIST SP 800-131A
_PEM = "-----BEGIN "


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as it is kept: its JWK without anything beside the key, and its thumbprint (RFC 7638)."""

    jwk: bytes
    thumbprint: str
    kind: str


def read_public_key(text: str, *, where: str) -> PublicKey:
    """Return the key that `text` says. Raises ContentInvalid with a fault at `where`."""
    if "PRIVATE KEY" in text:
        raise _unfit(
            where, "đây là khóa bí mật, không được gửi đi đâu: hãy dán khóa công khai", "this is a private key"
        )
    try:
        key = _from_pem(text) if text.lstrip().startswith(_PEM) else import_key(_members(text))
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError) as error:
        vi = "không phải khóa công khai dạng JWK hay PEM"
        raise _unfit(where, vi, "is no public key, neither JWK nor PEM") from error
    if not isinstance(key, ECKey | RSAKey | OKPKey):
        raise _unfit(where, "phải là khóa công khai (EC, RSA, Ed25519)", "must be a public key (EC, RSA, Ed25519)")
    if key.is_private:
        raise _unfit(
            where, "đây là khóa bí mật, không được gửi đi đâu: hãy dán khóa công khai", "this is a private key"
        )
    return PublicKey(msgspec.json.encode(key.as_dict(private=False)), key.thumbprint(), _kind(key, where))


def _from_pem(text: str) -> ECKey | RSAKey | OKPKey:
    content = text.strip().encode("ascii")
    if b"BEGIN CERTIFICATE" in content:
        held = x509.load_pem_x509_certificate(content).public_key()
        content = held.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            return kind.import_key(content)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    raise ValueError("no key of a kind that is known")


def _members(text: str) -> dict[str, str | list[str]]:
    return msgspec.json.decode(text, type=dict[str, str | list[str]])


def _kind(key: ECKey | RSAKey | OKPKey, where: str) -> str:
    """Return what a key is called, when assertions may be signed with it (ES256, PS256, Ed25519)."""
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return "EC P-256"
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        return "Ed25519"
    if isinstance(key, RSAKey) and key.raw_value.key_size >= _LEAST_RSA_BITS:
        return f"RSA {key.raw_value.key_size}"
    vi = "chỉ nhận EC P-256, Ed25519 hoặc RSA từ 2048 bit"
    raise _unfit(where, vi, "only EC P-256, Ed25519, and RSA of 2048 bits or more are taken")


def _unfit(where: str, vi: str, en: str) -> ContentInvalid:
    return ContentInvalid([Fault(where, vi, en)])
