"""Which steps lead from what a data owner has to a published service?

Import, look, correct, try, publish; the same for the command line and the control API. Each step that changes something
is recorded before it is done; a try is recorded before the provider is asked, and again when it has ended.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import databases, publications
from catalog.changes import Actor, Change
from catalog.descriptions import ServiceDescription
from catalog.errors import CatalogError, ContentInvalid
from catalog.importers.corrections import Correction
from catalog.importers.draft import Draft
from catalog.publications import Comparison, Publication
from catalog.service_faults import check_service
from catalog.services import latest_version, served_by
from gateway.publication.importing import (
    ImportDocument,
    Imported,
    Rows,
    asked_again,
    prepare_draft,
    renumbered,
    see_rows,
)
from gateway.publication.preview import Preview, preview
from gateway.publication.trial import ANSWERED, Trial, TrialDocument, check_trial, try_operation
from gateway.publication.workshop import Workshop

UNDER_WAY = "under-way"


class Desk(Protocol):
    """Where somebody works who answers for what he does: a visit of the control API, or a command."""

    @property
    def actor(self) -> Actor:
        """Who it is, and when."""
        ...

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Yield a session that only reads."""
        ...

    def change(self, action: str, work: Callable[[AsyncSession], Awaitable[Change]]) -> Awaitable[Change]:
        """Record the change that `work` makes, then make it."""
        ...


async def import_draft(desk: Desk, asked: ImportDocument, *, workshop: Workshop) -> Preview:
    """Keep a draft of what was handed in and return what it looks like, with a few rows of the source.

    Raises CatalogErrors (ImportRefused, ContentInvalid, NotThere, AlreadyThere) and AdapterErrors.
    """
    async with desk.reading() as session:
        owner = (await databases.show_database(session, asked.database)).owner
        latest = await latest_version(session, asked.database, asked.service)
    published = 0 if latest is None else latest.service.version
    imported = await prepare_draft(asked, agency=owner, published=published, workshop=workshop)
    if published and not asked.version:
        imported = await _numbered(desk, imported)
    change = await desk.change(
        "import",
        lambda session: publications.import_publication(
            session, imported.prepared, source=asked.source, again=asked.again, by=desk.actor
        ),
    )
    return await show_draft(desk, change.code, rows=imported.rows)


async def show_draft(desk: Desk, code: str, *, rows: Rows = ()) -> Preview:
    """Return what a draft looks like; `rows` are those of its source that were just seen. Raises NotThere."""
    async with desk.reading() as session:
        publication = await publications.show_publication(session, code)
        comparison = await publications.compare(session, publication.service)
    return preview(publication, comparison, rows=rows)


async def look_at_source(desk: Desk, code: str, *, workshop: Workshop) -> Preview:
    """Return what a draft looks like, with a few rows of its source as they are now; recorded before it is looked at.

    Raises NotThere, StateForbids, ContentInvalid, and AdapterErrors where the source cannot be seen.
    """
    publication = await _draft(desk, code)
    await desk.change("look", lambda session: publications.note_look(session, code))
    rows = await see_rows(publication.prepared.draft, publication.source, workshop=workshop)
    return await show_draft(desk, code, rows=rows)


async def rekey_draft(desk: Desk, code: str, key: tuple[str, ...], *, workshop: Workshop) -> Preview:
    """Draft the same table or file anew with another key: what was corrected is proposed again. Raises as an import."""
    publication = await _draft(desk, code)
    asked = asked_again(publication.prepared.draft, publication.source, key=key)
    return await import_draft(desk, asked, workshop=workshop)


async def compare_draft(desk: Desk, code: str) -> Comparison:
    """Return what would break for callers of the published version. Raises NotThere."""
    async with desk.reading() as session:
        publication = await publications.show_publication(session, code)
        return await publications.compare(session, publication.service)


async def correct_draft(desk: Desk, code: str, corrections: Sequence[Correction]) -> Preview:
    """Correct a draft and return what it looks like now. Raises NotThere, StateForbids, ContentInvalid."""
    change = await desk.change(
        "correct",
        lambda session: publications.correct_publication(session, code, corrections, by=desk.actor),
    )
    return await show_draft(desk, change.code)


async def try_draft(desk: Desk, code: str, asked: TrialDocument, *, workshop: Workshop) -> Trial:
    """Ask the provider of a draft once and return what came.

    Raises NotThere, StateForbids, RequestInvalid, ContentInvalid: then nobody was asked.
    """
    publication = await _draft(desk, code)
    check_trial(publication.prepared.draft, asked)
    await _note(desk, code, UNDER_WAY, action="try")
    try:
        trial = await try_operation(publication.prepared.draft, asked, workshop=workshop)
    except CatalogError:
        await _note(desk, code, "content-invalid", action="tried")
        raise
    await _note(desk, code, trial.outcome, action="tried")
    return trial


async def release_draft(desk: Desk, code: str, *, replace_provider: bool, workshop: Workshop) -> Change:
    """Publish a draft, once its adapter could be built. Raises what `catalog.publications.release_publication` does."""
    publication = await _draft(desk, code)
    draft = publication.prepared.draft
    faults = check_service(draft.service)
    try:
        await workshop.check(draft.provider, await _with_its_others(desk, draft))
    except ContentInvalid as error:
        raise ContentInvalid([*faults, *error.faults]) from error
    return await desk.change(
        "publish",
        lambda session: publications.release_publication(
            session, code, replace_existing_provider=replace_provider, by=desk.actor
        ),
    )


async def _with_its_others(desk: Desk, draft: Draft) -> list[ServiceDescription]:
    """Return what the draft's provider would serve: its service, and all others that are served by it."""
    async with desk.reading() as session:
        served = await served_by(session, draft.provider.code)
    service = draft.service
    mine = (service.database, service.code, service.version)
    return [service, *[one for one in served if (one.database, one.code, one.version) != mine]]


def was_answered(trial: Trial) -> bool:
    """Tell whether the provider answered as described."""
    return trial.outcome == ANSWERED


async def _numbered(desk: Desk, imported: Imported) -> Imported:
    """Return the draft under the published number when nothing breaks, else under the next."""
    async with desk.reading() as session:
        comparison = await publications.compare(session, imported.prepared.draft.service)
    return imported if comparison.may_keep else renumbered(imported, comparison.next_version)


async def _draft(desk: Desk, code: str) -> Publication:
    async with desk.reading() as session:
        return await publications.show_publication(session, code)


async def _note(desk: Desk, code: str, ended: str, *, action: str) -> None:
    await desk.change(action, lambda session: publications.note_trial(session, code, ended, by=desk.actor))
