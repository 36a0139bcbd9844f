"""How does an exchange pass from request to answer?

`Exchange.carry` is the whole order; no decorator, event or setting adds a step elsewhere. docs/exchange-flow.md walks
through it.
"""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from adapters.errors import ProviderTimedOut
from gateway.errors import LogBehind, Overloaded
from gateway.logwatch import LogWatch
from gateway.patience import Patience
from gateway.policyholder import PolicyInForce
from gateway.problems import problem, problem_of
from gateway.stages.authenticate import authenticate
from gateway.stages.authorize import authorize
from gateway.stages.describe import Reached, steps_of
from gateway.stages.dispatch import dispatch, settle
from gateway.stages.limit import limit
from gateway.stages.minimize import minimize
from gateway.stages.record import clear, record_intent, record_outcome
from gateway.stages.refuse import refusal_of
from gateway.stages.render import render
from gateway.stages.transform import transform
from gateway.states import Answered, Authorized, Intended, Prepared, Received, Refused, Rendered
from gateway.telemetry import ExchangeMeter, Logger
from security.audit.denials import Denials
from security.audit.record import Kind, Recording
from security.errors import LimitsUnavailable, RecordUnavailable
from security.idempotency import IdempotentCalls
from security.misuse.neighbours import Neighbours
from security.ratelimit import Limiter
from security.tokens import TokenVerifier

_GRACE_SECONDS = 0.4
"""How long after its deadline an exchange is given up, and how long its refusal may wait to be recorded: < 1 s both."""


class Exchange:
    """Carries exchanges. Built once by `gateway/app.py` from its parts; keeps nothing of an exchange that is over."""

    def __init__(
        self,
        *,
        policy: PolicyInForce,
        verifier: TokenVerifier,
        limiter: Limiter,
        record: Recording,
        denials: Denials,
        calls: IdempotentCalls,
        meter: ExchangeMeter,
        log: Logger,
        zone: ZoneInfo,
        public_url: str,
        most_in_flight: int,
        log_watch: LogWatch,
        neighbours: Neighbours,
    ) -> None:
        """Take the parts; `zone` is the province's, in which hours and days are agreed."""
        self.policy = policy
        self.verifier = verifier
        self.limiter = limiter
        self.record = record
        self.denials = denials
        self.calls = calls
        self.meter = meter
        self.log = log
        self.zone = zone
        self.public_url = public_url
        self.most_in_flight = most_in_flight
        self.log_watch = log_watch
        self.neighbours = neighbours
        self.in_flight = 0
        self.patience = Patience()

    async def carry(self, received: Received) -> Answered | Refused:
        """Return the answer, its outcome durable, or the refusal, recorded. Never raises but for cancellation.

        What keeps its own time (a provider, the counters) ends before the deadline; what does not (a database that
        hangs) is given up soon after it.
        """
        reached: Reached = received
        now = received.at
        task = self.patience.begin(received.deadline + _GRACE_SECONDS)
        self.in_flight += 1
        try:
            if self.in_flight > self.most_in_flight:
                raise Overloaded
            if self.log_watch.is_over:
                raise LogBehind
            reached = identified = authenticate(received, snapshot=self.policy.current, verifier=self.verifier, now=now)
            reached = authorized = authorize(identified, now=now, zone=self.zone)
            reached = limited = await limit(authorized, limiter=self.limiter, now=now)
            reached = prepared = transform(limited)
            reached = intended = await record_intent(prepared, record=self.record, neighbours=self.neighbours, now=now)
            reached = cleared = await clear(intended, policy=self.policy, now=clock(), zone=self.zone)
            reached = returned = await dispatch(cleared, calls=self.calls, now=now)
            reached = minimized = minimize(returned)
            await settle(minimized, calls=self.calls)
            reached = rendered = render(minimized)
            seconds = elapsed(received)
            answered = await record_outcome(rendered, record=self.record, now=clock(), elapsed_seconds=seconds)
            self.meter.answered(authorized.operation.key, elapsed(received))
            return answered
        except asyncio.CancelledError:
            if not self.patience.is_lost(task):
                raise
            return await self.refuse(reached, _overdue(reached))
        except Exception as error:  # noqa: BLE001 - the one place: whatever it was is recorded and explained
            return await self.refuse(reached, error)
        finally:
            self.patience.end(task)
            self.in_flight -= 1

    async def witness(self, work: Awaitable[None]) -> Exception | None:
        """Do `work`, a door's own; return what it raised that nobody foresaw, which is to be refused like any error."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - as in `carry`, for what stands around it
            return error
        return None

    async def refuse(self, reached: Reached, error: Exception) -> Refused:
        """Return the refusal that an error becomes, once it is recorded.

        A refusal that cannot be recorded is released as `record-unavailable`, which says nothing about the caller's
        data.
        """
        refusal = problem_of(error)
        received = steps_of(reached)[0]
        if refusal.slug == "internal":
            self.log.error(
                "exchange.failed", exchange_id=received.exchange_id, error=type(error).__name__, exc_info=error
            )
        write = received.rendition.refusal
        body = write(refusal, received.exchange_id, public_url=self.public_url)
        entry = refusal_of(reached, error, refusal, body=body, now=clock(), elapsed_seconds=elapsed(received))
        exchange_id, receipt = received.exchange_id, b""
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                if entry.kind is Kind.DENY:
                    exchange_id, receipt = await self.denials.refuse(entry)
                else:
                    receipt = (await self.record.append(entry)).receipt
        except (RecordUnavailable, TimeoutError):
            refusal = problem("record-unavailable", retry_after=problem_of(RecordUnavailable()).retry_after)
        if exchange_id != received.exchange_id or refusal.slug == "record-unavailable":
            body = write(refusal, exchange_id, public_url=self.public_url)
        self.meter.refused(refusal.slug)
        return Refused(exchange_id=exchange_id, problem=refusal, body=body, receipt=receipt)


def _overdue(reached: Reached) -> Exception:
    """Return what did not answer in time, by the step that was not reached."""
    match reached:
        case Prepared() | Intended() | Rendered():
            return RecordUnavailable("the record did not answer in time")
        case Authorized():
            return LimitsUnavailable("the counters did not answer in time")
        case _:
            return ProviderTimedOut("the provider did not answer in time", attempts=1)


def clock() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def elapsed(received: Received) -> float:
    """Return the seconds since the request arrived."""
    return time.monotonic() - received.started
