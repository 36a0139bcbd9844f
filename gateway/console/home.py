"""What does somebody see first: what waits for him, and whether all goes well today?"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog import agencies
from catalog.agreement_titles import read_titles
from catalog.holdings import Holding, list_holdings
from catalog.quality.scores import QualityScore, latest_scores
from gateway.console.agreements.waiting import EXPIRING_DAYS, waiting_agreements
from gateway.console.catalogue.told import BANDS
from gateway.console.charts import Bar, bar_chart
from gateway.console.desk import Desk, Signed
from gateway.console.frame import PROVINCE_ZONE, Speech, language_of, render
from gateway.console.notifications import words_of
from gateway.console.reports.contents import reason_of
from gateway.console.reports.views import SIDES
from gateway.console.sharing.provider_health import FAILING, REMARKED, providers_of
from gateway.console.words import AGREEMENT_STATES, ROLES, Words
from gateway.figures.period import Period
from gateway.figures.reading import Scope, by_key
from gateway.figures.sums import Sums, folded, total_of
from gateway.figures.tables import Side, Subject
from gateway.heartbeats import list_heartbeats
from gateway.notifications.kinds import told
from gateway.notifications.outbox import list_notifications
from security.staff import Permission, Role

router = APIRouter(include_in_schema=False)
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Measured:
    """A database and its newest score, None where it was never measured."""

    holding: Holding
    score: QualityScore | None


@router.get("/console")
async def show_home(request: Request, desk: Signed) -> Response:
    """Show what waits for the reader, and how the platform does today."""
    today = desk.now.astimezone(PROVINCE_ZONE).date()
    period, scope = Period(today, today), _scope(desk)
    async with desk.reading() as session:
        doors = await by_key(session, scope, Subject.DOOR, period)
        reasons = await by_key(session, scope, Subject.REASON, period)
        waiting = await waiting_agreements(session, desk)
        titles = await read_titles(
            session,
            agencies=[one.consumer_agency for one in waiting.newest],
            databases=[one.database for one in waiting.newest],
        )
        news = await list_notifications(session, desk.member.code, unread=True, limit=_SHOWN)
        providers = await providers_of(session, desk, await list_heartbeats(session), now=desk.now)
        measured = await _measured(session, desk)
        agency = await agencies.show_agency(session, desk.member.agency)
    return render(
        request,
        "home.html",
        desk=desk,
        role=ROLES[desk.role],
        agency=Words(agency.name_vi, agency.name_en or agency.name_vi),
        whose=SIDES[scope.side],
        side=scope.side.value or "all",
        total=total_of(doors.values()),
        refusals=_refusals(request, reasons),
        waiting=waiting,
        titles=titles,
        states=AGREEMENT_STATES,
        expiring_days=EXPIRING_DAYS,
        news=news,
        told=lambda one: words_of(told(one.kind, one.facts)),
        providers=providers[:_SHOWN],
        troubled=sum(one.status in (FAILING, REMARKED) for one in providers),
        provider_count=len(providers),
        measured=measured[:_SHOWN],
        bands=BANDS,
        may_report=desk.may(Permission.REPORT_READ, desk.member.agency),
        sees_providers=desk.may_anywhere(Permission.PROVIDER_READ),
        sees_quality=desk.may_anywhere(Permission.QUALITY_READ),
    )


def _scope(desk: Desk) -> Scope:
    if desk.may(Permission.REPORT_READ_ALL):
        return Scope()
    return Scope(Side.PROVIDER if desk.role is Role.DATA_OWNER else Side.CONSUMER, desk.member.agency)


def _refusals(request: Request, reasons: dict[str, Sums]) -> object:
    language = language_of(request)
    speech = Speech(language)
    by_reason = folded(reasons, lambda key: key.partition("/")[0])
    most = sorted(by_reason.items(), key=lambda item: -item[1].exchanges)[:_SHOWN]
    return bar_chart(
        speech.say("Lý do không thành công hôm nay", "Why calls were not answered today"),
        [Bar(reason_of(slug, language)[0], one.exchanges) for slug, one in most],
        say=speech.number,
        name="refusals",
        head=(speech.say("Lý do", "Reason"), speech.say("Số lượt", "Exchanges")),
    )


async def _measured(session: AsyncSession, desk: Desk) -> Sequence[Measured]:
    """Return the databases whose quality the reader may see, the worst first and what was never measured last."""
    seen = [one for one in await list_holdings(session) if desk.may(Permission.QUALITY_READ, one.owner.code)]
    scores = await latest_scores(session, [one.database.code for one in seen])
    found = [Measured(one, scores.get(one.database.code)) for one in seen]
    known = [one for one in found if one.score is not None and one.score.score is not None]
    known.sort(key=lambda one: one.score.score if one.score is not None and one.score.score is not None else 0)
    return [*known, *(one for one in found if one not in known)]
