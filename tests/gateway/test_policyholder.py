"""Is the newest policy held, read once for all who need it, and never exchanged for an older one?"""

import asyncio

import pytest

from gateway.errors import PolicyUnavailable
from gateway.policyholder import PolicyHolder
from gateway.snapshot import Snapshot
from gateway.telemetry import make_logger


class Catalogue:
    """A catalogue at a revision, which may not answer."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.answers = True
        self.reads = 0

    async def read_revision(self) -> int:
        if not self.answers:
            raise PolicyUnavailable
        return self.revision

    async def read_snapshot(self, _: Snapshot | None) -> Snapshot:
        self.reads += 1
        await asyncio.sleep(0)
        if not self.answers:
            raise PolicyUnavailable
        return Snapshot(self.revision, "", {}, {}, {}, frozenset(), {})

    def holder(self) -> PolicyHolder:
        return PolicyHolder(
            read_revision=self.read_revision, read_snapshot=self.read_snapshot, log=make_logger("critical")
        )


def test_nothing_is_decided_before_the_first_policy_was_read() -> None:
    holder = Catalogue(1).holder()

    assert not holder.is_ready
    with pytest.raises(PolicyUnavailable):
        _ = holder.current


async def test_a_policy_that_is_new_enough_is_not_read_again() -> None:
    catalogue = Catalogue(3)
    holder = catalogue.holder()

    assert [(await holder.at_least(wanted)).revision for wanted in (1, 2, 3)] == [3, 3, 3]
    assert catalogue.reads == 1


async def test_a_newer_revision_is_read_once_for_all_who_ask_together() -> None:
    catalogue = Catalogue(1)
    holder = catalogue.holder()
    await holder.refresh()
    catalogue.revision = 2

    found = await asyncio.gather(*(holder.at_least(2) for _ in range(20)))

    assert {snapshot.revision for snapshot in found} == {2}
    assert catalogue.reads == 2


async def test_a_policy_that_cannot_be_renewed_is_not_taken_for_new() -> None:
    catalogue = Catalogue(1)
    holder = catalogue.holder()
    await holder.refresh()
    catalogue.answers = False

    with pytest.raises(PolicyUnavailable):
        await holder.at_least(2)
    assert holder.current.revision == 1


async def test_watching_goes_on_when_the_database_does_not_answer() -> None:
    catalogue = Catalogue(1)
    holder = catalogue.holder()
    await holder.refresh()
    catalogue.answers = False
    async with asyncio.timeout(20):
        watching = asyncio.create_task(holder.watch(0.01))
        await asyncio.sleep(0.05)
        catalogue.answers, catalogue.revision = True, 5
        while holder.current.revision != 5:
            await asyncio.sleep(0.01)
    watching.cancel()

    assert holder.current.revision == 5
