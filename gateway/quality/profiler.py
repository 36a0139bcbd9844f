"""How does a worker measure one database: what does it record, ask, count and keep?

The profile is on record before the provider is asked, and again with its rows when it is done (ADR 23). Only the
owner's own services are read, and lists that he may use; of the rows nothing is kept but counts and masked examples.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from adapters.contract import Adapter
from catalog.descriptions import FieldClass, ServiceDescription
from catalog.errors import ContentInvalid, NotThere
from catalog.providers import show_provider
from catalog.quality import profiles
from catalog.quality.criteria import Check
from catalog.quality.profiles import Held, Method, ServiceReading
from catalog.quality.reading import values_at
from catalog.quality.rights import may_check_against
from catalog.quality.rulebook import ServiceRules, read_rulebook
from catalog.quality.rules import Reference, Rule, read_reference
from catalog.quality.sources import Reason, Source, fields_of_rows, source_of
from catalog.quality.tally import RuleResult, Tally, result_of
from catalog.services import show_service
from catalog.states import SERVED, ProfileStep
from gateway.changes import Recorder
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.publication.workshop import Workshop
from gateway.quality.asking import AskedToStop, Course, Pace, patiently, read_rows
from gateway.telemetry import Logger
from security.audit.record import Entry, Kind, Who

MOST_CODES = 50_000
"""How long a shared list may be to be held in memory while values are compared with it."""
_SERVICE_SECONDS = 600.0
_WORK_SECONDS = 0.005
_LOOK_UP_SECONDS = 5.0
_LISTS_KEPT_SECONDS = 900.0


@dataclass(slots=True)
class Profiler:
    """Takes profiles, one after the other. `worker` names it in leases and records."""

    database: Database
    recorder: Recorder
    workshop: Workshop
    log: Logger
    worker: str
    sample_rows: int
    clock: Callable[[], datetime]
    _lists: dict[str, tuple[float, frozenset[str] | Reason]] = field(default_factory=dict)

    async def take_next(self, now: datetime) -> int:
        """Measure the database that has waited longest; return how many were measured (0 or 1).

        Raises RecordUnavailable and the database's errors: the profile is then taken up again when its lease is over.
        """
        async with self.database.reading() as session:
            if not await profiles.is_any_free(session, now=now):
                return 0  # asked first by reading: an idle worker takes no lock
        async with self.database.transaction() as session:
            held = await profiles.take_profile(session, worker=self.worker, now=now)
            lost = held is not None and await profiles.attempts_of(session, held.profile) > profiles.MOST_ATTEMPTS
        if held is None:
            return 0
        if lost:
            return await self._end(held, ProfileStep.FAIL, reason="given-up")
        await self._record(held, "quality.read-begin", rows=held.rows_read)
        try:
            await self._measure(held)
        except AskedToStop:
            return await self._end(held, ProfileStep.CANCEL, reason="cancelled")
        async with self.database.transaction() as session:
            found = await profiles.finish_profile(session, held.profile, worker=self.worker, now=self.clock())
        if found is not None:
            await self._record(held, "quality.read-end", rows=await self._rows_read(held))
        return 1

    async def _measure(self, held: Held) -> None:
        async with self.database.reading() as session:
            book = await read_rulebook(session, held.database)
        total = len(book.services)
        for about in book.services:
            if about.service.code in held.services_kept:
                continue
            watch = _Watch(self, held, about.service.code, total)
            if not await watch.look():
                raise AskedToStop
            reading, results = await self._measure_service(held, about, watch)
            async with self.database.transaction() as session:
                if not await profiles.keep_service(session, held.profile, reading, results, worker=self.worker):
                    raise AskedToStop

    async def _measure_service(
        self, held: Held, about: ServiceRules, watch: "_Watch"
    ) -> tuple[ServiceReading, Sequence[RuleResult]]:
        service, source = about.service, about.source
        rules = [rule for rule in about.rules if rule.enabled]
        if not isinstance(source, Source):
            return _unread(service, source), ()
        pace = Pace(self.sample_rows, self.workshop.deadline_seconds, _SERVICE_SECONDS, watch.may_go_on)
        async with AsyncExitStack() as parts:
            adapter = await self._adapter(service, parts)
            if adapter is None:
                return _unread(service, Reason.PROVIDER_UNUSABLE), ()
            lists = await self._read_lists(held.owner, rules, pace)
            codes = await self._codes_for(held.owner, source, pace)
            if isinstance(codes, Reason):
                return _unread(service, codes), ()
            tally = Tally(rules, classes=_classes(source), lists=_known(lists), now=self.clock(), once=bool(source.by))
            course = Course()
            leaves = tuple(fields_of_rows(source).values())
            breath = _Breath()
            async for rows in read_rows(adapter, source, pace, course=course, fields=leaves, codes=codes):
                for row in rows:
                    tally.add(row)
                    await breath.take()
        if not course.rows_read:
            return _unread(service, Reason(course.reason or Reason.NO_ROWS)), ()
        reading = ServiceReading(
            service.code, service.version, source.operation.code, course.method, course.reason, tally.rows,
            course.rows_total,
        )  # fmt: skip
        return reading, (*tally.results(), *_unjudged(rules, lists))

    async def _codes_for(self, owner: str, source: Source, pace: Pace) -> tuple[str, ...] | Reason:
        """Return the right values of the parameter by which the rows must be asked; none are needed for most."""
        if not source.by:
            return ()
        async with self.database.reading() as session:
            book = await read_rulebook(session, source.service.database)
        argument = next((rule.argument for one in book.services for rule in one.rules
                         if rule.check is Check.LISTED and rule.field.rpartition(".")[2] == source.by), "")  # fmt: skip
        found = await self._read_list(owner, argument, pace) if argument else Reason.NO_REFERENCE
        return found if isinstance(found, Reason) else tuple(sorted(found))

    async def _read_lists(
        self, owner: str, rules: Sequence[Rule], pace: Pace
    ) -> dict[str, frozenset[str] | Reason]:  # fmt: skip
        wanted = {rule.argument for rule in rules if rule.check is Check.LISTED}
        return {argument: await self._read_list(owner, argument, pace) for argument in sorted(wanted)}

    async def _read_list(self, owner: str, argument: str, pace: Pace) -> frozenset[str] | Reason:
        place = read_reference(argument)
        if place is None:
            return Reason.NO_REFERENCE
        async with self.database.reading() as session:
            source = await _source_at(session, place)
            if isinstance(source, Reason):
                return source
            if not await may_check_against(session, owner, place, source.operation):
                return Reason.NO_RIGHT
        held = self._lists.get(argument)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        found = await self._ask_for_list(source, place, pace)
        if found is not Reason.PROVIDER_SILENT:
            self._lists[argument] = (time.monotonic() + _LISTS_KEPT_SECONDS, found)
        return found

    async def _ask_for_list(self, source: Source, place: Reference, pace: Pace) -> frozenset[str] | Reason:
        async with AsyncExitStack() as parts:
            adapter = await self._adapter(source.service, parts)
            if adapter is None:
                return Reason.PROVIDER_UNUSABLE
            course = Course()
            codes: set[str] = set()
            leaf = fields_of_rows(source).get(place.field)
            if leaf is None:
                return Reason.NO_REFERENCE
            whole = patiently(pace, most_rows=MOST_CODES)
            async for rows in read_rows(adapter, source, whole, course=course, fields=(leaf,)):
                codes.update(value for row in rows for value in values_at(row, place.field) if value is not None)
        if course.reason:
            return Reason(course.reason)
        return frozenset(codes) if course.method is Method.WHOLE else Reason.REFERENCE_TOO_LONG

    async def _adapter(self, service: ServiceDescription, parts: AsyncExitStack) -> Adapter | None:
        async with self.database.reading() as session:
            provider = await show_provider(session, service.provider)
        try:
            adapter = self.workshop.adapter_of(provider, [service])
        except ContentInvalid as error:
            self.log.warning("quality.provider-unusable", provider=provider.code, error=str(error))
            return None
        parts.push_async_callback(adapter.close)
        return adapter

    async def _end(self, held: Held, step: ProfileStep, *, reason: str) -> int:
        async with self.database.transaction() as session:
            ended = await profiles.end_profile(
                session, held.profile, step, worker=self.worker, reason=reason, now=self.clock()
            )
        if ended:
            await self._record(held, "quality.read-stopped", rows=await self._rows_read(held))
        return 0

    async def _rows_read(self, held: Held) -> int:
        async with self.database.reading() as session:
            return (await profiles.show_profile(session, held.profile)).rows_read

    async def _record(self, held: Held, action: str, *, rows: int) -> None:
        await self.recorder.append(
            Entry(
                kind=Kind.ADMIN,
                exchange_id=new_exchange_id(),
                at=self.clock(),
                who=Who(client=self.worker, agency=held.owner, method="worker"),
                notes={
                    "action": action,
                    "noun": "database",
                    "code": held.database,
                    "profile": held.profile,
                    "asked_by": held.asked_by,
                    "rows": rows,
                    "agencies": held.owner,
                },
            )
        )


@dataclass(slots=True)
class _Watch:
    """Renews the lease of a profile while a service is read, and hears whether it is to be ended."""

    profiler: Profiler
    held: Held
    service: str
    services_total: int
    _looked: float = 0.0

    async def may_go_on(self) -> bool:
        """Tell whether to go on; the database is asked every few seconds only."""
        if time.monotonic() - self._looked < _LOOK_UP_SECONDS:
            return True
        return await self.look()

    async def look(self) -> bool:
        """Renew the lease, tell how far the profile is, and return whether to go on."""
        self._looked = time.monotonic()
        async with self.profiler.database.transaction() as session:
            return await profiles.still_holds(
                session, self.held.profile, worker=self.profiler.worker, at_service=self.service,
                services_total=self.services_total, now=self.profiler.clock(),
            )  # fmt: skip


@dataclass(slots=True)
class _Breath:
    """Leaves the loop to the other jobs, as long as it was kept from them.

    One of them may be within a transaction, and on the embedded database nothing is recorded before that ends.
    """

    _since: float = field(default_factory=time.monotonic)

    async def take(self) -> None:
        """Return at once, or when the others have had their time."""
        worked = time.monotonic() - self._since
        if worked >= _WORK_SECONDS:
            await asyncio.sleep(worked)
            self._since = time.monotonic()


async def _source_at(session: AsyncSession, place: Reference) -> Source | Reason:
    """Return how the list that a rule names is read; a rule may outlive it."""
    try:
        view = await show_service(session, place.database, place.service, version=place.version)
    except NotThere:
        return Reason.NO_REFERENCE
    source = source_of(view.service)
    if view.state not in SERVED or not isinstance(source, Source) or source.operation.code != place.operation:
        return Reason.NO_REFERENCE
    return source


def _unread(service: ServiceDescription, reason: Reason) -> ServiceReading:
    return ServiceReading(service.code, service.version, "", Method.NONE, reason)


def _classes(source: Source) -> dict[str, FieldClass]:
    classes = {one.path: one.class_ for one in source.operation.fields}
    return {relative: classes[path] for relative, path in fields_of_rows(source).items()}


def _known(lists: Mapping[str, frozenset[str] | Reason]) -> dict[str, frozenset[str]]:
    return {argument: codes for argument, codes in lists.items() if not isinstance(codes, Reason)}


def _unjudged(rules: Sequence[Rule], lists: Mapping[str, frozenset[str] | Reason]) -> list[RuleResult]:
    """Return the rules for which there was no list, each with the reason: they count neither for nor against."""
    return [
        result_of(rule, checked=0, failed=0, reason=why)
        for rule in rules
        if rule.check is Check.LISTED and isinstance(why := lists[rule.argument], Reason)
    ]
