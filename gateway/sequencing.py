"""How does what was recorded come into the log, and the log under a signature, a second or two later?

The worker does it. Of several workers one leads at a time; whoever was held up and replaced can neither append nor
publish. On the embedded database writers wait for each other, so each batch is small and is followed by a pause.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db import Database
from gateway.settings import Settings
from gateway.telemetry import Logger
from gateway.witnesses import Witnesses
from security.audit import log as logs
from security.audit.checkpoints import Anchors, LogKey, SigningRefused, must_follow
from security.audit.following import News, Overtaken, read_on
from security.audit.log import READER, Head, LogBroken, heads_of, lead, log_of, sign_off
from security.audit.merkle import consistency_proof
from security.audit.notes import Checkpoint, with_signatures
from security.audit.proving import with_hashes
from security.audit.restored import undecided_restore

EVERY_SECONDS: Final = 0.5
_MOST_RECORDS: Final = 2000
_TURN_SECONDS: Final = 10.0


def log_origin(settings: Settings) -> str:
    """Return the name under which our logs are known: the platform's address without its scheme."""
    return settings.log_origin or urlsplit(settings.issuer).netloc


@dataclass(slots=True)
class Sequencer:
    """Appends and signs. `origin` is the name under which new logs begin, without their year.

    `trouble` says why nothing may be appended or signed until somebody has looked into it; empty when all is well.
    """

    database: Database
    key: LogKey
    anchors: Anchors
    witnesses: Witnesses
    holder: str
    origin: str
    clock: Callable[[], datetime]
    log: Logger
    trouble: str = ""

    async def run(self) -> int:
        """Bring the log up to what is recorded, and sign it; return how many records were appended.

        Raises SQLAlchemyError and OSError, which pass.
        """
        try:
            appended = await self._bring_up()
        except (LogBroken, SigningRefused) as error:
            if str(error) != self.trouble:
                self.log.error("log.stopped", why=str(error))
            self.trouble = str(error)
            return 0
        self.trouble = ""
        return appended

    async def _bring_up(self) -> int:
        appended, ends = 0, time.monotonic() + _TURN_SECONDS
        await self._check_decided()
        try:
            while time.monotonic() < ends:
                news = await self._news()
                if not news.stretches:
                    break
                began = time.monotonic()
                if not await self._append(news):
                    return appended
                appended += len(news.records)
                if news.is_all:
                    break
                await asyncio.sleep(time.monotonic() - began)
            for head in await self._unsigned():
                await self._sign(head)
        except Overtaken:
            pass
        return appended

    async def _check_decided(self) -> None:
        """Return when no backup was put back about which nobody has decided. Raises SigningRefused."""
        async with self.database.reading() as session:
            restore = await undecided_restore(await session.connection())
        if restore is not None:
            made = datetime.fromtimestamp(restore.made_at_us / 1_000_000, UTC)
            raise SigningRefused(
                f"a backup of {made:%Y-%m-%d %H:%M} UTC was put back: say how to go on, with lienthong log continue "
                "when nothing was signed after it, else with lienthong log resume"
            )

    async def _news(self) -> News:
        async with self.database.reading() as session:
            return await read_on(await session.connection(), READER, most=_MOST_RECORDS)

    async def _append(self, news: News) -> bool:
        now = self.clock()
        async with self.database.transaction() as session:
            connection = await session.connection()
            head = await lead(connection, await log_of(connection, now), holder=self.holder, now=now)
            if head is None:
                return False
            await logs.append(connection, head, news)
        return True

    async def _unsigned(self) -> list[Head]:
        async with self.database.reading() as session:
            heads = await heads_of(await session.connection())
        return [
            head
            for head in heads
            if not head.is_closed and (head.size > head.signed_size or self.witnesses.are_owed(head.checkpoint))
        ]

    async def _sign(self, seen: Head) -> None:
        """Sign a log as it stands, have it witnessed, and only then let anybody see it.

        The lead is taken again: only its holder's fence number is good.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            connection = await session.connection()
            head = await lead(connection, seen.log, holder=self.holder, now=now)
            if head is None:
                return
            before = [self.key.read(one) for one in {head.checkpoint, self.anchors.last(head.log)} if one]
            origin = before[0].origin if before else f"{self.origin}/log/{head.log}"
            checkpoint = Checkpoint(origin, head.size, head.root)
            for one in before:
                must_follow(checkpoint, one, proof=await self._growth(connection, head, since=one.size))
        note = self.key.sign(checkpoint)
        cosigned = await self.witnesses.cosign(note, prove=lambda old: self._prove(head, since=old))
        written = with_signatures(note, cosigned).written()
        async with self.database.transaction() as session:
            key = self.key.public(origin).written()
            await sign_off(await session.connection(), head, written, key=key, at=now)
        self.anchors.keep(head.log, written)

    async def _prove(self, head: Head, *, since: int) -> list[bytes]:
        async with self.database.reading() as session:
            return await self._growth(await session.connection(), head, since=since)

    async def _growth(self, connection: AsyncConnection, head: Head, *, since: int) -> list[bytes]:
        """Return the proof that the first `since` leaves are the beginning of the log; none where none is needed."""
        if not 0 < since < head.size:
            return []
        return await with_hashes(
            connection, head.log, head.size, make=lambda hash_at: consistency_proof(since, head.size, hash_at)
        )
