"""Which services does a database offer by this door, and which of them may a system call?

Pure: of a snapshot.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.snapshot import CompiledOperation, Snapshot
from security.policy import standing_problem

_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation as X-Road lists it: `*` stands for any one segment."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A service and those of its operations that may be called, over all its versions."""

    service: str
    endpoints: tuple[Endpoint, ...]


def operations_of(snapshot: Snapshot, database: str) -> Iterator[CompiledOperation]:
    """Yield the operations of a database that can be called, by service, version and path."""
    for key in sorted(snapshot.services, key=lambda key: (key[0], key[1], int(key[2].removeprefix("v")))):
        if key[0] == database:
            by_length = snapshot.services[key].operations
            found = [operation for length in sorted(by_length) for operation in by_length[length]]
            yield from sorted(found, key=lambda one: (one.description.path, one.description.method))


def is_agreed(snapshot: Snapshot, operation: CompiledOperation, *, system: str, now: datetime) -> bool:
    """Tell whether an agreement in force lets the system call the operation, whatever else it asks of a call."""
    grants = snapshot.grants.get((system, operation.key), ())
    return any(grant.fields and not standing_problem(grant, now=now) for grant in grants)


def rest_offers(snapshot: Snapshot, database: str, *, system: str = "", now: datetime) -> tuple[Offer, ...]:
    """Return what the database offers, or what of it `system` may call."""
    found: dict[str, list[Endpoint]] = {}
    for operation in operations_of(snapshot, database):
        if not system or is_agreed(snapshot, operation, system=system, now=now):
            says = operation.description
            path = f"/v{operation.version}{_PARAMETER.sub('*', says.path)}"
            found.setdefault(operation.service, []).append(Endpoint(says.method, path))
    return tuple(Offer(service, tuple(endpoints)) for service, endpoints in found.items())
