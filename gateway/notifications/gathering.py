"""What has happened, or is about to, of which somebody should be told?

Each question is asked again and again, of some days back: what was told already has its key in the outbox. Nothing has
to be told twice by those who change the catalogue.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.account_tables import AccountRow
from catalog.quality.criteria import Band
from catalog.quality.scores import QualityScore, score_history
from catalog.quality.tables import QualityProfileRow
from catalog.states import IN_FORCE, AgreementStep, ProfileState
from catalog.tables import AgreementEventRow, AgreementRow, ClientKeyRow, DatabaseRow, StaffRow, SystemRow
from catalog.titles import agency_titles, database_titles
from gateway.notifications.alerts import alerts_of_last_week, due_reports, new_alerts, overdue_reviews
from gateway.notifications.kinds import Audience, Happening, Kind
from security.staff import Role

LOOK_BACK = timedelta(days=2)
THRESHOLDS = (1, 7, 30)
"""How many days before an end it is told: once at each."""
_MOST = 2_000
_KIND_OF_STEP: Mapping[str, Kind] = {
    AgreementStep.SUBMIT: Kind.REQUEST_WAITING,
    AgreementStep.APPROVE: Kind.DECISION_MADE,
    AgreementStep.RETURN: Kind.DECISION_MADE,
    AgreementStep.REFUSE: Kind.DECISION_MADE,
    AgreementStep.ACTIVATE: Kind.AGREEMENT_CHANGED,
    AgreementStep.SUSPEND: Kind.AGREEMENT_CHANGED,
    AgreementStep.RESUME: Kind.AGREEMENT_CHANGED,
    AgreementStep.END: Kind.AGREEMENT_CHANGED,
    AgreementStep.EXPIRE: Kind.AGREEMENT_CHANGED,
}
_RANKS: Mapping[Band, int] = {Band.GREEN: 3, Band.YELLOW: 2, Band.RED: 1, Band.UNMEASURED: 0}


async def gather(session: AsyncSession, *, zone: ZoneInfo, now: datetime) -> list[Happening]:
    """Return all that is to be told at `now`, told before or not."""
    return [
        *await agreement_steps(session, now=now),
        *await expiring_agreements(session, today=now.astimezone(zone).date(), now=now),
        *await expiring_keys(session, zone=zone, now=now),
        *await fallen_quality(session, now=now),
        *await locked_accounts(session, now=now),
        *await new_alerts(session, since=now - LOOK_BACK),
        *await overdue_reviews(session, now=now),
        *await due_reports(session, now=now),
        *await alerts_of_last_week(session, zone=zone, now=now),
    ]


async def agreement_steps(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Return what was done to agreements: requests for who decides, everything else for who asked or is concerned."""
    rows = (
        select(AgreementEventRow, AgreementRow)
        .join(AgreementRow, col(AgreementRow.code) == col(AgreementEventRow.agreement))
        .where(
            col(AgreementEventRow.done_at) > now - LOOK_BACK,
            col(AgreementEventRow.step).in_(sorted(_KIND_OF_STEP)),
        )
        .order_by(col(AgreementEventRow.done_at).desc())
        .limit(_MOST)
    )
    found = (await session.exec(rows)).all()
    databases = await database_titles(session, (agreement.database for _, agreement in found))
    agencies = await agency_titles(session, (agreement.consumer_agency for _, agreement in found))
    return [
        Happening(
            key=f"agreement/{event.agreement}/{event.number}",
            kind=_KIND_OF_STEP[event.step],
            at=event.done_at,
            audience=_parties(_KIND_OF_STEP[event.step], agreement),
            address=f"/console/agreements/{event.agreement}",
            facts={
                "name": event.agreement,
                "step": event.step,
                "database": databases[agreement.database].vi if agreement.database in databases else "",
                "agency": agencies[agreement.consumer_agency].vi if agreement.consumer_agency in agencies else "",
            },
        )
        for event, agreement in found
    ]


async def expiring_agreements(session: AsyncSession, *, today: date, now: datetime) -> list[Happening]:
    """Return the agreements in force that end within thirty days, for both sides."""
    rows = (
        select(AgreementRow)
        .where(
            col(AgreementRow.state).in_(sorted(IN_FORCE)),
            col(AgreementRow.valid_until) >= today,
            col(AgreementRow.valid_until) <= today + timedelta(days=max(THRESHOLDS)),
        )
        .order_by(col(AgreementRow.valid_until))
        .limit(_MOST)
    )
    found = (await session.exec(rows)).all()
    databases = await database_titles(session, (one.database for one in found))
    return [
        Happening(
            key=f"agreement-expiring/{one.code}/{one.version}/{threshold_of((one.valid_until - today).days)}",
            kind=Kind.AGREEMENT_EXPIRING,
            at=now,
            audience=_parties(Kind.AGREEMENT_EXPIRING, one),
            address=f"/console/agreements/{one.code}",
            facts={
                "name": one.code,
                "until": f"{one.valid_until:%d/%m/%Y}",
                "database": databases[one.database].vi if one.database in databases else "",
            },
        )
        for one in found
        if one.valid_until is not None
    ]


