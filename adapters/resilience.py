"""What stands between one provider's bad day and everybody else's?

`ResilientAdapter` wraps any adapter: a deadline, a bounded number of calls at once with a bounded queue, a circuit
breaker, a few more attempts for what may be asked again, and a cap on the answer. A first attempt that succeeds
makes no task, no retry object and no lock.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from adapters import circuit as breaker
from adapters.circuit import NEW, Circuit, CircuitRules, CircuitState
from adapters.contract import Adapter, Answer, Call, Comparing, Comparison, Provider, Watching
from adapters.errors import (
    AdapterError,
    CallUnacceptable,
    OfficerMissing,
    OutcomeUnknown,
    ProviderCutTheLine,
    ProviderSaturated,
    ProviderTalkedNonsense,
    ProviderTimedOut,
    ProviderUnreachable,
)

ATTEMPTS: Final = 3
"""How often a provider is asked at most for one call."""
RETRY_SHARE: Final = 0.1
"""Retries per call on average: each call earns this much, each retry costs one."""
RETRY_RESERVE: Final = 10.0
"""How many retries may be saved up; a new adapter starts with this many."""
PASSING_STATUSES: Final = frozenset({"502", "503", "504"})
"""Answers of a proxy before the provider: the next attempt may meet another instance."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that its provider failed: the kind of error, its text (no secrets, no personal data), and when (UTC)."""

    kind: type[AdapterError]
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a provider is doing, for readiness and metrics. `remark` is the adapter's own, empty when all is well.

    `last_failure` is how the last call that failed did so, None when none has since the adapter was built.
    """

    code: str
    circuit: CircuitState
    failures_in_a_row: int
    under_way: int
    waiting: int
    retries_left: int
    remark: str = ""
    remark_vi: str = ""
    last_failure: Failure | None = None


class Bulkhead:
    """At most `size` calls at once, and at most as many waiting, first come first served."""

    __slots__ = ("_size", "_waiting", "under_way")

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self.under_way = 0

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return len(self._waiting)

    def try_enter(self) -> bool:
        """Take a place if one is free and nobody waits for it."""
        if self.under_way < self._size and not self._waiting:
            self.under_way += 1
            return True
        return False

    async def enter(self, deadline: float) -> None:
        """Take a place, or wait for one until `deadline`. Raises `ProviderSaturated`."""
        if self.try_enter():
            return
        if len(self._waiting) >= self._size:
            raise ProviderSaturated("too many calls to the provider are under way and waiting", attempts=0)
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_at(deadline, _expire, place)
        self._waiting.append(place)
        try:
            taken = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.leave()  # the place came and the caller went at the same moment
            raise
        finally:
            timer.cancel()
            if place in self._waiting:
                self._waiting.remove(place)
        if taken and loop.time() >= deadline:  # too late to send anything
            self.leave()
            taken = False
        if not taken:
            raise ProviderSaturated("no place among the calls to the provider before the deadline", attempts=0)

    def leave(self) -> None:
        """Give the place to the longest waiting call, or free it."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(True)
                return
        self.under_way -= 1


def _expire(place: asyncio.Future[bool]) -> None:
    if not place.done():
        place.set_result(False)


