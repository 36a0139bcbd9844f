"""What of the catalogue does the gateway enforce, and at which revision?

`read_policy` reads all of it in a few queries; the gateway compiles it. Every change of anything in it MUST call
`announce_change` in the same transaction: that is how the gateway knows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.canonical import digest
from catalog.descriptions import (
    DatabaseDescription,
    ProviderDescription,
    ServiceDescription,
    XRoadMember,
    XRoadSubsystem,
)
from catalog.states import IN_FORCE, SERVED, AgreementState, Side, SystemState
from catalog.tables import (
    AgencyRow,
    AgreementVersionRow,
    ClientKeyRow,
    DatabaseRow,
    PolicyChangeRow,
    PolicyRevisionRow,
    ProviderRow,
    PurposeRow,
    ServiceVersionRow,
    SuspensionRow,
    SystemRow,
    XRoadMemberRow,
    XRoadSubsystemRow,
)
from catalog.terms import AgreementTerms

KEPT_REVISIONS = 10_000
_AT_ONCE = 500  # codes that one query names; more changed at once are read with all the others
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
    """What a system proves itself with: `jwk` (a public key, JSON), `secret_hash` (SHA-256, hex) or `sealed`.

    The others are empty; `sealed` is a secret that the gateway's key opens (`security.sealing`).
    Revoked ones are never here; `expires_at` (None: never) is for the reader to judge.
    """

    id: str
    jwk: bytes = field(repr=False)
    secret_hash: str = field(repr=False)
    expires_at: datetime | None
    sealed: bytes = field(default=b"", repr=False)


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
class Ending:
    """When a service version is to end: deprecated since, served until (None: not known), and what comes after it."""

    deprecated_at: datetime
    sunset_at: datetime | None
    successor: int | None


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """A service version; `callable` is false for one that is retired or has no specification.

    `ending` is None for one of which no end is known.
    """

    description: ServiceDescription
    digest: str
    callable: bool
    ending: Ending | None = None


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
    """All that is enforced, each by its code; services by (database, code, version).

    `changed` are the agreements that may be otherwise than in the policy that it was read after, None: any.
    """

    revision: int
    agencies: dict[str, AgencyFacts]
    systems: dict[str, SystemFacts]
    purposes: frozenset[str]
    databases: dict[str, DatabaseDescription]
    providers: dict[str, ProviderPolicy]
    services: dict[tuple[str, str, int], ServicePolicy]
    agreements: dict[str, AgreementPolicy]
    xroad_members: tuple[XRoadMember, ...] = ()
    xroad_subsystems: tuple[XRoadSubsystem, ...] = ()
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PolicyChanges:
    """What the revisions since another one changed: some agreements, and whether anything else."""

    agreements: frozenset[str]
    others: bool


async def read_revision(session: AsyncSession) -> int:
    """Return the policy revision that is committed."""
    return (await session.exec(select(PolicyRevisionRow.revision).where(PolicyRevisionRow.id == 1))).one()


async def announce_change(session: AsyncSession, *, agreement: str = "") -> None:
    """Let the revision grow in this transaction, so that every gateway reads the policy again once it is committed.

    `agreement` is the only thing that this revision changed: a gateway then reads that one again. Empty: anything.
    The row of the revision stays locked until the transaction ends, so revisions are committed in their order and a
    reader who sees one sees all before it.
    """
    grown = update(PolicyRevisionRow).where(col(PolicyRevisionRow.id) == 1)
    told = grown.values(revision=col(PolicyRevisionRow.revision) + 1).returning(col(PolicyRevisionRow.revision))
    revision = (await session.exec(told)).scalar_one()
    session.add(PolicyChangeRow(revision=revision, agreement=agreement))
    await session.flush()


async def forget_old_changes(session: AsyncSession) -> int:
    """Forget what was changed more than `KEPT_REVISIONS` ago; return how many of these. Readers then read it all."""
    old = delete(PolicyChangeRow).where(col(PolicyChangeRow.revision) <= await read_revision(session) - KEPT_REVISIONS)
    return int((await session.exec(old)).rowcount)


async def read_changes(session: AsyncSession, *, since: int, until: int) -> PolicyChanges | None:
    """Return what the revisions after `since` up to `until` changed, None where that is not known of each of them.

    It is not known of one that an older release made, nor of one that was forgotten.
    """
    rows = select(PolicyChangeRow.agreement).where(
        col(PolicyChangeRow.revision) > since, col(PolicyChangeRow.revision) <= until
    )
    told = (await session.exec(rows.limit(KEPT_REVISIONS))).all()
    if until < since or len(told) != until - since:
        return None
    return PolicyChanges(frozenset(code for code in told if code), others="" in told)


async def read_policy(session: AsyncSession, *, after: Policy | None = None) -> Policy:
    """Return everything that the gateway enforces. Read it in `Database.reading`: one moment.

    What has not changed since the policy `after` is taken over from it and not read again.
    """
    revision = await read_revision(session)
    changes = None if after is None else await read_changes(session, since=after.revision, until=revision)
    if after is None or changes is None:
        return replace(
            await _read_others(session, after), revision=revision, agreements=await _read_agreements(session)
        )
    others = await _read_others(session, after) if changes.others else after
    found = await _read_agreements(session, codes=changes.agreements) if changes.agreements else {}
    kept = after.agreements
    if changes.agreements:
        kept = {code: one for code, one in kept.items() if code not in changes.agreements} | found
    return replace(others, revision=revision, agreements=kept, changed=changes.agreements)


async def _read_others(session: AsyncSession, after: Policy | None) -> Policy:
    """Return the policy without its agreements."""
    return Policy(
        revision=0,
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
        providers=await _read_providers(session, {} if after is None else after.providers),
        services=await _read_services(session, {} if after is None else after.services),
        agreements={},
        xroad_members=await read_xroad_members(session),
        xroad_subsystems=await read_xroad_subsystems(session),
    )


async def read_xroad_members(session: AsyncSession) -> tuple[XRoadMember, ...]:
    """Return the X-Road members by agency."""
    rows = await session.exec(select(XRoadMemberRow).order_by(col(XRoadMemberRow.agency)))
    return tuple(xroad_member_of(row) for row in rows)


async def read_xroad_subsystems(session: AsyncSession) -> tuple[XRoadSubsystem, ...]:
    """Return the X-Road subsystems by agency and code."""
    ordered = select(XRoadSubsystemRow).order_by(col(XRoadSubsystemRow.agency), col(XRoadSubsystemRow.code))
    return tuple(xroad_subsystem_of(row) for row in await session.exec(ordered))


def xroad_member_of(row: XRoadMemberRow) -> XRoadMember:
    """Return the member that a row describes."""
    return XRoadMember(
        agency=row.agency, instance=row.instance, member_class=row.member_class, member_code=row.member_code
    )


def xroad_subsystem_of(row: XRoadSubsystemRow) -> XRoadSubsystem:
    """Return the subsystem that a row describes."""
    return XRoadSubsystem(
        agency=row.agency,
        code=row.code,
        system=row.system or "",
        database=row.database or "",
        networks=msgspec.json.decode(row.networks, type=tuple[str, ...]),
    )


async def _read_systems(session: AsyncSession) -> dict[str, SystemFacts]:
    keys: defaultdict[str, list[KeyFacts]] = defaultdict(list)
    live = select(ClientKeyRow).where(col(ClientKeyRow.revoked_at).is_(None)).order_by(ClientKeyRow.id)
    for key in await session.exec(live):
        keys[key.system].append(
            KeyFacts(key.id, key.jwk or b"", key.secret_hash or "", key.expires_at, key.sealed or b"")
        )
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


async def _read_services(
    session: AsyncSession, held: dict[tuple[str, str, int], ServicePolicy]
) -> dict[tuple[str, str, int], ServicePolicy]:
    """Return the service versions; `held` itself where none differs, so that its reader knows at a glance."""
    found: dict[tuple[str, str, int], ServicePolicy] = {}
    for row in await session.exec(select(ServiceVersionRow)):
        before = held.get((row.database, row.service, row.version))
        found[row.database, row.service, row.version] = ServicePolicy(
            description=before.description
            if before is not None and before.digest == row.digest
            else msgspec.json.decode(row.description, type=ServiceDescription),
            digest=row.digest,
            callable=row.specified and row.state in SERVED,
            ending=None if row.deprecated_at is None else Ending(row.deprecated_at, row.sunset_at, row.successor),
        )
    return held if found == held else found


async def _read_providers(session: AsyncSession, held: dict[str, ProviderPolicy]) -> dict[str, ProviderPolicy]:
    """Return the providers; `held` itself where none differs."""
    found = {
        row.code: ProviderPolicy(
            msgspec.json.decode(row.description, type=ProviderDescription), digest(row.description)
        )
        for row in await session.exec(select(ProviderRow))
    }
    return (
        held
        if {code: one.digest for code, one in found.items()} == {code: one.digest for code, one in held.items()}
        else found
    )


async def _read_agreements(session: AsyncSession, *, codes: frozenset[str] | None = None) -> dict[str, AgreementPolicy]:
    """Return the agreements by code: all, or those of `codes` that count."""
    if codes is None or len(codes) > _AT_ONCE:
        found = await _read_some(session, None)
        return found if codes is None else {code: one for code, one in found.items() if code in codes}
    return await _read_some(session, sorted(codes))


async def _read_some(session: AsyncSession, codes: Sequence[str] | None) -> dict[str, AgreementPolicy]:
    version = AgreementVersionRow
    flags = select(SuspensionRow.agreement, SuspensionRow.side)
    judged = select(version.agreement, version.version, version.state, version.digest).where(
        col(version.state).in_([*IN_FORCE, *_WITHOUT_FORCE])
    )
    if codes is not None:
        flags = flags.where(col(SuspensionRow.agreement).in_(codes))
        judged = judged.where(col(version.agreement).in_(codes))
    suspended: defaultdict[str, set[Side]] = defaultdict(set)
    for agreement, side in await session.exec(flags):
        suspended[agreement].add(Side(side))
    deciding: dict[str, tuple[int, AgreementState, str]] = {}
    for agreement, number, state, content in await session.exec(judged.order_by(col(version.version))):
        held = deciding.get(agreement)
        if held is None or _rank(AgreementState(state)) >= _rank(held[1]):
            deciding[agreement] = (number, AgreementState(state), content)
    terms = await _read_terms(session, {code: number for code, (number, _, _) in deciding.items()}, codes)
    return {
        code: AgreementPolicy(code, number, content, state, terms[code], frozenset(suspended.get(code, ())))
        for code, (number, state, content) in deciding.items()
    }


async def _read_terms(
    session: AsyncSession, versions: Mapping[str, int], codes: Sequence[str] | None
) -> dict[str, AgreementTerms]:
    version, found = AgreementVersionRow, dict[str, AgreementTerms]()
    kept = select(version.agreement, version.version, version.terms).where(
        col(version.state).in_([*IN_FORCE, *_WITHOUT_FORCE])
    )
    if codes is not None:
        kept = kept.where(col(version.agreement).in_(codes))
    decoder = msgspec.json.Decoder(AgreementTerms)
    for agreement, number, content in await session.exec(kept):
        if versions[agreement] == number:
            found[agreement] = decoder.decode(content)
    return found


def _rank(state: AgreementState) -> int:
    if state in IN_FORCE:
        return 2
    return 1 if state is AgreementState.APPROVED else 0
