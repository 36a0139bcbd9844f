"""How do checkpoints of the log get stamped by a time-stamping authority? (RFC 3161)

The worker asks once an hour for the newest checkpoint, where it has grown since. An authority that is away keeps nobody
waiting; what it says is verified before it is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx2
import sqlalchemy as sa
from cryptography import x509
from sqlalchemy.exc import IntegrityError

from gateway.db import Database
from gateway.settings import Settings, SettingsInvalid
from gateway.stamps import Stamp, stamps
from gateway.telemetry import Logger
from security.audit.encode import microseconds
from security.audit.log import heads_of
from security.audit.timestamps import TimestampRefused, make_request, read_roots, verify_stamp

_TIMEOUT_SECONDS: Final = 20.0
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Timestamper:
    """Has checkpoints stamped by the authority at `url`, whose certificates lead to `roots`."""

    database: Database
    url: str
    roots: Sequence[x509.Certificate]
    http: httpx2.AsyncClient
    log: Logger

    async def stamp_newest(self, _: datetime) -> int:
        """Have the newest checkpoint of each log stamped, where it is not; return how many were.

        Raises SQLAlchemyError, OSError: tried again on the next beat.
        """
        async with self.database.reading() as session:
            connection = await session.connection()
            heads = [head for head in await heads_of(connection) if head.checkpoint]
            known = {(log, size) for log, size in await connection.execute(sa.select(stamps.c.log, stamps.c.size))}
        stamped = 0
        for head in heads:
            if (head.log, head.signed_size) in known:
                continue
            try:
                stamp = await self._ask(head.log, head.signed_size, head.checkpoint)
            except (httpx2.HTTPError, TimestampRefused) as error:
                self.log.warning("log.not-stamped", log=head.log, error=f"{type(error).__name__}: {error}"[:200])
                continue
            await self._keep(stamp)
            stamped += 1
        return stamped

    async def _ask(self, log: str, size: int, checkpoint: str) -> Stamp:
        request = make_request(checkpoint)
        answer = await self.http.post(
            self.url,
            content=request.as_bytes(),
            headers={"content-type": "application/timestamp-query"},
            timeout=_TIMEOUT_SECONDS,
        )
        if answer.status_code != httpx2.codes.OK or len(answer.content) > _MOST_BYTES:
            raise TimestampRefused(f"the authority answered {answer.status_code}")
        at = verify_stamp(answer.content, checkpoint, roots=self.roots, request=request)
        return Stamp(log=log, size=size, at=at, checkpoint=checkpoint, token=answer.content)

    async def _keep(self, stamp: Stamp) -> None:
        values = {"at_us": microseconds(stamp.at), "checkpoint": stamp.checkpoint, "token": stamp.token}
        try:
            async with self.database.transaction() as session:
                connection = await session.connection()
                await connection.execute(sa.insert(stamps).values(log=stamp.log, size=stamp.size, **values))
        except IntegrityError:
            return  # another worker was quicker: one stamp is as good as another


def open_timestamper(
    settings: Settings, database: Database, http: httpx2.AsyncClient, log: Logger
) -> Timestamper | None:
    """Return what has checkpoints stamped, None where no authority is set. Raises SettingsInvalid."""
    if not settings.tsa_url:
        return None
    try:
        roots = read_roots(Path(settings.tsa_ca_file))
    except TimestampRefused as error:
        raise SettingsInvalid(f"LIENTHONG_TSA_CA_FILE: {error}") from error
    return Timestamper(database, settings.tsa_url, roots, http, log)
