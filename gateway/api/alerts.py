"""Over which addresses are alerts of misuse read and judged?"""

from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Request, Response

from catalog.errors import ContentInvalid, Fault, NotThere
from gateway.api.control import Staff, Visit, control_of, document, read_document
from gateway.api.documents import TriageDocument, takes
from gateway.lookups import note_reading
from gateway.misuse.triage import triage
from security.misuse.alerts import Alert, AlertState, AlertStep, Wanted, find_alert, list_alerts
from security.misuse.findings import Rule
from security.staff import Permission

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
_MOST = 200
Choice = TypeVar("Choice", bound=StrEnum)


@router.get("", summary="Alerts of misuse, the unexplained first")
async def show_alerts(request: Request, visit: Staff) -> Response:
    """Return at most 200 alerts: open ones first, of these those that no case file explains.

    `state`, `rule`, `agency` and `system` choose, `offset` goes on.
    """
    visit.require(Permission.ALERT_READ)
    told = request.query_params
    wanted = Wanted(
        state=_one_of(AlertState, "state", told.get("state", "")),
        rule=_one_of(Rule, "rule", told.get("rule", "")),
        agency=told.get("agency", ""),
        system=told.get("system", ""),
    )
    offset = told.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise ContentInvalid([Fault("offset", "phải là số không âm", "must be a number, 0 or more")])
    await _note(request, visit, "alerts")
    async with visit.reading() as session:
        found = await list_alerts(await session.connection(), wanted, most=_MOST, offset=int(offset))
    return document(found)


@router.get("/{alert_id}", summary="One alert")
async def show_alert(alert_id: str, request: Request, visit: Staff) -> Response:
    """Return an alert with the last of its exchanges."""
    visit.require(Permission.ALERT_READ)
    # Found first: what somebody typed in place of an id does not belong into the record.
    found = await _find(visit, alert_id)
    await _note(request, visit, "alert", found.id)
    return document(found)


@router.post("/{alert_id}/triage", summary="Say what an alert was", openapi_extra=takes(TriageDocument))
async def say(alert_id: str, request: Request, visit: Staff) -> Response:
    """Say what an alert was, and why; it is on record."""
    visit.require(Permission.ALERT_TRIAGE)
    said = await read_document(request, TriageDocument)
    step = _one_of(AlertStep, "step", said.step)
    if step is None:
        raise ContentInvalid([Fault("step", "chưa chọn kết luận", "choose what it was")])
    change = await visit.change(
        step.value, lambda session: triage(session, alert_id, step, note=said.note, by=visit.actor)
    )
    return document(change)


def _one_of(kind: type[Choice], name: str, text: str) -> Choice | None:
    """Return which one is named, None where none is. Raises ContentInvalid."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        known = ", ".join(one.value for one in kind)
        raise ContentInvalid([Fault(name, f"phải là một trong: {known}", f"must be one of: {known}")]) from error


async def _find(visit: Visit, alert_id: str) -> Alert:
    async with visit.reading() as session:
        found = await find_alert(await session.connection(), alert_id)
    if found is None:
        raise NotThere("alert", alert_id)
    return found


async def _note(request: Request, visit: Visit, what: str, alert_id: str = "") -> None:
    await note_reading(
        control_of(request).recorder,
        what,
        member=visit.member.code,
        agency=visit.member.agency,
        source=request.client.host if request.client else "",
        at=visit.actor.at,
        about={"alert": alert_id},
    )
