"""Does a caller ask for one number after the other?

Asked when the request is made: the record has only marks, which do not tell how far numbers lie apart. Kept in memory
for each system, the last twenty numbers, and nowhere else.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence
from typing import Final

LAST: Final = 20
DISTANCE: Final = 50
_MOST_SYSTEMS: Final = 10_000
_MOST_DIGITS: Final = 15


class _Last:
    """The numbers that one system asked for last: in their order, and by their size."""

    __slots__ = ("_by_size", "_in_order")

    def __init__(self) -> None:
        self._in_order: deque[int] = deque()
        self._by_size: list[int] = []

    def has_neighbour(self, number: int) -> bool:
        """Tell whether the next smaller or the next larger number is close."""
        ranked = self._by_size
        at = bisect_left(ranked, number)
        if at and number - ranked[at - 1] <= DISTANCE:
            return True
        above = bisect_right(ranked, number, at)
        return above < len(ranked) and ranked[above] - number <= DISTANCE

    def remember(self, number: int) -> None:
        """Add a number, in the place of the oldest when there are enough."""
        if len(self._in_order) == LAST:
            del self._by_size[bisect_left(self._by_size, self._in_order.popleft())]
        self._in_order.append(number)
        insort(self._by_size, number)


class Neighbours:
    """The numbers that each system asked for last, as this process saw them."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, _Last] = {}

    def __repr__(self) -> str:
        """Say of how many systems something is known, and no number."""
        return f"Neighbours({len(self._last)} systems)"

    def is_near(self, system: str, subjects: Sequence[str]) -> bool:
        """Remember the numbers that `system` asks for; tell whether one lies close to another of its last twenty.

        Close is within 50 of it and not the same: who asks again does not search. What is no number is passed over.
        """
        last = self._last.get(system)
        if last is None:
            if len(self._last) >= _MOST_SYSTEMS:
                self._last.clear()
            last = self._last[system] = _Last()
        near = False
        for text in subjects:
            if not text.isdecimal() or not text.isascii() or len(text) > _MOST_DIGITS:
                continue
            number = int(text)
            near = near or last.has_neighbour(number)
            last.remember(number)
        return near
