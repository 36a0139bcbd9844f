"""Does a change of mind, committed by another process and told to nobody, hold from its commit on, under load?

The hammers note when each call was sent; the changer notes when its commit had returned. A call sent later than that
MUST NOT be admitted: design promise 3 allows a second, the revision that the intent's transaction returns allows none.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from gateways import (
    AGREEMENT,
    NO_TLS,
    PARCEL,
    SYSTEM,
    WRITER,
    GatewayProcess,
    RestProvider,
    settle_province,
    suspend,
    token,
)

from catalog import agreements, systems
from catalog.states import Side
from gateway.db import Database

CLIENTS = 4
BEFORE_SECONDS, AFTER_SECONDS = 0.4, 0.8


@dataclass(frozen=True)
class Seen:
    """One call: when it was sent (monotonic seconds), by what status and problem it was answered, and its parcel."""

    sent: float
    status: int
    problem: str
    parcel: str


async def end_agreement(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.transaction() as session:
        await agreements.end(session, AGREEMENT, by=WRITER)
    await database.close()


async def suspend_system(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.transaction() as session:
        await systems.suspend_system(session, SYSTEM, side=Side.PLATFORM, by=WRITER)
    await database.close()


async def revoke_secret(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.transaction() as session:
        await systems.revoke_key(session, SYSTEM, "k1", by=WRITER)
    await database.close()


CHANGES: dict[str, tuple[Callable[[str], Awaitable[None]], tuple[int, str]]] = {
    "agreement-suspended": (suspend, (403, "agreement-suspended")),
    "agreement-ended": (end_agreement, (403, "agreement-expired")),
    "system-suspended": (suspend_system, (403, "client-suspended")),
    "secret-revoked": (revoke_secret, (401, "token-invalid")),
}


async def hammer(
    gateway: GatewayProcess, bearer: str, *, name: str, until: Callable[[], bool], seen: list[Seen]
) -> None:
    """Call one parcel after the other, each with a number of its own, and note what came."""
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {bearer}"}, timeout=20, verify=NO_TLS) as client:
        number = 0
        while not until():
            number += 1
            parcel = f"{name}-{number}"
            sent = time.monotonic()
            answer = await client.get(gateway.url + PARCEL.format(parcel))
            problem = str(answer.json().get("type", "")).rsplit("/", 1)[-1]
            seen.append(Seen(sent, answer.status_code, problem, parcel))


async def hammered(
    gateways: list[GatewayProcess], change: Callable[[str], Awaitable[None]]
) -> tuple[list[Seen], float]:
    """Load the gateways, change the catalogue behind them, load on; return what was seen and when it was committed."""
    seen: list[Seen] = []
    over = False
    tasks = [
        asyncio.create_task(hammer(gateway, token(gateway), name=f"CD{g}{c}", until=lambda: over, seen=seen))
        for g, gateway in enumerate(gateways)
        for c in range(CLIENTS // len(gateways))
    ]
    await asyncio.sleep(BEFORE_SECONDS)
    await change(gateways[0].database_url)
    committed = time.monotonic()
    await asyncio.sleep(AFTER_SECONDS)
    over = True
    await asyncio.gather(*tasks)
    return seen, committed


@pytest.fixture
async def unheard(migrated_url: str, provider: RestProvider, tmp_path: Path) -> Iterator[list[GatewayProcess]]:
    """Gateways that poll the policy so seldom that only what the intent's transaction returns can tell them.

    One on SQLite; two on PostgreSQL.
    """
    await settle_province(migrated_url, provider.url)
    many = 1 if migrated_url.startswith("sqlite") else 2
    deaf = {"LIENTHONG_POLICY_POLL_SECONDS": "3600"}
    gateways = [GatewayProcess(tmp_path, migrated_url, environment=deaf) for _ in range(many)]
    for gateway in gateways:
        gateway.start()
    yield gateways
    for gateway in gateways:
        gateway.stop()


@pytest.mark.parametrize("name", CHANGES)
async def test_nothing_sent_after_the_commit_is_admitted(
    name: str, unheard: list[GatewayProcess], provider: RestProvider
) -> None:
    change, refusal = CHANGES[name]

    seen, committed = await hammered(unheard, change)

    late = [call for call in seen if call.sent > committed]
    assert [call for call in seen if call.status == 200 and call.sent < committed], "nothing was admitted before"
    assert late
    assert {(call.status, call.problem) for call in late} == {refusal}
    assert not {f"GET /thua-dat/{call.parcel}" for call in late} & set(provider.calls)


async def test_what_was_resumed_is_admitted_again(unheard: list[GatewayProcess]) -> None:
    await suspend(unheard[0].database_url)
    await resume(unheard[0].database_url)
    seen: list[Seen] = []
    ends = time.monotonic() + BEFORE_SECONDS

    for gateway in unheard:
        await hammer(
            gateway, token(gateway), name="CD", until=lambda: time.monotonic() > ends and bool(seen), seen=seen
        )

    assert {call.status for call in seen} == {200}


async def resume(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.transaction() as session:
        await agreements.resume(session, AGREEMENT, side=agreements.Side.PLATFORM, by=WRITER)
    await database.close()
