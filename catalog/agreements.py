"""How does an agreement come into force, change, rest and end?

Each version is immutable and goes its own way through `catalog/states.py`; suspensions belong to the agreement. Every
function here works in the caller's transaction, adds to the history and lets the policy revision grow. Who signs what
is `gateway/agreement_deeds.py`'s to see to: people come through there.
"""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreement_files import file_faults, keep_files
from catalog.agreement_standing import DRAFTED, note_step, settle
from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, digest_of, find, must_be_new
from catalog.descriptions import ServiceDescription
from catalog.errors import ContentInvalid, Fault, FourEyes, NotThere, StateForbids, TermsInvalid
from catalog.policy import announce_change
from catalog.states import IN_FORCE, OPEN, SERVED, AgreementState, AgreementStep, Side, step_agreement
from catalog.tables import (
    AgencyRow,
    AgreementRow,
    AgreementVersionRow,
    DatabaseRow,
    PurposeRow,
    ServiceVersionRow,
    SuspensionRow,
    SystemRow,
)
from catalog.term_faults import Known, check_terms
from catalog.terms import AgreementTerms
from catalog.widening import widens

PROVINCE_TIME = timezone(timedelta(hours=7), "ICT")  # no summer time; terms are days in the province's time


async def create_draft(session: AsyncSession, terms: AgreementTerms, *, by: Actor) -> Change:
    """Draft a new agreement: its version 1. Raises TermsInvalid with all faults, AlreadyThere."""
    await _check(session, terms)
    await must_be_new(session, AgreementRow, "agreement", terms.code)
    session.add(
        AgreementRow(
            code=terms.code,
            database=terms.database,
            provider_agency=terms.provider_agency,
            consumer_agency=terms.consumer_agency,
            created_at=by.at,
        )
    )
    await session.flush()
    row = await _add_version(session, terms, 1, by=by)
    await note_step(session, row, DRAFTED, by=by)
    return await _done(session, row, before="", by=by)


async def new_version(session: AsyncSession, terms: AgreementTerms, *, by: Actor) -> Change:
    """Write the next version. One that only narrows the version in force acts at once, any other is a draft to approve.

    An older draft, or one that was returned, is superseded. Raises TermsInvalid, NotThere, and StateForbids while a
    version is submitted or approved: it must be decided, activated or ended first.
    """
    agreement = await find(session, AgreementRow, "agreement", terms.code)
    parties = (agreement.database, agreement.provider_agency, agreement.consumer_agency)
    if parties != (terms.database, terms.provider_agency, terms.consumer_agency):
        raise TermsInvalid([Fault("database", "không được đổi các bên", "an agreement never changes its parties")])
    await _check(session, terms)
    versions = await _versions(session, terms.code)
    before = await _state_digest(session, versions[-1])
    held = next((row for row in versions if AgreementState(row.state) in IN_FORCE), None)
    row = await _add_version(session, terms, versions[-1].version + 1, by=by)
    if held is not None and not widens(_terms(held), terms) and terms.valid_until >= _today(by.at):
        await _enter_force(session, row, AgreementStep.NARROW, by=by)
    else:
        for older in versions:
            if AgreementState(older.state) in OPEN:
                await _close(session, older, AgreementStep.SUPERSEDE, by=by)
        await note_step(session, row, DRAFTED, by=by)
    return await _done(session, row, before=before, by=by)


async def submit(session: AsyncSession, code: str, *, version: int, by: Actor) -> Change:
    """Ask the provider to decide. Raises NotThere, StateForbids."""
    row, before = await _take(session, code, version)
    _step(row, AgreementStep.SUBMIT)
    row.submitted_by, row.submitted_at = by.code, by.at
    await note_step(session, row, AgreementStep.SUBMIT, by=by)
    return await _done(session, row, before=before, by=by)


async def return_for_changes(session: AsyncSession, code: str, *, version: int, note: str, by: Actor) -> Change:
    """Hand a submitted version back with what is missing. Raises NotThere, StateForbids, ContentInvalid."""
    _must_say("note", note)
    row, before = await _take(session, code, version)
    _step(row, AgreementStep.RETURN)
    return await _decided(session, row, AgreementStep.RETURN, before=before, note=note, by=by)


async def refuse(session: AsyncSession, code: str, *, version: int, note: str, legal_ground: str, by: Actor) -> Change:
    """Refuse a submitted version for good, with the reason and the legal ground that limits sharing.

    NĐ 194/2025/NĐ-CP art. 16(2). Raises NotThere, StateForbids, ContentInvalid where either is missing.
    """
    _must_say("note", note)
    _must_say("legal_ground", legal_ground)
    row, before = await _take(session, code, version)
    _step(row, AgreementStep.REFUSE)
    row.legal_ground = legal_ground
    return await _decided(session, row, AgreementStep.REFUSE, before=before, note=note, by=by)


