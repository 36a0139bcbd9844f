"""What happened, until when must it be reported, and whom did it concern?

For auditors, below the record. Everything that is done with an incident is said with a note, and stands in the record.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog.errors import NotThere
from catalog.names import agency_names
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, options_of, redirect, render
from gateway.console.inquiry.words import INCIDENT_STATES, INCIDENT_STEPS
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exchangeids import new_exchange_id
from gateway.exports.ordering import exchange_ids
from gateway.inquiry import acts, incidents
from gateway.inquiry.incidents import IncidentState, IncidentStep, hours_left
from security.audit.encode import microseconds, moment_of
from security.staff import Permission

router = APIRouter(prefix="/console/record/incidents", include_in_schema=False)
HERE: Final = "/console/record/incidents"
COLUMNS: Final = (
    Column("noticed", Words("Phát hiện lúc", "Noticed")),
    Column("title", Words("Sự cố", "Incident")),
    Column("state", Words("Trạng thái", "State")),
    Column("report", Words("Báo cáo trong 72 giờ", "Report within 72 hours")),
)


@router.get("")
async def show_incidents(request: Request, desk: Signed) -> Response:
    """Show what happened, those that wait for a report first."""
    _require(desk)
    asked = asked_of(request, sorts=(), filters=("state",))
    state = asked.filters.get("state", "")
    async with desk.reading() as session:
        found = await incidents.list_incidents(
            await session.connection(),
            state=IncidentState(state) if state in set(IncidentState) else None,
            most=asked.limit,
            offset=asked.offset,
        )
    if asked.format is not Format.PAGE:
        rows = [
            (moment_of(one.noticed_us), one.title, INCIDENT_STATES[one.state].words.vi, moment_of(one.due_us))
            for one in found
        ]
        return await export("su-co", COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "inquiry/incidents.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(found, asked),
        states=INCIDENT_STATES,
        state_options=options_of(((one.value, said.words) for one, said in INCIDENT_STATES.items()), request),
        moment_of=moment_of,
        hours_left=lambda one: hours_left(one, microseconds(desk.now)),
    )


@router.get("/new")
async def ask_new(request: Request, desk: Signed) -> Response:
    """Ask what happened; `exchange` again and again names exchanges."""
    _require(desk)
    ids = request.query_params.getlist("exchange")
    return _new_page(request, desk, Form({"exchanges": ["\n".join(ids)]}))


@router.post("/new")
async def open_new(request: Request, desk: Signed) -> Response:
    """Open an incident."""
    _require(desk)
    form = await desk.read_form(request)
    incident_id = new_exchange_id()
    new = acts.NewIncident(
        title=form.text("title"),
        what=form.text("what"),
        noticed=_moment(form.text("noticed"), desk),
        exchanges=exchange_ids(form.text("exchanges")),
    )
    done = await attempted(
        desk.change("open", lambda session: acts.open_incident(session, incident_id, new, by=desk.actor))
    )
    if isinstance(done, Refused):
        return _new_page(request, desk, form, refused=done)
    return redirect(f"{HERE}/{incident_id}")


@router.get("/{incident_id}")
async def show_incident(incident_id: str, request: Request, desk: Signed) -> Response:
    """Show an incident: its clock, what was done, and whom it concerns."""
    _require(desk)
    return await _page(request, desk, incident_id)


@router.post("/{incident_id}")
async def step(incident_id: str, request: Request, desk: Signed) -> Response:
    """Do something with an incident, or say something."""
    _require(desk)
    form = await desk.read_form(request)
    named = form.text("step")
    chosen = IncidentStep(named) if named in set(IncidentStep) else IncidentStep.NOTE
    ids: Sequence[str] = exchange_ids(form.text("exchanges"))
    done = await attempted(
        desk.change(
            chosen.value,
            lambda session: acts.step(
                session, incident_id, chosen, text=form.text("text"), exchanges=ids, by=desk.actor
            ),
        )
    )
    if isinstance(done, Refused):
        return await _page(request, desk, incident_id, form=form, refused=done)
    return redirect(f"{HERE}/{incident_id}")


async def _page(
    request: Request, desk: Desk, incident_id: str, *, form: Form | None = None, refused: Refused = NOTHING_REFUSED
) -> Response:
    async with desk.reading() as session:
        connection = await session.connection()
        incident = await incidents.find_incident(connection, incident_id)
        if incident is None:
            raise NotThere("incident", incident_id)
        notes = await incidents.notes_of(connection, incident_id)
        ids = await incidents.exchanges_of(connection, incident_id)
        affected = await incidents.affected_by(connection, ids)
        names = await agency_names(session, (one.agency for one in affected))
    can = [one for one in IncidentStep if (incident.state, one) in incidents.INCIDENT_STEPS]
    return render(
        request,
        "inquiry/incident.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        incident=incident,
        state=INCIDENT_STATES[incident.state],
        hours=hours_left(incident, microseconds(desk.now)),
        notes=notes,
        steps=INCIDENT_STEPS,
        step_options=options_of(((one.value, INCIDENT_STEPS[one]) for one in INCIDENT_STEPS if one in can), request),
        ids=ids,
        shown=ids[: incidents.MOST_SHOWN],
        affected=affected,
        names=names,
        moment_of=moment_of,
        form=form or Form({}),
        refused=refused,
    )


def _new_page(request: Request, desk: Desk, form: Form, *, refused: Refused = NOTHING_REFUSED) -> Response:
    now = desk.now.astimezone(desk.control.calls.zone)
    return render(
        request,
        "inquiry/new_incident.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        noticed=form.text("noticed") or now.strftime("%Y-%m-%dT%H:%M"),
        most=incidents.MOST_EXCHANGES,
    )


def _moment(text: str, desk: Desk) -> datetime:
    """Return the moment that was typed, in the province's time; what is none lies in the future and is refused."""
    try:
        moment = datetime.fromisoformat(text)
        zone = desk.control.calls.zone
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)


def _require(desk: Desk) -> None:
    if not desk.may(Permission.INCIDENT_KEEP):
        raise StaffForbidden
