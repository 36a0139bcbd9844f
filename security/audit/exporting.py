"""Which records belong to these exchanges, where does each stand in the log, and what proves it?

Made for many records at once: what `security.audit.proving` answers for one. A record's proof leads to the checkpoint
that was signed when the export was begun, so that one checkpoint proves them all, however long the export takes.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.log import Head, heads_of
from security.audit.merkle import HashAt, inclusion_proof
from security.audit.proving import with_hashes

NOWHERE = -1
"""The index of a record that is in no log yet."""

# A run is found as the last one of the stream that does not begin behind the record: along its index, on both engines.
_RECORDS = sa.text("""
SELECT r.stream, r.seq, r.at_us, r.kind, r.exchange_id, r.agency, r.system, r.body, r.leaf,
       g.log, g.first_index + r.seq - g.first_seq AS place
FROM record r LEFT JOIN log_runs g ON g.stream = r.stream AND r.seq < g.first_seq + g.length AND g.first_seq =
     (SELECT max(n.first_seq) FROM log_runs n WHERE n.stream = r.stream AND n.first_seq <= r.seq)
WHERE r.exchange_id IN :ids""").bindparams(sa.bindparam("ids", expanding=True))


class Extract(msgspec.Struct, frozen=True, gc=False):
    """One record as stored, and which leaf of which log it is; `NOWHERE` and an empty name while it is in none."""

    log: str
    index: int
    stream: str
    seq: int
    at_us: int
    kind: str
    exchange_id: str
    agency: str
    system: str
    leaf: bytes
    body: bytes


async def signed_heads(connection: AsyncConnection) -> dict[str, Head]:
    """Return the heads of those logs of which something was signed, by their names."""
    return {head.log: head for head in await heads_of(connection) if head.signed_size}


async def extract(
    connection: AsyncConnection, exchange_ids: Sequence[str], *, agency: str, heads: Mapping[str, Head]
) -> list[Extract]:
    """Return the records of these exchanges, with their places as far as `heads` were signed.

    An `agency` gets those exchanges in which its own systems or people stand, and of them what is its own or nobody's;
    an empty one gets all.
    """
    if not exchange_ids:
        return []
    rows = (await connection.execute(_RECORDS, {"ids": list(exchange_ids)})).all()
    own = {row.exchange_id for row in rows if row.agency == agency}
    seen = [row for row in rows if not agency or (row.exchange_id in own and row.agency in ("", agency))]
    return [_extract(row, heads) for row in seen]


async def prove_all(connection: AsyncConnection, head: Head, indexes: Sequence[int]) -> list[list[bytes]]:
    """Return the inclusion proof of each leaf in the tree that `head` signed. Raises LogBroken: a tile is missing."""

    def make(hash_at: HashAt) -> list[list[bytes]]:
        known = cache(hash_at)
        return [inclusion_proof(index, head.signed_size, known) for index in indexes]

    return await with_hashes(connection, head.log, head.signed_size, make=make)


def _extract(row: sa.Row[tuple[object, ...]], heads: Mapping[str, Head]) -> Extract:
    head = heads.get(row.log) if row.log is not None else None
    log, index = (row.log, row.place) if head is not None and row.place < head.signed_size else ("", NOWHERE)
    told = (row.stream, row.seq, row.at_us, row.kind, row.exchange_id, row.agency, row.system)
    return Extract(log, index, *told, bytes(row.leaf), bytes(row.body))
