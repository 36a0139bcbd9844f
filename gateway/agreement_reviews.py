"""What should somebody who looks after an agreement know: what is unused, newer, or said to another platform?"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.agreement_upgrades import Upgrade, upgrade_terms
from catalog.agreement_use import GrantUse, UnusedGrants, grant_key, unused_grants
from catalog.agreement_views import AgreementView, VersionView
from catalog.descriptions import ServiceDescription
from catalog.odrl import describe_agreement
from catalog.services import described_services
from catalog.states import IN_FORCE, SERVED, ServiceState
from catalog.tables import ServiceVersionRow
from security.audit.streams import StoreFailed
from security.audit.use import recorded_use
from security.errors import RecordUnavailable


def version_in_force(view: AgreementView) -> VersionView | None:
    """Return the version in force, active or suspended, or None."""
    return next((version for version in view.versions if version.state in IN_FORCE), None)


async def propose_upgrade(session: AsyncSession, view: AgreementView) -> Upgrade | None:
    """Return the newest version's terms moved to the newest services, or None where there is nothing newer."""
    held = version_in_force(view) or view.versions[-1]
    return upgrade_terms(held.terms, await _services(session, held, database=view.database))


async def propose_narrowing(database_url: str, view: AgreementView, *, days: int, now: datetime) -> UnusedGrants | None:
    """Return what of the version in force was not used in the last `days`, None where none is in force.

    What came into force later than that is judged from then on. Raises RecordUnavailable.
    """
    held = version_in_force(view)
    if held is None:
        return None
    since = max(now - timedelta(days=days), held.activated_at or held.created_at)
    keys = [
        grant_key(view.code, system, database=view.database, grant=grant)
        for system in held.terms.systems
        for grant in held.terms.grants
    ]
    try:
        found = await recorded_use(database_url, keys, since=since)
    except StoreFailed as error:
        raise RecordUnavailable("the record cannot be read") from error
    uses = {one.grant_key: GrantUse(one.calls, one.last_at, one.fields, one.whole) for one in found}
    return unused_grants(held.terms, uses, since=since)


async def odrl_of(session: AsyncSession, version: VersionView, *, public_url: str) -> bytes:
    """Return a version as ODRL 2.2 (JSON-LD)."""
    terms = version.terms
    named = {(grant.service, grant.version) for grant in terms.grants}
    services = await described_services(session, terms.database, named)
    safe = {
        f"{code}/v{number}/{operation.code}"
        for (code, number), service in services.items()
        for operation in service.operations
        if operation.safe
    }
    said = describe_agreement(
        terms, version=version.version, digest=version.digest, public_url=public_url, reads=frozenset(safe)
    )
    return msgspec.json.format(msgspec.json.encode(said), indent=2)


async def _services(
    session: AsyncSession, version: VersionView, *, database: str
) -> Mapping[tuple[str, int], ServiceDescription]:
    """Return the services that may be called, and those that the version names, by code and version."""
    named = {(grant.service, grant.version) for grant in version.terms.grants}
    rows = await session.exec(select(ServiceVersionRow).where(ServiceVersionRow.database == database))
    return {
        (row.service, row.version): msgspec.json.decode(row.description, type=ServiceDescription)
        for row in rows
        if (row.service, row.version) in named or (row.specified and ServiceState(row.state) in SERVED)
    }
