"""What does the record say about an exchange that came so far?"""

import hashlib
from typing import TypeAlias

from gateway.states import (
    Authorized,
    Cleared,
    Identified,
    Intended,
    Limited,
    Minimized,
    Prepared,
    Received,
    Rendered,
    Returned,
)
from security.audit.record import Trace, What, Who, Why

Reached: TypeAlias = (
    Received | Identified | Authorized | Limited | Prepared | Intended | Cleared | Returned | Minimized | Rendered
)
"""How far an exchange has come."""


def who_of(reached: Reached) -> Who:
    """Return who called, as far as it was proven."""
    received, identified, authorized, _ = steps_of(reached)
    if identified is None:
        return Who(source=received.source)
    return caller_of(identified, officer=authorized.officer if authorized is not None else "")


def caller_of(identified: Identified, *, officer: str) -> Who:
    """Return who called, and the officer whom he named."""
    caller = identified.caller
    return Who(
        client=caller.system.code,
        system=caller.system.code,
        agency=caller.system.agency,
        token_id=caller.token_id,
        key_thumbprint=caller.key_thumbprint,
        method=caller.method,
        source=identified.received.source,
        officer=officer,
    )


def owner_of(authorized: Authorized) -> Who:
    """Return whose exchange it is: all of `who_of` that the end of an exchange repeats, so that its agency finds it."""
    system = authorized.identified.caller.system
    return Who(system=system.code, agency=system.agency)


def why_of(authorized: Authorized) -> Why:
    """Return under which agreement, and for which purpose."""
    grant = authorized.grant
    return Why(
        agreement=grant.agreement,
        agreement_version=grant.agreement_version,
        agreement_digest=grant.agreement_digest,
        purpose=authorized.purpose,
        legal_basis=grant.legal_basis,
        case_file=authorized.case_file,
    )


def what_of(authorized: Authorized) -> What:
    """Return what was asked."""
    operation, received = authorized.operation, authorized.identified.received
    key = received.headers.get("idempotency-key", "")
    return What(
        database=operation.database,
        service=operation.service,
        version=operation.version,
        operation=operation.description.code,
        door=received.door,
        request_digest=request_digest(received),
        request_bytes=len(received.body),
        fields=() if authorized.fields is authorized.grant.fields else authorized.fields,
        idempotency_key_digest=hashlib.sha256(key.encode()).hexdigest() if key else "",
    )


def trace_of(reached: Reached) -> Trace | None:
    """Return the W3C trace that the call belongs to, if it said so."""
    received = reached if isinstance(reached, Received) else steps_of(reached)[0]
    return Trace(trace_id=received.traceparent[3:35]) if received.traceparent else None


def request_digest(received: Received) -> str:
    """Return SHA-256 (hex) of method, raw path, raw query and body, each on a line of its own.

    It MUST be keyed before it is stored, as the record and the idempotent calls do: what is in a path can be guessed.
    """
    digest = hashlib.sha256(f"{received.method}\n{received.raw_path}\n{received.raw_query}\n".encode())
    digest.update(received.body)
    return digest.hexdigest()


def steps_of(reached: Reached) -> tuple[Received, Identified | None, Authorized | None, Prepared | None]:
    """Return the values of the steps that lie behind, None for those that were not reached."""
    match reached:
        case Rendered():
            prepared = reached.minimized.returned.cleared.prepared
        case Minimized():
            prepared = reached.returned.cleared.prepared
        case Returned():
            prepared = reached.cleared.prepared
        case Cleared() | Intended():
            prepared = reached.prepared
        case Prepared():
            prepared = reached
        case Limited():
            authorized = reached.authorized
            return authorized.identified.received, authorized.identified, authorized, None
        case Authorized():
            return reached.identified.received, reached.identified, reached, None
        case Identified():
            return reached.received, reached, None, None
        case Received():
            return reached, None, None, None
    authorized = prepared.limited.authorized
    return authorized.identified.received, authorized.identified, authorized, prepared
