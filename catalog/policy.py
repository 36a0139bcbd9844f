"""What of the catalogue does the gateway enforce, and at which revision?

`read_policy` reads all of it in a few queries; the gateway compiles it. Every change of anything in it MUST call
`announce_change` in the same transaction: that is how the gateway knows.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import digest
from catalog.descriptions import DatabaseDescription, ProviderDescription, ServiceDescription
from catalog.states import IN_FORCE, AgreementState, ServiceState, Side, SystemState
from catalog.tables import (
    AgencyRow,
    AgreementVersionRow,
    ClientKeyRow,
    DatabaseRow,
    PolicyRevisionRow,
    ProviderRow,
    PurposeRow,
    ServiceVersionRow,
    SuspensionRow,
    SystemRow,
)
from catalog.terms import AgreementTerms

# What an agreement without a version in force is judged by, the first that there is: something to come, else what was.
_WITHOUT_FORCE = (AgreementState.APPROVED, AgreementState.ENDED, AgreementState.EXPIRED)


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """An agency; `parent` is empty at the top."""

    code: str
    name_vi: str
    parent: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a system proves itself with: `jwk` (a public key, JSON) or `secret_hash` (SHA-256, hex); one is empty.

    Revoked ones are never here; `expires_at` (None: never) is for the reader to judge.
    """

    id: str
    jwk: bytes = field(repr=False)
    secret_hash: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """A system that calls. Its code is its `client_id`; one that is not `active` may do nothing."""

    code: str
    agency: str
    name_vi: str
    legacy: bool
    active: bool
    keys: tuple[KeyFacts, ...]


@dataclass(frozen=True, slots=True)
class ProviderPolicy:
    """Where services are asked. The `digest` changes with the description, and only then."""

    description: ProviderDescription
    digest: str


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """A service version; `callable` is false for one that is retired or has no specification."""

    description: ServiceDescription
    digest: str
    callable: bool


@dataclass(frozen=True, slots=True)
class AgreementPolicy:
    """The version of an agreement that decides: the one in force, else the approved one, else the last that was.

    `state` is ACTIVE, SUSPENDED, APPROVED (not yet activated), ENDED or EXPIRED. `digest` is that of the terms' bytes.
    """

    code: str
    version: int
    digest: str
    state: AgreementState
    terms: AgreementTerms
    suspended_by: frozenset[Side]


@dataclass(frozen=True, slots=True)
class Policy:
    """All that is enforced, each by its code; services by (database, code, version)."""

    revision: int
    agencies: dict[str, AgencyFacts]
    systems: dict[str, SystemFacts]
    purposes: frozenset[str]
    databases: dict[str, DatabaseDescription]
    providers: dict[str, ProviderPolicy]
    services: dict[tuple[str, str, int], ServicePolicy]
    agreements: dict[str, AgreementPolicy]


async def read_revision(session: AsyncSession) -> int:
    """Return the policy revision that is committed."""
    return (await session.exec(select(PolicyRevisionRow.revision).where(PolicyRevisionRow.id == 1))).one()


async def announce_change(session: AsyncSession) -> None:
    """Let the revision grow in this transaction, so that every gateway reads the policy again once it is committed."""
    grown = update(PolicyRevisionRow).where(col(PolicyRevisionRow.id) == 1)
    await session.exec(grown.values(revision=col(PolicyRevisionRow.revision) + 1))


async def read_policy(session: AsyncSession) -> Policy:
    """Return everything that the gateway enforces. Read it in `Database.reading`: one moment."""
    return Policy(
        revision=await read_revision(session),
        agencies={
            row.code: AgencyFacts(row.code, row.name_vi, row.parent or "")
            for row in await session.exec(select(AgencyRow))
        },
        systems=await _read_systems(session),
        purposes=frozenset(await session.exec(select(PurposeRow.code))),
        databases={
            row.code: msgspec.json.decode(row.description, type=DatabaseDescription)
            for row in await session.exec(select(DatabaseRow))
        },
        providers={
            row.code: ProviderPolicy(
                msgspec.json.decode(row.description, type=ProviderDescription), digest(row.description)
            )
            for row in await session.exec(select(ProviderRow))
        },
        services=await _read_services(session),
        agreements=await _read_agreements(session),
    )


async def _read_systems(session: AsyncSession) -> dict[str, SystemFacts]:
    keys: defaultdict[str, list[KeyFacts]] = defaultdict(list)
    live = select(ClientKeyRow).where(col(ClientKeyRow.revoked_at).is_(None)).order_by(ClientKeyRow.id)
    for key in await session.exec(live):
        keys[key.system].append(KeyFacts(key.id, key.jwk or b"", key.secret_hash or "", key.expires_at))
    return {
        row.code: SystemFacts(
            code=row.code,
            agency=row.agency,
            name_vi=row.name_vi,
            legacy=row.legacy,
            active=row.state == SystemState.ACTIVE,
            keys=tuple(keys[row.code]),
        )
        for row in await session.exec(select(SystemRow))
    }


async def _read_services(session: AsyncSession) -> dict[tuple[str, str, int], ServicePolicy]:
    return {
        (row.database, row.service, row.version): ServicePolicy(
            description=msgspec.json.decode(row.description, type=ServiceDescription),
            digest=row.digest,
            callable=row.specified and row.state == ServiceState.PUBLISHED,
        )
        for row in await session.exec(select(ServiceVersionRow))
    }


async def _read_agreements(session: AsyncSession) -> dict[str, AgreementPolicy]:
    suspended: defaultdict[str, set[Side]] = defaultdict(set)
    for flag in await session.exec(select(SuspensionRow)):
        suspended[flag.agreement].add(Side(flag.side))
    deciding: dict[str, AgreementVersionRow] = {}
    judged = select(AgreementVersionRow).where(col(AgreementVersionRow.state).in_([*IN_FORCE, *_WITHOUT_FORCE]))
    for row in await session.exec(judged.order_by(col(AgreementVersionRow.version))):
        held = deciding.get(row.agreement)
        if held is None or _rank(row) >= _rank(held):
            deciding[row.agreement] = row
    return {
        code: AgreementPolicy(
            code=code,
            version=row.version,
            digest=row.digest,
            state=AgreementState(row.state),
            terms=msgspec.json.decode(row.terms, type=AgreementTerms),
            suspended_by=frozenset(suspended[code]),
        )
        for code, row in deciding.items()
    }


def _rank(row: AgreementVersionRow) -> int:
    state = AgreementState(row.state)
    if state in IN_FORCE:
        return 2
    return 1 if state is AgreementState.APPROVED else 0
