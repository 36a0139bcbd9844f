"""Under which id can anyone look up what became of a request?"""

import os
import re
import time

EXCHANGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def new_exchange_id() -> str:
    """Return a UUIDv7 (RFC 9562, 5.7): ordered by time, so that the record's index grows at its end."""
    at = f"{time.time_ns() // 1_000_000:012x}"
    drawn = os.urandom(10).hex()
    # The version stands in the 13th digit, the variant (8, 9, a or b) in the 17th.
    return f"{at[:8]}-{at[8:]}-7{drawn[1:4]}-{_VARIANTS[drawn[4]]}{drawn[5:8]}-{drawn[8:]}"
