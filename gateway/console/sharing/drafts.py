"""What does one draft look like, what of it is corrected, and when is it given up?

The first step after the import. A form holds the whole draft, or one of its operations where it has many; what differs
from the draft becomes corrections.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from adapters.errors import AdapterError, BindingInvalid, FileRefused
from catalog import publications
from catalog.changes import Change
from catalog.descriptions import FieldClass, OperationDescription
from catalog.errors import ContentInvalid, Fault
from catalog.importers.classes import propose
from catalog.importers.corrections import Correction, Part
from catalog.importers.draft import Source
from catalog.importers.proposals import body_paths
from catalog.publications import Publication
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import redirect, render
from gateway.console.words import FIELD_CLASSES, FIELD_TYPES, PUBLICATION_STATES, SOURCES
from gateway.problems import problem_of
from gateway.publication.importing import key_of
from gateway.publication.preview import FieldLine, Preview
from gateway.publication.steps import correct_draft, look_at_source, rekey_draft, show_draft
from gateway.publication.uploading import is_upload
from gateway.surroundings import in_vietnamese
from security.staff import Permission

router = APIRouter(prefix="/console/publishing", include_in_schema=False)
_OF_PEOPLE = (FieldClass.PERSONAL, FieldClass.SENSITIVE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a place of the form stands in the draft: an operation (empty: all that have it) and a path or name."""

    operation: str
    at: str


async def draft_of(desk: Desk, code: str, permission: Permission = Permission.PUBLICATION_READ) -> Publication:
    """Return a draft that the reader may see and do `permission` with. Raises NotThere, NotYours, StaffForbidden."""
    async with desk.reading() as session:
        found = await publications.show_publication(session, code)
    desk.require_sight(Permission.PUBLICATION_READ, found.owner)
    desk.require(permission, found.owner)
    return found


@router.get("/{code}")
async def show_one(code: str, request: Request, desk: Signed) -> Response:
    """Show a draft: its fields with class and reason, and what a person should know."""
    return await draft_page(request, desk, code, operation=request.query_params.get("operation", ""))


@router.post("/{code}")
async def correct_one(code: str, request: Request, desk: Signed) -> Response:
    """Take the corrections of a draft, and go on to the next step where that was asked."""
    form = await desk.read_form(request)
    found = await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    done = await attempted(_correct(desk, found, form))
    if isinstance(done, Refused):
        return await draft_page(request, desk, code, operation=form.text("operation"), form=form, why_not=done)
    if form.text("then") == "try":
        return redirect(f"/console/publishing/{done}/try")
    return redirect(f"/console/publishing/{done}?saved=1&operation={form.text('operation')}")


@router.post("/{code}/rows")
async def look(code: str, request: Request, desk: Signed) -> Response:
    """Show a draft with a few rows of its source, which is looked at anew."""
    await desk.read_form(request)
    await draft_of(desk, code, Permission.PUBLICATION_TRY)
    seen = await attempted(_seen(look_at_source(desk, code, workshop=desk.control.workshop)))
    if isinstance(seen, Refused):
        return await draft_page(request, desk, code, why_not=seen)
    return await draft_page(request, desk, code, seen=seen)


@router.post("/{code}/key")
async def choose_key(code: str, request: Request, desk: Signed) -> Response:
    """Draft the source anew with another key, and show it with rows."""
    form = await desk.read_form(request)
    await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    key = tuple(one.strip() for one in form.text("key").split(",") if one.strip())
    seen = await attempted(_seen(rekey_draft(desk, code, key, workshop=desk.control.workshop)))
    if isinstance(seen, Refused):
        return await draft_page(request, desk, code, why_not=seen, key=form.text("key"))
    return await draft_page(request, desk, seen.code, imported=seen)


@router.get("/{code}/drop")
async def ask_drop(code: str, request: Request, desk: Signed) -> Response:
    """Ask whether a draft shall be given up."""
    found = await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    return render(request, "publishing/drop.html", desk=desk, draft=found, refused=NOTHING_REFUSED)


@router.post("/{code}/drop")
async def drop_one(code: str, request: Request, desk: Signed) -> Response:
    """Give a draft up."""
    await desk.read_form(request)
    found = await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    done = await attempted(_drop(desk, code))
    if isinstance(done, Refused):
        return render(request, "publishing/drop.html", status=422, desk=desk, draft=found, refused=done)
    return redirect(f"/console/databases/{found.database}")


