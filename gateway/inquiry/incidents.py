"""Which incidents are there, how far is each, and until when must it be reported?

A breach of personal data is reported to the authority (A05) within 72 hours of noticing it (Nghị định 13/2023/NĐ-CP,
art. 23; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, art. 23). Notes are only ever added.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from catalog.errors import StateForbids
from security.audit.index import exchanges as listed
from security.audit.marks import marks

REPORT_WITHIN: Final = timedelta(hours=72)
MOST_EXCHANGES: Final = 10_000
MOST_SHOWN: Final = 200
_AT_ONCE: Final = 500


class IncidentState(StrEnum):
    """How far an incident is."""

    OPEN = "open"
    CONTAINED = "contained"
    REPORTED = "reported"
    CLOSED = "closed"


class IncidentStep(StrEnum):
    """What can be done with an incident. `NOTE` says something and changes nothing."""

    CONTAIN = "contain"
    REPORT = "report"
    CLOSE = "close"
    REOPEN = "reopen"
    NOTE = "note"


_O, _C, _R, _X = IncidentState.OPEN, IncidentState.CONTAINED, IncidentState.REPORTED, IncidentState.CLOSED
INCIDENT_STEPS: Final[Mapping[tuple[IncidentState, IncidentStep], IncidentState]] = MappingProxyType(
    {
        (_O, IncidentStep.CONTAIN): _C,
        (_O, IncidentStep.REPORT): _R,
        (_C, IncidentStep.REPORT): _R,
        (_R, IncidentStep.CLOSE): _X,
        (_C, IncidentStep.CLOSE): _X,
        (_X, IncidentStep.REOPEN): _O,
        **{(state, IncidentStep.NOTE): state for state in IncidentState},
    }
)


def step_incident(state: IncidentState, step: IncidentStep) -> IncidentState:
    """Return the state after `step`. Raises StateForbids where there is none."""
    after = INCIDENT_STEPS.get((state, step))
    if after is None:
        raise StateForbids("incident", state, step)
    return after


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. Moments are microseconds since 1970, 0: not yet."""

    id: str
    title: str
    what: str
    noticed_us: int
    opened_us: int
    opened_by: str
    state: IncidentState
    reported_us: int
    closed_us: int

    @property
    def due_us(self) -> int:
        """Until when it must be reported."""
        return self.noticed_us + REPORT_WITHIN // timedelta(microseconds=1)

    @property
    def waits_for_report(self) -> bool:
        """Whether the clock runs: nobody has reported it, nor closed it as nothing to report."""
        return not self.reported_us and self.state is not IncidentState.CLOSED


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has done or says, in the order of `number`."""

    number: int
    at_us: int
    by: str
    step: IncidentStep
    text: str


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """How many different people the exchanges of one agency and database concern, as far as the record names them."""

    agency: str
    database: str
    exchanges: int
    people: int


_metadata = sa.MetaData()
incidents = sa.Table(
    "incidents",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("title", "what")),
    *(sa.Column(name, sa.BigInteger) for name in ("noticed_us", "opened_us")),
    *(sa.Column(name, sa.Text) for name in ("opened_by", "state")),
    *(sa.Column(name, sa.BigInteger) for name in ("reported_us", "closed_us")),
)
notes = sa.Table(
    "incident_notes",
    _metadata,
    sa.Column("incident", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_us", sa.BigInteger),
    *(sa.Column(name, sa.Text) for name in ("by", "step", "text")),
)
attached = sa.Table(
    "incident_exchanges",
    _metadata,
    sa.Column("incident", sa.String(36), primary_key=True),
    sa.Column("exchange_id", sa.String(36), primary_key=True),
)


async def keep_incident(connection: AsyncConnection, incident: Incident) -> None:
    """Keep a new incident, or what became of one."""
    values = msgspec.structs.asdict(incident) | {"state": incident.state.value}
    known = await connection.execute(sa.update(incidents).where(incidents.c.id == incident.id).values(**values))
    if not known.rowcount:
        await connection.execute(sa.insert(incidents).values(**values))


async def find_incident(connection: AsyncConnection, incident_id: str) -> Incident | None:
    """Return an incident, None where there is none."""
    row = (await connection.execute(sa.select(incidents).where(incidents.c.id == incident_id))).mappings().first()
    return None if row is None else _incident(row)


async def list_incidents(
    connection: AsyncConnection, *, state: IncidentState | None, most: int, offset: int = 0
) -> list[Incident]:
    """Return incidents: those that wait for a report first, then the newest."""
    chosen = sa.select(incidents)
    if state is not None:
        chosen = chosen.where(incidents.c.state == state.value)
    waits = sa.and_(incidents.c.reported_us == 0, incidents.c.state != IncidentState.CLOSED.value)
    ordered = chosen.order_by(waits.desc(), incidents.c.noticed_us.desc(), incidents.c.id)
    return [_incident(row) for row in (await connection.execute(ordered.limit(most).offset(offset))).mappings()]


async def add_note(
    connection: AsyncConnection, incident_id: str, *, at_us: int, by: str, step: IncidentStep, text: str
) -> None:
    """Say something of an incident, after what was said before."""
    last = await connection.scalar(sa.select(sa.func.max(notes.c.number)).where(notes.c.incident == incident_id))
    said = {"at_us": at_us, "by": by, "step": step.value, "text": text}
    await connection.execute(sa.insert(notes).values(incident=incident_id, number=(last or 0) + 1, **said))


async def notes_of(connection: AsyncConnection, incident_id: str) -> list[Note]:
    """Return what was said of an incident, in order."""
    c = notes.c
    rows = sa.select(c.number, c.at_us, c.by, c.step, c.text).where(c.incident == incident_id).order_by(c.number)
    found = (await connection.execute(rows)).mappings()
    return [msgspec.convert({str(name): value for name, value in row.items()}, Note) for row in found]


async def attach(connection: AsyncConnection, incident_id: str, ids: Sequence[str]) -> int:
    """Attach exchanges that are not attached yet; return how many that were."""
    known = set(await exchanges_of(connection, incident_id))
    new = [one for one in dict.fromkeys(ids) if one not in known]
    if new:
        await connection.execute(sa.insert(attached), [{"incident": incident_id, "exchange_id": one} for one in new])
    return len(new)


async def exchanges_of(connection: AsyncConnection, incident_id: str) -> list[str]:
    """Return the exchanges of an incident, the oldest first."""
    rows = sa.select(attached.c.exchange_id).where(attached.c.incident == incident_id)
    return list((await connection.scalars(rows.order_by(attached.c.exchange_id))).all())


async def affected_by(connection: AsyncConnection, ids: Sequence[str]) -> list[Affected]:
    """Return whom these exchanges concern, by the agency that asked and the database."""
    calls: dict[str, tuple[str, str]] = {}
    people: dict[tuple[str, str], set[str]] = {}
    count: dict[tuple[str, str], int] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])
        c = listed.c
        for exchange_id, agency, database in await connection.execute(
            sa.select(c.exchange_id, c.agency, c.database).where(c.exchange_id.in_(some))
        ):
            calls[exchange_id] = (agency, database)
            count[agency, database] = count.get((agency, database), 0) + 1
        for mark, exchange_id in await connection.execute(
            sa.select(marks.c.mark, marks.c.exchange_id).where(marks.c.exchange_id.in_(some))
        ):
            people.setdefault(calls.get(exchange_id, ("", "")), set()).add(mark)
    return [
        Affected(agency=agency, database=database, exchanges=number, people=len(people.get((agency, database), ())))
        for (agency, database), number in sorted(count.items())
    ]


async def due_incidents(connection: AsyncConnection, *, before_us: int) -> list[Incident]:
    """Return the incidents that nobody has reported and that were noticed before."""
    c = incidents.c
    waits = (c.reported_us == 0, c.state != IncidentState.CLOSED.value, c.noticed_us < before_us)
    rows = sa.select(incidents).where(*waits).order_by(c.noticed_us).limit(MOST_SHOWN)
    return [_incident(row) for row in (await connection.execute(rows)).mappings()]


def hours_left(incident: Incident, now_us: int) -> int:
    """Return how many whole hours are left for the report, less than 0 when it is late."""
    return (incident.due_us - now_us) // 3_600_000_000


def _incident(row: sa.RowMapping) -> Incident:
    return msgspec.convert({str(name): value for name, value in row.items()}, Incident)
