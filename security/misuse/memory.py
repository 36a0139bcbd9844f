"""What was usual, and who was known?

What the rules need to know of weeks, kept in the database by whoever watches (`security.misuse.keeping`): how many
people an actor asked for in each hour, and from which networks and with which keys a system came.
"""

from collections.abc import Iterator
from statistics import median
from typing import Final

import msgspec

from security.misuse.events import DAY, HOUR
from security.misuse.findings import Actor

WEEKS: Final = 4
_WEEK_HOURS: Final = 7 * 24
KEPT_HOURS: Final = WEEKS * _WEEK_HOURS
_WRITTEN_EVERY: Final = HOUR
LAST_CALL: Final = "call"
_BUSY: Final = 0.75


class KnownThing(msgspec.Struct):
    """Something that a system has been seen with, first and last (microseconds since 1970)."""

    first_us: int
    last_us: int


class Memory:
    """What is remembered. What changed since it was last kept is told once by `take_hours` and `take_known`."""

    def __init__(self) -> None:
        self._hours: dict[Actor, dict[int, int]] = {}
        self._first: dict[Actor, int] = {}
        self._known: dict[str, dict[tuple[str, str], KnownThing]] = {}
        self._since: dict[str, int] = {}
        self._new_hours: dict[tuple[Actor, int], int] = {}
        self._new_known: set[tuple[str, str, str]] = set()

    # --- hours ---------------------------------------------------------------------------------------------

    def put_hour(self, actor: Actor, hour: int, people: int) -> None:
        """Remember what was kept before."""
        self._hours.setdefault(actor, {})[hour] = people
        self._first[actor] = min(hour, self._first.get(actor, hour))

    def note_hour(self, actor: Actor, hour: int, people: int) -> None:
        """Remember that an actor asked for so many people in an hour (a number, since 1970), if these are more."""
        hours = self._hours.setdefault(actor, {})
        self._first.setdefault(actor, hour)
        if people > hours.get(hour, 0):
            hours[hour] = self._new_hours[actor, hour] = people
        for old in [one for one in hours if one <= hour - KEPT_HOURS] if len(hours) > KEPT_HOURS else ():
            del hours[old]

    def same_hours(self, actor: Actor, hour: int) -> list[int]:
        """Return how many people it was at this hour of the week, in those of the last four in which he was known."""
        hours = self._hours.get(actor, {})
        first = self._first.get(actor, hour)
        weeks = (hour - week * _WEEK_HOURS for week in range(1, WEEKS + 1))
        return [hours.get(one, 0) for one in weeks if one >= first]

    def first_hour(self, actor: Actor) -> int | None:
        """Return the first hour in which the actor is remembered."""
        return self._first.get(actor)

    def hours_of(self, actor: Actor) -> Iterator[int]:
        """Return the hours in which the actor asked for anybody."""
        return iter(self._hours.get(actor, ()))

    def take_hours(self) -> dict[tuple[Actor, int], int]:
        """Return what is to be kept since this was asked last."""
        taken, self._new_hours = self._new_hours, {}
        return taken

    # --- networks, keys, and the last call -------------------------------------------------------------------

    def put_known(self, system: str, what: str, value: str, thing: KnownThing) -> None:
        """Remember what was kept before."""
        self._known.setdefault(system, {})[what, value] = thing
        self._since[system] = min(thing.first_us, self._since.get(system, thing.first_us))

    def known_since(self, system: str) -> int | None:
        """Return when a system was first seen at all."""
        return self._since.get(system)

    def last_seen(self, system: str, what: str, value: str = "") -> int | None:
        """Return when a system was last seen with this, None where it never was."""
        thing = self._known.get(system, {}).get((what, value))
        return None if thing is None else thing.last_us

    def note_known(self, system: str, what: str, value: str, *, at_us: int) -> None:
        """Remember that a system was seen with this."""
        things = self._known.setdefault(system, {})
        thing = things.get((what, value))
        if thing is None:
            things[what, value] = KnownThing(at_us, at_us)
            self._since.setdefault(system, at_us)
            self._new_known.add((system, what, value))
        elif at_us > thing.last_us:
            if at_us // _WRITTEN_EVERY > thing.last_us // _WRITTEN_EVERY:
                self._new_known.add((system, what, value))
            thing.last_us = at_us

    def take_known(self) -> list[tuple[str, str, str, KnownThing]]:
        """Return what is to be kept since this was asked last."""
        taken, self._new_known = sorted(self._new_known), set()
        return [(*one, self._known[one[0]][one[1], one[2]]) for one in taken]


def usual_people(samples: list[int], *, deviations: int) -> float:
    """Return up to how many people are usual: the median, and so many median absolute deviations over it.

    The deviation of four samples says little, so it is at least what chance alone would make (the square root); and
    three quarters over the median are always usual: after holidays and at the month's beginning everybody comes.
    """
    middle = median(samples)
    spread = median(abs(one - middle) for one in samples)
    return float(middle + max(deviations * max(spread, middle**0.5), _BUSY * middle))


def hour_of(at_us: int) -> int:
    """Return the number of the hour, since 1970, in which a moment lies."""
    return at_us // HOUR


def days_between(earlier_us: int, later_us: int) -> float:
    """Return how many days lie between two moments."""
    return (later_us - earlier_us) / DAY
