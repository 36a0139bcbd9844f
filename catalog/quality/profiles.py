"""When is a database measured, by which worker, how far is it, and what was found?

A profile is asked for, held by one worker at a time by a lease, kept service by service, and finished with its scores.
A worker that dies leaves a lease that ends: the next one goes on with the services that are not kept yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.changes import Actor, Change, refuse_faults
from catalog.databases import show_database
from catalog.errors import AlreadyThere, Fault, NotThere
from catalog.quality.criteria import Check, Criterion
from catalog.quality.rules import Rule
from catalog.quality.scoring import DatabaseScore, score_database, shown
from catalog.quality.tables import QualityProfileRow, QualityResultRow, QualityServiceRow
from catalog.quality.tally import RuleResult
from catalog.states import SERVED, ProfileState, ProfileStep, step_profile
from catalog.tables import DatabaseRow, ServiceVersionRow

LEASE = timedelta(minutes=2)
"""How long a worker that says nothing is believed to be alive."""
MOST_ATTEMPTS = 3
"""How many workers may die over one profile before it is given up."""
KEEP_DETAILS = 30
"""Of how many profiles of a database the results of single rules are kept; scores are kept of all."""


class Method(StrEnum):
    """How much of a service was read: all of it, rows spread over it, its first rows, those of some codes, or none."""

    WHOLE = "whole"
    SPREAD = "spread"
    FIRST = "first"
    BY_CODES = "by-codes"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ServiceReading:
    """How one service was read for a profile. `reason` tells why it was not, or why only in part."""

    service: str
    version: int
    operation: str
    method: Method
    reason: str = ""
    rows_read: int = 0
    rows_total: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileView:
    """How a profile stands. `reason` tells why it ended without scores."""

    id: str
    database: str
    state: ProfileState
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    services_done: int
    services_total: int
    at_service: str
    rows_read: int
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """A profile that a worker holds: of which database, whose it is, who asked, and which services are kept."""

    profile: str
    database: str
    owner: str
    asked_by: str
    services_kept: frozenset[str]
    rows_read: int


async def ask_profile(session: AsyncSession, database: str, *, profile: str, by: Actor) -> Change:
    """Queue a profile of a database under the id `profile`.

    Raises NotThere, AlreadyThere while one is under way, ContentInvalid for a national one: its owner gave no order.
    """
    described = await show_database(session, database)
    if described.national:
        refuse_faults(
            Fault("database", "cơ sở dữ liệu quốc gia không đo tại đây", "a national database is not measured here")
        )
    open_now = await session.exec(select(QualityProfileRow.id).where(QualityProfileRow.open_for == database))
    if open_now.first() is not None:
        raise AlreadyThere("quality profile under way", database)
    session.add(
        QualityProfileRow(
            id=profile,
            database=database,
            open_for=database,
            state=ProfileState.QUEUED,
            asked_by=by.code,
            asked_at=by.at,
        )
    )
    await session.flush()
    return Change("quality-profile", profile, state=ProfileState.QUEUED, agencies=(described.owner,))


async def cancel_profile(session: AsyncSession, profile: str, *, by: Actor) -> Change:
    """End a profile: at once where it waits, and where it runs, before its next page. Raises NotThere, StateForbids."""
    row = await session.get(QualityProfileRow, profile, with_for_update=True)
    if row is None:
        raise NotThere("quality profile", profile)
    owner = (await show_database(session, row.database)).owner
    after = step_profile(ProfileState(row.state), ProfileStep.CANCEL)
    row.cancel_asked_by = by.code
    if row.state == ProfileState.QUEUED:
        _close(row, after, at=by.at)
    session.add(row)
    await session.flush()
    return Change("quality-profile", profile, state=ProfileState.CANCELLED, agencies=(owner,))


async def due_databases(session: AsyncSession, *, asked_before: datetime) -> list[str]:
    """Return the province's databases with a service to read, of which no profile was asked since then."""
    served = select(ServiceVersionRow.database).where(
        col(ServiceVersionRow.state).in_(SERVED), col(ServiceVersionRow.specified)
    )
    recent = select(QualityProfileRow.database).where(
        or_(col(QualityProfileRow.asked_at) >= asked_before, col(QualityProfileRow.open_for).is_not(None))
    )
    due = (
        select(DatabaseRow.code)
        .where(
            col(DatabaseRow.national).is_(False),
            col(DatabaseRow.code).in_(served),
            col(DatabaseRow.code).not_in(recent),
        )
        .order_by(col(DatabaseRow.number).is_(None), col(DatabaseRow.number), col(DatabaseRow.code))
    )
    return list(await session.exec(due))


