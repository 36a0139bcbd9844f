"""Is this call within the grant's rate and its quota of the day?

Rates are GCRA: a bucket is one number, the microsecond at which it will be full again (its theoretical arrival time).
Quotas count the calendar day in the province's time. Both are taken together or not at all, with integers only, so
that any number of callers gets exactly what was agreed. The rule is pure (`take`); `LocalLimiter` keeps the counters
of one process, `security.ratelimit_shared` those of many. The values are msgspec structs: each call makes three.
"""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from time import monotonic_ns
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from security.errors import QuotaExceeded, RateExceeded

PROVINCE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Limit(msgspec.Struct, frozen=True, gc=False):
    """A rate, compiled. `interval_us` lies between two calls, `tolerance_us` is how far a burst may run ahead."""

    interval_us: int
    tolerance_us: int


def compile_rate(requests: int, per_seconds: int, *, burst: int) -> Limit:
    """Return the limit "at most `requests` per `per_seconds`, evenly, with `burst` at once".

    The interval is rounded up to a microsecond: never more than agreed. Raises `ValueError` when a number is not
    positive: no rate means no call, and an agreement that means that should not be in force.
    """
    if requests < 1 or per_seconds < 1 or burst < 1:
        raise ValueError("a rate needs positive requests, per_seconds and burst")
    interval_us = -(-per_seconds * 1_000_000 // requests)
    return Limit(interval_us, (burst - 1) * interval_us)


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """What one grant has used: `full_at_us` for its rate, `used` calls on `day` (days since 1970, province's time)."""

    full_at_us: int
    day: int
    used: int


class Verdict(Enum):
    """What became of one request to spend."""

    TAKEN = 0
    RATE = 1
    QUOTA = 2
    SEED = 3


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The verdict, the bucket to keep (the same one unless taken), and when to come again (0 when taken)."""

    verdict: Verdict
    bucket: Bucket
    retry_after_us: int


def take(bucket: Bucket, limit: Limit, *, daily_quota: int, now_us: int, day_ends_us: int) -> Decision:
    """Take one call from `bucket`, from its rate and its quota, or from neither.

    `bucket.day` MUST be the day of `now_us`, which ends at `day_ends_us`. Raises nothing.
    """
    if bucket.used >= daily_quota:
        return Decision(Verdict.QUOTA, bucket, max(day_ends_us - now_us, 0))
    full_at_us = max(bucket.full_at_us, now_us)
    wait_us = full_at_us - now_us - limit.tolerance_us
    if wait_us > 0:
        return Decision(Verdict.RATE, bucket, wait_us)
    return Decision(Verdict.TAKEN, Bucket(full_at_us + limit.interval_us, bucket.day, bucket.used + 1), 0)


class Spent(msgspec.Struct, frozen=True, gc=False):
    """A call was counted: how many more `day` (in the province's time) allows."""

    quota_left: int
    day: date


class SpentToday(Protocol):
    """Knows from the record how many calls were admitted."""

    async def count(self, grant_key: str, day: date) -> int:
        """Return how many calls were admitted under the grant on `day`. Raises `LimitsUnavailable` if nobody knows."""
        ...


class Limiter(Protocol):
    """Counts calls. An implementation MUST take rate and quota atomically, over all that share its counters."""

    async def spend(self, grant_key: str, limit: Limit, *, daily_quota: int, now: datetime) -> Spent:
        """Count one call, or raise `RateExceeded`, `QuotaExceeded` or `LimitsUnavailable` and count nothing."""
        ...

    async def ping(self) -> None:
        """Return when calls can be counted. Raises `LimitsUnavailable`."""
        ...

    async def close(self) -> None:
        """Let go of connections. Idempotent."""
        ...


def microseconds(moment: datetime) -> int:
    """Return exact microseconds since 1970 (UTC) of an aware moment."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def day_number(moment: datetime, zone: ZoneInfo) -> int:
    """Return the calendar day of `moment` in `zone`, in days since 1970-01-01."""
    return moment.astimezone(zone).date().toordinal() - _EPOCH_ORDINAL


def day_date(day: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def day_bounds_us(day: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a day begins and ends in `zone`, in microseconds since 1970 (UTC)."""
    begins, ends = day_date(day), day_date(day + 1)
    return (
        microseconds(datetime(begins.year, begins.month, begins.day, tzinfo=zone)),
        microseconds(datetime(ends.year, ends.month, ends.day, tzinfo=zone)),
    )


def refuse(verdict: Verdict, retry_after_us: int) -> RateExceeded | QuotaExceeded:
    """Return the error that says why a call was not counted."""
    retry_after = timedelta(microseconds=retry_after_us)
    return QuotaExceeded(retry_after) if verdict is Verdict.QUOTA else RateExceeded(retry_after)


class LocalLimiter:
    """Counts in this process, for an installation that has no other.

    What was used before it started comes from the record, once per grant and day. Apart from that one question
    nothing is awaited between looking and taking, so calls on one event loop cannot overtake each other.
    """

    def __init__(self, spent_today: SpentToday, *, zone: ZoneInfo = PROVINCE_ZONE) -> None:
        self._spent_today = spent_today
        self._zone = zone
        self._buckets: dict[str, Bucket] = {}
        self._day = 0
        self._day_begins_us = 0
        self._day_ends_us = 0
        self._date = _EPOCH.date()

    async def spend(self, grant_key: str, limit: Limit, *, daily_quota: int, now: datetime) -> Spent:
        """Count one call as `Limiter.spend` says."""
        now_us = microseconds(now)
        if not self._day_begins_us <= now_us < self._day_ends_us:
            self._turn_to(now)
        bucket = self._buckets.get(grant_key)
        if bucket is None or bucket.day != self._day:
            asked = monotonic_ns()
            bucket = await self._seeded(grant_key, self._day)
            # Calls that came while the record was asked may have been counted already, at a later moment than ours.
            now_us = min(now_us + (monotonic_ns() - asked) // 1000, self._day_ends_us - 1)
        decision = take(bucket, limit, daily_quota=daily_quota, now_us=now_us, day_ends_us=self._day_ends_us)
        if decision.verdict is not Verdict.TAKEN:
            raise refuse(decision.verdict, decision.retry_after_us)
        self._buckets[grant_key] = decision.bucket
        return Spent(daily_quota - decision.bucket.used, self._date)

    async def ping(self) -> None:
        """Nothing is asked."""

    async def close(self) -> None:
        """Nothing is held."""

    async def _seeded(self, grant_key: str, day: int) -> Bucket:
        used = await self._spent_today.count(grant_key, day_date(day))
        # Others may have asked the same meanwhile, and spent since: the first answer stays, later ones are stale.
        bucket = self._buckets.get(grant_key)
        if bucket is None or bucket.day != day:
            bucket = Bucket(bucket.full_at_us if bucket else 0, day, used)
            self._buckets[grant_key] = bucket
        return bucket

    def _turn_to(self, now: datetime) -> None:
        self._day = day_number(now, self._zone)
        self._date = day_date(self._day)
        self._day_begins_us, self._day_ends_us = day_bounds_us(self._day, self._zone)
