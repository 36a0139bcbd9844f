"""What happens when the database commits and its reply never arrives?"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import recorded
from recorded import entry, new_id, writing

from security.audit.read import find_exchange
from security.audit.record import Kind
from security.audit.verify import Verdict, verify_database
from security.errors import RecordUnavailable


class ReplyLosingProxy:
    """Passes TCP on to PostgreSQL; while `losing`, swallows the next reply and cuts the line."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = host, port
        self.losing = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._upstream)
        asks = asyncio.create_task(self._pass_on(reader, to_server, may_lose=False))
        await self._pass_on(from_server, writer, may_lose=True)
        asks.cancel()
        to_server.close()
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_lose: bool) -> None:
        while data := await reader.read(65536):
            if may_lose and self.losing:
                self.losing = False
                return
            writer.write(data)


@asynccontextmanager
async def losing_replies(url: str) -> AsyncIterator[tuple[str, ReplyLosingProxy]]:
    parts = urlsplit(url)
    proxy = ReplyLosingProxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    try:
        yield urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}")), proxy
    finally:
        server.close()


async def test_an_intent_whose_commit_was_not_confirmed_ends_as_unknown(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    exchange_id = new_id()
    async with losing_replies(migrated_postgresql_url) as (url, proxy), writing(url, tmp_path) as writer:
        await writer.append(entry(Kind.DENY, new_id()))  # the statement is prepared now
        proxy.losing = True

        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.INTENT, exchange_id))
        await recorded.until(writer.ready)

    kinds = [record.kind for record in await find_exchange(migrated_postgresql_url, exchange_id)]
    assert kinds == ["INTENT", "UNKNOWN"]


async def test_the_new_stream_says_that_the_unconfirmed_records_are_durable(
    migrated_postgresql_url: str, tmp_path: Path
) -> None:
    exchange_id = new_id()
    async with losing_replies(migrated_postgresql_url) as (url, proxy), writing(url, tmp_path) as writer:
        await writer.append(entry(Kind.INTENT, exchange_id))
        proxy.losing = True
        with pytest.raises(RecordUnavailable):
            await writer.append(entry(Kind.OUTCOME, exchange_id))
        await recorded.until(writer.ready)

    found = [record.kind for record in await find_exchange(migrated_postgresql_url, exchange_id)]
    report = await asyncio.to_thread(verify_database, migrated_postgresql_url)
    assert found == ["INTENT", "OUTCOME"]
    assert await unconfirmed(migrated_postgresql_url) == (4, 4, True)
    assert (report.verdict, report.finding) == (Verdict.OK, None)


async def unconfirmed(url: str) -> tuple[int, int, bool]:
    connection = await asyncpg.connect(url)
    body = await connection.fetchval("SELECT body FROM record WHERE kind = 'OPEN' ORDER BY stream DESC LIMIT 1")
    await connection.close()
    notes = json.loads(body)["notes"]
    return notes["unconfirmed_from"], notes["unconfirmed_to"], notes["unconfirmed_durable"]
