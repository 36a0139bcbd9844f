"""Who wants sealed values opened, and who is the second person?

For auditors, below the record. What is handed out is sealed still: the gateway cannot open it.
"""

from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from catalog.errors import NotThere
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import HEADERS, language_of, redirect, render
from gateway.console.inquiry.words import REVEAL_STATES
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.words import Words
from gateway.errors import StaffForbidden
from gateway.exchangeids import EXCHANGE_ID, new_exchange_id
from gateway.exports.ordering import exchange_ids
from gateway.inquiry import acts, reveals
from gateway.inquiry.incidents import MOST_SHOWN, exchanges_of, list_incidents
from gateway.inquiry.reveals import Reveal, RevealState, RevealStep, step_reveal
from gateway.inquiry.sealed import erased_among, sealed_file
from gateway.inquiry.telling import note_reveal
from security.audit.encode import microseconds, moment_of
from security.staff import Permission

router = APIRouter(prefix="/console/record/reveals", include_in_schema=False)
HERE: Final = "/console/record/reveals"
COLUMNS: Final = (
    Column("asked", Words("Yêu cầu lúc", "Asked")),
    Column("by", Words("Người yêu cầu", "By")),
    Column("reason", Words("Lý do", "Why")),
    Column("exchanges", Words("Số lượt trao đổi", "Exchanges"), numeric=True),
    Column("state", Words("Trạng thái", "State")),
)


@router.get("")
async def show_reveals(request: Request, desk: Signed) -> Response:
    """Show what was asked for, what waits first."""
    _require(desk)
    asked = asked_of(request, sorts=())
    async with desk.reading() as session:
        found = await reveals.list_reveals(await session.connection(), most=asked.limit, offset=asked.offset)
    if asked.format is not Format.PAGE:
        rows = [
            (moment_of(one.asked_us), one.asked_by, one.reason, len(one.exchanges), REVEAL_STATES[one.state].words.vi)
            for one in found
        ]
        return await export("mo-danh-tinh", COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "inquiry/reveals.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(found, asked),
        states=REVEAL_STATES,
        moment_of=moment_of,
    )


@router.get("/new")
async def ask_new(request: Request, desk: Signed) -> Response:
    """Ask which exchanges, and why; `exchange` again and again or an `incident` names them."""
    _require(desk)
    incident = request.query_params.get("incident", "")
    ids = request.query_params.getlist("exchange")
    if incident:
        async with desk.reading() as session:
            ids = await exchanges_of(await session.connection(), incident)
    return await _new_page(request, desk, Form({"exchanges": ["\n".join(ids)], "incident": [incident]}))


@router.post("/new")
async def ask(request: Request, desk: Signed) -> Response:
    """Ask for it; a second person has to agree."""
    _require(desk)
    form = await desk.read_form(request)
    reveal_id, ids, incident = new_exchange_id(), exchange_ids(form.text("exchanges")), form.text("incident")
    if incident and not EXCHANGE_ID.match(incident):  # before it is noted: whatever was typed would stand in the record
        raise NotThere("incident", incident)
    await note_reveal(
        desk.control, desk.member, "reveal-asked", reveal_id, incident=incident, many=len(ids), at=desk.now
    )
    done = await attempted(
        desk.change(
            "ask",
            lambda session: acts.ask_reveal(
                session, reveal_id, ids, reason=form.text("reason"), incident=incident, by=desk.actor
            ),
        )
    )
    if isinstance(done, Refused):
        return await _new_page(request, desk, form, refused=done)
    return redirect(f"{HERE}/{reveal_id}")


@router.get("/{reveal_id}")
async def show_reveal(reveal_id: str, request: Request, desk: Signed) -> Response:
    """Show a request, and what the reader can do with it."""
    _require(desk)
    return await _page(request, desk, reveal_id)


@router.post("/{reveal_id}/agree")
async def agree(reveal_id: str, request: Request, desk: Signed) -> Response:
    """Agree, as the second person."""
    return await _decide(request, desk, reveal_id, RevealStep.AGREE)


