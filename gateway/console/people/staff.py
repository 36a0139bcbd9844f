"""Over which pages are the staff of the platform kept: who they are, what they may do, how they sign in?"""

import re
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import accounts, agencies, directory, staff, staffing
from catalog.accounts import Account
from catalog.changes import Change
from catalog.directory import MemberFilter, MemberLine, MemberOrder
from catalog.errors import ContentInvalid, Fault
from catalog.inventory import Slice
from catalog.staff import StaffMember
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.history import read_history
from gateway.console.listing import Asked, Cell, Column, Format, asked_of, export, part_of
from gateway.console.words import ROLES, Status, Tone, Words
from gateway.errors import StaffForbidden
from security.passwords import new_initial_password
from security.staff import Permission, Role

router = APIRouter(prefix="/console/staff", include_in_schema=False)
HERE = "/console/staff"
_COLUMNS = (
    Column("code", Words("Tên đăng nhập", "Sign-in name"), sortable=True),
    Column("name", Words("Họ tên", "Name"), sortable=True),
    Column("role", Words("Vai trò", "Role"), sortable=True),
    Column("agency", Words("Đơn vị", "Agency"), sortable=True),
    Column("state", Words("Trạng thái", "State")),
    Column("signed-in", Words("Đăng nhập lần cuối", "Last signed in"), sortable=True),
)
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)


_ROLE_WORDS = {role.value: words for role, words in ROLES.items()}


@router.get("")
async def list_staff(request: Request, desk: Signed) -> Response:
    """Show the staff that the reader may see, or give them as a file."""
    if not desk.may_anywhere(Permission.STAFF_READ):
        raise StaffForbidden
    asked = asked_of(request, sorts=[one.value for one in MemberOrder], filters=["role", "agency", "active"])
    wanted, part = _wanted(desk, asked), Slice(asked.limit, asked.offset, asked.descending)
    async with desk.reading() as session:
        found = await directory.find_members(session, wanted, order=MemberOrder(asked.sort), part=part)
        total = await directory.count_members(session, wanted)
        known = await directory.agency_names(session)
    if asked.format is not Format.PAGE:
        rows = [_cells(one, desk) for one in found]
        return await export("nhan-su", _COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "staff/staff.html",
        desk=desk,
        asked=asked,
        columns=_COLUMNS,
        part=part_of([(one, _status(one, desk)) for one in found], asked, total=total),
        roles=_ROLE_WORDS,
        agencies=[one for one in known if desk.may(Permission.STAFF_READ, one[0])],
        may_add=desk.may_anywhere(Permission.STAFF_CHANGE),
    )


@router.get("/new")
async def show_new(request: Request, desk: Signed, agency: str = "") -> Response:
    """Ask who is to be added."""
    desk.require(Permission.STAFF_CHANGE, agency)
    desk.require_recent_proof()
    return await _form_page(request, desk, form=Form({"agency": (agency,)}), new=True)


@router.post("/new")
async def take_new(request: Request, desk: Signed) -> Response:
    """Add somebody with an initial password, shown this once."""
    form = await desk.read_form(request)
    desk.require(Permission.STAFF_CHANGE, form.text("agency"))
    desk.require_recent_proof()
    password = new_initial_password()
    done = await attempted(_add(desk, form, password))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form=form, new=True, refused=done)
    return shown_once(request, desk, form.text("code"), password)


@router.get("/{code}")
async def show_member(code: str, request: Request, desk: Signed) -> Response:
    """Show somebody, how he signs in, and what can be done."""
    account = await seen(desk, code)
    async with desk.reading() as session:
        agency = await agencies.show_agency(session, account.member.agency)
    may_change = desk.may(Permission.STAFF_CHANGE, account.member.agency)
    return render(
        request,
        "staff/member.html",
        desk=desk,
        account=account,
        history=await read_history(desk, code, "staff", "account"),
        agency=agency,
        role=_ROLE_WORDS[account.member.role],
        standing=_account_status(account, desk),
        is_locked=account.locked_until is not None and account.locked_until > desk.now,
        may_change=may_change,
        himself=code == desk.member.code,
    )


@router.get("/{code}/edit")
async def show_edit(code: str, request: Request, desk: Signed) -> Response:
    """Show somebody's name, role, agency, e-mail and single sign-on to be changed."""
    account = await seen(desk, code, to_change=True)
    desk.require_recent_proof()
    member = account.member
    form = Form(
        {
            "name": (member.name,),
            "role": (member.role,),
            "agency": (member.agency,),
            "email": (account.email,),
            "oidc_issuer": (account.oidc_issuer,),
            "oidc_subject": (account.oidc_subject,),
        }
    )
    return await _form_page(request, desk, form=form, code=code)


@router.post("/{code}/edit")
async def take_edit(code: str, request: Request, desk: Signed) -> Response:
    """Change somebody; with another role or agency he is signed out at once."""
    form = await desk.read_form(request)
    account = await seen(desk, code, to_change=True)
    desk.require(Permission.STAFF_CHANGE, form.text("agency"))
    desk.require_recent_proof()
    done = await attempted(_revise(desk, account, form))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form=form, code=code, refused=done)
    return redirect(f"{HERE}/{code}")


