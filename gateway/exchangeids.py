"""Under which id can anyone look up what became of a request?"""

import os
import re
import time

EXCHANGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_BYTES = 10
_DRAWN_AT_ONCE = 256


class ExchangeIds:
    """Makes exchange ids for one process. Asking the kernel for each costs three times as much as for many at once."""

    def __init__(self) -> None:
        """Have drawn nothing yet."""
        self._ends: list[str] = []
        self._at = 0
        self._beginning = ""

    def new(self) -> str:
        """Return an id as `new_exchange_id` does."""
        at = time.time_ns() // 1_000_000
        if at != self._at:
            self._at, self._beginning = at, _beginning(at)
        if not self._ends:
            drawn = os.urandom(_BYTES * _DRAWN_AT_ONCE).hex()
            self._ends = [_end(drawn[start : start + 2 * _BYTES]) for start in range(0, len(drawn), 2 * _BYTES)]
        return self._beginning + self._ends.pop()


def new_exchange_id() -> str:
    """Return a UUIDv7 (RFC 9562, 5.7): ordered by time, so that the record's index grows at its end."""
    return _beginning(time.time_ns() // 1_000_000) + _end(os.urandom(_BYTES).hex())


def _beginning(at_ms: int) -> str:
    digits = f"{at_ms:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"


def _end(drawn: str) -> str:
    # The version (7) stands in the 13th digit, the variant (8, 9, a or b) in the 17th.
    return f"{drawn[1:4]}-{_VARIANTS[drawn[4]]}{drawn[5:8]}-{drawn[8:]}"
