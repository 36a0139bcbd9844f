"""What is made durable about an exchange, before the provider is asked and before anything is released?"""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from gateway.policyholder import PolicyInForce
from gateway.stages.authenticate import recognise
from gateway.stages.authorize import authorize
from gateway.stages.describe import caller_of, owner_of, trace_of, what_of, why_of
from gateway.states import Answered, Cleared, Intended, Prepared, Rendered
from security.audit.record import Decision, Entry, Kind, Outcome, Recording, What, Whom
from security.misuse.events import NEAR
from security.misuse.neighbours import Neighbours

_NEAR = (NEAR,)


async def record_intent(prepared: Prepared, *, record: Recording, neighbours: Neighbours, now: datetime) -> Intended:
    """Make the intent durable. Raises RecordUnavailable: then the provider is not asked.

    Whether the caller asks for one number after the other is noted here: the record itself has only their marks.
    """
    authorized = prepared.limited.authorized
    system = authorized.identified.caller.system.code
    is_near = bool(prepared.subjects) and neighbours.is_near(system, prepared.subjects)
    committed = await record.append(
        Entry(
            kind=Kind.INTENT,
            exchange_id=prepared.call.exchange_id,
            at=now,
            who=caller_of(authorized.identified, officer=authorized.officer),
            why=why_of(authorized),
            what=what_of(authorized),
            whom=Whom(prepared.subjects),
            decision=Decision(
                allowed=True, flags=_NEAR if is_near else (), policy=authorized.identified.snapshot.digest
            ),
            trace=trace_of(authorized.identified.received),
            grant_key=authorized.grant.key,
        )
    )
    return Intended(prepared=prepared, committed=committed)


async def clear(intended: Intended, *, policy: PolicyInForce, now: datetime, zone: ZoneInfo) -> Cleared:
    """Return the call as the policy allows it that was in force when its intent became durable.

    The intent's transaction says which revision that was. When the exchange was authorized on another, the policy is
    renewed and the exchange authorized again: a suspension holds from its commit on, even if every signal is lost.
    Raises what `authorize` raises, or PolicyUnavailable.
    """
    prepared = intended.prepared
    before = prepared.limited.authorized
    if intended.committed.policy_revision == before.identified.snapshot.revision:
        return Cleared(intended, prepared)
    snapshot = await policy.at_least(intended.committed.policy_revision)
    identified = recognise(before.identified.received, snapshot=snapshot, caller=before.identified.caller, now=now)
    authorized = authorize(identified, now=now, zone=zone)
    call = replace(
        prepared.call,
        fields=authorized.fields,
        rows=authorized.grant.conditions,
        needed=authorized.operation.subject_answer_paths,
    )
    limited = replace(prepared.limited, authorized=authorized)
    return Cleared(intended, replace(prepared, limited=limited, call=call))


async def record_outcome(rendered: Rendered, *, record: Recording, now: datetime, elapsed_seconds: float) -> Answered:
    """Make the outcome durable, with the digest of the very bytes to release. Raises RecordUnavailable: then they are
    dropped.

    Why and what stand in the intent of the same exchange and are not written twice, but for the database where people
    are named: it says under which data key they are sealed.
    """
    minimized = rendered.minimized
    returned = minimized.returned
    prepared = returned.cleared.prepared
    authorized = prepared.limited.authorized
    grant = authorized.grant
    committed = await record.append(
        Entry(
            kind=Kind.OUTCOME,
            exchange_id=prepared.call.exchange_id,
            at=now,
            who=owner_of(authorized),
            what=What(database=authorized.operation.database) if minimized.subjects else None,
            whom=Whom(minimized.subjects) if minimized.subjects else None,
            decision=Decision(allowed=True, policy=authorized.identified.snapshot.digest),
            outcome=Outcome(
                status=200,
                provider_status=returned.answer.provider_status,
                attempts=returned.answer.attempts,
                response_digest=hashlib.sha256(rendered.body).hexdigest(),
                response_bytes=len(rendered.body),
                fields_released=authorized.fields,
                fields_withheld=grant.withheld_from(authorized.fields),
                unexpected=minimized.unexpected,
                rows_released=minimized.rows_released,
                rows_withheld=minimized.rows_withheld,
                latency_us=int(elapsed_seconds * 1_000_000),
            ),
        )
    )
    return Answered(
        exchange_id=prepared.call.exchange_id,
        status=200,
        body=rendered.body,
        quota=(grant.daily_quota, prepared.limited.quota_left),
        lifecycle=authorized.operation.lifecycle,
        receipt=committed.receipt,
    )
