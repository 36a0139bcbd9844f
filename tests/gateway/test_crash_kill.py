"""Is everything that a caller received in the record, however often the gateway is killed while it works?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crashes import (
    Load,
    Witness,
    broken_promises,
    completed,
    ends_of,
    kill_again_and_again,
    kinds_of,
    unaccounted,
    verified,
)
from gateways import GatewayProcess, RestProvider, token

from gateway.exchange import clock
from gateway.node import recoverer
from gateway.receipts import receipt_keys
from gateway.settings import Settings
from security.audit.recovery import recover
from security.keys import load_keys


@pytest.fixture
def witness(provider: RestProvider, migrated_url: str) -> Iterator[Witness]:
    """The provider's own look at the record, for every call."""
    looking = Witness(migrated_url)
    provider.before_answer = looking
    yield looking
    looking.close()


@pytest.mark.parametrize(("migrated_url", "times"), [("sqlite", 20), ("postgresql", 5)], indirect=["migrated_url"])
async def test_what_was_received_before_a_kill_is_in_the_record(
    gateway: GatewayProcess, witness: Witness, migrated_url: str, times: int, tmp_path: Path
) -> None:
    with Load(gateway, token(gateway)) as load:
        kill_again_and_again(gateway, times=times, seed=20)
    gateway.stop()
    settle_what_died(gateway, tmp_path)

    assert len(load.answers) > 20
    assert unaccounted(load.answers, ends_of(migrated_url)) == []
    keys = receipt_keys(load_keys(gateway.directory / "keys"))
    recorded = [one for one in load.kept if one.problem != "record-unavailable"]
    assert broken_promises(recorded, migrated_url, keys) == []
    assert witness.unannounced == []
    assert kinds_of(migrated_url)["UNKNOWN"] > 0
    assert verified(migrated_url).verdict == 0, verified(migrated_url)


def settle_what_died(gateway: GatewayProcess, directory: Path) -> None:
    """Do at once what a worker does when a process has been silent for half a minute (PostgreSQL)."""
    settings = Settings(database_url=gateway.database_url, node="worker", keys_dir=directory / "keys")
    by = recoverer(settings, role="worker")
    completed(lambda: recover(gateway.database_url, by, now=clock(), dead_after_seconds=0))
