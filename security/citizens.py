"""How long does a citizen stay signed in, and who can read whose session it is?

The cookie's value is 256 random bits. The database keeps their digest and the identity number sealed under a key that
is made of the cookie itself: whoever has the database and all our keys, but not the browser, cannot tell who is signed
in.
"""

from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LASTS = timedelta(minutes=15)
"""How long a citizen stays signed in, whatever he does: long enough to read, too short to forget at a shared screen."""
_INFO = b"lienthong citizen session 1"
_NONCE = bytes(12)
_IDENTITY_DIGITS = 12


def is_over(created_at: datetime, *, now: datetime) -> bool:
    """Tell whether a session has ended by itself."""
    return now - created_at >= LASTS


def is_identity_number(value: object) -> bool:
    """Tell whether a claim's value is a số định danh cá nhân: a string of 12 digits."""
    return isinstance(value, str) and len(value) == _IDENTITY_DIGITS and value.isascii() and value.isdigit()


def seal_number(cookie: str, number: str) -> bytes:
    """Return an identity number that only the holder of `cookie` opens. A cookie MUST seal one number only."""
    return _cipher(cookie).encrypt(_NONCE, number.encode("ascii"), None)


def open_number(cookie: str, sealed: bytes) -> str | None:
    """Return the identity number sealed under `cookie`, None where it is another's."""
    try:
        return _cipher(cookie).decrypt(_NONCE, sealed, None).decode("ascii")
    except InvalidTag:
        return None


def _cipher(cookie: str) -> ChaCha20Poly1305:
    # The cookie is 256 random bits and seals once, so that neither salt nor a nonce of its own is needed.
    secret = cookie.encode("utf-8", "surrogatepass")
    return ChaCha20Poly1305(HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret))
