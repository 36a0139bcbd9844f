"""Which databases does an agency share, and what does it keep of each: services, sources, those who depend on it?"""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog import agencies, databases
from catalog.changes import Change
from catalog.descriptions import AgencyDescription, DatabaseDescription, SharingMode
from catalog.errors import ContentInvalid, Fault
from catalog.folding import fold
from catalog.inventory import (
    DatabaseOrder,
    Slice,
    count_databases,
    find_databases,
    find_dependents,
    find_drafts,
    find_versions,
)
from catalog.states import PublicationState
from gateway.console.catalogue.told import SERVICE_STATES
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, redirect, render
from gateway.console.history import read_history
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.words import AGREEMENT_STATES, PUBLICATION_STATES, SHARING_MODES, SOURCES, Words
from security.staff import Permission, Role

router = APIRouter(prefix="/console/databases", include_in_schema=False)

COLUMNS: Final = (
    Column("number", Words("Số", "No."), sortable=True, numeric=True),
    Column("code", Words("Mã", "Code"), sortable=True),
    Column("title", Words("Tên", "Title")),
    Column("owner", Words("Đơn vị chủ quản", "Owner"), sortable=True),
    Column("sharing", Words("Cách chia sẻ", "Sharing")),
    Column("services", Words("Dịch vụ", "Services"), numeric=True),
    Column("agreements", Words("Thỏa thuận", "Agreements"), numeric=True),
    Column("added", Words("Đưa vào danh mục", "Added"), sortable=True),
)
DEPENDENTS: Final = (
    Column("agreement", Words("Thỏa thuận", "Agreement"), sortable=True),
    Column("consumer", Words("Đơn vị khai thác", "Consumer")),
    Column("state", Words("Trạng thái", "State")),
    Column("until", Words("Có hiệu lực đến", "Valid until")),
    Column("systems", Words("Hệ thống gọi", "Calling systems")),
    Column("services", Words("Dịch vụ", "Services")),
)
VERSIONS: Final = (
    Column("service", Words("Dịch vụ", "Service"), sortable=True),
    Column("address", Words("Địa chỉ gọi", "Address")),
    Column("state", Words("Trạng thái", "State")),
    Column("provider", Words("Nguồn cung cấp", "Provider")),
    Column("published", Words("Công bố lúc", "Published")),
)
FREQUENCIES: Final = ("tức thời", "hằng ngày", "hằng tuần", "hằng tháng", "hằng quý", "hằng năm", "khi thay đổi")
FIELDS: Final = (
    "owner", "code", "title_vi", "title_en", "domain_vi", "objects_vi", "keywords", "sharing", "legal_basis",
    "update_frequency", "contact", "note_vi",
)  # fmt: skip
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader may do with a database."""

    change: bool
    publish: bool
    drafts: bool
    providers: bool
    dependents: bool


def rights_over(desk: Desk, owner: str) -> Rights:
    """Return what the reader may do with the databases of an agency."""
    return Rights(
        change=desk.may(Permission.DATABASE_CHANGE, owner),
        publish=desk.may(Permission.PUBLICATION_PREPARE, owner),
        drafts=desk.may(Permission.PUBLICATION_READ, owner),
        providers=desk.may(Permission.PROVIDER_READ, owner),
        dependents=desk.may(Permission.AGREEMENT_READ, owner),
    )


@router.get("")
async def list_databases(request: Request, desk: Signed) -> Response:
    """Show the databases; those of the reader's own agency first for who owns some."""
    desk.require(Permission.CATALOGUE_READ)
    asked = asked_of(request, sorts=tuple(DatabaseOrder), filters=("whose", "kind"))
    owner = desk.member.agency if asked.filters.get("whose") == "own" else ""
    national = {"national": True, "province": False}.get(asked.filters.get("kind", ""))
    part = Slice(limit=asked.limit, offset=asked.offset, descending=asked.descending)
    async with desk.reading() as session:
        lines = await find_databases(
            session, words=asked.words, owner=owner, national=national, order=DatabaseOrder(asked.sort), part=part
        )
        total = await count_databases(session, words=asked.words, owner=owner, national=national)
    if asked.format is not Format.PAGE:
        rows = [
            (one.database.number, one.database.code, one.database.title_vi, one.owner_name,
             SHARING_MODES[one.database.sharing].in_language(language_of(request)), one.services, one.agreements,
             one.added_at)
            for one in lines
        ]  # fmt: skip
        return await export("co-so-du-lieu", COLUMNS, rows, form=asked.format, language=language_of(request))
    return render(
        request,
        "databases/list.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(lines, asked, total=total),
        sharing=SHARING_MODES,
        may_register=_may_register(desk),
        owns=desk.may(Permission.DATABASE_CHANGE, desk.member.agency),
    )


