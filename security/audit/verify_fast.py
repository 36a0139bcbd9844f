"""Is a body just what somebody would write who writes records as they are written, sooner than a general reader tells?

A mirror of a record's form, for msgspec. It is not the writer's, so that a mistake there cannot hide itself here. A
body that comes out of it to the byte as it went in has the members of a record, sorted, each once, without a number
that is no integer. Any other is left to the general reader (`security.audit.verify_body`), which says what is wrong.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

_Listed: TypeAlias = list[str] | dict[str, int | str]
"""A list, or what a list that was too long was shortened to."""


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """Members in the order of their names."""


class _Decision(_Part, frozen=True, kw_only=True):
    allowed: bool
    flags: _Listed = []
    policy: str = ""
    reason: str = ""
    repeated: int = 1


class _Outcome(_Part, frozen=True, kw_only=True):
    attempts: int = 0
    fields_released: _Listed = []
    fields_withheld: _Listed = []
    latency_us: int = 0
    provider_status: str = ""
    response_bytes: int = 0
    response_digest: str = ""
    rows_released: int = 0
    rows_withheld: int = 0
    status: int
    unexpected: int = 0


class _Trace(_Part, frozen=True, kw_only=True):
    parent_exchange: str = ""
    trace_id: str = ""


class _What(_Part, frozen=True, kw_only=True):
    database: str = ""
    door: str = ""
    fields: _Listed = []
    idempotency_key_digest: str = ""
    operation: str = ""
    request_bytes: int = 0
    request_digest: str = ""
    service: str = ""
    version: int = 0


class _Who(_Part, frozen=True, kw_only=True):
    agency: str = ""
    client: str = ""
    key_thumbprint: str = ""
    method: str = ""
    officer: str = ""
    source: str = ""
    system: str = ""
    token_id: str = ""


class _Hidden(_Part, frozen=True, kw_only=True):
    pseudonym: str
    sealed: str


class _Whom(_Part, frozen=True, kw_only=True):
    count: int
    inline: Sequence[_Hidden] = []
    rest_count: int = 0
    rest_root: str = ""


class _Why(_Part, frozen=True, kw_only=True):
    agreement: str = ""
    agreement_digest: str = ""
    agreement_version: int = 0
    case_file: _Hidden | None = None
    legal_basis: str = ""
    purpose: str = ""


class Mirror(_Part, frozen=True, kw_only=True):
    """A record's body."""

    at_us: int
    decision: _Decision | None = None
    exchange: str = ""
    grant: str = ""
    kind: str
    mono_us: int
    nonce: str
    notes: dict[str, str | int | bool] | None = None
    outcome: _Outcome | None = None
    prev: str
    pseudonym_key: str = ""
    seal_key: str = ""
    seq: int
    stream: str
    trace: _Trace | None = None
    v: int
    what: _What | None = None
    who: _Who | None = None
    whom: _Whom | None = None
    why: _Why | None = None


_read = msgspec.json.Decoder(Mirror).decode
_write = msgspec.json.Encoder(order="deterministic").encode


def mirrored(body: bytes) -> Mirror | None:
    """Return a body that is written just as a record is, None for any other."""
    try:
        said = _read(body)
        return said if _write(said) == body else None
    except (ValueError, RecursionError):
        return None