async def approve(session: AsyncSession, code: str, *, version: int, by: Actor, note: str = "") -> Change:
    """Approve a submitted version. Raises NotThere, StateForbids, and FourEyes for whoever wrote or submitted it."""
    row, before = await _take(session, code, version)
    _step(row, AgreementStep.APPROVE)
    if by.code in (row.created_by, row.submitted_by):
        raise FourEyes("whoever asked for an agreement cannot approve it")
    return await _decided(session, row, AgreementStep.APPROVE, before=before, note=note, by=by)


async def activate(session: AsyncSession, code: str, *, version: int, by: Actor) -> Change:
    """Put an approved version into force instead of the one that is. It is checked again: the catalogue moves on.

    It is suspended at once where a side has suspended the agreement. Raises NotThere, StateForbids, TermsInvalid.
    """
    row, before = await _take(session, code, version)
    terms = _terms(row)
    step_agreement(AgreementState(row.state), AgreementStep.ACTIVATE)
    if terms.valid_until < _today(by.at):
        raise StateForbids("agreement", "past its term", AgreementStep.ACTIVATE)
    await _check(session, terms)
    await _enter_force(session, row, AgreementStep.ACTIVATE, by=by)
    return await _done(session, row, before=before, by=by)


async def suspend(session: AsyncSession, code: str, *, side: Side, reason: str, by: Actor) -> Change:
    """Let nobody call under the agreement until this side lifts it. Raises NotThere, StateForbids, ContentInvalid."""
    _must_say("reason", reason)
    row, before = await _take_in_force(session, code, AgreementStep.SUSPEND)
    if await session.get(SuspensionRow, (code, side)) is not None:
        raise StateForbids("agreement", f"suspended by the {side}", AgreementStep.SUSPEND)
    session.add(SuspensionRow(agreement=code, side=side, reason=reason, suspended_by=by.code, suspended_at=by.at))
    if row.state == AgreementState.ACTIVE:
        _step(row, AgreementStep.SUSPEND)
    await note_step(session, row, AgreementStep.SUSPEND, by=by, side=side, note=reason)
    return await _done(session, row, before=before, by=by)


async def resume(session: AsyncSession, code: str, *, side: Side, by: Actor) -> Change:
    """Lift this side's suspension; calls go on when no other side's is left. Raises NotThere, StateForbids."""
    row, before = await _take_in_force(session, code, AgreementStep.RESUME)
    flag = await session.get(SuspensionRow, (code, side))
    if flag is None:
        raise StateForbids("agreement", f"not suspended by the {side}", AgreementStep.RESUME)
    await session.delete(flag)
    await session.flush()
    if not await suspended_by(session, code):
        _step(row, AgreementStep.RESUME)
    await note_step(session, row, AgreementStep.RESUME, by=by, side=side)
    return await _done(session, row, before=before, by=by)


async def end(session: AsyncSession, code: str, *, by: Actor, note: str = "") -> Change:
    """End the agreement for good: the version in force. Raises NotThere, StateForbids where none is."""
    row, before = await _take_in_force(session, code, AgreementStep.END)
    await _close(session, row, AgreementStep.END, by=by, note=note)
    return await _done(session, row, before=before, by=by)


async def withdraw(session: AsyncSession, code: str, *, version: int, by: Actor) -> Change:
    """Take back a version that is not in force. Raises NotThere, StateForbids."""
    row, before = await _take(session, code, version)
    if AgreementState(row.state) in IN_FORCE:
        raise StateForbids("agreement", row.state, "withdraw")
    await _close(session, row, AgreementStep.END, by=by)
    return await _done(session, row, before=before, by=by)


async def expire_due(session: AsyncSession, *, by: Actor) -> list[Change]:
    """Expire every version whose last day, in the province's time, is over. Call it at least daily."""
    expiring = [state for state in AgreementState if state in IN_FORCE | {AgreementState.APPROVED}]
    due = select(AgreementVersionRow).where(
        col(AgreementVersionRow.state).in_(expiring), col(AgreementVersionRow.valid_until) < _today(by.at)
    )
    changes: list[Change] = []
    for row in list(await session.exec(due.order_by(col(AgreementVersionRow.agreement)).with_for_update())):
        before = await _state_digest(session, row)
        await _close(session, row, AgreementStep.EXPIRE, by=by)
        changes.append(await _done(session, row, before=before, by=by))
    return changes


async def suspended_by(session: AsyncSession, code: str) -> frozenset[Side]:
    """Return the sides that have suspended the agreement."""
    flags = await session.exec(select(SuspensionRow.side).where(SuspensionRow.agreement == code))
    return frozenset(Side(side) for side in flags)


async def check_draft(session: AsyncSession, terms: AgreementTerms) -> list[Fault]:
    """Return what is wrong with terms before anything is written, against the catalogue as it is."""
    return [*check_terms(terms, await known_to(session, terms.database)), *await file_faults(session, terms)]


async def _check(session: AsyncSession, terms: AgreementTerms) -> None:
    faults = await check_draft(session, terms)
    if faults:
        raise TermsInvalid(faults)


