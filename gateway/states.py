"""How far has an exchange come? One frozen value per step; each stage takes the value that the stage before makes.

Received > Identified > Authorized > Limited > Prepared > Intended > Returned > Minimized > Answered, or Refused from
any of them. There is no other way to make one than to have passed the stage before, so asking a provider
without authorization or without a durable intent does not type-check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from adapters.contract import Answer, Call
from security.audit.record import Committed

if TYPE_CHECKING:
    from gateway.problems import Problem
    from gateway.snapshot import CompiledGrant, CompiledOperation, Snapshot, SystemPolicy


class Door(StrEnum):
    """Which protocol the call came in by."""

    REST = "rest"
    SOAP = "soap"
    XROAD = "xroad"


@dataclass(frozen=True, slots=True)
class Received:
    """A well-formed request, not yet trusted. `deadline` is `loop.time()` seconds; header names are lower case."""

    exchange_id: str
    at: datetime
    started: float
    deadline: float
    door: Door
    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    source: str
    traceparent: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The system that proved itself, and how."""

    system: "SystemPolicy"
    token_id: str
    key_thumbprint: str
    method: str


@dataclass(frozen=True, slots=True)
class Identified:
    """The caller is known."""

    received: Received
    snapshot: "Snapshot"
    caller: Caller


@dataclass(frozen=True, slots=True)
class Authorized:
    """An agreement in force allows this operation, for this purpose, now, from here."""

    identified: Identified
    operation: "CompiledOperation"
    grant: "CompiledGrant"
    path_values: Mapping[str, str]
    query_values: Mapping[str, str]
    purpose: str
    case_file: str = field(repr=False)
    officer: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limited:
    """The call is within the agreement's rate and quota, and was counted."""

    authorized: Authorized
    quota_left: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The call as the provider will be asked it: validated, typed, and with the people it names."""

    limited: Limited
    call: Call
    subjects: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Intended:
    """The intent is durable, under a policy that was in force when it became so."""

    prepared: Prepared
    committed: Committed


@dataclass(frozen=True, slots=True)
class Returned:
    """The provider has answered."""

    intended: Intended
    answer: Answer


@dataclass(frozen=True, slots=True)
class Minimized:
    """The answer is cut to the agreement. `body` is what may be released once its outcome is durable."""

    returned: Returned
    body: bytes = field(repr=False)
    rows_released: int
    rows_withheld: int
    unexpected: int
    subjects: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The outcome is durable: these very bytes may leave."""

    exchange_id: str
    status: int
    body: bytes = field(repr=False)
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The refusal is durable, or could not be made durable and says so (`record-unavailable`)."""

    exchange_id: str
    problem: "Problem"
