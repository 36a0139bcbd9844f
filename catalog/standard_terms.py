"""Under which terms does an owner share a database by default, and who is eligible at once?

NĐ 194/2025/NĐ-CP art. 16: shared data are shared by default on request, and those of a level are open to the units
below it. The owner declares the terms once; a request of its own or of a subordinate unit that stays within them needs
no further decision. It is an agreement like any other: in force, enforced, recorded.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreements import known_to
from catalog.canonical import canonical_document, digest
from catalog.changes import Actor, Change, find
from catalog.descriptions import DatabaseDescription, FieldClass, SharingMode
from catalog.errors import Fault, NotThere, StateForbids, TermsInvalid
from catalog.tables import AgencyRow, AgreementVersionRow, DatabaseRow, StandardTermsRow
from catalog.term_faults import Known, grants_faults
from catalog.terms import AgreementTerms, GrantTerms, LegalBasis
from catalog.widening import widens

MOST_DAYS = 5 * 366


class StandardTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the owner grants by default: a request may ask for less, for at most `most_days` days."""

    database: str
    purposes: tuple[str, ...]
    legal_basis: tuple[LegalBasis, ...]
    grants: tuple[GrantTerms, ...]
    most_days: int


@dataclass(frozen=True, slots=True)
class StandardView:
    """Standard terms as they were declared."""

    terms: StandardTerms
    digest: str
    declared_by: str
    declared_at: datetime


async def declare(session: AsyncSession, terms: StandardTerms, *, by: Actor) -> Change:
    """Declare the terms under which a database is shared by default, instead of those before.

    Raises NotThere, TermsInvalid, and StateForbids where the database is shared on special request only.
    """
    row = await find(session, DatabaseRow, "database", terms.database)
    if _described(row).sharing is SharingMode.ON_REQUEST:
        raise StateForbids("database", "shared on special request", "declare standard terms")
    faults = standard_faults(terms, await known_to(session, terms.database))
    if faults:
        raise TermsInvalid(faults)
    content = canonical_document(terms)
    held = await session.get(StandardTermsRow, terms.database)
    before = "" if held is None else held.digest
    await session.merge(
        StandardTermsRow(
            database=terms.database,
            document=content,
            digest=digest(content),
            declared_by=by.code,
            declared_at=by.at,
        )
    )
    await session.flush()
    return Change("standard-terms", terms.database, before=before, after=digest(content), agencies=(row.owner,))


async def withdraw(session: AsyncSession, database: str) -> Change:
    """Share nothing by default any more; agreements made so far go on. Raises NotThere."""
    row = await find(session, StandardTermsRow, "standard terms", database)
    owner = (await find(session, DatabaseRow, "database", database)).owner
    before = row.digest
    await session.delete(row)
    await session.flush()
    return Change("standard-terms", database, before=before, agencies=(owner,))


async def show_standard(session: AsyncSession, database: str) -> StandardView | None:
    """Return the standard terms of a database, or None where none were declared."""
    row = await session.get(StandardTermsRow, database)
    if row is None:
        return None
    terms = msgspec.json.decode(row.document, type=StandardTerms)
    return StandardView(terms, row.digest, row.declared_by, row.declared_at)


async def standard_for(session: AsyncSession, code: str, *, version: int, asked_by: str) -> StandardView | None:
    """Return the standard terms that decide a version at once, or None where the owner has to. Raises NotThere."""
    row = await session.get(AgreementVersionRow, (code, version))
    if row is None:
        raise NotThere("agreement version", f"{code}/v{version}")
    terms = msgspec.json.decode(row.terms, type=AgreementTerms)
    return await deciding_terms(session, terms, people={asked_by, row.created_by})


async def deciding_terms(
    session: AsyncSession, terms: AgreementTerms, *, people: AbstractSet[str]
) -> StandardView | None:
    """Return the standard terms that decide a request with these terms, or None.

    Four eyes hold here too: who declared the terms is not among the `people` who ask under them.
    """
    view = await show_standard(session, terms.database)
    if view is None or view.declared_by in people or not is_within(terms, view.terms):
        return None
    return view if await eligible_for(session, terms.database, terms.consumer_agency) else None


async def eligible_for(session: AsyncSession, database: str, consumer: str) -> bool:
    """Tell whether an agency gets a database by its standard terms: the owner and the units below it do."""
    row = await find(session, DatabaseRow, "database", database)
    if _described(row).sharing is SharingMode.ON_REQUEST:
        return False
    parents = {one: parent or "" for one, parent in await session.exec(select(AgencyRow.code, AgencyRow.parent))}
    return is_eligible(consumer, row.owner, parents)


def is_eligible(consumer: str, owner: str, parents: Mapping[str, str]) -> bool:
    """Tell whether an agency is the owner or stands below it; `parents` are agencies' next higher ones."""
    seen: set[str] = set()
    while consumer and consumer not in seen:
        if consumer == owner:
            return True
        seen.add(consumer)
        consumer = parents.get(consumer, "")
    return False


def is_within(terms: AgreementTerms, standard: StandardTerms) -> bool:
    """Tell whether terms ask for nothing that the standard terms do not grant: nor to keep anybody in the dark."""
    if terms.disclosed_after_days:
        return False
    if terms.valid_until - terms.valid_from > timedelta(days=standard.most_days):
        return False
    granted = msgspec.structs.replace(terms, purposes=standard.purposes, grants=standard.grants)
    return terms.legal_basis == standard.legal_basis and not widens(granted, terms)


def standard_faults(terms: StandardTerms, known: Known) -> list[Fault]:
    """Return all that is wrong with standard terms. A sensitive field is never shared by default (R14)."""
    faults = list(grants_faults(terms.purposes, terms.legal_basis, terms.grants, known))
    if not 0 < terms.most_days <= MOST_DAYS:
        faults.append(Fault("most_days", f"từ 1 đến {MOST_DAYS} ngày", f"must be 1 to {MOST_DAYS} days"))
    for number, grant in enumerate(terms.grants):
        service = known.services.get((grant.service, grant.version))
        operations = () if service is None else service.operations
        sensitive = {
            leaf.path
            for one in operations
            if one.code == grant.operation
            for leaf in one.fields
            if leaf.class_ is FieldClass.SENSITIVE
        }
        if sensitive & set(grant.fields):
            faults.append(
                Fault(
                    f"grants[{number}].fields",
                    "trường nhạy cảm không được chia sẻ mặc định",
                    "a sensitive field is not shared by default",
                )
            )
    return faults


def _described(row: DatabaseRow) -> DatabaseDescription:
    return msgspec.json.decode(row.description, type=DatabaseDescription)