async def expiring_keys(session: AsyncSession, *, zone: ZoneInfo, now: datetime) -> list[Happening]:
    """Return the keys and secrets that expire within thirty days and after which their system has no other."""
    ahead = now + timedelta(days=max(THRESHOLDS))
    due = select(ClientKeyRow.system).where(
        col(ClientKeyRow.revoked_at).is_(None),
        col(ClientKeyRow.expires_at) > now,
        col(ClientKeyRow.expires_at) <= ahead,
    )
    rows = (
        select(ClientKeyRow, SystemRow)
        .join(SystemRow, col(SystemRow.code) == col(ClientKeyRow.system))
        .where(col(ClientKeyRow.system).in_(due), col(ClientKeyRow.revoked_at).is_(None))
        .limit(_MOST)
    )
    by_system: dict[str, list[tuple[ClientKeyRow, SystemRow]]] = {}
    for key, system in (await session.exec(rows)).all():
        by_system.setdefault(system.code, []).append((key, system))
    return [
        _expiring_key(*last, zone=zone, now=now)
        for keys in by_system.values()
        if (last := _last_to_expire(keys, now=now, ahead=ahead)) is not None
    ]


async def fallen_quality(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Return the databases whose newest profile is of a worse band than the one before."""
    measured = select(QualityProfileRow.database).where(
        QualityProfileRow.state == ProfileState.DONE, col(QualityProfileRow.finished_at) > now - LOOK_BACK
    )
    history = await score_history(session, set(await session.exec(measured)), limit=2)
    owners = select(DatabaseRow.code, DatabaseRow.owner).where(col(DatabaseRow.code).in_(sorted(history)))
    owner_of = dict((await session.exec(owners)).all())
    titles = await database_titles(session, history)
    return [
        Happening(
            key=f"quality/{scores[-1].profile}",
            kind=Kind.QUALITY_FALLEN,
            at=scores[-1].measured_at,
            audience=(Audience(Role.DATA_OWNER, owner_of[database]),),
            address=f"/console/quality/{database}",
            facts={
                "database": titles[database].vi,
                "before": scores[0].band.value,
                "now": scores[-1].band.value,
            },
        )
        for database, scores in history.items()
        if database in owner_of and has_fallen(scores)
    ]


async def locked_accounts(session: AsyncSession, *, now: datetime) -> list[Happening]:
    """Return the accounts that are locked now, for the administrators."""
    rows = (
        select(AccountRow, StaffRow)
        .join(StaffRow, col(StaffRow.code) == col(AccountRow.staff))
        .where(col(AccountRow.locked_until) > now)
        .limit(_MOST)
    )
    return [
        Happening(
            key=f"account-locked/{account.staff}/{account.locked_until:%Y%m%d%H%M%S}",
            kind=Kind.ACCOUNT_LOCKED,
            at=now,
            audience=(Audience(Role.PLATFORM_ADMIN),),
            address=f"/console/staff/{account.staff}",
            facts={"name": account.staff},
        )
        for account, _ in (await session.exec(rows)).all()
    ]


def threshold_of(days_left: int) -> int:
    """Return at which of THRESHOLDS something stands that ends in so many days, not more than the greatest."""
    return next(days for days in THRESHOLDS if days_left <= days)


def has_fallen(scores: Sequence[QualityScore]) -> bool:
    """Tell whether the last of two scores is of a worse band; what could not be measured fell from nothing."""
    if len(scores) < 2 or Band.UNMEASURED in (scores[-2].band, scores[-1].band):
        return False
    return _RANKS[scores[-1].band] < _RANKS[scores[-2].band]


def _parties(kind: Kind, agreement: AgreementRow) -> tuple[Audience, ...]:
    asking = Audience(Role.AGENCY_OFFICER, agreement.consumer_agency)
    deciding = Audience(Role.DATA_OWNER, agreement.provider_agency)
    match kind:
        case Kind.REQUEST_WAITING:
            return (deciding,)
        case Kind.DECISION_MADE:
            return (asking,)
        case _:
            return (asking, deciding)


def _last_to_expire(
    keys: Sequence[tuple[ClientKeyRow, SystemRow]], *, now: datetime, ahead: datetime
) -> tuple[ClientKeyRow, SystemRow] | None:
    """Return the key that lasts longest, None where it lasts longer than `ahead`: then another is there already."""
    live = [(key, system) for key, system in keys if key.expires_at is None or key.expires_at > now]
    last = max(live, key=lambda one: one[0].expires_at or datetime.max.replace(tzinfo=now.tzinfo), default=None)
    return None if last is None or last[0].expires_at is None or last[0].expires_at > ahead else last


def _expiring_key(key: ClientKeyRow, system: SystemRow, *, zone: ZoneInfo, now: datetime) -> Happening:
    until = key.expires_at or now
    return Happening(
        key=f"key-expiring/{key.id}/{threshold_of((until - now).days)}",
        kind=Kind.KEY_EXPIRING,
        at=now,
        audience=(Audience(Role.AGENCY_OFFICER, system.agency), Audience(Role.PLATFORM_ADMIN)),
        address=f"/console/systems/{system.code}",
        facts={"name": system.code, "until": f"{until.astimezone(zone):%d/%m/%Y %H:%M}"},
    )