@router.get("/new")
async def ask_database(request: Request, desk: Signed) -> Response:
    """Show the form of a new database."""
    _require_registering(desk)
    return await _form_page(request, desk, Form({"owner": [desk.member.agency], "sharing": [SharingMode.ON_REQUEST]}))


@router.post("/new")
async def add_database(request: Request, desk: Signed) -> Response:
    """Register a database of the reader's agency; the administrator's may be anybody's."""
    form = await desk.read_form(request)
    _require_registering(desk)
    done = await attempted(_register(desk, form))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form, refused=done)
    return redirect(f"/console/databases/{done.code}?registered=1")


@router.get("/{code}")
async def show_database(code: str, request: Request, desk: Signed) -> Response:
    """Show a database: what it is, its services, and for its owner what is being prepared and who depends on it."""
    desk.require(Permission.CATALOGUE_READ)
    asked = asked_of(request, sorts=("service",))
    part = Slice(limit=asked.limit, offset=asked.offset, descending=asked.descending)
    few = Slice(limit=_SHOWN)
    async with desk.reading() as session:
        described = await databases.show_database(session, code)
        rights = rights_over(desk, described.owner)
        owner = await agencies.show_agency(session, described.owner)
        versions = await find_versions(session, database=code, words=asked.words, part=part)
        drafts = (
            await find_drafts(session, database=code, state=PublicationState.DRAFT, part=few) if rights.drafts else []
        )
        dependents = await find_dependents(session, code, part=few) if rights.dependents else []
    return render(
        request,
        "databases/database.html",
        desk=desk,
        asked=asked,
        database=described,
        history=await read_history(desk, code, "database", "standard-terms"),
        owner=owner,
        rights=rights,
        columns=VERSIONS,
        part=part_of(versions, asked),
        drafts=drafts,
        dependents=dependents,
        shown=_SHOWN,
        sharing=SHARING_MODES,
        service_states=SERVICE_STATES,
        draft_states=PUBLICATION_STATES,
        sources=SOURCES,
        agreement_states=AGREEMENT_STATES,
        registered=request.query_params.get("registered") == "1",
    )


@router.get("/{code}/dependents")
async def list_dependents(code: str, request: Request, desk: Signed) -> Response:
    """Show every agreement about a database, with the systems that call by it."""
    asked = asked_of(request, sorts=("agreement",))
    part = Slice(limit=asked.limit, offset=asked.offset, descending=asked.descending)
    async with desk.reading() as session:
        described = await databases.show_database(session, code)
        desk.require_sight(Permission.AGREEMENT_READ, described.owner)
        found = await find_dependents(session, code, part=part)
    if asked.format is not Format.PAGE:
        language = language_of(request)
        rows = [
            (one.agreement, one.consumer_name, AGREEMENT_STATES[one.state].words.in_language(language),
             one.valid_until, ", ".join(one.systems), ", ".join(one.services))
            for one in found
        ]  # fmt: skip
        return await export(f"ben-phu-thuoc-{code}", DEPENDENTS, rows, form=asked.format, language=language)
    return render(
        request,
        "databases/dependents.html",
        desk=desk,
        asked=asked,
        columns=DEPENDENTS,
        database=described,
        part=part_of(found, asked),
        agreement_states=AGREEMENT_STATES,
    )


@router.get("/{code}/edit")
async def ask_change(code: str, request: Request, desk: Signed) -> Response:
    """Show what is said about a database, to be said better."""
    held = await _own(desk, code)
    return await _form_page(request, desk, _typed(held), held=held)


