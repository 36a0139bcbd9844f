"""What becomes of calls, and of quotas, while Redis is away, and after it has forgotten everything?"""

import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import redis
from crashes import Load, Witness, ends_of, intents_of, tally, unaccounted, verified
from gateways import NO_TLS, GatewayProcess, RestProvider, settle_province, token, with_grants
from servers import RedisServer

DEADLINE_SECONDS = 5
RECOVERY_SECONDS = 10.0
QUOTA = 400


@pytest.fixture
def counters() -> Iterator[RedisServer]:
    """A Redis of this test's own, to stop and start."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def witness(provider: RestProvider, migrated_sqlite_url: str) -> Iterator[Witness]:
    """The provider's own look at the record, for every call."""
    looking = Witness(migrated_sqlite_url)
    provider.before_answer = looking
    yield looking
    looking.close()


@pytest.fixture
async def outage_gateway(
    counters: RedisServer, provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway whose counters are in that Redis, with so many calls a day agreed as no test makes."""
    await settle_province(migrated_sqlite_url, provider.url)
    environment = {"LIENTHONG_EXCHANGE_DEADLINE_SECONDS": str(DEADLINE_SECONDS)}
    process = GatewayProcess(tmp_path, migrated_sqlite_url, counters.url, environment=environment)
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def metered_gateway(
    counters: RedisServer, provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway whose counters are in that Redis, with QUOTA calls a day agreed."""
    await settle_province(migrated_sqlite_url, provider.url, with_grants(daily_quota=QUOTA))
    process = GatewayProcess(tmp_path, migrated_sqlite_url, counters.url)
    process.start()
    yield process
    process.stop()


def stop(server: RedisServer) -> None:
    server.stop()


def start(server: RedisServer) -> None:
    server.start()


def pause(server: RedisServer) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)


def resume(server: RedisServer) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize(("take", "give_back"), [(stop, start), (pause, resume)], ids=["stopped", "paused"])
async def test_calls_are_refused_while_the_counters_are_away_and_answered_soon_after(
    outage_gateway: GatewayProcess,
    counters: RedisServer,
    witness: Witness,
    take: Callable[[RedisServer], None],
    give_back: Callable[[RedisServer], None],
) -> None:
    with Load(outage_gateway, token(outage_gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 50, seconds=20)
        take(counters)
        taken = time.monotonic()
        load.wait_for(lambda so_far: len(so_far.since(taken)) > 20, seconds=30)
        meanwhile = load.since(taken)
        not_ready = httpx2.get(f"{outage_gateway.url}/readyz", timeout=30, verify=NO_TLS).json()
        give_back(counters)
        back = time.monotonic()
        load.wait_for(lambda so_far: any(one.status == 200 for one in so_far.since(back)), seconds=RECOVERY_SECONDS)
        load.wait_for(lambda so_far: len(so_far.since(back)) > 50, seconds=20)
    outage_gateway.stop()

    url = outage_gateway.database_url
    assert {one.problem for one in meanwhile} == {"limits-unavailable"}
    assert all(one.status == 503 and one.retry_after for one in meanwhile)
    assert max(one.seconds for one in load.kept) < DEADLINE_SECONDS + 1
    assert {one.exchange_id for one in meanwhile}.isdisjoint(witness.asked)
    assert not_ready["checks"]["limits"] != "ok"
    assert unaccounted(load.answers, ends_of(url)) == []
    assert verified(url).verdict == 0


async def test_a_quota_is_not_exceeded_when_the_counters_forget_everything(
    metered_gateway: GatewayProcess, counters: RedisServer, witness: Witness
) -> None:
    with Load(metered_gateway, token(metered_gateway), writes=0) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > QUOTA // 4, seconds=20)
        with redis.Redis.from_url(counters.url) as client:
            client.flushall()
        load.wait_for(lambda so_far: len(so_far.answers) > QUOTA // 2, seconds=20)
        counters.stop()
        counters.start()
        load.wait_for(lambda so_far: tally(so_far.kept)["429 quota-exceeded"] > 50, seconds=30)

    assert len(load.answers) == QUOTA
    assert len(intents_of(metered_gateway.database_url)) == len(witness.asked) == QUOTA
