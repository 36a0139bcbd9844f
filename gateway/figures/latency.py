"""How long did exchanges take, when only so many numbers may be kept?

Latencies are counted in fixed buckets, so that hours, months, services and agencies can be added up; a percentile is
then known to lie in one bucket, and is estimated within it on a straight line.
"""

from bisect import bisect_left
from collections.abc import Sequence

BOUNDS_MS = (5, 10, 20, 35, 50, 75, 100, 150, 250, 400, 600, 1_000, 2_000, 5_000, 15_000)
"""The upper ends of the buckets, in milliseconds; the last bucket has none."""

BUCKETS = len(BOUNDS_MS) + 1


def bucket_of(latency_us: int) -> int:
    """Return the bucket of a latency in microseconds: the first whose upper end is not below it."""
    return bisect_left(BOUNDS_MS, latency_us / 1000)


def percentile_ms(counts: Sequence[int], share: float) -> float | None:
    """Return the latency in milliseconds that `share` (0 to 1) of what was counted does not exceed; None of nothing.

    What lies in the last bucket is said to be at its lower end: it is at least that.
    """
    wanted = share * sum(counts)
    if wanted <= 0:
        return None
    seen = 0
    for bucket, count in enumerate(counts):
        if count and seen + count >= wanted:
            lower = BOUNDS_MS[bucket - 1] if bucket else 0
            if bucket == len(BOUNDS_MS):
                return float(lower)
            return lower + (BOUNDS_MS[bucket] - lower) * (wanted - seen) / count
        seen += count
    return float(BOUNDS_MS[-1])
