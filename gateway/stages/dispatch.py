"""What does the provider answer?"""

import asyncio
from datetime import datetime
from typing import assert_never

from adapters import errors as provider_side
from adapters.contract import Answer
from gateway.errors import IdempotencyConflict, IdempotencyInProgress
from gateway.stages.describe import request_digest
from gateway.states import Cleared, Minimized, Returned
from security.errors import StoreUnavailable
from security.idempotency import Conflict, Fresh, IdempotentCalls, InProgress, OutcomeUnknown, Repeated


async def dispatch(cleared: Cleared, *, calls: IdempotentCalls, now: datetime) -> Returned:
    """Ask the provider and return its answer. Raises an AdapterError.

    An operation that changes something is claimed under its Idempotency-Key first: a repetition gets what the first
    call was answered, and the provider is not asked a second time.
    """
    operation = cleared.prepared.limited.authorized.operation
    if operation.description.safe:
        return Returned(cleared, await operation.adapter.call(cleared.prepared.call))
    return await _once(cleared, calls=calls, now=now)


async def settle(minimized: Minimized, *, calls: IdempotentCalls) -> None:
    """Keep what an unsafe call is answered, sealed, for those who repeat it.

    Does nothing for a safe or a repeated one.
    """
    returned = minimized.returned
    authorized = returned.cleared.prepared.limited.authorized
    if authorized.operation.description.safe or returned.answer.attempts == 0:
        return
    call = returned.cleared.prepared.call
    await calls.finish(
        authorized.identified.caller.system.code,
        call.idempotency_key,
        exchange_id=call.exchange_id,
        response=minimized.body,
    )


async def _once(cleared: Cleared, *, calls: IdempotentCalls, now: datetime) -> Returned:
    call = cleared.prepared.call
    authorized = cleared.prepared.limited.authorized
    system = authorized.identified.caller.system.code
    try:
        async with asyncio.timeout_at(call.deadline):
            claim = await calls.begin(
                system,
                call.idempotency_key,
                request_digest=request_digest(authorized.identified.received),
                exchange_id=call.exchange_id,
                now=now,
            )
    except TimeoutError as error:  # else it would be taken for the provider's silence, who has not been asked
        raise StoreUnavailable("the idempotency key was not claimed in time") from error
    match claim:
        case Repeated():
            return Returned(
                cleared, Answer(body=claim.response, provider_status=f"repeated:{claim.exchange_id}", attempts=0)
            )
        case Conflict():
            raise IdempotencyConflict
        case InProgress():
            raise IdempotencyInProgress
        case OutcomeUnknown():
            raise provider_side.OutcomeUnknown("an earlier call with this key has no known outcome", attempts=0)
        case Fresh():
            pass
        case _:
            assert_never(claim)
    try:
        return Returned(cleared, await authorized.operation.adapter.call(call))
    except provider_side.OutcomeUnknown:
        await calls.leave_unknown(system, call.idempotency_key, exchange_id=call.exchange_id)
        raise
    except provider_side.AdapterError:
        # It took no effect: the provider was not reached, or refused. The caller may correct it and use the key again.
        await calls.withdraw(system, call.idempotency_key, exchange_id=call.exchange_id)
        raise