@router.post("/{code}/edit")
async def change_database(code: str, request: Request, desk: Signed) -> Response:
    """Take what is said about a database anew."""
    form = await desk.read_form(request)
    held = await _own(desk, code)
    done = await attempted(_change(desk, held, form))
    if isinstance(done, Refused):
        return await _form_page(request, desk, form, held=held, refused=done)
    return redirect(f"/console/databases/{code}")


async def _own(desk: Desk, code: str) -> DatabaseDescription:
    async with desk.reading() as session:
        held = await databases.show_database(session, code)
    desk.require(Permission.DATABASE_CHANGE, held.owner)
    return held


async def _register(desk: Desk, form: Form) -> Change:
    described = _described(form, owner=form.text("owner") or desk.member.agency)
    desk.require(Permission.DATABASE_CREATE, described.owner)
    return await desk.change("add", lambda session: databases.add_database(session, described, by=desk.actor))


async def _change(desk: Desk, held: DatabaseDescription, form: Form) -> Change:
    said = _described(form, owner=held.owner, held=held)
    return await desk.change("replace", lambda session: databases.replace_database(session, said))


def _described(form: Form, *, owner: str, held: DatabaseDescription | None = None) -> DatabaseDescription:
    """Return what was typed. Raises ContentInvalid naming what is needed and missing."""
    title = form.text("title_vi")
    missing = [name for name in ("title_vi", "domain_vi") if not form.text(name)]
    if form.text("sharing") not in set(SharingMode):
        missing.append("sharing")
    if missing:
        raise ContentInvalid([Fault(name, "phải nêu", "is needed") for name in missing])
    return DatabaseDescription(
        code=held.code if held else form.text("code") or code_of(title),
        title_vi=title,
        title_en=form.text("title_en"),
        owner=owner,
        domain_vi=form.text("domain_vi"),
        objects_vi=_lines(form.text("objects_vi")),
        keywords=_lines(form.text("keywords")),
        sharing=SharingMode(form.text("sharing")),
        national=held.national if held else False,
        number=held.number if held else None,
        legal_basis=form.text("legal_basis"),
        update_frequency=form.text("update_frequency"),
        contact=form.text("contact"),
        note_vi=form.text("note_vi"),
    )


def code_of(title: str) -> str:
    """Return the code that a title suggests: "Tàu cá" is `tau-ca`."""
    return "-".join("".join(c if c.isalnum() else " " for c in fold(title).lower()).split())[:60].strip("-")


def _typed(held: DatabaseDescription) -> Form:
    values = {name: str(getattr(held, name)) for name in FIELDS if name not in ("objects_vi", "keywords")}
    values |= {"objects_vi": "\n".join(held.objects_vi), "keywords": "\n".join(held.keywords)}
    return Form({name: [value] for name, value in values.items()})


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()))


def _may_register(desk: Desk) -> bool:
    return desk.may(Permission.DATABASE_CREATE, desk.member.agency)


def _require_registering(desk: Desk) -> None:
    desk.require(Permission.DATABASE_CREATE, desk.member.agency)


async def _form_page(
    request: Request,
    desk: Desk,
    form: Form,
    *,
    held: DatabaseDescription | None = None,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    async with desk.reading() as session:
        listed = await agencies.list_agencies(session)
    return render(
        request,
        "databases/form.html",
        status=422 if refused is not NOTHING_REFUSED else 200,
        desk=desk,
        form=form,
        refused=refused,
        names=FIELDS,
        held=held,
        agencies=_choosable(desk, listed),
        owners=[(one.code, f"{one.name_vi} ({one.code})") for one in _choosable(desk, listed)],
        sharing=SHARING_MODES,
        frequencies=FREQUENCIES,
    )


def _choosable(desk: Desk, listed: list[AgencyDescription]) -> list[AgencyDescription]:
    """Return the agencies for which the reader may register: his own, or for the administrator any."""
    if desk.role is Role.PLATFORM_ADMIN:
        return listed
    return [one for one in listed if one.code == desk.member.agency]
