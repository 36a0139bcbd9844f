"""What becomes of calls while PostgreSQL is away, and how soon are they answered again?"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from crashes import Load, Witness, apart, ends_of, intents_of, unaccounted, verified
from gateways import PARCELS, GatewayProcess, RestProvider, assert_problem, settle_province, token
from servers import PostgresServer

from gateway import migrations

DEADLINE_SECONDS = 5
RECOVERY_SECONDS = 10.0
REFUSALS = {"record-unavailable", "policy-unavailable"}


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test's own, to stop and start."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def witness(postgres: PostgresServer, provider: RestProvider) -> Iterator[Witness]:
    """The provider's own look at the record, for every call."""
    looking = Witness(postgres.url("postgres"))
    provider.before_answer = looking
    yield looking
    looking.close()


@pytest.fixture
async def outage_gateway(
    postgres: PostgresServer, provider: RestProvider, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway on that PostgreSQL, with the usual agreement in force."""
    url = postgres.url("postgres")
    apart(lambda: migrations.upgrade(url))
    await settle_province(url, provider.url)
    environment = {"LIENTHONG_EXCHANGE_DEADLINE_SECONDS": str(DEADLINE_SECONDS)}
    process = GatewayProcess(tmp_path, url, environment=environment)
    process.start()
    yield process
    process.stop()


def freeze(server: PostgresServer) -> None:
    """Stop every process of the server without ending one: connections stand and nobody answers."""
    for pid in processes_of(server):
        os.kill(pid, signal.SIGSTOP)


def thaw(server: PostgresServer) -> None:
    """Let them go on."""
    for pid in processes_of(server):
        os.kill(pid, signal.SIGCONT)


def processes_of(server: PostgresServer) -> list[int]:
    """Return the process ids of the server, its first process first."""
    assert server.process is not None
    first = server.process.pid
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@pytest.mark.parametrize("at_once", [False, True], ids=["in-order", "like-a-power-failure"])
async def test_calls_are_refused_while_the_database_is_away_and_answered_soon_after(
    outage_gateway: GatewayProcess, postgres: PostgresServer, witness: Witness, at_once: bool
) -> None:
    with Load(outage_gateway, token(outage_gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 50, seconds=20)
        postgres.stop(at_once=at_once)
        stopped = time.monotonic()
        load.wait_for(lambda so_far: len(so_far.since(stopped)) > 100, seconds=20)
        meanwhile = load.since(stopped)
        postgres.start()
        back = time.monotonic()
        load.wait_for(lambda so_far: any(one.status == 200 for one in so_far.since(back)), seconds=RECOVERY_SECONDS)
        load.wait_for(lambda so_far: len(so_far.answers) > 150, seconds=20)
    outage_gateway.stop()

    url = outage_gateway.database_url
    assert {one.problem for one in meanwhile} <= REFUSALS
    assert all(one.status == 503 and one.retry_after for one in meanwhile)
    assert max(one.seconds for one in load.kept) < DEADLINE_SECONDS + 1
    assert {one.exchange_id for one in meanwhile}.isdisjoint(witness.asked)
    assert unaccounted(load.answers, ends_of(url)) == []
    assert witness.unannounced == []
    assert intents_of(url).issuperset(witness.asked)
    assert verified(url).verdict == 0, verified(url)


async def test_a_call_whose_key_cannot_be_claimed_is_not_blamed_on_the_provider(
    outage_gateway: GatewayProcess, provider: RestProvider
) -> None:
    headers = {"authorization": f"Bearer {token(outage_gateway)}", "idempotency-key": "k1"}
    holding = await asyncpg.connect(outage_gateway.database_url)
    async with holding.transaction():
        await holding.execute("LOCK TABLE idempotency IN ACCESS EXCLUSIVE MODE")
        answer = await asyncio.to_thread(
            httpx2.post, f"{outage_gateway.url}{PARCELS}", json={"DienTich": 1}, headers=headers, timeout=20
        )
    await holding.close()

    assert_problem(answer, "record-unavailable", status=503)
    assert provider.calls == []


async def test_calls_are_refused_in_time_while_the_database_hangs_and_answered_soon_after(
    outage_gateway: GatewayProcess, postgres: PostgresServer, witness: Witness
) -> None:
    with Load(outage_gateway, token(outage_gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 50, seconds=20)
        freeze(postgres)
        frozen = time.monotonic()
        load.wait_for(lambda so_far: len(so_far.since(frozen)) > 20, seconds=60)
        meanwhile = load.since(frozen)
        thaw(postgres)
        back = time.monotonic()
        load.wait_for(lambda so_far: any(one.status == 200 for one in so_far.since(back)), seconds=RECOVERY_SECONDS)
        load.wait_for(lambda so_far: len(so_far.answers) > 150, seconds=20)
    outage_gateway.stop()

    url = outage_gateway.database_url
    assert {one.status for one in meanwhile} == {503}
    assert {one.problem for one in meanwhile} <= REFUSALS
    assert max(one.seconds for one in load.kept) < DEADLINE_SECONDS + 1
    assert {one.exchange_id for one in meanwhile}.isdisjoint(witness.asked)
    assert unaccounted(load.answers, ends_of(url)) == []
    assert intents_of(url).issuperset(witness.asked)
    assert verified(url).verdict == 0
