"""Is this the password, and may it be one?

Kept is an argon2id hash (RFC 9106) in its own encoding, which carries its parameters: when `_HASHER`'s costs are raised
old hashes still hold, and `verify_password` says which of them to make anew.
"""

import base64
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from security.errors import PasswordUnfit

MIN_LENGTH = 12
MAX_LENGTH = 200
# OWASP's parameters for argon2id, with one pass more: 19 MiB, so that several people signing in at once do not weigh
# on a process that carries exchanges.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
# What people type where twelve characters are asked for; compared without marks, case, blanks and repeated ends.
_COMMON_TEXT = """
    123456789012 1234567890123 12345678901234 0123456789ab 0987654321098 111111111111 000000000000 123123123123
    121212121212 123456123456 112233445566 qwertyuiop12 qwertyuiop123 qwertyuiop[] qwerty123456 1q2w3e4r5t6y
    1qaz2wsx3edc zaq12wsxcde3 asdfghjkl123 abcdefghijkl abc123456789 abcd12345678 password1234 password12345
    password123456 passwordpassword p@ssw0rd1234 matkhau12345 matkhau123456 matkhaumatkhau matkhau@1234 matkhau@2026
    vietnam12345 vietnam123456 vietnam@2025 vietnam@2026 hanoi1234567 saigon123456 nhatrang1234 khanhhoa1234
    khanhhoa@2026 admin1234567 admin@123456 admin@1234567 administrator administrator1 quantri12345 quantrivien1
    quantrihethong lienthong123 lienthong1234 lienthong@2026 letmein12345 welcome12345 iloveyou1234 anhyeuem1234
    emyeuanh1234 congchuc1234 tinhuy123456 ubnd12345678 changeme1234 doimatkhau12 doimatkhau123
"""
_COMMON = frozenset(_COMMON_TEXT.split())


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is the right one, and whether its hash was made with lower costs than are usual now."""

    right: bool
    outdated: bool = False


def hash_password(password: str) -> str:
    """Return the argon2id hash to keep. Takes some hundredths of a second: never on the event loop."""
    return _HASHER.hash(_plain(password))


@cache
def nobodys_hash() -> str:
    """Return what to verify against where there is no account, so that it takes as long as where there is one."""
    return hash_password("")


def verify_password(kept: str, password: str) -> Verdict:
    """Tell whether `password` is the one of which `kept` is the hash; raises nothing. Never on the event loop."""
    try:
        _HASHER.verify(kept, _plain(password))
    except (VerificationError, InvalidHashError):
        return Verdict(right=False)
    return Verdict(right=True, outdated=_HASHER.check_needs_rehash(kept))


def check_password(password: str, *, forbidden: tuple[str, ...]) -> None:
    """Return when this may be a password of somebody whose codes and names are `forbidden` in it.

    Raises PasswordUnfit with a slug: `short`, `long`, `name`, `common`, `monotonous`.
    """
    bare = _bare(password)
    if len(_plain(password)) < MIN_LENGTH:
        raise PasswordUnfit("short")
    if len(password) > MAX_LENGTH:
        raise PasswordUnfit("long")
    if any(len(_bare(name)) >= 3 and _bare(name) in bare for name in forbidden):
        raise PasswordUnfit("name")
    if bare in _COMMON or bare.rstrip("!@#.*") in _COMMON:
        raise PasswordUnfit("common")
    if len(set(bare)) < 5:
        raise PasswordUnfit("monotonous")


def new_initial_password() -> str:
    """Return a random password (80 bits) that can be read out and copied from paper."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _plain(password: str) -> str:
    # NIST SP 800-63B, 5.1.1.2: the same keys give composed or decomposed Vietnamese letters on different machines.
    return unicodedata.normalize("NFKC", password)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter) and not letter.isspace())
