"""What becomes of calls while the disk under the embedded database is full?"""

import os
import resource
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from crashes import Load, Witness, ends_of, unaccounted, verified
from gateways import NO_TLS, GatewayProcess, RestProvider, settle_province, token

RECOVERY_SECONDS = 10.0
MARGIN_BYTES = 256 * 1024 * 1024
SMALL_FILE_BYTES = 64 * 1024


@pytest.fixture
def witness(provider: RestProvider, migrated_sqlite_url: str) -> Iterator[Witness]:
    """The provider's own look at the record, for every call."""
    looking = Witness(migrated_sqlite_url)
    provider.before_answer = looking
    yield looking
    looking.close()


@pytest.fixture
async def disk_gateway(
    provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway that keeps all but MARGIN_BYTES of the free space in reserve."""
    await settle_province(migrated_sqlite_url, provider.url)
    reserve = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize - MARGIN_BYTES
    environment = {"LIENTHONG_DISK_RESERVE_BYTES": str(reserve)}
    process = GatewayProcess(tmp_path, migrated_sqlite_url, environment=environment)
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def roomy_gateway(
    provider: RestProvider, migrated_sqlite_url: str, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """A gateway with room enough."""
    await settle_province(migrated_sqlite_url, provider.url)
    process = GatewayProcess(tmp_path, migrated_sqlite_url)
    process.start()
    yield process
    process.stop()


def fill(path: Path) -> None:
    """Take up twice the margin."""
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 2 * MARGIN_BYTES)


def limit_files(gateway: GatewayProcess, most_bytes: int) -> None:
    """Make every write of its processes beyond `most_bytes` of a file fail, as a full disk does (from outside)."""
    assert gateway.process is not None
    number = gateway.process.pid
    children = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
    for process in (number, *map(int, children)):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


def readiness(gateway: GatewayProcess) -> tuple[int, str]:
    answer = httpx2.get(f"{gateway.url}/readyz", timeout=20, verify=NO_TLS)
    return answer.status_code, answer.json()["checks"]["record"]


async def test_nothing_new_is_begun_while_less_than_the_reserve_is_free(
    disk_gateway: GatewayProcess, witness: Witness, tmp_path: Path
) -> None:
    with Load(disk_gateway, token(disk_gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 20, seconds=20)
        fill(tmp_path / "full")
        load.wait_for(lambda so_far: so_far.kept[-1].problem == "record-unavailable", seconds=20)
        full = time.monotonic()
        load.wait_for(lambda so_far: len(so_far.since(full)) > 50, seconds=20)
        meanwhile, not_ready = load.since(full), readiness(disk_gateway)
        (tmp_path / "full").unlink()
        back = time.monotonic()
        load.wait_for(lambda so_far: any(one.status == 200 for one in so_far.since(back)), seconds=RECOVERY_SECONDS)
    disk_gateway.stop()

    url = disk_gateway.database_url
    assert {(one.status, one.problem, bool(one.retry_after)) for one in meanwhile} == {
        (503, "record-unavailable", True)
    }
    assert {one.exchange_id for one in meanwhile}.isdisjoint(witness.asked)
    assert not_ready == (503, "exchanges cannot be recorded")
    assert unaccounted(load.answers, ends_of(url)) == []
    assert verified(url).verdict == 0


async def test_calls_are_refused_while_the_database_cannot_be_written_and_answered_soon_after(
    roomy_gateway: GatewayProcess, witness: Witness
) -> None:
    with Load(roomy_gateway, token(roomy_gateway)) as load:
        load.wait_for(lambda so_far: len(so_far.answers) > 20, seconds=20)
        limit_files(roomy_gateway, SMALL_FILE_BYTES)
        load.wait_for(lambda so_far: so_far.kept[-1].problem == "record-unavailable", seconds=20)
        full = time.monotonic()
        load.wait_for(lambda so_far: len(so_far.since(full)) > 50, seconds=20)
        meanwhile, not_ready = load.since(full), readiness(roomy_gateway)
        limit_files(roomy_gateway, resource.RLIM_INFINITY)
        back = time.monotonic()
        load.wait_for(lambda so_far: any(one.status == 200 for one in so_far.since(back)), seconds=RECOVERY_SECONDS)
    roomy_gateway.stop()

    url = roomy_gateway.database_url
    assert {(one.status, one.problem, bool(one.retry_after)) for one in meanwhile} == {
        (503, "record-unavailable", True)
    }
    assert {one.exchange_id for one in meanwhile}.isdisjoint(witness.asked)
    assert not_ready == (503, "exchanges cannot be recorded")
    assert unaccounted(load.answers, ends_of(url)) == []
    assert witness.unannounced == []
    assert verified(url).verdict == 0