async def known_to(session: AsyncSession, database: str) -> Known:
    """Return what terms about a database are checked against."""
    systems = await session.exec(select(SystemRow.code, SystemRow.agency))
    owners = await session.exec(select(DatabaseRow.code, DatabaseRow.owner))
    versions = select(ServiceVersionRow).where(
        ServiceVersionRow.database == database, col(ServiceVersionRow.state).in_(SERVED)
    )
    return Known(
        agencies=frozenset(await session.exec(select(AgencyRow.code))),
        owners=dict(owners.all()),
        system_agencies=dict(systems.all()),
        purposes=frozenset(await session.exec(select(PurposeRow.code))),
        services={
            (row.service, row.version): msgspec.json.decode(row.description, type=ServiceDescription)
            for row in await session.exec(versions)
        },
    )


async def _versions(session: AsyncSession, code: str) -> list[AgreementVersionRow]:
    rows = select(AgreementVersionRow).where(AgreementVersionRow.agreement == code)
    return list(await session.exec(rows.order_by(col(AgreementVersionRow.version)).with_for_update()))


async def _take(session: AsyncSession, code: str, version: int) -> tuple[AgreementVersionRow, str]:
    """Return the version, with the agreement locked, and the digest of how it stands."""
    await find(session, AgreementRow, "agreement", code)
    row = await session.get(AgreementVersionRow, (code, version), with_for_update=True)
    if row is None:
        raise NotThere("agreement version", f"{code}/v{version}")
    return row, await _state_digest(session, row)


async def _take_in_force(session: AsyncSession, code: str, step: AgreementStep) -> tuple[AgreementVersionRow, str]:
    await find(session, AgreementRow, "agreement", code)
    for row in await _versions(session, code):
        if AgreementState(row.state) in IN_FORCE:
            return row, await _state_digest(session, row)
    raise StateForbids("agreement", "not in force", step)


async def _enter_force(session: AsyncSession, row: AgreementVersionRow, step: AgreementStep, *, by: Actor) -> None:
    for older in await _versions(session, row.agreement):
        if older.version != row.version and AgreementState(older.state) in IN_FORCE:
            await _close(session, older, AgreementStep.SUPERSEDE, by=by)
    _step(row, step)
    row.activated_by, row.activated_at = by.code, by.at
    await note_step(session, row, step, by=by)
    if await suspended_by(session, row.agreement):
        _step(row, AgreementStep.SUSPEND)


async def _add_version(session: AsyncSession, terms: AgreementTerms, version: int, *, by: Actor) -> AgreementVersionRow:
    await keep_files(session, terms)
    content = canonical_document(terms)
    return AgreementVersionRow(
        agreement=terms.code,
        version=version,
        terms=content,
        digest=digest(content),
        valid_until=terms.valid_until,
        state=AgreementState.DRAFT,
        created_by=by.code,
        created_at=by.at,
    )


def _terms(row: AgreementVersionRow) -> AgreementTerms:
    return msgspec.json.decode(row.terms, type=AgreementTerms)


def _today(now: datetime) -> date:
    return now.astimezone(PROVINCE_TIME).date()


def _step(row: AgreementVersionRow, step: AgreementStep) -> None:
    row.state = step_agreement(AgreementState(row.state), step)


async def _close(
    session: AsyncSession, row: AgreementVersionRow, step: AgreementStep, *, by: Actor, note: str = ""
) -> None:
    _step(row, step)
    row.closed_by, row.closed_at = by.code, by.at.astimezone(UTC)
    session.add(row)
    await note_step(session, row, step, by=by, note=note)


def _must_say(member: str, text: str) -> None:
    if not text.strip():
        raise ContentInvalid([Fault(member, "không được để trống", "must not be empty")])


async def _decided(
    session: AsyncSession, row: AgreementVersionRow, step: AgreementStep, *, before: str, note: str, by: Actor
) -> Change:
    row.decided_by, row.decided_at, row.decision_note = by.code, by.at, note
    await note_step(session, row, step, by=by, note=note)
    return await _done(session, row, before=before, by=by)


async def _done(session: AsyncSession, row: AgreementVersionRow, *, before: str, by: Actor) -> Change:
    session.add(row)
    await session.flush()
    agreement = await settle(session, row.agreement, by=by)
    await announce_change(session, agreement=row.agreement)
    approved = row.state in (AgreementState.APPROVED, AgreementState.ACTIVE, AgreementState.SUSPENDED)
    return Change(
        noun="agreement",
        code=row.agreement,
        before=before,
        after=await _state_digest(session, row),
        version=row.version,
        state=str(row.state),
        asked_by=row.submitted_by or row.created_by,
        approved_by=(row.decided_by or "") if approved else "",
        agencies=(agreement.consumer_agency, agreement.provider_agency),
    )


async def _state_digest(session: AsyncSession, row: AgreementVersionRow) -> str:
    flags = sorted(await suspended_by(session, row.agreement))
    return digest_of(
        {"version": row.version, "terms": row.digest, "state": str(row.state), "suspended_by": [*map(str, flags)]}
    )
