"""Was this client assertion used before?

One row per assertion, in the database that all nodes share: whoever inserts it first has used it. Only a digest is
kept, until the assertion could not be accepted any more.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from security.errors import AssertionReplayed, StoreUnavailable

# Longer than any leeway of a clock: an assertion is forgotten only when its own times refuse it everywhere.
MARGIN = timedelta(minutes=5)

_metadata = sa.MetaData()
_used = sa.Table(
    "assertion_jti",
    _metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("forget_at", sa.BigInteger, nullable=False),
)


class Replays:
    """The used assertions, in the table `assertion_jti` (migration 0003)."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def use(self, client_id: str, jti: str, *, expires_at: datetime) -> None:
        """Use an assertion up. Durable and atomic over all nodes when it returns.

        Raises `AssertionReplayed` when it was used before (RFC 7523, 3 (7)), `StoreUnavailable` when nobody can say.
        """
        digest = _digest(client_id, jti)
        forget_at = int((expires_at + MARGIN).timestamp()) + 1
        try:
            async with self._engine.begin() as connection:
                await connection.execute(sa.insert(_used).values(digest=digest, forget_at=forget_at))
        except IntegrityError as error:
            raise AssertionReplayed from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("used assertions cannot be looked up") from error

    async def was_used(self, client_id: str, jti: str) -> bool:
        """Tell whether an assertion was used and is not forgotten yet; uses nothing up. Raises `StoreUnavailable`."""
        known = sa.select(_used.c.digest).where(_used.c.digest == _digest(client_id, jti))
        try:
            async with self._engine.connect() as connection:
                return await connection.scalar(known) is not None
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("used assertions cannot be looked up") from error

    async def purge(self, now: datetime) -> int:
        """Forget assertions whose time is over; return how many. The worker does this. Raises `StoreUnavailable`."""
        try:
            async with self._engine.begin() as connection:
                gone = await connection.execute(sa.delete(_used).where(_used.c.forget_at < int(now.timestamp())))
                return gone.rowcount
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("used assertions cannot be purged") from error


def _digest(client_id: str, jti: str) -> str:
    return sha256(f"{len(client_id)}:{client_id}:{jti}".encode("utf-8", "surrogatepass")).hexdigest()
