"""How far has an exchange come? One frozen value per step; each stage takes the value that the stage before makes.

Received > Identified > Authorized > Limited > Prepared > Intended > Cleared > Returned > Minimized > Answered, or
Refused from any of them. There is no other way to make one than to have passed the stage before, so asking a provider
without authorization or without a durable intent does not type-check.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

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


class State(msgspec.Struct, frozen=True):
    """A step of an exchange.

    A msgspec struct, since about ten are made per call and a frozen dataclass costs ten times as much.
    """

    def __repr__(self) -> str:
        """Name the step only: what it holds is people's data."""
        return f"<{type(self).__name__}>"


class Received(State, frozen=True):
    """A well-formed request, not yet trusted. `deadline` is `loop.time()` seconds; header names are lower case."""

    exchange_id: str
    at: datetime
    started: float
    deadline: float
    door: Door
    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    source: str
    traceparent: str


class Caller(State, frozen=True):
    """The system that proved itself, and how. `agreements` are those that its token is narrowed to; none: to none."""

    system: "SystemPolicy"
    agreements: tuple[str, ...]
    token_id: str
    key_thumbprint: str
    method: str


class Identified(State, frozen=True):
    """The caller is known."""

    received: Received
    snapshot: "Snapshot"
    caller: Caller


class Authorized(State, frozen=True):
    """An agreement in force allows this operation, for this purpose, now, from here."""

    identified: Identified
    operation: "CompiledOperation"
    grant: "CompiledGrant"
    path_values: Mapping[str, str]
    query_values: Mapping[str, str]
    purpose: str
    case_file: str
    officer: str
    fields: tuple[str, ...]


class Limited(State, frozen=True):
    """The call is within the agreement's rate and quota, and was counted."""

    authorized: Authorized
    quota_left: int


class Prepared(State, frozen=True):
    """The call as the provider will be asked it: validated, typed, and with the people it names."""

    limited: Limited
    call: Call
    subjects: tuple[str, ...]


class Intended(State, frozen=True):
    """The intent is durable."""

    prepared: Prepared
    committed: Committed


class Cleared(State, frozen=True):
    """The policy in force when the intent became durable allows `prepared`: the provider may be asked."""

    intended: Intended
    prepared: Prepared


class Returned(State, frozen=True):
    """The provider has answered, or an earlier answer to the same Idempotency-Key stands in."""

    cleared: Cleared
    answer: Answer


class Minimized(State, frozen=True):
    """The answer is cut to the agreement. `body` is what may be released once its outcome is durable."""

    returned: Returned
    body: bytes
    rows_released: int
    rows_withheld: int
    unexpected: int
    subjects: tuple[str, ...]


class Answered(State, frozen=True):
    """The outcome is durable: these very bytes may leave. `quota` is the day's quota and what is left of it."""

    exchange_id: str
    status: int
    body: bytes
    quota: tuple[int, int]


class Refused(State, frozen=True):
    """The refusal is durable, or could not be made durable and says so (`record-unavailable`)."""

    exchange_id: str
    problem: "Problem"
    body: bytes
