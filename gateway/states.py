"""How far has an exchange come? One frozen value per step; each stage takes the value that the stage before makes.

Received > Identified > Authorized > Limited > Prepared > Intended > Cleared > Returned > Minimized > Rendered >
Answered, or Refused from any of them. There is no other way to make one than to have passed the stage before, so asking
a provider without authorization or without a durable intent does not type-check.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

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
    AXIS = "axis"
    CONSOLE = "console"
    """A member of the staff tried a call for one of his agency's systems, at the real provider (ADR 22)."""
    SANDBOX = "sandbox"
    """The same with synthetic data: no provider is asked, and nobody's data leaves."""


class Rendition(Protocol):
    """How the door by which a call came writes what leaves by it.

    It is used before the outcome is recorded: the record keeps the digest of the very bytes that leave.
    """

    def answer(self, authorized: "Authorized", body: bytes) -> bytes:
        """Return `body` (minimized JSON) as the caller gets it.

        Raises AnswerUnreadable when it cannot be written in the form that the caller was promised.
        """
        ...

    def refusal(self, refusal: "Problem", correlation_id: str, *, public_url: str) -> bytes:
        """Return a refusal as the caller gets it. Never raises."""
        ...


class State(msgspec.Struct, frozen=True, gc=False):
    """A step of an exchange.

    A msgspec struct, since about ten are made per call and a frozen dataclass costs ten times as much.
    """

    def __repr__(self) -> str:
        """Name the step only: what it holds is people's data."""
        return f"<{type(self).__name__}>"


class Proven(State, frozen=True):
    """A client that its door has seen a proof of, other than a bearer token: a secret, a signed message.

    `key_thumbprint` names the key or secret that was used; whether it is in force is judged with the policy.
    """

    client_id: str
    key_thumbprint: str
    method: str


class Vouched(State, frozen=True):
    """A member of the staff who tries a call for a system of his agency, and whom the console has proven (ADR 22).

    The console MUST have checked that he may. The system's own keys are not asked for: it is not the one who calls.
    """

    client_id: str
    member: str


class Received(State, frozen=True):
    """A well-formed request, not yet trusted. `deadline` is `loop.time()` seconds; header names are lower case.

    Whatever the door, `method`, `raw_path`, `raw_query` and `body` say in the terms of the REST door which operation is
    asked with which values: all doors are authorized, checked and recorded by the same code. `claimed` is the code of
    the system that a request names as its caller, where its protocol does: who proves himself MUST be that one.
    """

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
    rendition: Rendition
    proven: Proven | Vouched | None = None
    claimed: str = ""


class Caller(State, frozen=True):
    """The system that proved itself, and how. `agreements` are those that its token is narrowed to; none: to none.

    `member` is who tries a call for it in the console, empty where the system itself calls.
    """

    system: "SystemPolicy"
    agreements: tuple[str, ...]
    token_id: str
    key_thumbprint: str
    method: str
    member: str = ""


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
    """The answer is cut to the agreement. `body` is JSON."""

    returned: Returned
    body: bytes
    rows_released: int
    rows_withheld: int
    unexpected: int
    subjects: tuple[str, ...]


class Rendered(State, frozen=True):
    """The answer is written as its door writes it. `body` is what may be released once its outcome is durable."""

    minimized: Minimized
    body: bytes


class Answered(State, frozen=True):
    """The outcome is durable: these very bytes may leave. `quota` is the day's quota and what is left of it.

    `lifecycle` are header fields that tell of the end of the service's version, `receipt` promises the record.
    """

    exchange_id: str
    status: int
    body: bytes
    quota: tuple[int, int]
    lifecycle: tuple[tuple[bytes, bytes], ...] = ()
    receipt: bytes = b""


class Refused(State, frozen=True):
    """The refusal is durable, or could not be made durable and says so (`record-unavailable`)."""

    exchange_id: str
    problem: "Problem"
    body: bytes
    receipt: bytes = b""
