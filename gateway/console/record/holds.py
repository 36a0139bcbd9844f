"""Over which pages is the record held, and a hold lifted?"""

from fastapi import APIRouter, Request, Response

from catalog import directory
from catalog.errors import NotThere
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.listing import Cell, Column, Format, asked_of, cut, export
from gateway.console.words import Status, Tone, Words
from gateway.retention import holds
from gateway.retention.holds import Hold, HoldDescription
from security.audit.retention import FLOOR_MONTHS
from security.staff import Permission

router = APIRouter(prefix="/console/holds", include_in_schema=False)
HERE = "/console/holds"
_COLUMNS = (
    Column("code", Words("Mã", "Code")),
    Column("months", Words("Các tháng", "Months")),
    Column("reason", Words("Lý do", "Reason")),
    Column("about", Words("Vì dữ liệu của", "For the sake of")),
    Column("set", Words("Người đặt, lúc", "Set by, at")),
    Column("state", Words("Trạng thái", "State")),
)
STATES = {
    "standing": Status(Words("Đang giữ", "Standing"), Tone.WAITING),
    "lifted": Status(Words("Đã gỡ", "Lifted"), Tone.QUIET),
}


@router.get("")
async def list_holds(request: Request, desk: Signed) -> Response:
    """Show the holds, or give them as a file."""
    desk.require(Permission.RECORD_HOLD)
    asked = asked_of(request, sorts=(), filters=["state"])
    async with desk.reading() as session:
        found = await holds.list_holds(await session.connection())
    wanted = asked.filters.get("state", "")
    if wanted in STATES:
        found = [one for one in found if _state(one) == wanted]

    if asked.format is not Format.PAGE:
        rows = [_cells(one) for one in found]
        return await export("lenh-giu", _COLUMNS, rows, form=asked.format, language=language_of(request))
    settings = desk.control.settings
    return render(
        request,
        "holds/list.html",
        desk=desk,
        asked=asked,
        columns=_COLUMNS,
        part=cut(found, asked),
        states=STATES,
        keep_months=settings.retention_months,
        level=settings.security_level,
        floor=FLOOR_MONTHS[settings.security_level],
    )


@router.get("/new")
async def show_new(request: Request, desk: Signed) -> Response:
    """Ask which months shall be held, and why."""
    desk.require(Permission.RECORD_HOLD)
    desk.require_recent_proof()
    return await _form_page(request, desk, form=Form())


@router.post("/new")
async def take_new(request: Request, desk: Signed) -> Response:
    """Set a hold."""
    form = await desk.read_form(request)
    desk.require(Permission.RECORD_HOLD)
    desk.require_recent_proof()
    asked = HoldDescription(
        code=form.text("code"),
        reason=form.text("reason"),
        first=form.text("first"),
        last=form.text("last"),
        agency=form.text("agency"),
        database=form.text("database"),
    )
    done = await attempted(desk.change("record.hold", lambda session: holds.set_hold(session, asked, by=desk.actor)))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form=form, refused=done)
    return redirect(HERE)


@router.get("/{code}/lift")
async def ask_lift(code: str, request: Request, desk: Signed) -> Response:
    """Ask why a hold shall be lifted."""
    desk.require(Permission.RECORD_HOLD)
    desk.require_recent_proof()
    return await _lift_page(request, desk, code, form=Form())


@router.post("/{code}/lift")
async def take_lift(code: str, request: Request, desk: Signed) -> Response:
    """Lift a hold that somebody else has set."""
    form = await desk.read_form(request)
    desk.require(Permission.RECORD_HOLD)
    desk.require_recent_proof()
    why = form.text("reason")
    done = await attempted(
        desk.change("record.lift", lambda session: holds.lift_hold(session, code, why=why, by=desk.actor))
    )
    if isinstance(done, Refused):
        return await _lift_page(request, desk, code, form=form, refused=done)
    return redirect(HERE)


def _state(hold: Hold) -> str:
    return "standing" if hold.stands else "lifted"


def _cells(hold: Hold) -> list[Cell]:
    about = " ".join(one for one in (hold.agency, hold.database) if one)
    months = f"{hold.first} – {hold.last}"
    return [
        hold.code,
        months,
        hold.reason,
        about,
        f"{hold.set_by} {hold.set_at:%Y-%m-%d}",
        STATES[_state(hold)].words.vi,
    ]


async def _form_page(request: Request, desk: Desk, *, form: Form, refused: Refused = NOTHING_REFUSED) -> Response:
    async with desk.reading() as session:
        known = await directory.agency_names(session)
    return render(
        request,
        "holds/new.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        agencies=known,
    )


async def _lift_page(
    request: Request, desk: Desk, code: str, *, form: Form, refused: Refused = NOTHING_REFUSED
) -> Response:
    async with desk.reading() as session:
        hold = await holds.show_hold(await session.connection(), code)
    if not hold.stands and refused is NOTHING_REFUSED:
        raise NotThere(holds.NOUN, code)
    return render(
        request,
        "holds/lift.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        hold=hold,
        is_mine=hold.set_by == desk.member.code,
        form=form,
        refused=refused,
    )
