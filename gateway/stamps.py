"""Which checkpoints of the log has a time-stamping authority stamped? (RFC 3161)

Apart from how they are stamped (`gateway/timestamping.py`), which only the worker does: what reads such answers would
weigh on each gateway.
"""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit.encode import moment_of

_MOST_LISTED: Final = 1_000
stamps = sa.Table(
    "log_timestamps",
    sa.MetaData(),
    sa.Column("log", sa.String(10), primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("at_us", sa.BigInteger),
    sa.Column("checkpoint", sa.Text),
    sa.Column("token", sa.LargeBinary),
)


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """A stamped checkpoint: when, by the authority's word, and its whole answer (DER)."""

    log: str
    size: int
    at: datetime
    checkpoint: str
    token: bytes


async def stamps_of(connection: AsyncConnection, log: str) -> list[Stamp]:
    """Return the stamps of a log, the newest first."""
    rows = sa.select(stamps).where(stamps.c.log == log).order_by(stamps.c.size.desc()).limit(_MOST_LISTED)
    return [_stamp(row) for row in (await connection.execute(rows)).mappings()]


async def find_stamp(connection: AsyncConnection, log: str, size: int) -> Stamp | None:
    """Return the stamp of a checkpoint, None where there is none."""
    asked = sa.select(stamps).where(stamps.c.log == log, stamps.c.size == size)
    row = (await connection.execute(asked)).mappings().first()
    return None if row is None else _stamp(row)


def _stamp(row: sa.RowMapping) -> Stamp:
    return Stamp(
        log=row["log"],
        size=row["size"],
        at=moment_of(row["at_us"]),
        checkpoint=row["checkpoint"],
        token=bytes(row["token"]),
    )
