"""Does a caller ask for one number after the other?

Asked when the request is made: the record has only marks, which do not tell how far numbers lie apart. Kept in memory
for each system, the last twenty numbers, and nowhere else.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

LAST: Final = 20
DISTANCE: Final = 50
_MOST_SYSTEMS: Final = 10_000
_MOST_DIGITS: Final = 15


class Neighbours:
    """The numbers that each system asked for last, as this process saw them."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, deque[int]] = {}

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
            last = self._last[system] = deque(maxlen=LAST)
        near = False
        for text in subjects:
            if not text.isdecimal() or not text.isascii() or len(text) > _MOST_DIGITS:
                continue
            number = int(text)
            if not near:
                for other in last:
                    if -DISTANCE <= number - other <= DISTANCE and number != other:
                        near = True
                        break
            last.append(number)
        return near