async def draft_page(
    request: Request,
    desk: Desk,
    code: str,
    *,
    operation: str = "",
    imported: Preview | None = None,
    seen: Preview | None = None,
    form: Form | None = None,
    why_not: Refused = NOTHING_REFUSED,
    key: str = "",
) -> Response:
    """Return the page of a draft; one just `imported` or `seen` has rows, masked, which are shown this once."""
    found = await draft_of(desk, code)
    shown = imported or seen or await show_draft(desk, code)
    rows = shown.rows
    chosen = _chosen(found, operation)
    status = 422 if why_not is not NOTHING_REFUSED else 200 if imported is None else 201
    return render(
        request,
        "publishing/draft.html",
        status=status,
        desk=desk,
        draft=found,
        shown=shown,
        rows=rows,
        columns=list(rows[0]) if rows else [],
        imported=imported is not None,
        saved=request.query_params.get("saved") == "1",
        form=form,
        refused=why_not,
        operations=found.service.operations,
        chosen=chosen,
        fields=_lines(shown, chosen),
        candidates={one.code: subject_candidates(one) for one in _edited(found, chosen)},
        edited=_edited(found, chosen),
        alike=is_alike(found),
        may_change=desk.may(Permission.PUBLICATION_PREPARE, found.owner) and found.state == "draft",
        classes=FIELD_CLASSES,
        types=FIELD_TYPES,
        states=PUBLICATION_STATES,
        sources=SOURCES,
        upload=is_upload(found.provider, workshop=desk.control.workshop),
        key=key or ", ".join(key_of(found.prepared.draft, found.source)),
        as_of=found.changed_at.isoformat(),
    )


def is_alike(draft: Publication) -> bool:
    """Tell whether all operations of a draft give the same fields: those of a table or a file."""
    return draft.source in (Source.TABLE, Source.FILE)


def subject_candidates(operation: OperationDescription) -> tuple[str, ...]:
    """Return where the identifiers of people could stand, those that are said already first."""
    names = [f"parameter:{one.name}" for one in operation.parameters if propose(one.name).class_ in _OF_PEOPLE]
    names += [f"body:{path}" for path in body_paths(operation)]
    names += [f"answer:{one.path}" for one in operation.fields if one.class_ in _OF_PEOPLE and not one.structural]
    return tuple(dict.fromkeys((*operation.subjects, *names)))


def _chosen(draft: Publication, operation: str) -> OperationDescription:
    held = draft.service.operations
    return next((one for one in held if one.code == operation), held[0])


def _edited(draft: Publication, chosen: OperationDescription) -> tuple[OperationDescription, ...]:
    return draft.service.operations if is_alike(draft) else (chosen,)


def _lines(shown: Preview, chosen: OperationDescription) -> list[tuple[FieldLine, str]]:
    """Return the fields of the operation, the envelope's left out, in the order of the description."""
    operation = next(one for one in shown.operations if one.code == chosen.code)
    english = {one.path: one.title_en for one in chosen.fields}
    return [(line, english.get(line.path, "")) for line in operation.fields if not line.structural]


async def _correct(desk: Desk, draft: Publication, form: Form) -> str:
    """Correct what differs and return the draft's code, which may be another. Raises CatalogErrors."""
    if form.text("as_of") != draft.changed_at.isoformat():
        vi, en = "có người đã sửa bản nháp này: hãy xem lại rồi sửa", "somebody has changed the draft: look again"
        raise ContentInvalid([Fault("", vi, en)])
    corrections = _corrections(draft, form)
    return (await correct_draft(desk, draft.code, corrections)).code if corrections else draft.code


async def _seen(looking: Awaitable[Preview]) -> Preview:
    """Return a draft with rows of its source. Raises CatalogErrors, also where the source cannot be seen."""
    try:
        return await looking
    except FileRefused as error:
        raise ContentInvalid([Fault("", error.vi, str(error))]) from error
    except BindingInvalid as error:
        raise ContentInvalid([Fault("", in_vietnamese(error), str(error))]) from error
    except AdapterError as error:
        raise ContentInvalid([Fault("", problem_of(error).type.detail_vi, str(error))]) from error


async def _drop(desk: Desk, code: str) -> Change:
    return await desk.change("drop", lambda session: publications.drop_publication(session, code, by=desk.actor))


def _corrections(draft: Publication, form: Form) -> list[Correction]:
    """Return what differs between the form and the draft."""
    chosen = _chosen(draft, form.text("operation"))
    found = _of_members(Part.SERVICE, "", draft.service, form, "service", ("title_vi", "title_en", "code", "version"))
    found += _of_members(
        Part.PROVIDER, "", draft.provider, form, "provider",
        ("code", "timeout_seconds", "max_concurrency"),
    )  # fmt: skip
    for number, operation in enumerate(_edited(draft, chosen)):
        found += _of_operation(operation, form, number)
    found += _of_fields(draft, chosen, form)
    return _settled(found)