# --- steps -----------------------------------------------------------------------------------------------------------


async def _add(desk: Desk, form: Form, password: str) -> Change:
    member = StaffMember(form.text("code"), form.text("name"), _role(form), form.text("agency"), has_access=False)
    hashed = await desk.control.sign_ins.hash(password)

    async def work(session: AsyncSession) -> Change:
        added = await staff.add_member(session, member, token_hash=None, by=desk.actor)
        if form.text("email"):
            await accounts.set_identity(session, member.code, email=_email(form), issuer="", subject="")
        given = await accounts.set_password(session, member.code, password_hash=hashed, initial=True)
        return replace(added, parts=(given,))

    return await desk.change("add", work)


async def _revise(desk: Desk, account: Account, form: Form) -> Change:
    member, role, agency = account.member, _role(form), form.text("agency")
    if member.code == desk.member.code and (role, agency) != (member.role, member.agency):
        told = Fault("role", "không tự đổi vai trò, đơn vị của mình", "nobody changes his own role or agency")
        raise ContentInvalid([told])
    issuer, subject, email = form.text("oidc_issuer"), form.text("oidc_subject"), _email(form)
    if bool(issuer) != bool(subject):
        told = Fault("oidc_subject", "điền cả hai ô hoặc bỏ trống cả hai", "fill in both fields, or neither")
        raise ContentInvalid([told])

    async def work(session: AsyncSession) -> Change:
        revised = await staffing.revise_member(session, member.code, name=form.text("name"), role=role, agency=agency)
        named = await accounts.set_identity(session, member.code, email=email, issuer=issuer, subject=subject)
        return replace(revised, parts=(named,))

    return await desk.change("revise", work)


def _role(form: Form) -> str:
    role = form.text("role")
    if role not in set(Role):
        raise ContentInvalid([Fault("role", "hãy chọn một vai trò", "choose a role")])
    return role


def _email(form: Form) -> str:
    email = form.text("email")
    if email and not _EMAIL.fullmatch(email):
        raise ContentInvalid([Fault("email", "không phải địa chỉ thư điện tử", "is no e-mail address")])
    return email


async def seen(desk: Desk, code: str, *, to_change: bool = False) -> Account:
    """Return the account of somebody whom the reader may see. Raises NotThere, NotYours, StaffForbidden."""
    async with desk.reading() as session:
        account = await accounts.show_account(session, code)
    desk.require_sight(Permission.STAFF_READ, account.member.agency)
    if to_change:
        desk.require(Permission.STAFF_CHANGE, account.member.agency)
    return account


# --- pages -----------------------------------------------------------------------------------------------------------


def _wanted(desk: Desk, asked: Asked) -> MemberFilter:
    chosen = asked.filters
    active = chosen.get("active", "")
    return MemberFilter(
        within=None if desk.may(Permission.STAFF_READ) else (desk.member.agency,),
        words=asked.words,
        role=chosen.get("role", ""),
        agency=chosen.get("agency", ""),
        active=active == "yes" if active in ("yes", "no") else None,
    )


def _status(line: MemberLine, desk: Desk) -> Status:
    locked = line.locked_until is not None and line.locked_until > desk.now
    return _standing(line.member.active, line.has_password or line.by_sso, line.has_device or line.by_sso, locked)


def _account_status(account: Account, desk: Desk) -> Status:
    locked = account.locked_until is not None and account.locked_until > desk.now
    by_sso = bool(account.oidc_subject)
    known = account.password_hash is not None or by_sso
    return _standing(account.member.active, known, account.totp_sealed is not None or by_sso, locked)


def _standing(active: bool, can_sign_in: bool, has_device: bool, locked: bool) -> Status:
    if not active:
        return Status(Words("Đã nghỉ", "Left"), Tone.QUIET)
    if locked:
        return Status(Words("Tạm khóa", "Locked"), Tone.BAD)
    if not can_sign_in:
        return Status(Words("Chưa đăng nhập được", "Cannot sign in"), Tone.WAITING)
    if not has_device:
        return Status(Words("Chờ đăng nhập lần đầu", "Awaiting first sign-in"), Tone.WAITING)
    return Status(Words("Hoạt động", "Active"), Tone.GOOD)


def _cells(line: MemberLine, desk: Desk) -> list[Cell]:
    member = line.member
    state, role = _status(line, desk).words.vi, _ROLE_WORDS[member.role].vi
    return [member.code, member.name, role, line.agency_name, state, line.signed_in_at]


def shown_once(request: Request, desk: Desk, code: str, password: str) -> Response:
    """Return the page that shows an initial password, this once."""
    return render(request, "staff/shown_once.html", desk=desk, code=code, password=password)


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
        "staff/form.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        code=code,
        new=new,
        roles=_ROLE_WORDS,
        agencies=[one for one in known if desk.may(Permission.STAFF_CHANGE, one[0])],
    )
