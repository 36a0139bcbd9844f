"""Is the daily quota met exactly, and the rate never passed, over several processes and over a restart?"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from gateways import NO_TLS, PARCEL, GatewayProcess, RestProvider, settle_province, token, with_grants
from redis.asyncio import Redis

from catalog.terms import Rate

QUOTA = 40
BURST = 15


async def ask_many(gateways: list[GatewayProcess], count: int, *, at_once: int = 24) -> Counter[str]:
    """Send `count` calls, spread over the gateways, `at_once` under way; return how many had which end."""
    ends: Counter[str] = Counter()
    bearers = [token(gateway) for gateway in gateways]
    door = asyncio.Semaphore(at_once)

    async def one(client: httpx2.AsyncClient, number: int) -> None:
        gateway, bearer = gateways[number % len(gateways)], bearers[number % len(gateways)]
        async with door:
            answer = await client.get(
                gateway.url + PARCEL.format(f"CD{number}"), headers={"authorization": f"Bearer {bearer}"}
            )
        ends[str(answer.json().get("type", "admitted")).rsplit("/", 1)[-1]] += 1

    async with httpx2.AsyncClient(timeout=30, verify=NO_TLS) as client:
        await asyncio.gather(*(one(client, number) for number in range(count)))
    return ends


@pytest.fixture
async def pair(
    request: pytest.FixtureRequest, migrated_postgresql_url: str, redis_url: str, provider: RestProvider, tmp_path: Path
) -> Iterator[list[GatewayProcess]]:
    """Two gateways on one PostgreSQL and one Redis, their grants changed as the test says."""
    await settle_province(migrated_postgresql_url, provider.url, with_grants(**request.param))
    gateways = [GatewayProcess(tmp_path, migrated_postgresql_url, redis_url) for _ in range(2)]
    for gateway in gateways:
        gateway.start()
    yield gateways
    for gateway in gateways:
        gateway.stop()


@pytest.mark.parametrize("pair", [{"daily_quota": QUOTA}], indirect=True)
async def test_two_processes_share_a_daily_quota_exactly(pair: list[GatewayProcess], provider: RestProvider) -> None:
    ends = await ask_many(pair, 3 * QUOTA)

    assert ends == {"admitted": QUOTA, "quota-exceeded": 2 * QUOTA}
    assert len(provider.calls) == QUOTA


@pytest.mark.parametrize("pair", [{"rate": Rate(requests=1, per_seconds=3600, burst=BURST)}], indirect=True)
async def test_two_processes_never_pass_a_rate(pair: list[GatewayProcess], provider: RestProvider) -> None:
    ends = await ask_many(pair, 3 * BURST)

    assert ends == {"admitted": BURST, "rate-exceeded": 2 * BURST}
    assert len(provider.calls) == BURST


@pytest.mark.parametrize("pair", [{"daily_quota": QUOTA}], indirect=True)
async def test_a_quota_survives_the_loss_of_the_counters(
    pair: list[GatewayProcess], provider: RestProvider, redis_url: str
) -> None:
    before = await ask_many(pair, QUOTA // 2)
    await forget(redis_url)
    after = await ask_many(pair, QUOTA)

    assert before["admitted"] + after["admitted"] == QUOTA
    assert len(provider.calls) == QUOTA


async def test_a_quota_goes_on_where_it_stood_after_a_kill(
    migrated_url: str, provider: RestProvider, tmp_path: Path
) -> None:
    await settle_province(migrated_url, provider.url, with_grants(daily_quota=QUOTA))
    gateway = GatewayProcess(tmp_path, migrated_url)
    gateway.start()
    before = await ask_many([gateway], QUOTA // 2)
    gateway.kill()
    gateway.start()
    after = await ask_many([gateway], 2 * QUOTA)
    gateway.stop()

    assert (before["admitted"], after["admitted"]) == (QUOTA // 2, QUOTA - QUOTA // 2)
    assert len(provider.calls) == QUOTA


async def forget(redis_url: str) -> None:
    """Empty the counters, as a Redis that lost its data would."""
    async with Redis.from_url(redis_url) as client:
        await client.flushdb()
