"""Does an adapter do what `contract.py` says that it must?

Checks for tests of any adapter, ours or a province's own: parametrize over `CHECKS` and hand each a `Subject`. A check
raises `NotConforming` with the sentence that does not hold.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from msgspec.structs import replace

from adapters.contract import Adapter, Answer, Call
from adapters.errors import AdapterError, CallUnacceptable, OutcomeUnknown, ProviderHasNone, ProviderUnreachable

PATIENCE_SECONDS: Final = 10.0
"""How long a check waits for what must come; an adapter that hangs does not hang the tests."""
CANARY: Final = "khong-ai-khai-bao-gia-tri-nay"


class NotConforming(Exception):
    """The adapter breaks its contract."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An adapter with a provider that behaves as the calls want it to.

    `answered` is answered, `absent` is something that the provider does not hold, `slow` is not answered within
    `PATIENCE_SECONDS`, and `slow_unsafe` neither, but changes something. `astray` is the same adapter for an address
    where nobody listens. `received` returns what reached the provider so far, request by request, raw. What a
    technology cannot have is None: a database has no unsafe operation.
    """

    adapter: Adapter
    answered: Call
    absent: Call | None = None
    slow: Call | None = None
    slow_unsafe: Call | None = None
    astray: Adapter | None = None
    received: Callable[[], Sequence[bytes]] | None = None


Check: TypeAlias = Callable[[Subject], Awaitable[None]]


async def answers_with_json(subject: Subject) -> None:
    """The answer is JSON in UTF-8."""
    answer = await _ask(subject.adapter, subject.answered)
    try:
        json.loads(answer.body.decode("utf-8"))
    except ValueError as error:
        raise NotConforming("the answer is not JSON") from error


async def refuses_an_unknown_operation(subject: Subject) -> None:
    """An operation that is not bound is refused, and the provider is not asked."""
    before = _count(subject)
    await _expect(subject.adapter, replace(subject.answered, operation="khong-co"), CallUnacceptable)
    if _count(subject) != before:
        raise NotConforming("the provider was asked for an operation that is not bound")


async def says_that_the_provider_has_none(subject: Subject) -> None:
    """What the provider does not hold is `ProviderHasNone`."""
    if subject.absent is not None:
        await _expect(subject.adapter, subject.absent, ProviderHasNone)


async def observes_the_deadline(subject: Subject) -> None:
    """A provider that does not answer costs no more than the deadline."""
    if subject.slow is not None:
        soon = asyncio.get_running_loop().time() + 0.2
        await _expect(subject.adapter, replace(subject.slow, deadline=soon), AdapterError)


async def sends_an_unsafe_call_once(subject: Subject) -> None:
    """An unsafe call without an answer is sent once and ends as `OutcomeUnknown`."""
    if subject.slow_unsafe is None:
        return
    before = _count(subject)
    soon = asyncio.get_running_loop().time() + 0.3
    await _expect(subject.adapter, replace(subject.slow_unsafe, deadline=soon), OutcomeUnknown)
    if _count(subject) != before + 1:
        raise NotConforming("an unsafe call was not sent exactly once")


async def translates_an_unreachable_provider(subject: Subject) -> None:
    """A provider that cannot be reached is `ProviderUnreachable`, for a call and for a check."""
    if subject.astray is None:
        return
    await _expect(subject.astray, subject.answered, ProviderUnreachable)
    try:
        await subject.astray.check()
    except AdapterError:
        return
    raise NotConforming("the check of an unreachable provider says that all is well")


async def sends_nothing_that_is_not_in_the_template(subject: Subject) -> None:
    """A parameter that no template names does not reach the provider."""
    parameters = {**subject.answered.parameters, "KhongKhaiBao": CANARY}
    await _ask(subject.adapter, replace(subject.answered, parameters=parameters))
    if subject.received is not None and any(CANARY.encode() in raw for raw in subject.received()):
        raise NotConforming("an undeclared parameter reached the provider")


async def serves_calls_at_once(subject: Subject) -> None:
    """Concurrent calls get the same answer as a single one."""
    alone = await _ask(subject.adapter, subject.answered)
    answers = await asyncio.gather(*(_ask(subject.adapter, subject.answered) for _ in range(20)))
    if any(answer.body != alone.body for answer in answers):
        raise NotConforming("concurrent calls got each other's answers")


async def goes_on_after_a_cancelled_call(subject: Subject) -> None:
    """A caller that goes away leaves nothing behind that the next call could meet."""
    before = await _ask(subject.adapter, subject.answered)
    abandoned = asyncio.ensure_future(_ask(subject.adapter, subject.slow or subject.answered))
    await asyncio.sleep(0.05)
    abandoned.cancel()
    await asyncio.gather(abandoned, return_exceptions=True)
    after = await _ask(subject.adapter, subject.answered)
    if after.body != before.body:
        raise NotConforming("a cancelled call changed the next call's answer")


async def checks_a_provider_that_is_well(subject: Subject) -> None:
    """The check of a provider that answers says so."""
    await subject.adapter.check()


async def closes_more_than_once(subject: Subject) -> None:
    """`close` is idempotent, and afterwards a call is refused with an `AdapterError`."""
    await _ask(subject.adapter, subject.answered)
    await subject.adapter.close()
    await subject.adapter.close()
    await _expect(subject.adapter, subject.answered, AdapterError)


CHECKS: Final[tuple[Check, ...]] = (
    answers_with_json,
    refuses_an_unknown_operation,
    says_that_the_provider_has_none,
    observes_the_deadline,
    sends_an_unsafe_call_once,
    translates_an_unreachable_provider,
    sends_nothing_that_is_not_in_the_template,
    serves_calls_at_once,
    goes_on_after_a_cancelled_call,
    checks_a_provider_that_is_well,
    closes_more_than_once,
)


def _count(subject: Subject) -> int:
    return len(subject.received()) if subject.received is not None else 0


async def _ask(adapter: Adapter, call: Call) -> Answer:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    return await adapter.call(replace(call, deadline=deadline))


async def _expect(adapter: Adapter, call: Call, error: type[AdapterError]) -> None:
    """Ask, with the call's own deadline when it has one, and want `error`."""
    if not call.deadline:
        call = replace(call, deadline=asyncio.get_running_loop().time() + PATIENCE_SECONDS)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS * 2):
            await adapter.call(call)
    except error:
        return
    except TimeoutError as overdue:
        raise NotConforming("the adapter outstayed the deadline") from overdue
    except AdapterError as other:
        raise NotConforming(f"raised {type(other).__name__} instead of {error.__name__}") from other
    raise NotConforming(f"answered instead of raising {error.__name__}")
