"""Whatever step the gateway, or the process that writes its record, is killed before: does the record keep its word?

A call that creates something is made, and either process is killed (SIGKILL) just before one step of it. Then the
gateway is started again, and the same call is made with the same key. LIENTHONG_TEST_EVERY_STEP=1 takes every step,
else some are taken, evenly from the first to the last.
"""

import asyncio
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx2
import pytest
from crashes import Kept, Witness, broken_promises, completed, ends_of, intents_of, unaccounted, verified
from gateways import NO_TLS, PARCELS, GatewayProcess, RestProvider, settle_province, token
from servers import free_port

from gateway.exchange import clock
from gateway.node import recoverer
from gateway.receipts import receipt_keys
from gateway.settings import Settings
from security.audit.recovery import recover
from security.keys import load_keys

HERE = Path(__file__).parent.parent / "felled_here"
# How many steps there are at least, and every which of them is taken: most are alike, and each costs two starts.
AT_LEAST, EVERY = {"gateway": 80, "scribe": 10}, {"gateway": 11, "scribe": 4}


def steps(role: str) -> Iterator[int]:
    """Return before which steps a process is killed, one after the other."""
    every = 1 if os.environ.get("LIENTHONG_TEST_EVERY_STEP") else EVERY[role]
    return count(every, every)


def create(gateway: GatewayProcess, bearer: str, key: str) -> Kept | None:
    """Ask for a new parcel; return what was answered to its last byte, None where nothing was."""
    headers = {"authorization": f"Bearer {bearer}", "idempotency-key": key}
    try:
        answer = httpx2.post(
            f"{gateway.url}{PARCELS}", json={"DienTich": 12.5}, headers=headers, timeout=20, verify=NO_TLS
        )
    except httpx2.TransportError:
        return None
    told = answer.headers
    return Kept(told["exchange-id"], answer.status_code, "", told.get("exchange-receipt", ""), answer.content, 0.0, 0.0)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ["gateway", "scribe"])
async def test_killed_before_any_step_nothing_is_lost_or_done_twice(
    migrated_url: str, provider: RestProvider, tmp_path: Path, role: str
) -> None:
    await settle_province(migrated_url, provider.url)
    provider.before_answer = witness = Witness(migrated_url, pause_seconds=0)
    kept: list[Kept] = []
    asked: list[int] = []
    port = free_port()
    again = GatewayProcess(tmp_path, migrated_url, port=port)
    again.start()
    for step in steps(role):
        said, key = tmp_path / f"said-{step}", f"khoa-{step}"
        felled = {"LIENTHONG_TEST_FELL": f"{role}:{step}:{said}", "PYTHONPATH": str(HERE)}
        before, bearer = len(provider.calls), token(again)  # got before: it is a record too
        again.stop()
        first = GatewayProcess(tmp_path, migrated_url, environment=felled, port=port)
        first.start()
        answers = [await asyncio.to_thread(create, first, bearer, key)]
        killed = said.exists()
        first.kill()
        again = GatewayProcess(tmp_path, migrated_url, port=port)
        again.start()
        answers.append(await asyncio.to_thread(create, again, bearer, key))
        asked.append(len(provider.calls) - before)
        kept += [one for one in answers if one is not None]
        assert answers[-1] is not None
        if not killed:
            break
    again.stop()
    witness.close()
    settle(migrated_url, tmp_path)
    keys = receipt_keys(load_keys(tmp_path / "keys"))
    recorded = [one for one in kept if one.problem != "record-unavailable"]

    assert step > AT_LEAST[role]
    assert unaccounted([one for one in kept if one.status == 200], ends_of(migrated_url)) == []
    assert broken_promises(recorded, migrated_url, keys) == []
    assert witness.unannounced == []
    assert set(witness.asked) <= intents_of(migrated_url)
    assert verified(migrated_url).verdict == 0, verified(migrated_url)
    assert max(asked) == 1


def settle(url: str, directory: Path) -> None:
    """Do at once what a worker does when a process has been silent for half a minute."""
    by = recoverer(Settings(database_url=url, node="worker", keys_dir=directory / "keys"), role="worker")
    completed(lambda: recover(url, by, now=clock(), dead_after_seconds=0))
