"""How does a data owner begin to publish a service: which drafts are there, and from what is a new one made?"""

from collections.abc import Mapping
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from adapters.errors import AdapterError, FileRefused
from catalog import databases
from catalog.errors import ContentInvalid, Fault
from catalog.importers.draft import Source
from catalog.inventory import DatabaseLine, DraftOrder, Slice, find_databases, find_drafts
from catalog.states import PublicationState
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import language_of, render
from gateway.console.listing import Column, Format, asked_of, export, part_of
from gateway.console.sharing.databases import code_of
from gateway.console.sharing.drafts import draft_page
from gateway.console.words import PUBLICATION_STATES, SOURCES, Words
from gateway.problems import problem_of
from gateway.publication.importing import ImportDocument
from gateway.publication.preview import Preview
from gateway.publication.steps import import_draft
from gateway.publication.uploading import Upload, import_upload
from security.staff import Permission, Role

router = APIRouter(prefix="/console/publishing", include_in_schema=False)

COLUMNS: Final = (
    Column("title", Words("Dịch vụ", "Service")),
    Column("code", Words("Mã bản nháp", "Draft"), sortable=True),
    Column("source", Words("Nguồn", "Source")),
    Column("state", Words("Trạng thái", "State")),
    Column("tried", Words("Lần thử gần nhất", "Last try")),
    Column("by", Words("Người sửa", "Changed by")),
    Column("changed", Words("Sửa lúc", "Changed"), sortable=True),
)
KINDS: Final[Mapping[Source, Words]] = {
    Source.FILE: Words(
        "Tải lên tệp Excel, CSV hoặc Parquet, hay nêu tệp trên thư mục chia sẻ.",
        "Upload an Excel, CSV or Parquet file, or name one on a share.",
    ),
    Source.TABLE: Words(
        "Một bảng hay khung nhìn của PostgreSQL, MySQL, MariaDB hoặc SQLite.",
        "A table or a view of PostgreSQL, MySQL, MariaDB or SQLite.",
    ),
    Source.OPENAPI: Words(
        "Dịch vụ REST đang chạy, có tài liệu OpenAPI 2.0, 3.0 hoặc 3.1.",
        "A running REST service with an OpenAPI document, 2.0, 3.0 or 3.1.",
    ),
    Source.WSDL: Words(
        "Dịch vụ SOAP đang chạy, có tài liệu WSDL kèm các tệp nó dẫn tới.",
        "A running SOAP service with a WSDL and what it imports.",
    ),
}
FIELDS: Final = (
    "database", "title_vi", "title_en", "service", "version", "provider", "endpoint", "table", "schema", "key", "file",
    "sheet", "delimiter", "encoding", "header_row", "root", "wsdl_service", "wsdl_port", "secrets", "again",
)  # fmt: skip
_LONGER: Final = 64 * 1024  # what the other fields of the form may have beside the file
_DOCUMENT_BYTES: Final = 16 * 1024 * 1024
_MOST_DATABASES: Final = 2000


@router.get("")
async def list_drafts(request: Request, desk: Signed) -> Response:
    """Show what is being published, newest first."""
    asked = asked_of(request, sorts=(f"-{DraftOrder.CHANGED}", DraftOrder.CODE), filters=("state",))
    state = asked.filters.get("state", "")
    part = Slice(limit=asked.limit, offset=asked.offset, descending=asked.descending)
    async with desk.reading() as session:
        lines = await find_drafts(
            session,
            owner=_reach(desk, Permission.PUBLICATION_READ),
            state=PublicationState(state) if state in set(PublicationState) else None,
            order=DraftOrder(asked.sort),
            part=part,
        )
    if asked.format is not Format.PAGE:
        language = language_of(request)
        rows = [
            (one.title_vi, one.code, SOURCES[one.source].in_language(language),
             PUBLICATION_STATES[one.state].words.in_language(language), one.tried, one.changed_by, one.changed_at)
            for one in lines
        ]  # fmt: skip
        return await export("ban-nhap", COLUMNS, rows, form=asked.format, language=language)
    return render(
        request,
        "publishing/list.html",
        desk=desk,
        asked=asked,
        columns=COLUMNS,
        part=part_of(lines, asked),
        states=PUBLICATION_STATES,
        sources=SOURCES,
        may_publish=desk.may_anywhere(Permission.PUBLICATION_PREPARE),
    )


@router.get("/new")
async def choose_kind(request: Request, desk: Signed) -> Response:
    """Ask from what the service shall be made."""
    _require_publishing(desk)
    return render(
        request,
        "publishing/kinds.html",
        desk=desk,
        kinds=[(kind, SOURCES[kind], told) for kind, told in KINDS.items()],
        database=request.query_params.get("database", ""),
        service=request.query_params.get("service", ""),
    )


@router.get("/new/{kind}")
async def ask_source(kind: Source, request: Request, desk: Signed) -> Response:
    """Ask where the source is, and how the service shall be called."""
    _require_publishing(desk)
    members = request.query_params
    asked = {name: [members.get(name, "")[:300]] for name in ("database", "service", "title_vi", "title_en")}
    return await _source_page(request, desk, kind, Form({**asked, "encoding": ["utf-8"]}))


@router.post("/new/{kind}")
async def make_draft(kind: Source, request: Request, desk: Signed) -> Response:
    """Make a draft of the source and show what it would be, with a few rows: they are kept nowhere."""
    most = desk.control.workshop.uploads.max_bytes if kind is Source.FILE else _DOCUMENT_BYTES
    form = await desk.read_form(request, most_bytes=most + _LONGER)
    _require_publishing(desk)
    drafted = await attempted(_draft(desk, kind, form))
    if isinstance(drafted, Refused):
        return await _source_page(request, desk, kind, form, why_not=drafted)
    return await draft_page(request, desk, drafted.code, imported=drafted)


