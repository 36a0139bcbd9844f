"""How long does somebody stay signed in, and how long is he kept out after wrong passwords?

Rules only (design 06: idle fifteen minutes, absolute eight hours), and the making of what a browser keeps. The cookie's
value is 256 random bits of which its SHA-256 is stored; what guards forms is derived from it and stored nowhere.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
FRESH_PROOF = timedelta(minutes=10)
"""For how long after a proof of who somebody is he may do what cannot be taken lightly (step-up)."""

UNFINISHED = timedelta(minutes=10)
"""How long one may take between the password and the second factor, or to set both."""

SEEN_EVERY = timedelta(seconds=30)
"""How exactly it is known when a session was last used: each page would else write to the database."""

FREE_FAILURES = 5
_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(minutes=30)


class Stage(StrEnum):
    """How far somebody has come in signing in. Only `COMPLETE` opens pages."""

    PASSWORD = "password"  # the password was right: the second factor is awaited  # noqa: S105 - a word, no password
    SETTING_UP = "setting-up"  # initial password, or no second factor yet: both are set first
    COMPLETE = "complete"


class Method(StrEnum):
    """By what somebody proved who he is; stands in the record."""

    TOTP = "password+totp"
    RECOVERY = "password+recovery"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class NewCookie:
    """What a browser is given (`clear`, kept nowhere else), and under which digest (SHA-256, hex) it is stored."""

    clear: str = field(repr=False)
    digest: str = field(repr=False)


def new_cookie() -> NewCookie:
    """Return a new cookie's value."""
    clear = secrets.token_urlsafe(32)
    return NewCookie(clear, cookie_digest(clear))


def cookie_digest(clear: str) -> str:
    """Return under which digest a cookie's session is stored. 256 random bits need neither salt nor stretching."""
    return hashlib.sha256(b"session\n" + clear.encode("utf-8", "surrogatepass")).hexdigest()


def form_token(cookie: str) -> str:
    """Return what each form of a page given to the holder of `cookie` carries."""
    return hmac.digest(cookie.encode("utf-8", "surrogatepass"), b"form", hashlib.sha256).hex()


def is_form_token(cookie: str, sent: str) -> bool:
    """Tell whether `sent` is the token of forms of this cookie's holder."""
    return hmac.compare_digest(form_token(cookie).encode(), sent.encode("utf-8", "surrogatepass"))


def is_over(stage: Stage, *, created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Tell whether a session has ended by itself: unused for too long, or simply too old."""
    if stage is not Stage.COMPLETE:
        return now - created_at >= UNFINISHED
    return now - seen_at >= IDLE or now - created_at >= ABSOLUTE


def is_fresh(proven_at: datetime, *, now: datetime) -> bool:
    """Tell whether a proof is young enough for what needs a recent one."""
    return now - proven_at < FRESH_PROOF


def locked_until(failures: int, *, now: datetime) -> datetime | None:
    """Return until when an account takes nothing after so many failures in a row: none for the first few.

    One minute, then twice as long each time, half an hour at most: guessing is hopeless, and whoever wants to keep a
    colleague out must go on all day, on record.
    """
    if failures < FREE_FAILURES:
        return None
    doubled: timedelta = _FIRST_LOCK * 2 ** min(failures - FREE_FAILURES, 10)
    return now + min(doubled, _LONGEST_LOCK)
