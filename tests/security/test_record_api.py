"""Who may read an exchange's records over HTTP, and is the reading itself recorded?"""

import hashlib
import sqlite3
from pathlib import Path

import httpx2
import pytest
import recorded
from fastapi import FastAPI
from recorded import entry, writing
from starlette.requests import Request

from gateway.api.record import RecordReader, record_router
from gateway.errors import PathUnknown, StaffForbidden
from gateway.exchangeids import new_exchange_id
from security.audit.record import Kind
from security.audit.writer import RecordWriter
from security.errors import RecordUnavailable

AUDITOR = RecordReader("an-ninh", "so-khcn", auditor=True)
OWN = RecordReader("can-bo", "so-noi-vu", auditor=False)
OTHER = RecordReader("can-bo", "so-y-te", auditor=False)
NOBODY = RecordReader("can-bo", "", auditor=False)


async def ask(url: str, writer: RecordWriter, reader: RecordReader, *, exchange_id: str) -> httpx2.Response:
    async def identify(request: Request) -> RecordReader:
        return reader

    app = FastAPI()
    app.include_router(record_router(database_url=url, writer=writer, identify=identify))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as client:
        return await client.get(f"/api/v1/record/exchanges/{exchange_id}")


async def an_exchange(writer: RecordWriter) -> str:
    exchange_id = new_exchange_id()
    await writer.append(entry(Kind.INTENT, exchange_id))
    await writer.append(entry(Kind.OUTCOME, exchange_id))
    return exchange_id


def readings(url: str) -> list[str]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    rows = connection.execute("SELECT body FROM record WHERE kind = 'READ'").fetchall()
    connection.close()
    return [row[0].decode() for row in rows]


@pytest.mark.parametrize("reader", [AUDITOR, OWN])
async def test_the_bodies_are_shown_as_stored(migrated_url: str, tmp_path: Path, reader: RecordReader) -> None:
    async with writing(migrated_url, tmp_path) as writer:
        exchange_id = await an_exchange(writer)

        answer = await ask(migrated_url, writer, reader, exchange_id=exchange_id)

    [intent, outcome] = answer.json()["records"]
    assert (intent["kind"], outcome["kind"]) == ("INTENT", "OUTCOME")
    assert hashlib.sha256(b"\x00" + outcome["body"].encode()).hexdigest() == outcome["leaf"]


async def test_reading_is_recorded(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with writing(migrated_sqlite_url, tmp_path) as writer:
        exchange_id = await an_exchange(writer)

        await ask(migrated_sqlite_url, writer, AUDITOR, exchange_id=exchange_id)

    [reading] = readings(migrated_sqlite_url)
    assert exchange_id in reading
    assert "an-ninh" in reading


async def test_another_agencys_exchange_is_not_found_but_the_attempt_is_recorded(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    async with writing(migrated_sqlite_url, tmp_path) as writer:
        exchange_id = await an_exchange(writer)

        with pytest.raises(PathUnknown):
            await ask(migrated_sqlite_url, writer, OTHER, exchange_id=exchange_id)

    assert len(readings(migrated_sqlite_url)) == 1


async def test_who_belongs_to_no_agency_reads_nothing(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with writing(migrated_sqlite_url, tmp_path) as writer:
        exchange_id = await an_exchange(writer)

        with pytest.raises(StaffForbidden):
            await ask(migrated_sqlite_url, writer, NOBODY, exchange_id=exchange_id)


async def test_what_cannot_be_recorded_is_not_shown(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with writing(migrated_sqlite_url, tmp_path) as writer:
        exchange_id = await an_exchange(writer)
    closed = recorded.writer_of(migrated_sqlite_url, tmp_path)

    with pytest.raises(RecordUnavailable):
        await ask(migrated_sqlite_url, closed, AUDITOR, exchange_id=exchange_id)
