"""How does a data owner publish a service from the command line, without code?"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from catalog.changes import Change
from catalog.importers.bundle import read_bundle
from catalog.importers.corrections import Correction, Part
from catalog.importers.draft import ImportRefused, Source
from catalog.publications import Comparison, drop_publication, list_publications
from gateway.commands.changing import By, change, read, show
from gateway.commands.desks import CommandDesk, at_desk
from gateway.commands.previews import preview_lines, table, trial_lines
from gateway.publication import steps
from gateway.publication.importing import ImportDocument
from gateway.publication.preview import Preview
from gateway.publication.trial import Trial, TrialDocument

publish = typer.Typer(
    name="publish",
    help="Publish a service from a table, a file, an OpenAPI document or a WSDL: no code. See docs/publishing.md.",
    no_args_is_help=True,
)
Database = Annotated[str, typer.Option("--database", help="Code of the shared database that it belongs to.")]
Service = Annotated[str, typer.Option("--service", help="Code of the service: part of its address.")]
Title = Annotated[str, typer.Option("--title", help="What it is, in Vietnamese.")]
TitleEn = Annotated[str, typer.Option("--title-en", help="What it is, in English.")]
Version = Annotated[int, typer.Option(help="By default the published one, or the next where callers would break.")]
Provider = Annotated[str, typer.Option("--provider", help="Code of the provider; by default {database}-{service}.")]
Url = Annotated[str, typer.Option("--provider-url", help="Where the provider is; instead of the document's address.")]
Options = Annotated[str, typer.Option("--options", help="Options of the adapter, as JSON (docs/adapters.md).")]
Secret = Annotated[
    list[str] | None,
    typer.Option(help="name=file:path or name=env:LIENTHONG_SECRET_<AGENCY>__…: never the secret itself."),
]
Key = Annotated[list[str] | None, typer.Option(help="A column that identifies a row; repeat for several.")]
Root = Annotated[str, typer.Option(help="The document to begin with, when a bundle has several.")]
Again = Annotated[bool, typer.Option("--again", help="Replace the draft that is being prepared.")]
Yes = Annotated[bool, typer.Option("--yes", help="Try it, and publish it at once when the provider answers.")]
Try = Annotated[list[str] | None, typer.Option("--try", help="With --yes: name=value of the call that is tried.")]
Body = Annotated[Path | None, typer.Option("--try-body", help="With --yes: a file with the JSON body.")]
Code = Annotated[str, typer.Argument(help="Code of the draft: database.service.v1.")]


@publish.command("table")
def from_table(
    database: Database, service: Service, title: Title, by: By,
    provider_url: Annotated[str, typer.Option(help="The database: sqlite:///path, postgresql://user@host:5432/name")],
    name: Annotated[str, typer.Option("--table", help="Table or view; schema.table too.")],
    key: Key = None, title_en: TitleEn = "", version: Version = 0, provider: Provider = "", options: Options = "{}",
    secret: Secret = None, again: Again = False, yes: Yes = False, values: Try = None,
) -> None:  # fmt: skip
    """Draft a service from a table or a view of a database."""
    asked = ImportDocument(
        source=Source.TABLE, database=database, service=service, title_vi=title, title_en=title_en, version=version,
        provider=provider, endpoint=provider_url, options=_json(options), secrets=_pairs(secret), table=name,
        key=tuple(key or ()), again=again,
    )  # fmt: skip
    _import(asked, by=by, yes=yes, values=values)


@publish.command("file")
def from_file(
    path: Annotated[str, typer.Argument(help="CSV, XLSX or Parquet; a pattern (*.csv) of several of one shape.")],
    database: Database, service: Service, title: Title, by: By,
    key: Key = None, title_en: TitleEn = "", version: Version = 0, provider: Provider = "", options: Options = "{}",
    sheet: Annotated[str, typer.Option(help="Which sheet of a workbook.")] = "",
    again: Again = False, yes: Yes = False, values: Try = None,
) -> None:  # fmt: skip
    """Draft a service from a file; a new file of this name is picked up by itself."""
    asked = ImportDocument(
        source=Source.FILE, database=database, service=service, title_vi=title, title_en=title_en, version=version,
        provider=provider, endpoint=str(Path(path).absolute()), options=_json(options), key=tuple(key or ()),
        sheet=sheet, again=again,
    )  # fmt: skip
    _import(asked, by=by, yes=yes, values=values)


@publish.command("openapi")
def from_openapi(
    path: Annotated[Path, typer.Argument(help="The document (JSON or YAML), a directory or a ZIP of several.")],
    database: Database, service: Service, title: Title, by: By,
    provider_url: Url = "", title_en: TitleEn = "", version: Version = 0, provider: Provider = "",
    options: Options = "{}", secret: Secret = None, root: Root = "", again: Again = False, yes: Yes = False,
    values: Try = None, body: Body = None,
) -> None:  # fmt: skip
    """Draft a service from an OpenAPI document, 2.0 to 3.1. Nothing is fetched."""
    asked = ImportDocument(
        source=Source.OPENAPI, database=database, service=service, title_vi=title, title_en=title_en, version=version,
        provider=provider, endpoint=provider_url, options=_json(options), secrets=_pairs(secret),
        documents=_documents(path), root=root, again=again,
    )  # fmt: skip
    _import(asked, by=by, yes=yes, values=values, body=body)


@publish.command("wsdl")
def from_wsdl(
    path: Annotated[Path, typer.Argument(help="The WSDL, a directory or a ZIP with what it imports.")],
    database: Database, service: Service, title: Title, by: By,
    provider_url: Url = "", title_en: TitleEn = "", version: Version = 0, provider: Provider = "",
    options: Options = "{}", secret: Secret = None, root: Root = "",
    wsdl_service: Annotated[str, typer.Option(help="Which service, when the WSDL has several.")] = "",
    port: Annotated[str, typer.Option(help="Which port, when the service has several.")] = "",
    again: Again = False, yes: Yes = False, values: Try = None, body: Body = None,
) -> None:  # fmt: skip
    """Draft a service from a WSDL. Nothing is fetched."""
    asked = ImportDocument(
        source=Source.WSDL, database=database, service=service, title_vi=title, title_en=title_en, version=version,
        provider=provider, endpoint=provider_url, options=_json(options), secrets=_pairs(secret),
        documents=_documents(path), root=root, wsdl_service=wsdl_service, wsdl_port=port, again=again,
    )  # fmt: skip
    _import(asked, by=by, yes=yes, values=values, body=body)


@publish.command("list")
def list_all() -> None:
    """List the drafts, those being prepared first."""
    for one in read(list_publications):
        typer.echo(f"{one.code}\t{one.state}\t{one.source}\t{one.changed_by}\t{one.service.title_vi}")


@publish.command("show")
def show_one(
    code: Code, as_json: Annotated[bool, typer.Option("--json", help="As JSON, with everything.")] = False
) -> None:
    """Show a draft: fields with type, class and reason, parameters, notes, and what would break."""

    async def work(desk: CommandDesk) -> Preview:
        return await steps.show_draft(desk, code)

    shown = at_desk(work, by="")
    if as_json:
        show(shown)
    else:
        _print(preview_lines(shown))


@publish.command("set")
def correct(
    code: Code,
    target: Annotated[str, typer.Argument(help="Path of the field, or name of what --of says; its end is enough.")],
    changes: Annotated[list[str], typer.Argument(help="class=personal, title=…, format=…, or the word drop.")],
    by: By,
    of: Annotated[Part, typer.Option(help="What the target is.")] = Part.FIELD,
    operation: Annotated[str, typer.Option(help="Only in this operation.")] = "",
) -> None:
    """Correct a draft: the class or title of a field, a parameter, an operation; or leave it out."""
    drop = "drop" in changes
    correction = Correction(
        part=of, at=target, operation=operation, set=_pairs([one for one in changes if one != "drop"]), drop=drop
    )

    async def work(desk: CommandDesk) -> Preview:
        return await steps.correct_draft(desk, code, [correction])

    _print(preview_lines(at_desk(work, by=by)))


@publish.command("try")
def try_one(
    code: Code, by: By,
    operation: Annotated[str, typer.Argument(help="Which operation; by default the first that only reads.")] = "",
    values: Annotated[list[str] | None, typer.Argument(help="name=value of its parameters, or of its body.")] = None,
    body: Annotated[Path | None, typer.Option(help="A file with the JSON body.")] = None,
    officer: Annotated[str, typer.Option(help="Code of the officer, where the provider wants one.")] = "",
    changes_data: Annotated[bool, typer.Option("--changes-data", help="Allow an operation that changes data.")] = False,
) -> None:  # fmt: skip
    """Ask the provider once, really, and show what came: declared fields, and names that nobody declared."""

    async def work(desk: CommandDesk) -> Trial:
        chosen = operation or _first_safe(await steps.show_draft(desk, code))
        asked = TrialDocument(
            operation=chosen,
            parameters=_pairs(values),
            body=msgspec.Raw(body.read_bytes()) if body is not None else msgspec.Raw(b"null"),
            officer=officer,
            changes_data=changes_data,
        )
        return await steps.try_draft(desk, code, asked, workshop=desk.workshop)

    trial = at_desk(work, by=by)
    _print(trial_lines(trial))
    if not steps.was_answered(trial):
        raise typer.Exit(1)


@publish.command("compare")
def compare(code: Code) -> None:
    """Say what would break for callers of the published version; ends with 1 when something would."""

    async def work(desk: CommandDesk) -> Comparison:
        return await steps.compare_draft(desk, code)

    found = at_desk(work, by="")
    if not found.version:
        typer.echo("Chưa có phiên bản nào được công bố.")
    elif not found.breaks:
        typer.echo(f"Không làm hỏng gì của bên gọi phiên bản {found.version}.")
    else:
        typer.echo(f"Làm hỏng bên gọi phiên bản {found.version}; cần công bố thành phiên bản {found.next_version}:")
        _print(table(["ở", "vì", "because"], [[one.where, one.vi, one.en] for one in found.breaks]))
        raise typer.Exit(1)


@publish.command("release")
def release(
    code: Code, by: By,
    replace_provider: Annotated[
        bool, typer.Option("--replace-provider", help="Replace the provider of this code, for all its services.")
    ] = False,
) -> None:  # fmt: skip
    """Publish a draft: from now on agreements can name it."""
    _release(code, by=by, replace_provider=replace_provider)


@publish.command("drop")
def drop(code: Code, by: By) -> None:
    """Give a draft up."""
    change("drop", lambda session, actor: drop_publication(session, code, by=actor), by=by)


def _import(asked: ImportDocument, *, by: str, yes: bool, values: list[str] | None, body: Path | None = None) -> None:
    async def work(desk: CommandDesk) -> Preview:
        return await steps.import_draft(desk, asked, workshop=desk.workshop)

    shown = at_desk(work, by=by)
    _print(preview_lines(shown))
    if not yes:
        typer.echo(f"\nSửa: lienthong publish set {shown.code} TRƯỜNG class=… title=… --by {by}")
        typer.echo(f"Thử: lienthong publish try {shown.code} --by {by}")
        typer.echo(f"Công bố: lienthong publish release {shown.code} --by {by}")
        return
    typer.echo("")
    if shown.compared_with and shown.breaks and not asked.version:
        typer.echo(
            f"{shown.address.rpartition('/')[0]} đã có phiên bản {shown.compared_with}. Nếu muốn công bố phiên bản"
            f" {shown.next_version}: --version {shown.next_version} --again; nếu là dịch vụ khác: chọn --service khác.",
            err=True,
        )
        raise typer.Exit(1)
    try_one(shown.code, by, values=values, operation="", body=body, officer="", changes_data=False)
    _release(shown.code, by=by, replace_provider=False)


def _release(code: str, *, by: str, replace_provider: bool) -> None:
    async def work(desk: CommandDesk) -> Change:
        return await steps.release_draft(desk, code, replace_provider=replace_provider, workshop=desk.workshop)

    done = at_desk(work, by=by)
    typer.echo(f"publish service {done.code} v{done.version}: {done.state}, /x/{done.code}/v{done.version}")


def _first_safe(shown: Preview) -> str:
    for operation in shown.operations:
        if operation.safe and not operation.takes_body and all("?:" in one for one in operation.parameters):
            return operation.code
    return next((operation.code for operation in shown.operations if operation.safe), shown.operations[0].code)


def _documents(path: Path) -> dict[str, bytes]:
    try:
        return dict(read_bundle(path))
    except ImportRefused as error:
        for note in error.notes:
            typer.echo(f"{note.where}: {note.vi} / {note.en}", err=True)
        raise typer.Exit(1) from error


def _pairs(values: list[str] | None) -> dict[str, str]:
    pairs = dict(value.partition("=")[::2] for value in values or ())
    if any("=" not in value for value in values or ()):
        raise typer.BadParameter("expected name=value")
    return pairs


def _json(text: str) -> msgspec.Raw:
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise typer.BadParameter("--options must be a JSON object") from error
    return msgspec.Raw(text.encode())


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
