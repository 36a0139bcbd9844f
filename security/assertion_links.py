"""Which rules for client assertions does one keep, and which does it break?

For the people of the agency that it speaks for, who ask why it was refused (`security.assertions` stops at the first
broken rule and tells callers nothing). The rules are the same functions; nothing is used up and nothing is kept.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from security.assertions import AssertionReader, Claims, Find, broken_claims, choose_key
from security.errors import ClientRefused

RULES: Final = (
    "assertion-unreadable",
    "assertion-header",
    "client-unknown",
    "client-inactive",
    "key-unknown",
    "assertion-signature",
    "assertion-issuer",
    "assertion-audience",
    "assertion-times",
    "assertion-too-long-lived",
    "assertion-from-the-future",
    "assertion-expired",
    "assertion-jti",
    "assertion-replayed",
)
"""The reasons for which an assertion is refused: as links of a chain, from the outside to the inside."""
_SHOWN: Final = ("alg", "typ", "kid", "iss", "sub", "aud", "iat", "nbf", "exp", "jti")
_NEEDED: Final = ("iss", "sub", "aud", "exp", "iat", "jti")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. Rules in neither `kept` nor `broken` could not be judged.

    `said` are the members of header and claims as they stand, unproven; `missing` the claims that are not there.
    """

    kept: frozenset[str]
    broken: frozenset[str]
    client_id: str = ""
    jti: str = field(default="", repr=False)
    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: Sequence[str] = ()


def unproven_client(assertion: str) -> str:
    """Return which client an assertion names, empty where it names none. Nothing about it is proven."""
    return unproven_members(assertion).get("sub", "")


def examine_assertion(reader: AssertionReader, assertion: str, find: Find, *, now: datetime) -> Examined:
    """Return which rules the assertion keeps and breaks at `now`, but for whether it was used before."""
    said = unproven_members(assertion)
    missing = tuple(name for name in _NEEDED if name not in said)
    client_id = said.get("sub", "")
    try:
        compact, claims, kind = reader.read(assertion)
    except ClientRefused as refused:
        kept = frozenset() if refused.reason == "assertion-unreadable" else frozenset({"assertion-unreadable"})
        return Examined(kept, frozenset({refused.reason}), client_id, said=said, missing=missing)
    broken = set(broken_claims(claims, issuer=reader.issuer, leeway=reader.leeway, now=now))
    judged = {"assertion-unreadable", "assertion-header", *_CLAIM_RULES}
    client = find(claims.sub)
    if client is None:
        broken.add("client-unknown")
        return _examined(judged | {"client-unknown"}, broken, claims, said)
    judged |= {"client-unknown", "client-inactive", "key-unknown"}
    if not client.active:
        broken.add("client-inactive")
    jwk = choose_key(client.public_keys, kind, compact.headers().get("kid"))
    if jwk is None:
        broken.add("key-unknown")
        return _examined(judged, broken, claims, said)
    if not reader.check(compact, jwk)[0]:
        broken.add("assertion-signature")
    return _examined(judged | {"assertion-signature"}, broken, claims, said)


_CLAIM_RULES: Final = frozenset(RULES[RULES.index("assertion-issuer") : RULES.index("assertion-replayed")])


def _examined(judged: set[str], broken: set[str], claims: Claims, said: Mapping[str, str]) -> Examined:
    if "assertion-times" in broken:
        judged = judged - {"assertion-too-long-lived", "assertion-from-the-future", "assertion-expired"}
    return Examined(frozenset(judged - broken), frozenset(broken), claims.sub, claims.jti, said)


def unproven_members(token: str) -> dict[str, str]:
    """Return the members of header and claims that are known by name, as texts; of what cannot be read, none."""
    members: dict[str, str] = {}
    for part in token.split(".")[:2]:
        try:
            decoded = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError):
            continue
        if isinstance(decoded, dict):
            members |= {name: _text(decoded[name]) for name in _SHOWN if name in decoded}
    return members


def _text(value: object) -> str:
    return (value if isinstance(value, str) else msgspec.json.encode(value).decode())[:300]
