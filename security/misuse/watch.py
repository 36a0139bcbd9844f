"""What do all the rules find in what has happened?

The rules see each event once, in the order in which the record has it; time is that of the record, so that whoever
reads the same again finds the same. What they remember of minutes and days is in memory, of weeks in `Memory`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from security.misuse.events import Event
from security.misuse.findings import Finding
from security.misuse.habits import Habits
from security.misuse.hours import ManyPeople, NotFound, OffHours
from security.misuse.limits import Limits
from security.misuse.memory import Memory, hour_of
from security.misuse.people import CaseFile, FlaggedPerson, ManyAgencies, SelfLookup
from security.misuse.platform import UnknownEnds
from security.misuse.probing import Enumeration, FailedSignIns, RefusedOften
from security.misuse.standing import Emergency, NewPlace, Reveal, WidenedAndUsed


class Watcher(Protocol):
    """A rule, with what it remembers."""

    def see(self, event: Event) -> Iterator[Finding]:
        """Yield what one event makes."""
        ...

    def forget(self, now_us: int) -> None:
        """Forget what no event at `now_us` or later can have to do with."""
        ...


class Listed(msgspec.Struct, frozen=True):
    """The people whom rules know: flagged ones by mark (R5), officers by agency and code with their marks (R11)."""

    flagged: Mapping[str, str] = {}
    officers: Mapping[tuple[str, str], frozenset[str]] = {}


class Watch:
    """All rules together."""

    def __init__(self, limits: Limits, memory: Memory, *, zone: ZoneInfo, listed: Listed) -> None:
        """Begin to watch; `zone` is the province's, in which people work."""
        self.memory = memory
        habits = Habits()
        self._hour = 0
        self._flagged, self._selves = FlaggedPerson(listed.flagged), SelfLookup(listed.officers)
        self._rules: tuple[Watcher, ...] = (
            # R4 asks who was on duty before, so it comes before R1 writes down this hour.
            OffHours(limits, memory, zone),
            ManyPeople(limits, memory),
            Enumeration(limits),
            CaseFile(limits, habits),
            self._flagged,
            ManyAgencies(limits, habits),
            NewPlace(limits, memory),
            RefusedOften(limits),
            FailedSignIns(limits),
            NotFound(limits),
            self._selves,
            Emergency(limits),
            WidenedAndUsed(limits),
            Reveal(),
            UnknownEnds(limits),
        )

    def relist(self, listed: Listed) -> None:
        """Know other people from now on."""
        self._flagged.relist(listed.flagged)
        self._selves.relist(listed.officers)

    def see(self, events: Iterable[Event]) -> dict[str, Finding]:
        """Return what these events make, by key; of the same thing the last finding."""
        found: dict[str, Finding] = {}
        for event in events:
            hour = hour_of(event.at_us)
            if hour > self._hour:
                self._hour = hour
                for rule in self._rules:
                    rule.forget(event.at_us)
            for rule in self._rules:
                for one in rule.see(event):
                    found[one.key] = one
        return found