def _settled(corrections: Sequence[Correction]) -> list[Correction]:
    """Return the corrections without those of what another one drops."""
    gone = {(one.part, one.operation, one.at) for one in corrections if one.drop}
    operations = {at for part, _, at in gone if part is Part.OPERATION}
    kept: dict[tuple[Part, str, str, bool], Correction] = {}
    for one in corrections:
        place = (one.part, one.operation, one.at)
        if one.operation not in operations and (one.drop or place not in gone):
            kept.setdefault((*place, one.part is Part.OPERATION and "subjects" in one.set), one)
    return list(kept.values())


def _of_members(
    part: Part, at: str, held: object, form: Form, prefix: str, names: Sequence[str], *, operation: str = ""
) -> list[Correction]:
    said = {name: form.text(f"{prefix}.{name}") for name in names if f"{prefix}.{name}" in form.values}
    changed = {name: text for name, text in said.items() if text != str(getattr(held, name))}
    return [Correction(part=part, at=at, operation=operation, set=changed)] if changed else []


def _of_operation(operation: OperationDescription, form: Form, number: int) -> list[Correction]:
    prefix = f"o{number}"
    if f"{prefix}.title_vi" not in form.values:
        return []
    if len(form.all(f"{prefix}.offered")) and not form.has(f"{prefix}.keep"):
        return [Correction(part=Part.OPERATION, at=operation.code, drop=True)]
    found = _of_members(Part.OPERATION, operation.code, operation, form, prefix, ("title_vi", "title_en"))
    members: dict[str, str] = {}
    subjects = tuple(form.all(f"{prefix}.subjects"))
    if set(subjects) != set(operation.subjects):
        members["subjects"] = " ".join(subjects)
    for name in ("safe", "officer_needed"):
        if f"{prefix}.{name}.asked" in form.values and form.has(f"{prefix}.{name}") != getattr(operation, name):
            members[name] = "true" if form.has(f"{prefix}.{name}") else "false"
    if members:
        found.append(Correction(part=Part.OPERATION, at=operation.code, set=members))
    for place, parameter in enumerate(operation.parameters):
        at = f"{prefix}.p{place}"
        if f"{at}.title_vi" not in form.values:
            continue
        if not parameter.required and not form.has(f"{at}.keep"):
            found.append(Correction(part=Part.PARAMETER, at=parameter.name, operation=operation.code, drop=True))
            continue
        found += _of_members(
            Part.PARAMETER, parameter.name, parameter, form, at, ("title_vi", "example"), operation=operation.code
        )
    return found


def _of_fields(draft: Publication, chosen: OperationDescription, form: Form) -> list[Correction]:
    found: list[Correction] = []
    kept = 0
    for number, one in enumerate(field for field in chosen.fields if not field.structural):
        prefix = f"f{number}"
        if f"{prefix}.class" not in form.values:
            continue
        place = (
            Place("", one.path.replace("[]", "").rpartition(".")[2])
            if is_alike(draft)
            else Place(chosen.code, one.path)
        )
        if not form.has(f"{prefix}.keep"):
            found.append(Correction(part=Part.FIELD, at=place.at, operation=place.operation, drop=True))
            found += _of_filters(draft, place.at) if is_alike(draft) else []
            continue
        kept += 1
        members = {name: form.text(f"{prefix}.{name}") for name in ("class", "title_vi", "title_en")}
        held = {"class": str(one.class_), "title_vi": one.title_vi, "title_en": one.title_en}
        changed = {name: text for name, text in members.items() if text != held[name]}
        if changed:
            found.append(Correction(part=Part.FIELD, at=place.at, operation=place.operation, set=changed))
    if found and not kept:
        raise ContentInvalid([Fault("fields", "hãy giữ ít nhất một trường", "keep one field at least")])
    return found


def _of_filters(draft: Publication, name: str) -> list[Correction]:
    """Return the corrections that leave out what a dropped column could be filtered by: it would still tell of it."""
    filters = {name, f"Tu{name}", f"Den{name}"}
    return [
        Correction(part=Part.PARAMETER, at=parameter.name, operation=operation.code, drop=True)
        for operation in draft.service.operations
        for parameter in operation.parameters
        if parameter.name in filters and not parameter.required
    ]
