"""Since when does the record wait for its proofs, and may exchanges still go on without them?

Each node looks for itself, and counts from its own start: a long record that came into a young log, or was left when
everything stopped for the night, keeps nobody from starting. It stops at the limit, and goes on as soon as the log has
caught up; neither needs anybody to do anything.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gateway.db import Database
from gateway.notifications.kinds import Audience, Happening, Kind
from gateway.notifications.outbox import tell
from gateway.telemetry import Logger
from security.audit.encode import moment_of
from security.audit.log import unproven_since
from security.staff import Role

LATE_AFTER: Final = timedelta(seconds=60)
"""How long the record may wait before people are told."""
LOOK_SECONDS: Final = 5.0
_TOLD: Final = (Role.PLATFORM_ADMIN, Role.AUDITOR)


@dataclass(slots=True)
class LogWatch:
    """How long the record has waited, as this node saw it last. `started` is when the node began to look."""

    database: Database
    limit: timedelta
    with_mail: bool
    clock: Callable[[], datetime]
    log: Logger
    started: datetime = field(init=False)
    is_over: bool = field(default=False, init=False)
    _since: datetime | None = field(default=None, init=False)
    _looked_at: datetime = field(init=False)
    _told: Kind | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.started = self._looked_at = self.clock()

    def waited(self) -> timedelta:
        """Return how long the oldest record without a proof has waited while this node ran; zero: there is none."""
        return timedelta() if self._since is None else max(timedelta(), self.clock() - self._since)

    def is_late(self) -> bool:
        """Tell whether people are to know."""
        return self.waited() >= LATE_AFTER

    async def look(self) -> None:
        """See how long the record has waited, and tell people when that has become too long.

        While the database does not say, nothing is taken for proven that was not when it last did.
        """
        try:
            async with self.database.reading() as session:
                oldest = await unproven_since(await session.connection())
        except (SQLAlchemyError, OSError) as error:
            self.log.warning("log.not-seen", error=type(error).__name__)
            self._since = self._since or self._looked_at
        else:
            self._looked_at = self.clock()
            self._since = None if oldest is None else max(moment_of(oldest), self.started)
        self.is_over = self.waited() >= self.limit
        await self._tell()

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell(self) -> None:
        stands = Kind.LOG_STOPPED if self.is_over else Kind.LOG_BEHIND if self.is_late() else None
        if stands is self._told:
            return
        if stands is None:
            self.log.info("log.caught-up")
        else:
            self.log.error(stands.value, waited_seconds=round(self.waited().total_seconds()))
        now = self.clock()
        try:
            if stands is not None:
                async with self.database.transaction() as session:
                    await tell(session, [_happening(stands, self.limit, now=now)], with_mail=self.with_mail, now=now)
        except IntegrityError:
            pass  # another node told it first
        except (SQLAlchemyError, OSError) as error:
            self.log.warning("log.not-told", error=type(error).__name__)
            return
        self._told = stands


def _happening(kind: Kind, limit: timedelta, *, now: datetime) -> Happening:
    """Return what is told, by all nodes together at most once an hour."""
    return Happening(
        key=f"{kind.value}/{now:%Y%m%d%H}",
        kind=kind,
        at=now,
        audience=tuple(Audience(role) for role in _TOLD),
        address="/console/platform",
        facts={"minutes": str(max(1, round(limit.total_seconds() / 60)))},
    )
