"""Over which pages are the agencies of the province kept?"""

from fastapi import APIRouter, Request, Response

from catalog import agencies, directory
from catalog.changes import Change
from catalog.descriptions import AgencyDescription
from catalog.directory import AgencyLine, AgencyOrder, MemberFilter, SystemFilter
from catalog.inventory import Slice
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.history import read_history
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import ROLES, SYSTEM_STATES, Words
from security.staff import Permission

router = APIRouter(prefix="/console/agencies", include_in_schema=False)
HERE = "/console/agencies"
_COLUMNS = (
    Column("code", Words("Mã định danh", "Code"), sortable=True),
    Column("name", Words("Tên", "Name"), sortable=True),
    Column("parent", Words("Cấp trên", "Parent")),
    Column("systems", Words("Hệ thống", "Systems"), numeric=True),
    Column("staff", Words("Nhân sự", "Staff"), numeric=True),
    Column("added", Words("Thêm lúc", "Added"), sortable=True),
)
_SHOWN_BELOW = 20


@router.get("")
async def list_agencies(request: Request, desk: Signed) -> Response:
    """Show the agencies, or give them as a file."""
    desk.require(Permission.AGENCY_READ)
    asked = asked_of(request, sorts=[one.value for one in AgencyOrder], filters=["parent"])
    found, total, above = await _found(desk, asked)
    if asked.format is not Format.PAGE:
        rows = [_cells(one) for one in found]
        return await export("don-vi", _COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "agencies/agencies.html",
        desk=desk,
        asked=asked,
        columns=_COLUMNS,
        part=part_of(found, asked, total=total),
        parents=above,
        may_add=desk.may(Permission.AGENCY_CREATE),
    )


@router.get("/new")
async def show_new(request: Request, desk: Signed) -> Response:
    """Ask what a new agency is called."""
    desk.require(Permission.AGENCY_CREATE)
    return await _form_page(request, desk, form=Form(), new=True)


@router.post("/new")
async def take_new(request: Request, desk: Signed) -> Response:
    """Add an agency."""
    form = await desk.read_form(request)
    desk.require(Permission.AGENCY_CREATE)
    agency = _typed(form, form.text("code"))
    done = await attempted(desk.change("add", lambda session: agencies.add_agency(session, agency, by=desk.actor)))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form=form, new=True, refused=done)
    return redirect(f"{HERE}/{agency.code}")


@router.get("/{code}")
async def show_agency(code: str, request: Request, desk: Signed) -> Response:
    """Show an agency with its systems, its people and those below it."""
    desk.require(Permission.AGENCY_READ)
    part = Slice(_SHOWN_BELOW)
    async with desk.reading() as session:
        agency = await agencies.show_agency(session, code)
        parent = await agencies.show_agency(session, agency.parent) if agency.parent else None
        below = await directory.find_agencies(session, parent=code, part=part)
        below_total = await directory.count_agencies(session, parent=code)
        systems = []
        if desk.may(Permission.SYSTEM_READ, code):
            systems = await directory.find_systems(session, SystemFilter(desk.now, agency=code), part=part)
        staff = []
        if desk.may(Permission.STAFF_READ, code):
            staff = await directory.find_members(session, MemberFilter(agency=code, active=True), part=part)
    return render(
        request,
        "agencies/agency.html",
        desk=desk,
        agency=agency,
        history=await read_history(desk, code, "agency", "xroad-member"),
        parent=parent,
        below=below,
        below_total=below_total,
        systems=systems,
        staff=staff,
        system_states=SYSTEM_STATES,
        roles={role.value: words for role, words in ROLES.items()},
        sees_systems=desk.may(Permission.SYSTEM_READ, code),
        sees_staff=desk.may(Permission.STAFF_READ, code),
        may_change=desk.may(Permission.AGENCY_CREATE),
        may_add_system=desk.may(Permission.SYSTEM_CREATE, code),
    )


@router.get("/{code}/edit")
async def show_edit(code: str, request: Request, desk: Signed) -> Response:
    """Show an agency to be said otherwise."""
    desk.require(Permission.AGENCY_CREATE)
    async with desk.reading() as session:
        agency = await agencies.show_agency(session, code)
    form = Form({"name_vi": (agency.name_vi,), "name_en": (agency.name_en,), "parent": (agency.parent,)})
    return await _form_page(request, desk, form=form, code=code)


@router.post("/{code}/edit")
async def take_edit(code: str, request: Request, desk: Signed) -> Response:
    """Say an agency otherwise."""
    form = await desk.read_form(request)
    desk.require(Permission.AGENCY_CREATE)
    done = await attempted(_revise(desk, _typed(form, code)))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form=form, code=code, refused=done)
    return redirect(f"{HERE}/{code}")


async def _revise(desk: Desk, agency: AgencyDescription) -> Change:
    return await desk.change("revise", lambda session: agencies.revise_agency(session, agency))


async def _found(desk: Desk, asked: Asked) -> tuple[list[AgencyLine], int, list[tuple[str, str]]]:
    parent = asked.filters.get("parent", "")
    part = Slice(asked.limit, asked.offset, asked.descending)
    async with desk.reading() as session:
        found = await directory.find_agencies(
            session, words=asked.words, parent=parent, order=AgencyOrder(asked.sort), part=part
        )
        total = await directory.count_agencies(session, words=asked.words, parent=parent)
        return found, total, await directory.parents(session)


def _cells(line: AgencyLine) -> list[Cell]:
    return [line.agency.code, line.agency.name_vi, line.parent_name, line.systems, line.staff, line.added_at]


def _typed(form: Form, code: str) -> AgencyDescription:
    return AgencyDescription(
        code=code, name_vi=form.text("name_vi"), name_en=form.text("name_en"), parent=form.text("parent")
    )


async def _form_page(
    request: Request,
    desk: Desk,
    *,
    form: Form,
    code: str = "",
    new: bool = False,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    async with desk.reading() as session:
        known = await directory.agency_names(session)
    return render(
        request,
        "agencies/form.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        code=code,
        new=new,
        agencies=[one for one in known if one[0] != code],
    )
