"""What is written down when an exchange may not go on?"""

import hashlib
from datetime import datetime

from adapters.errors import AdapterError
from gateway.problems import Problem
from gateway.stages.describe import Reached, owner_of, request_digest, steps_of, trace_of, what_of, who_of, why_of
from gateway.states import Cleared, Intended, Minimized, Rendered, Returned
from security.audit.record import Decision, Entry, Kind, Outcome, What, Whom
from security.errors import ClientRefused


def refusal_of(
    reached: Reached, error: BaseException, problem: Problem, *, body: bytes, now: datetime, elapsed_seconds: float
) -> Entry:
    """Return the record of a refusal: a DENY, or the refused OUTCOME of an intent that is durable already.

    `body` is the problem document that will be released; `error` tells how often the provider was asked, if it was.
    """
    received, identified, authorized, prepared = steps_of(reached)
    provider_status, attempts = _asked(reached, error)
    notes = {"where": ",".join(dict.fromkeys(_place(f.where) for f in problem.faults))[:500]} if problem.faults else {}
    if isinstance(error, ClientRefused):
        notes["cause"] = error.reason  # in the record only: callers are not told which check failed
    outcome = Outcome(
        status=problem.status,
        provider_status=provider_status,
        attempts=attempts,
        response_digest=hashlib.sha256(body).hexdigest(),
        response_bytes=len(body),
        latency_us=int(elapsed_seconds * 1_000_000),
    )
    decision = Decision(
        allowed=False, reason=problem.slug, policy=identified.snapshot.digest if identified is not None else ""
    )
    if isinstance(reached, Intended | Cleared | Returned | Minimized | Rendered):
        return Entry(
            kind=Kind.OUTCOME,
            exchange_id=received.exchange_id,
            at=now,
            who=owner_of(authorized) if authorized is not None else None,
            decision=decision,
            outcome=outcome,
            notes=notes or None,
        )
    return Entry(
        kind=Kind.DENY,
        exchange_id=received.exchange_id,
        at=now,
        who=who_of(reached),
        why=why_of(authorized) if authorized is not None else None,
        what=what_of(authorized)
        if authorized is not None
        else What(door=received.door, request_digest=request_digest(received), request_bytes=len(received.body)),
        whom=Whom(prepared.subjects) if prepared is not None else None,
        decision=decision,
        outcome=outcome,
        trace=trace_of(reached),
        notes=notes or None,
    )


def _place(where: str) -> str:
    # Inside a body the names may be the caller's own, and with them a person's number: the record keeps the body only.
    return where.partition("/")[0]


def _asked(reached: Reached, error: BaseException) -> tuple[str, int]:
    if isinstance(error, AdapterError):
        return error.provider_status, error.attempts
    match reached:
        case Returned():
            return reached.answer.provider_status, reached.answer.attempts
        case Minimized():
            return reached.returned.answer.provider_status, reached.returned.answer.attempts
        case Rendered():
            answer = reached.minimized.returned.answer
            return answer.provider_status, answer.attempts
        case _:
            return "", 0