@router.post("/{reveal_id}/refuse")
async def refuse(reveal_id: str, request: Request, desk: Signed) -> Response:
    """Refuse, and say why."""
    return await _decide(request, desk, reveal_id, RevealStep.REFUSE)


@router.post("/{reveal_id}/file")
async def take(reveal_id: str, request: Request, desk: Signed) -> Response:
    """Hand the sealed values out, once, to who asked for them."""
    _require(desk)
    await desk.read_form(request)
    desk.require_recent_proof()
    found = await _find(desk, reveal_id)
    await _note(desk, "reveal-taken", found)
    step_reveal(found, RevealStep.TAKE, by=desk.member.code, now_us=microseconds(desk.now))
    # Made before it counts as taken: where a data key cannot be read it can be taken when that is mended.
    async with desk.reading() as session:
        content = await sealed_file(await session.connection(), found, desk.control.pseudonyms.data)
    await desk.change(
        RevealStep.TAKE.value,
        lambda session: acts.decide_reveal(session, reveal_id, RevealStep.TAKE, note="", by=desk.actor),
    )
    headers = {**HEADERS, "content-disposition": f'attachment; filename="niem-phong-{reveal_id}.json"'}
    return Response(msgspec.json.encode(content), media_type="application/json", headers=headers)


async def _decide(request: Request, desk: Desk, reveal_id: str, step: RevealStep) -> Response:
    _require(desk)
    form = await desk.read_form(request)
    desk.require_recent_proof()
    found = await _find(desk, reveal_id)
    await _note(desk, "reveal-agreed" if step is RevealStep.AGREE else "reveal-refused", found)
    done = await attempted(
        desk.change(
            step.value,
            lambda session: acts.decide_reveal(session, reveal_id, step, note=form.text("note"), by=desk.actor),
        )
    )
    if isinstance(done, Refused):
        return await _page(request, desk, reveal_id, form=form, refused=done)
    return redirect(f"{HERE}/{reveal_id}")


async def _note(desk: Desk, what: str, reveal: Reveal) -> None:
    many = len(reveal.exchanges)
    await note_reveal(desk.control, desk.member, what, reveal.id, incident=reveal.incident, many=many, at=desk.now)


async def _find(desk: Desk, reveal_id: str) -> Reveal:
    async with desk.reading() as session:
        found = await reveals.find_reveal(await session.connection(), reveal_id)
    if found is None:
        raise NotThere("reveal", reveal_id)
    return found


async def _page(
    request: Request, desk: Desk, reveal_id: str, *, form: Form | None = None, refused: Refused = NOTHING_REFUSED
) -> Response:
    found = await _find(desk, reveal_id)
    is_asker = found.asked_by == desk.member.code
    until = moment_of(found.decided_us) + reveals.TAKEN_WITHIN
    shown = found.exchanges[:MOST_SHOWN]
    async with desk.reading() as session:
        erased = await erased_among(await session.connection(), shown, desk.control.pseudonyms.data)
    return render(
        request,
        "inquiry/reveal.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        reveal=found,
        state=REVEAL_STATES[found.state],
        asked=moment_of(found.asked_us),
        decided=moment_of(found.decided_us) if found.decided_us else None,
        until=until,
        may_decide=found.state is RevealState.ASKED and not is_asker,
        may_refuse=found.state is RevealState.ASKED,
        may_take=found.state is RevealState.AGREED and is_asker and microseconds(desk.now) <= microseconds(until),
        shown=shown,
        erased=erased,
        form=form or Form({}),
        refused=refused,
    )


async def _new_page(request: Request, desk: Desk, form: Form, *, refused: Refused = NOTHING_REFUSED) -> Response:
    async with desk.reading() as session:
        known = await list_incidents(await session.connection(), state=None, most=MOST_SHOWN)
    return render(
        request,
        "inquiry/new_reveal.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        incident_options=[(one.id, one.title) for one in known],
        most=reveals.MOST_EXCHANGES,
    )


def _require(desk: Desk) -> None:
    if not desk.may(Permission.RECORD_REVEAL):
        raise StaffForbidden
