"""How is a publication prepared, and when does it become a service?

A draft is kept in the database from its import to its release; nobody may call it meanwhile. It holds the description
and never a row of the provider's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, refuse_faults
from catalog.compatibility import breaking_changes
from catalog.descriptions import ProviderDescription, ServiceDescription
from catalog.errors import AlreadyThere, Fault, NotThere
from catalog.importers.corrections import Correction, Part, correct, meets
from catalog.importers.draft import Draft, Source
from catalog.importers.proposals import Reason
from catalog.providers import add_provider, provider_faults, replace_provider
from catalog.service_faults import check_service
from catalog.services import latest_version, publish_service, revise_service, show_service
from catalog.states import PublicationState, PublicationStep, step_publication
from catalog.tables import DatabaseRow, ProviderRow, PublicationDraftRow, ServiceVersionRow


class PreparedDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is kept of a publication: the draft, and why each field has its class."""

    draft: Draft
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as it stands. `tried` says how the last try ended: a word, empty when there was none."""

    code: str
    database: str
    owner: str
    source: Source
    state: PublicationState
    prepared: PreparedDraft
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    tried: str
    tried_by: str
    tried_at: datetime | None

    @property
    def service(self) -> ServiceDescription:
        """The service as it would be published."""
        return self.prepared.draft.service

    @property
    def provider(self) -> ProviderDescription:
        """The provider that would serve it."""
        return self.prepared.draft.provider


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a draft stands to what is published: the version compared with (0: none), and what would break.

    `may_keep` tells whether the draft may be published under that version's number; `next_version` is the number that
    may always be used.
    """

    version: int
    breaks: tuple[Fault, ...]
    may_keep: bool
    next_version: int


def publication_code(service: ServiceDescription) -> str:
    """Return the code of a service version's publication: `datdai.thua-dat.v1`."""
    return f"{service.database}.{service.code}.v{service.version}"


async def import_publication(
    session: AsyncSession, prepared: PreparedDraft, *, source: Source, again: bool = False, by: Actor
) -> Change:
    """Keep a new draft; with `again` instead of one that is being prepared.

    Raises NotThere (no such database), AlreadyThere (a draft of this version is being prepared).
    """
    service = prepared.draft.service
    database = await session.get(DatabaseRow, service.database)
    if database is None:
        raise NotThere("database", service.database)
    code = publication_code(service)
    row = await session.get(PublicationDraftRow, code, with_for_update=True)
    before = "" if row is None else digest(row.document)
    if row is not None:
        if row.state == PublicationState.DRAFT and not again:
            raise AlreadyThere("publication", code)
        await session.delete(row)
        await session.flush()
    content = canonical_document(prepared)
    session.add(
        PublicationDraftRow(
            code=code,
            database=service.database,
            source=source,
            document=content,
            state=PublicationState.DRAFT,
            created_by=by.code,
            created_at=by.at,
            changed_by=by.code,
            changed_at=by.at,
        )
    )
    return _said(code, before, digest(content), service.version, PublicationState.DRAFT, owner=database.owner)


async def correct_publication(
    session: AsyncSession, code: str, corrections: Sequence[Correction], *, by: Actor
) -> Change:
    """Correct a draft; what was tried must be tried again. Raises NotThere, StateForbids, ContentInvalid."""
    row, owner = await _find(session, code, PublicationStep.CORRECT)
    held = _document(row)
    draft = correct(held.draft, corrections)
    renamed = publication_code(draft.service)
    if renamed != code and await session.get(PublicationDraftRow, renamed) is not None:
        raise AlreadyThere("publication", renamed)
    content = canonical_document(PreparedDraft(draft=draft, reasons=_corrected(held.reasons, corrections)))
    before, row.document = digest(row.document), content
    row.code, row.changed_by, row.changed_at = renamed, by.code, by.at
    row.tried, row.tried_by, row.tried_at = "", None, None
    session.add(row)
    return _said(row.code, before, digest(content), draft.service.version, row.state, owner=owner)