def named_secrets(text: str) -> dict[str, str]:
    """Return the references to secrets, one a line: `password = file:…`. Raises ContentInvalid for another line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, reference = (part.strip() for part in line.partition("="))
        if line.strip() and not (name and equals and reference):
            vi, en = "mỗi dòng viết dạng tên = tham chiếu", "each line is name = reference"
            raise ContentInvalid([Fault("secrets", vi, en)])
        if line.strip():
            found[name] = reference
    return found


def _reach(desk: Desk, permission: Permission) -> str:
    """Return the agency to whose things the reader is bound, empty where it is all. Raises StaffForbidden."""
    desk.require(permission, desk.member.agency)
    return "" if desk.role in (Role.PLATFORM_ADMIN, Role.AUDITOR) else desk.member.agency


def _require_publishing(desk: Desk) -> None:
    desk.require(Permission.PUBLICATION_PREPARE, desk.member.agency)


async def _draft(desk: Desk, kind: Source, form: Form) -> Preview:
    """Return what was drafted. Raises CatalogErrors, and ContentInvalid for a source that cannot be seen."""
    asked = _asked(kind, form)
    async with desk.reading() as session:
        owner = (await databases.show_database(session, asked.database)).owner
    desk.require(Permission.PUBLICATION_PREPARE, owner)
    workshop = desk.control.workshop
    upload = form.uploads.get("file")
    try:
        if kind is Source.FILE and upload is not None:
            return await import_upload(desk, asked, Upload(upload.name, upload.content), workshop=workshop)
        if kind is Source.FILE and not asked.endpoint:
            raise ContentInvalid([Fault("file", "hãy chọn tệp", "choose a file")])
        return await import_draft(desk, asked, workshop=workshop)
    except FileRefused as error:
        raise ContentInvalid([Fault("file" if upload else "endpoint", error.vi, str(error))]) from error
    except AdapterError as error:
        raise ContentInvalid([Fault("endpoint", problem_of(error).type.detail_vi, str(error))]) from error


def _asked(kind: Source, form: Form) -> ImportDocument:
    """Return what the form asks for. Raises ContentInvalid naming what is needed and missing."""
    missing = [name for name in ("database", "title_vi") if not form.text(name)]
    upload = form.uploads.get("file")
    if kind in (Source.OPENAPI, Source.WSDL) and upload is None:
        missing.append("file")
    if missing:
        raise ContentInvalid([Fault(name, "phải nêu", "is needed") for name in missing])
    version = form.text("version")
    if version and not (version.isascii() and version.isdigit() and 0 < int(version) < 10_000):
        raise ContentInvalid([Fault("version", "phải là số từ 1", "must be a number from 1")])
    asked = ImportDocument(
        source=kind,
        database=form.text("database"),
        service=form.text("service") or code_of(form.text("title_vi")),
        title_vi=form.text("title_vi"),
        title_en=form.text("title_en"),
        version=int(version or 0),
        provider=form.text("provider"),
        endpoint=form.text("endpoint"),
        options=_options(kind, form),
        secrets=named_secrets(form.text("secrets")),
        again=form.has("again"),
    )
    match kind:
        case Source.TABLE:
            key = tuple(form.text("key").replace(",", " ").split())
            return msgspec.structs.replace(asked, table=form.text("table"), schema=form.text("schema"), key=key)
        case Source.FILE:
            headings = tuple(one.strip() for one in form.text("key").split(",") if one.strip())
            return msgspec.structs.replace(asked, key=headings, sheet=form.text("sheet"))
        case Source.OPENAPI | Source.WSDL:
            return msgspec.structs.replace(
                asked,
                document=b"" if upload is None else upload.content,
                document_name="" if upload is None else upload.name,
                root=form.text("root"),
                wsdl_service=form.text("wsdl_service"),
                wsdl_port=form.text("wsdl_port"),
            )


def _options(kind: Source, form: Form) -> msgspec.Raw:
    """Return the adapter's options that the form names."""
    if kind is Source.FILE:
        reading: dict[str, str | int] = {name: form.text(name) for name in ("delimiter", "encoding") if form.text(name)}
        if form.text("header_row").isdecimal():
            reading["header_row"] = int(form.text("header_row"))
        return msgspec.Raw(msgspec.json.encode(reading))
    if kind is Source.TABLE and form.has("tls"):
        return msgspec.Raw(b'{"tls":true}')
    return msgspec.Raw(b"{}")


def placed_at_fields(why_not: Refused) -> Refused:
    """Return a refusal with the faults of a provider's parts at the fields of a form that asks for them."""
    faults = []
    for one in why_not.faults:
        where = one.where.removeprefix("provider.")
        faults.append(Fault("secrets" if where.startswith("secrets.") else where, one.vi, one.en))
    return Refused(why_not.title, why_not.detail, tuple(faults))


async def _source_page(
    request: Request, desk: Desk, kind: Source, form: Form, *, why_not: Refused = NOTHING_REFUSED
) -> Response:
    async with desk.reading() as session:
        mine = await find_databases(
            session, owner=_reach(desk, Permission.PUBLICATION_READ), part=Slice(limit=_MOST_DATABASES)
        )
    return render(
        request,
        "publishing/source.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        kind=kind,
        kind_words=SOURCES[kind],
        form=form,
        refused=placed_at_fields(why_not),
        names=FIELDS,
        databases=[(one.database.code, _named(one)) for one in mine],
        most_bytes=desk.control.workshop.uploads.max_bytes if kind is Source.FILE else _DOCUMENT_BYTES,
        agency=desk.member.agency,
    )


def _named(line: DatabaseLine) -> str:
    return f"{line.database.title_vi} ({line.database.code})"
