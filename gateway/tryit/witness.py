"""What is seen of one try from outside the pipeline: what was recorded, and how long each step took?

The parts that an exchange is handed (policy, limiter, record, adapter, rendition) are wrapped for one try, so the
pipeline is the very same and the calls of others pay nothing.
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from adapters.contract import Adapter, Answer, Call
from gateway.policyholder import PolicyInForce
from gateway.problems import Problem
from gateway.snapshot import CompiledOperation, Snapshot
from gateway.states import Authorized
from security.audit.record import Committed, Entry, Kind, Recording
from security.ratelimit import Limit, Limiter, Spent


class Stage(StrEnum):
    """A part of an exchange whose time is told; those that take no time of their own share one."""

    DECIDE = "decide"
    """authenticate and authorize"""
    LIMIT = "limit"
    TRANSFORM = "transform"
    INTENT = "record-intent"
    CLEAR = "clear"
    DISPATCH = "dispatch"
    MINIMIZE = "minimize"
    RENDER = "render"
    OUTCOME = "record-outcome"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record entry of the try, durable at its place. `leaf` (hex) is its hash."""

    kind: Kind
    stream: str
    seq: int
    leaf: str
    at: datetime


@dataclass(slots=True)
class Marks:
    """The moments (monotonic seconds) at which stages ended, in their order; `authorized` once it was."""

    started: float
    ends: list[tuple[Stage, float]] = field(default_factory=list)
    recorded: list[tuple[Entry, Committed]] = field(default_factory=list)
    authorized: Authorized | None = None

    def ended(self, stage: Stage) -> None:
        """Note that a stage is over now."""
        self.ends.append((stage, time.monotonic()))

    def microseconds(self) -> list[tuple[Stage, int]]:
        """Return how long each stage took that was reached."""
        began, times = self.started, []
        for stage, end in self.ends:
            times.append((stage, round((end - began) * 1_000_000)))
            began = end
        return times

    def entry(self, kind: Kind) -> Entry | None:
        """Return what was recorded of this kind."""
        return next((entry for entry, _ in self.recorded if entry.kind is kind), None)

    def places(self) -> list[Recorded]:
        """Return where what was recorded stands."""
        return [
            Recorded(entry.kind, place.stream, place.seq, place.leaf.hex(), entry.at) for entry, place in self.recorded
        ]


class WitnessedPolicy:
    """The policy in force, with adapters that are watched. Satisfies `gateway.policyholder.PolicyInForce`.

    Only the adapters of the operation that is tried are other than the node's: agreements, keys and limits are its own.
    """

    def __init__(self, policy: PolicyInForce, operation: str, wrap: Callable[[CompiledOperation], Adapter]) -> None:
        """`operation` is a `CompiledOperation.key`; `wrap` gives what is asked in its stead."""
        self._policy = policy
        self._operation = operation
        self._wrap = wrap

    @property
    def current(self) -> Snapshot:
        """The snapshot held."""
        return self._watched(self._policy.current)

    async def at_least(self, revision: int) -> Snapshot:
        """Return a snapshot of this revision or a newer one. Raises PolicyUnavailable."""
        return self._watched(await self._policy.at_least(revision))

    def _watched(self, snapshot: Snapshot) -> Snapshot:
        database, code, version, _ = self._operation.split("/")
        place = (database, code, version)
        service = snapshot.services.get(place)
        if service is None:
            return snapshot
        operations = {
            length: tuple(
                dataclasses.replace(one, adapter=self._wrap(one)) if one.key == self._operation else one
                for one in group
            )
            for length, group in service.operations.items()
        }
        watched = dataclasses.replace(service, operations=operations)
        return dataclasses.replace(snapshot, services={**snapshot.services, place: watched})


class WitnessedRecord:
    """The record, told who tried. Satisfies `security.audit.record.Recording`.

    With `synthetic` the people named are left out, since nobody's data were asked for, and the grant, whose quota the
    record would else be counted against (`security.audit.counts`). `source` is where the member sits, whatever address
    the call pretends to come from.
    """

    def __init__(self, record: Recording, marks: Marks, *, member: str, source: str, synthetic: bool) -> None:
        self._record = record
        self._marks = marks
        self._member = member
        self._source = source
        self._synthetic = synthetic

    async def append(self, entry: Entry) -> Committed:
        """Take an entry, with who tried in its notes. Raises RecordUnavailable."""
        if entry.kind is Kind.INTENT:
            self._marks.ended(Stage.TRANSFORM)
        if entry.kind is Kind.DENY and not self._marks.ends:
            self._marks.ended(Stage.DECIDE)
        noted = self._noted(entry)
        committed = await self._record.append(noted)
        self._marks.recorded.append((noted, committed))
        if entry.kind in (Kind.INTENT, Kind.OUTCOME):
            self._marks.ended(Stage.INTENT if entry.kind is Kind.INTENT else Stage.OUTCOME)
        return committed

    def _noted(self, entry: Entry) -> Entry:
        notes: dict[str, str | int | bool] = {**(entry.notes or {}), "member": self._member}
        if not self._synthetic:
            return replace(entry, notes=notes)
        who = entry.who
        if who is not None and who.source not in ("", self._source):
            notes["as_if_from"] = who.source
            who = replace(who, source=self._source)
        return replace(entry, notes={**notes, "synthetic": True}, who=who, whom=None, grant_key="")

    def ready(self) -> bool:
        """Return whether new exchanges can be recorded now."""
        return self._record.ready()

    def has_open_intent(self, exchange_id: str) -> bool:
        """Return whether this exchange has an intent and no end yet."""
        return self._record.has_open_intent(exchange_id)


class WitnessedLimiter:
    """The limiter of the node. Satisfies `security.ratelimit.Limiter`."""

    def __init__(self, limiter: Limiter, marks: Marks) -> None:
        self._limiter = limiter
        self._marks = marks

    async def spend(self, grant_key: str, limit: Limit, *, daily_quota: int, now: datetime) -> Spent:
        """Count one call, for all nodes, as every other."""
        self._marks.ended(Stage.DECIDE)
        try:
            return await self._limiter.spend(grant_key, limit, daily_quota=daily_quota, now=now)
        finally:
            self._marks.ended(Stage.LIMIT)

    async def ping(self) -> None:
        """See Limiter."""
        await self._limiter.ping()

    async def close(self) -> None:
        """The node's own stays open."""


class WitnessedAdapter:
    """The adapter that is asked. Satisfies `adapters.contract.Adapter`."""

    def __init__(self, adapter: Adapter, marks: Marks) -> None:
        self._adapter = adapter
        self._marks = marks

    async def call(self, call: Call) -> Answer:
        """Carry out the operation."""
        self._marks.ended(Stage.CLEAR)
        try:
            return await self._adapter.call(call)
        finally:
            self._marks.ended(Stage.DISPATCH)

    async def check(self) -> None:
        """Return when the provider can be reached."""
        await self._adapter.check()

    async def close(self) -> None:
        """The snapshot's own stays open."""


class WitnessedRendition:
    """The REST door's form of an answer. Satisfies `gateway.states.Rendition`."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def answer(self, authorized: Authorized, body: bytes) -> bytes:
        """Return `body` unchanged, as the REST door does."""
        self._marks.ended(Stage.MINIMIZE)
        self._marks.authorized = authorized
        self._marks.ended(Stage.RENDER)
        return body

    def refusal(self, refusal: Problem, correlation_id: str, *, public_url: str) -> bytes:
        """Return the `application/problem+json` document."""
        return refusal.body(correlation_id, public_url=public_url)