async def note_trial(session: AsyncSession, code: str, ended: str, *, by: Actor) -> Change:
    """Note that a draft is being tried, or how it ended: a word. Raises NotThere, StateForbids."""
    row, owner = await _find(session, code, PublicationStep.TRY)
    row.tried, row.tried_by, row.tried_at = ended[:100], by.code, by.at
    session.add(row)
    same = digest(row.document)
    return _said(code, same, same, _document(row).draft.service.version, row.tried, owner=owner)


async def note_look(session: AsyncSession, code: str) -> Change:
    """Note that somebody looks at rows of a draft's source. Raises NotThere, StateForbids."""
    row, owner = await _find(session, code, PublicationStep.TRY)
    same = digest(row.document)
    return _said(code, same, same, _document(row).draft.service.version, row.state, owner=owner)


async def drop_publication(session: AsyncSession, code: str, *, by: Actor) -> Change:
    """Give a draft up. Raises NotThere, StateForbids."""
    row, owner = await _find(session, code, PublicationStep.DROP)
    row.state, row.changed_by, row.changed_at = PublicationState.DROPPED, by.code, by.at
    session.add(row)
    return _said(code, digest(row.document), "", _document(row).draft.service.version, row.state, owner=owner)


async def release_publication(
    session: AsyncSession, code: str, *, replace_existing_provider: bool = False, by: Actor
) -> Change:
    """Publish a draft: its provider is added, or used as it is, and the service version is published with it.

    A version that is published already is revised, where nothing breaks. With `replace_existing_provider` a provider
    of this code that differs is replaced, for all its services. Raises NotThere, StateForbids, AlreadyThere, and
    ContentInvalid with all faults at once.
    """
    row, _ = await _find(session, code, PublicationStep.PUBLISH)
    draft = _document(row).draft
    comparison = await compare(session, draft.service)
    refuse_faults(
        *check_service(draft.service),
        *(await provider_faults(session, draft.provider)),
        *(await _provider_taken(session, draft.provider, replace=replace_existing_provider)),
        *_number_faults(comparison, draft.service.version),
    )
    parts = await _settle_provider(session, draft.provider, by=by)
    await session.flush()
    done = await _publish(session, draft.service, by=by)
    row.state, row.changed_by, row.changed_at = PublicationState.PUBLISHED, by.code, by.at
    session.add(row)
    return replace(done, parts=parts)


async def show_publication(session: AsyncSession, code: str) -> Publication:
    """Return a publication. Raises NotThere."""
    row = await session.get(PublicationDraftRow, code)
    if row is None:
        raise NotThere("publication", code)
    return _view(row, await _owner(session, row.database))


async def list_publications(session: AsyncSession) -> list[Publication]:
    """Return all publications, those being prepared first, by code."""
    owners = dict((await session.exec(select(DatabaseRow.code, DatabaseRow.owner))).all())
    rows = await session.exec(select(PublicationDraftRow).order_by(col(PublicationDraftRow.code)))
    found = [_view(row, owners[row.database]) for row in rows]
    return sorted(found, key=lambda one: one.state is not PublicationState.DRAFT)


async def endpoints_of(session: AsyncSession, agency: str) -> frozenset[str]:
    """Return where an agency's providers are, and those of the drafts that it is preparing."""
    rows = await session.exec(select(ProviderRow.description).where(ProviderRow.agency == agency))
    found = {msgspec.json.decode(one, type=ProviderDescription).endpoint for one in rows}
    drafts = await session.exec(
        select(PublicationDraftRow.document)
        .join(DatabaseRow, col(DatabaseRow.code) == col(PublicationDraftRow.database))
        .where(DatabaseRow.owner == agency, PublicationDraftRow.state == PublicationState.DRAFT)
    )
    return frozenset(found | {msgspec.json.decode(one, type=PreparedDraft).draft.provider.endpoint for one in drafts})


