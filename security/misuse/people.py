"""Is there a reason to ask for just this person: R3 (case file), R5 (flagged), R6 (many agencies), R11 (oneself)?"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from security.misuse.events import DAY, Event, Happened
from security.misuse.findings import Actor, Evidence, Finding, Rule, evidence_of, nearest_actor
from security.misuse.habits import Habits
from security.misuse.limits import Limits

Key = TypeVar("Key")
Value = TypeVar("Value")

_CASE_OPEN: Final = 7 * DAY
_MOST_PEOPLE: Final = 300_000


class _Case:
    """The people asked for under one case file."""

    __slots__ = ("evidence", "people", "told")

    def __init__(self) -> None:
        self.people: set[str] = set()
        self.evidence = Evidence()
        self.told = 0


class CaseFile:
    """R3: one case file for many people; or none, where the system usually names one."""

    def __init__(self, limits: Limits, habits: Habits) -> None:
        self._limits = limits
        self._habits = habits
        self._cases: OrderedDict[tuple[str, str], _Case] = OrderedDict()
        self._without: dict[tuple[Actor, int], Evidence] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what an answered call by number makes; a list is of many people by itself."""
        if event.happened is not Happened.ANSWERED or not event.asked:
            return
        self._habits.note(event)
        if event.case:
            yield from self._under_a_case(event)
        elif self._habits.is_to_name(event.system):
            yield from self._without_one(event)

    def _under_a_case(self, event: Event) -> Iterator[Finding]:
        # Two agencies may have a case file of the same number.
        place = (event.agency, event.case)
        held = self._cases[place] = self._cases.pop(place) if place in self._cases else _Case()  # the last stands last
        held.people.update(event.asked)
        held.evidence.add(event)
        people = len(held.people)
        if people > self._limits.people_a_case and 2 * people > 3 * held.told:
            held.told = people
            yield held.evidence.finding(
                Rule.CASE_FILE,
                nearest_actor(event),
                event.case,
                measure=people,
                limit=self._limits.people_a_case,
                what="one-case",
            )

    def _without_one(self, event: Event) -> Iterator[Finding]:
        actor, day = nearest_actor(event), event.at_us // DAY
        evidence = self._without.setdefault((actor, day), Evidence())
        evidence.add(event)
        limit = max(self._limits.without_case_a_day, int(self._habits.usual_today(event)) + 1)
        if evidence.total == limit or (evidence.total > limit and evidence.total % 5 == 0):
            yield evidence.finding(
                Rule.CASE_FILE, actor, f"none/{day}", measure=evidence.total, limit=limit, what="no-case"
            )

    def forget(self, now_us: int) -> None:
        """Forget case files of which nothing was heard for a week, and days that are over."""
        _forget_first(self._cases, lambda held: held.evidence.last_us < now_us - _CASE_OPEN)
        for day in [one for one in self._without if one[1] < now_us // DAY]:
            del self._without[day]


class FlaggedPerson:
    """R5: somebody asks for a person of whom each look is to be explained."""

    def __init__(self, flagged: Mapping[str, str]) -> None:
        """`flagged` has for the mark of each month whose it is: the id of an entry of the list."""
        self._flagged = flagged
        self._held: dict[tuple[Actor, str, int], Evidence] = {}

    def relist(self, flagged: Mapping[str, str]) -> None:
        """Know other people from now on."""
        self._flagged = flagged

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call for a flagged person makes, answered or not."""
        if not self._flagged or event.happened not in (Happened.ANSWERED, Happened.REFUSED):
            return
        for mark in event.subjects:
            person = self._flagged.get(mark)
            if person is not None:
                actor, day = nearest_actor(event), event.at_us // DAY
                evidence = self._held.setdefault((actor, person, day), Evidence())
                evidence.add(event)
                yield evidence.finding(
                    Rule.FLAGGED_PERSON, actor, f"{person}/{day}", measure=evidence.total, limit=0, person=person
                )

    def forget(self, now_us: int) -> None:
        """Forget days that are over."""
        for key in [one for one in self._held if one[2] < now_us // DAY]:
            del self._held[key]


class ManyAgencies:
    """R6: one person from three agencies within a day, who share no case file.

    Where each of them named a case file of its own, as they usually do, it takes more agencies.
    """

    def __init__(self, limits: Limits, habits: Habits) -> None:
        self._limits = limits
        self._habits = habits
        # Nearly everybody is asked for by one agency: of him only the first call is kept.
        self._people: OrderedDict[str, tuple[Event, ...]] = OrderedDict()
        self._told: dict[str, int] = {}

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what an answered call by number makes."""
        if event.happened is not Happened.ANSWERED or not event.agency:
            return
        for mark in event.asked:
            held = self._people.pop(mark, ())
            since = event.at_us - DAY
            if held and held[0].at_us <= since:
                held = tuple(one for one in held if one.at_us > since)
            if any(one.agency == event.agency and one.case == event.case for one in held):
                self._people[mark] = held
                continue
            held = self._people[mark] = (*held, event)
            agencies = _unrelated(held)
            if agencies >= self._limit(held) and self._told.get(mark, 0) < agencies:
                self._told[mark] = agencies
                evidence = Evidence()
                for one in held:
                    evidence.add(one)
                names = ", ".join(sorted({one.agency for one in held}))
                yield evidence.finding(
                    Rule.MANY_AGENCIES,
                    Actor("", ""),
                    f"{mark}/{event.at_us // DAY}",
                    measure=agencies,
                    limit=self._limit(held),
                    agencies=names,
                )

    def _limit(self, calls: tuple[Event, ...]) -> int:
        """Return how many agencies it takes: fewer where one of them left out the case file that it usually names."""
        left_out = any(not one.case and self._habits.is_to_name(one.system) for one in calls)
        return self._limits.agencies_a_day if left_out else self._limits.agencies_with_cases

    def forget(self, now_us: int) -> None:
        """Forget who was asked for longer ago than a day, and the oldest where there are too many."""
        since = now_us - DAY
        _forget_first(self._people, lambda held: held[-1].at_us <= since or len(self._people) > _MOST_PEOPLE)
        for mark in [one for one in self._told if one not in self._people]:
            del self._told[mark]


def _forget_first(held: OrderedDict[Key, Value], is_over: Callable[[Value], bool]) -> None:
    """Forget what stands first, as long as it is over: what was touched last stands last."""
    while held:
        key, first = held.popitem(last=False)
        if not is_over(first):
            held[key] = first
            held.move_to_end(key, last=False)
            return


def _unrelated(calls: tuple[Event, ...]) -> int:
    """Return how many agencies asked that do not work on one case file with another of them; those count as one."""
    by_case: dict[str, set[str]] = {}
    for one in calls:
        if one.case:
            by_case.setdefault(one.case, set()).add(one.agency)
    agencies = {one.agency for one in calls}
    for together in sorted(by_case.values(), key=len, reverse=True):
        if len(together & agencies) > 1:
            agencies -= set(sorted(together & agencies)[1:])
    return len(agencies)


class SelfLookup:
    """R11: an officer asks for himself."""

    def __init__(self, officers: Mapping[tuple[str, str], frozenset[str]]) -> None:
        """`officers` has the marks of the officers who are on the list, by agency and the agency's code of them."""
        self._officers = officers

    def relist(self, officers: Mapping[tuple[str, str], frozenset[str]]) -> None:
        """Know other officers from now on."""
        self._officers = officers

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what a call for oneself makes."""
        if not self._officers or event.happened is not Happened.ANSWERED or not event.officer:
            return
        own = self._officers.get((event.agency, event.officer), frozenset())
        if not own.isdisjoint(event.asked):
            yield evidence_of(event).finding(
                Rule.SELF_LOOKUP, nearest_actor(event), event.at_us // DAY, measure=1, limit=0
            )

    def forget(self, now_us: int) -> None:
        """Keep nothing that could be forgotten."""
