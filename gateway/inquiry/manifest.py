"""What did a search of the record find, so that it can be shown later that it found just that?

The ids are not in it, but their digest, how many there are, between which leaves of the logs they stand, and the
checkpoints of that moment. Signed by the platform like an export (`/.well-known/jwks.json`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.log import heads_of
from security.audit.proving import place_of

FORMAT: Final = "lienthong-result-1"
SIGNATURE_TYPE: Final = "record-result+jwt"
MOST: Final = 100_000
_AT_ONCE: Final = 500
_RECORDS = sa.text(
    "SELECT stream, min(seq), max(seq) FROM record WHERE exchange_id IN :ids GROUP BY stream"
).bindparams(sa.bindparam("ids", expanding=True))


class Range(msgspec.Struct, frozen=True):
    """Between which leaves of a log the records of the exchanges stand, both included."""

    log: str
    first: int
    last: int


class ResultManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found. `digest` is SHA-256 (hex) over the ids, the newest first, each with a line break.

    `is_whole` is false where there was more than is counted; `absent` are months that could not be looked at.
    """

    format: str
    issuer: str
    searched_by: str
    at: datetime
    asked: Mapping[str, str]
    count: int
    is_whole: bool
    digest: str
    leaves: Sequence[Range]
    checkpoints: Sequence[str]
    absent: Sequence[str]


def digest_of_ids(ids: Sequence[str]) -> str:
    """Return the digest by which the ids of a manifest are compared."""
    return hashlib.sha256("".join(f"{one}\n" for one in ids).encode()).hexdigest()


async def leaves_of(connection: AsyncConnection, ids: Sequence[str]) -> list[Range]:
    """Return between which leaves of each log the records of these exchanges stand, as far as they are in one."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])
        for stream, first, last in list(await connection.execute(_RECORDS, {"ids": some})):
            for seq in (first, last):
                place = await place_of(connection, stream, seq)
                if place is not None:
                    low, high = found.get(place.log, (place.index, place.index))
                    found[place.log] = (min(low, place.index), max(high, place.index))
    return [Range(log, first, last) for log, (first, last) in sorted(found.items())]


async def checkpoints_of(connection: AsyncConnection) -> list[str]:
    """Return the last signed checkpoint of each log."""
    return [head.checkpoint for head in await heads_of(connection) if head.checkpoint]