async def compare(session: AsyncSession, service: ServiceDescription) -> Comparison:
    """Return how a service would differ, for its callers, from the version published under its number or the latest."""
    latest = await latest_version(session, service.database, service.code)
    if latest is None:
        return Comparison(0, (), may_keep=True, next_version=1)
    held = latest
    if await session.get(ServiceVersionRow, (service.database, service.code, service.version)) is not None:
        held = await show_service(session, service.database, service.code, version=service.version)
    breaks = breaking_changes(held.service, service)
    return Comparison(held.service.version, breaks, may_keep=not breaks, next_version=latest.service.version + 1)


async def _find(session: AsyncSession, code: str, step: PublicationStep) -> tuple[PublicationDraftRow, str]:
    """Return the row, locked, in which `step` may be done, and the agency that owns its database."""
    row = await session.get(PublicationDraftRow, code, with_for_update=True)
    if row is None:
        raise NotThere("publication", code)
    step_publication(PublicationState(row.state), step)
    return row, await _owner(session, row.database)


async def _owner(session: AsyncSession, database: str) -> str:
    return (await session.exec(select(DatabaseRow.owner).where(DatabaseRow.code == database))).one()


async def _provider_taken(session: AsyncSession, provider: ProviderDescription, *, replace: bool) -> list[Fault]:
    row = await session.get(ProviderRow, provider.code)
    if row is None or row.description == canonical_document(provider) or (replace and row.agency == provider.agency):
        return []
    return [
        Fault(
            "provider.code",
            "đã có nơi cung cấp mang mã này với mô tả khác: đổi mã, hoặc thay mô tả cũ",
            "another provider has this code: choose another, or replace it for all its services",
        )
    ]


def _number_faults(comparison: Comparison, version: int) -> list[Fault]:
    if comparison.version == version:
        vi = f"phiên bản {version} đang có người gọi, thay đổi này làm hỏng; hãy công bố phiên bản"
        en = f"breaks callers of version {version}; publish it as version"
        return [
            Fault(one.where, f"{one.vi}: {vi} {comparison.next_version}", f"{one.en}: {en} {comparison.next_version}")
            for one in comparison.breaks
        ]
    if version < comparison.next_version:
        return [
            Fault(
                "version",
                f"số phiên bản tiếp theo là {comparison.next_version}",
                f"the next version is {comparison.next_version}",
            )
        ]
    return []


async def _settle_provider(session: AsyncSession, provider: ProviderDescription, *, by: Actor) -> tuple[Change, ...]:
    row = await session.get(ProviderRow, provider.code)
    if row is None:
        return (await add_provider(session, provider, by=by),)
    if row.description == canonical_document(provider):
        return ()
    return (await replace_provider(session, provider, by=by),)


async def _publish(session: AsyncSession, service: ServiceDescription, *, by: Actor) -> Change:
    held = await session.get(ServiceVersionRow, (service.database, service.code, service.version))
    if held is None:
        return await publish_service(session, service, by=by)
    return await revise_service(session, service, by=by)


def _corrected(reasons: Sequence[Reason], corrections: Sequence[Correction]) -> tuple[Reason, ...]:
    """Return the reasons, those of fields whose class a person has set saying so."""
    told = [one for one in corrections if one.part is Part.FIELD and "class" in one.set]
    return tuple(
        msgspec.structs.replace(reason, vi="người công bố quyết định", en="decided by the publisher")
        if any(meets(reason.path, one.at) and one.operation in ("", reason.operation) for one in told)
        else reason
        for reason in reasons
    )


def _document(row: PublicationDraftRow) -> PreparedDraft:
    return msgspec.json.decode(row.document, type=PreparedDraft)


def _said(code: str, before: str, after: str, version: int, state: str, *, owner: str) -> Change:
    return Change("publication", code, before, after, version=version, state=state, agencies=(owner,))


def _view(row: PublicationDraftRow, owner: str) -> Publication:
    return Publication(
        code=row.code,
        database=row.database,
        owner=owner,
        source=Source(row.source),
        state=PublicationState(row.state),
        prepared=_document(row),
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        tried=row.tried,
        tried_by=row.tried_by or "",
        tried_at=row.tried_at,
    )
