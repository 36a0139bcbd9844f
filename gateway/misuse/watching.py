"""How does the watch over the record go on, whoever dies, and without being in anybody's way?

The worker does it, a second or two behind. What was found and what was learnt are kept in the transaction in which the
reader moves on. Of several workers one watches: another sees that the reader moves without it, and looks again later.
What the rules remember of the last hours is in memory; who takes over reads the last day again, to remember it too.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.changes import Recorder
from gateway.db import Database
from gateway.exchangeids import new_exchange_id
from gateway.figures.counting import ends_without_intent
from security.audit.encode import microseconds, moment_of
from security.audit.following import News, Overtaken, intents_of, move_on, place_of, read_on, seen_since
from security.audit.log import unproven_since
from security.audit.record import Decision, Entry, Kind, Who
from security.misuse.alerts import Alert, keep_findings, mark_recorded, unrecorded
from security.misuse.events import DAY, Event, events_of
from security.misuse.findings import Finding
from security.misuse.keeping import ListedPerson, forget_hours, keep_memory, list_people, listed_of, read_memory
from security.misuse.limits import Limits
from security.misuse.memory import hour_of
from security.misuse.platform import missing_records, waiting_log
from security.misuse.watch import Watch

READER: Final = "misuse"
EVERY_SECONDS: Final = 1.0
_MOST_RECORDS: Final = 1_000
_MOST_REPLAYED: Final = 30_000
"""Of each stream; all of them are in memory at once while a watch begins."""
_TURN_SECONDS: Final = 10.0
_REST: Final = timedelta(seconds=60)
_TOLD_OF: Final = 7 * DAY
"""What was found in older records is learnt from and not told: nobody can ask about it any more."""
_NAME: Final = "misuse"


@dataclass(slots=True)
class MisuseWatch:
    """Watches the record. `limits` are the thresholds, `zone` the province's time."""

    database: Database
    recorder: Recorder
    limits: Limits
    zone: ZoneInfo
    clock: Callable[[], datetime]
    _watch: Watch | None = None
    _listed: Sequence[ListedPerson] = ()
    _seen: Mapping[str, int] | None = None
    _rests_until: datetime | None = None
    _forgot: int = 0

    async def take_turn(self, now: datetime) -> int:
        """Look at what is new in the record; return how many records. Raises SQLAlchemyError, OSError."""
        if self._rests_until is not None and now < self._rests_until:
            return 0
        try:
            return await self._go_on(now)
        except BaseException:
            self._watch = None  # what it has in mind and what is kept may differ now
            raise

    async def record_alerts(self, _: datetime) -> int:
        """Put alerts on record that are not yet; return how many. Raises RecordUnavailable, SQLAlchemyError."""
        async with self.database.reading() as session:
            new = await unrecorded(await session.connection(), most=200)
        for alert in new:
            await self.recorder.append(_entry(alert, self.clock()))
        if new:
            async with self.database.transaction() as session:
                await mark_recorded(await session.connection(), [alert.id for alert in new])
        return len(new)

    async def look_at_the_log(self, now: datetime) -> int:
        """Raise an alert where the record waits for its proofs (R16); forget hours that are long over."""
        async with self.database.reading() as session:
            since = await unproven_since(await session.connection())
        waited = timedelta() if since is None else now - moment_of(since)
        found = waiting_log(waited, now=now, limits=self.limits)
        raised = await self._keep([found], now) if found is not None else 0
        hour = hour_of(microseconds(now))
        if hour > self._forgot:
            async with self.database.transaction() as session:
                await forget_hours(await session.connection(), hour=hour)
            self._forgot = hour
        return raised

    async def _go_on(self, now: datetime) -> int:
        watch = self._watch or await self._begin(now)
        if watch is None:
            return 0
        followed, ends = 0, time.monotonic() + _TURN_SECONDS
        while time.monotonic() < ends:
            async with self.database.reading() as session:
                connection = await session.connection()
                news = await read_on(connection, READER, most=_MOST_RECORDS)
                if not news.stretches:
                    break
                if await place_of(connection, READER) != self._seen:
                    # Another watched meanwhile, with nothing in our way: of what it saw this watch knows nothing.
                    self._step_back(now)
                    break
                intents = await intents_of(connection, ends_without_intent(news.records))
                await self._read_list(connection, watch)
            began = time.monotonic()
            found = list(watch.see(events_of(news.records, intents)).values())
            found += _gaps(news, now)
            try:
                await self._keep_all(news, watch, found, now)
            except Overtaken:
                self._step_back(now)
                break
            followed += len(news.records)
            if news.is_all:
                break
            await asyncio.sleep(2 * (time.monotonic() - began))
        return followed

    def _step_back(self, now: datetime) -> None:
        self._watch, self._rests_until = None, now + _REST

    async def _begin(self, now: datetime) -> Watch | None:
        """Take over the watch, unless another worker has moved the reader since this one looked last."""
        async with self.database.reading() as session:
            connection = await session.connection()
            place = await place_of(connection, READER)
            if self._seen is not None and place != self._seen and self._rests_until is not None:
                self._seen, self._rests_until = place, now + _REST
                return None
            self._seen, self._rests_until = place, None
            memory = await read_memory(connection, hour=hour_of(microseconds(now)))
            self._listed = await list_people(connection)
            recent = await seen_since(connection, READER, microseconds(now) - DAY, most=_MOST_REPLAYED)
            begun = await intents_of(connection, ends_without_intent(recent)[:_MOST_RECORDS])
        watch = Watch(self.limits, memory, zone=self.zone, listed=listed_of(self._listed))
        for events in _some_at_a_time(list(events_of(recent, begun))):
            watch.see(events)  # found before, or too old to be told
            await asyncio.sleep(0)
        memory.take_hours()
        memory.take_known()
        self._watch = watch
        return watch

    async def _read_list(self, connection: AsyncConnection, watch: Watch) -> None:
        listed = await list_people(connection)
        if listed != self._listed:
            self._listed = listed
            watch.relist(listed_of(listed))

    async def _keep_all(self, news: News, watch: Watch, found: Sequence[Finding], now: datetime) -> None:
        now_us = microseconds(now)
        told = [one for one in found if one.last_us > now_us - _TOLD_OF]
        async with self.database.transaction() as session:
            connection = await session.connection()
            await move_on(connection, news)
            await keep_findings(connection, told, now_us=now_us, new_id=new_exchange_id)
            await keep_memory(connection, watch.memory)
        seen = dict(self._seen or {})
        seen.update({one.stream: one.up_to for one in news.stretches})
        self._seen = seen

    async def _keep(self, found: Sequence[Finding], now: datetime) -> int:
        async with self.database.transaction() as session:
            connection = await session.connection()
            return await keep_findings(connection, found, now_us=microseconds(now), new_id=new_exchange_id)


def _gaps(news: News, now: datetime) -> list[Finding]:
    """Return what it makes that numbers of a stream were given out and their records are not there (R16)."""
    there: dict[str, int] = {}
    for record in news.records:
        there[record.stream] = there.get(record.stream, 0) + 1
    missing = (
        missing_records(one.stream, one.up_to - one.after - there.get(one.stream, 0), now=now) for one in news.stretches
    )
    return [one for one in missing if one is not None]


def _some_at_a_time(events: Sequence[Event]) -> Sequence[Sequence[Event]]:
    return [events[start : start + _MOST_RECORDS] for start in range(0, len(events), _MOST_RECORDS)]


def _entry(alert: Alert, now: datetime) -> Entry:
    notes: dict[str, str | int | bool] = {
        "alert": alert.id,
        "rule": alert.rule.value,
        "measure": alert.measure,
        "usual": alert.usual,
        "exchanges": alert.total,
    }
    return Entry(
        Kind.ALERT,
        alert.id,
        now,
        who=Who(agency=alert.agency, client=_NAME, system=alert.system, officer=alert.officer),
        decision=Decision(allowed=True),
        notes=notes,
    )
