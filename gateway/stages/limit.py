"""Is the call within its agreement's rate and daily quota?"""

from datetime import datetime

from gateway.states import Authorized, Limited
from security.ratelimit import Limiter


async def limit(authorized: Authorized, *, limiter: Limiter, now: datetime) -> Limited:
    """Count the call.

    Raises RateExceeded, QuotaExceeded, or LimitsUnavailable when nobody can say: then it is refused.
    """
    grant = authorized.grant
    spent = await limiter.spend(grant.key, grant.rate, daily_quota=grant.daily_quota, now=now)
    return Limited(authorized=authorized, quota_left=spent.quota_left)