async def is_any_free(session: AsyncSession, *, now: datetime) -> bool:
    """Tell whether there is a profile that `take_profile` would hold."""
    return (await session.exec(select(QualityProfileRow.id).where(_is_free(now)).limit(1))).first() is not None


async def take_profile(session: AsyncSession, *, worker: str, now: datetime) -> Held | None:
    """Hold the oldest profile that waits, or whose worker has fallen silent; None when there is none."""
    oldest = select(QualityProfileRow).where(_is_free(now)).order_by(col(QualityProfileRow.id)).limit(1)
    row = (await session.exec(oldest.with_for_update(skip_locked=True))).first()
    if row is None:
        return None
    owner = (await show_database(session, row.database)).owner
    kept = await session.exec(select(QualityServiceRow.service).where(QualityServiceRow.profile == row.id))
    held = Held(row.id, row.database, owner, row.asked_by, frozenset(kept), row.rows_read)
    row.state = step_profile(ProfileState(row.state), ProfileStep.BEGIN)
    row.started_at = row.started_at or now
    row.lease_owner, row.lease_until = worker, now + LEASE
    row.attempts += 1
    session.add(row)
    return held


async def attempts_of(session: AsyncSession, profile: str) -> int:
    """Return how many workers have held a profile."""
    return (await session.exec(select(QualityProfileRow.attempts).where(QualityProfileRow.id == profile))).one()


async def still_holds(
    session: AsyncSession, profile: str, *, worker: str, at_service: str, services_total: int, now: datetime
) -> bool:
    """Renew the lease and tell how far it is; False when the profile is to be ended, or another worker has it."""
    row = await session.get(QualityProfileRow, profile, with_for_update=True)
    if row is None or row.lease_owner != worker or row.state != ProfileState.RUNNING or row.cancel_asked_by:
        return False
    row.lease_until, row.at_service, row.services_total = now + LEASE, at_service, services_total
    session.add(row)
    return True


async def keep_service(
    session: AsyncSession, profile: str, reading: ServiceReading, results: Sequence[RuleResult], *, worker: str
) -> bool:
    """Keep what was found of one service; False when another worker has the profile by now, and nothing is kept."""
    row = await session.get(QualityProfileRow, profile, with_for_update=True)
    if row is None or row.lease_owner != worker or row.state != ProfileState.RUNNING:
        return False
    session.add(
        QualityServiceRow(
            profile=profile,
            service=reading.service,
            version=reading.version,
            operation=reading.operation,
            method=reading.method,
            reason=reading.reason,
            rows_read=reading.rows_read,
            rows_total=reading.rows_total,
        )
    )
    session.add_all(_result_row(profile, result) for result in results)
    row.services_done += 1
    row.rows_read += reading.rows_read
    session.add(row)
    return True


async def finish_profile(session: AsyncSession, profile: str, *, worker: str, now: datetime) -> DatabaseScore | None:
    """Score what was kept and close the profile; None when another worker has it. Old details are forgotten."""
    row = await session.get(QualityProfileRow, profile, with_for_update=True)
    if row is None or row.lease_owner != worker or row.state != ProfileState.RUNNING:
        return None
    found = score_database(await results_of(session, profile))
    tenths = {criterion: _tenths(found.criteria.get(criterion)) for criterion in Criterion}
    row.score, row.band, row.identifiers_right = _tenths(found.score), found.band, found.identifiers_right
    row.accuracy, row.completeness = tenths[Criterion.ACCURACY], tenths[Criterion.COMPLETENESS]
    row.cleanness, row.timeliness = tenths[Criterion.CLEANNESS], tenths[Criterion.TIMELINESS]
    _close(row, step_profile(ProfileState(row.state), ProfileStep.FINISH), at=now)
    session.add(row)
    await session.flush()
    await _forget_details(session, row.database)
    return found


async def end_profile(
    session: AsyncSession, profile: str, step: ProfileStep, *, worker: str, reason: str, now: datetime
) -> bool:
    """Close a profile without scores (`CANCEL`, `FAIL`); False when another worker has it."""
    row = await session.get(QualityProfileRow, profile, with_for_update=True)
    if row is None or row.lease_owner != worker or row.state != ProfileState.RUNNING:
        return False
    row.reason = reason
    _close(row, step_profile(ProfileState(row.state), step), at=now)
    session.add(row)
    return True


