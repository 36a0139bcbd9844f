"""Of whom is each look to be explained, and which officer is who?

A number that is typed here becomes the marks of the months to come and is kept nowhere: neither page nor database can
say afterwards whose entry it is, but for the words that were written beside it.
"""

from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.console.alerts.pages import desk_may_read
from gateway.console.alerts.words import LISTED
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import options_of, redirect, render
from gateway.errors import StaffForbidden
from gateway.misuse.triage import list_person, marks_to_come, new_person_id, unlist_person
from security.audit.encode import moment_of
from security.misuse.keeping import ListedAs, list_people
from security.staff import Permission

router = APIRouter(prefix="/console/alerts/people", include_in_schema=False)
HERE: Final = "/console/alerts/people"


@router.get("")
async def show_people(request: Request, desk: Signed) -> Response:
    """Show who is on the list, without any number."""
    return await _page(request, desk)


@router.post("")
async def add(request: Request, desk: Signed) -> Response:
    """Put somebody on the list."""
    _require(desk)
    form = await desk.read_form(request)
    kind = ListedAs(form.text("kind")) if form.text("kind") in set(ListedAs) else ListedAs.FLAGGED
    done = await attempted(_add(desk, kind, form))
    if isinstance(done, Refused):
        return await _page(request, desk, form=form, refused=done)
    return redirect(HERE)


@router.post("/{person_id}/remove")
async def remove(person_id: str, request: Request, desk: Signed) -> Response:
    """Take somebody off the list."""
    _require(desk)
    await desk.read_form(request)
    await desk.change("unlist", lambda session: unlist_person(session, person_id))
    return redirect(HERE)


async def _add(desk: Desk, kind: ListedAs, form: Form) -> None:
    marks = marks_to_come(desk.control.pseudonyms, form.text("number").strip(), now=desk.now)
    person_id = new_person_id()
    who = (form.text("agency").strip(), form.text("officer").strip()) if kind is ListedAs.OFFICER else ("", "")
    await desk.change(
        "list",
        lambda session: list_person(
            session, person_id, kind, marks=marks, who=who, reason=form.text("reason"), by=desk.actor
        ),
    )


async def _page(
    request: Request, desk: Desk, *, form: Form | None = None, refused: Refused = NOTHING_REFUSED
) -> Response:
    desk_may_read(desk)
    async with desk.reading() as session:
        found = await list_people(await session.connection())
    return render(
        request,
        "alerts/people.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        people=found,
        kinds=LISTED,
        kinds_options=options_of(((kind.value, words) for kind, words in LISTED.items()), request),
        moment_of=moment_of,
        may_change=desk.may(Permission.ALERT_TRIAGE),
        form=form or Form({}),
        refused=refused,
    )


def _require(desk: Desk) -> None:
    if not desk.may(Permission.ALERT_TRIAGE):
        raise StaffForbidden
