"""What happens when a call is tried: which way does it go, and what is seen of it?

A try is an exchange like any other (`gateway/exchange.py`), carried by the same stages into the same record: who tries
is vouched for by the console, what he may do is still what the agreement says (ADR 22). In the sandbox the provider is
replaced by one that answers with data about nobody, and the agreement's counters by others; all else is the same.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from adapters.contract import Adapter
from gateway.doors.arrival import Arrivals
from gateway.exchange import Exchange
from gateway.problems import Problem
from gateway.snapshot import CompiledOperation
from gateway.states import Answered, Authorized, Door, Refused, Vouched
from gateway.telemetry import ExchangeMeter
from gateway.tryit.attempt import Attempt, Request, request_of
from gateway.tryit.synthetic import SyntheticProvider
from gateway.tryit.witness import (
    Marks,
    Recorded,
    Stage,
    WitnessedAdapter,
    WitnessedLimiter,
    WitnessedPolicy,
    WitnessedRecord,
    WitnessedRendition,
)
from security.audit.denials import Denials
from security.audit.record import Kind, Outcome
from security.errors import RateExceeded
from security.misuse.neighbours import Neighbours
from security.ratelimit import Bucket, Limiter, LocalLimiter, Verdict, compile_rate, microseconds, take

_TRIES = compile_rate(60, 60, burst=15)
_NO_QUOTA = 1 << 40


@dataclass(frozen=True, slots=True)
class Member:
    """Who tries: his code, and the address that he sits at."""

    code: str
    source: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try. `body` is the very answer that the system would get; `problem` says why it got none.

    `not_agreed` are the declared fields that the agreement does not release, `not_asked` those that it would and the
    call left out. `conditions` are the fields that its row filter looks at.
    """

    request: Request
    exchange_id: str
    status: int
    body: bytes = field(repr=False)
    problem: Problem | None
    outcome: Outcome | None
    released: tuple[str, ...]
    not_agreed: tuple[str, ...]
    not_asked: tuple[str, ...]
    conditions: tuple[str, ...]
    quota: tuple[int, int] | None
    stages: tuple[tuple[Stage, int], ...]
    """How long each stage took, in microseconds."""
    recorded: tuple[Recorded, ...]
    receipt: str
    is_sandbox: bool


class TryOut:
    """Carries tries over the parts of a node. Built by `gateway/control.py`."""

    def __init__(self, exchange: Exchange, arrivals: Arrivals, *, clock: Callable[[], datetime]) -> None:
        """Take the node's own exchange, whose parts are used, and the limits of arriving requests."""
        self._exchange = exchange
        self._arrivals = arrivals
        self._clock = clock
        # In the sandbox the agreement's limits are as tight as in earnest, and spend nothing of it.
        self._sandbox_limiter = LocalLimiter(_NothingSpent(), zone=exchange.zone)
        self._sandbox_meter = ExchangeMeter(CollectorRegistry())
        self._brakes: dict[str, Bucket] = {}

    def brake(self, member: str) -> None:
        """Count a try of this member. Raises RateExceeded: nobody fills the record by trying."""
        now_us = microseconds(self._clock())
        bucket = self._brakes.get(member, Bucket(0, 0, 0))
        decision = take(bucket, _TRIES, daily_quota=_NO_QUOTA, now_us=now_us, day_ends_us=now_us)
        if decision.verdict is not Verdict.TAKEN:
            raise RateExceeded(timedelta(microseconds=decision.retry_after_us))
        self._brakes[member] = decision.bucket

    async def carry(self, attempt: Attempt, member: Member, *, sandbox: bool) -> Tried:
        """Carry one try from request to answer, recorded, and return what was seen of it.

        Whether the member may try for this system MUST be known. Raises ContentInvalid for what makes no request.
        """
        request = request_of(attempt)
        marks = Marks(started=time.monotonic())
        wrap = self._synthetic if sandbox else self._real
        exchange = self._watched(attempt, member, marks, sandbox=sandbox, wrap=wrap)
        arrived = self._arrivals.arrive(
            request.method,
            request.raw_path,
            request.raw_query,
            source=(attempt.as_if_from or member.source) if sandbox else member.source,
            door=Door.SANDBOX if sandbox else Door.CONSOLE,
            rendition=WitnessedRendition(marks),
        )
        received = replace(
            arrived,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.body,
            proven=Vouched(client_id=attempt.system, member=member.code),
        )
        end = await exchange.carry(received)
        return _told(end, request, marks, sandbox=sandbox)

    def _watched(
        self,
        attempt: Attempt,
        member: Member,
        marks: Marks,
        *,
        sandbox: bool,
        wrap: Callable[[CompiledOperation, Marks], Adapter],
    ) -> Exchange:
        """Return an exchange of the node's parts, each watched. It takes its place among those under way."""
        parts = self._exchange
        limiter: Limiter = self._sandbox_limiter if sandbox else parts.limiter
        record = WitnessedRecord(parts.record, marks, member=member.code, source=member.source, synthetic=sandbox)
        return Exchange(
            policy=WitnessedPolicy(parts.policy, attempt.operation.key, lambda one: wrap(one, marks)),
            verifier=parts.verifier,
            limiter=WitnessedLimiter(limiter, marks),
            record=record,
            denials=Denials(record, clock=time.monotonic),
            calls=parts.calls,
            meter=self._sandbox_meter if sandbox else parts.meter,
            log=parts.log,
            zone=parts.zone,
            public_url=parts.public_url,
            most_in_flight=parts.most_in_flight - parts.in_flight,
            log_watch=parts.log_watch,
            neighbours=Neighbours() if sandbox else parts.neighbours,
        )

    @staticmethod
    def _real(operation: CompiledOperation, marks: Marks) -> Adapter:
        return WitnessedAdapter(operation.adapter, marks)

    @staticmethod
    def _synthetic(operation: CompiledOperation, marks: Marks) -> Adapter:
        return WitnessedAdapter(SyntheticProvider(operation.description), marks)


def new_idempotency_key() -> str:
    """Return a key that no other call has."""
    return f"thu-{uuid4()}"


class _NothingSpent:
    """Knows that nothing was spent. Satisfies `security.ratelimit.SpentToday`."""

    async def count(self, grant_key: str, day: date) -> int:
        """Return 0: the record counts no call of the sandbox against a grant."""
        del grant_key, day
        return 0


def _told(end: Answered | Refused, request: Request, marks: Marks, *, sandbox: bool) -> Tried:
    status = end.status if isinstance(end, Answered) else end.problem.status
    ended = marks.entry(Kind.OUTCOME) or marks.entry(Kind.DENY)
    released, not_agreed, not_asked, conditions = _fields(marks.authorized)
    return Tried(
        request=request,
        exchange_id=end.exchange_id,
        status=status,
        body=end.body,
        problem=end.problem if isinstance(end, Refused) else None,
        outcome=ended.outcome if ended is not None else None,
        released=released,
        not_agreed=not_agreed,
        not_asked=not_asked,
        conditions=conditions,
        quota=end.quota if isinstance(end, Answered) else None,
        stages=tuple(marks.microseconds()),
        recorded=tuple(marks.places()),
        receipt=end.receipt.decode(),
        is_sandbox=sandbox,
    )


def _fields(authorized: Authorized | None) -> tuple[tuple[str, ...], ...]:
    if authorized is None:
        return (), (), (), ()
    grant, fields = authorized.grant, authorized.fields
    not_asked = tuple(path for path in grant.fields if path not in fields)
    return fields, grant.withheld, not_asked, tuple(condition.field for condition in grant.conditions)
