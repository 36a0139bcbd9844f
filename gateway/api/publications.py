"""Over which addresses does a data owner publish a service without code?

The same steps as `lienthong publish` (`gateway/publication/steps.py`), over what belongs to the agency of whoever asks.
"""

from datetime import datetime

import msgspec
from fastapi import APIRouter, Request, Response

from catalog import databases, publications
from gateway.api.control import Staff, Visit, control_of, document, read_document
from gateway.api.documents import CorrectionsDocument, ReleaseDocument, takes
from gateway.publication import steps
from gateway.publication.importing import ImportDocument
from gateway.publication.trial import TrialDocument
from gateway.publication.workshop import Workshop
from security.staff import Permission

router = APIRouter(prefix="/api/v1/publications", tags=["publications"])


class PublicationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A publication in a list."""

    code: str
    database: str
    source: str
    state: str
    title_vi: str
    tried: str
    changed_by: str
    changed_at: datetime


@router.get("", summary="The publications that you may see")
async def list_publications(visit: Staff) -> Response:
    """Return the publications of the databases that the caller's agency owns, those being prepared first."""
    async with visit.reading() as session:
        found = await publications.list_publications(session)
    mine = [one for one in found if visit.may(Permission.PUBLICATION_READ, one.owner)]
    return document(
        [
            PublicationLine(
                code=one.code,
                database=one.database,
                source=one.source,
                state=one.state,
                title_vi=one.service.title_vi,
                tried=one.tried,
                changed_by=one.changed_by,
                changed_at=one.changed_at,
            )
            for one in mine
        ]
    )


@router.post("", summary="Draft a service from a source", status_code=201, openapi_extra=takes(ImportDocument))
async def import_draft(request: Request, visit: Staff) -> Response:
    """Make a draft of a table, a file, an OpenAPI document or a WSDL; return what it looks like, with some rows."""
    asked = await read_document(request, ImportDocument)
    async with visit.reading() as session:
        owner = (await databases.show_database(session, asked.database)).owner
    visit.require(Permission.PUBLICATION_PREPARE, owner)
    return document(await steps.import_draft(visit, asked, workshop=_workshop(request)), status=201)


@router.get("/{code}", summary="One publication")
async def show_draft(code: str, visit: Staff) -> Response:
    """Return what a draft looks like: fields with class and reason, parameters, notes, what would break."""
    await _require(visit, code, Permission.PUBLICATION_READ)
    return document(await steps.show_draft(visit, code))


@router.get("/{code}/document", summary="The draft as it would be published")
async def show_document(code: str, visit: Staff) -> Response:
    """Return the provider and the service as they would be published."""
    await _require(visit, code, Permission.PUBLICATION_READ)
    async with visit.reading() as session:
        found = await publications.show_publication(session, code)
    return document(found.prepared.draft)


@router.post("/{code}/corrections", summary="Correct a draft", openapi_extra=takes(CorrectionsDocument))
async def correct_draft(code: str, request: Request, visit: Staff) -> Response:
    """Correct classes, titles, formats, or leave something out; return what the draft looks like now."""
    await _require(visit, code, Permission.PUBLICATION_PREPARE)
    asked = await read_document(request, CorrectionsDocument)
    return document(await steps.correct_draft(visit, code, asked.corrections))


@router.post("/{code}/try", summary="Ask the provider of a draft once", openapi_extra=takes(TrialDocument))
async def try_draft(code: str, request: Request, visit: Staff) -> Response:
    """Make one real call of one operation; return which declared fields came, and what nobody declared."""
    await _require(visit, code, Permission.PUBLICATION_TRY)
    asked = await read_document(request, TrialDocument)
    return document(await steps.try_draft(visit, code, asked, workshop=_workshop(request)))


@router.get("/{code}/comparison", summary="What would break for callers")
async def compare_draft(code: str, visit: Staff) -> Response:
    """Return what callers of the published version would lose."""
    await _require(visit, code, Permission.PUBLICATION_READ)
    return document(await steps.compare_draft(visit, code))


@router.post("/{code}/release", summary="Publish a draft", openapi_extra=takes(ReleaseDocument))
async def release_draft(code: str, request: Request, visit: Staff) -> Response:
    """Add or use the provider and publish the service version, both or none."""
    found = await _require(visit, code, Permission.PUBLICATION_PREPARE)
    visit.require(Permission.SERVICE_PUBLISH, found.owner)
    visit.require(Permission.PROVIDER_CHANGE, found.provider.agency)
    asked = await read_document(request, ReleaseDocument)
    change = await steps.release_draft(
        visit, code, replace_provider=asked.replace_provider, workshop=_workshop(request)
    )
    return document(change)


@router.delete("/{code}", summary="Give a draft up")
async def drop_draft(code: str, visit: Staff) -> Response:
    """Give a draft up."""
    await _require(visit, code, Permission.PUBLICATION_PREPARE)
    change = await visit.change("drop", lambda session: publications.drop_publication(session, code, by=visit.actor))
    return document(change)


async def _require(visit: Visit, code: str, permission: Permission) -> publications.Publication:
    async with visit.reading() as session:
        found = await publications.show_publication(session, code)
    visit.require_sight(Permission.PUBLICATION_READ, found.owner)
    visit.require(permission, found.owner)
    return found


def _workshop(request: Request) -> Workshop:
    return control_of(request).workshop