async def results_of(session: AsyncSession, profile: str) -> list[RuleResult]:
    """Return the results of a profile's rules, in order of services and fields."""
    rows = select(QualityResultRow).where(QualityResultRow.profile == profile)
    ordered = rows.order_by(col(QualityResultRow.service), col(QualityResultRow.field), col(QualityResultRow.kind))
    return [_result(row) for row in await session.exec(ordered)]


async def readings_of(session: AsyncSession, profile: str) -> list[ServiceReading]:
    """Return how each service was read for a profile."""
    rows = select(QualityServiceRow).where(QualityServiceRow.profile == profile)
    return [
        ServiceReading(
            row.service, row.version, row.operation, Method(row.method), row.reason, row.rows_read, row.rows_total
        )
        for row in await session.exec(rows.order_by(col(QualityServiceRow.service)))
    ]


async def show_profile(session: AsyncSession, profile: str) -> ProfileView:
    """Return a profile, however it stands. Raises NotThere."""
    row = await session.get(QualityProfileRow, profile)
    if row is None:
        raise NotThere("quality profile", profile)
    return _view(row)


async def list_profiles(session: AsyncSession, *, database: str, limit: int) -> list[ProfileView]:
    """Return the last profiles of a database, the newest first."""
    rows = select(QualityProfileRow).where(QualityProfileRow.database == database)
    return [_view(row) for row in await session.exec(rows.order_by(col(QualityProfileRow.id).desc()).limit(limit))]


async def open_profiles(session: AsyncSession) -> dict[str, ProfileView]:
    """Return the profiles that wait or run, by database."""
    rows = await session.exec(select(QualityProfileRow).where(col(QualityProfileRow.open_for).is_not(None)))
    return {row.database: _view(row) for row in rows}


def _view(row: QualityProfileRow) -> ProfileView:
    return ProfileView(
        id=row.id,
        database=row.database,
        state=ProfileState(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        services_done=row.services_done,
        services_total=row.services_total,
        at_service=row.at_service,
        rows_read=row.rows_read,
        reason=row.reason,
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    # Only profiles under way have `open_for`, and its index: the history is not gone through every few seconds.
    return and_(
        col(QualityProfileRow.open_for).is_not(None),
        or_(
            col(QualityProfileRow.state) == ProfileState.QUEUED,
            and_(col(QualityProfileRow.state) == ProfileState.RUNNING, col(QualityProfileRow.lease_until) < now),
        ),
    )


async def _forget_details(session: AsyncSession, database: str) -> None:
    done = select(QualityProfileRow.id).where(
        QualityProfileRow.database == database, QualityProfileRow.state != ProfileState.RUNNING
    )
    oldest_kept = (
        select(func.min(col(QualityProfileRow.id)))
        .where(col(QualityProfileRow.id).in_(done.order_by(col(QualityProfileRow.id).desc()).limit(KEEP_DETAILS)))
        .scalar_subquery()
    )
    forgotten = select(QualityProfileRow.id).where(
        QualityProfileRow.database == database, col(QualityProfileRow.id) < oldest_kept
    )
    for table in (QualityResultRow, QualityServiceRow):
        await session.exec(delete(table).where(col(table.profile).in_(forgotten)))


def _close(row: QualityProfileRow, state: ProfileState, *, at: datetime) -> None:
    row.state, row.open_for, row.finished_at = state, None, at
    row.lease_until, row.at_service = None, ""


def _tenths(score: Fraction | None) -> int | None:
    points = shown(score)
    return None if points is None else int(points.scaleb(1))


def _result_row(profile: str, result: RuleResult) -> QualityResultRow:
    rule = result.rule
    return QualityResultRow(
        profile=profile,
        service=rule.service,
        field=rule.field,
        kind=rule.check,
        argument=rule.argument,
        weight=rule.weight,
        identifier=rule.identifier,
        checked=result.checked,
        failed=result.failed,
        points=result.points,
        examples=msgspec.json.encode(result.examples),
        reason=result.reason,
    )


def _result(row: QualityResultRow) -> RuleResult:
    rule = Rule(
        row.service, row.field, Check(row.kind), row.argument, weight=row.weight, identifier=row.identifier
    )  # fmt: skip
    examples = msgspec.json.decode(row.examples, type=tuple[str, ...])
    return RuleResult(rule, row.checked, row.failed, row.points, examples, row.reason)
