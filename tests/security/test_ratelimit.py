"""Is exactly what was agreed admitted, in one process and over many?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from security.errors import LimitsUnavailable, QuotaExceeded, RateExceeded
from security.ratelimit import (
    PROVINCE_ZONE,
    Bucket,
    Limiter,
    LocalLimiter,
    Verdict,
    compile_rate,
    day_bounds_us,
    day_number,
    microseconds,
    take,
)
from security.ratelimit_shared import SharedLimiter

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
WIDE = compile_rate(1_000_000, 1, burst=1_000_000)


@dataclass
class Recorded:
    """A record that knows how many calls were admitted, and which days it was asked about."""

    used: int = 0
    asked: list[date] = field(default_factory=list)

    async def count(self, grant_key: str, day: date) -> int:
        self.asked.append(day)
        await asyncio.sleep(0)
        return self.used


def make_limiter(counters_url: str, recorded: Recorded) -> Limiter:
    if not counters_url:
        return LocalLimiter(recorded)
    return SharedLimiter(Redis.from_url(counters_url, socket_timeout=5), recorded)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
async def limiter(counters_url: str, recorded: Recorded) -> AsyncIterator[Limiter]:
    limiter = make_limiter(counters_url, recorded)
    yield limiter
    await limiter.close()


async def admitted(limiter: Limiter, quota: int, *, burst: int = 1_000_000) -> bool:
    rate = compile_rate(1, 3600, burst=burst)
    try:
        await limiter.spend("g", rate, daily_quota=quota, now=NOW)
    except (RateExceeded, QuotaExceeded):
        return False
    return True


async def test_the_quota_says_how_much_is_left(limiter: Limiter) -> None:
    spent = await limiter.spend("g", WIDE, daily_quota=5, now=NOW)

    assert spent.quota_left == 4


async def test_of_many_at_once_exactly_the_quota_is_admitted(limiter: Limiter) -> None:
    results = await asyncio.gather(*(admitted(limiter, 37) for _ in range(80)))

    assert sum(results) == 37


async def test_of_many_at_once_exactly_the_burst_is_admitted(limiter: Limiter) -> None:
    # Once the record has been asked, no call is counted later than at its own moment, which here stands still.
    await limiter.spend("g", WIDE, daily_quota=1000, now=NOW - timedelta(hours=1))

    results = await asyncio.gather(*(admitted(limiter, 1000, burst=9) for _ in range(40)))

    assert sum(results) == 9


async def test_a_call_refused_for_its_rate_costs_no_quota(limiter: Limiter) -> None:
    # The first call is counted when the record has answered, a little after NOW: three leave room for that.
    slow, wider = compile_rate(1, 3600, burst=1), compile_rate(1, 3600, burst=3)
    await limiter.spend("g", slow, daily_quota=2, now=NOW)
    with pytest.raises(RateExceeded):
        await limiter.spend("g", slow, daily_quota=2, now=NOW)

    assert (await limiter.spend("g", wider, daily_quota=2, now=NOW)).quota_left == 0


async def test_a_call_refused_for_its_quota_says_when_the_day_ends(limiter: Limiter) -> None:
    with pytest.raises(QuotaExceeded) as refused:
        await limiter.spend("g", WIDE, daily_quota=0, now=NOW)

    assert timedelta(0) < refused.value.retry_after <= timedelta(days=1)


async def test_grants_do_not_share_counters(limiter: Limiter) -> None:
    await limiter.spend("a", WIDE, daily_quota=1, now=NOW)

    assert (await limiter.spend("b", WIDE, daily_quota=1, now=NOW)).quota_left == 0


async def test_what_was_used_before_the_counters_began_counts(limiter: Limiter, recorded: Recorded) -> None:
    recorded.used = 7

    assert (await limiter.spend("g", WIDE, daily_quota=10, now=NOW)).quota_left == 2


async def test_the_record_is_asked_once_a_day(limiter: Limiter, recorded: Recorded) -> None:
    await limiter.spend("g", WIDE, daily_quota=10, now=NOW)
    await limiter.spend("g", WIDE, daily_quota=10, now=NOW)

    assert len(recorded.asked) == 1


async def test_two_nodes_share_a_quota_exactly(redis_url: str) -> None:
    nodes = [make_limiter(redis_url, Recorded()) for _ in range(2)]
    results = await asyncio.gather(*(admitted(nodes[number % 2], 41) for number in range(100)))
    await asyncio.gather(*(node.close() for node in nodes))

    assert sum(results) == 41


async def test_counters_that_redis_lost_come_back_from_the_record(redis_url: str) -> None:
    recorded = Recorded()
    limiter, redis = make_limiter(redis_url, recorded), Redis.from_url(redis_url)
    await limiter.spend("g", WIDE, daily_quota=10, now=NOW)
    await redis.flushall()
    recorded.used = 6
    spent = await limiter.spend("g", WIDE, daily_quota=10, now=NOW)
    await asyncio.gather(limiter.close(), redis.aclose())

    assert spent.quota_left == 3


async def test_a_count_that_was_seen_never_falls_though_the_record_lags(redis_url: str) -> None:
    limiter, redis = make_limiter(redis_url, Recorded()), Redis.from_url(redis_url)
    await asyncio.gather(*(limiter.spend("g", WIDE, daily_quota=10, now=NOW) for _ in range(4)))
    await redis.flushall()
    spent = await limiter.spend("g", WIDE, daily_quota=10, now=NOW)
    await asyncio.gather(limiter.close(), redis.aclose())

    assert spent.quota_left == 5


async def test_without_redis_nothing_is_admitted(free_port: int) -> None:
    limiter = make_limiter(f"redis://127.0.0.1:{free_port}/0", Recorded())

    with pytest.raises(LimitsUnavailable):
        await limiter.spend("g", WIDE, daily_quota=10, now=NOW)
    await limiter.close()


async def test_the_day_turns_at_midnight_in_the_province(recorded: Recorded) -> None:
    limiter, evening = LocalLimiter(recorded), datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC)
    before = await limiter.spend("g", WIDE, daily_quota=1, now=evening)
    after = await limiter.spend("g", WIDE, daily_quota=1, now=evening + timedelta(seconds=1))

    assert (before.day, after.day) == (date(2026, 3, 1), date(2026, 3, 2))


@pytest.mark.parametrize(("requests", "per_seconds", "burst"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_rate_of_nothing_is_no_rate(requests: int, per_seconds: int, burst: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        compile_rate(requests, per_seconds, burst=burst)


RATES = st.tuples(st.integers(1, 50), st.integers(1, 60), st.integers(1, 20))


@given(rate=RATES, quota=st.integers(0, 60), gaps=st.lists(st.integers(0, 3_000_000), max_size=80))
def test_the_rule_agrees_with_a_bucket_of_tokens(rate: tuple[int, int, int], quota: int, gaps: list[int]) -> None:
    """The reference: a bucket of `burst` tokens that gains one per interval, told in interval-microseconds."""
    requests, per_seconds, burst = rate
    limit = compile_rate(requests, per_seconds, burst=burst)
    bucket, now_us, filled_us, used = Bucket(0, 0, 0), 10**15, burst * limit.interval_us, 0
    for gap in gaps:
        now_us += gap
        filled_us = min(filled_us + gap, burst * limit.interval_us)
        expected = Verdict.QUOTA if used >= quota else Verdict.RATE if filled_us < limit.interval_us else Verdict.TAKEN
        decision = take(bucket, limit, daily_quota=quota, now_us=now_us, day_ends_us=10**16)
        assert decision.verdict is expected
        bucket = decision.bucket
        used += expected is Verdict.TAKEN
        filled_us -= limit.interval_us * (expected is Verdict.TAKEN)


@given(rate=RATES, gaps=st.lists(st.integers(0, 3_000_000), max_size=40))
def test_after_the_time_to_wait_a_call_is_admitted_and_not_before(rate: tuple[int, int, int], gaps: list[int]) -> None:
    limit, bucket, now_us = compile_rate(rate[0], rate[1], burst=rate[2]), Bucket(0, 0, 0), 10**15
    for gap in gaps:
        now_us += gap
        first = take(bucket, limit, daily_quota=10**9, now_us=now_us, day_ends_us=10**16)
        later = now_us + first.retry_after_us
        bucket = first.bucket
        again = take(bucket, limit, daily_quota=10**9, now_us=later, day_ends_us=10**16)
        early = take(bucket, limit, daily_quota=10**9, now_us=later - 1, day_ends_us=10**16)
        assert first.verdict is Verdict.TAKEN or (again.verdict, early.verdict) == (Verdict.TAKEN, Verdict.RATE)


@given(st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_moment_lies_within_its_day(moment: datetime) -> None:
    begins, ends = day_bounds_us(day_number(moment, PROVINCE_ZONE), ZoneInfo("Asia/Ho_Chi_Minh"))

    assert begins <= microseconds(moment) < ends
