"""Does an actor ask for too many people: in an hour (R1), in a night (R4), or at a guess (R10)?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from security.misuse.events import HOUR, Event, Happened
from security.misuse.findings import Actor, Evidence, Finding, Rule, actors_of, nearest_actor
from security.misuse.limits import Limits
from security.misuse.memory import KEPT_HOURS, Memory, days_between, hour_of, usual_people

_SATURDAY: Final = 6
_SUNDAY: Final = 7
_NEVER: Final = 1 << 60
_NOT_FOUND: Final = "not-found"


class _Hour:
    """What an actor has done in the hour under way."""

    __slots__ = ("evidence", "hour", "limit", "others", "people", "told")

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.people: set[str] = set()
        self.others = 0
        self.evidence = Evidence()
        self.limit = 0
        self.told = 0


class ManyPeople:
    """R1: more different people an hour than usual, of one system or of one officer."""

    def __init__(self, limits: Limits, memory: Memory) -> None:
        self._limits = limits
        self._memory = memory
        self._hours: dict[Actor, _Hour] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what an answered call for people makes."""
        if event.happened is not Happened.ANSWERED or not event.subjects:
            return
        hour = hour_of(event.at_us)
        for actor in actors_of(event):
            held = self._hours.get(actor)
            if held is None or held.hour != hour:
                held = self._hours[actor] = _Hour(hour)
                held.limit = self._limit(actor, hour)
            held.people.update(event.subjects)
            held.others += event.others
            held.evidence.add(event)
            people = len(held.people) + held.others
            self._memory.note_hour(actor, hour, people)
            # Told again when it has grown by half: the finding is the same, and what it says is newer.
            if people > held.limit and 2 * people > 3 * held.told:
                held.told = people
                yield held.evidence.finding(Rule.MANY_PEOPLE, actor, hour, measure=people, limit=held.limit)

    def forget(self, now_us: int) -> None:
        """Forget hours that are over."""
        over = hour_of(now_us)
        for actor in [one for one, held in self._hours.items() if held.hour < over]:
            del self._hours[actor]

    def _limit(self, actor: Actor, hour: int) -> int:
        first = self._memory.first_hour(actor)
        known_days = 0 if first is None else days_between(first * HOUR, hour * HOUR)
        samples = self._memory.same_hours(actor, hour)
        floor = self._limits.people_an_hour
        if known_days < self._limits.learning_days or not samples:
            # A system that is new may be large; a person is not.
            return floor if actor.officer else _NEVER
        return max(floor, int(usual_people(samples, deviations=self._limits.deviations)))


class OffHours:
    """R4: an officer asks for people in a night or at a weekend, and is not on duty then."""

    def __init__(self, limits: Limits, memory: Memory, zone: ZoneInfo) -> None:
        self._limits = limits
        self._memory = memory
        self._zone = zone
        self._nights: dict[Actor, _Hour] = {}
        self._places: dict[int, int] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what an answered call of an officer makes."""
        if event.happened is not Happened.ANSWERED or not event.subjects or not event.officer:
            return
        night = self._night_of(hour_of(event.at_us))
        if not night:
            return
        actor = nearest_actor(event)
        held = self._nights.get(actor)
        if held is None or held.hour != night:
            held = self._nights[actor] = _Hour(night)
            held.limit = self._limit(actor, night, hour_of(event.at_us))
        held.people.update(event.subjects)
        held.evidence.add(event)
        people = len(held.people)
        if people >= held.limit and 2 * people > 3 * held.told:
            held.told = people
            yield held.evidence.finding(Rule.OFF_HOURS, actor, night, measure=people, limit=held.limit)

    def forget(self, now_us: int) -> None:
        """Forget nights that are over."""
        night = self._night_of(hour_of(now_us))
        for actor in [one for one, held in self._nights.items() if held.hour != night]:
            del self._nights[actor]
        if len(self._places) > 2 * KEPT_HOURS:
            self._places.clear()

    def _limit(self, actor: Actor, night: int, hour: int) -> int:
        earlier = (self._night_of(one) for one in self._memory.hours_of(actor) if hour - KEPT_HOURS <= one < hour)
        worked = {one for one in earlier if one and one != night and one % 2 == night % 2}
        return _NEVER if len(worked) >= self._limits.usual_nights else self._limits.people_a_night

    def _night_of(self, hour: int) -> int:
        """Return which night or day off an hour belongs to (nights are even, days off odd); 0: it is work time.

        A night is that of the day on which it began.
        """
        found = self._places.get(hour)
        if found is None:
            local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(self._zone)
            found = self._places[hour] = self._place(local)
        return found

    def _place(self, local: datetime) -> int:
        limits, day = self._limits, local.toordinal()
        if local.hour < limits.work_begins:
            return 2 * (day - 1)
        if local.hour >= limits.work_ends:
            return 2 * day
        ends = {_SATURDAY: limits.saturday_ends, _SUNDAY: 0}.get(local.isoweekday(), limits.work_ends)
        return 0 if local.hour < ends else 2 * day + 1


class NotFound:
    """R10: of the numbers that somebody asks for, many are nobody's."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hours: dict[Actor, _Hour] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call by number makes."""
        missed = event.happened is Happened.REFUSED and event.reason == _NOT_FOUND
        if not event.asked or not (missed or event.happened is Happened.ANSWERED):
            return
        hour, actor = hour_of(event.at_us), nearest_actor(event)
        held = self._hours.get(actor)
        if held is None or held.hour != hour:
            held = self._hours[actor] = _Hour(hour)
        held.others += event.times
        if not missed:
            return
        held.evidence.add(event)
        share = 100 * held.evidence.total // held.others
        if held.others >= self._limits.searches and share > self._limits.not_found_percent:
            grown = held.evidence.total
            if 2 * grown > 3 * held.told:
                held.told = grown
                yield held.evidence.finding(
                    Rule.NOT_FOUND,
                    actor,
                    hour,
                    measure=share,
                    limit=self._limits.not_found_percent,
                    searches=held.others,
                )

    def forget(self, now_us: int) -> None:
        """Forget hours that are over."""
        over = hour_of(now_us)
        for actor in [one for one, held in self._hours.items() if held.hour < over]:
            del self._hours[actor]
