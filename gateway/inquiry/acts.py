"""What is done with an incident or a request to open sealed values, so that it is recorded before it is done?

Each is a change like those of the catalogue: it goes through `make_change`, and stands in the record as ADMIN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, digest_of, refuse_faults
from catalog.errors import Fault, NotThere
from gateway.exchangeids import EXCHANGE_ID
from gateway.inquiry import incidents, reveals
from gateway.inquiry.incidents import Incident, IncidentState, IncidentStep, step_incident
from gateway.inquiry.reveals import Reveal, RevealState, RevealStep, step_reveal
from security.audit.encode import microseconds

MOST_CHARS: Final = 4000
_AHEAD: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is said of an incident when it is opened."""

    title: str
    what: str
    noticed: datetime
    exchanges: Sequence[str] = ()


async def open_incident(session: AsyncSession, incident_id: str, new: NewIncident, *, by: Actor) -> Change:
    """Open an incident. Raises ContentInvalid."""
    refuse_faults(
        _text_fault("title", new.title, most=300),
        _text_fault("what", new.what),
        None
        if new.noticed.tzinfo is not None and new.noticed <= by.at + _AHEAD
        else Fault("noticed", "thời điểm phát hiện không thể ở tương lai", "it cannot be noticed in the future"),
        _ids_fault(new.exchanges),
    )
    incident = Incident(
        id=incident_id,
        title=new.title.strip(),
        what=new.what.strip(),
        noticed_us=microseconds(new.noticed),
        opened_us=microseconds(by.at),
        opened_by=by.code,
        state=IncidentState.OPEN,
        reported_us=0,
        closed_us=0,
    )
    connection = await session.connection()
    await incidents.keep_incident(connection, incident)
    await incidents.attach(connection, incident_id, new.exchanges)
    return Change("incident", incident_id, after=_digest(incident), state=incident.state.value)


async def step(
    session: AsyncSession, incident_id: str, step: IncidentStep, *, text: str, exchanges: Sequence[str], by: Actor
) -> Change:
    """Do something with an incident, or say something, and attach exchanges. Raises NotThere, StateForbids,
    ContentInvalid.
    """
    connection = await session.connection()
    before = await _incident(session, incident_id)
    refuse_faults(_text_fault("text", text), _ids_fault(exchanges))
    state, now_us = step_incident(before.state, step), microseconds(by.at)
    after = msgspec.structs.replace(
        before,
        state=state,
        reported_us=now_us if step is IncidentStep.REPORT else before.reported_us,
        closed_us=now_us if step is IncidentStep.CLOSE else 0 if step is IncidentStep.REOPEN else before.closed_us,
    )
    attached = await incidents.exchanges_of(connection, incident_id)
    refuse_faults(_ids_fault([*attached, *exchanges]))
    await incidents.keep_incident(connection, after)
    await incidents.attach(connection, incident_id, exchanges)
    await incidents.add_note(connection, incident_id, at_us=now_us, by=by.code, step=step, text=text.strip())
    return Change("incident", incident_id, before=_digest(before), after=_digest(after), state=state.value)


async def ask_reveal(
    session: AsyncSession, reveal_id: str, ids: Sequence[str], *, reason: str, incident: str, by: Actor
) -> Change:
    """Ask to have what is sealed in some exchanges opened. Raises ContentInvalid, NotThere for an incident."""
    if incident:
        await _incident(session, incident)
    many = len(ids) <= reveals.MOST_EXCHANGES
    refuse_faults(
        _text_fault("reason", reason),
        None if ids else Fault("exchanges", "nêu ít nhất một mã tra cứu", "name an exchange at least"),
        None if many else Fault("exchanges", f"tối đa {reveals.MOST_EXCHANGES}", f"{reveals.MOST_EXCHANGES} at most"),
        _ids_fault(ids),
    )
    asked = Reveal(
        id=reveal_id,
        asked_us=microseconds(by.at),
        asked_by=by.code,
        reason=reason.strip(),
        incident=incident,
        exchanges=tuple(dict.fromkeys(ids)),
        state=RevealState.ASKED,
        decided_us=0,
        decided_by="",
        note="",
    )
    await reveals.keep_reveal(await session.connection(), asked)
    return Change("reveal", reveal_id, after=_digest(asked), state=asked.state.value, asked_by=by.code)


async def decide_reveal(session: AsyncSession, reveal_id: str, step: RevealStep, *, note: str, by: Actor) -> Change:
    """Agree, refuse, or take. Raises NotThere, FourEyes, StateForbids, and ContentInvalid for a refusal without why."""
    connection = await session.connection()
    before = await reveals.find_reveal(connection, reveal_id)
    if before is None:
        raise NotThere("reveal", reveal_id)
    now_us = microseconds(by.at)
    state = step_reveal(before, step, by=by.code, now_us=now_us)
    after = msgspec.structs.replace(before, state=state)
    if step is not RevealStep.TAKE:
        refuse_faults(_text_fault("note", note) if step is RevealStep.REFUSE else None)
        after = msgspec.structs.replace(after, decided_us=now_us, decided_by=by.code, note=note.strip()[:MOST_CHARS])
    await reveals.keep_reveal(connection, after)
    return Change(
        "reveal",
        reveal_id,
        before=_digest(before),
        after=_digest(after),
        state=state.value,
        asked_by=before.asked_by,
        approved_by=after.decided_by if after.state is not RevealState.REFUSED else "",
    )


async def _incident(session: AsyncSession, incident_id: str) -> Incident:
    found = await incidents.find_incident(await session.connection(), incident_id)
    if found is None:
        raise NotThere("incident", incident_id)
    return found


def _text_fault(where: str, text: str, *, most: int = MOST_CHARS) -> Fault | None:
    if text.strip() and len(text) <= most:
        return None
    return Fault(where, f"phải có nội dung, tối đa {most} ký tự", f"must say something, in at most {most} characters")


def _ids_fault(ids: Sequence[str]) -> Fault | None:
    if len(ids) > incidents.MOST_EXCHANGES:
        most = incidents.MOST_EXCHANGES
        return Fault("exchanges", f"tối đa {most} mã tra cứu", f"{most} correlation ids at most")
    if all(EXCHANGE_ID.match(one) for one in ids):
        return None
    return Fault("exchanges", "có mã không phải mã tra cứu", "one of these is no correlation id")


def _digest(content: Incident | Reveal) -> str:
    return digest_of(msgspec.to_builtins(content))
