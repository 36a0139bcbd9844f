"""Over which pages are the systems of an agency kept, that call for data?"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agencies, directory, systems
from catalog.changes import Change
from catalog.descriptions import SystemDescription
from catalog.directory import SystemFilter, SystemLine, SystemOrder
from catalog.inventory import Slice
from catalog.states import SystemState
from catalog.systems import SystemView
from gateway.api.systems import side_of
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.history import read_history
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import SIDES, SYSTEM_STATES, Status, Tone, Words
from security.staff import Permission

router = APIRouter(prefix="/console/systems", include_in_schema=False)
HERE = "/console/systems"
WARN = timedelta(days=30)
"""How long before its end a key is called expiring."""
KEY_KINDS: Mapping[str, Words] = {
    "jwk": Words("Khóa công khai", "Public key"),
    "secret": Words("Bí mật (client_secret)", "Client secret"),
    "digest": Words("Bí mật băm (WS-Security)", "Digest secret (WS-Security)"),
}
_COLUMNS = (
    Column("code", Words("Mã", "Code"), sortable=True),
    Column("name", Words("Tên", "Name"), sortable=True),
    Column("agency", Words("Đơn vị", "Agency"), sortable=True),
    Column("state", Words("Trạng thái", "State")),
    Column("legacy", Words("Kiểu cũ", "Legacy")),
    Column("keys", Words("Khóa đang dùng", "Keys in use"), numeric=True),
    Column("expiry", Words("Hết hạn sớm nhất", "Next expiry"), sortable=True),
)
Work = Callable[[AsyncSession], Awaitable[Change]]


@router.get("")
async def list_systems(request: Request, desk: Signed) -> Response:
    """Show the systems that the reader may see, or give them as a file."""
    asked = asked_of(
        request, sorts=[one.value for one in SystemOrder], filters=["agency", "state", "legacy", "expiring"]
    )
    wanted = _wanted(desk, asked)
    part = Slice(asked.limit, asked.offset, asked.descending)
    async with desk.reading() as session:
        found = await directory.find_systems(session, wanted, order=SystemOrder(asked.sort), part=part)
        total = await directory.count_systems(session, wanted)
        known = await directory.agency_names(session)
    if asked.format is not Format.PAGE:
        rows = [_cells(one) for one in found]
        return await export("he-thong", _COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "systems/systems.html",
        desk=desk,
        asked=asked,
        columns=_COLUMNS,
        part=part_of(found, asked, total=total),
        states=SYSTEM_STATES,
        agencies=[one for one in known if desk.may(Permission.SYSTEM_READ, one[0])],
        soon=desk.now + WARN,
        may_add=desk.may_anywhere(Permission.SYSTEM_CREATE),
    )


@router.get("/new")
async def show_new(request: Request, desk: Signed, agency: str = "") -> Response:
    """Ask what a new system is called."""
    desk.require(Permission.SYSTEM_CREATE, agency or desk.member.agency)
    return await _new_page(request, desk, form=Form({"agency": (agency or desk.member.agency,)}))


@router.post("/new")
async def take_new(request: Request, desk: Signed) -> Response:
    """Add a system; keys come next."""
    form = await desk.read_form(request)
    system = SystemDescription(
        code=form.text("code"),
        agency=form.text("agency"),
        name_vi=form.text("name_vi"),
        name_en=form.text("name_en"),
        legacy=form.has("legacy"),
    )
    desk.require(Permission.SYSTEM_CREATE, system.agency)
    if system.legacy:
        desk.require(Permission.SYSTEM_LEGACY, system.agency)
    done = await attempted(desk.change("add", lambda session: systems.add_system(session, system, by=desk.actor)))
    if isinstance(done, Refused):
        return await _new_page(request, desk, form=form, refused=done)
    return redirect(f"{HERE}/{system.code}")


@router.get("/{code}")
async def show_system(code: str, request: Request, desk: Signed) -> Response:
    """Show a system with its keys and what can be done."""
    view = await seen(desk, code)
    agency_code = view.system.agency
    async with desk.reading() as session:
        agency = await agencies.show_agency(session, agency_code)
    return render(
        request,
        "systems/system.html",
        desk=desk,
        view=view,
        history=await read_history(desk, code, "system"),
        agency=agency,
        state=SYSTEM_STATES[view.state],
        suspensions=[(SIDES[one.side], one) for one in view.suspensions],
        is_own_suspension=view.is_suspended_by(side_of(desk)),
        keys=[(key, KEY_KINDS[key.kind], _key_status(key, desk)) for key in reversed(view.keys)],
        may_change=desk.may(Permission.SYSTEM_CREATE, agency_code),
        may_keys=desk.may(Permission.SYSTEM_KEYS, agency_code),
        may_seal=desk.may(Permission.SYSTEM_SEALED_KEYS, agency_code),
        may_suspend=desk.may(Permission.SYSTEM_SUSPEND, agency_code),
        may_legacy=desk.may(Permission.SYSTEM_LEGACY, agency_code),
    )


@router.get("/{code}/edit")
async def show_edit(code: str, request: Request, desk: Signed) -> Response:
    """Show a system to be called otherwise."""
    system = (await seen(desk, code, Permission.SYSTEM_CREATE)).system
    return _edit_page(request, desk, code, form=Form({"name_vi": (system.name_vi,), "name_en": (system.name_en,)}))


@router.post("/{code}/edit")
async def take_edit(code: str, request: Request, desk: Signed) -> Response:
    """Call a system otherwise."""
    form = await desk.read_form(request)
    await seen(desk, code, Permission.SYSTEM_CREATE)
    names = (form.text("name_vi"), form.text("name_en"))
    revising = desk.change(
        "revise", lambda session: systems.revise_system(session, code, name_vi=names[0], name_en=names[1])
    )
    done = await attempted(revising)
    if isinstance(done, Refused):
        return _edit_page(request, desk, code, form=form, refused=done)
    return redirect(f"{HERE}/{code}")


@router.get("/{code}/suspend")
async def ask_suspend(code: str, request: Request, desk: Signed) -> Response:
    """Ask whether a system shall call no more."""
    await seen(desk, code, Permission.SYSTEM_SUSPEND)
    desk.require_recent_proof()
    return render(request, "systems/suspend.html", desk=desk, code=code)


@router.post("/{code}/suspend")
async def suspend(code: str, request: Request, desk: Signed) -> Response:
    """Let a system call no more, within one second."""
    return await _step(
        request,
        desk,
        code,
        "suspend",
        lambda session: systems.suspend_system(session, code, side=side_of(desk), by=desk.actor),
    )


@router.post("/{code}/resume")
async def resume(code: str, request: Request, desk: Signed) -> Response:
    """Let a suspended system call again."""
    return await _step(
        request, desk, code, "resume", lambda session: systems.resume_system(session, code, side=side_of(desk))
    )


@router.get("/{code}/legacy")
async def ask_legacy(code: str, request: Request, desk: Signed) -> Response:
    """Ask whether a system may prove itself with a secret, or may no more."""
    view = await seen(desk, code, Permission.SYSTEM_LEGACY)
    desk.require_recent_proof()
    return render(request, "systems/legacy.html", desk=desk, code=code, legacy=view.system.legacy)


@router.post("/{code}/legacy")
async def take_legacy(code: str, request: Request, desk: Signed) -> Response:
    """Mark a system as legacy, or end its secrets with the mark."""
    form = await desk.read_form(request)
    await seen(desk, code, Permission.SYSTEM_LEGACY)
    desk.require_recent_proof()
    legacy = form.has("legacy", "yes")
    await desk.change(
        "mark-legacy" if legacy else "unmark-legacy",
        lambda session: systems.mark_legacy(session, code, legacy=legacy, by=desk.actor),
    )
    return redirect(f"{HERE}/{code}")


async def seen(desk: Desk, code: str, permission: Permission | None = None) -> SystemView:
    """Return a system of an agency that the reader may see. Raises NotThere, NotYours, and StaffForbidden."""
    async with desk.reading() as session:
        view = await systems.show_system(session, code)
    desk.require_sight(Permission.SYSTEM_READ, view.system.agency)
    if permission is not None:
        desk.require(permission, view.system.agency)
    return view


async def _step(request: Request, desk: Desk, code: str, action: str, work: Work) -> Response:
    await desk.read_form(request)
    await seen(desk, code, Permission.SYSTEM_SUSPEND)
    desk.require_recent_proof()
    await desk.change(action, work)
    return redirect(f"{HERE}/{code}")


def _wanted(desk: Desk, asked: Asked) -> SystemFilter:
    chosen = asked.filters
    state, legacy = chosen.get("state", ""), chosen.get("legacy", "")
    return SystemFilter(
        now=desk.now,
        within=None if desk.may(Permission.SYSTEM_READ) else (desk.member.agency,),
        words=asked.words,
        agency=chosen.get("agency", ""),
        state=SystemState(state) if state in set(SystemState) else None,
        legacy=legacy == "yes" if legacy in ("yes", "no") else None,
        expiring_by=desk.now + WARN if chosen.get("expiring") else None,
    )


def _cells(line: SystemLine) -> list[Cell]:
    state = SYSTEM_STATES[line.state].words.vi
    return [
        line.system.code,
        line.system.name_vi,
        line.agency_name,
        state,
        line.system.legacy,
        line.keys,
        line.next_expiry,
    ]


def _key_status(key: systems.KeyView, desk: Desk) -> Status:
    if key.revoked_at is not None:
        return Status(Words("Đã thu hồi", "Revoked"), Tone.QUIET)
    if key.expires_at is not None and key.expires_at <= desk.now:
        return Status(Words("Đã hết hạn", "Expired"), Tone.BAD)
    if key.expires_at is not None and key.expires_at <= desk.now + WARN:
        days = (key.expires_at - desk.now).days
        return Status(Words(f"Còn {days} ngày", f"{days} days left"), Tone.WAITING)
    return Status(Words("Đang dùng được", "In use"), Tone.GOOD)


async def _new_page(request: Request, desk: Desk, *, form: Form, refused: Refused = NOTHING_REFUSED) -> Response:
    async with desk.reading() as session:
        known = await directory.agency_names(session)
    return render(
        request,
        "systems/new.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        agencies=[one for one in known if desk.may(Permission.SYSTEM_CREATE, one[0])],
        may_legacy=desk.may(Permission.SYSTEM_LEGACY),
    )


def _edit_page(request: Request, desk: Desk, code: str, *, form: Form, refused: Refused = NOTHING_REFUSED) -> Response:
    status = 422 if refused is not NOTHING_REFUSED else 200
    return render(request, "systems/edit.html", status=status, desk=desk, code=code, form=form, refused=refused)
