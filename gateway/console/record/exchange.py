"""How did one exchange go, from its first entry in the record to its last?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.errors import NotThere
from catalog.names import agency_names, system_names
from catalog.purposes import list_purposes
from gateway.archive.searching import database_owners
from gateway.console.desk import Desk, Signed, source_of
from gateway.console.frame import render
from gateway.console.record.pages import HERE, is_auditor
from gateway.console.record.wording import DOORS, KINDS, NOTES, READINGS, reason_words
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exchangeids import EXCHANGE_ID
from gateway.lookups import Body, Sight, body_of, listed, note_reading, sight_of
from security.audit.log import LogBroken
from security.audit.proving import Kept, holds, prove_record
from security.audit.read import StoredRecord, find_exchange
from security.audit.record import Kind
from security.audit.search import find_row
from security.audit.streams import StoreFailed
from security.errors import RecordUnavailable
from security.staff import Permission

router = APIRouter(prefix=HERE, include_in_schema=False)
_MOST_PROVEN = 50
_ENDS = (Kind.OUTCOME, Kind.DENY, Kind.UNKNOWN, Kind.AUTH, Kind.ADMIN, Kind.READ, Kind.HOLD, Kind.ERASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry on the time line. `stored` is the very body, empty where the reader may not have it."""

    kind: Words
    at: datetime
    after_ms: float
    stream: str
    seq: int
    leaf: str
    stored: str
    index: int | None
    """Which leaf of the log it is; None while it is in none."""
    is_proven: bool
    """What is stored leads to a signed checkpoint of the log: worked out for this page."""


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names in the record: how many, and those that stand there."""

    count: int
    names: Sequence[str]


@router.get("/{exchange_id}")
async def show_exchange(exchange_id: str, request: Request, desk: Signed) -> Response:
    """Show an exchange as far as the reader may see it; else it is not there."""
    if not desk.may(Permission.RECORD_READ, desk.member.agency):
        raise StaffForbidden
    if not EXCHANGE_ID.match(exchange_id):
        raise NotThere("exchange", exchange_id)
    await note_reading(
        desk.control.recorder,
        "exchange",
        member=desk.member.code,
        agency=desk.member.agency,
        source=source_of(request),
        at=desk.now,
        about={"exchange": exchange_id},
    )
    records, sight, provider = await seen(desk, exchange_id)
    if sight is Sight.NOTHING or not records:
        raise NotThere("exchange", exchange_id)
    bodies = {record.kind: body_of(record) for record in records}
    begun = bodies.get(Kind.INTENT) or bodies[records[0].kind]
    ended = next((bodies[kind] for kind in _ENDS if kind in bodies), None)
    async with desk.reading() as session:
        proofs = await _proofs(session, records)
        names = await agency_names(session, (begun.who.agency, provider))
        names |= await system_names(session, (begun.who.system,))
        purposes = {one.code: Words(one.title_vi, one.title_en or one.title_vi) for one in await list_purposes(session)}
    return render(
        request,
        "record/exchange.html",
        desk=desk,
        id=exchange_id,
        kind=KINDS[Kind(records[0].kind)],
        is_call=Kind.INTENT in bodies or Kind.DENY in bodies,
        entries=[_entry(record, records[0], sight, proofs.get((record.stream, record.seq))) for record in records],
        begun=begun,
        ended=ended,
        is_whole=sight is Sight.WHOLE,
        may_reveal=desk.may(Permission.RECORD_REVEAL),
        provider=provider,
        people=max(begun.subjects, ended.subjects if ended is not None else 0),
        purpose=purposes.get(begun.why.purpose, Words(begun.why.purpose, begun.why.purpose)),
        names=names,
        doors=DOORS,
        reason_words=reason_words,
        fields=_fields(ended),
        asked=_names(begun),
        notes=_notes(bodies, sight),
    )


async def seen(desk: Desk, exchange_id: str) -> tuple[list[StoredRecord], Sight, str]:
    """Return the records that the desk's member sees, how much of them, and whose data were asked for."""
    try:
        records = await find_exchange(desk.control.calls.database_url, exchange_id)
        records = await desk.control.archive.with_database(exchange_id, records)
    except StoreFailed as error:
        raise RecordUnavailable("the record cannot be read") from error
    async with desk.reading() as session:
        row = await find_row(await session.connection(), exchange_id)
        owners = await database_owners(session)
    provider = row.provider if row is not None else _provider(records, owners)
    sight = sight_of(records, agency=desk.member.agency, is_auditor=is_auditor(desk), provider=provider)
    if sight is Sight.WHOLE and not is_auditor(desk):
        records = [record for record in records if record.agency in ("", desk.member.agency)]
    return records, sight, provider


def _provider(records: Sequence[StoredRecord], owners: Mapping[str, str]) -> str:
    """Return whose data were asked for, of an exchange that is in the archive and in no list any more."""
    return next((owner for one in records if (owner := owners.get(body_of(one).what.database, ""))), "")


async def _proofs(session: AsyncSession, records: Sequence[StoredRecord]) -> dict[tuple[str, int], Kept]:
    connection = await session.connection()
    try:
        found = [await prove_record(connection, one.stream, one.seq) for one in records[:_MOST_PROVEN]]
    except LogBroken:
        return {}  # the page says that nothing is proven; why is for the verifier
    return {(one.stream, one.seq): one for one in found if one is not None}


def _entry(record: StoredRecord, first: StoredRecord, sight: Sight, kept: Kept | None) -> Entry:
    return Entry(
        kind=KINDS[Kind(record.kind)],
        at=datetime.fromtimestamp(record.at_us / 1_000_000, UTC),
        after_ms=(record.at_us - first.at_us) / 1000,
        stream=record.stream,
        seq=record.seq,
        leaf=record.leaf.hex(),
        stored=record.body.decode("utf-8", "replace") if sight is Sight.WHOLE else "",
        index=kept.proof.place.index if kept is not None and kept.proof is not None else None,
        is_proven=kept is not None and holds(kept, record.body),
    )


def _fields(ended: Body | None) -> tuple[Names, Names]:
    if ended is None or ended.outcome is None:
        return Names(0, ()), Names(0, ())
    return Names(*listed(ended.outcome.fields_released)), Names(*listed(ended.outcome.fields_withheld))


def _names(begun: Body) -> Names:
    return Names(*listed(begun.what.fields))


def _notes(bodies: dict[str, Body], sight: Sight) -> list[tuple[Words, Words]]:
    """Return the notes of all entries, each once; what only its own agency may know is left out for others."""
    if sight is not Sight.WHOLE:
        return []
    told: dict[str, str] = {}
    for body in bodies.values():
        told |= {name: str(value) for name, value in body.notes.items()}
    read = READINGS if Kind.READ in bodies else {}
    return [
        (NOTES.get(name, Words(name, name)), read.get(value, Words(value, value)))
        for name, value in sorted(told.items())
    ]
