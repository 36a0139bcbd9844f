"""Does a system name case files, and how often does it leave one out?"""

from typing import Final

from security.misuse.events import DAY, Event

_ENOUGH: Final = 50
_USUALLY: Final = 0.8
_WEIGHT: Final = 1 / 2000


class _Habit:
    """The share of a system's last calls that named a case file; the first ones weigh as much as one another."""

    __slots__ = ("calls", "named")

    def __init__(self) -> None:
        self.calls = 0
        self.named = 0.0


class Habits:
    """What systems usually do, learnt from the calls by number that they make."""

    def __init__(self) -> None:
        self._habits: dict[str, _Habit] = {}
        self._today: dict[tuple[str, str, str], int] = {}
        self._day = 0

    def note(self, event: Event) -> None:
        """Learn of a call by number."""
        habit = self._habits.get(event.system)
        if habit is None:
            habit = self._habits[event.system] = _Habit()
        habit.calls += 1
        habit.named += (bool(event.case) - habit.named) * max(_WEIGHT, 1 / habit.calls)
        day = event.at_us // DAY
        if day != self._day:
            self._day = day
            self._today.clear()
        actor = (event.agency, event.system, event.officer)
        self._today[actor] = self._today.get(actor, 0) + 1

    def is_to_name(self, system: str) -> bool:
        """Tell whether a system usually names a case file: then a call without one is to be explained."""
        habit = self._habits.get(system)
        return habit is not None and habit.calls >= _ENOUGH and habit.named >= _USUALLY

    def usual_today(self, event: Event) -> float:
        """Return how many of the calls that this actor has made today usually name none: with four deviations."""
        habit = self._habits.get(event.system)
        calls = self._today.get((event.agency, event.system, event.officer), 0)
        expected = calls * (1 - habit.named) if habit is not None else 0.0
        return float(expected + 4 * expected**0.5)