class ResilientAdapter:
    """An adapter that keeps its promises when its provider does not."""

    def __init__(
        self, inner: Adapter, provider: Provider, *, safe: Mapping[str, bool], rules: CircuitRules | None = None
    ) -> None:
        """`safe` tells for each operation whether it may be asked more than once."""
        self._inner = inner
        self._provider = provider
        self._safe = safe
        self._timeout = provider.timeout.total_seconds()
        self._max_bytes = provider.max_response_bytes
        self._rules = rules or CircuitRules()
        self._circuit: Circuit = NEW
        self._bulkhead = Bulkhead(provider.max_concurrency)
        self._retries = RETRY_RESERVE
        self._failure: Failure | None = None

    @property
    def state(self) -> ProviderState:
        """How the provider is doing now."""
        now = asyncio.get_running_loop().time()
        return ProviderState(
            code=self._provider.code,
            circuit=breaker.state_of(self._circuit, now=now),
            failures_in_a_row=self._circuit.failures,
            under_way=self._bulkhead.under_way,
            waiting=self._bulkhead.waiting,
            retries_left=int(self._retries),
            remark=self._inner.remark if isinstance(self._inner, Watching) else "",
            remark_vi=self._inner.remark_vi if isinstance(self._inner, Watching) else "",
            last_failure=self._failure,
        )

    async def call(self, call: Call) -> Answer:
        """Carry out one operation within deadline and timeout. Raises `AdapterError`s only."""
        safe = self._safe.get(call.operation)
        if safe is None:
            raise CallUnacceptable("operation", vi="không có thao tác này", en="there is no such operation")
        now = time.monotonic()  # the loop's clock, without asking for the loop
        if call.deadline > now + self._timeout:
            call = msgspec.structs.replace(call, deadline=now + self._timeout)
        if self._circuit.reopens_at:
            self._refuse_while_open(now)  # before the queue: nobody waits for what is refused anyway
        if not self._bulkhead.try_enter():
            await self._bulkhead.enter(call.deadline)
        try:
            if self._retries < RETRY_RESERVE:
                self._retries += RETRY_SHARE
            try:
                return await self._attempt(call)
            except AdapterError as error:
                if not self._may_ask_again(error, safe=safe):
                    raise
                first = error
            return await self._ask_again(call, first, safe=safe)
        finally:
            self._bulkhead.leave()

    async def check(self) -> None:
        """Return when the provider can be reached within its timeout, also while the circuit is open."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._inner.check()
        except TimeoutError as error:
            raise ProviderTimedOut("the provider did not answer the check before its timeout") from error

    def comparisons(self, operation: str) -> Mapping[str, Comparison]:
        """Return what the adapter compares parameters of `operation` with; none where it compares nothing itself."""
        return self._inner.comparisons(operation) if isinstance(self._inner, Comparing) else {}

    async def look(self) -> None:
        """Let the adapter look for what is new where it must look by itself. Raises nothing."""
        if isinstance(self._inner, Watching):
            await self._inner.look()

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        await self._inner.close()

    def _refuse_while_open(self, now: float) -> None:
        if self._circuit.probing or now < self._circuit.reopens_at:
            raise ProviderUnreachable("the provider failed repeatedly and is left alone for a moment", attempts=0)

    async def _attempt(self, call: Call) -> Answer:
        circuit = self._circuit
        probe = False
        if circuit.reopens_at:
            now = asyncio.get_running_loop().time()
            self._refuse_while_open(now)
            self._circuit = breaker.admit(circuit, now=now) or circuit
            probe = True
        finished = False
        try:
            answer = await self._inner.call(call)
            finished = True
            if len(answer.body) > self._max_bytes:
                raise self._too_large(call, answer)
        except AdapterError as error:
            finished = True
            self._note(error, probe=probe)
            raise
        finally:
            if not finished:  # cancelled, or a defect of the adapter
                self._circuit = breaker.give_up(self._circuit, probe=probe)
        if self._circuit is not NEW:
            self._circuit = breaker.succeed(self._circuit, probe=probe)
        return answer

    def _too_large(self, call: Call, answer: Answer) -> AdapterError:
        kind = ProviderTalkedNonsense if self._safe[call.operation] else OutcomeUnknown
        return kind("the provider's answer is too large", provider_status=answer.provider_status)

    def _note(self, error: AdapterError, *, probe: bool) -> None:
        if isinstance(error, (ProviderUnreachable, ProviderTimedOut, ProviderTalkedNonsense, OutcomeUnknown)):
            now = asyncio.get_running_loop().time()
            self._circuit = breaker.fail(self._circuit, self._rules, now=now, probe=probe)
            self._failure = Failure(type(error), str(error), datetime.now(UTC))
        elif isinstance(error, (CallUnacceptable, OfficerMissing)):  # not asked, so nothing was learned
            self._circuit = breaker.give_up(self._circuit, probe=probe)
        else:  # a refusal is an answer
            self._circuit = breaker.succeed(self._circuit, probe=probe)

    def _may_ask_again(self, error: BaseException, *, safe: bool) -> bool:
        if isinstance(error, ProviderUnreachable):
            passing = True  # nothing was sent
        elif isinstance(error, ProviderCutTheLine):
            passing = safe
        else:
            passing = (
                safe and isinstance(error, ProviderTalkedNonsense) and error.provider_status in PASSING_STATUSES
            )  # fmt: skip
        return passing and self._retries >= 1.0 and not self._circuit.reopens_at

    async def _ask_again(self, call: Call, first: AdapterError, *, safe: bool) -> Answer:
        """Let tenacity count, wait and decide, with `first` standing for the attempt that was already made."""
        loop = asyncio.get_running_loop()
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.05, max=1.0),
            retry=retry_if_exception(
                lambda error: self._may_ask_again(error, safe=safe) and loop.time() < call.deadline
            ),
            reraise=True,
        )
        attempt_number = 1
        try:
            async for attempt in retrying:
                with attempt:
                    attempt_number = attempt.retry_state.attempt_number
                    if attempt_number == 1:
                        raise first
                    self._retries -= 1.0
                    return msgspec.structs.replace(await self._attempt(call), attempts=attempt_number)
        except AdapterError as error:
            error.attempts = attempt_number
            raise
        raise first  # not reached: with `reraise` tenacity ends with an answer or an error
