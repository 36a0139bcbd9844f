"""What does the record hold about one exchange, for those who may read it?

The security team reads any exchange, an agency's own people and systems what stands there about their agency. Who
reads is written down before anything is shown (the auditors are audited); when that cannot be written, nothing is.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter, Response
from starlette.requests import Request

from gateway.archive.searching import ArchiveReader
from gateway.errors import PathUnknown, StaffForbidden
from gateway.exchangeids import EXCHANGE_ID, new_exchange_id
from security.audit.read import StoredRecord, find_exchange
from security.audit.record import Decision, Entry, Kind, Recording, Who
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Who asks, as far as it was proven. `auditor`: may read every agency's exchanges."""

    name: str
    agency: str
    auditor: bool


# Proves who asks: raises StaffUnauthorized, TokenInvalid and the like when nobody is proven.
Identify = Callable[[Request], Awaitable[RecordReader]]


class ShownRecord(msgspec.Struct, frozen=True):
    """A record as it is shown: `body` is the stored text, whose SHA-256 after a zero byte is `leaf` (hex)."""

    stream: str
    seq: int
    kind: str
    body: str
    leaf: str


class ShownExchange(msgspec.Struct, frozen=True):
    """All that a reader may see of an exchange, in order of time."""

    exchange: str
    records: Sequence[ShownRecord]


def record_router(
    *, database_url: str, writer: Recording, identify: Identify, archive: ArchiveReader | None = None
) -> APIRouter:
    """Return the router of `/api/v1/record`; include it without a prefix.

    `archive` finds what was removed from the database.
    """
    router = APIRouter(tags=["record"])

    @router.get("/api/v1/record/exchanges/{exchange_id}", summary="The records of one exchange, as stored")
    async def show_exchange(exchange_id: str, request: Request) -> Response:
        reader = await identify(request)
        if not reader.auditor and not reader.agency:
            raise StaffForbidden
        if not EXCHANGE_ID.match(exchange_id):
            raise PathUnknown
        source = request.client.host if request.client else ""
        await writer.append(reading(reader, exchange_id, source=source, at=datetime.now(UTC)))
        try:
            found = await find_exchange(database_url, exchange_id)
            if archive is not None:
                found = await archive.with_database(exchange_id, found)
            records = visible(found, reader)
        except StoreFailed as error:
            raise RecordUnavailable("the record cannot be read") from error
        if not records:
            # The same for "there is none" and "it is another agency's": which one is nobody else's business.
            raise PathUnknown
        shown = ShownExchange(exchange_id, [show(record) for record in records])
        return Response(
            msgspec.json.encode(shown), media_type="application/json", headers={"cache-control": "no-store"}
        )

    return router


def visible(records: Sequence[StoredRecord], reader: RecordReader) -> list[StoredRecord]:
    """Return those of `records` that `reader` may see: all for an auditor, else those about the reader's agency."""
    return [record for record in records if reader.auditor or (reader.agency and record.agency == reader.agency)]


def show(record: StoredRecord) -> ShownRecord:
    """Return a record as it is shown."""
    return ShownRecord(record.stream, record.seq, record.kind, record.body.decode(), record.leaf.hex())


def reading(reader: RecordReader, exchange_id: str, *, source: str, at: datetime) -> Entry:
    """Return the READ record that must be durable before `exchange_id` is shown to `reader`."""
    return Entry(
        Kind.READ,
        new_exchange_id(),
        at,
        who=Who(agency=reader.agency, officer=reader.name, source=source),
        decision=Decision(allowed=True),
        notes={"what": "exchange", "exchange": exchange_id, "auditor": reader.auditor},
    )
