"""How does a draft become a service: what will be published, what would break, and who confirms it?"""

from collections import Counter
from typing import Final

from fastapi import APIRouter, Request, Response

from catalog import databases, providers
from catalog.canonical import canonical_document
from catalog.changes import Change
from catalog.descriptions import ProviderDescription
from catalog.errors import NotThere
from catalog.importers.corrections import Correction, Part
from catalog.inventory import Slice, find_versions
from catalog.publications import Publication
from gateway.console.desk import Desk, Signed
from gateway.console.forms import NOTHING_REFUSED, Form, Refused, attempted
from gateway.console.frame import redirect, render
from gateway.console.sharing.drafts import draft_of
from gateway.console.words import FIELD_CLASSES, SOURCES
from gateway.publication.steps import correct_draft, release_draft, show_draft
from gateway.publication.uploading import is_upload
from security.staff import Permission

router = APIRouter(prefix="/console/publishing", include_in_schema=False)
_SHOWN: Final = 20


@router.get("/{code}/release")
async def ask_release(code: str, request: Request, desk: Signed) -> Response:
    """Show what will be published, and ask for a confirmation."""
    found = await _releasable(desk, code)
    return await _release_page(request, desk, found, Form())


@router.post("/{code}/release")
async def release_one(code: str, request: Request, desk: Signed) -> Response:
    """Publish a draft: its provider and its service version, both or none."""
    form = await desk.read_form(request)
    found = await _releasable(desk, code)
    done = await attempted(_release(desk, found, form))
    if isinstance(done, Refused):
        return await _release_page(request, desk, found, form, why_not=done)
    service = found.service
    return redirect(f"/console/databases/{service.database}/services/{service.code}/v{service.version}?published=1")


@router.post("/{code}/next-version")
async def make_next_version(code: str, request: Request, desk: Signed) -> Response:
    """Give a draft that would break its callers the next number, and a provider of its own."""
    form = await desk.read_form(request)
    found = await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    done = await attempted(_renumber(desk, found))
    if isinstance(done, Refused):
        return await _release_page(request, desk, found, form, why_not=done)
    return redirect(f"/console/publishing/{done}/release")


async def _releasable(desk: Desk, code: str) -> Publication:
    """Return a draft that the reader may publish. Raises as `draft_of`, and StepUpNeeded."""
    found = await draft_of(desk, code, Permission.PUBLICATION_PREPARE)
    desk.require(Permission.SERVICE_PUBLISH, found.owner)
    desk.require(Permission.PROVIDER_CHANGE, found.provider.agency)
    desk.require_recent_proof()
    return found


async def _release(desk: Desk, draft: Publication, form: Form) -> Change:
    return await release_draft(
        desk, draft.code, replace_provider=form.has("replace_provider"), workshop=desk.control.workshop
    )


async def _renumber(desk: Desk, draft: Publication) -> str:
    """Number a draft anew and return its code."""
    shown = await show_draft(desk, draft.code)
    corrections = [Correction(part=Part.SERVICE, set={"version": str(shown.next_version)})]
    if await _held(desk, draft.provider.code) is not None:
        base = draft.provider.code.removesuffix(f"-v{draft.service.version}")
        corrections.append(Correction(part=Part.PROVIDER, set={"code": f"{base}-v{shown.next_version}"}))
    return (await correct_draft(desk, draft.code, corrections)).code


async def _held(desk: Desk, code: str) -> ProviderDescription | None:
    async with desk.reading() as session:
        try:
            return await providers.show_provider(session, code)
        except NotThere:
            return None


async def _release_page(
    request: Request, desk: Desk, draft: Publication, form: Form, *, why_not: Refused = NOTHING_REFUSED
) -> Response:
    shown = await show_draft(desk, draft.code)
    held = await _held(desk, draft.provider.code)
    async with desk.reading() as session:
        database = await databases.show_database(session, draft.database)
        served = await find_versions(session, provider=draft.provider.code, part=Slice(limit=_SHOWN)) if held else []
    fields = {(one.path.rpartition(".")[2], one.class_) for op in draft.service.operations for one in op.fields
              if not one.structural}  # fmt: skip
    counted = Counter(class_ for _, class_ in fields)
    return render(
        request,
        "publishing/release.html",
        status=422 if why_not is not NOTHING_REFUSED else 200,
        desk=desk,
        draft=draft,
        shown=shown,
        database=database,
        form=form,
        refused=why_not,
        classes=[(FIELD_CLASSES[class_], counted[class_]) for class_ in FIELD_CLASSES if counted[class_]],
        differs=held is not None and canonical_document(held) != canonical_document(draft.provider),
        served=served,
        sources=SOURCES,
        upload=is_upload(draft.provider, workshop=desk.control.workshop),
        must_renumber=bool(shown.breaks) and shown.compared_with == draft.service.version,
    )
