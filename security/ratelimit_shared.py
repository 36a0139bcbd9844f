"""Is this call within the grant's rate and quota, when several processes share the counters in Redis?

One Lua script decides and counts, so that nobody comes between looking and taking. It reads Redis' own clock, so
nodes whose clocks differ agree on the moment and on the day. Redis may lose everything: the count of the day is then
taken from the record again, and each process hands in the highest count that it has seen itself, below which a
counter never falls (a failover to a replica that lags). Rates start full after such a loss; quotas stay exact but for
calls that another node had counted and not yet recorded. When Redis cannot be asked the call is refused: nobody can
say whether it is within limits.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import RedisError

from security.errors import LimitsUnavailable
from security.ratelimit import (
    PROVINCE_ZONE,
    Limit,
    Spent,
    SpentToday,
    Verdict,
    day_date,
    refuse,
)

_TIMEOUT_SECONDS = 1.0
# KEYS[1] hash of the grant: t (bucket full at, microseconds), d (day number), u (used on that day).
# ARGV: interval, tolerance, quota, zone offset in seconds, seen day, seen count, seed day (-1: none), seed count.
# Lua's numbers are doubles: microseconds since 1970 stay exact (< 2^53) until the year 2255.
# Replies with {verdict, retry after in microseconds, day, used}.
_SPEND = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local shifted = clock[1] + ARGV[4]
local today = math.floor(shifted / 86400)
local held = redis.call('HMGET', KEYS[1], 't', 'd', 'u')
local full, day, used = tonumber(held[1]) or 0, tonumber(held[2]) or -1, tonumber(held[3]) or 0
if day < today then
  if tonumber(ARGV[7]) ~= today then return {3, 0, today, 0} end
  day, used = today, tonumber(ARGV[8])
end
if tonumber(ARGV[5]) == day and tonumber(ARGV[6]) > used then used = tonumber(ARGV[6]) end
if used >= tonumber(ARGV[3]) then
  return {2, (today + 1) * 86400000000 - shifted * 1000000 - clock[2], day, used}
end
if full < now then full = now end
local wait = full - now - ARGV[2]
if wait > 0 then return {1, wait, day, used} end
full = full + ARGV[1]
used = used + 1
local exact = function(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], 't', exact(full), 'd', exact(day), 'u', exact(used))
redis.call('EXPIRE', KEYS[1], math.floor((full - now) / 1000000) + 172800)
return {0, 0, day, used}
"""


class SharedLimiter:
    """Counts in Redis, for any number of processes. Fails closed."""

    @classmethod
    def at(cls, url: str, spent_today: SpentToday, *, zone: ZoneInfo) -> "SharedLimiter":
        """Return a limiter that counts in the Redis at `url`, and waits for it a second at most."""
        redis = Redis.from_url(url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS)
        return cls(redis, spent_today, zone=zone)

    def __init__(self, redis: Redis, spent_today: SpentToday, *, zone: ZoneInfo = PROVINCE_ZONE) -> None:
        """`redis` SHOULD have short timeouts: a call waits for it. It is closed by `close`."""
        self._redis = redis
        self._script = redis.register_script(_SPEND)
        self._spent_today = spent_today
        self._zone = zone
        self._seen: dict[str, tuple[int, int]] = {}

    async def spend(self, grant_key: str, limit: Limit, *, daily_quota: int, now: datetime) -> Spent:
        """Count one call as `Limiter.spend` says. `now` only tells the zone's offset: the moment is Redis' own."""
        verdict, retry_after_us, day, used = await self._ask(grant_key, limit, daily_quota=daily_quota, now=now)
        if verdict is Verdict.SEED:
            spent = await self._spent_today.count(grant_key, day_date(day))
            verdict, retry_after_us, day, used = await self._ask(
                grant_key, limit, daily_quota=daily_quota, now=now, seed=(day, spent)
            )
        if verdict is Verdict.SEED:
            raise LimitsUnavailable("the day ended while its count was being looked up")
        self._remember(grant_key, day, used)
        if verdict is not Verdict.TAKEN:
            raise refuse(verdict, retry_after_us)
        return Spent(daily_quota - used, day_date(day))

    async def ping(self) -> None:
        """Return when Redis answers. Raises `LimitsUnavailable`."""
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise LimitsUnavailable("the shared counters do not answer") from error

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._redis.aclose()

    async def _ask(
        self, grant_key: str, limit: Limit, *, daily_quota: int, now: datetime, seed: tuple[int, int] = (-1, 0)
    ) -> tuple[Verdict, int, int, int]:
        offset = now.astimezone(self._zone).utcoffset()
        offset_seconds = int(offset.total_seconds()) if offset else 0
        seen_day, seen_used = self._seen.get(grant_key, (-1, 0))
        numbers = (limit.interval_us, limit.tolerance_us, daily_quota, offset_seconds, seen_day, seen_used, *seed)
        try:
            reply = await self._script(keys=[f"lienthong:limit:{grant_key}"], args=list(numbers))
            verdict, retry_after_us, day, used = (int(number) for number in reply)
        except (RedisError, OSError, TimeoutError) as error:
            raise LimitsUnavailable("the shared counters do not answer") from error
        return Verdict(verdict), retry_after_us, day, used

    def _remember(self, grant_key: str, day: int, used: int) -> None:
        # Replies may arrive out of order: what has been seen only grows within a day.
        if (day, used) > self._seen.get(grant_key, (-1, 0)):
            self._seen[grant_key] = (day, used)
