"""Does somebody hold the device, or one of the codes, that he was given?

TOTP as authenticator programs speak it (RFC 6238: SHA-1, six digits, thirty seconds) and recovery codes, each good
once. Pure, but for the making of secrets; what was used before is the caller's to keep.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20  # RFC 4226, 4 (R6)
_CODE_BYTES = 10
_DRIFT_STEPS = 1  # RFC 6238, 5.2


def new_totp_secret() -> str:
    """Return a new secret as authenticator programs take it: base32, without padding."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii").rstrip("=")


def step_at(now: datetime) -> int:
    """Return the time step (RFC 6238, 4.2) in which `now` lies."""
    return int(now.timestamp()) // STEP_SECONDS


def totp_code(secret: str, step: int) -> str:
    """Return the code of a step (RFC 4226, 5.3). Raises ValueError for what is no base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = struct.unpack_from(">I", digest, offset)[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the step whose code this is, one step around `now` included, or None.

    A caller MUST take a step only once, and none before one that it took (RFC 6238, 5.2).
    """
    typed = "".join(code.split())
    near = range(step_at(now) - _DRIFT_STEPS, step_at(now) + _DRIFT_STEPS + 1)
    # All are compared, whichever is right.
    found = [step for step in near if hmac.compare_digest(totp_code(secret, step).encode(), typed.encode())]
    return found[-1] if found else None


def totp_address(secret: str, *, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that an authenticator program reads from a QR code."""
    members = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{members}"


def new_recovery_codes() -> tuple[str, ...]:
    """Return new codes of 80 bits each, in groups that can be copied from paper."""
    return tuple(_grouped(base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()) for _ in range(RECOVERY_CODES))


def recovery_digest(code: str) -> str:
    """Return the SHA-256 (hex) under which a code is kept, however it was typed. 80 random bits need no stretching."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()


def looks_like_recovery(code: str) -> bool:
    """Tell whether a recovery code was typed, and not the six digits of a device."""
    return sum(letter.isalnum() for letter in code) > DIGITS


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
