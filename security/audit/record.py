"""What is written down about an exchange, a token, a change or a refusal?

The content of a record before the writer gives it a place in its stream (stream, seq, prev, nonce). The groups are
those of docs/record.md; a group that does not apply is None. Clear identifiers stand in `Whom.subjects`
and `Why.case_file` only until the record is encoded: what is stored is their keyed pseudonym and their sealed value.
The digests of `What` are keyed then, too.

The values are msgspec structs and not dataclasses because several are made for each exchange on the hot path, where a
frozen dataclass costs ten times as much; change one with `msgspec.structs.replace`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

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


class Who(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who called, as far as it was proven. Empty strings where it was not."""

    client: str = ""
    system: str = ""
    agency: str = ""
    token_id: str = ""
    key_thumbprint: str = ""
    method: str = ""
    source: str = ""
    officer: str = ""


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """Under which agreement and for which purpose."""

    agreement: str = ""
    agreement_version: int = 0
    agreement_digest: str = ""
    purpose: str = ""
    legal_basis: str = ""
    case_file: str = ""

    def __repr__(self) -> str:
        return f"Why(agreement={self.agreement!r}, version={self.agreement_version}, purpose={self.purpose!r})"


class What(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked.

    `request_digest` is SHA-256 (hex) of method, raw path, raw query and body, `idempotency_key_digest` of the key.
    Stored is an HMAC of each (32 hex digits) under the month's key, because what stands in a path can be guessed.
    """

    database: str = ""
    service: str = ""
    version: int = 0
    operation: str = ""
    door: str = ""
    request_digest: str = ""
    request_bytes: int = 0
    fields: Sequence[str] = ()
    idempotency_key_digest: str = ""


class Whom(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whose data it concerns: clear identifiers in memory, pseudonyms and sealed values in the store."""

    subjects: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Whom({len(self.subjects)} subjects)"


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided, and on which policy. `reason` is a problem slug, empty when the call was allowed."""

    allowed: bool
    reason: str = ""
    policy: str = ""
    repeated: int = 1


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of it. `response_digest` is SHA-256 (hex) of the very bytes released; empty when there were none."""

    status: int
    provider_status: str = ""
    attempts: int = 0
    response_digest: str = ""
    response_bytes: int = 0
    fields_released: Sequence[str] = ()
    fields_withheld: Sequence[str] = ()
    unexpected: int = 0
    rows_released: int = 0
    rows_withheld: int = 0
    latency_us: int = 0


class Trace(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it hangs together with other systems' traces (W3C trace id; the exchange this one was made for)."""

    trace_id: str = ""
    parent_exchange: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One record's content. `at` is aware UTC. `notes` are further members of an ADMIN, AUTH, READ or KEY record.

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


class Committed(msgspec.Struct, frozen=True):
    """Where a durable record stands, and the policy revision that its transaction saw."""

    stream: str
    seq: int
    leaf: bytes
    policy_revision: int
