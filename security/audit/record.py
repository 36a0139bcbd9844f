"""What is written down about an exchange, a token, a change or a refusal?

The content of a record before the writer gives it a place in its stream (stream, seq, prev, nonce). The groups are
those of docs/record.md; a group that does not apply is None. Clear identifiers stand in `Whom.subjects`
and `Why.case_file` only until the record is encoded: what is stored is their keyed pseudonym and their sealed value.
The digests of `What` are keyed then, too.

The values are msgspec structs and not dataclasses because several are made for each exchange on the hot path, where a
frozen dataclass costs ten times as much; change one with `msgspec.structs.replace`. Their members stand in the order of
their names, in which a record's body has them: writing it then sorts nothing.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Kind(StrEnum):
    """What a record is about."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"
    INTENT = "INTENT"
    OUTCOME = "OUTCOME"
    DENY = "DENY"
    UNKNOWN = "UNKNOWN"
    AUTH = "AUTH"
    ADMIN = "ADMIN"
    READ = "READ"
    KEY = "KEY"
    ALERT = "ALERT"
    HOLD = "HOLD"
    ERASE = "ERASE"


class Who(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """Who called, as far as it was proven. Empty strings where it was not."""

    agency: str = ""
    client: str = ""
    key_thumbprint: str = ""
    method: str = ""
    officer: str = ""
    source: str = ""
    system: str = ""
    token_id: str = ""


class Why(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """Under which agreement and for which purpose."""

    agreement: str = ""
    agreement_digest: str = ""
    agreement_version: int = 0
    case_file: str = ""
    legal_basis: str = ""
    purpose: str = ""

    def __repr__(self) -> str:
        return f"Why(agreement={self.agreement!r}, version={self.agreement_version}, purpose={self.purpose!r})"


class What(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """What was asked.

    `request_digest` is SHA-256 (hex) of method, raw path, raw query and body, `idempotency_key_digest` of the key.
    Stored is an HMAC of each (32 hex digits) under the month's key, because what stands in a path can be guessed.
    """

    database: str = ""
    door: str = ""
    fields: Sequence[str] = ()
    idempotency_key_digest: str = ""
    operation: str = ""
    request_bytes: int = 0
    request_digest: str = ""
    service: str = ""
    version: int = 0


class Whom(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Whose data it concerns: clear identifiers in memory, pseudonyms and sealed values in the store."""

    subjects: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Whom({len(self.subjects)} subjects)"


class Decision(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """What was decided, and on which policy. `reason` is a problem slug, empty when the call was allowed.

    `flags` tell what only shows when the request is made (`security.misuse.neighbours`).
    """

    allowed: bool
    flags: Sequence[str] = ()
    policy: str = ""
    reason: str = ""
    repeated: int = 1


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """What came of it. `response_digest` is SHA-256 (hex) of the very bytes released; empty when there were none."""

    attempts: int = 0
    fields_released: Sequence[str] = ()
    fields_withheld: Sequence[str] = ()
    latency_us: int = 0
    provider_status: str = ""
    response_bytes: int = 0
    response_digest: str = ""
    rows_released: int = 0
    rows_withheld: int = 0
    status: int
    unexpected: int = 0


class Trace(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """How it hangs together with other systems' traces (W3C trace id; the exchange this one was made for)."""

    parent_exchange: str = ""
    trace_id: str = ""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record's content. `at` is aware UTC. `notes` are further members of a record that is of no exchange.

    `grant_key` names the grant that an INTENT used up one call of, so that quotas can be counted again from the record.
    """

    kind: Kind
    exchange_id: str
    at: datetime
    who: Who | None = None
    why: Why | None = None
    what: What | None = None
    whom: Whom | None = None
    decision: Decision | None = None
    outcome: Outcome | None = None
    trace: Trace | None = None
    notes: Mapping[str, str | int | bool] | None = None
    grant_key: str = ""


class Committed(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where a durable record stands, and the policy revision that its transaction saw.

    `receipt` promises it to whoever is answered; empty for records that nobody is answered with.
    """

    stream: str
    seq: int
    leaf: bytes
    policy_revision: int
    receipt: bytes = b""


class Recording(Protocol):
    """The one way into the record."""

    def append(self, entry: Entry) -> Awaitable[Committed]:
        """Take `entry` and return what becomes its place when it is durable.

        The caller MUST await the result before it acts on the record, and MUST NOT release anything when it raises.
        Raises RecordUnavailable, at once or when awaited: the record is down or full, its queue is full, or an
        exchange would get a second end. After that, this exchange's intent (if any) ends as UNKNOWN.
        """
        ...

    def ready(self) -> bool:
        """Return whether new exchanges can be recorded now."""
        ...

    def has_open_intent(self, exchange_id: str) -> bool:
        """Return whether this exchange has handed in an intent, and no end yet."""
        ...
