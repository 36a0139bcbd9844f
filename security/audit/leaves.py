"""Which records are the leaves of a log from this index on?

For readers that go on in the order of the log, where `security.audit.following` goes on in each stream's. Only leaves
that were signed are handed out: their places never change.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.log import Head, LogBroken, heads_of, runs

_BODIES = sa.text(
    "SELECT seq, kind, leaf, body FROM record WHERE stream = :stream AND seq >= :first AND seq <= :last ORDER BY seq"
)


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """One leaf: which of its log, and the record that it is."""

    index: int
    kind: str
    leaf: bytes
    body: bytes


async def signed_logs(connection: AsyncConnection) -> list[Head]:
    """Return the logs of which something was signed, the oldest first."""
    return [head for head in await heads_of(connection) if head.signed_size]


async def read_leaves(connection: AsyncConnection, head: Head, *, first: int, most: int) -> Sequence[Leaf]:
    """Return at most `most` signed leaves from `first` on, without a gap.

    Raises LogBroken where a record is missing that the log says is there.
    """
    end = min(first + most, head.signed_size)
    found = await connection.execute(
        sa.select(runs)
        .where(runs.c.log == head.log, runs.c.first_index < end, runs.c.first_index + runs.c.length > first)
        .order_by(runs.c.first_index)
    )
    leaves: list[Leaf] = []
    for run in found.all():
        shift = run.first_index - run.first_seq
        begin, last = max(first, run.first_index) - shift, min(end, run.first_index + run.length) - 1 - shift
        rows = await connection.execute(_BODIES, {"stream": run.stream, "first": begin, "last": last})
        leaves += [Leaf(seq + shift, kind, bytes(leaf), bytes(body)) for seq, kind, leaf, body in rows]
    if [leaf.index for leaf in leaves] != list(range(first, max(first, end))):
        raise LogBroken(f"log {head.log}: records from leaf {first} on are missing")
    return leaves
